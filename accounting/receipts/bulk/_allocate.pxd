from libc.stdint cimport int64_t

from accounting.receipts.bulk._rows cimport EventRow
from accounting.receipts.bulk._work cimport Work


cdef struct Part:
    int64_t target
    int64_t amount
    int64_t row  # a place in Work.debts; -1 for other targets


cdef int allocate(Work work, EventRow *event, int64_t amount) except -1 nogil
cdef int split(int64_t amount, const int64_t *weights, int64_t *shares, Py_ssize_t count, int64_t total) except -1 nogil
