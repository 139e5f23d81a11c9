"""Nothing is sent or signed with a text that says something else than the contract; without templates nobody asks."""

import asyncio

import httpx
import pytest
from litestar.datastructures import FormMultiDict

from admin.office.contract_orders import take_step
from admin.office.contract_texts.reading import sample_text
from admin.office.forms import FormRefused
from admin.office.intake import Who
from admin.permissions import Role
from admin.storage.office import contracts
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.browser.test_contract_texts import LINE, OWN, PARTY, TEMPLATES, TERMS, _version, a_contract, add_template
from tests.browser.test_contracts import done, post
from tests.clients import Clients
from tests.waiting import wait_until_async

SIGNED = {"step": "sign", "side": "office", "signed_on": "2026-01-14", "method": "paper"}
OLD = "Текст договора устарел: потом изменились условия, услуги или реквизиты."


class Desk:
    """A contract that is agreed on, with its text."""

    def __init__(self, panel: Panel, client: int, card: str, template: str) -> None:
        self.panel, self.client, self.card, self.template = panel, client, card, template

    async def step(self, step: str, **fields: object) -> httpx.Response:
        return await post(self.panel, f"{self.card}/step", **{"step": step, **fields})

    async def make(self) -> None:
        await done(self.panel, f"{self.card}/text", template=self.template.rpartition("/")[2])

    async def draft(self, path: str, **fields: object) -> None:
        """Something about the draft changes, and it is agreed on again."""
        assert (await self.step("back")).status_code == 303
        if not path:
            fields["version"] = await _version(self.panel, self.card)
        await done(self.panel, self.card + path, **fields)
        assert (await self.step("agree")).status_code == 303

    async def party(self, signer: str) -> None:
        details = f"/clients/{self.client}/contract-details"
        version = await _version(self.panel, details)
        await done(self.panel, details, **{**PARTY, "version": version, "signer": signer})


@pytest.fixture
async def desk(panel: Panel, clients: Clients) -> Desk:
    await done(panel, f"{TEMPLATES}/own", **OWN)
    template = await add_template(panel)
    client = await clients.client("ООО «Кафе»")
    one = Desk(panel, client, await a_contract(panel, client), template)
    assert (await one.step("agree")).status_code == 303
    await one.make()
    return one


async def change(desk: Desk, what: str) -> None:
    match what:
        case "fee":
            await desk.draft("", **{**TERMS, "fee": "20000"})
        case "dates":
            await desk.draft("", **{**TERMS, "starts_on": "2026-03-01"})
        case "lines":
            await desk.draft("/lines", **{**LINE, "own_service": "Сверка с налоговой"})
        case "client":
            await desk.party("Б. Б. Петров")
        case "office":
            await done(desk.panel, f"{TEMPLATES}/own", **{**OWN, "version": "1", "bank": "р/с 40702810000000000002"})
        case "emptied":
            await desk.party("")


@pytest.mark.parametrize("what", ["fee", "dates", "lines", "client", "office", "emptied"])
async def test_a_contract_is_not_sent_with_a_text_that_is_out_of_date(desk: Desk, what: str) -> None:
    await change(desk, what)
    assert "Текст договора устарел: составьте его заново" in await words(desk.panel, desk.card)
    for fields in ({"step": "send"}, SIGNED):
        refused = await desk.step(**fields)
        assert (refused.status_code, f"{OLD} Составьте его заново." in text_of(refused.text)) == (422, True), fields
        assert f'href="{desk.card}/text">Открыть текст</a></p>' in refused.text
    if what == "emptied":
        await desk.party("А. П. Иванова")  # it says again what the text says
    else:
        await desk.make()
    assert "устарел" not in await words(desk.panel, desk.card)
    assert (await desk.step("send")).status_code == 303
    assert (await desk.step(**SIGNED)).status_code == 303


@pytest.mark.parametrize("fields", [{"step": "send"}, SIGNED], ids=["send", "sign"])
async def test_who_sends_while_another_changes_the_fee_waits_and_sends_what_there_is_then(
    desk: Desk, clients: Clients, fields: dict[str, str]
) -> None:
    number = int(desk.card.rpartition("/")[2])
    who = Who(person_id=None, person="Анна", today=clients.today, now=clients.clock.now())

    async def step() -> None:
        async with clients.change() as db:
            await take_step(db, clients.db.ids.take, number, FormMultiDict(list(fields.items())), who)

    async with clients.change() as db:
        assert await contracts.lock_contract(db, number) is not None
        stepping = asyncio.create_task(step())

        async def waits() -> bool:
            assert not stepping.done()
            return bool(await db.fetchval("select exists (select from pg_locks where not granted)"))

        await wait_until_async(waits)
        await db.execute("update office.contract set fee_kopecks = fee_kopecks + 100 where id = $1", number)
    with pytest.raises(FormRefused, match="устарел"):
        await stepping
    async with clients.look() as db:
        assert await db.fetchval("select status from office.contract") == "agreed"
        assert await db.fetchval("select count(*) from office.contract_signature") == 0


async def test_what_was_sent_is_not_signed_when_a_side_has_changed_since_and_signed_by_one_it_stands(
    desk: Desk,
) -> None:
    assert (await desk.step("send")).status_code == 303
    await desk.party("Б. Б. Петров")
    refused = await desk.step(**SIGNED)
    assert refused.status_code == 422
    assert f"{OLD} Верните договор в черновик и составьте текст заново." in text_of(refused.text)
    for step in ("back", "agree"):
        assert (await desk.step(step)).status_code == 303
    await desk.make()
    assert (await desk.step("send")).status_code == 303
    assert (await desk.step(**SIGNED)).status_code == 303
    await desk.party("В. В. Сидорова")
    assert "устарел" not in await words(desk.panel, desk.card)
    assert (await desk.step(**{**SIGNED, "side": "client"})).status_code == 303
    assert "подписан" in await words(desk.panel, desk.card)


async def test_a_contract_is_not_signed_without_its_text_either(panel: Panel, clients: Clients) -> None:
    card = await a_contract(panel, await clients.client("ООО «Кафе»"))
    await done(panel, f"{card}/step", step="agree")
    template = await add_template(panel)
    refused = await post(panel, f"{card}/step", **SIGNED)
    assert (refused.status_code, "Не хватает: текст договора." in text_of(refused.text)) == (422, True)
    await done(panel, f"{template}/archive", archived="1")
    await done(panel, f"{card}/step", **SIGNED)  # the office makes its texts elsewhere


async def test_what_went_out_before_there_was_a_template_is_signed_as_it_went(panel: Panel, clients: Clients) -> None:
    card = await a_contract(panel, await clients.client("ООО «Кафе»"))
    for step in ("agree", "send"):
        await done(panel, f"{card}/step", step=step)
    await add_template(panel)
    await done(panel, f"{card}/step", **SIGNED)


async def test_another_wording_of_the_template_changes_no_contract_and_an_archive_asks_nothing(desk: Desk) -> None:
    await done(desk.panel, desk.template, version="1", name="Обслуживание", text=sample_text() + "\n\nПриложений нет.")
    assert "устарел" not in await words(desk.panel, desk.card)
    assert (await desk.step("send")).status_code == 303
    for step in ("back", "agree"):
        assert (await desk.step(step)).status_code == 303
    await desk.party("Б. Б. Петров")
    await done(desk.panel, f"{desk.template}/archive", archived="1")
    assert (await desk.step("send")).status_code == 303


async def test_who_sees_no_fee_is_not_told_that_the_text_is_old(desk: Desk, database: str, clock: VirtualClock) -> None:
    async with open_office(database, clock) as office:
        anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
    people = f"/clients/{desk.client}/people"
    await done(desk.panel, people, role="lead", person=anna, since="2026-01-01")
    async with new_browser(database, clock) as browser:
        await browser.sign_in("anna@example.ru")
        answer = await browser.get(desk.card)
        assert (answer.status_code, "устарел" in answer.text) == (200, False)
