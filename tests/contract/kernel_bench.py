"""Books and events through the compiled bulk computation, and its answer in the words of the reference."""

import importlib.util
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk.encode import BookEncoder, Contacts, EventEncoder, KernelEvent, days_of, periods_of
from accounting.receipts.bulk.rule_tables import RuleTables

if TYPE_CHECKING:
    from accounting.receipts.bulk._work import Answer

KERNEL_IS_BUILT = importlib.util.find_spec("accounting.receipts.bulk._run") is not None


class KernelRun:
    """One run over all accounts of the books. The extension is imported here: a plain build has none."""

    def __init__(self, rules: MerchantRules, books: Books, events: Sequence[KernelEvent]) -> None:
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
        tables = RuleTables(
            rules,
            periods=periods_of(book.tables, encoder.events),
            days=days_of(encoder.events),
            subscriptions=book.subscriptions,
            closed_periods=books.closed_periods,
        )
        self._run = Run(Rules(tables), Texts(*contacts.packed()), book.tables, encoder.events, encoder.volumes)
        self.answer = self._run.compute(0, len(self._accounts))
        self.decoder = Decoder(tables, self._accounts, events, self.answer)
        self.declined = {self._accounts[number].id for number in memoryview(self.answer.declined).tolist()}

    def again(self, first: int, last: int) -> "Answer":
        """The same for some accounts only."""
        return self._run.compute(first, min(last, len(self._accounts)))

    def bodies(self) -> Iterator[tuple[str, bytes]]:
        """Account and packed body of each receipt, in the order in which they were made."""
        rows = memoryview(self.answer.receipts).tolist()
        memory = memoryview(self.answer.bodies)
        for at in range(0, len(rows), 9):
            yield self._accounts[rows[at]].id, bytes(memory[rows[at + 7] : rows[at + 8]])
