"""Money in (receipt rules 3.7 on_payment; rows 3-5, 10a, 10b, 11, 15; notes b, i, l [I])."""

from datetime import date

from msgspec import UNSET

from accounting.receipts._reference.advances import highest_code
from accounting.receipts._reference.lines import advance
from accounting.receipts._reference.posting import Posting, agent_sign, exemption
from accounting.receipts._reference.session import PaymentOfThisRun, Session
from accounting.receipts.allocate import Incoming, allocate
from accounting.receipts.books import HeldPayment, PaymentRecord, SuspenseLot
from accounting.receipts.consolidate import Limits
from accounting.receipts.draft import Head, Sheet
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import Payment
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    debts_total,
    lots_total,
)
from accounting.receipts.model import Tenders
from accounting.receipts.outcome import AllocationRow, Anomaly, ForeignReceipt, UnfiscalisedRow
from accounting.receipts.policy import Overpay, UnknownPayer

INTERNET_CONTACT_FROM = date(2025, 9, 1)
MICRO_PAYMENT_KOPECKS = 50_00


def apply_payment(session: Session, payment: Payment, on: date) -> None:
    """A payment of a known or unknown payer; ``on`` is its settlement day."""
    account = None if payment.account is None else session.account(payment.account)
    if payment.designation is not None and payment.designation.service is not None:
        session.service(payment.designation.service, "designation.service")
    if not payment.tenders.are_positive():
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "tenders")
    if account is not None:
        post_payment(session, payment, account, on)
    elif _is_held(session, payment):
        deadline = session.calendar.next_business_day(on)
        session.limits.require_few_parts((payment.tenders.total() - 1) // session.limits.max_sum_kopecks)
        session.hold(HeldPayment(payment=payment, paid_on=on, deadline=deadline))
    else:
        post_unknown(session, payment, on)


def release_held(session: Session, before: date, *, including: bool = False) -> None:
    """Held money whose deadline has passed becomes the advance of an unknown payer (note i).

    ``including``: money whose deadline is that very day goes too (the end of a computation).
    """
    for held in sorted(session.take_due(before, including=including), key=lambda held: held.deadline):
        limits = session.limits.of_accepted(held.payment.tenders.total())
        post_unknown(session, held.payment, held.paid_on, limits=limits)


def _is_held(session: Session, payment: Payment) -> bool:
    return (
        session.policies.unknown_payer is UnknownPayer.HOLD_UNTIL_DEADLINE
        and payment.tenders.only_bank_transfer()
        and not payment.agent_fiscalises
        and exemption(session, payment, None) is None
    )


def payment_head(session: Session, payment: Payment, account: AccountState | None, on: date) -> Head:
    """Head of a payment's receipts: at the settlement, or the next business day for transfers (rules 3.2 [M] [I])."""
    later = payment.tenders.only_bank_transfer()
    return Head(
        event_key=payment.key,
        account=account.id if account is not None else None,
        contact=session.contact(account, payment.contact, desk=payment.tenders.at_desk()),
        deadline=session.calendar.next_business_day(on) if later else None,
        at_settlement=not later,
    )


def post_payment(session: Session, payment: Payment, account: AccountState, on: date) -> None:
    """A payment of a known account: allocate, post, make the receipt unless it is exempt or an agent's."""
    amount = payment.tenders.total()
    parts = allocate(account, Incoming(amount, on, payment.designation), session.policies, session.catalogue)
    posting = Posting(session, payment, account, on)
    posting.place(parts)
    session.save(posting.after())
    sheets: list[Sheet] = []
    withheld: list[tuple[str, int]] = []
    if posting.exempt is not None:
        withheld.append((posting.exempt, amount))
    elif payment.agent_fiscalises:
        _expect_foreign(session, payment, account.id)
    else:
        withheld.extend(posting.withheld)
        if posting.lines:
            head = payment_head(session, payment, account, on)
            apart = session.policies.overpay is Overpay.SEPARATE_RECEIPT
            sheets = session.issue(head, posting.lines, advances_apart=apart)
            _note_missing_contact(session, payment, head, on)
    _note_withheld(session, payment.key, account.id, withheld)
    _note_micro_payment(session, payment, amount)
    session.payments[payment.key] = PaymentOfThisRun(posting.record(amount, withheld), sheets)


def post_unknown(session: Session, payment: Payment, on: date, *, limits: Limits | None = None) -> None:
    """A payment of an unknown payer: an advance in suspense under the highest code (note i; row 15)."""
    amount = payment.tenders.total()
    exempt = exemption(session, payment, None)
    lot = AdvanceLot(received_on=on, amount_kopecks=amount, vat_code=highest_code(session, on), exempt=exempt)
    session.suspense.append(
        SuspenseLot(payment=payment.key, received_on=on, amount_kopecks=amount, vat_code=lot.vat_code, exempt=exempt)
    )
    session.allocation.append(
        AllocationRow(
            event_key=payment.key, account=None, target="suspense", amount_kopecks=amount, vat_code=lot.vat_code
        )
    )
    sheets: list[Sheet] = []
    withheld: list[tuple[str, int]] = []
    if exempt is not None:
        withheld.append((exempt, amount))
    elif payment.agent_fiscalises:
        _expect_foreign(session, payment, None)
    else:
        head = payment_head(session, payment, None, on)
        forms = Tenders(payment.tenders.cash(), payment.tenders.noncash())
        sheets = session.issue(head, [advance(session, lot, forms)], limits=limits)
        _note_missing_contact(session, payment, head, on)
    _note_withheld(session, payment.key, None, withheld)
    record = PaymentRecord(
        key=payment.key,
        account=None,
        paid_on=on,
        amount_kopecks=amount,
        suspended=True,
        agent_sign=agent_sign(payment, exempt),
        withheld=tuple(withheld),
    )
    session.payments[payment.key] = PaymentOfThisRun(record, sheets)


def _expect_foreign(session: Session, payment: Payment, account: str | None) -> None:
    session.foreign.append(
        ForeignReceipt(
            event_key=payment.key,
            account=account,
            amount_kopecks=payment.tenders.total(),
            sign=1,
            agent_sign=payment.agent_sign,
            supplier_inn=session.rules.inn,
        )
    )


def _note_withheld(session: Session, key: str, account: str | None, withheld: list[tuple[str, int]]) -> None:
    for reason, amount in withheld:
        session.unfiscalised.append(
            UnfiscalisedRow(event_key=key, account=account, reason=reason, amount_kopecks=amount)
        )


def _note_missing_contact(session: Session, payment: Payment, head: Head, on: date) -> None:
    """A sale on the site must name the buyer since 01.09.2025 (receipt rules 2 [I], tag 1008)."""
    if (
        payment.tenders.card_online_kopecks is not UNSET
        and on >= INTERNET_CONTACT_FROM
        and head.contact in (None, "none")
    ):
        session.anomalies.append(
            Anomaly(rule="internet_sale_without_contact", event_key=payment.key, account=head.account)
        )


def _note_micro_payment(session: Session, payment: Payment, amount_kopecks: int) -> None:
    """A small payment switched the service on although debts stay (receipt rules 3.7, anomalies [I])."""
    if not payment.unblocks:
        return
    account = session.account(payment.account)
    if account.plan is None:
        return
    small = amount_kopecks <= MICRO_PAYMENT_KOPECKS or amount_kopecks * 10 <= account.plan.price_kopecks
    if small and debts_total(account.debts) > lots_total(account.lots):
        session.anomalies.append(Anomaly(rule="micro_payment_unlock", event_key=payment.key, account=account.id))
