# cython: language_level=3, overflowcheck=False
"""How a payment meets the debts: allocate.py in C (receipt rules 4.1, 4.2). The parts go to ``Work.parts``."""

from libc.stdint cimport int64_t

from accounting.receipts.bulk._room cimport put, take
from accounting.receipts.bulk._rows cimport (
    DELIVERED,
    FOR_ADVANCE,
    FOR_COSTS,
    FOR_PENALTY,
    OFF_BALANCE,
    TO_ADVANCE,
    TO_COSTS,
    TO_DEBT,
    TO_OFF_BALANCE,
    TO_PENALTY,
    DebtRow,
    EventRow,
)
from accounting.receipts.bulk._work cimport Work

cdef extern from *:
    """
    static inline int64_t fiscal_share_of(int64_t amount, int64_t weight, int64_t total, int64_t *remainder) {
        if (amount < 2147483648 && weight < 2147483648) { /* the product fits: a division of 64 bits is far cheaper */
            uint64_t product = (uint64_t)amount * (uint64_t)weight;
            *remainder = (int64_t)(product % (uint64_t)total);
            return (int64_t)(product / (uint64_t)total);
        }
        unsigned __int128 product = (unsigned __int128)amount * (unsigned __int128)weight;
        *remainder = (int64_t)(product % (unsigned __int128)total);
        return (int64_t)(product / (unsigned __int128)total);
    }
    """
    int64_t fiscal_share_of(int64_t amount, int64_t weight, int64_t total, int64_t *remainder) noexcept nogil


cdef enum Order:  # places in policy.AllocationOrder
    BILLS = 0
    OLDEST_FIRST = 1
    PROPORTIONAL = 2
    CURRENT_FIRST = 3
    PRIORITY_LIST = 4


cdef int split(
    int64_t amount, const int64_t *weights, int64_t *shares, Py_ssize_t count, int64_t total
) except -1 nogil:
    """money.split: the largest remainder, then the larger weight, then the earlier place. ``shares`` has room for 2 n."""
    cdef int64_t *remainders = shares + count
    cdef int64_t left = amount
    cdef Py_ssize_t place, best
    for place in range(count):
        shares[place] = fiscal_share_of(amount, weights[place], total, &remainders[place])
        left -= shares[place]
    while left > 0:  # less than count kopecks
        best = -1
        for place in range(count):
            if remainders[place] < 0:
                continue
            if (
                best < 0
                or remainders[place] > remainders[best]
                or (remainders[place] == remainders[best] and weights[place] > weights[best])
            ):
                best = place
        shares[best] += 1
        remainders[best] = -1
        left -= 1
    return 0


cdef inline int64_t _put(Work work, int64_t target, int64_t left, int64_t owed, int64_t row) except -1 nogil:
    """One part; gives what is left of the money."""
    cdef Part part
    part.target, part.amount, part.row = target, min(left, owed), row
    if part.amount > 0:
        put(&work.parts, &part, sizeof(Part))
        left -= part.amount
    return left


cdef int64_t _pay_group(Work work, int64_t target, int64_t left, int64_t *places, Py_ssize_t count) except -1 nogil:
    """A group whole, or what is left split by the unpaid rests (receipt rules 4.2)."""
    cdef int64_t total = 0
    cdef int64_t *numbers
    cdef Py_ssize_t i
    if left <= 0 or count == 0:
        return left
    work.shares.used = 0
    numbers = <int64_t *>take(&work.shares, 3 * count * <Py_ssize_t>sizeof(int64_t))
    for i in range(count):
        numbers[i] = work.debt(places[i]).amount
        total += numbers[i]
    if left < total:
        split(left, numbers, numbers + count, count, total)
        for i in range(count):
            left = _put(work, target, left, numbers[count + i], places[i])
    else:
        for i in range(count):
            left = _put(work, target, left, numbers[i], places[i])
    return left


cdef int64_t _pay_by_due_date(
    Work work, int64_t target, int64_t left, int64_t *places, Py_ssize_t count
) except -1 nogil:
    """Rows in canonical order, those of one due date together."""
    cdef Py_ssize_t start = 0, end
    while start < count:
        end = start + 1
        while end < count and work.debt(places[end]).due_on == work.debt(places[start]).due_on:
            end += 1
        left = _pay_group(work, target, left, places + start, end - start)
        start = end
    return left


cdef inline bint _is_barred(Work work, DebtRow *debt, int64_t day) noexcept nogil:
    return (
        work.rules.policies.skip_time_barred != 0
        and debt.due_on <= work.rules.barred_until[day - work.rules.first_day]
    )


cdef inline bint _matches(DebtRow *debt, EventRow *event) noexcept nogil:
    return (event.period < 0 or debt.period == event.period) and (event.service < 0 or debt.service == event.service)


cdef int64_t _pay_named(
    Work work, EventRow *event, int64_t left, int64_t *open_rows, Py_ssize_t count, int64_t *reached
) except -1 nogil:
    """What the payer named, by due date; only a designation of the period reaches barred and written-off debts."""
    cdef Py_ssize_t i, found = 0
    for i in range(count):
        if _matches(work.debt(open_rows[i]), event) and (
            event.period >= 0 or not _is_barred(work, work.debt(open_rows[i]), event.day)
        ):
            reached[found] = open_rows[i]
            found += 1
    left = _pay_by_due_date(work, TO_DEBT, left, reached, found)
    if event.period < 0:
        return left
    found = 0
    for i in range(work.debt_count()):
        if work.debt(i).marks & OFF_BALANCE and _matches(work.debt(i), event):
            reached[found] = i
            found += 1
    work.sort_debts(reached, found, False)
    return _pay_by_due_date(work, TO_OFF_BALANCE, left, reached, found)


cdef inline bint _was_paid(Work work, int64_t row) noexcept nogil:
    cdef Part *parts = <Part *>work.parts.data
    cdef Py_ssize_t i
    for i in range(work.parts.used // <Py_ssize_t>sizeof(Part)):
        if parts[i].target == TO_DEBT and parts[i].row == row:
            return True
    return False


cdef int64_t _pay_bills(Work work, int64_t left, int64_t *rows, Py_ssize_t count, int64_t *bill) except -1 nogil:
    """Debts of one period together; bills by their earliest due date, then by period."""
    cdef Py_ssize_t first, i, found
    cdef int64_t period
    for first in range(count):  # rows are in canonical order: the first that is left has the earliest due date
        if rows[first] < 0:
            continue
        if left <= 0:
            break
        period = work.debt(rows[first]).period
        found = 0
        for i in range(first, count):
            if rows[i] >= 0 and work.debt(rows[i]).period == period:
                bill[found] = rows[i]
                rows[i] = -1
                found += 1
        left = _pay_group(work, TO_DEBT, left, bill, found)
    return left


cdef int64_t _pay_listed(Work work, int64_t left, int64_t *rows, Py_ssize_t count, int64_t *chosen) except -1 nogil:
    """The services of ``allocation_priority`` in turn, then the others; each by due date."""
    cdef Py_ssize_t i, number, found
    for number in range(work.rules.priority_count):
        found = 0
        for i in range(count):
            if rows[i] >= 0 and work.debt(rows[i]).service == work.rules.priority[number]:
                chosen[found] = rows[i]
                rows[i] = -1
                found += 1
        left = _pay_by_due_date(work, TO_DEBT, left, chosen, found)
    found = 0
    for i in range(count):
        if rows[i] >= 0:
            chosen[found] = rows[i]
            found += 1
    return _pay_by_due_date(work, TO_DEBT, left, chosen, found)


cdef int64_t _pay_debts(
    Work work, EventRow *event, int64_t left, int64_t *rows, Py_ssize_t count, int64_t *room
) except -1 nogil:
    cdef Py_ssize_t i, kept = 0, last
    if left <= 0:
        return left
    for i in range(count):
        if not _was_paid(work, rows[i]) and not _is_barred(work, work.debt(rows[i]), event.day):
            rows[kept] = rows[i]
            kept += 1
    if kept == 0:
        return left
    if work.rules.policies.allocation == BILLS:
        return _pay_bills(work, left, rows, kept, room)
    if work.rules.policies.allocation == OLDEST_FIRST:
        return _pay_by_due_date(work, TO_DEBT, left, rows, kept)
    if work.rules.policies.allocation == PROPORTIONAL:
        return _pay_group(work, TO_DEBT, left, rows, kept)
    if work.rules.policies.allocation == CURRENT_FIRST:
        last = kept - 1
        while last > 0 and work.debt(rows[last - 1]).due_on == work.debt(rows[kept - 1]).due_on:
            last -= 1
        left = _pay_group(work, TO_DEBT, left, rows + last, kept - last)
        return _pay_by_due_date(work, TO_DEBT, left, rows, last)
    return _pay_listed(work, left, rows, kept, room)


cdef int allocate(Work work, EventRow *event, int64_t amount) except -1 nogil:
    """allocate.allocate: parts in the order in which they were placed; they add up to the amount."""
    cdef Py_ssize_t i, count = work.debt_count(), found = 0
    cdef int64_t left = amount
    cdef int64_t *rows
    work.parts.used = work.order.used = 0
    if event.marks & FOR_ADVANCE:
        _put(work, TO_ADVANCE, left, left, -1)
        return 0
    rows = <int64_t *>take(&work.order, (2 * count + 1) * <Py_ssize_t>sizeof(int64_t))
    for i in range(count):
        # Under credit_pair (1) money never meets an undelivered debt (rules 3.5 a).
        if not work.debt(i).marks & OFF_BALANCE and (
            work.debt(i).marks & DELIVERED or work.rules.policies.postpaid_mode == 0
        ):
            rows[found] = i
            found += 1
    work.sort_debts(rows, found, False)
    if event.marks & FOR_PENALTY:
        left = _put(work, TO_PENALTY, left, work.account.penalty, -1)
    elif not event.marks & FOR_COSTS and (event.period >= 0 or event.service >= 0):
        left = _pay_named(work, event, left, rows, found, rows + count)
    left = _put(work, TO_COSTS, left, work.account.costs, -1)
    left = _pay_debts(work, event, left, rows, found, rows + count)
    if not event.marks & FOR_PENALTY:
        left = _put(work, TO_PENALTY, left, work.account.penalty, -1)
    _put(work, TO_ADVANCE, left, left, -1)
    return 0
