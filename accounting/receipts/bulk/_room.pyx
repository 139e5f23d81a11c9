# cython: language_level=3, overflowcheck=False
"""Memory that grows without the GIL, and its face towards Python."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_WRITABLE
from libc.stdlib cimport free, realloc

cdef enum:
    FIRST_SIZE = 4096


cdef int grow(Room *room, Py_ssize_t more) except -1 nogil:
    cdef Py_ssize_t size = room.size if room.size else FIRST_SIZE
    cdef char *larger
    while size <= room.used + more:
        size *= 2
    larger = <char *>realloc(room.data, <size_t>size)
    if larger == NULL:
        with gil:
            raise MemoryError()
    room.data, room.size = larger, size
    return 0


cdef void release(Room *room) noexcept nogil:
    free(room.data)
    room.data, room.used, room.size = NULL, 0, 0


cdef class Block:
    def __dealloc__(self):
        release(&self.room)

    def __len__(self):
        return self.room.used if self.is_bytes else self.room.used // <Py_ssize_t>sizeof(int64_t)

    cdef int forget(self) except -1:
        if self.views:
            raise BufferError("somebody still looks at the last answer")
        self.room.used = 0
        return 0

    def __releasebuffer__(self, Py_buffer *view):
        self.views -= 1

    def __getbuffer__(self, Py_buffer *view, int flags):
        if flags & PyBUF_WRITABLE:
            raise BufferError("the kernel's answer is read only")
        if self.room.data == NULL:
            grow(&self.room, 1)  # an empty buffer still needs an address
        self.views += 1
        self.shape[0] = len(self)
        self.strides[0] = 1 if self.is_bytes else sizeof(int64_t)
        view.buf = self.room.data
        view.obj = self
        view.len = self.room.used
        view.readonly = 1
        view.itemsize = self.strides[0]
        view.format = NULL
        if flags & PyBUF_FORMAT:
            view.format = b"B" if self.is_bytes else b"q"
        view.ndim = 1
        view.shape = self.shape
        view.strides = self.strides
        view.suboffsets = NULL
        view.internal = NULL
