"""Money going back: unused advances and delivered services (rows 7a-7d; receipt rules 3.5 d, e; 3.7 on_refund [I])."""

from datetime import date

import msgspec

from accounting.receipts._reference.lines import advance, settled_return
from accounting.receipts._reference.purse import Purse
from accounting.receipts._reference.session import Session
from accounting.receipts.books import PendingRefund
from accounting.receipts.calendar import period_of
from accounting.receipts.codes import SettlementSign
from accounting.receipts.draft import Head, Line, add_forms, merged
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import AdvanceRefund, ServiceRefund
from accounting.receipts.ledger import AccountState, AdvanceLot, Settlement, lots_total, take_lots
from accounting.receipts.model import Tenders
from accounting.receipts.outcome import UnfiscalisedRow
from accounting.receipts.policy import RefundLotOrder, RefundOfOffset, RefundTiming


def apply_advance_refund(session: Session, refund: AdvanceRefund) -> None:
    """An unused advance returned under the codes of its lots (row 7a)."""
    account = session.account(refund.account)
    if not refund.tenders.are_positive():
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "tenders")
    amount = refund.tenders.total()
    if amount > lots_total(account.lots):
        raise EventRefused(ErrorCode.REFUND_EXCEEDS_ADVANCE, "tenders")
    newest_first = session.policies.refund_lot_order is RefundLotOrder.NEWEST_FIRST
    taken, lots = take_lots(account.lots, amount, newest_first=newest_first)
    session.save(msgspec.structs.replace(account, lots=lots))
    purse = Purse(refund.tenders.cash(), refund.tenders.noncash())
    for lot in taken:
        if lot.exempt is not None:
            purse.withhold(lot.amount_kopecks)
            _note_withheld(session, refund.key, account.id, lot.exempt, lot.amount_kopecks)
    due = [lot for lot in taken if lot.exempt is None]
    if _is_consolidated(session, refund, account):
        session.pending_refunds = [*session.pending_refunds, *(_pending(refund, account.id, lot) for lot in due)]
        return
    lines = _paid_back([_returned(session, lot) for lot in due], purse)
    if lines:
        session.issue(_refund_head(session, refund.key, account, refund.tenders, refund.sent_on), lines)


def _returned(session: Session, lot: AdvanceLot) -> Line:
    """The line of an advance that goes back; which money that is, ``_paid_back`` says."""
    return advance(session, lot, Tenders(electronic=lot.amount_kopecks), returned=True)


def _paid_back(lines: list[Line], purse: Purse) -> list[Line]:
    """Lines merged, and money handed out to them in their order, cash first (note l); an offset part stays one."""
    found: list[Line] = []
    for line in merged(lines):
        money = purse.take(line.forms.electronic)
        forms = add_forms(money, Tenders(prepaid=line.forms.prepaid))
        found.append(msgspec.structs.replace(line, forms=forms))
    return found


def _is_consolidated(session: Session, refund: AdvanceRefund, account: AccountState) -> bool:
    """Bank and site refunds of individual payers whose period is still open (receipt rules 5 [I])."""
    return (
        session.policies.refund_timing is RefundTiming.PERIOD_CONSOLIDATED
        and account.payer_kind == "individual"
        and not refund.tenders.at_desk()
        and period_of(refund.sent_on) not in session.closed_periods
    )


def _pending(refund: AdvanceRefund, account: str, lot: AdvanceLot) -> PendingRefund:
    return PendingRefund(
        event_key=refund.key,
        account=account,
        sent_on=refund.sent_on,
        amount_kopecks=lot.amount_kopecks,
        vat_code=lot.vat_code,
        lot_received_on=lot.received_on,
        method=lot.method,
        service=lot.service,
    )


def _refund_head(
    session: Session, event_key: str, account: AccountState, tenders: PaymentTenders, sent_on: date
) -> Head:
    desk = tenders.at_desk()
    return Head(
        event_key=event_key,
        account=account.id,
        sign=SettlementSign.INCOME_RETURN,
        contact=session.contact(account, desk=desk),
        deadline=None if desk else session.calendar.next_business_day(sent_on),
        at_settlement=desk,
    )


def _note_withheld(session: Session, key: str, account: str, reason: str, amount_kopecks: int) -> None:
    session.unfiscalised.append(
        UnfiscalisedRow(event_key=key, account=account, reason=reason, amount_kopecks=-amount_kopecks)
    )


def take_settlements(
    account: AccountState, service: str, period: str, amount_kopecks: int
) -> tuple[list[Settlement], tuple[Settlement, ...]]:
    """Take up to an amount out of what was settled, newest first; returns what was taken and what stays (note e)."""
    places = [
        place
        for place, row in enumerate(account.settlements)
        if row.service == service and row.period == period and row.amount_kopecks
    ]
    places.sort(key=lambda place: (account.settlements[place].settled_on, place), reverse=True)
    rows: list[Settlement | None] = list(account.settlements)
    taken: list[Settlement] = []
    for place in places:
        row = account.settlements[place]
        part = min(amount_kopecks, row.amount_kopecks)
        if not part:
            break
        amount_kopecks -= part
        taken.append(msgspec.structs.replace(row, amount_kopecks=part))
        left = row.amount_kopecks - part
        rows[place] = msgspec.structs.replace(row, amount_kopecks=left) if left else None
    return taken, tuple(row for row in rows if row is not None)


def settled_total(account: AccountState, service: str, period: str) -> int:
    """All that was settled for a service and period, kopecks."""
    return sum(row.amount_kopecks for row in account.settlements if row.service == service and row.period == period)


def lot_of(settlement: Settlement) -> AdvanceLot | None:
    """The lot an offset came from, over the settlement's amount; None for other forms."""
    if settlement.form != "advance" or settlement.lot_received_on is None or settlement.lot_vat_code is None:
        return None
    lot = AdvanceLot(
        received_on=settlement.lot_received_on,
        amount_kopecks=settlement.amount_kopecks,
        vat_code=settlement.lot_vat_code,
        service=settlement.lot_service,
        exempt=settlement.exempt,
    )
    return lot if settlement.lot_method is None else msgspec.structs.replace(lot, method=settlement.lot_method)


def apply_service_refund(session: Session, refund: ServiceRefund) -> None:
    """A delivered service paid back: the settlements are mirrored, newest first (rows 7b, 7c; note e)."""
    account = session.account(refund.account)
    session.service(refund.service)
    if not refund.tenders.are_positive():
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "tenders")
    amount = refund.tenders.total()
    if amount > settled_total(account, refund.service, refund.period):
        raise EventRefused(ErrorCode.REFUND_EXCEEDS_SETTLED, "tenders")
    taken, settlements = take_settlements(account, refund.service, refund.period, amount)
    session.save(msgspec.structs.replace(account, settlements=settlements))
    purse = Purse(refund.tenders.cash(), refund.tenders.noncash())
    for row in taken:
        if row.exempt is not None:
            purse.withhold(row.amount_kopecks)
            _note_withheld(session, refund.key, account.id, row.exempt, row.amount_kopecks)
    first, second = _service_return(session, [row for row in taken if row.exempt is None], purse)
    head = _refund_head(session, refund.key, account, refund.tenders, refund.sent_on)
    for lines in (first, second):
        if lines:
            session.issue(head, lines)


def _service_return(session: Session, taken: list[Settlement], purse: Purse) -> tuple[list[Line], list[Line]]:
    """Lines of the return, and of the advance that goes back after it under ``two_step``."""
    two_step = session.policies.refund_of_offset is RefundOfOffset.TWO_STEP
    first: list[Line] = []
    offsets: list[AdvanceLot] = []
    for row in taken:
        lot = lot_of(row) if two_step else None
        if lot is None:
            forms = Tenders(electronic=row.amount_kopecks)
        else:
            offsets.append(lot)
            forms = Tenders(prepaid=row.amount_kopecks)
        first.append(settled_return(session, row, forms))
    return _paid_back(first, purse), _paid_back([_returned(session, lot) for lot in offsets], purse)
