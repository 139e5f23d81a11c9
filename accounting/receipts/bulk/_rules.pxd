cimport cython
from libc.stdint cimport int64_t

from accounting.receipts.bulk._rows cimport DebtRow


cdef enum NameKind:
    NAME_DELIVERED = 0
    NAME_CREDIT_PAYMENT = 1
    NAME_LOWERED = 2
    NAME_RAISED = 3
    NAME_PREPAYMENT = 4
    NAME_RETURNED_PREPAYMENT = 5
    NAME_KINDS = 6
    NAME_ADVANCE = 6  # by VAT code, of no service
    NAME_RETURNED_ADVANCE = 7
    NAME_PENALTY = 8


cdef enum:
    CODES = 13  # VAT codes are 1..12
    MONTHS = 12
    EMPTY_DAY = 0  # in the tables of days: a day that no event has


cdef struct Text:
    const char *start
    Py_ssize_t size


cdef struct Policies:
    # Members of the enumerations of policy.py by their place there; flags are 0 or 1.
    int64_t postpaid_mode
    int64_t prepaid_sign
    int64_t offset_timing
    int64_t partial_delivery
    int64_t credit_payment_vat
    int64_t overpay
    int64_t reoffset
    int64_t refund_timing
    int64_t refund_lot_order
    int64_t penalty_receipt
    int64_t advance_vat
    int64_t vat_total
    int64_t allocation
    int64_t skip_time_barred
    int64_t max_lines
    int64_t max_sum
    int64_t exempt_noncash_members
    int64_t ffd_1_05
    int64_t fallback_contact
    int64_t general_20_from
    int64_t internet_contact_from
    int64_t micro_payment
    int64_t max_kopecks
    int64_t max_bytes
    int64_t no_vat
    int64_t own_group


@cython.final
cdef class Texts:
    """Strings by number: one piece of memory and where each begins."""

    cdef object _keep
    cdef const int64_t *starts
    cdef const char *data
    cdef readonly Py_ssize_t count

    cdef inline Text at(self, Py_ssize_t place) noexcept nogil:
        cdef Text text
        text.start = self.data + self.starts[place]
        text.size = self.starts[place + 1] - self.starts[place]
        return text


@cython.final
cdef class Rules:
    cdef object _keep
    cdef Policies policies
    cdef readonly Py_ssize_t services

    cdef const int64_t *rank
    cdef const int64_t *subject
    cdef const int64_t *group
    cdef const int64_t *agent_sign
    cdef const int64_t *line_class  # services that a consolidated line adds up (draft.by_service_rate)
    cdef const int64_t *line_bytes
    cdef int64_t own_line_bytes  # of a line without a service
    cdef const int64_t *priority
    cdef Py_ssize_t priority_count
    cdef const int64_t *taxation  # of a group
    cdef const int64_t *subscription_starts
    cdef const int64_t *subscription_services
    cdef const int64_t *numerator  # of a rate: 2 * code, + 1 for the rate until 2018
    cdef const int64_t *denominator
    cdef const int64_t *code_place  # highest rate first

    cdef int64_t first_period
    cdef Py_ssize_t periods
    cdef const int64_t *delivery_code  # period * services + service
    cdef const int64_t *last_day
    cdef const int64_t *default_due
    cdef const int64_t *closed

    cdef int64_t first_day
    cdef Py_ssize_t days
    cdef const int64_t *next_business_day
    cdef const int64_t *barred_until
    cdef const int64_t *advance_code  # day * services + service
    cdef const int64_t *single_code
    cdef const int64_t *calculated_code  # day * CODES + ordinary code

    cdef Texts names  # service * NAME_KINDS + kind, without the period behind it
    cdef Texts remarks  # behind the period, by NameKind
    cdef Texts advances  # 2 * code, + 1 for a return; the last one is the penalty
    cdef Texts service_ids  # as MessagePack
    cdef Texts agents  # as MessagePack, empty when it is our own service

    cdef inline bint knows_period(self, int64_t period) noexcept nogil:
        return self.first_period <= period < self.first_period + self.periods

    cdef inline bint knows_day(self, int64_t day) noexcept nogil:
        return (
            self.first_day <= day < self.first_day + self.days
            and self.next_business_day[day - self.first_day] != EMPTY_DAY
        )

    cdef inline int64_t rate_of(self, int64_t code, int64_t day) noexcept nogil:
        # The second rate of a code counts only where it is another one: lines merge by it.
        return 2 * code + (
            1
            if day < self.policies.general_20_from
            and self.denominator[2 * code] != self.denominator[2 * code + 1]
            else 0
        )

    cdef inline int64_t delivery_rate(self, int64_t code, int64_t period) noexcept nogil:
        return self.rate_of(code, self.last_day[period - self.first_period])

    cdef int compare_debts(self, const DebtRow *one, const DebtRow *other) noexcept nogil
    cdef int compare_deliveries(self, const DebtRow *one, const DebtRow *other) noexcept nogil
