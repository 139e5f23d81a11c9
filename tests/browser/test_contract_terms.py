"""Ends and fees of contracts where people see them: the register, the card, the month, the renewal."""

from datetime import date

from accounting.office.contract_offer import OfferedLine
from tests.browser.client import Panel, words
from tests.browser.test_annexes import sign
from tests.browser.test_contract_month import row_of
from tests.browser.test_contracts import done
from tests.clients import Clients
from tests.storage.test_office_contracts import contract

ALL = OfferedLine(service="books", due_rule="", obligations=("*",), price_kopecks=1_980_000)


async def agreed(clients: Clients, **terms: object) -> int:
    """A contract since 2025 with these columns, of a client of its own."""
    number = await contract(clients, await clients.client("ООО «Кафе»", None), lines=(ALL,))
    async with clients.change() as db:
        for column, value in terms.items():
            await db.execute(f"update office.contract set {column} = $2 where id = $1", number, value)
    return number


async def annexed(panel: Panel, number: int, day: str, fee: str) -> str:
    """Another fee from a day on, signed by both: the card of its annex."""
    annex = await done(panel, f"/contracts/{number}/annexes", dated="2026-01-10", subject="Плата")
    await done(panel, f"{annex}/changes", kind="fee", on_day=day, price=fee)
    for side in ("office", "client"):
        await sign(panel, annex, side)
    return annex


async def month(panel: Panel, key: str) -> str:
    return await row_of(panel, "ООО «Кафе»", f"/contracts/month?month={key}")


async def card(panel: Panel, number: int) -> str:
    return (await words(panel, f"/contracts/{number}")).replace("\u00a0", " ")


async def test_of_a_month_with_two_fees_the_last_one_counts_and_the_other_stands_under_it(
    panel: Panel, clients: Clients
) -> None:
    number = await agreed(clients)
    await annexed(panel, number, "2026-02-11", "25000")
    assert (await month(panel, "2026-01")).endswith("19 800,00 ₽ 19 800,00 ₽")
    assert (await month(panel, "2026-02")).endswith("25 000,00 ₽ по 10.02.2026: 19 800,00 ₽ 25 000,00 ₽")
    assert (await month(panel, "2026-03")).endswith("25 000,00 ₽ 25 000,00 ₽")
    assert "по дням она не делится" in await words(panel, "/contracts/month?month=2026-02")


async def test_an_annex_of_a_day_after_the_last_one_is_no_fee_of_the_month(panel: Panel, clients: Clients) -> None:
    number = await agreed(clients, ends_on=date(2026, 2, 10))
    await annexed(panel, number, "2026-02-01", "21000")
    annex = await annexed(panel, number, "2026-02-11", "25000")
    assert "Договор заканчивается 10.02.2026, до первого дня этой платы" in await words(panel, annex)
    assert (await month(panel, "2026-02")).endswith("21 000,00 ₽ 21 000,00 ₽")
    await clients.clock.advance(86_400 * 60)
    assert "21 000,00" in await card(panel, number)
    assert "21 000,00 ₽" in (await words(panel, "/contracts")).replace("\u00a0", " ")


async def test_introductory_months_are_the_fee_of_their_days_on_card_register_and_month(
    panel: Panel, clients: Clients
) -> None:
    stages = {"stages": [[1, 3, 1_782_000], [4, None, 1_980_000]]}
    number = await agreed(clients, starts_on=date(2025, 11, 15), terms=stages)
    page = await card(panel, number)
    assert "19 800,00 ₽ сегодня 17 820,00 ₽ с 15.11.2025 по 14.02.2026: 17 820,00 ₽" in page
    assert "17 820,00 ₽" in (await words(panel, "/contracts")).replace("\u00a0", " ")
    assert (await month(panel, "2025-11")).endswith("17 820,00 ₽ 17 820,00 ₽")
    assert (await month(panel, "2026-02")).endswith("19 800,00 ₽ по 14.02.2026: 17 820,00 ₽ 19 800,00 ₽")
    await annexed(panel, number, "2026-01-01", "15000")
    page = await card(panel, number)
    assert "с 15.11.2025 по 31.12.2025: 17 820,00 ₽" in page
    assert "сегодня 15 000,00 ₽" in page
    assert (await month(panel, "2026-02")).endswith("15 000,00 ₽ 15 000,00 ₽")


async def test_a_contract_that_renewed_by_itself_shows_its_running_term_until_a_notice_names_its_last_day(
    panel: Panel, clients: Clients
) -> None:
    number = await agreed(clients, ends_on=date(2025, 6, 30), renews_by_months=12)
    page = await card(panel, number)
    assert "по 30.06.2025 продлевается сам, месяцев: 12 сейчас по 30.06.2026" in page
    assert "на следующий срок, с 01.07.2026" in page
    assert "Если уведомить сегодня, последний день договора — 14.02.2026" in page
    assert "30.06.2026 продлевается" in await words(panel, "/contracts")
    notice = {"step": "give_notice", "notice_on": "2026-01-15", "note": "Уходит"}
    await done(panel, f"/contracts/{number}/step", **notice)
    page = await card(panel, number)
    assert "Последний день 14.02.2026 уведомление 15.01.2026" in page
    assert "продлевается сам" not in page
    assert "До конца договора дней: 30" in page
    for address in ("/contracts", "/contracts?mark=ends"):
        assert "14.02.2026" in await words(panel, address), address
    assert "ООО «Кафе»" in await words(panel, "/contracts/month?month=2026-02")
    assert "ни один договор" in await words(panel, "/contracts/month?month=2026-03")
    await clients.clock.advance(86_400 * 31)
    await done(panel, f"/contracts/{number}/step", step="close")
    assert "ООО «Кафе»" in await words(panel, "/contracts/month?month=2026-02")
    assert "14.02.2026" in await words(panel, "/contracts")


async def test_a_contract_that_is_over_is_closed_without_waiting_for_a_notice_that_makes_it_no_longer(
    panel: Panel, clients: Clients
) -> None:
    number = await agreed(clients, ends_on=date(2026, 1, 10))
    await done(panel, f"/contracts/{number}/step", step="give_notice", notice_on="2026-01-12", note="Уходит")
    page = await card(panel, number)
    assert "Последний день 10.01.2026" in page
    assert "Срок договора прошёл" in page
    await done(panel, f"/contracts/{number}/step", step="close")
    assert "10.01.2026" in await words(panel, "/contracts")
