from libc.stdint cimport int64_t

from accounting.receipts.bulk._room cimport Room, take
from accounting.receipts.bulk._rows cimport CREDITED, DebtRow, LotRow, SettlementRow
from accounting.receipts.bulk._rules cimport NAME_CREDIT_PAYMENT, NAME_DELIVERED
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


cdef enum:
    SUBJECT_PAYMENT = 10


cdef inline Line *new_line(Room *lines, Forms forms) except NULL nogil:
    cdef Line *line = <Line *>take(lines, sizeof(Line))
    line.amount = forms.cash + forms.electronic + forms.prepaid + forms.credit
    line.cash, line.electronic, line.prepaid, line.credit = forms.cash, forms.electronic, forms.prepaid, forms.credit
    line.service = line.period = -1
    line.volume_quantity = line.volume_price = -1
    line.volume_measure = 0
    line.tax = 0
    return line


cdef inline int draw_delivery(
    Work work, Room *lines, DebtRow *debt, int64_t method, Forms forms, int64_t name
) except -1 nogil:
    """The service itself: 4, 5 or 6, or the return of these."""
    cdef Line *line = new_line(lines, forms)
    line.service, line.period, line.method = debt.service, debt.period, method
    line.subject, line.group = work.rules.subject[debt.service], work.rules.group[debt.service]
    line.name = name
    line.code, line.rate = debt.vat_code, work.rules.delivery_rate(debt.vat_code, debt.period)
    line.volume_quantity, line.volume_price = debt.volume_quantity, debt.volume_price
    line.volume_measure = debt.volume_measure
    return 0


cdef inline int draw_debt_payment(Work work, Room *lines, DebtRow *debt, Forms forms) except -1 nogil:
    """7 when a credit receipt stands against the debt, else 4 (note b; rows 4, 4')."""
    cdef Line *line
    cdef bint untaxed
    if not debt.marks & CREDITED:
        return draw_delivery(work, lines, debt, FULL_SETTLEMENT, forms, NAME_DELIVERED)
    untaxed = work.rules.policies.credit_payment_vat != 0
    line = new_line(lines, forms)
    line.service, line.period, line.method, line.subject = debt.service, debt.period, CREDIT_PAYMENT, SUBJECT_PAYMENT
    line.name = NAME_CREDIT_PAYMENT
    line.code = work.rules.policies.no_vat if untaxed else debt.vat_code
    line.rate = work.rules.delivery_rate(line.code, debt.period)
    line.group = work.rules.group[debt.service]
    return 0


cdef int draw_settled_return(Work work, Room *lines, SettlementRow *row, Forms forms, int64_t name) except -1 nogil
cdef int draw_advance(Work work, Room *lines, LotRow *lot, Forms forms, bint returned) except -1 nogil
cdef int draw_penalty(Work work, Room *lines, Forms forms) except -1 nogil
cdef int issue(Work work, Room *lines, Head *head, bint advances_apart) except -1 nogil
