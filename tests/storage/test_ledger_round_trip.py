"""Money in = money out: what the computation answers is what the database gives back, row by row."""

import random
from datetime import date
from typing import Any

import pytest

from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.ledger import AccountState, AdvanceLot, BillLine, Debt, LastBill, Plan
from fiscal_server.storage import ledger
from fiscal_server.storage.ledger import AccountDeclaration, PlanDeclaration
from tests.storage.scene import RULES, Json, Shop, open_shop

SERVICES = ("internet", "tv", "heating")
MANY_RULES = {
    **RULES,
    "services": [*RULES["services"], {"id": "heating", "name": "Отопление", "vat_code": 6}],
    "policies": {"unknown_payer": "hold_until_deadline"},
}


def whole_state(code: str) -> AccountState:
    """Every field set to something that is not its default."""
    debt = Debt(
        service="internet", period="2026-09", due_on=date(2026, 10, 15), amount_kopecks=10**15, vat_code=VatCode.VAT_22
    )
    return AccountState(
        id=code,
        contact="+79000000001",
        payer_kind="legal",
        member=True,
        services=("internet", "tv"),
        plan=Plan(service="tv", price_kopecks=10**15),
        debts=(
            debt,
            Debt(
                service="heating", period="2026-10", due_on=date(2026, 11, 15), amount_kopecks=1,
                vat_code=VatCode.NO_VAT, delivered=False, credited=True, volume_quantity_micro=2_500_000,
                volume_price_micro=10**15, volume_measure=41,
            ),
        ),
        off_balance=(debt,),
        lots=(
            AdvanceLot(
                received_on=date(2026, 9, 1), amount_kopecks=7, vat_code=VatCode.VAT_22_122,
                method=SettlementMethod.PREPAYMENT, service="tv", exempt="exempt_member",
            ),
            AdvanceLot(received_on=date(2026, 9, 2), amount_kopecks=8, vat_code=VatCode.VAT_22_122),
        ),
        penalty_kopecks=10**15,
        costs_kopecks=3,
        last_bill=LastBill(period="2026-10", lines=(BillLine(service="tv", amount_kopecks=10**15),)),
    )  # fmt: skip


async def load(shop: Shop) -> dict[str, AccountState]:
    async with shop.db.read() as db:
        return {one.state.id: one.state for one in await ledger.read_accounts(db, shop.merchant.id, None)}


async def test_every_field_of_an_account_comes_back_as_it_was_stored(database: str) -> None:
    state = whole_state("A1")
    plan = PlanDeclaration(service="tv", price_kopecks=10**15)
    declared = AccountDeclaration(
        id="A1", contact="+79000000001", payer_kind="legal", member=True, services=("internet", "tv"), plan=plan
    )
    async with open_shop(database) as shop:
        account_id = shop.db.ids.next()
        async with shop.db.write() as db:
            await ledger.declare_accounts(db, shop.merchant.id, {account_id: declared}, [])
            await ledger.store_accounts(db, shop.merchant.id, {account_id: state})
        assert await load(shop) == {"A1": state}
        emptied = AccountState(
            id="A1",
            contact="+79000000001",
            payer_kind="legal",
            member=True,
            services=("internet", "tv"),
            plan=state.plan,
        )
        async with shop.db.write() as db:
            await ledger.store_accounts(db, shop.merchant.id, {account_id: emptied})
        assert await load(shop) == {"A1": emptied}


async def test_no_services_and_all_services_are_told_apart(database: str) -> None:
    async with open_shop(database) as shop:
        await shop.post([], [{"id": "none", "services": []}, {"id": "all"}])
        states = await load(shop)
    assert (states["none"].services, states["all"].services) == ((), None)


class Billing:
    """Random events of a billing system; some are refused, and that is meant."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.accounts = [f"A{n}" for n in range(12)]
        self.made = 0

    def _day(self) -> str:
        return f"2026-{self.random.choice((8, 9, 10)):02}-{self.random.randint(1, 28):02}"

    def _event(self, kind: str, **fields: Any) -> Json:
        self.made += 1
        return {"type": kind, "key": f"e{self.made}", **fields}

    def declarations(self) -> list[Json]:
        plans = [None, {"service": "tv", "price_kopecks": 30_000}]
        return [
            {
                "id": code,
                "contact": self.random.choice([None, "+79000000001"]),
                "payer_kind": self.random.choice(["individual", "individual", "legal"]),
                "services": self.random.choice([None, ["internet", "heating"], list(SERVICES)]),
                "plan": self.random.choice(plans),
            }
            for code in self.accounts
        ]

    def _tenders(self) -> Json:
        ways = self.random.sample(["cash", "card_present", "card_online", "bank_transfer"], self.random.randint(1, 2))
        return {way: self.random.choice([1, 99, 5_000, 45_000, 123_457, 10**9]) for way in ways}

    def event(self) -> Json:
        kind = self.random.choices(["payment", "charge", "advance_refund", "period_close"], [6, 5, 2, 0.5])[0]
        account = self.random.choice(self.accounts)
        match kind:
            case "payment":
                payer = self.random.choice([account, account, account, None, "nobody"])
                return self._event(kind, account=payer, date=self._day(), tenders=self._tenders())
            case "charge":
                volume = {"volume": {"quantity": "2.5", "price": "1234.567", "measure": 41}}
                return self._event(
                    kind, account=account, period=f"2026-{self.random.choice((8, 9, 10)):02}",
                    service=self.random.choice(SERVICES), amount=self.random.choice([1, 333, 45_000, 99_999]),
                    **self.random.choice([{}, volume, {"due_date": "2026-10-25"}]),
                )  # fmt: skip
            case "advance_refund":
                return self._event(kind, account=account, date=self._day(), tenders=self._tenders())
        return self._event(kind, period=f"2026-{self.random.choice((8, 9, 10)):02}")

    def events(self) -> list[Json]:
        return [self.event() for _ in range(self.random.randint(1, 30))]


@pytest.mark.parametrize("seed", range(4))
async def test_after_random_batches_the_ledgers_are_those_that_were_computed(
    database: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The computation's answers are overheard on their way into storage; nothing is replaced."""
    computed: dict[str, AccountState] = {}
    store = ledger.store_accounts

    async def overhear(db: Any, merchant_id: int, changed: Any) -> None:
        computed.update({state.id: state for state in changed.values()})
        await store(db, merchant_id, changed)

    monkeypatch.setattr(ledger, "store_accounts", overhear)
    billing = Billing(seed)
    async with open_shop(database, MANY_RULES) as shop:
        await shop.post([], billing.declarations())
        received = 0
        for _ in range(10):
            answer = await shop.post(events := billing.events(), on_error="skip")
            taken = {row["key"] for row in answer["events"] if row["status"] == "accepted"}
            moved = {"payment": 1, "advance_refund": -1}
            received += sum(
                moved.get(event["type"], 0) * sum(event.get("tenders", {}).values())
                for event in events if event["key"] in taken
            )  # fmt: skip
        states = await load(shop)
        assert computed, f"seed {seed}"
        for code, state in computed.items():
            # Settlements are stored apart and not loaded for a computation: those of earlier batches are not in it.
            stored = states[code].settlements
            assert stored[len(stored) - len(state.settlements) :] == state.settlements, f"seed {seed}, {code}"
            told = {name: getattr(state, name) for name in AccountState.__struct_fields__ if name != "settlements"}
            assert told == {name: getattr(states[code], name) for name in told}, f"seed {seed}, {code}"
        assert await _held_by_the_books(shop, states) == received, f"seed {seed}"


async def _held_by_the_books(shop: Shop, states: dict[str, AccountState]) -> int:
    """All money that came in and did not go back: advances, what settled services, and what nobody has claimed."""
    (book,) = await shop.rows("select suspense, held, pending_refunds from fiscal.merchant_book")
    unclaimed = sum(lot["amount_kopecks"] for lot in book["suspense"])
    unclaimed += sum(sum(one["payment"]["tenders"].values()) for one in book["held"])
    lots = sum(lot.amount_kopecks for state in states.values() for lot in state.lots)
    settled = sum(row.amount_kopecks for state in states.values() for row in state.settlements)
    return unclaimed + lots + settled
