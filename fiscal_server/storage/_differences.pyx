# cython: language_level=3, overflowcheck=False
"""What of the ledgers of many accounts has to be written: rows that stay as they are cost nothing.

All tables are sorted by account, which is their first field.
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
    LOT_WIDTH = 7
    GONE_WIDTH = 2

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
    cdef int64_t *gone
    cdef int64_t *new
    cdef Py_ssize_t width

    def __cinit__(self, Py_ssize_t before, Py_ssize_t after, Py_ssize_t width):
        self.width = width
        self.gone_table = arrays.clone(_EMPTY, before * GONE_WIDTH, zero=False)
        self.new_table = arrays.clone(_EMPTY, after * (width + 1), zero=False)
        self.gone = <int64_t *>self.gone_table.data.as_longlongs
        self.new = <int64_t *>self.new_table.data.as_longlongs

    cdef void take(self, int64_t account, int64_t ordinal) noexcept nogil:
        self.gone[0], self.gone[1] = account, ordinal
        self.gone += GONE_WIDTH

    cdef void add(self, const int64_t *row, int64_t ordinal) noexcept nogil:
        memcpy(self.new, row, self.width * sizeof(int64_t))
        self.new[self.width] = ordinal
        self.new += self.width + 1

    cdef tuple tables(self):
        gone = _between(<int64_t *>self.gone_table.data.as_longlongs, self.gone)
        new = _between(<int64_t *>self.new_table.data.as_longlongs, self.new)
        arrays.resize(self.gone_table, gone)
        arrays.resize(self.new_table, new)
        return self.gone_table, self.new_table


cdef inline bint _is_due(const int64_t *debt, int64_t period) noexcept nogil:
    return debt[DEBT_PERIOD] == period and not debt[DEBT_MARKS] & (DELIVERED | OFF_BALANCE)


def debt_changes(const int64_t[::1] before, const int64_t[::1] ordinals, after, changed, int64_t period):
    cdef Rows old = _rows(before, DEBT_WIDTH), new = _rows(after, DEBT_WIDTH), accounts = _rows(changed, ACCOUNT_WIDTH)
    cdef const int64_t *start = old.data
    cdef _Changes found = _Changes(len(before) // DEBT_WIDTH, len(after) // DEBT_WIDTH, DEBT_WIDTH)
    cdef Span was, now
    cdef Py_ssize_t i, kept
    cdef const int64_t *places
    cdef int64_t last
    if len(ordinals) * DEBT_WIDTH != len(before):
        raise ValueError("not one ordinal for each debt")
    with nogil:
        while accounts.data < accounts.end:
            was, now = _of_account(&old, accounts.data[0]), _of_account(&new, accounts.data[0])
            places = &ordinals[0] + _between(start, was.first) // DEBT_WIDTH if was.count else NULL
            kept, last = 0, -1
            for i in range(was.count):
                last = max(last, places[i])
                if kept < now.count and _equal(was.first + i * DEBT_WIDTH, now.first + kept * DEBT_WIDTH, DEBT_WIDTH):
                    kept += 1
                elif not _is_due(was.first + i * DEBT_WIDTH, period):
                    found.take(accounts.data[0], places[i])
            for i in range(kept, now.count):
                last += 1
                found.add(now.first + i * DEBT_WIDTH, last)
            accounts.data += ACCOUNT_WIDTH
    return found.tables()


def lot_changes(const int64_t[::1] before, const int64_t[::1] ordinals, after, changed):
    cdef Rows old = _rows(before, LOT_WIDTH), new = _rows(after, LOT_WIDTH), accounts = _rows(changed, ACCOUNT_WIDTH)
    cdef const int64_t *start = old.data
    cdef _Changes found = _Changes(len(before) // LOT_WIDTH, len(after) // LOT_WIDTH, LOT_WIDTH)
    cdef Span was, now
    cdef Py_ssize_t i, gone, place, count = len(ordinals)
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
                found.add(now.first + i * LOT_WIDTH, places[gone + i])
            accounts.data += ACCOUNT_WIDTH
        for place in range(count):
            if not is_gone[place]:
                kept[0], kept[1] = before[place * LOT_WIDTH], ordinals[place]
                kept += GONE_WIDTH
    arrays.resize(kept_table, _between(<int64_t *>kept_table.data.as_longlongs, kept))
    gone_table, new_table = found.tables()
    return gone_table, kept_table, new_table
