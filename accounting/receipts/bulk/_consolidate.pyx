# cython: language_level=3, overflowcheck=False
"""One receipt for a whole period, split by size: consolidate.split_by_limits in C, for lines by service and rate.

A sum in here is at most ``max_sum`` or, for a moment, twice that, so it stays in 64 bits.
"""

from libc.stdint cimport int64_t

from accounting.receipts.bulk._room cimport Block, Room, put, release, take
from accounting.receipts.bulk._rows cimport CommonRow, ConsolidatedRow
from accounting.receipts.bulk._rules cimport CODES, Rules

from accounting.receipts.consolidate import MAX_CONSOLIDATED_PARTS
from accounting.receipts.errors import ErrorCode, EventRefused


cdef class Consolidator:
    """The consolidated receipts of one close and one group, growing as accounts come by in their order."""

    cdef Rules rules
    cdef int64_t group
    cdef int64_t part
    cdef int64_t most_parts
    cdef Room lines  # ConsolidatedRow: the part that is open
    cdef Room places  # of a key in ``lines``, -1: not there
    cdef int64_t total
    cdef int64_t size
    cdef Block closed

    def __init__(self, Rules rules, int64_t group, state=b"", most_parts=MAX_CONSOLIDATED_PARTS):
        cdef const unsigned char[::1] given = state
        cdef Py_ssize_t i
        self.rules = rules
        self.group = group
        self.most_parts = most_parts
        self.closed = Block()
        for i in range(rules.services * CODES):
            (<int64_t *>take(&self.places, sizeof(int64_t)))[0] = -1
        if given.shape[0] % <Py_ssize_t>sizeof(ConsolidatedRow):
            raise ValueError("the state is cut inside a row")
        for i in range(given.shape[0] // <Py_ssize_t>sizeof(ConsolidatedRow)):
            self._restore(<const ConsolidatedRow *>&given[0] + i)

    def __dealloc__(self):
        release(&self.lines)
        release(&self.places)

    cdef int _restore(self, const ConsolidatedRow *row) except -1:
        if row.group != self.group or not 0 <= row.service < self.rules.services or not 0 < row.vat_code < CODES:
            raise ValueError("the state is of other rules")
        self.part = row.part
        return self._add(row.service, row.period, row.amount, row.vat_code)

    cdef inline Py_ssize_t _count(self) noexcept nogil:
        return self.lines.used // <Py_ssize_t>sizeof(ConsolidatedRow)

    cdef inline int64_t *_place(self, int64_t service, int64_t code) noexcept nogil:
        return <int64_t *>self.places.data + self.rules.line_class[service] * CODES + code

    cdef bint _fits(self, const CommonRow *rows, Py_ssize_t count) noexcept nogil:
        cdef int64_t total = self.total, size = self.size
        cdef Py_ssize_t i, j, new = 0
        for i in range(count):
            total += rows[i].amount
            if total > self.rules.policies.max_sum:
                return False
            if self._place(rows[i].service, rows[i].vat_code)[0] >= 0:
                continue
            for j in range(i):
                if (
                    self.rules.line_class[rows[j].service] == self.rules.line_class[rows[i].service]
                    and rows[j].vat_code == rows[i].vat_code
                ):
                    break
            else:
                new += 1
                size += self.rules.line_bytes[rows[i].service]
        return self._count() + new <= self.rules.policies.max_lines and size <= self.rules.policies.max_bytes

    cdef int _add(self, int64_t service, int64_t period, int64_t amount, int64_t code) except -1 nogil:
        cdef int64_t *place = self._place(service, code)
        cdef ConsolidatedRow *row
        if place[0] < 0:
            place[0] = self._count()
            row = <ConsolidatedRow *>take(&self.lines, sizeof(ConsolidatedRow))
            row.group, row.part, row.service, row.period = self.group, self.part, service, period
            row.vat_code, row.amount = code, 0
            self.size += self.rules.line_bytes[service]
        (<ConsolidatedRow *>self.lines.data + place[0]).amount += amount
        self.total += amount
        return 0

    cdef int _close(self) except -1 nogil:
        cdef Py_ssize_t i
        cdef ConsolidatedRow *row
        if not self.lines.used:
            return 0
        for i in range(self._count()):
            row = <ConsolidatedRow *>self.lines.data + i
            self._place(row.service, row.vat_code)[0] = -1
        put(&self.closed.room, self.lines.data, self.lines.used)
        self.lines.used = 0
        self.total = self.size = 0
        self.part += 1
        return self._require_few_parts(self.part)

    cdef int _require_few_parts(self, int64_t full) except -1 nogil:
        """Limits.require_few_parts: another part follows the full ones."""
        if full >= self.most_parts:
            with gil:
                raise EventRefused(ErrorCode.TOO_MANY_RECEIPTS, "period")
        return 0

    cdef int _take_block(self, const CommonRow *rows, Py_ssize_t count) except -1 nogil:
        """The lines of one account: never torn apart while they fit into a part of their own."""
        cdef Py_ssize_t i
        if not self._fits(rows, count):
            self._close()
            if not self._fits(rows, count):
                for i in range(count):
                    self._take_line(&rows[i])
                return 0
        for i in range(count):
            self._add(rows[i].service, rows[i].period, rows[i].amount, rows[i].vat_code)
        return 0

    cdef int _take_line(self, const CommonRow *line) except -1 nogil:
        """A line above the largest sum is cut in pieces that are parts of their own, but for the last."""
        cdef int64_t amount = line.amount, most = self.rules.policies.max_sum
        if not self._fits(line, 1):
            self._close()
            self._require_few_parts(self.part + (amount - 1) // most)
            while amount > most:
                self._add(line.service, line.period, most, line.vat_code)
                self._close()
                amount -= most
        return self._add(line.service, line.period, amount, line.vat_code)

    def feed(self, table):
        """Lines of a close (``layout.COMMON``) in the order of accounts; an account is never cut between two tables.

        Raises EventRefused when the receipts would be too many; the consolidator is of no use then.
        """
        cdef const int64_t[::1] column = table
        cdef Py_ssize_t count = column.shape[0] // <Py_ssize_t>(sizeof(CommonRow) // sizeof(int64_t)), i
        cdef Room block = Room(NULL, 0, 0)
        if not count:
            return
        cdef const CommonRow *rows = <const CommonRow *>&column[0]
        try:
            with nogil:
                for i in range(count):
                    if i and rows[i].account != rows[i - 1].account and block.used:
                        self._take_block(<CommonRow *>block.data, block.used // <Py_ssize_t>sizeof(CommonRow))
                        block.used = 0
                    if self.rules.group[rows[i].service] == self.group:
                        put(&block, &rows[i], sizeof(CommonRow))
                if block.used:
                    self._take_block(<CommonRow *>block.data, block.used // <Py_ssize_t>sizeof(CommonRow))
        finally:
            release(&block)

    def closed_parts(self):
        """Rows (``layout.CONSOLIDATED``) of the parts that are full, once."""
        cdef Block full = self.closed
        self.closed = Block()
        return full

    def state(self):
        """The open part, for a consolidator that goes on later; the same rows are its last part."""
        return bytes(self.lines.data[: self.lines.used]) if self.lines.used else b""
