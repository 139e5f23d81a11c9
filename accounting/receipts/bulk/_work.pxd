cimport cython
from libc.stdint cimport int64_t, uint64_t

from accounting.receipts.bulk._room cimport Block, Room, put
from accounting.receipts.bulk._rows cimport AccountRow, BillRow, DebtRow, LotRow, SettlementRow
from accounting.receipts.bulk._rules cimport Rules, Texts


cdef enum:
    DECLINED = 1  # what a step answers when the reference has to judge the account
    DONE = 0


cdef struct Line:
    # A drafted line; draft.Line in C. -1: no service, no period, no volume.
    int64_t service
    int64_t period
    int64_t method
    int64_t subject
    int64_t code
    int64_t rate
    int64_t name
    int64_t amount
    int64_t cash
    int64_t electronic
    int64_t prepaid
    int64_t credit
    int64_t volume_quantity
    int64_t volume_price
    int64_t volume_measure
    int64_t group
    int64_t tax


cdef enum:
    SKELETONS = 64
    PREFIX_SIZE = 640  # this one and the suffix: a whole number of pieces, in which _pack.pyx copies
    MIDDLE_SIZE = 32
    SUFFIX_SIZE = 512


cdef struct Skeleton:
    # The packed text of lines that differ in their amounts only: _pack.pyx fills it and copies it.
    int64_t service
    int64_t period
    int64_t method
    int64_t subject
    int64_t code
    int64_t rate
    int64_t name
    uint64_t shape
    Py_ssize_t fields  # without the tax
    Py_ssize_t prefix_size  # up to the price
    Py_ssize_t middle_size  # between the sum and the tax
    Py_ssize_t suffix_size  # behind the tax
    char prefix[PREFIX_SIZE]
    char middle[MIDDLE_SIZE]
    char suffix[SUFFIX_SIZE]


cdef struct Head:
    # What the receipts of one act have in common; draft.Head in C.
    int64_t event
    int64_t sign
    int64_t contact
    int64_t deadline
    int64_t at_settlement
    int64_t day


cdef class Work


@cython.final
cdef class Answer:
    """What a run over accounts makes, table by table (layout.py names the fields)."""

    cdef readonly Block accounts
    cdef readonly Block debts
    cdef readonly Block lots
    cdef readonly Block bills
    cdef readonly Block settlements
    cdef readonly Block lowered
    cdef readonly Block receipts
    cdef readonly Block bodies
    cdef readonly Block parts
    cdef readonly Block notes
    cdef readonly Block common
    cdef readonly Block declined
    cdef object _kept  # the Work of a run that was to use this answer again: its memory and the packed texts serve the next one

    cdef Work work_of(self, Rules rules, Texts contacts)
    cdef int keep(self, Work work) except -1


@cython.final
cdef class Work:
    """One account while its events apply, and room that is used again for the next."""

    cdef Rules rules
    cdef Texts contacts
    cdef Answer answer
    cdef AccountRow account
    cdef bint changed
    cdef bint bill_changed
    cdef bint too_much  # an amount beyond money.MAX_KOPECKS came about: the account is declined
    cdef Room debts
    cdef Room lots
    cdef Room bills
    cdef const BillRow *given_bills  # rows that nobody needed yet: ``own_bills`` brings them into ``bills``
    cdef Py_ssize_t given_bill_count
    cdef Room settlements  # given ones first, then new ones
    cdef Py_ssize_t given_settlements
    cdef int64_t first_settlement  # the number of the first given one
    cdef Room lines
    cdef Room common  # lines for the consolidated receipt
    cdef Room order  # of debts: places
    cdef Room due  # debts that are being delivered or lowered
    cdef Room parts
    cdef Room scratch
    cdef Room taken
    cdef Room shares
    cdef Skeleton *skeletons

    cdef int add_debt(self, DebtRow *debt) except -1 nogil
    cdef int add_lot(self, LotRow *lot) except -1 nogil
    cdef int take_lots(self, int64_t amount, bint newest_first) except -1 nogil
    cdef int64_t debts_total(self) noexcept nogil
    cdef int64_t lots_total(self) noexcept nogil
    cdef int sort_debts(self, int64_t *places, Py_ssize_t count, bint as_delivered) except -1 nogil

    cdef inline int own_bills(self) except -1 nogil:
        if self.given_bill_count:
            put(&self.bills, self.given_bills, self.given_bill_count * <Py_ssize_t>sizeof(BillRow))
            self.given_bill_count = 0
        return 0

    cdef inline Py_ssize_t debt_count(self) noexcept nogil:
        return self.debts.used // <Py_ssize_t>sizeof(DebtRow)

    cdef inline DebtRow *debt(self, Py_ssize_t place) noexcept nogil:
        return <DebtRow *>self.debts.data + place

    cdef inline Py_ssize_t lot_count(self) noexcept nogil:
        return self.lots.used // <Py_ssize_t>sizeof(LotRow)

    cdef inline LotRow *lot(self, Py_ssize_t place) noexcept nogil:
        return <LotRow *>self.lots.data + place

    cdef inline Py_ssize_t settlement_count(self) noexcept nogil:
        return self.settlements.used // <Py_ssize_t>sizeof(SettlementRow)

    cdef inline SettlementRow *settlement(self, Py_ssize_t place) noexcept nogil:
        return <SettlementRow *>self.settlements.data + place

    cdef inline Py_ssize_t line_count(self) noexcept nogil:
        return self.lines.used // <Py_ssize_t>sizeof(Line)

    cdef inline Line *line(self, Py_ssize_t place) noexcept nogil:
        return <Line *>self.lines.data + place
