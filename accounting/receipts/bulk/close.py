"""The month close beside the kernel: what it declines, and consolidated receipts at the end (receipt rules 5 [I])."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounting.receipts import texts
from accounting.receipts._reference.assembly import assemble
from accounting.receipts._reference.delivery import close_account, pending_returns
from accounting.receipts._reference.session import Session, returning
from accounting.receipts.books import Books, MerchantRules, PendingRefund
from accounting.receipts.bulk.layout import COMMON, CONSOLIDATED, Rows, number_of_period, period_of_number, rows
from accounting.receipts.calendar import consolidated_deadline, last_day
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.draft import Head, Line, Sheet
from accounting.receipts.events import PeriodClose
from accounting.receipts.ledger import AccountState
from accounting.receipts.model import Tenders
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.vat import rate_of


@dataclass(frozen=True)
class ReferenceClose:
    """Accounts that the kernel declined, closed by the reference.

    ``states``: new states by the account's number. ``receipts``: the accounts' own. ``common``: rows of
    ``layout.COMMON`` by number.
    """

    states: dict[int, AccountState]
    receipts: list[ComputedReceipt]
    common: dict[int, Rows]


def close_by_reference(
    rules: MerchantRules,
    accounts: Mapping[int, AccountState],
    close: PeriodClose,
    places: Mapping[str, int],
    split_before: int = 0,
) -> ReferenceClose:
    """Deliver what the accounts still hold of the period; the consolidated receipt is left to the caller."""
    session = Session(rules, Books(accounts={account.id: account for account in accounts.values()}), split_before)
    numbers = {account.id: number for number, account in accounts.items()}
    common: dict[int, Rows] = {}
    for number, account in accounts.items():
        lines = close_account(session, account.id, close)
        if lines:
            common[number] = array("q", [field for line in lines for field in _common_row(number, line, places)])
    states = {numbers[key]: state for key, state in session.changed.items()}
    return ReferenceClose(states, assemble(rules, session.receipts), common)


def _common_row(number: int, line: Line, places: Mapping[str, int]) -> tuple[int, ...]:
    assert line.service is not None
    assert line.period is not None
    return (number, places[line.service.id], number_of_period(line.period), line.amount_kopecks, line.code)


def with_declined(common: Sequence[int], declined: Mapping[int, Rows]) -> Rows:
    """Both tables of ``layout.COMMON`` as one, in the order of accounts."""
    if not declined:
        return array("q", common)
    width, result, at = len(COMMON), rows(), 0
    for number in sorted(declined):
        end = at
        while end < len(common) and common[end] < number:
            end += width
        result.extend(common[at:end])
        result.extend(declined[number])
        at = end
    result.extend(common[at:])
    return result


def consolidated_receipts(
    rules: MerchantRules, groups: Sequence[tuple[int, str]], event_key: str, parts: Sequence[int]
) -> list[ComputedReceipt]:
    """The receipts of rows of ``layout.CONSOLIDATED``, groups in the order in which they stand there."""
    sheets: dict[tuple[int, int], list[Line]] = {}
    counts: dict[int, int] = {}
    period = ""
    width = len(CONSOLIDATED)
    for at in range(0, len(parts), width):
        group, part, service, month, amount, code = parts[at : at + width]
        period = period_of_number(month)
        sheets.setdefault((group, part), []).append(_line(rules, service, period, amount, VatCode(code)))
        counts[group] = max(counts.get(group, 0), part + 1)
    drafts: list[Sheet | ComputedReceipt] = [
        Sheet(
            head=Head(event_key=event_key, account=None, deadline=consolidated_deadline(period), consolidated=period),
            lines=tuple(lines),
            taxation=groups[group][0],
            register_group=groups[group][1],
            part=f"{part + 1}/{counts[group]}" if counts[group] > 1 else None,
        )
        for (group, part), lines in sheets.items()
    ]
    return assemble(rules, drafts)


def _line(rules: MerchantRules, place: int, period: str, amount_kopecks: int, code: VatCode) -> Line:
    service = rules.services[place]
    return Line(
        name=texts.delivered(service.name or service.id, period, SettlementMethod.FULL_SETTLEMENT),
        amount_kopecks=amount_kopecks,
        forms=Tenders(prepaid=amount_kopecks),
        method=SettlementMethod.FULL_SETTLEMENT,
        subject=service.subject,
        code=code,
        rate=rate_of(code, last_day(period)),
        service=service,
        period=period,
    )


def consolidated_returns(
    rules: MerchantRules,
    close: PeriodClose,
    refunds: Sequence[PendingRefund],
    accounts: Sequence[str],
    split_before: int = 0,
) -> tuple[list[ComputedReceipt], list[PendingRefund]]:
    """The receipts of advances that wait for the month's end, and those that wait on (receipt rules 5 [I]).

    ``accounts``: those of the refunds, in the order of the close. Lines are by service and rate.
    """
    states = {account: AccountState(id=account) for account in accounts}
    session = Session(rules, Books(accounts=states, pending_refunds=tuple(refunds)), split_before)
    head = Head(
        event_key=close.key,
        account=None,
        deadline=consolidated_deadline(close.period),
        consolidated=close.period,
    )
    blocks = pending_returns(session, last_day(close.period), by_account=False)
    session.issue_consolidated(returning(head), blocks, by_account=False)
    return assemble(rules, session.receipts), session.pending_refunds
