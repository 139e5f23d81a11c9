from libc.stdint cimport int64_t

from accounting.receipts.bulk._rows cimport EventRow, VolumeRow
from accounting.receipts.bulk._work cimport Work


cdef int apply_charge(Work work, EventRow *event, int64_t number, const VolumeRow *volumes) except -1 nogil
cdef int apply_recalculation(Work work, EventRow *event, int64_t number) except -1 nogil
cdef int apply_refund(Work work, EventRow *event, int64_t number) except -1 nogil
