"""Seeded worlds for the bulk computation: merchants of every policy, accounts of every state, events that apply."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec import UNSET

from accounting.receipts.books import Books
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.event_parts import PaymentTenders, Volume
from accounting.receipts.events import AdvanceRefund, Charge, Designation, Payment, Recalculation
from accounting.receipts.ledger import AccountState, AdvanceLot, BillLine, Debt, LastBill, Plan, Settlement, add_debt
from accounting.receipts.money import MAX_KOPECKS
from accounting.receipts.vat import calculated_code, ordinary_code
from tests.contract.kernel_merchants import Chance, random_rules

PERIODS = ("2017-05", "2018-12", "2019-01", "2025-12", "2026-01", "2026-10")
DAYS = (date(2018, 12, 31), date(2019, 1, 9), date(2025, 12, 30), date(2026, 2, 20), date(2026, 11, 20))
AMOUNTS = (1, 2, 3, 7, 99, 333, 45_000, 100_000, 123_457)


class World:
    """One merchant with its books and events, made of a seed."""

    def __init__(self, seed: int, *, accounts: int = 6, events: int = 24) -> None:
        self._chance = Chance(Random(seed))
        self._random, self._pick, self._one = self._chance.random, self._chance.pick, self._chance.one
        self.rules = random_rules(self._chance)
        self._services = [service.id for service in self.rules.services]
        self.accounts = {f"A{n}": self._account(f"A{n}") for n in range(accounts)}
        self.closed = frozenset(period for period in PERIODS if self._one(6))
        self.events = [self._event(f"e{n}") for n in range(events)]

    @property
    def books(self) -> Books:
        return Books(accounts=self.accounts, closed_periods=self.closed)

    def _amount(self) -> int:
        if self._one(200):
            return MAX_KOPECKS
        return int(self._pick(AMOUNTS) + self._random.randrange(3))

    def _account(self, name: str) -> AccountState:
        debts: tuple[Debt, ...] = ()
        for _ in range(self._random.randrange(5)):
            debts = add_debt(debts, self._debt())
        off_balance = tuple(self._debt() for _ in range(self._pick((0, 0, 0, 1, 2))))
        lots = sorted((self._lot() for _ in range(self._pick((0, 0, 1, 2, 4)))), key=lambda lot: lot.received_on)
        services = tuple(self._random.sample(self._services, self._random.randrange(1, len(self._services) + 1)))
        return AccountState(
            id=name,
            contact=self._pick((None, "+79000000001", f"{name}@example.org")),
            payer_kind=self._pick(("individual", "individual", "individual", "legal")),
            member=self._one(3),
            services=self._pick((None, None, services)),
            plan=self._pick((None, Plan(service=self._pick(self._services), price_kopecks=self._pick((100, 45_000))))),
            debts=debts,
            off_balance=off_balance,
            lots=tuple(lots),
            settlements=tuple(self._settlement() for _ in range(self._random.randrange(4))),
            penalty_kopecks=self._pick((0, 0, 150)),
            costs_kopecks=self._pick((0, 0, 77)),
            last_bill=self._pick((None, self._bill())),
        )

    def _code(self, service: str, on: date) -> VatCode:
        return ordinary_code(next(one for one in self.rules.services if one.id == service).treatment(on), on)

    def _debt(self) -> Debt:
        service, period = self._pick(self._services), self._pick(PERIODS)
        on = date(int(period[:4]), int(period[5:]), 28)
        amount, delivered = self._amount(), not self._one(3)
        shown = self._one(4)
        return Debt(
            service=service,
            period=period,
            due_on=on + timedelta(days=self._pick((18, 18, 18, 48))),
            amount_kopecks=amount,
            vat_code=self._code(service, on),
            delivered=delivered,
            credited=delivered and self._one(3),
            volume_quantity_micro=2_000_000 if shown else None,
            volume_price_micro=min(amount, 10**9) * 500_000 if shown else None,
            volume_measure=11 if shown else 0,
        )

    def _lot(self) -> AdvanceLot:
        on, service = self._pick(DAYS), self._pick((None, None, *self._services))
        return AdvanceLot(
            received_on=on,
            amount_kopecks=self._amount(),
            vat_code=calculated_code(self._pick((VatCode.VAT_22, VatCode.NO_VAT, VatCode.VAT_10)), on),
            method=SettlementMethod.ADVANCE
            if service is None
            else self._pick((SettlementMethod.FULL_PREPAYMENT, SettlementMethod.PREPAYMENT)),
            service=service,
            exempt=self._pick((None, None, None, "legal_payer", "exempt_member")),
        )

    def _settlement(self) -> Settlement:
        lot = self._lot()
        service, period = self._pick(self._services), self._pick(PERIODS)
        form = self._pick(("cash", "noncash", "counter", "advance"))
        of_lot: Mapping[str, Any] = {}
        if form == "advance":
            of_lot = {
                "lot_received_on": lot.received_on,
                "lot_vat_code": lot.vat_code,
                "lot_method": lot.method,
                "lot_service": lot.service,
            }
        return Settlement(
            service=service,
            period=period,
            amount_kopecks=self._amount(),
            vat_code=self._code(service, date(int(period[:4]), int(period[5:]), 28)),
            form=form,
            settled_on=self._pick(DAYS),
            exempt=self._pick((None, None, "exempt_member")),
            event_key="before",
            **of_lot,
        )

    def _bill(self) -> LastBill:
        lines = tuple(
            BillLine(service=self._pick(self._services), amount_kopecks=self._amount())
            for _ in range(self._random.randrange(1, 5))
        )
        return LastBill(period=self._pick(PERIODS), lines=lines)

    def _event(self, key: str) -> KernelEvent:
        name = self._pick(self.accounts)
        kind = self._random.choices(("payment", "charge", "recalculation", "refund"), (50, 15, 20, 15))[0]
        account = self.accounts[name]
        if kind == "payment":
            return self._payment(key, account)
        if kind == "charge":
            return self._charge(key, account)
        if kind == "recalculation":
            return self._recalculation(key, account)
        held = sum(lot.amount_kopecks for lot in account.lots)
        return AdvanceRefund(
            key=key,
            account=name,
            sent_on=self._pick(DAYS),
            tenders=self._tenders(max(held // self._random.randrange(1, 4), 1)),
        )

    def _tenders(self, amount: int) -> PaymentTenders:
        way = self._pick(("cash", "card_present", "card_online", "bank_transfer", "bank_transfer"))
        if amount > 1 and self._one(4):
            return PaymentTenders(cash_kopecks=amount // 2, bank_transfer_kopecks=amount - amount // 2)
        return PaymentTenders(**{f"{way}_kopecks": amount})

    def _payment(self, key: str, account: AccountState) -> Payment:
        owed = sum(debt.amount_kopecks for debt in account.debts) + account.penalty_kopecks + account.costs_kopecks
        amount = self._pick((self._amount(), owed, owed // 2, owed + 45_000)) or 1
        designation = None
        if self._one(3):
            period, service = self._pick((None, *PERIODS)), self._pick((None, *self._services))
            designation = Designation(period=period, service=service) if period or service else None
        elif self._one(6):
            designation = Designation(purpose=self._pick(("penalty", "costs", "advance")))
        return Payment(
            key=key,
            account=account.id,
            paid_on=self._pick(DAYS),
            tenders=self._tenders(min(amount, MAX_KOPECKS)),
            time=self._pick((UNSET, "10:00:01", "09:59:59")),
            contact=self._pick((UNSET, UNSET, None, "none", "payer@example.org")),
            payer_kind=self._pick((UNSET, UNSET, "legal", "individual")),
            designation=designation,
            agent_fiscalises=self._one(8),
            unblocks=self._one(3),
        )

    def _charge(self, key: str, account: AccountState) -> Charge:
        return Charge(
            key=key,
            account=account.id,
            period=self._pick(PERIODS),
            service=self._pick(self._services),
            amount_kopecks=self._amount(),
            charged_on=self._pick((UNSET, *DAYS)),
            due_on=self._pick((UNSET, date(2026, 12, 1))),
            volume=self._pick(
                (UNSET, UNSET, Volume(quantity="3", price="33.333333"), Volume(quantity="1.5", price="30", measure=11))
            ),
        )

    def _recalculation(self, key: str, account: AccountState) -> Recalculation:
        rows = [*account.debts, *account.settlements]
        sign = self._pick((-1, -1, 1))
        if not rows:
            service, period, amount = self._pick(self._services), self._pick(PERIODS), self._amount()
        else:
            row = self._pick(rows)
            service, period = row.service, row.period
            amount = max(row.amount_kopecks // self._random.randrange(1, 4), 1)
        return Recalculation(
            key=key,
            account=account.id,
            recalculated_on=self._pick(DAYS),
            period=period,
            service=service,
            amount_kopecks=sign * amount,
            due_on=self._pick((UNSET, UNSET, date(2026, 12, 2))),
        )
