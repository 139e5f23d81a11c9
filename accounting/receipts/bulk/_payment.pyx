# cython: language_level=3, overflowcheck=False
"""Money in: _reference/payment.py, posting.py and advances.py in C, for payments of a known account."""

from libc.stdint cimport int64_t
from libc.string cimport memcmp

from accounting.receipts.bulk._allocate cimport Part, allocate, split
from accounting.receipts.bulk._draft cimport (
    ADVANCE,
    FULL_PREPAYMENT,
    PREPAYMENT,
    Forms,
    draw_advance,
    draw_debt_payment,
    draw_penalty,
    issue,
)
from accounting.receipts.bulk._room cimport put, take
from accounting.receipts.bulk._rows cimport (
    AGENT_FISCALISES,
    CREDITED,
    EXEMPT_LEGAL_PAYER,
    EXEMPT_MEMBER,
    FORM_CASH,
    FORM_NONCASH,
    LEGAL_PAYER,
    MEMBER,
    NO_CONTACT,
    NOT_EXEMPT,
    NOTE_COSTS,
    NOTE_EXEMPT_MEMBER,
    NOTE_FOREIGN,
    NOTE_LEGAL_PAYER,
    NOTE_MICRO_PAYMENT,
    NOTE_PENALTY,
    NOTE_WITHOUT_CONTACT,
    PAYER_INDIVIDUAL,
    PAYER_LEGAL,
    TO_ADVANCE,
    TO_COSTS,
    TO_DEBT,
    TO_OFF_BALANCE,
    TO_PENALTY,
    UNBLOCKS,
    BillRow,
    DebtRow,
    EventRow,
    LotRow,
    NoteRow,
    PartRow,
    SettlementRow,
)
from accounting.receipts.bulk._rules cimport CODES, Text
from accounting.receipts.bulk._work cimport DECLINED, DONE, Head, Work

cdef enum:
    SIGN_INCOME = 1
    SPLIT_BY_LAST_BILL = 0  # places in policy.AdvanceVat
    SINGLE = 2
    SIGN_ADVANCE = 0  # places in policy.PrepaidSign
    SIGN_FULL_PREPAYMENT = 1


cdef bint at_desk(EventRow *event) noexcept nogil:
    """Cash, or a card that was presented."""
    return event.cash >= 0 or event.card_present >= 0


cdef int64_t noncash_of(EventRow *event) noexcept nogil:
    return max(event.card_present, 0) + max(event.card_online, 0) + max(event.bank_transfer, 0)


cdef bint are_positive(Work work, EventRow *event) noexcept nogil:
    """Whether each given amount is money, and not more of it than the kernel counts with."""
    cdef int64_t most = work.rules.policies.max_kopecks
    return (
        event.cash != 0 and event.card_present != 0 and event.card_online != 0 and event.bank_transfer != 0
        and event.cash <= most and event.card_present <= most
        and event.card_online <= most and event.bank_transfer <= most
        and max(event.cash, 0) + noncash_of(event) <= most
    )


cdef int64_t contact_of(Work work, EventRow *event, bint desk) noexcept nogil:
    """Tag 1008 (receipt rules 3.3): of the payment, else of the account, else the merchant's fallback."""
    cdef int64_t contact = work.account.contact
    if event != NULL and event.marks & NO_CONTACT:
        contact = -1
    elif event != NULL and event.contact >= 0:
        contact = event.contact
    return contact if contact >= 0 or desk else work.rules.policies.fallback_contact


cdef void withhold(Purse *purse, int64_t amount) noexcept nogil:
    """Money without a receipt leaves the non-cash part first (receipt rules 3.5 l)."""
    cdef int64_t electronic = min(amount, purse.electronic)
    purse.electronic -= electronic
    purse.cash -= amount - electronic


cdef inline Forms _forms(Purse *purse, int64_t amount) noexcept nogil:
    cdef Forms forms
    forms.prepaid = forms.credit = 0
    forms.cash = min(amount, purse.cash)
    forms.electronic = amount - forms.cash
    purse.cash -= forms.cash
    purse.electronic -= forms.electronic
    return forms


cdef int note(Work work, int64_t event, int64_t kind, int64_t amount) except -1 nogil:
    cdef NoteRow *row = <NoteRow *>take(&work.answer.notes.room, sizeof(NoteRow))
    row.account, row.event, row.kind, row.amount = work.account.account, event, kind, amount
    return 0


cdef int64_t _exemption(Work work, EventRow *event) noexcept nogil:
    """Legal payer before exempt member, never at the desk (rules 3.1 items 4, 6, 9)."""
    cdef bint legal = (work.account.marks & LEGAL_PAYER) != 0
    if at_desk(event):
        return NOT_EXEMPT
    if event.marks & (PAYER_INDIVIDUAL | PAYER_LEGAL):
        legal = (event.marks & PAYER_LEGAL) != 0
    if legal:
        return EXEMPT_LEGAL_PAYER
    if work.rules.policies.exempt_noncash_members and work.account.marks & MEMBER:
        return EXEMPT_MEMBER
    return NOT_EXEMPT


cdef inline int _note_part(Work work, int64_t number, Part *part, LotRow *lot) except -1 nogil:
    """Where the money went: what allocation rows and the payment's record are made of."""
    cdef PartRow *row = <PartRow *>take(&work.answer.parts.room, sizeof(PartRow))
    cdef DebtRow *debt
    row.account, row.event, row.target, row.amount = work.account.account, number, part.target, part.amount
    row.method, row.exempt = -1, 0
    if lot == NULL and part.target <= TO_OFF_BALANCE:
        debt = work.debt(part.row)
        row.service, row.period, row.day, row.vat_code = debt.service, debt.period, debt.due_on, debt.vat_code
        row.marks = debt.marks
        row.volume_quantity, row.volume_price = debt.volume_quantity, debt.volume_price
        row.volume_measure = debt.volume_measure
        return 0
    row.service = row.period = row.day = row.vat_code = row.volume_quantity = row.volume_price = -1
    row.volume_measure = row.marks = 0
    if lot != NULL:
        row.amount, row.day, row.vat_code, row.method = lot.amount, lot.received_on, lot.vat_code, lot.method
        row.service, row.exempt = lot.service, lot.exempt
    return 0


cdef bint _lie_apart(Work work) noexcept nogil:
    """Whether parts whose lines will merge do not stand together: money meets merged lines, the reference sorts it out."""
    cdef Part *parts = <Part *>work.parts.data
    cdef Py_ssize_t count = work.parts.used // <Py_ssize_t>sizeof(Part), i, j
    for i in range(2, count):
        if parts[i].target > TO_OFF_BALANCE or (
            parts[i - 1].target <= TO_OFF_BALANCE
            and _make_one_line(work, work.debt(parts[i - 1].row), work.debt(parts[i].row))
        ):
            continue
        for j in range(i - 1):
            if parts[j].target <= TO_OFF_BALANCE and _make_one_line(
                work, work.debt(parts[j].row), work.debt(parts[i].row)
            ):
                return True
    return False


cdef inline bint _make_one_line(Work work, DebtRow *one, DebtRow *other) noexcept nogil:
    cdef bint untaxed = one.marks & CREDITED and work.rules.policies.credit_payment_vat != 0
    return (
        one.service == other.service
        and one.period == other.period
        and (one.vat_code == other.vat_code or untaxed)
        and ((one.marks ^ other.marks) & CREDITED) == 0
    )


cdef int _settle(Work work, DebtRow *debt, int64_t form, int64_t amount, EventRow *event, int64_t exempt,
                 int64_t number) except -1 nogil:
    cdef SettlementRow *row
    if amount == 0:
        return 0
    row = <SettlementRow *>take(&work.settlements, sizeof(SettlementRow))
    row.account, row.service, row.period, row.amount = work.account.account, debt.service, debt.period, amount
    row.vat_code, row.form, row.settled_on, row.exempt = debt.vat_code, form, event.day, exempt
    row.lot_received_on = row.lot_vat_code = row.lot_method = row.lot_service = -1
    row.event = number
    return 0


cdef inline int _pay_debt(Work work, Part *part, EventRow *event, Purse *purse, int64_t exempt, int64_t number) except -1 nogil:
    cdef DebtRow *debt = work.debt(part.row)
    cdef Forms forms = _forms(purse, part.amount)
    draw_debt_payment(work, &work.lines, debt, forms)
    debt.amount -= part.amount
    _settle(work, debt, FORM_CASH, forms.cash, event, exempt, number)
    _settle(work, debt, FORM_NONCASH, forms.electronic, event, exempt, number)
    return 0


cdef int64_t _code_of_services(Work work, int64_t day, int64_t *highest) except -1 nogil:
    """The one calculated code of all services of the account, or 0; ``highest``: the one with the highest rate."""
    cdef const int64_t *codes = work.rules.advance_code + (day - work.rules.first_day) * work.rules.services
    cdef int64_t found = 0, code, first = 0, last = work.rules.services
    cdef bint same = True
    cdef Py_ssize_t i
    if work.account.subscription >= 0:
        first = work.rules.subscription_starts[work.account.subscription]
        last = work.rules.subscription_starts[work.account.subscription + 1]
    highest[0] = 0
    for i in range(first, last):
        code = codes[work.rules.subscription_services[i] if work.account.subscription >= 0 else i]
        if highest[0] == 0 or work.rules.code_place[code] < work.rules.code_place[highest[0]]:
            highest[0] = code
        if found and code != found:
            same = False
        found = code
    return found if same else 0


cdef int _add_lots(Work work, int64_t amount, EventRow *event, int64_t exempt) except -1 nogil:
    """advances.new_lots, to ``Work.taken``: the lots of an advance, in the order of their lines (rules 3.4, 4.5)."""
    cdef LotRow lot
    cdef int64_t highest
    lot.account, lot.received_on, lot.amount, lot.exempt = work.account.account, event.day, amount, exempt
    lot.service, lot.method = -1, ADVANCE
    work.taken.used = 0
    if work.account.plan_service >= 0 and work.rules.policies.prepaid_sign != SIGN_ADVANCE:
        lot.service, lot.method = work.account.plan_service, PREPAYMENT
        if work.rules.policies.prepaid_sign == SIGN_FULL_PREPAYMENT and amount % work.account.plan_price == 0:
            lot.method = FULL_PREPAYMENT
        lot.vat_code = work.rules.advance_code[
            (event.day - work.rules.first_day) * work.rules.services + lot.service
        ]
        return put(&work.taken, &lot, sizeof(LotRow))
    lot.vat_code = _code_of_services(work, event.day, &highest)
    if lot.vat_code == 0:
        if work.rules.policies.advance_vat == SINGLE:
            lot.vat_code = work.rules.single_code[event.day - work.rules.first_day]
        elif work.rules.policies.advance_vat == SPLIT_BY_LAST_BILL and work.account.bill_period >= 0:
            return _split_by_last_bill(work, &lot)
        else:
            lot.vat_code = highest
    return put(&work.taken, &lot, sizeof(LotRow))


cdef int _split_by_last_bill(Work work, LotRow *lot) except -1 nogil:
    """One lot a calculated code, in the order in which the bill's services have them in the catalogue (rules 4.5)."""
    cdef const int64_t *codes = work.rules.advance_code + (lot.received_on - work.rules.first_day) * work.rules.services
    work.own_bills()
    cdef BillRow *bill = <BillRow *>work.bills.data
    cdef Py_ssize_t count = work.bills.used // <Py_ssize_t>sizeof(BillRow), i, service, found = 0, place
    cdef int64_t weights[CODES]
    cdef int64_t shares[2 * CODES]
    cdef int64_t order[CODES]
    cdef int64_t amount = lot.amount, total = 0
    for service in range(work.rules.services):
        for i in range(count):
            if bill[i].service != service:
                continue
            for place in range(found):
                if order[place] == codes[service]:
                    break
            else:
                place = found
                order[place], weights[place] = codes[service], 0
                found += 1
            weights[place] += bill[i].amount
            total += bill[i].amount
    work.too_much |= total > work.rules.policies.max_kopecks
    split(amount, weights, shares, found, total)
    for place in range(found):
        if shares[place]:
            lot.amount, lot.vat_code = shares[place], order[place]
            put(&work.taken, lot, sizeof(LotRow))
    return 0


cdef int _post(Work work, EventRow *event, Purse *purse, int64_t exempt, int64_t number) except -1 nogil:
    """Posting.place: parts into the ledger and onto lines; money without a receipt is set aside first."""
    cdef bint penalty_has_line = work.rules.policies.penalty_receipt != 0
    cdef Py_ssize_t count = work.parts.used // <Py_ssize_t>sizeof(Part), i, j
    cdef Part *part
    cdef LotRow *lot
    for i in range(count):
        part = <Part *>work.parts.data + i
        if part.target == TO_COSTS or (part.target == TO_PENALTY and not penalty_has_line):
            withhold(purse, part.amount)
        if part.target != TO_ADVANCE:
            _note_part(work, number, part, NULL)
    if _lie_apart(work):
        return DECLINED
    for i in range(count):
        part = <Part *>work.parts.data + i
        if part.target <= TO_OFF_BALANCE:
            _pay_debt(work, part, event, purse, exempt, number)
        elif part.target == TO_COSTS:
            work.account.costs -= part.amount
        elif part.target == TO_PENALTY:
            work.account.penalty -= part.amount
            if penalty_has_line:
                draw_penalty(work, &work.lines, _forms(purse, part.amount))
        else:
            _add_lots(work, part.amount, event, exempt)
            for j in range(work.taken.used // <Py_ssize_t>sizeof(LotRow)):
                lot = <LotRow *>work.taken.data + j
                _note_part(work, number, part, lot)
                draw_advance(work, &work.lines, lot, _forms(purse, lot.amount), False)
                work.add_lot(lot)
    return DONE


cdef int _drop_paid_debts(Work work) noexcept nogil:
    cdef Py_ssize_t i, kept = 0
    for i in range(work.debt_count()):
        if work.debt(i).amount:
            if kept != i:
                work.debt(kept)[0] = work.debt(i)[0]
            kept += 1
    work.debts.used = kept * <Py_ssize_t>sizeof(DebtRow)
    return 0


cdef int _note_withheld(Work work, EventRow *event, int64_t number) except -1 nogil:
    """Money of this payment that gets no receipt, by reason, in the order of the parts before they were gathered."""
    cdef Part *part
    cdef Py_ssize_t i
    for i in range(work.parts.used // <Py_ssize_t>sizeof(Part)):
        part = <Part *>work.parts.data + i
        if part.target == TO_COSTS:
            note(work, number, NOTE_COSTS, part.amount)
        elif part.target == TO_PENALTY and work.rules.policies.penalty_receipt == 0:
            note(work, number, NOTE_PENALTY, part.amount)
    return 0


cdef int _note_micro_payment(Work work, EventRow *event, int64_t amount, int64_t number) except -1 nogil:
    """payment._note_micro_payment: a small payment switched the service on although debts stay."""
    cdef bint small = amount <= work.rules.policies.micro_payment or amount * 10 <= work.account.plan_price
    if not event.marks & UNBLOCKS or work.account.plan_service < 0 or not small:
        return 0
    if work.debts_total() > work.lots_total():
        note(work, number, NOTE_MICRO_PAYMENT, amount)
    return 0


cdef bint _says_none(Work work, int64_t contact) noexcept nogil:
    cdef Text text = work.contacts.at(contact)
    return text.size == 5 and memcmp(text.start, b"\xa4none", 5) == 0


cdef int apply_payment(Work work, EventRow *event, int64_t number) except -1 nogil:
    """payment.post_payment: allocate, post, make the receipt unless it is exempt or an agent's."""
    cdef Purse purse
    cdef Head head
    cdef int64_t amount, exempt = _exemption(work, event)
    cdef bint only_transfer = not at_desk(event) and event.card_online < 0
    if not are_positive(work, event) or event.service >= work.rules.services:
        return DECLINED
    purse.cash, purse.electronic = max(event.cash, 0), noncash_of(event)
    amount = purse.cash + purse.electronic
    allocate(work, event, amount)
    work.lines.used = 0
    if _post(work, event, &purse, exempt, number) == DECLINED:
        return DECLINED
    _drop_paid_debts(work)
    work.changed = True
    if exempt != NOT_EXEMPT:
        note(work, number, NOTE_LEGAL_PAYER if exempt == EXEMPT_LEGAL_PAYER else NOTE_EXEMPT_MEMBER, amount)
    elif event.marks & AGENT_FISCALISES:
        note(work, number, NOTE_FOREIGN, amount)
    else:
        _note_withheld(work, event, number)
        if work.lines.used:
            head.event, head.sign, head.contact = number, SIGN_INCOME, contact_of(work, event, at_desk(event))
            head.at_settlement, head.day = not only_transfer, event.day
            head.deadline = work.rules.next_business_day[event.day - work.rules.first_day] if only_transfer else -1
            if issue(work, &work.lines, &head, work.rules.policies.overpay != 0) == DECLINED:
                return DECLINED
            if (
                event.card_online >= 0
                and event.day >= work.rules.policies.internet_contact_from
                and (head.contact < 0 or _says_none(work, head.contact))
            ):
                note(work, number, NOTE_WITHOUT_CONTACT, 0)
    _note_micro_payment(work, event, amount, number)
    return DONE
