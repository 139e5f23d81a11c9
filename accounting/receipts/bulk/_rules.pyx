# cython: language_level=3, overflowcheck=False
"""A merchant's rules as the kernel reads them: tables that ``rule_tables.py`` has worked out."""

from accounting.receipts.bulk._rows cimport CREDITED, DELIVERED, DebtRow


cdef const int64_t *_column(object array, list keep) except? NULL:
    cdef const int64_t[::1] view = array
    keep.append(view)
    return &view[0] if view.shape[0] else NULL


cdef class Texts:
    def __init__(self, starts, data):
        cdef const int64_t[::1] places = starts
        cdef const unsigned char[::1] memory = data
        self._keep = (places, memory)
        self.starts = &places[0]
        self.data = <const char *>&memory[0] if memory.shape[0] else NULL
        self.count = places.shape[0] - 1


cdef class Rules:
    def __init__(self, tables):
        cdef list keep = [tables]
        self._keep = keep
        self.policies = tables.policies
        self.services = tables.services
        self.rank = _column(tables.rank, keep)
        self.subject = _column(tables.subject, keep)
        self.group = _column(tables.group, keep)
        self.agent_sign = _column(tables.agent_sign, keep)
        self.line_class = _column(tables.line_class, keep)
        self.line_bytes = _column(tables.line_bytes, keep)
        self.own_line_bytes = tables.own_line_bytes
        self.priority = _column(tables.priority, keep)
        self.priority_count = len(tables.priority)
        self.taxation = _column(tables.taxation, keep)
        self.subscription_starts = _column(tables.subscription_starts, keep)
        self.subscription_services = _column(tables.subscription_services, keep)
        self.numerator = _column(tables.numerator, keep)
        self.denominator = _column(tables.denominator, keep)
        self.code_place = _column(tables.code_place, keep)
        self.first_period = tables.first_period
        self.periods = tables.periods
        self.delivery_code = _column(tables.delivery_code, keep)
        self.last_day = _column(tables.last_day, keep)
        self.default_due = _column(tables.default_due, keep)
        self.closed = _column(tables.closed, keep)
        self.first_day = tables.first_day
        self.days = tables.days
        self.next_business_day = _column(tables.next_business_day, keep)
        self.barred_until = _column(tables.barred_until, keep)
        self.advance_code = _column(tables.advance_code, keep)
        self.single_code = _column(tables.single_code, keep)
        self.calculated_code = _column(tables.calculated_code, keep)
        self.names = Texts(*tables.names)
        self.remarks = Texts(*tables.remarks)
        self.advances = Texts(*tables.advances)
        self.service_ids = Texts(*tables.service_ids)
        self.agents = Texts(*tables.agents)

    cdef int compare_debts(self, const DebtRow *one, const DebtRow *other) noexcept nogil:
        """The canonical order of debts (catalogue.Catalogue.debt_order)."""
        if one.due_on != other.due_on:
            return -1 if one.due_on < other.due_on else 1
        if one.period != other.period:
            return -1 if one.period < other.period else 1
        if one.service != other.service:
            return -1 if self.rank[one.service] < self.rank[other.service] else 1
        if one.vat_code != other.vat_code:
            return -1 if one.vat_code < other.vat_code else 1
        if (one.marks ^ other.marks) & DELIVERED:
            return -1 if one.marks & DELIVERED else 1
        if (one.marks ^ other.marks) & CREDITED:
            return -1 if one.marks & CREDITED else 1
        return 0

    cdef int compare_deliveries(self, const DebtRow *one, const DebtRow *other) noexcept nogil:
        """The order in which a close delivers (catalogue.Catalogue.delivery_order)."""
        if one.service != other.service:
            return -1 if self.rank[one.service] < self.rank[other.service] else 1
        return self.compare_debts(one, other)
