from libc.stdint cimport int64_t

from accounting.receipts.bulk._room cimport Room
from accounting.receipts.bulk._rows cimport DebtRow
from accounting.receipts.bulk._work cimport Work


cdef int deliver(Work work, DebtRow debt, int64_t day, int64_t number, int64_t name) except -1 nogil
cdef int finish_alone(Work work, int64_t day, int64_t number) except -1 nogil
cdef int close_account(Work work, int64_t period, int64_t number) except -1 nogil
cdef int issue_act(Work work, Room *lines, int64_t sign, int64_t day, int64_t number) except -1 nogil
