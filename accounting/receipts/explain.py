"""Why a receipt is as it is, for the accountant who has to stand by it.

The explanation follows the computation: the books before the event are computed anew, the division is what the
computation itself reported, and every reason names its source with the mark of certainty. No advice beyond the rules.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import UNSET

from accounting.receipts import explain_texts as texts
from accounting.receipts._reference.order import in_order
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.codes import SettlementMethod, SettlementSign
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.correction import KEY_PREFIX
from accounting.receipts.events import AnyEvent, CounterOffset, Payment, Restoration
from accounting.receipts.explain_policies import policies_that_chose
from accounting.receipts.ledger import AccountState
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import AllocationRow, ComputedReceipt
from accounting.receipts.wording import roubles, translated


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences by question; a question that this receipt does not raise has none."""

    event: list[str]
    owed: list[str]
    division: list[str]
    reasons: list[str]
    policies: list[str]
    laws: list[str]
    due: list[str]

    def text(self) -> str:
        """All of it under headings."""
        parts = []
        for name, heading in texts.HEADINGS.items():
            sentences = getattr(self, name)
            if sentences:
                parts.append("\n".join([f"{translated(heading)}:", *(f"  {sentence}" for sentence in sentences)]))
        return "\n".join(parts)


def explain(
    rules: MerchantRules, books: Books, events: Sequence[AnyEvent], outcome: Outcome, receipt: ComputedReceipt
) -> Explanation:
    """Explain one receipt of ``compute(rules, books, events)``, whose answer is ``outcome``."""
    key = receipt.event_key.removeprefix(KEY_PREFIX)
    event = _event(events, key) or _restoring(events, key)
    before = _account_before(rules, books, events, key, receipt.account)
    rows = [row for row in outcome.allocation if row.event_key == key]
    return Explanation(
        event=[_happened(event)] if event is not None else [],
        owed=[] if before is None else list(_owed(before)),
        division=list(_division(rows)) or list(_lines(receipt.receipt)),
        reasons=list(_reasons(rules, event, rows, receipt.receipt)),
        policies=policies_that_chose(rules.policies, receipt, rows),
        laws=list(dict.fromkeys(_laws(receipt))),
        due=[_due(receipt, event)],
    )


def _event(events: Sequence[AnyEvent], key: str) -> AnyEvent | None:
    for event in events:
        if event.key == key:
            return event
        found = _event(event.replay, key) if isinstance(event, Restoration) else None
        if found is not None:
            return found
    return None


def _restoring(events: Sequence[AnyEvent], key: str) -> AnyEvent | None:
    """A day's total has the day for its key."""
    return next((event for event in events if str(getattr(event, "day", "")) == key), None)


def _account_before(
    rules: MerchantRules, books: Books, events: Sequence[AnyEvent], key: str, account: str | None
) -> AccountState | None:
    """The account as the event met it: everything that comes before it is computed again."""
    if account is None:
        return None
    flat: list[AnyEvent] = []
    for event in events:
        flat.extend(event.replay if isinstance(event, Restoration) else [event])
    ordered = [event for _, event in in_order(flat, rules.policies.settlement_date_source, books.payments)]
    place = next((number for number, event in enumerate(ordered) if event.key == key), 0)
    state = compute(rules, books, ordered[:place]).accounts if place else {}
    return state.get(account) or books.accounts.get(account)


def _happened(event: AnyEvent) -> str:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    kind = str(event.__struct_config__.tag)
    tenders = fields.get("tenders")
    amount = tenders.total() if tenders is not None else fields.get("amount_kopecks", 0)
    day = next((value for name, value in fields.items() if name.endswith("_on")), None)
    ways = []
    if isinstance(event, Payment):
        ways = [
            translated(word)
            for way, word in texts.WAYS.items()
            if getattr(event.tenders, f"{way}_kopecks") is not UNSET
        ]
    values = {name: fields.get(name, "") for name in ("period", "payment", "receipt")}
    values |= {"amount": roubles(0 if amount is UNSET else amount), "day": fields.get("day", day)}
    return translated(texts.EVENTS[kind], ways=", ".join(ways), **values)


def _owed(account: AccountState) -> Iterator[str]:
    for debt in account.debts:
        amount = roubles(debt.amount_kopecks)
        yield translated(texts.DEBT, period=debt.period, service=debt.service, amount=amount, due=debt.due_on)
    if account.costs_kopecks:
        yield translated(texts.COSTS_OWED, amount=roubles(account.costs_kopecks))
    if account.penalty_kopecks:
        yield translated(texts.PENALTY_OWED, amount=roubles(account.penalty_kopecks))
    for lot in account.lots:
        yield translated(texts.LOT, day=lot.received_on, amount=roubles(lot.amount_kopecks))
    if not (account.debts or account.costs_kopecks or account.penalty_kopecks or account.lots):
        yield translated(texts.NOTHING_OWED)


def _division(rows: Sequence[AllocationRow]) -> Iterator[str]:
    for row in rows:
        amount = roubles(row.amount_kopecks)
        yield translated(texts.TARGETS[row.target], amount=amount, period=row.period, service=row.service)


def _lines(receipt: Receipt) -> Iterator[str]:
    for line in receipt.lines:
        if line.method is not None:
            yield translated(texts.LINES[line.method], name=line.name, amount=roubles(line.sum_kopecks))


def _reasons(
    rules: MerchantRules, event: AnyEvent | None, rows: Sequence[AllocationRow], receipt: Receipt
) -> Iterator[str]:
    targets = {row.target for row in rows}
    designation = event.designation if isinstance(event, Payment | CounterOffset) else None
    if designation is not None:
        named = [getattr(designation, name, None) for name in ("period", "service", "purpose")]
        yield translated(texts.DESIGNATED, named=", ".join(name for name in named if name))
    if "costs" in targets:
        yield translated(texts.COSTS_FIRST)
    if "debt" in targets:
        yield translated(texts.ALLOCATION[rules.policies.allocation])
    if "penalty" in targets:
        yield translated(texts.PENALTY_LAST)
    if "suspense" in targets:
        yield translated(texts.UNKNOWN_PAYER)
    elif targets == {"advance"}:
        yield translated(texts.BEFORE_DELIVERY)
    elif "advance" in targets:
        yield translated(texts.REST_IS_ADVANCE)
    if receipt.tenders.prepaid and receipt.sign is SettlementSign.INCOME:
        yield translated(texts.LOTS_FIRST_IN)
    if receipt.sign is SettlementSign.INCOME_RETURN:
        yield translated(texts.SIGN_RETURN)


def _laws(computed: ComputedReceipt) -> Iterator[str]:
    receipt = computed.receipt
    yield translated(texts.LAWS["settlement"])
    if computed.consolidated is not None:
        yield translated(texts.LAWS["consolidated"])
    for line in receipt.lines:
        if line.method is not None:
            yield translated(texts.LAWS[int(line.method)])
        if line.agent is not None:
            yield translated(texts.LAWS["agent"])
    if receipt.tenders.prepaid and any(line.method is SettlementMethod.FULL_SETTLEMENT for line in receipt.lines):
        yield translated(texts.LAWS["offset"])
    if receipt.tenders.provision:
        yield translated(texts.LAWS["counter"])
    if receipt.sign is SettlementSign.INCOME_RETURN:
        yield translated(texts.LAWS["return"])
    if receipt.correction is not None or computed.event_key.startswith(KEY_PREFIX):
        yield translated(texts.LAWS["correction" if receipt.additional is None else "storno"])


def _due(receipt: ComputedReceipt, event: AnyEvent | None) -> str:
    if receipt.at_settlement:
        return translated(texts.DUE["at_settlement"])
    if receipt.deadline is None:
        return translated(texts.DUE["correction"])
    kind = "consolidated" if receipt.consolidated else "transfer" if isinstance(event, Payment) else "act"
    return translated(texts.DUE[kind], day=receipt.deadline)
