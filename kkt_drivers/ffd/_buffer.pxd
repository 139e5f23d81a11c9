cimport cython
from libc.stdint cimport int64_t

cdef enum:
    HEAD = 4  # bytes of tag and length
    MAX_VALUE = 0xFFFF
    ONE = 1_000_000  # quantity 1


@cython.final
cdef class Buffer:
    """Records on their way into one piece of memory; grows as it must."""

    cdef unsigned char *data
    cdef Py_ssize_t size
    cdef Py_ssize_t room

    cdef int reserve(self, Py_ssize_t count) except -1
    cdef int put_head(self, int tag, Py_ssize_t length) except -1
    cdef int put_number(self, int64_t number) except -1
    cdef int put_byte(self, int tag, object number) except -1
    cdef int64_t put_money(self, int tag, object kopecks) except -1
    cdef int64_t put_quantity(self, object quantity_micro) except -1
    cdef int put_time(self, int tag, int64_t seconds) except -1
    cdef int put_text(self, int tag, object text) except -1
    cdef int put_characters(self, int tag, str text) except -1
    cdef int put_replaced(self, int tag, str text) except -1
    cdef int put_texts(self, int tag, tuple texts) except -1
    cdef Py_ssize_t begin(self, int tag) except -1
    cdef int end(self, Py_ssize_t start, Py_ssize_t most) except -1


cdef int64_t integer(object number) except? -1
