# cython: language_level=3, overflowcheck=False
"""PostgreSQL's binary COPY format to rows of int64: whole ranges of accounts are read without an object a row.

Source of the format: PostgreSQL 18 documentation, COPY, "Binary Format".
"""

from array import array

from cpython cimport array as arrays
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    static inline int64_t fiscal_get_int16(const char *at) {
        uint16_t value; memcpy(&value, at, 2); return (int16_t)__builtin_bswap16(value);
    }
    static inline int64_t fiscal_get_int32(const char *at) {
        uint32_t value; memcpy(&value, at, 4); return (int32_t)__builtin_bswap32(value);
    }
    static inline int64_t fiscal_get_int64(const char *at) {
        uint64_t value; memcpy(&value, at, 8); return (int64_t)__builtin_bswap64(value);
    }
    """
    int64_t get_int16 "fiscal_get_int16"(const char *at) noexcept nogil
    int64_t get_int32 "fiscal_get_int32"(const char *at) noexcept nogil
    int64_t get_int64 "fiscal_get_int64"(const char *at) noexcept nogil

cdef enum Kind:
    NUMBER = 0  # of any size; null becomes -1
    DAY = 1
    MONTH = 2
    TEXT = 3  # its place in a list
    FLAG = 4  # sets a bit

cdef enum:
    HEADER = 19
    DATE_EPOCH = 730_120  # date(2000, 1, 1).toordinal()
    MONTH_LENGTH = 7
    ZERO = 48
    UNKNOWN_TEXT = -2
    ROW_HEAD = 2
    CELL_HEAD = 4
    NULL_LENGTH = -1
    END = -1
    LONGEST_SHORT = 31  # characters of a fixstr
    MOST_8 = 255
    MOST_16 = 65_535

cdef arrays.array _EMPTY = array("q")


cdef Py_ssize_t _rows(const char *data, Py_ssize_t size, Py_ssize_t fields) except -1 nogil:
    """How many rows there are; whoever reads them afterwards stays inside."""
    cdef Py_ssize_t at = HEADER, rows = 0, field
    cdef int64_t length
    while True:
        if at + ROW_HEAD > size:
            return _broken(at)
        if get_int16(data + at) == END:
            return rows
        if get_int16(data + at) != fields:
            return _broken(at)
        at += ROW_HEAD
        for field in range(fields):
            if at + CELL_HEAD > size:
                return _broken(at)
            length = get_int32(data + at)
            at += CELL_HEAD + (length if length > 0 else 0)
        rows += 1


cdef Py_ssize_t _broken(Py_ssize_t at) except -1 nogil:
    with gil:
        raise ValueError(f"the stream is not what was asked for, at byte {at}")


cdef const char *_bigint(const char *at, int64_t *value) except NULL nogil:
    cdef int64_t length = get_int32(at)
    value[0] = _number(at + CELL_HEAD, length)
    return at + CELL_HEAD + (length if length > 0 else 0)


cdef struct Text:
    const char *data
    Py_ssize_t size


cdef struct Field:
    Kind kind
    Py_ssize_t place
    int64_t argument  # FLAG: the bit; TEXT: what null becomes
    Text *texts
    Py_ssize_t text_count


cdef class Plan:
    """How the fields that come make up the rows."""

    cdef Field *fields
    cdef Py_ssize_t field_count
    cdef Py_ssize_t width
    cdef list keep

    def __cinit__(self, Py_ssize_t width, fields):
        cdef Py_ssize_t place
        self.width, self.field_count, self.keep = width, len(fields), []
        self.fields = <Field *>calloc(max(1, self.field_count), sizeof(Field))
        if self.fields == NULL:
            raise MemoryError()
        for place, (kind, target, argument, texts) in enumerate(fields):
            if not 0 <= target < width:
                raise IndexError(f"a row has no field {target}")
            self.fields[place].kind, self.fields[place].place = kind, target
            self.fields[place].argument = argument
            self._take_texts(&self.fields[place], texts)

    cdef int _take_texts(self, Field *field, texts) except -1:
        cdef Py_ssize_t place
        cdef bytes text
        field.text_count = len(texts)
        field.texts = <Text *>calloc(max(1, field.text_count), sizeof(Text))
        if field.texts == NULL:
            raise MemoryError()
        for place, text in enumerate(texts):
            self.keep.append(text)
            field.texts[place].data, field.texts[place].size = text, len(text)
        return 0

    def __dealloc__(self):
        cdef Py_ssize_t place
        if self.fields != NULL:
            for place in range(self.field_count):
                free(self.fields[place].texts)
            free(self.fields)

    cdef const char *_row(self, const char *at, int64_t *out, int64_t *ordinal) except NULL nogil:
        cdef Py_ssize_t field
        cdef int64_t length
        memset(out, 0, self.width * sizeof(int64_t))
        for field in range(self.field_count):
            length = get_int32(at)
            _take_cell(&self.fields[field], at + CELL_HEAD, length, out)
            at += CELL_HEAD + (length if length > 0 else 0)
        return _bigint(at, ordinal)


cdef int64_t _number(const char *at, int64_t length) except? -1 nogil:
    if length == NULL_LENGTH:
        return -1
    if length == 8:
        return get_int64(at)
    if length == 4:
        return get_int32(at)
    if length == 2:
        return get_int16(at)
    if length == 1:
        return at[0]
    return _broken(length)


cdef int64_t _month(const char *at, int64_t length) except? -1 nogil:
    """YYYY-MM."""
    cdef int64_t year = 0
    cdef Py_ssize_t i
    if length != MONTH_LENGTH:
        return _broken(length)
    for i in range(4):
        year = year * 10 + (at[i] - ZERO)
    return year * 12 + (at[5] - ZERO) * 10 + (at[6] - ZERO) - 1


cdef int64_t _place_of(Field *field, const char *at, int64_t length) noexcept nogil:
    cdef Py_ssize_t i
    if length == NULL_LENGTH:
        return field.argument
    for i in range(field.text_count):
        if field.texts[i].size == length and memcmp(field.texts[i].data, at, length) == 0:
            return i
    return UNKNOWN_TEXT


cdef int _take_cell(Field *field, const char *at, int64_t length, int64_t *out) except -1 nogil:
    if field.kind == FLAG:
        if _number(at, length) > 0:
            out[field.place] |= field.argument
    elif field.kind == DAY:
        out[field.place] = _number(at, length) + DATE_EPOCH
    elif field.kind == MONTH:
        out[field.place] = _month(at, length)
    elif field.kind == TEXT:
        out[field.place] = _place_of(field, at, length)
    else:
        out[field.place] = _number(at, length)
    return 0


def ledger_rows(stream, Plan plan, const int64_t[::1] accounts):
    cdef const unsigned char[::1] bytes_ = stream
    cdef const char *at = <const char *>&bytes_[0]
    cdef Py_ssize_t rows = _rows(at, bytes_.shape[0], plan.field_count + 1), row, place = 0, kept = 0
    cdef arrays.array table = arrays.clone(_EMPTY, rows * plan.width, zero=False)
    cdef arrays.array ordinals = arrays.clone(_EMPTY, rows, zero=False)
    cdef int64_t *out = <int64_t *>table.data.as_longlongs
    cdef int64_t *ordinal = <int64_t *>ordinals.data.as_longlongs
    with nogil:
        at += HEADER
        for row in range(rows):
            at = plan._row(at + ROW_HEAD, out, ordinal + kept)
            while place < accounts.shape[0] and accounts[place] < out[0]:
                place += 1
            if place < accounts.shape[0] and accounts[place] == out[0]:
                out[0] = place
                out += plan.width
                kept += 1
    arrays.resize(table, kept * plan.width)
    arrays.resize(ordinals, kept)
    return table, ordinals


cdef Py_ssize_t _head(unsigned char *head, Py_ssize_t size) noexcept nogil:
    """The head of a MessagePack string; gives its own length."""
    if size <= LONGEST_SHORT:
        head[0] = <unsigned char>(0xA0 | size)
        return 1
    if size <= MOST_8:
        head[0], head[1] = 0xD9, <unsigned char>size
        return 2
    if size <= MOST_16:
        head[0], head[1], head[2] = 0xDA, <unsigned char>(size >> 8), <unsigned char>(size & 0xFF)
        return 3
    head[0], head[1], head[2] = 0xDB, <unsigned char>(size >> 24), <unsigned char>((size >> 16) & 0xFF)
    head[3], head[4] = <unsigned char>((size >> 8) & 0xFF), <unsigned char>(size & 0xFF)
    return 5


def integers_and_texts(stream, Py_ssize_t width, bytes known):
    cdef const unsigned char[::1] bytes_ = stream
    cdef const char *at = <const char *>&bytes_[0]
    cdef Py_ssize_t rows = _rows(at, bytes_.shape[0], width + 1), row, field, texts = 1, used = len(known), size
    cdef arrays.array table = arrays.clone(_EMPTY, rows * (width + 1), zero=False)
    cdef arrays.array starts = arrays.clone(_EMPTY, rows + 2, zero=False)
    cdef int64_t *out = <int64_t *>table.data.as_longlongs
    cdef int64_t *start = <int64_t *>starts.data.as_longlongs
    cdef bytearray packed = bytearray(used + bytes_.shape[0])  # a head is never longer than a cell's own
    cdef char *memory = <char *>packed
    packed[:used] = known
    start[0], start[1] = 0, used
    with nogil:
        at += HEADER
        for row in range(rows):
            at += ROW_HEAD
            for field in range(width):
                at = _bigint(at, out)
                out += 1
            size = get_int32(at)
            at += CELL_HEAD
            if size < 0:
                out[0] = -1
            else:
                out[0] = texts
                texts += 1
                used += _head(<unsigned char *>memory + used, size)
                memcpy(memory + used, at, size)
                used += size
                at += size
                start[texts] = used
            out += 1
    del packed[used:]
    return table, starts[: texts + 1], packed
