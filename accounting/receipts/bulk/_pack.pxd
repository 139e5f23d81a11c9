from libc.stdint cimport int64_t

from accounting.receipts.bulk._work cimport Head, Line, Work


cdef int pack_receipt(Work work, Head *head, Line *lines, Py_ssize_t count, int64_t group) except -1 nogil
