# cython: language_level=3, overflowcheck=False
"""What of the ledgers of many accounts has to be written: rows that stay as they are cost nothing.

All tables are sorted by account, which is their first field. The first row of an account carries what its rows come to
(``storage.tables.with_totals``): new rows bring it with them, first rows that stay are named when it changes.
"""

from array import array

from cpython cimport array as arrays
from libc.stdint cimport int64_t
from libc.string cimport memcmp, memcpy

cdef enum:
    ACCOUNT_WIDTH = 9
    DEBT_WIDTH = 10
    DEBT_PERIOD = 2  # places in layout.DEBT
    DEBT_MARKS = 6
    DELIVERED = 1
    OFF_BALANCE = 4
    DEBT_AMOUNT = 4
    LOT_WIDTH = 7
    LOT_AMOUNT = 2
    GONE_WIDTH = 2
    TOTAL_WIDTH = 3
    NONE = -1

cdef arrays.array _EMPTY = array("q")


cdef struct Rows:
    const int64_t *data
    const int64_t *end
    Py_ssize_t width


cdef struct Span:
    const int64_t *first
    Py_ssize_t count


cdef Rows _rows(const int64_t[::1] table, Py_ssize_t width) except *:
    cdef Rows rows
    if table.shape[0] % width:
        raise ValueError("a table is cut inside a row")
    rows.data = &table[0] if table.shape[0] else NULL
    rows.end = rows.data + table.shape[0]
    rows.width = width
    return rows


cdef Span _of_account(Rows *rows, int64_t account) noexcept nogil:
    """The account's rows; those of accounts before it are passed over."""
    cdef Span span
    while rows.data < rows.end and rows.data[0] < account:
        rows.data += rows.width
    span.first, span.count = rows.data, 0
    while rows.data < rows.end and rows.data[0] == account:
        rows.data += rows.width
        span.count += 1
    return span


cdef inline Py_ssize_t _between(const int64_t *first, const int64_t *last) noexcept nogil:
    """How many numbers lie there."""
    return (<Py_ssize_t>last - <Py_ssize_t>first) // <Py_ssize_t>sizeof(int64_t)


cdef inline bint _equal(const int64_t *one, const int64_t *other, Py_ssize_t width) noexcept nogil:
    return memcmp(one, other, width * sizeof(int64_t)) == 0


cdef class _Changes:
    """Where the changes gather: never more than there are rows."""

    cdef arrays.array gone_table
    cdef arrays.array new_table
    cdef arrays.array total_table
    cdef int64_t *gone
    cdef int64_t *new
    cdef int64_t *totals
    cdef Py_ssize_t width

    def __cinit__(self, Py_ssize_t before, Py_ssize_t after, Py_ssize_t width):
        self.width = width
        self.gone_table = arrays.clone(_EMPTY, before * GONE_WIDTH, zero=False)
        self.new_table = arrays.clone(_EMPTY, after * (width + 2), zero=False)
        self.total_table = arrays.clone(_EMPTY, before * TOTAL_WIDTH, zero=False)
        self.gone = <int64_t *>self.gone_table.data.as_longlongs
        self.new = <int64_t *>self.new_table.data.as_longlongs
        self.totals = <int64_t *>self.total_table.data.as_longlongs

    cdef void take(self, int64_t account, int64_t ordinal) noexcept nogil:
        self.gone[0], self.gone[1] = account, ordinal
        self.gone += GONE_WIDTH

    cdef void add(self, const int64_t *row, int64_t ordinal, int64_t total) noexcept nogil:
        memcpy(self.new, row, self.width * sizeof(int64_t))
        self.new[self.width], self.new[self.width + 1] = ordinal, total
        self.new += self.width + 2

    cdef void retotal(self, int64_t account, int64_t ordinal, int64_t total) noexcept nogil:
        self.totals[0], self.totals[1], self.totals[2] = account, ordinal, total
        self.totals += TOTAL_WIDTH

    cdef tuple tables(self):
        arrays.resize(self.gone_table, _between(<int64_t *>self.gone_table.data.as_longlongs, self.gone))
        arrays.resize(self.new_table, _between(<int64_t *>self.new_table.data.as_longlongs, self.new))
        arrays.resize(self.total_table, _between(<int64_t *>self.total_table.data.as_longlongs, self.totals))
        return self.gone_table, self.new_table, self.total_table


cdef struct Owed:
    Py_ssize_t first  # the place of the first debt that counts, NONE without
    int64_t kopecks


cdef Owed _owed(Span debts) noexcept nogil:
    """What the account's debts that are not written off come to."""
    cdef Owed owed
    cdef Py_ssize_t i
    owed.first, owed.kopecks = NONE, 0
    for i in range(debts.count):
        if not debts.first[i * DEBT_WIDTH + DEBT_MARKS] & OFF_BALANCE:
            owed.kopecks += debts.first[i * DEBT_WIDTH + DEBT_AMOUNT]
            if owed.first == NONE:
                owed.first = i
    return owed


cdef int64_t _paid_beforehand(Span lots) noexcept nogil:
    cdef int64_t kopecks = 0
    cdef Py_ssize_t i
    for i in range(lots.count):
        kopecks += lots.first[i * LOT_WIDTH + LOT_AMOUNT]
    return kopecks


cdef inline bint _is_due(const int64_t *debt, int64_t period) noexcept nogil:
    return debt[DEBT_PERIOD] == period and not debt[DEBT_MARKS] & (DELIVERED | OFF_BALANCE)


def debt_changes(const int64_t[::1] before, const int64_t[::1] ordinals, after, changed, int64_t period):
    cdef Rows old = _rows(before, DEBT_WIDTH), new = _rows(after, DEBT_WIDTH), accounts = _rows(changed, ACCOUNT_WIDTH)
    cdef const int64_t *start = old.data
    cdef _Changes found = _Changes(len(before) // DEBT_WIDTH, len(after) // DEBT_WIDTH, DEBT_WIDTH)
    cdef Span was, now
    cdef Owed owed, before_it
    cdef Py_ssize_t i, kept
    cdef const int64_t *places
    cdef int64_t last
    if len(ordinals) * DEBT_WIDTH != len(before):
        raise ValueError("not one ordinal for each debt")
    with nogil:
        while accounts.data < accounts.end:
            was, now = _of_account(&old, accounts.data[0]), _of_account(&new, accounts.data[0])
            places = &ordinals[0] + _between(start, was.first) // DEBT_WIDTH if was.count else NULL
            before_it, owed = _owed(was), _owed(now)
            kept, last = 0, -1
            for i in range(was.count):
                last = max(last, places[i])
                if kept < now.count and _equal(was.first + i * DEBT_WIDTH, now.first + kept * DEBT_WIDTH, DEBT_WIDTH):
                    if kept == owed.first and (i != before_it.first or owed.kopecks != before_it.kopecks):
                        found.retotal(accounts.data[0], places[i], owed.kopecks)
                    kept += 1
                elif not _is_due(was.first + i * DEBT_WIDTH, period):
                    found.take(accounts.data[0], places[i])
            for i in range(kept, now.count):
                last += 1
                found.add(now.first + i * DEBT_WIDTH, last, owed.kopecks if i == owed.first else NONE)
            accounts.data += ACCOUNT_WIDTH
    return found.tables()


def lot_changes(const int64_t[::1] before, const int64_t[::1] ordinals, after, changed):
    cdef Rows old = _rows(before, LOT_WIDTH), new = _rows(after, LOT_WIDTH), accounts = _rows(changed, ACCOUNT_WIDTH)
    cdef const int64_t *start = old.data
    cdef _Changes found = _Changes(len(before) // LOT_WIDTH, len(after) // LOT_WIDTH, LOT_WIDTH)
    cdef Span was, now
    cdef Py_ssize_t i, gone, place, count = len(ordinals)
    cdef int64_t total
    cdef const int64_t *places
    cdef arrays.array kept_table = arrays.clone(_EMPTY, count * GONE_WIDTH, zero=False)
    cdef int64_t *kept = <int64_t *>kept_table.data.as_longlongs
    cdef bytearray marks = bytearray(count + 1)
    cdef char *is_gone = marks
    if count * LOT_WIDTH != len(before):
        raise ValueError("not one ordinal for each lot")
    with nogil:
        while accounts.data < accounts.end:
            was, now = _of_account(&old, accounts.data[0]), _of_account(&new, accounts.data[0])
            places = &ordinals[0] + _between(start, was.first) // LOT_WIDTH if was.count else NULL
            if now.count > was.count:
                with gil:
                    raise ValueError("a close made a lot")
            total = _paid_beforehand(now)
            while now.count and _equal(
                was.first + (was.count - 1) * LOT_WIDTH, now.first + (now.count - 1) * LOT_WIDTH, LOT_WIDTH
            ):
                was.count -= 1
                now.count -= 1
            gone = was.count - now.count
            for i in range(was.count):
                found.take(accounts.data[0], places[i])
                is_gone[_between(start, was.first) // LOT_WIDTH + i] = 1
            for i in range(now.count):
                found.add(now.first + i * LOT_WIDTH, places[gone + i], NONE if i else total)
            if total and gone and not now.count:  # the first that stays is the first of all now
                found.retotal(accounts.data[0], places[gone], total)
            accounts.data += ACCOUNT_WIDTH
        for place in range(count):
            if not is_gone[place]:
                kept[0], kept[1] = before[place * LOT_WIDTH], ordinals[place]
                kept += GONE_WIDTH
    arrays.resize(kept_table, _between(<int64_t *>kept_table.data.as_longlongs, kept))
    gone_table, new_table, total_table = found.tables()
    return gone_table, kept_table, new_table, total_table
