from libc.stdint cimport int64_t

from accounting.receipts.bulk._room cimport Room
from accounting.receipts.bulk._rows cimport DebtRow, LotRow, SettlementRow
from accounting.receipts.bulk._work cimport Head, Line, Work


cdef struct Forms:
    int64_t cash
    int64_t electronic
    int64_t prepaid
    int64_t credit


cdef enum Method:
    FULL_PREPAYMENT = 1
    PREPAYMENT = 2
    ADVANCE = 3
    FULL_SETTLEMENT = 4
    PARTIAL_SETTLEMENT_AND_CREDIT = 5
    CREDIT = 6
    CREDIT_PAYMENT = 7


cdef int draw_debt_payment(Work work, Room *lines, DebtRow *debt, Forms forms) except -1 nogil
cdef int draw_delivery(
    Work work, Room *lines, DebtRow *debt, int64_t method, Forms forms, int64_t name
) except -1 nogil
cdef int draw_settled_return(Work work, Room *lines, SettlementRow *row, Forms forms, int64_t name) except -1 nogil
cdef int draw_advance(Work work, Room *lines, LotRow *lot, Forms forms, bint returned) except -1 nogil
cdef int draw_penalty(Work work, Room *lines, Forms forms) except -1 nogil
cdef int issue(Work work, Room *lines, Head *head, bint advances_apart) except -1 nogil
