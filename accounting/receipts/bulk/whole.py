"""A whole computation with the kernel: it takes what it can, the reference judges the rest (decision 7).

Events apply in their order; each month close parts them, and what stands between two closes is divided by accounts.
The answers are put together in the order of events, so that nobody can tell from them who computed what but by
``Outcome.engines``.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from accounting.receipts._reference.order import in_order
from accounting.receipts._reference.whole import compute_by_reference
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk.encode import Unencodable
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.bulk.share import reason_against_all, reasons
from accounting.receipts.bulk.table_run import TableRun
from accounting.receipts.bulk.whole_close import close_by_kernel
from accounting.receipts.computation import EngineUse, Outcome, new_settlements
from accounting.receipts.events import AnyEvent, PeriodClose
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.outcome import Anomaly, ForeignReceipt, UnfiscalisedRow, split_parts

DECLINED = "declined by the kernel: refused, to be split by limits, or beyond its tables"


def compute_by_kernel(
    rules: MerchantRules,
    books: Books,
    events: Sequence[AnyEvent],
    *,
    as_of: date | None = None,
    issued: Sequence[IssuedReceipt] = (),
) -> Outcome:
    """What ``compute_by_reference`` answers. The extensions must have been built."""
    reason = reason_against_all(rules, books, events)
    if reason is not None:
        outcome = compute_by_reference(rules, books, events, as_of=as_of, issued=issued)
        use = EngineUse((), {event.key: reason for event in events})
        return msgspec.structs.replace(outcome, engines=use)
    ordered = [event for _, event in in_order(events, rules.policies.settlement_date_source, books.payments)]
    now, steps, split = books, [], 0
    for part in _parts(ordered):
        if isinstance(part, PeriodClose):
            step = close_by_kernel(rules, now, part, split)
        else:
            step = _between_closes(rules, now, part, split)
        steps.append(step)
        split += split_parts(step.receipts)
        now = _after(now, step)
    return _together(books, now, steps)


def _parts(ordered: Sequence[AnyEvent]) -> list[PeriodClose | list[AnyEvent]]:
    """Closes, and the events before, between and after them."""
    found: list[PeriodClose | list[AnyEvent]] = [[]]
    for event in ordered:
        last = found[-1]
        if isinstance(event, PeriodClose):
            found.append(event)
        elif isinstance(last, list):
            last.append(event)
        else:
            found.append([event])
    return found


def _between_closes(rules: MerchantRules, books: Books, events: list[AnyEvent], split_before: int) -> Outcome:
    """Events in their order, none of them a close: whole accounts by the kernel, the others by the reference."""
    why = reasons(rules, books, events)
    run = None
    while len(why) < len(events):
        chosen: list[KernelEvent] = [event for place, event in enumerate(events) if place not in why]  # type: ignore[misc]
        named = dict.fromkeys(str(event.account) for event in chosen)
        try:
            run = TableRun(rules, [books.accounts[name] for name in named], chosen, books.closed_periods)
        except (Unencodable, OverflowError) as error:
            why |= {place: f"not for tables: {error}" for place in range(len(events)) if place not in why}
            run = None
            break
        if not run.declined:
            break
        for place, event in enumerate(events):
            if place not in why and str(getattr(event, "account", "")) in run.declined:
                why[place] = DECLINED
        run = None
    outcome = compute_by_reference(rules, books, [events[place] for place in sorted(why)], split_before=split_before)
    refused = {error.event_key: f"refused: {error.code}" for error in outcome.errors}
    use = EngineUse(
        tuple(event.key for place, event in enumerate(events) if place not in why),
        {events[place].key: refused.get(events[place].key, reason) for place, reason in sorted(why.items())},
    )
    outcome = msgspec.structs.replace(outcome, engines=use)
    return outcome if run is None else _merged(books, events, outcome, run)


def _merged(books: Books, events: Sequence[AnyEvent], other: Outcome, run: TableRun) -> Outcome:
    """Both answers in the order of events: one of them has all rows of an event."""
    places = {event.key: place for place, event in enumerate(events)}
    decoder = run.decoder
    notes = [note for _, note in decoder.notes()]
    accounts = other.accounts | decoder.states()
    accounts = {account: accounts[account] for account in books.accounts if account in accounts}

    def in_place(rows: list[object]) -> list[object]:
        return sorted(rows, key=lambda row: places[row.event_key])  # type: ignore[attr-defined]

    changes: Mapping[str, object] = {
        "receipts": in_place([*other.receipts, *(receipt for _, receipt in decoder.receipts())]),
        "accounts": accounts,
        "settlements": new_settlements(books.accounts, accounts),
        "allocation": in_place([*other.allocation, *(row for _, row in decoder.allocation())]),
        "unfiscalised": in_place([*other.unfiscalised, *(n for n in notes if isinstance(n, UnfiscalisedRow))]),
        "expected_foreign_receipts": in_place(
            [*other.expected_foreign_receipts, *(n for n in notes if isinstance(n, ForeignReceipt))]
        ),
        "anomalies": in_place([*other.anomalies, *(n for n in notes if isinstance(n, Anomaly))]),
        "payments": other.payments | decoder.payments(),
        "processed_keys": other.processed_keys | set(other.engines.kernel),
    }
    return msgspec.structs.replace(other, **changes)


def _after(books: Books, step: Outcome) -> Books:
    return msgspec.structs.replace(
        books,
        accounts={**books.accounts, **step.accounts},
        suspense=step.suspense,
        pending_refunds=step.pending_refunds,
        closed_periods=step.closed_periods,
        processed_keys=books.processed_keys | step.processed_keys,
        payments={**books.payments, **step.payments},
    )


def _together(given: Books, now: Books, steps: Sequence[Outcome]) -> Outcome:
    """The steps as one answer to what was given."""
    accounts = {
        account: now.accounts[account] for account in now.accounts if any(account in step.accounts for step in steps)
    }
    kernel: list[str] = []
    reference: dict[str, str] = {}
    for step in steps:
        kernel.extend(step.engines.kernel)
        reference |= step.engines.reference
    return Outcome(
        receipts=[row for step in steps for row in step.receipts],
        accounts=accounts,
        settlements=new_settlements(given.accounts, accounts),
        allocation=[row for step in steps for row in step.allocation],
        unfiscalised=[row for step in steps for row in step.unfiscalised],
        expected_foreign_receipts=[row for step in steps for row in step.expected_foreign_receipts],
        withdrawn=[row for step in steps for row in step.withdrawn],
        duplicates=[row for step in steps for row in step.duplicates],
        errors=[row for step in steps for row in step.errors],
        anomalies=[row for step in steps for row in step.anomalies],
        suspense=now.suspense,
        held=(),
        pending_refunds=now.pending_refunds,
        closed_periods=frozenset(now.closed_periods),
        payments={key: record for step in steps for key, record in step.payments.items()},
        processed_keys=frozenset(key for step in steps for key in step.processed_keys),
        engines=EngineUse(tuple(kernel), reference),
    )
