"""Books and events through the compiled bulk computation, and its answer in the words of the reference."""

import importlib.util
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk.close import close_by_reference, consolidated_receipts, with_declined
from accounting.receipts.bulk.encode import BookEncoder, Contacts, EventEncoder, days_of, periods_of
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.bulk.layout import number_of_period
from accounting.receipts.bulk.rule_tables import RuleTables
from accounting.receipts.calendar import last_day
from accounting.receipts.events import PeriodClose
from accounting.receipts.ledger import AccountState
from accounting.receipts.outcome import ComputedReceipt

if TYPE_CHECKING:
    from accounting.receipts.bulk._work import Answer
    from accounting.receipts.bulk.decode import Decoder

KERNEL_IS_BUILT = importlib.util.find_spec("accounting.receipts.bulk._run") is not None


class KernelRun:
    """One run over all accounts of the books. The extension is imported here: a plain build has none."""

    def __init__(
        self, rules: MerchantRules, books: Books, events: Sequence[KernelEvent], *, closing: str | None = None
    ) -> None:
        from accounting.receipts.bulk._rules import Rules, Texts
        from accounting.receipts.bulk._run import Run
        from accounting.receipts.bulk.decode import Decoder

        plain = RuleTables(rules, periods=range(0), days=())
        contacts = Contacts(plain.fallback_contact)
        book = BookEncoder(plain.place, contacts)
        self._accounts = list(books.accounts.values())
        numbers = {account.id: book.add(account) for account in self._accounts}
        encoder = EventEncoder(plain.place, contacts, rules.policies.settlement_date_source)
        for event in events:
            encoder.add(event, numbers[str(event.account)])
        periods, days = periods_of(book.tables, encoder.events), days_of(encoder.events)
        if closing is not None:
            number = number_of_period(closing)
            periods = range(min(periods.start or number, number), max(periods.stop, number + 1))
            days = [*days, last_day(closing).toordinal()]
        self.tables = tables = RuleTables(
            rules,
            periods=periods,
            days=days,
            subscriptions=book.subscriptions,
            closed_periods=books.closed_periods,
        )
        self._run = Run(Rules(tables), Texts(*contacts.packed()), book.tables, encoder.events, encoder.volumes)
        self.answer = self._run.compute(0, len(self._accounts))
        self.decoder = Decoder(tables, self._accounts, events, self.answer)
        self.declined = {self._accounts[number].id for number in memoryview(self.answer.declined).tolist()}

    def again(self, first: int, last: int, into: "Answer | None" = None) -> "Answer":
        """The same for some accounts only."""
        return self._run.compute(first, min(last, len(self._accounts)), into=into)

    def close(self, first: int, last: int, period: int) -> "Answer":
        """A close of some accounts; its event has the place 0."""
        return self._run.compute(first, last, period, 0)

    def decoder_of(self, answer: "Answer", events: Sequence[PeriodClose]) -> "Decoder":
        """An answer in the words of the reference."""
        from accounting.receipts.bulk.decode import Decoder

        return Decoder(self.tables, self._accounts, events, answer)

    def bodies(self) -> Iterator[tuple[str, bytes]]:
        """Account and packed body of each receipt, in the order in which they were made."""
        rows = memoryview(self.answer.receipts).tolist()
        memory = memoryview(self.answer.bodies)
        for at in range(0, len(rows), 10):
            yield self._accounts[rows[at]].id, bytes(memory[rows[at + 8] : rows[at + 9]])


Closed = tuple[dict[str, AccountState], list[ComputedReceipt], int]
"""New states, receipts in the order of the reference, and how many lines were consolidated."""


def close_by_kernel(rules: MerchantRules, books: Books, close: PeriodClose, *, chunk: int) -> "Closed":
    """A month close range by range, declined accounts by the reference, one consolidator a group."""
    from accounting.receipts.bulk._consolidate import Consolidator
    from accounting.receipts.bulk._rules import Rules

    run = KernelRun(rules, books, (), closing=close.period)
    accounts = list(books.accounts.values())
    states: dict[str, AccountState] = {}
    own: list[ComputedReceipt] = []
    kept: dict[int, bytes] = {}
    parts = array("q")
    order: list[int] = []
    for first in range(0, len(accounts), chunk):
        answer = run.close(first, min(first + chunk, len(accounts)), number_of_period(close.period))
        decoder = run.decoder_of(answer, [close])
        states |= decoder.states()
        own += [receipt for _, receipt in decoder.receipts()]
        numbers = memoryview(answer.declined).tolist()
        other = close_by_reference(rules, {n: accounts[n] for n in numbers}, close, run.tables.place)
        states |= {accounts[n].id: state for n, state in other.states.items()}
        own += other.receipts
        common = with_declined(memoryview(answer.common).tolist(), other.common)
        order += [run.tables.group[service] for service in common[1::5]]
        for group in range(len(run.tables.groups)):
            consolidator = Consolidator(Rules(run.tables), group, kept.get(group, b""))
            consolidator.feed(common)
            parts.extend(memoryview(consolidator.closed_parts()).tolist())
            kept[group] = consolidator.state()
    for state in kept.values():
        parts.frombytes(state)
    ordered = sorted(
        (parts[at : at + 6].tolist() for at in range(0, len(parts), 6)), key=lambda row: order.index(row[0])
    )
    receipts = consolidated_receipts(rules, run.tables.groups, close.key, [n for row in ordered for n in row])
    return states, [*sorted(own, key=lambda one: list(books.accounts).index(str(one.account))), *receipts], len(order)
