"""Accounts and events as objects through the kernel. For computations in memory; storage lays out its own tables."""

from collections.abc import Iterable, Sequence
from typing import Final

from accounting.receipts.books import MerchantRules
from accounting.receipts.bulk._rules import Rules, Texts
from accounting.receipts.bulk._run import Run
from accounting.receipts.bulk.decode import Decoder
from accounting.receipts.bulk.encode import (
    BookEncoder,
    Contacts,
    EventEncoder,
    Unencodable,
    days_of,
    periods_of,
)
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.bulk.layout import number_of_period
from accounting.receipts.bulk.rule_tables import CODES, RuleTables
from accounting.receipts.calendar import last_day
from accounting.receipts.events import PeriodClose
from accounting.receipts.ledger import AccountState

MAX_CELLS: Final = 2_000_000
"""The most numbers in a table by days or months: far dates are no work for tables that hold every day between."""


class TableRun:
    """One run over all the accounts: their events, and then a close.

    ``declined``: names of accounts that stand in no other part of the answer. Raises Unencodable when the tables have
    no place for the dates or for a service, OverflowError for an amount beyond 64 bits.
    """

    def __init__(
        self,
        rules: MerchantRules,
        accounts: Sequence[AccountState],
        events: Sequence[KernelEvent],
        closed_periods: Iterable[str],
        close: PeriodClose | None = None,
    ) -> None:
        plain = RuleTables(rules, periods=range(0), days=())
        contacts = Contacts(plain.fallback_contact)
        book = BookEncoder(plain.place, contacts)
        numbers = {account.id: book.add(account) for account in accounts}
        coded = EventEncoder(plain.place, contacts, rules.policies.settlement_date_source)
        for event in events:
            coded.add(event, numbers[str(event.account)])
        periods, days = periods_of(book.tables, coded.events), list(days_of(coded.events))
        period = -1
        if close is not None:
            period = number_of_period(close.period)
            periods = range(min(periods.start or period, period), max(periods.stop, period + 1))
            days.append(last_day(close.period).toordinal())
        _check_size(plain.services, periods, days)
        self.tables = RuleTables(
            rules, periods=periods, days=days, subscriptions=book.subscriptions, closed_periods=closed_periods
        )
        self.rules = Rules(self.tables)
        run = Run(self.rules, Texts(*contacts.packed()), book.tables, coded.events, coded.volumes)
        self.answer = run.compute(0, len(accounts), period, -1 if close is None else len(events))
        self.decoder = Decoder(self.tables, accounts, [*events, *([close] if close is not None else [])], self.answer)
        self.declined = {accounts[number].id for number in memoryview(self.answer.declined).tolist()}


def _check_size(services: int, periods: range, days: Sequence[int]) -> None:
    span = max(days) - min(days) + 1 if days else 0
    if max(len(periods) * services, span * (services + CODES)) > MAX_CELLS:
        raise Unencodable("its dates are too far apart")
