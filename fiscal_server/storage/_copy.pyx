# cython: language_level=3
"""Rows of int64 to PostgreSQL's binary COPY format, a column at a time described and a row at a time written.

Source of the format: PostgreSQL 18 documentation, COPY, "Binary Format". Dates there count from 2000-01-01.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    static inline char *fiscal_put_int16(char *at, int64_t value) {
        at[0] = (char)(value >> 8); at[1] = (char)value; return at + 2;
    }
    static inline char *fiscal_put_int32(char *at, int64_t value) {
        uint32_t swapped = __builtin_bswap32((uint32_t)value); memcpy(at, &swapped, 4); return at + 4;
    }
    static inline char *fiscal_put_int64(char *at, int64_t value) {
        uint64_t swapped = __builtin_bswap64((uint64_t)value); memcpy(at, &swapped, 8); return at + 8;
    }
    """
    char *put_int16 "fiscal_put_int16"(char *at, int64_t value) noexcept nogil
    char *put_int32 "fiscal_put_int32"(char *at, int64_t value) noexcept nogil
    char *put_int64 "fiscal_put_int64"(char *at, int64_t value) noexcept nogil

cdef enum Kind:
    INT8 = 0
    INT4 = 1
    INT2 = 2
    DATE = 3
    FLAG = 4  # a bit of the field
    TEXT = 5  # the field numbers a text
    LOOKED_UP = 6  # the field is a place in a list of numbers
    OWN = 7  # the row's own number in a list
    BYTES = 8  # a slice of a piece of memory: this field and the next are its ends
    CONSTANT = 9
    INT8_OR_NULL = 11
    ORDINAL = 10  # counts the rows that have the same value in the field

cdef enum:
    DATE_EPOCH = 730_120  # date(2000, 1, 1).toordinal()
    FIXED = 12  # of one column: a length and eight bytes
    HEADER = 19
    NULL_LENGTH = -1

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"


cdef struct Column:
    Kind kind
    Py_ssize_t field
    int64_t mask
    const int64_t *numbers  # TEXT: where each begins; LOOKED_UP, OWN: the numbers
    Py_ssize_t count
    const char *data
    Py_ssize_t size


cdef class CopyPlan:
    """How the rows of one table of int64 become rows of one table of the database."""

    cdef Column *columns
    cdef Py_ssize_t column_count
    cdef Py_ssize_t width
    cdef list keep

    def __cinit__(self, Py_ssize_t width, columns):
        self.width = width
        self.column_count = len(columns)
        self.columns = <Column *>malloc(max(1, self.column_count) * sizeof(Column))
        if self.columns == NULL:
            raise MemoryError()
        self.keep = []
        for place, (kind, field, argument) in enumerate(columns):
            self._lay_out(&self.columns[<Py_ssize_t>place], kind, field, argument)

    def __dealloc__(self):
        free(self.columns)

    cdef int _lay_out(self, Column *column, Kind kind, Py_ssize_t field, object argument) except -1:
        cdef const int64_t[::1] numbers
        cdef const unsigned char[::1] data
        if not 0 <= field < self.width or (kind == BYTES and field + 1 >= self.width):
            raise IndexError(f"a row has no field {field}")
        column.kind, column.field = kind, field
        column.mask, column.numbers, column.count, column.data, column.size = 0, NULL, 0, NULL, 0
        if kind == FLAG:
            column.mask = argument
        elif kind == LOOKED_UP or kind == OWN:
            numbers = argument
            self.keep.append(numbers)
            column.numbers, column.count = &numbers[0] if numbers.shape[0] else NULL, numbers.shape[0]
        elif kind == TEXT:
            numbers, data = argument
            self.keep.append((numbers, data))
            column.numbers, column.count = &numbers[0], numbers.shape[0] - 1
            column.data, column.size = <const char *>&data[0] if data.shape[0] else NULL, data.shape[0]
        elif kind == BYTES or kind == CONSTANT:
            data = argument
            self.keep.append(data)
            column.data, column.size = <const char *>&data[0] if data.shape[0] else NULL, data.shape[0]
        return 0

    def encode(self, table):
        cdef const int64_t[::1] rows = table
        cdef Py_ssize_t count = rows.shape[0] // self.width, used = HEADER, size = HEADER + 64 * 1024
        cdef char *data
        if rows.shape[0] % self.width:
            raise ValueError("a table is cut inside a row")
        data = <char *>malloc(size)
        if data == NULL:
            raise MemoryError()
        try:
            memcpy(data, <const char *>SIGNATURE, HEADER)
            if count:
                with nogil:
                    data = self._write(&rows[0], count, data, &used, &size)
            return PyBytes_FromStringAndSize(data, used) + TRAILER
        finally:
            free(data)

    cdef char *_write(
        self, const int64_t *row, Py_ssize_t count, char *data, Py_ssize_t *used, Py_ssize_t *size
    ) except NULL nogil:
        cdef Py_ssize_t number, place, need
        cdef char *at
        cdef char *larger
        cdef const int64_t *before = NULL
        cdef int64_t ordinal = 0
        cdef bint same
        for number in range(count):
            need = 2
            for place in range(self.column_count):
                need += FIXED + self._variable(&self.columns[place], row)
            if used[0] + need > size[0]:
                while used[0] + need > size[0]:
                    size[0] *= 2
                larger = <char *>realloc(data, size[0])
                if larger == NULL:
                    with gil:
                        raise MemoryError()
                data = larger
            at = put_int16(data + used[0], self.column_count)
            for place in range(self.column_count):
                if self.columns[place].kind == ORDINAL:
                    same = before != NULL and before[self.columns[place].field] == row[self.columns[place].field]
                    ordinal = ordinal + 1 if same else 0
                    at = put_int32(put_int32(at, 4), ordinal)
                else:
                    at = self._cell(&self.columns[place], row, number, at)
            used[0] = <Py_ssize_t>at - <Py_ssize_t>data
            before = row
            row += self.width
        return data

    cdef Py_ssize_t _variable(self, const Column *column, const int64_t *row) except -1 nogil:
        """Bytes beyond the fixed ones; looks after the bounds on the way."""
        cdef int64_t value = row[column.field]
        if column.kind == CONSTANT:
            return column.size
        if column.kind == BYTES:
            if not 0 <= value <= row[column.field + 1] <= column.size:
                with gil:
                    raise IndexError(f"no bytes from {value} to {row[column.field + 1]}")
            return row[column.field + 1] - value
        if (column.kind == TEXT or column.kind == LOOKED_UP) and value != -1:
            if not 0 <= value < column.count:
                with gil:
                    raise IndexError(f"no number {value} in a list of {column.count}")
            if column.kind == TEXT:
                return column.numbers[value + 1] - column.numbers[value]
        return 0

    cdef char *_cell(self, const Column *column, const int64_t *row, Py_ssize_t number, char *at) except NULL nogil:
        cdef int64_t value = row[column.field]
        cdef const char *start
        cdef Py_ssize_t size
        if column.kind == CONSTANT:
            at = put_int32(at, column.size)
            memcpy(at, column.data, column.size)
            return at + column.size
        if column.kind == FLAG:
            at = put_int32(at, 1)
            at[0] = 1 if value & column.mask else 0
            return at + 1
        if column.kind == OWN:
            if number >= column.count:
                with gil:
                    raise IndexError("fewer numbers than rows")
            return put_int64(put_int32(at, 8), column.numbers[number])
        if column.kind == INT8:
            return put_int64(put_int32(at, 8), value)
        if value == -1 and column.kind != BYTES:
            return put_int32(at, NULL_LENGTH)
        if column.kind == INT8_OR_NULL:
            return put_int64(put_int32(at, 8), value)
        if column.kind == INT4:
            return put_int32(put_int32(at, 4), value)
        if column.kind == INT2:
            return put_int16(put_int32(at, 2), value)
        if column.kind == DATE:
            return put_int32(put_int32(at, 4), value - DATE_EPOCH)
        if column.kind == LOOKED_UP:
            return put_int64(put_int32(at, 8), column.numbers[value])
        if column.kind == TEXT:
            start, size = column.data + column.numbers[value], column.numbers[value + 1] - column.numbers[value]
        else:
            start, size = column.data + value, row[column.field + 1] - value
        at = put_int32(at, size)
        memcpy(at, start, size)
        return at + size
