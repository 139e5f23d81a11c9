"""The standard mix of events over many accounts, as tables of the bulk computation; and some of it as objects.

70 % payments against one to three debts, 20 % with an overpayment, 5 % returned advances, 5 % recalculations; one event
an account, in a month of a management company with three services and two VAT treatments.
"""

import random
from array import array
from datetime import date

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk._rules import Rules, Texts
from accounting.receipts.bulk._run import Run
from accounting.receipts.bulk.encode import Contacts
from accounting.receipts.bulk.layout import BookTables, Kind, number_of_period, rows
from accounting.receipts.bulk.rule_tables import RuleTables
from accounting.receipts.catalogue import Service
from accounting.receipts.codes import VatCode
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import AdvanceRefund, Event, Payment, Recalculation
from accounting.receipts.ledger import AccountState, AdvanceLot, BillLine, Debt, LastBill

SEED = 54
RULES = MerchantRules(
    services=(
        Service(id="maintenance", vat_code=VatCode.VAT_22, name="Содержание жилого помещения"),
        Service(id="cold_water", vat_code=VatCode.NO_VAT, name="Холодное водоснабжение"),
        Service(id="heating", vat_code=VatCode.NO_VAT, name="Отопление"),
    )
)
PERIOD = "2026-10"
DUE = date(2026, 11, 15)
DAY = date(2026, 11, 20)
BILL = ((0, 150_000, VatCode.VAT_22), (1, 40_000, VatCode.NO_VAT), (2, 210_000, VatCode.NO_VAT))
NONE = -1


class Mix:
    """``accounts`` accounts with one event each; the same for the same number."""

    def __init__(self, accounts: int) -> None:
        self._random = random.Random(SEED)
        self._contacts = Contacts(None)
        self.books = BookTables(rows(), rows(), rows(), rows(), rows())
        self.events = rows()
        self.accounts = accounts
        self._lots: dict[int, int] = {}
        for number in range(accounts):
            self._add(number)
        tables = RuleTables(
            RULES,
            periods=range(number_of_period(PERIOD), number_of_period(PERIOD) + 1),
            days=[DAY.toordinal()],
        )
        self.run = Run(Rules(tables), Texts(*self._contacts.packed()), self.books, self.events, array("q"))

    def _add(self, number: int) -> None:
        choice, books, month = self._random.random(), self.books, number_of_period(PERIOD)
        owed = self._random.choice((1, 2, 3))
        books.accounts.extend((number, 0, 0, 0, NONE, NONE, NONE, month, self._contacts.place(f"+7900{number:07d}")))
        for service, amount, _ in BILL:
            books.bills.extend((number, service, amount))
        for service, amount, code in BILL[:owed]:
            books.debts.extend((number, service, month, DUE.toordinal(), amount, code, 1, NONE, NONE, 0))
        total = sum(amount for _, amount, _ in BILL[:owed])
        day = DAY.toordinal()
        if choice < 0.7:
            paid = self._random.choice((total, total, total - 1234, total // 2))
            self.events.extend(_row(number, Kind.PAYMENT, day, transfer=paid))
        elif choice < 0.9:
            self.events.extend(_row(number, Kind.PAYMENT, day, transfer=total + self._random.choice((100, 45_000))))
        elif choice < 0.95:
            books.lots.extend((number, day - 30, 60_000, VatCode.VAT_22_122, 3, NONE, 0))
            self.events.extend(_row(number, Kind.ADVANCE_REFUND, day, transfer=45_000))
        else:
            amount = self._random.choice((-1000, -2000, 3000))
            self.events.extend(_row(number, Kind.RECALCULATION, day, service=0, period=month, amount=amount))

    def objects(self, count: int) -> tuple[Books, list[Event]]:
        """The first accounts and events as the reference takes them."""
        accounts: dict[str, AccountState] = {}
        events: list[Event] = []
        debts = self.books.debts.tolist()
        lots = set(self.books.lots[0::7])
        bill = LastBill(
            period=PERIOD,
            lines=tuple(BillLine(service=RULES.services[s].id, amount_kopecks=a) for s, a, _ in BILL),
        )
        at = 0
        for number in range(count):
            owed: list[Debt] = []
            while at < len(debts) and debts[at] == number:
                owed.append(_debt(debts[at : at + 10]))
                at += 10
            lot = AdvanceLot(
                received_on=date.fromordinal(DAY.toordinal() - 30), amount_kopecks=60_000, vat_code=VatCode.VAT_22_122
            )
            name = f"A{number}"
            accounts[name] = AccountState(
                id=name,
                contact=f"+7900{number:07d}",
                debts=tuple(owed),
                lots=(lot,) if number in lots else (),
                last_bill=bill,
            )
            events.append(_event(name, self.events[number * 17 : number * 17 + 17].tolist()))
        return Books(accounts=accounts), events


def _row(
    number: int, kind: Kind, day: int, *, transfer: int = NONE, service: int = NONE, period: int = NONE, amount: int = 0
) -> tuple[int, ...]:
    return (number, kind, day, 0, 0, service, period, amount, NONE, NONE, NONE, NONE, NONE, transfer, NONE, NONE, 4)


def _debt(row: list[int]) -> Debt:
    return Debt(
        service=RULES.services[row[1]].id, period=PERIOD, due_on=DUE, amount_kopecks=row[4], vat_code=VatCode(row[5])
    )


def _event(account: str, row: list[int]) -> Event:
    key = f"e{account}"
    if row[1] == Kind.RECALCULATION:
        return Recalculation(
            key=key,
            account=account,
            recalculated_on=DAY,
            period=PERIOD,
            service=RULES.services[row[5]].id,
            amount_kopecks=row[7],
        )
    tenders = PaymentTenders(bank_transfer_kopecks=row[13])
    if row[1] == Kind.PAYMENT:
        return Payment(key=key, account=account, paid_on=DAY, tenders=tenders)
    return AdvanceRefund(key=key, account=account, sent_on=DAY, tenders=tenders)
