# cython: language_level=3, overflowcheck=False
"""The kernel's door: accounts with their events, one after another, without the GIL.

Overflow: what an account holds, each amount and all of them together, is at most 10**15 kopecks before anything is
computed with it and after, an event brings no more than that, and an account has fewer than a thousand events. So sums
stay below 10**19 / 8 and Cython's own overflow checks are off; products that need more are made in 128 bits. Whoever
holds more is declined.
"""

from libc.stdint cimport int64_t, uint64_t

from accounting.receipts.bulk._changes cimport apply_charge, apply_recalculation, apply_refund
from accounting.receipts.bulk._delivery cimport close_account
from accounting.receipts.bulk._payment cimport apply_payment
from accounting.receipts.bulk._room cimport Block, put, take
from accounting.receipts.bulk._rows cimport (
    ADVANCE_REFUND,
    CHARGE,
    OFF_BALANCE,
    PAYMENT,
    AccountRow,
    BillRow,
    DebtRow,
    EventRow,
    LotRow,
    SettlementRow,
    VolumeRow,
)
from accounting.receipts.bulk._rules cimport CODES, Rules, Texts
from accounting.receipts.bulk._tables cimport Given, Table, load_account, pass_by
from accounting.receipts.bulk._work cimport DECLINED, DONE, Answer, Work

cdef enum:
    TABLES = 11
    MAX_EVENTS = 1000  # of one account in one run


cdef Table _table(const int64_t[::1] column, Py_ssize_t width, int64_t first_account) except *:
    cdef Table table
    cdef Py_ssize_t low = 0, high, middle
    if column.shape[0] % width:
        raise ValueError("a table is cut inside a row")
    table.data, table.width, table.rows = &column[0] if column.shape[0] else NULL, width, column.shape[0] // width
    high = table.rows
    while low < high:
        middle = (low + high) // 2
        if table.data[middle * width] < first_account:
            low = middle + 1
        else:
            high = middle
    table.at = low
    return table


cdef inline int _apply(Work work, Given *given, int64_t number) except -1 nogil:
    cdef EventRow *event = <EventRow *>given.events + number  # nobody writes to it
    if not work.rules.knows_day(event.day):
        return DECLINED
    if event.kind == PAYMENT:
        return apply_payment(work, event, number)
    if event.kind == CHARGE:
        return apply_charge(work, event, number, given.volumes)
    if event.kind == ADVANCE_REFUND:
        return apply_refund(work, event, number)
    return apply_recalculation(work, event, number)


cdef int _run_account(Work work, Given *given, const AccountRow *account, Py_ssize_t end) except -1 nogil:
    """Load, apply, and write what changed. DECLINED leaves half an answer behind; the caller takes it back."""
    if not load_account(work, given, account):
        return DECLINED
    if end - given.event_at > MAX_EVENTS:
        return DECLINED
    while given.event_at < end:
        if _apply(work, given, given.order[given.event_at]) == DECLINED:
            return DECLINED
        given.event_at += 1
    if given.close_period >= 0 and close_account(work, given.close_period, given.close_event) == DECLINED:
        return DECLINED
    if work.changed:
        if work.too_much or not _may_be_stored(work):
            return DECLINED
        _write(work)
    return DONE


cdef inline bint _may_be_stored(Work work) noexcept nogil:
    """Whether the next computation can count with the new state."""
    cdef int64_t most = work.rules.policies.max_kopecks, owed = 0
    cdef Py_ssize_t i
    for i in range(work.debt_count()):
        owed += work.debt(i).amount  # written-off ones too
    return owed <= most and work.lots_total() <= most


cdef int _write(Work work) except -1 nogil:
    """The account's new state, whole; its new settlements."""
    cdef Py_ssize_t i, written_off = 0
    put(&work.answer.accounts.room, &work.account, sizeof(AccountRow))
    for i in range(work.debt_count()):
        if work.debt(i).marks & OFF_BALANCE:
            written_off += 1
        else:
            put(&work.answer.debts.room, work.debt(i), sizeof(DebtRow))
    if written_off:
        for i in range(work.debt_count()):
            if work.debt(i).marks & OFF_BALANCE:
                put(&work.answer.debts.room, work.debt(i), sizeof(DebtRow))
    if work.lots.used:
        put(&work.answer.lots.room, work.lots.data, work.lots.used)
    if work.bill_changed:
        put(&work.answer.bills.room, work.bills.data, work.bills.used)
    for i in range(work.given_settlements, work.settlement_count()):
        if work.settlement(i).amount:
            put(&work.answer.settlements.room, work.settlement(i), sizeof(SettlementRow))
    return 0


cdef class Run:
    """Accounts and events, ready to be computed range by range; ranges may run in threads of their own."""

    cdef Rules rules
    cdef Texts contacts
    cdef readonly object accounts
    cdef readonly object debts
    cdef readonly object lots
    cdef readonly object bills
    cdef readonly object settlements
    cdef readonly object events
    cdef readonly object order
    cdef readonly object volumes

    def __init__(self, Rules rules, Texts contacts, books, events, volumes):
        self.rules = rules
        self.contacts = contacts
        self.accounts = books.accounts
        self.debts = books.debts
        self.lots = books.lots
        self.bills = books.bills
        self.settlements = books.settlements
        self.events = events
        self.volumes = volumes
        self.order = in_order(events, len(books.accounts) // WIDTH_OF_ACCOUNT)

    def compute(
        self,
        Py_ssize_t first,
        Py_ssize_t last,
        int64_t close_period=-1,
        int64_t close_event=-1,
        Answer into=None,
    ):
        cdef const int64_t[::1] accounts = self.accounts
        cdef const int64_t[::1] events = self.events
        cdef const int64_t[::1] order = self.order
        cdef const int64_t[::1] volumes = self.volumes
        cdef Answer answer = Answer() if into is None else into
        cdef Work work = answer.work_of(self.rules, self.contacts)
        cdef Given given
        answer.forget()
        if not 0 <= first <= last <= accounts.shape[0] // WIDTH_OF_ACCOUNT:
            raise IndexError("no such accounts")
        if close_period >= 0 and not self.rules.knows_period(close_period):
            raise ValueError("the tables of rules do not hold the period")
        given.debts = _table(self.debts, sizeof(DebtRow) // sizeof(int64_t), first)
        given.lots = _table(self.lots, sizeof(LotRow) // sizeof(int64_t), first)
        given.bills = _table(self.bills, sizeof(BillRow) // sizeof(int64_t), first)
        given.settlements = _table(self.settlements, sizeof(SettlementRow) // sizeof(int64_t), first)
        given.events = <const EventRow *>&events[0] if events.shape[0] else NULL
        given.order = &order[0] if order.shape[0] else NULL
        given.event_count = order.shape[0]
        given.event_at = _first_event(&given, first)
        given.volumes = <const VolumeRow *>&volumes[0] if volumes.shape[0] else NULL
        given.close_period, given.close_event = close_period, close_event
        if first < last:
            with nogil:
                _run_range(work, &given, <const AccountRow *>&accounts[0], first, last)
        if into is not None:
            answer.keep(work)
        return answer


WIDTH_OF_ACCOUNT = sizeof(AccountRow) // sizeof(int64_t)


cdef Py_ssize_t _first_event(Given *given, int64_t account) noexcept nogil:
    cdef Py_ssize_t low = 0, high = given.event_count, middle
    while low < high:
        middle = (low + high) // 2
        if given.events[given.order[middle]].account < account:
            low = middle + 1
        else:
            high = middle
    return low


cdef int _run_range(Work work, Given *given, const AccountRow *accounts, Py_ssize_t first, Py_ssize_t last) except -1 nogil:
    cdef Py_ssize_t i, end
    cdef Py_ssize_t marks[TABLES]
    for i in range(first, last):
        end = given.event_at
        while end < given.event_count and given.events[given.order[end]].account == i:
            end += 1
        if end == given.event_at and given.close_period < 0:
            _skip(given, i)
            continue
        _mark(work.answer, marks)
        if _run_account(work, given, &accounts[i], end) == DECLINED:
            _take_back(work.answer, marks)
            put(&work.answer.declined.room, &accounts[i].account, sizeof(int64_t))
        given.event_at = end
    return 0


cdef int _skip(Given *given, int64_t account) noexcept nogil:
    pass_by(&given.debts, account, sizeof(DebtRow))
    pass_by(&given.lots, account, sizeof(LotRow))
    pass_by(&given.bills, account, sizeof(BillRow))
    pass_by(&given.settlements, account, sizeof(SettlementRow))
    return 0


cdef int _mark(Answer answer, Py_ssize_t *marks) noexcept nogil:
    marks[0], marks[1], marks[2] = answer.accounts.room.used, answer.debts.room.used, answer.lots.room.used
    marks[3], marks[4], marks[5] = answer.bills.room.used, answer.settlements.room.used, answer.lowered.room.used
    marks[6], marks[7], marks[8] = answer.receipts.room.used, answer.bodies.room.used, answer.parts.room.used
    marks[9], marks[10] = answer.notes.room.used, answer.common.room.used
    return 0


cdef int _take_back(Answer answer, Py_ssize_t *marks) noexcept nogil:
    answer.accounts.room.used, answer.debts.room.used, answer.lots.room.used = marks[0], marks[1], marks[2]
    answer.bills.room.used, answer.settlements.room.used, answer.lowered.room.used = marks[3], marks[4], marks[5]
    answer.receipts.room.used, answer.bodies.room.used, answer.parts.room.used = marks[6], marks[7], marks[8]
    answer.notes.room.used, answer.common.room.used = marks[9], marks[10]
    return 0


cdef int _comes_before(const EventRow *one, const EventRow *other) noexcept nogil:
    """order._place: by day, then rank, then time; equal ones as given."""
    if one.day != other.day:
        return one.day < other.day
    if one.kind != other.kind:
        return one.kind < other.kind  # the kinds stand in the order of their ranks
    return one.time < other.time


def in_order(const int64_t[::1] column, Py_ssize_t account_count):
    """The events' numbers by account, and inside it in the order in which they apply."""
    cdef Py_ssize_t count = column.shape[0] // <Py_ssize_t>(sizeof(EventRow) // sizeof(int64_t)), i, j
    cdef const EventRow *events = <const EventRow *>&column[0] if count else NULL
    cdef Block order = Block(), starts = Block()
    cdef int64_t *numbers
    cdef int64_t *places
    cdef int64_t moved
    if not count:
        return order
    numbers = <int64_t *>take(&order.room, count * <Py_ssize_t>sizeof(int64_t))
    places = <int64_t *>take(&starts.room, (account_count + 1) * <Py_ssize_t>sizeof(int64_t))
    for i in range(count):
        if not 0 <= events[i].account < account_count:
            raise IndexError(f"event {i} is of no account here")
    with nogil:
        for i in range(account_count + 1):
            places[i] = 0
        for i in range(count):
            places[events[i].account + 1] += 1
        for i in range(account_count):
            places[i + 1] += places[i]
        for i in range(count):
            j = places[events[i].account]
            places[events[i].account] += 1
            numbers[j] = i
        for i in range(1, count):
            moved = numbers[i]
            j = i
            while (
                j > 0
                and events[numbers[j - 1]].account == events[moved].account
                and _comes_before(&events[moved], &events[numbers[j - 1]])
            ):
                numbers[j] = numbers[j - 1]
                j -= 1
            numbers[j] = moved
    return order
