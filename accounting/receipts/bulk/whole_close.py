"""A month close in memory: accounts by the kernel, consolidated receipts over all (receipt rules 3.5 c, 5 [I])."""

from collections.abc import Sequence

import msgspec

from accounting.receipts._reference.delivery import open_close
from accounting.receipts._reference.session import Session
from accounting.receipts._reference.whole import compute_by_reference, outcome_of
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk._consolidate import Consolidator
from accounting.receipts.bulk.close import (
    ReferenceClose,
    close_by_reference,
    consolidated_receipts,
    consolidated_returns,
    with_declined,
)
from accounting.receipts.bulk.encode import Unencodable
from accounting.receipts.bulk.layout import CONSOLIDATED, Rows, rows
from accounting.receipts.bulk.table_run import TableRun
from accounting.receipts.computation import EngineUse, Outcome, new_settlements
from accounting.receipts.consolidate import parts_left
from accounting.receipts.errors import EventRefused
from accounting.receipts.events import PeriodClose
from accounting.receipts.outcome import ComputedReceipt, split_parts
from accounting.receipts.policy import ConsolidatedLines

PER_ACCOUNT = "its consolidated receipts show single accounts"


def close_by_kernel(rules: MerchantRules, books: Books, close: PeriodClose, split_before: int = 0) -> Outcome:
    """The answer of the reference to the close alone. Its charges, and accounts that are declined, are the reference's.

    The close counts as the kernel's when that closed every account.
    """
    if close.key in books.processed_keys:
        return _by_reference(rules, books, close, split_before, "a key that was used before")
    if rules.policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT:
        return _by_reference(rules, books, close, split_before, PER_ACCOUNT)
    session = Session(rules, books, split_before)
    try:
        open_close(session, close)
    except EventRefused as refused:
        return _by_reference(rules, books, close, split_before, f"refused: {refused.code}")
    accounts = [session.account(name) for name in books.accounts]
    try:
        run = TableRun(rules, accounts, (), books.closed_periods, close)
    except (Unencodable, OverflowError) as error:
        return _by_reference(rules, books, close, split_before, f"not for tables: {error}")
    declined = {number: accounts[number] for number in memoryview(run.answer.declined).tolist()}
    try:
        other = close_by_reference(rules, declined, close, run.tables.place, session.split_parts)
        split = session.split_parts + split_parts(other.receipts)
        common = _common(rules, run, other, close, split)
        split += split_parts(common)
        returns, waiting = consolidated_returns(rules, close, books.pending_refunds, list(books.accounts), split)
    except EventRefused as refused:  # too many receipts: the reference refuses the close as a whole
        return _by_reference(rules, books, close, split_before, f"refused: {refused.code}")
    states = session.changed | run.decoder.states()
    states |= {accounts[number].id: state for number, state in other.states.items()}
    states = {name: states[name] for name in books.accounts if name in states}
    charged = outcome_of(session)
    use = EngineUse((close.key,), {})
    if declined:
        use = EngineUse((), {close.key: f"{len(declined)} of {len(accounts)} accounts were declined by the kernel"})
    return msgspec.structs.replace(
        charged,
        receipts=[
            *charged.receipts,
            *_own(run, other, list(books.accounts)),
            *common,
            *returns,
        ],
        accounts=states,
        settlements=new_settlements(books.accounts, states),
        pending_refunds=tuple(waiting),
        processed_keys=frozenset((close.key,)),
        engines=use,
    )


def _by_reference(rules: MerchantRules, books: Books, close: PeriodClose, split_before: int, reason: str) -> Outcome:
    outcome = compute_by_reference(rules, books, [close], split_before=split_before)
    return msgspec.structs.replace(outcome, engines=EngineUse((), {close.key: reason}))


def _own(run: TableRun, other: ReferenceClose, accounts: Sequence[str]) -> list[ComputedReceipt]:
    """The accounts' own receipts, account by account."""
    places = {name: place for place, name in enumerate(accounts)}
    found = [*(receipt for _, receipt in run.decoder.receipts()), *other.receipts]
    return sorted(found, key=lambda one: places[str(one.account)])


def _common(
    rules: MerchantRules, run: TableRun, other: ReferenceClose, close: PeriodClose, split: int
) -> list[ComputedReceipt]:
    """The consolidated receipts, groups in the order in which their first lines come; ``split``: parts before them."""
    common = with_declined(memoryview(run.answer.common).tolist(), other.common)
    parts: list[Sequence[int]] = []
    for group in dict.fromkeys(run.tables.group[service] for service in common[1::5]):
        most = parts_left(split)
        consolidator = Consolidator(run.rules, group, most_parts=most)
        consolidator.feed(common)
        parts.append(memoryview(consolidator.closed_parts()).tolist())
        open_part: Rows = rows()
        open_part.frombytes(consolidator.state())
        parts.append(open_part)
        of_group = open_part[CONSOLIDATED.index("part")] + 1
        split += of_group if of_group > 1 else 0
    numbers = [number for part in parts for number in part]
    assert len(numbers) % len(CONSOLIDATED) == 0
    return consolidated_receipts(rules, run.tables.groups, close.key, numbers)
