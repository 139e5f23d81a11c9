# cython: language_level=3, overflowcheck=False
"""Services are handed over and advances cover them: _reference/delivery.py in C (receipt rules 3.5 a, c)."""

from libc.stdint cimport int64_t

from accounting.receipts.bulk._draft cimport (
    CREDIT,
    FULL_SETTLEMENT,
    PARTIAL_SETTLEMENT_AND_CREDIT,
    Forms,
    draw_delivery,
    issue,
)
from accounting.receipts.bulk._payment cimport contact_of
from accounting.receipts.bulk._room cimport Room, copy, take
from accounting.receipts.bulk._rows cimport (
    CREDITED,
    DELIVERED,
    FORM_ADVANCE,
    LEGAL_PAYER,
    MEMBER,
    NOT_EXEMPT,
    OFF_BALANCE,
    CommonRow,
    DebtRow,
    LotRow,
    SettlementRow,
)
from accounting.receipts.bulk._rules cimport NAME_DELIVERED
from accounting.receipts.bulk._work cimport DECLINED, DONE, Head, Line, Work

cdef enum:
    SIGN_INCOME = 1
    CREDIT_PAIR = 1  # places in policy.PostpaidMode, PartialDelivery, OffsetTiming
    OFFSET_ONLY = 0
    METHOD5 = 1
    SPLIT_LINES = 2
    PERIOD_CONSOLIDATED = 0
    SUBJECT_SERVICE = 4


cdef bint _goes_on_credit(Work work, int64_t covered) noexcept nogil:
    """Delivery._goes_on_credit (receipt rules 3.1 item 10, 3.4)."""
    if work.account.marks & LEGAL_PAYER:
        return False
    if work.rules.policies.exempt_noncash_members and work.account.marks & MEMBER:
        return False
    if work.rules.policies.postpaid_mode == CREDIT_PAIR:
        return True
    return covered > 0 and work.rules.policies.partial_delivery != OFFSET_ONLY


cdef bint _may_consolidate(Work work, DebtRow *debt) noexcept nogil:
    return (
        work.rules.policies.offset_timing == PERIOD_CONSOLIDATED
        and work.rules.subject[debt.service] == SUBJECT_SERVICE
        and not work.account.marks & LEGAL_PAYER
    )


cdef bint _draw_lines(Work work, DebtRow *debt, int64_t shown, int64_t covered, int64_t name) except -1 nogil:
    """Lines of one delivery; answers whether the rest is on credit. Own lines: Work.lines, consolidated: Work.common."""
    cdef int64_t rest = debt.amount - covered
    cdef bint on_credit = rest > 0 and _goes_on_credit(work, covered)
    cdef bint beside_credit = on_credit and work.rules.policies.partial_delivery == SPLIT_LINES
    cdef Forms forms
    forms.cash = forms.electronic = 0
    if on_credit and shown and work.rules.policies.partial_delivery == METHOD5:
        forms.prepaid, forms.credit = shown, rest
        draw_delivery(work, &work.lines, debt, PARTIAL_SETTLEMENT_AND_CREDIT, forms, name)
        return True
    if shown:
        forms.prepaid, forms.credit = shown, 0
        if beside_credit or not _may_consolidate(work, debt):
            draw_delivery(work, &work.lines, debt, FULL_SETTLEMENT, forms, name)
        else:
            draw_delivery(work, &work.common, debt, FULL_SETTLEMENT, forms, name)
    if on_credit:
        forms.prepaid, forms.credit = 0, rest
        draw_delivery(work, &work.lines, debt, CREDIT, forms, name)
    return on_credit


cdef int _settle_offset(Work work, DebtRow *debt, LotRow *lot, int64_t day, int64_t number) except -1 nogil:
    """delivery.offset_settlement: a part of a delivery covered by a lot."""
    cdef SettlementRow *row = <SettlementRow *>take(&work.settlements, sizeof(SettlementRow))
    row.account, row.service, row.period, row.amount = work.account.account, debt.service, debt.period, lot.amount
    row.vat_code, row.form, row.settled_on, row.exempt = debt.vat_code, FORM_ADVANCE, day, lot.exempt
    row.lot_received_on, row.lot_vat_code = lot.received_on, lot.vat_code
    row.lot_method, row.lot_service = lot.method, lot.service
    row.event = number
    return 0


cdef int deliver(Work work, DebtRow debt, int64_t day, int64_t number, int64_t name) except -1 nogil:
    """Delivery.deliver: one charge is handed over; it is not among the account's debts any more."""
    cdef int64_t covered = 0, shown = 0
    cdef LotRow *lot
    cdef Py_ssize_t i
    work.take_lots(debt.amount, False)
    for i in range(work.taken.used // <Py_ssize_t>sizeof(LotRow)):
        lot = <LotRow *>work.taken.data + i
        covered += lot.amount
        if lot.exempt == NOT_EXEMPT:  # offsets of exempt money make no receipt (receipt rules 3.1 item 10)
            shown += lot.amount
        _settle_offset(work, &debt, lot, day, number)
    debt.marks = (debt.marks & ~(DELIVERED | CREDITED)) | DELIVERED
    if _draw_lines(work, &debt, shown, covered, name):
        debt.marks |= CREDITED
    debt.amount -= covered
    if debt.amount:
        work.add_debt(&debt)
    work.changed = True
    return 0


cdef int issue_act(Work work, Room *lines, int64_t sign, int64_t day, int64_t number) except -1 nogil:
    """A receipt for an act without money at hand: due on the next business day (receipt rules 3.2)."""
    cdef Head head
    head.event, head.sign, head.contact, head.at_settlement = number, sign, contact_of(work, NULL, False), 0
    head.day = day
    head.deadline = work.rules.next_business_day[day - work.rules.first_day]
    return issue(work, lines, &head, False)


cdef int finish_alone(Work work, int64_t day, int64_t number) except -1 nogil:
    """Delivery.finish(alone=True): offsets and the rest in one receipt of the account."""
    cdef Py_ssize_t own = work.lines.used
    if not work.common.used and not own:
        return DONE
    take(&work.common, own)
    copy(work.common.data + work.common.used - own, work.lines.data, own)
    work.lines.used = 0
    cdef int answer = issue_act(work, &work.common, SIGN_INCOME, day, number)
    work.common.used = 0
    return answer


cdef int close_account(Work work, int64_t period, int64_t number) except -1 nogil:
    """delivery._close_account: what the period still holds is delivered; offsets to be consolidated go to the answer."""
    cdef Py_ssize_t count = work.debt_count(), found = 0, kept = 0, i
    cdef int64_t day = work.rules.last_day[period - work.rules.first_period]
    cdef DebtRow *debt
    cdef DebtRow *due
    cdef int64_t *places
    cdef CommonRow *row
    cdef Line *line
    work.order.used = work.lines.used = work.common.used = work.scratch.used = 0
    places = <int64_t *>take(&work.order, count * <Py_ssize_t>sizeof(int64_t) + 1)
    for i in range(count):
        debt = work.debt(i)
        if debt.period == period and not debt.marks & (DELIVERED | OFF_BALANCE):
            places[found] = i
            found += 1
    if not found:
        return DONE
    work.sort_debts(places, found, True)
    due = <DebtRow *>take(&work.due, found * <Py_ssize_t>sizeof(DebtRow))
    for i in range(found):
        due[i] = work.debt(places[i])[0]
        work.debt(places[i]).amount = 0
    for i in range(count):
        if work.debt(i).amount:
            if kept != i:
                work.debt(kept)[0] = work.debt(i)[0]
            kept += 1
    work.debts.used = kept * <Py_ssize_t>sizeof(DebtRow)
    for i in range(found):
        deliver(work, due[i], day, number, NAME_DELIVERED)
    work.due.used = 0
    for i in range(work.common.used // <Py_ssize_t>sizeof(Line)):
        line = <Line *>work.common.data + i
        row = <CommonRow *>take(&work.answer.common.room, sizeof(CommonRow))
        row.account, row.service, row.period = work.account.account, line.service, line.period
        row.amount, row.vat_code = line.amount, line.code
    return issue_act(work, &work.lines, SIGN_INCOME, day, number) if work.lines.used else DONE
