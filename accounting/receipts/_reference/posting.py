"""One payment on its way into the ledger and onto lines (receipt rules 3.7; notes b, l [I])."""

from datetime import date

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.advances import new_lots
from accounting.receipts._reference.lines import advance, debt_payment, penalty
from accounting.receipts._reference.purse import Purse
from accounting.receipts._reference.session import Session
from accounting.receipts.allocate import Part
from accounting.receipts.books import PaymentRecord
from accounting.receipts.draft import Line
from accounting.receipts.events import Payment
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    Debt,
    ExemptMark,
    Settlement,
    SettlementForm,
    add_lot,
    with_amount,
)
from accounting.receipts.model import Tenders
from accounting.receipts.outcome import AllocationRow
from accounting.receipts.policy import CreditPaymentVat, PenaltyReceipt


def exemption(session: Session, payment: Payment, account: AccountState | None) -> ExemptMark | None:
    """Why no receipt is needed: legal payer, then exempt member, not at the desk (rules 3.1 items 4, 6, 9 [M] [I])."""
    if payment.tenders.at_desk():
        return None
    kind = payment.payer_kind
    if kind is UNSET:
        kind = account.payer_kind if account is not None else "individual"
    if kind == "legal":
        return "legal_payer"
    if session.rules.exempt_noncash_members and account is not None and account.member:
        return "exempt_member"
    return None


class Posting:
    """The parts of one payment on their way into the ledger and onto lines."""

    def __init__(self, session: Session, payment: Payment, account: AccountState, on: date) -> None:
        self._session = session
        self._payment = payment
        self._account = account
        self._on = on
        self.exempt = exemption(session, payment, account)
        self._debts = list(account.debts)
        self._off_balance = list(account.off_balance)
        self._paid: list[Debt] = []
        self._paid_off_balance: list[Debt] = []
        self._lots: list[AdvanceLot] = []
        self._costs = 0
        self._penalty = 0
        self.settlements: list[Settlement] = []
        self.lines: list[Line] = []
        self.withheld: list[tuple[str, int]] = []

    def place(self, parts: list[Part]) -> None:
        """Post all parts. Money without a receipt is set aside before the rest meets the lines."""
        purse = Purse(self._payment.tenders.cash(), self._payment.tenders.noncash())
        penalty_has_line = self._session.policies.penalty_receipt is PenaltyReceipt.LINE
        for part in parts:
            if part.target == "costs" or (part.target == "penalty" and not penalty_has_line):
                purse.withhold(part.amount_kopecks)
                self.withheld.append((part.target, part.amount_kopecks))
        for part in self._lines_together(parts):
            match part.target:
                case "debt" | "off_balance":
                    self._pay_debt(part, purse.take(part.amount_kopecks))
                case "costs":
                    self._costs += part.amount_kopecks
                case "penalty":
                    self._penalty += part.amount_kopecks
                    if penalty_has_line:
                        self.lines.append(penalty(purse.take(part.amount_kopecks)))
                case "advance":
                    lots = new_lots(self._session, self._account, part.amount_kopecks, self._on, self.exempt)
                    for lot in lots:
                        self._lots.append(lot)
                        self.lines.append(advance(self._session, lot, purse.take(lot.amount_kopecks)))
        self._note_allocation(parts)

    def _lines_together(self, parts: list[Part]) -> list[Part]:
        """Parts whose lines will merge stand together at the place of the first: money meets merged lines."""
        if len(parts) < 3:
            return parts
        untaxed_credit = self._session.policies.credit_payment_vat is CreditPaymentVat.NONE
        places: dict[tuple[object, ...], int] = {}
        keyed: list[tuple[int, int, Part]] = []
        for number, part in enumerate(parts):
            key: tuple[object, ...] = (part.target, number)
            if part.target in ("debt", "off_balance"):
                debt = (self._debts if part.target == "debt" else self._off_balance)[part.row]
                code = None if debt.credited and untaxed_credit else debt.vat_code
                key = (debt.service, debt.period, code, debt.credited)
            keyed.append((places.setdefault(key, number), number, part))
        keyed.sort(key=lambda item: item[:2])
        return [part for _, _, part in keyed]

    def _pay_debt(self, part: Part, forms: Tenders) -> None:
        book = self._debts if part.target == "debt" else self._off_balance
        debt = book[part.row]
        paid = with_amount(debt, part.amount_kopecks)
        book[part.row] = with_amount(debt, debt.amount_kopecks - part.amount_kopecks)
        (self._paid if part.target == "debt" else self._paid_off_balance).append(paid)
        self.lines.append(debt_payment(self._session, paid, forms))
        if forms.cash:
            self.settlements.append(self._settlement(paid, "cash", forms.cash))
        if forms.electronic:
            self.settlements.append(self._settlement(paid, "noncash", forms.electronic))

    def _settlement(self, debt: Debt, form: SettlementForm, amount_kopecks: int) -> Settlement:
        return Settlement(
            service=debt.service,
            period=debt.period,
            amount_kopecks=amount_kopecks,
            vat_code=debt.vat_code,
            form=form,
            settled_on=self._on,
            exempt=self.exempt,
            event_key=self._payment.key,
        )

    def _note_allocation(self, parts: list[Part]) -> None:
        rows = self._session.allocation
        key, account = self._payment.key, self._account
        for part in parts:
            if part.target == "advance":
                continue
            debt = None
            if part.target == "debt":
                debt = account.debts[part.row]
            elif part.target == "off_balance":
                debt = account.off_balance[part.row]
            rows.append(
                AllocationRow(
                    event_key=key,
                    account=account.id,
                    target=part.target,
                    amount_kopecks=part.amount_kopecks,
                    period=debt.period if debt is not None else None,
                    service=debt.service if debt is not None else None,
                )
            )
        for lot in self._lots:
            rows.append(
                AllocationRow(
                    event_key=key,
                    account=account.id,
                    target="advance",
                    amount_kopecks=lot.amount_kopecks,
                    vat_code=lot.vat_code,
                )
            )

    def after(self) -> AccountState:
        """The account with the payment posted."""
        account = self._account
        lots = account.lots
        for lot in self._lots:
            lots = add_lot(lots, lot)
        return msgspec.structs.replace(
            account,
            debts=tuple([debt for debt in self._debts if debt.amount_kopecks]),
            off_balance=tuple([debt for debt in self._off_balance if debt.amount_kopecks]),
            lots=lots,
            settlements=(*account.settlements, *self.settlements),
            penalty_kopecks=account.penalty_kopecks - self._penalty,
            costs_kopecks=account.costs_kopecks - self._costs,
        )

    def record(self, amount_kopecks: int, withheld: list[tuple[str, int]]) -> PaymentRecord:
        """What the payment did, so that it can be taken back."""
        return PaymentRecord(
            key=self._payment.key,
            account=self._account.id,
            paid_on=self._on,
            amount_kopecks=amount_kopecks,
            debts=tuple(self._paid),
            off_balance=tuple(self._paid_off_balance),
            costs_kopecks=self._costs,
            penalty_kopecks=self._penalty,
            lots=tuple(self._lots),
            settlements=tuple(self.settlements),
            agent_sign=agent_sign(self._payment, self.exempt),
            withheld=tuple(withheld),
        )


def agent_sign(payment: Payment, exempt: ExemptMark | None) -> int | None:
    return payment.agent_sign if payment.agent_fiscalises and exempt is None else None
