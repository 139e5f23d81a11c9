"""Numbers of contracts: the next one without a gap, own ones typed, gaps by hand with a reason."""

import re

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.browser.test_contracts import done, post
from tests.clients import Clients

TERMS = {"dated": "2026-01-12", "notice_days": "30"}


async def number_of(clients: Clients, card: str) -> str:
    async with clients.look() as db:
        query = "select number from office.contract where id = $1"
        return str(await db.fetchval(query, int(card.rpartition("/")[2])))


async def new(panel: Panel, clients: Clients, client: int, typed: str = "") -> tuple[str, str]:
    """The card of a draft and its number."""
    card = await done(panel, f"/clients/{client}/contracts", contract_number=typed)
    return card, await number_of(clients, card)


async def test_numbers_are_suggested_given_without_a_gap_and_may_be_typed(panel: Panel, clients: Clients) -> None:
    client = await clients.client("ООО «Кафе»")
    assert 'placeholder="№ 1/2026"' in (await panel.get(f"/clients/{client}")).text
    first, number = await new(panel, clients, client)
    assert number == "1/2026"
    assert (await new(panel, clients, client, "3/2026"))[1] == "3/2026"
    assert (await new(panel, clients, client, "Д-17"))[1] == "Д-17"
    twice = await post(panel, f"/clients/{client}/contracts", contract_number="Д-17")
    assert twice.status_code == 422
    assert "Номер Д-17 уже есть" in text_of(twice.text)
    assert 'value="Д-17"' in twice.text, "what was typed stays"
    second, number = await new(panel, clients, client)
    assert number == "2/2026"
    assert "пусто: 4/2026" in await words(panel, second)
    assert (await new(panel, clients, client))[1] == "4/2026", "the third is typed already"
    await done(panel, first, **TERMS, version="1", number="Старый-1")
    assert "уже есть" in text_of((await post(panel, first, **TERMS, version="2", number="2/2026")).text)
    assert (await new(panel, clients, client))[1] == "1/2026", "a draft gave it back"
    await done(panel, first, **TERMS, version="2", number="")
    assert await number_of(clients, first) == "5/2026"
    await done(panel, f"{second}/step", step="cancel", note="Передумали")
    late = await post(panel, second, **TERMS, version="1", number="9/2026")
    assert "только что изменили" in text_of(late.text), "a form of a draft that is none any more"
    assert (await new(panel, clients, client))[1] == "6/2026", "a cancelled contract keeps its number"


async def test_a_rule_of_the_office_begins_a_series_and_gaps_are_made_with_a_reason(
    panel: Panel, clients: Clients
) -> None:
    client = await clients.client("ООО «Кафе»")
    page = "/contracts/numbers"
    assert "Следующий договор: 1/2026" in await words(panel, page)
    wrong = await post(panel, page, contract="{m}-{n}", annex="{n}")
    assert wrong.status_code == 422
    assert "непонятно «{m}»" in text_of(wrong.text)
    assert 'value="{m}-{n}"' in wrong.text
    await done(panel, page, contract="Д-{yy}-{n:03}", annex="{contract}/{n}")
    assert (await new(panel, clients, client))[1] == "Д-26-001"
    assert "Напишите причину" in text_of((await post(panel, f"{page}/skip", first_count="11")).text)
    for passed in ("2", "0", "x", "9999999"):
        assert (await post(panel, f"{page}/skip", first_count=passed, reason="Так")).status_code == 422, passed
    await done(panel, f"{page}/skip", first_count="11", reason="До десятого — на бумаге")
    shown = await words(panel, page)
    assert "Следующий договор: Д-26-011" in shown
    assert "Д-26-…: по 10 включительно — До десятого — на бумаге" in shown
    card, number = await new(panel, clients, client)
    assert number == "Д-26-011"
    terms = TERMS | {"version": "1", "starts_on": "2026-01-01", "number": number}
    await done(panel, card, **terms)
    await done(panel, f"{card}/lines", own_service="Акт", period="month", due_rule="M+1:WD03", shift="none")
    await done(panel, f"{card}/step", step="agree")
    for side in ("office", "client"):
        await done(panel, f"{card}/step", step="sign", side=side, signed_on="2026-01-14", method="paper")
    annex = await done(panel, f"{card}/annexes", dated="2026-01-15")
    assert "Соглашение Д-26-011/1" in await words(panel, annex)


async def test_a_number_of_a_contract_out_of_sight_is_not_given_twice(
    database: str, clock: VirtualClock, clients: Clients
) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
        cafe, other = await clients.client("ООО «Кафе»", lead=anna), await clients.client("ИП Сидоров")
        async with new_browser(database, clock, admin_login=False) as director:
            await new(director.panel, clients, other)
            await new(director.panel, clients, cafe)
        await browser.sign_in("anna@example.ru")
        page = (await browser.get(f"/clients/{cafe}")).text
        assert "Договор 2/2026" in text_of(page)
        assert not re.search(r"№ 3/2026", page), "an accountant makes no contracts"
        assert (await browser.get("/contracts/numbers")).status_code == 403
