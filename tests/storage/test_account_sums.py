"""Accounts in the order of their debts and advances: every account once, whichever way the pages are turned."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.storage import account_lists, account_sums
from fiscal_server.storage.account_lists import AccountFilter, ListedAccount
from fiscal_server.storage.account_sums import By, SumPlace, list_accounts_by_sum
from fiscal_server.storage.overview import seen_by
from fiscal_server.storage.pool import Database, connect
from tests.storage.kept_totals import count_totals, wrong_totals
from tests.storage.scene import Shop, charge, open_shop, payment

TODAY = date(2026, 10, 20)
ACCOUNTS = 40


@pytest.fixture
async def shops(database: str) -> AsyncIterator[list[Shop]]:
    """Two merchants; of each three accounts one owes, one has paid beforehand, one neither. Some sums are equal."""
    async with open_shop(database) as first, open_shop(database, name="вторая") as second:
        for number, shop in enumerate((first, second)):
            chance = random.Random(number)
            names = [f"{chance.choice('AB')}{n:02}" for n in range(ACCOUNTS)]
            events = []
            for n, name in enumerate(names):
                kopecks = 100 * chance.randint(1, 9)
                if n % 3 == 0:
                    events.append(charge(f"c{n}", name, kopecks=kopecks))
                elif n % 3 == 1:
                    events.append(payment(f"p{n}", name, kopecks=kopecks))
            await shop.post(events, names)
        yield [first, second]


@pytest.fixture
async def panel(database: str, clock: VirtualClock) -> AsyncIterator[Database]:
    opened = await connect(database, clock, role="fiscal_panel")
    yield opened
    await opened.close()


def place_of(one: ListedAccount, by: By) -> SumPlace:
    return SumPlace(_sum(one, by), one.merchant_id, one.id, one.code)


def _sum(one: ListedAccount, by: By) -> int:
    return one.debts_kopecks if by == "debt" else one.advances_kopecks


async def pages(
    panel: Database, merchants: list[int], by: By, wanted: AccountFilter, *, backwards: bool
) -> list[ListedAccount]:
    """The whole list, seven rows a page; each page is also read from the one behind it."""
    found: list[ListedAccount] = []
    behind: SumPlace | None = None
    async with seen_by(panel, merchants) as db:
        while True:
            page = await list_accounts_by_sum(
                db, merchants, wanted, by, TODAY, behind=behind, limit=7, backwards=backwards
            )
            found += page.rows
            if len(page.rows) == 7 and len(found) > 7:
                back = await list_accounts_by_sum(
                    db, merchants, wanted, by, TODAY, behind=place_of(page.rows[-1], by), limit=6,
                    backwards=not backwards,
                )  # fmt: skip
                assert back.rows == page.rows[-2::-1]
            if page.following is None:
                return found
            assert page.rows
            behind = page.following


@pytest.mark.parametrize("by", ["debt", "advance"])
@pytest.mark.parametrize("few", [0, 20], ids=["many", "few"])
async def test_every_account_stands_once_in_the_order_of_its_sum(
    panel: Database, shops: list[Shop], by: By, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_lists, "FEW_MERCHANTS", few)
    merchants = [shop.merchant.id for shop in shops]
    found = await pages(panel, merchants, by, AccountFilter(), backwards=False)
    assert len({(one.merchant_id, one.id) for one in found}) == len(found) == 2 * ACCOUNTS
    assert [_sum(one, by) for one in found] == sorted((_sum(one, by) for one in found), reverse=True)
    rest = [one.code for one in found if not _sum(one, by)]
    assert rest == sorted(rest)
    assert 2 * ACCOUNTS > len(rest) > ACCOUNTS
    assert await pages(panel, merchants, by, AccountFilter(), backwards=True) == found[::-1]


CONDITIONS: dict[str, tuple[AccountFilter, Callable[[ListedAccount], bool]]] = {
    "code": (AccountFilter(code="A"), lambda one: one.code.startswith("A")),
    "debt": (AccountFilter(money="debt"), lambda one: one.debts_kopecks > 0),
    "advance": (AccountFilter(money="advance"), lambda one: one.advances_kopecks > 0),
    "nobody": (AccountFilter(payer_kind="legal"), lambda one: False),
}


@pytest.mark.parametrize("by", ["debt", "advance"])
@pytest.mark.parametrize("condition", CONDITIONS)
async def test_conditions_leave_the_order_as_it_is(panel: Database, shops: list[Shop], by: By, condition: str) -> None:
    wanted, fits = CONDITIONS[condition]
    merchants = [shop.merchant.id for shop in shops]
    for backwards in (False, True):
        whole = await pages(panel, merchants, by, AccountFilter(), backwards=backwards)
        assert await pages(panel, merchants, by, wanted, backwards=backwards) == [one for one in whole if fits(one)]


async def test_a_beginning_that_fits_too_many_says_that_not_all_are_there(
    panel: Database, shops: list[Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_sums, "NARROW_MAX", 5)
    merchant = shops[0].merchant.id
    async with seen_by(panel, [merchant]) as db:
        wanted = AccountFilter(code="A")
        page = await list_accounts_by_sum(db, [merchant], wanted, "debt", TODAY, behind=None, limit=50)
    assert (len(page.rows), page.is_cut) == (5, True)


async def test_accounts_of_others_are_in_no_list(panel: Database, shops: list[Shop]) -> None:
    own, other = (shop.merchant.id for shop in shops)
    async with seen_by(panel, [own]) as db:
        page = await list_accounts_by_sum(
            db, [own, other], AccountFilter(money="debt"), "debt", TODAY, behind=None, limit=50
        )
    assert {one.merchant_id for one in page.rows} == {own}


async def test_a_total_follows_every_payment_refund_and_reversal(shops: list[Shop]) -> None:
    shop = shops[0]
    (name, owed) = next(iter(await shop.rows(
        "select a.code, d.account_total_kopecks from fiscal.debt d join fiscal.account a on a.id = d.account_id"
        " where d.merchant_id = $1 and d.account_total_kopecks is not null", shop.merchant.id)))  # fmt: skip
    steps = (
        [charge("more", name, service="tv", kopecks=1_000)],
        [payment("part", name, kopecks=owed)],
        [payment("over", name, kopecks=5_000)],
        [{"type": "payment_reversal", "key": "r", "date": "2026-10-06", "payment": "over"}],
    )
    for events in steps:
        answer = await shop.post(events)
        assert answer["events"][0]["status"] == "accepted"
        async with shop.db.read() as db:
            assert await wrong_totals(db) == []
            assert await count_totals(db) > 0
