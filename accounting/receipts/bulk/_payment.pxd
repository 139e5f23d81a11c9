from libc.stdint cimport int64_t

from accounting.receipts.bulk._rows cimport EventRow
from accounting.receipts.bulk._work cimport Work


cdef struct Purse:
    int64_t cash
    int64_t electronic


cdef void withhold(Purse *purse, int64_t amount) noexcept nogil
cdef int64_t contact_of(Work work, EventRow *event, bint desk) noexcept nogil
cdef int note(Work work, int64_t event, int64_t kind, int64_t amount) except -1 nogil
cdef int apply_payment(Work work, EventRow *event, int64_t number) except -1 nogil
cdef bint at_desk(EventRow *event) noexcept nogil
cdef int64_t noncash_of(EventRow *event) noexcept nogil
cdef bint are_positive(Work work, EventRow *event) noexcept nogil
