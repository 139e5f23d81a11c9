cimport cython
from libc.stdint cimport int64_t


cdef struct Room:
    # Memory that grows. ``used`` and ``size`` count bytes.
    char *data
    Py_ssize_t used
    Py_ssize_t size


cdef int grow(Room *room, Py_ssize_t more) except -1 nogil
cdef void release(Room *room) noexcept nogil


cdef inline char *take(Room *room, Py_ssize_t more) except NULL nogil:
    """Place for so many more bytes; what was taken before may have moved."""
    cdef Py_ssize_t place = room.used
    if place + more >= room.size:  # also when there is no memory yet: NULL would mean an error
        grow(room, more)
    room.used = place + more
    return room.data + place


cdef inline int put(Room *room, const void *row, Py_ssize_t size) except -1 nogil:
    """Append a copy of a row."""
    cdef char *place = take(room, size)
    copy(place, row, size)
    return 0


cdef extern from "string.h" nogil:
    void *copy "memcpy"(void *target, const void *source, size_t size)
    void *move "memmove"(void *target, const void *source, size_t size)


@cython.final
cdef class Block:
    """Bytes that the kernel made, for Python to look at without a copy: items of int64, or bytes."""

    cdef Room room
    cdef bint is_bytes
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]
    cdef Py_ssize_t views

    cdef int forget(self) except -1
