# cython: language_level=3, overflowcheck=False
"""The ledger of one account in the kernel: what ledger.py does with tuples of frozen rows, on rows in place."""

from libc.stdlib cimport calloc, free

from accounting.receipts.bulk._room cimport put, release, take
from accounting.receipts.bulk._rows cimport CREDITED, DELIVERED, OFF_BALANCE


cdef class Answer:
    def __cinit__(self):
        self.accounts = Block()
        self.debts = Block()
        self.lots = Block()
        self.bills = Block()
        self.settlements = Block()
        self.lowered = Block()
        self.receipts = Block()
        self.bodies = Block()
        self.bodies.is_bytes = True
        self.parts = Block()
        self.notes = Block()
        self.common = Block()
        self.declined = Block()

    def forget(self):
        for block in (
            self.accounts, self.debts, self.lots, self.bills, self.settlements, self.lowered, self.receipts,
            self.bodies, self.parts, self.notes, self.common, self.declined,
        ):
            (<Block>block).forget()

    cdef Work work_of(self, Rules rules, Texts contacts):
        """A Work that writes here; the last one again when the rules are the same, on which its packed texts rest."""
        cdef Work work = self._kept
        self._kept = None  # an error leaves nothing behind
        if work is None or work.rules is not rules:
            work = Work(rules, contacts, self)
        work.contacts, work.answer = contacts, self
        return work

    cdef int keep(self, Work work) except -1:
        work.answer = None  # no circle of references
        self._kept = work
        return 0


cdef class Work:
    def __init__(self, Rules rules, Texts contacts, Answer answer):
        self.rules = rules
        self.contacts = contacts
        self.answer = answer
        self.skeletons = <Skeleton *>calloc(SKELETONS, sizeof(Skeleton))
        if self.skeletons == NULL:
            raise MemoryError()

    def __dealloc__(self):
        release(&self.debts)
        release(&self.lots)
        release(&self.bills)
        release(&self.settlements)
        release(&self.lines)
        release(&self.common)
        release(&self.order)
        release(&self.due)
        release(&self.parts)
        release(&self.scratch)
        release(&self.taken)
        release(&self.shares)
        free(self.skeletons)

    cdef int add_debt(self, DebtRow *new) except -1 nogil:
        """ledger.add_debt: an equal row takes the amount, and the volume stays only if both have the same."""
        cdef Py_ssize_t place
        cdef DebtRow *row
        for place in range(self.debt_count()):
            row = self.debt(place)
            if (
                row.service == new.service
                and row.period == new.period
                and row.due_on == new.due_on
                and row.vat_code == new.vat_code
                and ((row.marks ^ new.marks) & (DELIVERED | CREDITED | OFF_BALANCE)) == 0
            ):
                row.amount += new.amount
                self.too_much |= row.amount > self.rules.policies.max_kopecks
                if (
                    row.volume_quantity != new.volume_quantity
                    or row.volume_price != new.volume_price
                    or row.volume_measure != new.volume_measure
                ):
                    row.volume_quantity = row.volume_price = -1
                    row.volume_measure = 0
                return 0
        return put(&self.debts, new, sizeof(DebtRow))

    cdef int add_lot(self, LotRow *new) except -1 nogil:
        """ledger.add_lot: an equal lot takes the amount, another one comes behind those of its day."""
        cdef Py_ssize_t place, count = self.lot_count()
        cdef LotRow *row
        cdef LotRow added = new[0]
        for place in range(count):
            row = self.lot(place)
            if (
                row.received_on == new.received_on
                and row.vat_code == new.vat_code
                and row.method == new.method
                and row.service == new.service
                and row.exempt == new.exempt
            ):
                row.amount += new.amount
                self.too_much |= row.amount > self.rules.policies.max_kopecks
                return 0
        take(&self.lots, sizeof(LotRow))
        place = count
        while place > 0 and self.lot(place - 1).received_on > added.received_on:
            self.lot(place)[0] = self.lot(place - 1)[0]
            place -= 1
        self.lot(place)[0] = added
        return 0

    cdef int take_lots(self, int64_t amount, bint newest_first) except -1 nogil:
        """ledger.take_lots: parts go to ``taken`` in the order in which they are used, used-up lots leave."""
        cdef Py_ssize_t step, place, kept = 0, count = self.lot_count()
        cdef LotRow *row
        cdef LotRow *used
        self.taken.used = 0
        for step in range(count):
            if amount == 0:
                break
            row = self.lot(count - 1 - step if newest_first else step)
            used = <LotRow *>take(&self.taken, sizeof(LotRow))
            used[0] = row[0]
            used.amount = min(amount, row.amount)
            amount -= used.amount
            row.amount -= used.amount
        for place in range(count):
            if self.lot(place).amount:
                if kept != place:
                    self.lot(kept)[0] = self.lot(place)[0]
                kept += 1
        self.lots.used = kept * <Py_ssize_t>sizeof(LotRow)
        return 0

    cdef int64_t debts_total(self) noexcept nogil:
        cdef int64_t total = 0
        cdef Py_ssize_t place
        for place in range(self.debt_count()):
            if not self.debt(place).marks & OFF_BALANCE:
                total += self.debt(place).amount
        return total

    cdef int64_t lots_total(self) noexcept nogil:
        cdef int64_t total = 0
        cdef Py_ssize_t place
        for place in range(self.lot_count()):
            total += self.lot(place).amount
        return total

    cdef int sort_debts(self, int64_t *places, Py_ssize_t count, bint as_delivered) except -1 nogil:
        """Places of debts into canonical or delivery order; equal ones stay as they are. Few rows: by insertion."""
        cdef Py_ssize_t i, j
        cdef int64_t moved
        cdef int wrong
        for i in range(1, count):
            moved = places[i]
            j = i
            while j > 0:
                if as_delivered:
                    wrong = self.rules.compare_deliveries(self.debt(places[j - 1]), self.debt(moved))
                else:
                    wrong = self.rules.compare_debts(self.debt(places[j - 1]), self.debt(moved))
                if wrong <= 0:
                    break
                places[j] = places[j - 1]
                j -= 1
            places[j] = moved
        return 0
