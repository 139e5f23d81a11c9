from libc.stdint cimport int64_t

from kkt_drivers.ffd._buffer cimport Buffer


cdef int put_receipt(Buffer to, object order, object ffd) except -1
cdef int64_t put_item(Buffer to, object line, bint in_1_05, object additional, int64_t *codes) except -1
cdef tuple read_records(bytes data, Py_ssize_t at, Py_ssize_t end, int depth)
