# cython: language_level=3, overflowcheck=False
"""Charges, recalculations and returned advances: delivery.apply_charge, recalculation.py and refund.py in C.

Whatever would be refused, and whatever is rare, is declined: the reference judges it and finds the words.
"""

from libc.stdint cimport int64_t

from accounting.receipts.bulk._delivery cimport deliver, finish_alone, issue_act
from accounting.receipts.bulk._draft cimport ADVANCE, CREDIT, Forms, draw_advance, draw_delivery, draw_settled_return, issue
from accounting.receipts.bulk._payment cimport Purse, are_positive, at_desk, contact_of, noncash_of, note, withhold
from accounting.receipts.bulk._room cimport put, take
from accounting.receipts.bulk._rows cimport (
    CREDITED,
    DELIVERED,
    EXEMPT_LEGAL_PAYER,
    FORM_ADVANCE,
    NOT_EXEMPT,
    NOTE_EXEMPT_MEMBER,
    NOTE_LEGAL_PAYER,
    OFF_BALANCE,
    BillRow,
    DebtRow,
    EventRow,
    LotRow,
    LoweredRow,
    SettlementRow,
    VolumeRow,
)
from accounting.receipts.bulk._rules cimport CODES, NAME_DELIVERED, NAME_LOWERED, NAME_RAISED
from accounting.receipts.bulk._work cimport DECLINED, DONE, Head, Work

cdef enum:
    SIGN_INCOME_RETURN = 2
    PER_CHARGE = 2  # places in policy.OffsetTiming, Reoffset, RefundTiming, RefundLotOrder
    RESTORE_ADVANCE = 0
    INDIVIDUAL = 0
    NEWEST_FIRST = 0


cdef bint _is_sound(Work work, EventRow *event) noexcept nogil:
    return (
        0 <= event.service < work.rules.services
        and work.rules.knows_period(event.period)
        and -work.rules.policies.max_kopecks <= event.amount <= work.rules.policies.max_kopecks
    )


cdef int64_t _delivery_code(Work work, EventRow *event) noexcept nogil:
    return work.rules.delivery_code[
        (event.period - work.rules.first_period) * work.rules.services + event.service
    ]


cdef int _bill(Work work, EventRow *event) except -1 nogil:
    """delivery._billed: the last bill with one more charge."""
    cdef BillRow row
    if work.account.bill_period > event.period:
        return 0
    work.own_bills()
    if work.account.bill_period < event.period:
        work.bills.used = 0
        work.account.bill_period = event.period
    row.account, row.service, row.amount = work.account.account, event.service, event.amount
    work.bill_changed = True
    return put(&work.bills, &row, sizeof(BillRow))


cdef int apply_charge(Work work, EventRow *event, int64_t number, const VolumeRow *volumes) except -1 nogil:
    """A bill line: a debt at once, delivered now under ``per_charge`` (note a)."""
    cdef DebtRow debt
    if not _is_sound(work, event) or event.amount <= 0 or work.rules.closed[event.period - work.rules.first_period]:
        return DECLINED
    debt.vat_code = _delivery_code(work, event)
    if event.vat_code >= 0 and event.vat_code != debt.vat_code:
        return DECLINED  # allowed or not: the reference looks into the timetable
    debt.account, debt.service, debt.period, debt.amount = (
        work.account.account, event.service, event.period, event.amount
    )
    debt.due_on = event.due_on
    if event.due_on < 0:
        debt.due_on = work.rules.default_due[event.period - work.rules.first_period]
    debt.marks = 0
    debt.volume_quantity = debt.volume_price = -1
    debt.volume_measure = 0
    if event.volume >= 0:
        debt.volume_quantity, debt.volume_price = volumes[event.volume].quantity, volumes[event.volume].price
        debt.volume_measure = volumes[event.volume].measure
    _bill(work, event)
    work.changed = True
    if work.rules.policies.offset_timing != PER_CHARGE:
        return work.add_debt(&debt)
    work.lines.used = work.common.used = 0
    deliver(work, debt, event.day, number, NAME_DELIVERED)
    return finish_alone(work, event.day, number)


cdef int apply_refund(Work work, EventRow *event, int64_t number) except -1 nogil:
    """An unused advance returned under the codes of its lots (row 7a)."""
    cdef Purse purse
    cdef Head head
    cdef Forms forms
    cdef LotRow *lot
    cdef Py_ssize_t i
    cdef int64_t amount
    cdef bint desk = at_desk(event)
    if not are_positive(work, event) or work.rules.policies.refund_timing != INDIVIDUAL:
        return DECLINED
    purse.cash, purse.electronic = max(event.cash, 0), noncash_of(event)
    amount = purse.cash + purse.electronic
    if amount > work.lots_total():
        return DECLINED
    work.take_lots(amount, work.rules.policies.refund_lot_order == NEWEST_FIRST)
    work.changed = True
    work.lines.used = 0
    for i in range(work.taken.used // <Py_ssize_t>sizeof(LotRow)):
        lot = <LotRow *>work.taken.data + i
        if lot.exempt != NOT_EXEMPT:
            withhold(&purse, lot.amount)
            note(
                work, number, NOTE_LEGAL_PAYER if lot.exempt == EXEMPT_LEGAL_PAYER else NOTE_EXEMPT_MEMBER, -lot.amount
            )
    if purse.cash and purse.electronic and work.taken.used > 2 * <Py_ssize_t>sizeof(LotRow):
        return DECLINED  # money of two kinds meets merged lines, and lots of one line may lie apart
    forms.prepaid = forms.credit = 0
    for i in range(work.taken.used // <Py_ssize_t>sizeof(LotRow)):
        lot = <LotRow *>work.taken.data + i
        if lot.exempt == NOT_EXEMPT:
            forms.cash = min(lot.amount, purse.cash)
            forms.electronic = lot.amount - forms.cash
            purse.cash -= forms.cash
            draw_advance(work, &work.lines, lot, forms, True)
    if not work.lines.used:
        return DONE
    head.event, head.sign, head.contact, head.at_settlement = number, SIGN_INCOME_RETURN, contact_of(work, NULL, desk), desk
    head.day = event.day
    head.deadline = -1 if desk else work.rules.next_business_day[event.day - work.rules.first_day]
    return issue(work, &work.lines, &head, False)


cdef int apply_recalculation(Work work, EventRow *event, int64_t number) except -1 nogil:
    """A past charge changes (rows 8a-8e; receipt rules 3.5 f, g)."""
    if not _is_sound(work, event) or event.amount == 0:
        return DECLINED
    work.lines.used = work.common.used = 0
    return _lower(work, event, number) if event.amount < 0 else _raise(work, event, number)


cdef inline bint _is_of(DebtRow *debt, EventRow *event) noexcept nogil:
    return debt.service == event.service and debt.period == event.period and not debt.marks & OFF_BALANCE


cdef Py_ssize_t _set_apart(Work work, EventRow *event) except -1 nogil:
    """The debts of the event's service and period leave the account for ``Work.due``, in canonical order."""
    cdef Py_ssize_t count = work.debt_count(), found = 0, kept = 0, i
    cdef int64_t *places
    cdef DebtRow *due
    work.order.used = work.due.used = 0
    places = <int64_t *>take(&work.order, count * <Py_ssize_t>sizeof(int64_t) + 1)
    for i in range(count):
        if _is_of(work.debt(i), event):
            places[found] = i
            found += 1
    work.sort_debts(places, found, False)
    due = <DebtRow *>take(&work.due, found * <Py_ssize_t>sizeof(DebtRow) + 1)
    for i in range(found):
        due[i] = work.debt(places[i])[0]
    for i in range(count):
        if not _is_of(work.debt(i), event):
            if kept != i:
                work.debt(kept)[0] = work.debt(i)[0]
            kept += 1
    work.debts.used = kept * <Py_ssize_t>sizeof(DebtRow)
    return found


cdef int64_t _settled_total(Work work, EventRow *event) except? -1 nogil:
    cdef int64_t total = 0
    cdef Py_ssize_t i
    cdef SettlementRow *row
    for i in range(work.settlement_count()):
        row = work.settlement(i)
        if row.service == event.service and row.period == event.period:
            total += row.amount
    return total


cdef int _lower(Work work, EventRow *event, int64_t number) except -1 nogil:
    """Down: debts first, a credited one with a reversed credit line; then settlements, newest first."""
    cdef int64_t amount = -event.amount, part, owed = 0
    cdef Py_ssize_t i, count
    cdef DebtRow *debt
    cdef Forms forms
    for i in range(work.debt_count()):
        if _is_of(work.debt(i), event):
            owed += work.debt(i).amount
    if amount > owed and (
        amount - owed > _settled_total(work, event) or work.rules.policies.reoffset != RESTORE_ADVANCE
    ):
        return DECLINED
    count = _set_apart(work, event)
    forms.cash = forms.electronic = forms.prepaid = 0
    for i in range(count):
        debt = <DebtRow *>work.due.data + i
        part = min(amount, debt.amount)
        amount -= part
        if part and debt.marks & CREDITED:
            forms.credit = part
            draw_delivery(work, &work.lines, debt, CREDIT, forms, NAME_LOWERED)
        debt.amount -= part
        if part:
            debt.volume_quantity = debt.volume_price = -1
            debt.volume_measure = 0
        if debt.amount:
            work.add_debt(debt)
    work.changed = True
    if work.lines.used and issue_act(work, &work.lines, SIGN_INCOME_RETURN, event.day, number) == DECLINED:
        return DECLINED
    if amount:
        if _give_back(work, event, amount) == DECLINED:
            return DECLINED
        if work.lines.used:
            return issue_act(work, &work.lines, SIGN_INCOME_RETURN, event.day, number)
    return DONE


cdef Py_ssize_t _newest_settlement(Work work, EventRow *event) noexcept nogil:
    """The latest one that still holds money, of equal dates the one recorded later; -1 when there is none (note e)."""
    cdef Py_ssize_t i, best = -1
    cdef SettlementRow *row
    for i in range(work.settlement_count()):
        row = work.settlement(i)
        if row.service == event.service and row.period == event.period and row.amount and (
            best < 0 or row.settled_on >= work.settlement(best).settled_on
        ):
            best = i
    return best


cdef int _give_back(Work work, EventRow *event, int64_t amount) except -1 nogil:
    """What was settled and is owed no more becomes an advance again, under ``restore_advance`` (note f)."""
    cdef SettlementRow row
    cdef LoweredRow *lowered
    cdef LotRow lot
    cdef Forms forms
    cdef Py_ssize_t place
    forms.cash = forms.electronic = forms.credit = 0
    while amount > 0:
        place = _newest_settlement(work, event)
        if place >= work.given_settlements:
            return DECLINED  # made in this very run: the payment's record has to know it as it was
        row = work.settlement(place)[0]
        row.amount = min(amount, row.amount)
        amount -= row.amount
        work.settlement(place).amount -= row.amount
        lowered = <LoweredRow *>take(&work.answer.lowered.room, sizeof(LoweredRow))
        lowered.account, lowered.settlement = work.account.account, work.first_settlement + place
        lowered.amount = work.settlement(place).amount
        lot.account, lot.amount, lot.exempt = work.account.account, row.amount, row.exempt
        if row.form == FORM_ADVANCE and row.lot_received_on >= 0 and row.lot_vat_code >= 0:
            lot.received_on, lot.vat_code = row.lot_received_on, row.lot_vat_code
            lot.method, lot.service = row.lot_method if row.lot_method >= 0 else ADVANCE, row.lot_service
        else:
            lot.received_on, lot.method, lot.service = event.day, ADVANCE, -1
            if row.vat_code == _delivery_code(work, event):  # the service as it is taxed by now
                lot.vat_code = work.rules.advance_code[
                    (event.day - work.rules.first_day) * work.rules.services + row.service
                ]
            else:  # the charge had a code of its own
                lot.vat_code = work.rules.calculated_code[
                    (event.day - work.rules.first_day) * CODES + row.vat_code
                ]
        if row.exempt == NOT_EXEMPT:
            forms.prepaid = row.amount
            draw_settled_return(work, &work.lines, &row, forms, NAME_LOWERED)
        work.add_lot(&lot)
    return DONE


cdef Py_ssize_t _first_open(Work work, EventRow *event) noexcept nogil:
    """The first undelivered debt of the service and period in canonical order; -1: none."""
    cdef Py_ssize_t i, best = -1
    for i in range(work.debt_count()):
        if _is_of(work.debt(i), event) and not work.debt(i).marks & DELIVERED:
            if best < 0 or work.rules.compare_debts(work.debt(i), work.debt(best)) < 0:
                best = i
    return best


cdef int64_t _known_code(Work work, EventRow *event) noexcept nogil:
    """The code of an open debt of the service and period, else of any debt, else of a settlement; -1: none."""
    cdef Py_ssize_t i, best = _first_open(work, event)
    if best < 0:
        for i in range(work.debt_count()):
            if _is_of(work.debt(i), event) and (
                best < 0 or work.rules.compare_debts(work.debt(i), work.debt(best)) < 0
            ):
                best = i
    if best >= 0:
        return work.debt(best).vat_code
    for i in range(work.settlement_count()):
        if (
            work.settlement(i).service == event.service
            and work.settlement(i).period == event.period
            and work.settlement(i).amount
        ):
            return work.settlement(i).vat_code
    return -1


cdef int _raise(Work work, EventRow *event, int64_t number) except -1 nogil:
    """Up: into an open charge without a receipt, or delivered at once (note g)."""
    cdef DebtRow debt
    cdef Py_ssize_t open_row = _first_open(work, event)
    if event.vat_code >= 0:
        return DECLINED  # allowed or not: the reference looks into the timetable
    debt.vat_code = _known_code(work, event)
    if debt.vat_code < 0:
        debt.vat_code = _delivery_code(work, event)
    debt.account, debt.service, debt.period, debt.amount = (
        work.account.account, event.service, event.period, event.amount
    )
    debt.due_on = event.due_on
    if event.due_on < 0:
        debt.due_on = work.rules.default_due[event.period - work.rules.first_period]
        if open_row >= 0:
            debt.due_on = work.debt(open_row).due_on
    debt.marks = 0
    debt.volume_quantity = debt.volume_price = -1
    debt.volume_measure = 0
    work.changed = True
    if open_row >= 0:
        return work.add_debt(&debt)
    deliver(work, debt, event.day, number, NAME_RAISED)
    return finish_alone(work, event.day, number)
