"""One computation: the books it started from, what has changed since, and what it will answer."""

from datetime import date, timedelta

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts.books import (
    Books,
    HeldPayment,
    MerchantRules,
    PaymentRecord,
    PendingRefund,
    SuspenseLot,
)
from accounting.receipts.calendar import last_day
from accounting.receipts.catalogue import Catalogue, Service
from accounting.receipts.codes import SettlementSign, VatCode
from accounting.receipts.consolidate import MAX_CONSOLIDATED_PARTS, Limits, parts_left, split_by_limits
from accounting.receipts.draft import Head, Line, Sheet, by_service_rate, merge_key, merged
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.ledger import AccountState
from accounting.receipts.outcome import AllocationRow, Anomaly, ComputedReceipt, ForeignReceipt, UnfiscalisedRow
from accounting.receipts.policy import ContactFallback
from accounting.receipts.vat import is_allowed_for_delivery, rate_of
from accounting.working_days import BusinessCalendar


class PaymentOfThisRun:
    """A payment of this computation with the sheets that were drafted for it."""

    __slots__ = ("record", "sheets")

    def __init__(self, record: PaymentRecord, sheets: list[Sheet]) -> None:
        self.record = record
        self.sheets = sheets


class Session:
    """Copy on write: an account is replaced whole when an event touches it, the given books stay as they were."""

    def __init__(self, rules: MerchantRules, books: Books, split_before: int = 0) -> None:
        self.rules = rules
        self.split_parts = split_before  # receipts of this computation that are parts of one
        self.policies = rules.policies
        self.catalogue = Catalogue(rules.services)
        self.calendar = BusinessCalendar(rules.calendar)
        self.books = books
        self.changed: dict[str, AccountState] = {}
        self.suspense: list[SuspenseLot] = list(books.suspense)
        self.held: list[HeldPayment] = list(books.held)
        self.held_until = min((one.deadline for one in self.held), default=date.max)  # no deadline of held is before
        self.pending_refunds: list[PendingRefund] = list(books.pending_refunds)
        self.closed_periods: set[str] = set(books.closed_periods)
        self.payments: dict[str, PaymentOfThisRun] = {}
        self.reversed: dict[str, PaymentRecord] = {}
        self.receipts: list[Sheet | ComputedReceipt] = []
        self.allocation: list[AllocationRow] = []
        self.unfiscalised: list[UnfiscalisedRow] = []
        self.foreign: list[ForeignReceipt] = []
        self.withdrawn: list[str] = []
        self.anomalies: list[Anomaly] = []
        self.earlier: dict[str, AccountState | None] | None = None  # states before the event that is under way
        self.limits = Limits(rules.policies.max_lines, rules.policies.max_sum)
        self.consolidated_limits = msgspec.structs.replace(self.limits, max_parts=MAX_CONSOLIDATED_PARTS)

    # Held money

    def hold(self, one: HeldPayment) -> None:
        """It waits for its payer until its deadline."""
        self.held.append(one)
        self.held_until = min(self.held_until, one.deadline)

    def take_due(self, before: date, *, including: bool) -> list[HeldPayment]:
        """Held money whose deadline is before that day (``including``: or is it) is held no more."""
        if self.held_until > before:
            return []
        last = before if including else before - timedelta(days=1)
        due = [one for one in self.held if one.deadline <= last]
        if due:
            self.held = [one for one in self.held if one.deadline > last]
        self.held_until = min((one.deadline for one in self.held), default=date.max)
        return due

    # Accounts

    def account(self, account: str | UnsetType | None, field: str = "account") -> AccountState:
        """The account as it stands now. Raises EventRefused when none is named or it is not there."""
        if account is UNSET or account is None:
            raise EventRefused(ErrorCode.ACCOUNT_REQUIRED, field)
        found = self.changed.get(account) or self.books.accounts.get(account)
        if found is None:
            raise EventRefused(ErrorCode.UNKNOWN_ACCOUNT, field)
        return found

    def save(self, account: AccountState) -> None:
        """The account's new state."""
        if self.earlier is not None and account.id not in self.earlier:
            self.earlier[account.id] = self.changed.get(account.id)
        self.changed[account.id] = account

    def gets_no_credit(self, account: AccountState) -> bool:
        """Organisations and exempt members never get credit receipts (receipt rules 3.1 item 10 [I])."""
        return account.payer_kind == "legal" or (self.rules.exempt_noncash_members and account.member)

    # What handlers check

    def service(self, service: str, field: str = "service") -> Service:
        """The service. Raises EventRefused when the catalogue does not hold it."""
        found = self.catalogue.by_id.get(service)
        if found is None:
            raise EventRefused(ErrorCode.UNKNOWN_SERVICE, field)
        return found

    def delivery_code(self, given: VatCode | UnsetType, service: str, period: str, field: str = "vat_code") -> VatCode:
        """The code given with a charge, checked against the delivery day, or the service's own (rules 7 [I])."""
        if given is UNSET:
            return self.catalogue.delivery_code(service, period)
        if not is_allowed_for_delivery(given, last_day(period)):
            raise EventRefused(ErrorCode.VAT_CODE_NOT_VALID_ON_DATE, field)
        return given

    def delivery_rate(self, code: VatCode, period: str) -> tuple[int, int]:
        """The rate behind an ordinary code for services of a period."""
        return rate_of(code, last_day(period))

    # Receipts

    def contact(self, account: AccountState | None, given: str | UnsetType | None = UNSET, *, desk: bool) -> str | None:
        """Tag 1008 of a receipt for one payer (receipt rules 3.3 [I]); ``desk``: cash or a presented card took part."""
        contact = (account.contact if account is not None else None) if given is UNSET else given
        if contact is not None or desk:
            return contact
        match self.policies.contact_fallback:
            case ContactFallback.OMIT:
                return None
            case ContactFallback.NONE:
                return "none"
            case ContactFallback.COMPANY_EMAIL:
                return self.rules.email

    def head_of_act(self, event_key: str, account: AccountState, on: date) -> Head:
        """Head of a receipt for an act without money at hand: due on the next business day (receipt rules 3.2 [I])."""
        return Head(
            event_key=event_key,
            account=account.id,
            contact=self.contact(account, desk=False),
            deadline=self.calendar.next_business_day(on),
        )

    def issue(
        self, head: Head, lines: list[Line], *, advances_apart: bool = False, limits: Limits | None = None
    ) -> list[Sheet]:
        """Receipts of one payer: lines merged, grouped by regime and register, split by lines (receipt rules 5 [I]).

        Raises EventRefused when they would be too many; ``limits``: others than those of the policies.
        """
        groups: dict[tuple[int, str, bool], list[Line]] = {}
        for line in merged(lines) if len(lines) > 1 else lines:
            apart = advances_apart and line.period is None and line.method <= 3
            groups.setdefault((*self.document_group(line), apart), []).append(line)
        sheets: list[Sheet] = []
        for (taxation, register_group, _), group in groups.items():
            if self.limits.surely_hold(group):
                parts = [tuple(group)]
            else:
                parts = split_by_limits([group], limits or self.limits.after(self.split_parts), merge_key)
            sheets.extend(self._sheets(head, parts, taxation, register_group))
        self.receipts.extend(sheets)
        return sheets

    def issue_consolidated(self, head: Head, blocks: list[list[Line]], *, by_account: bool) -> None:
        """The consolidated receipts of a close and sign; a block is the lines of one account (receipt rules 5 [I])."""
        key = merge_key if by_account else by_service_rate
        groups: dict[tuple[int, str], list[list[Line]]] = {}
        for block in blocks:
            pieces: dict[tuple[int, str], list[Line]] = {}
            for line in block:
                if line.amount_kopecks:
                    pieces.setdefault(self.document_group(line), []).append(line)
            for group, piece in pieces.items():
                groups.setdefault(group, []).append(piece)
        for (taxation, register_group), pieces_of_accounts in groups.items():
            limits = self.consolidated_limits.after(self.split_parts)
            parts = split_by_limits(pieces_of_accounts, limits, key)
            self.receipts.extend(self._sheets(head, parts, taxation, register_group))

    def count_parts(self, mirrored: int) -> None:
        """Mirrors of a split receipt are many as well. Raises EventRefused when this computation makes too many."""
        if mirrored > parts_left(self.split_parts):
            raise EventRefused(ErrorCode.TOO_MANY_RECEIPTS, "payment")
        self.split_parts += mirrored

    def document_group(self, line: Line) -> tuple[int, str]:
        """Regime and register group; a line of no known service has the merchant's own (receipt rules 5 [I])."""
        service = line.service
        if service is None:
            return (self.rules.taxation, "")
        return (service.taxation or self.rules.taxation, service.register_group)

    def _sheets(self, head: Head, parts: list[tuple[Line, ...]], taxation: int, register_group: str) -> list[Sheet]:
        many = len(parts) > 1
        self.split_parts += len(parts) if many else 0
        return [
            Sheet(
                head=head,
                lines=lines,
                taxation=taxation,
                register_group=register_group,
                part=f"{number}/{len(parts)}" if many else None,
            )
            for number, lines in enumerate(parts, 1)
        ]


def other_sign(sign: SettlementSign) -> SettlementSign:
    """The sign of the opposite document: 1 and 2, 3 and 4."""
    match sign:
        case SettlementSign.INCOME:
            return SettlementSign.INCOME_RETURN
        case SettlementSign.INCOME_RETURN:
            return SettlementSign.INCOME
        case SettlementSign.EXPENSE:
            return SettlementSign.EXPENSE_RETURN
        case SettlementSign.EXPENSE_RETURN:
            return SettlementSign.EXPENSE


def returning(head: Head) -> Head:
    """The same head on a return."""
    return msgspec.structs.replace(head, sign=SettlementSign.INCOME_RETURN)
