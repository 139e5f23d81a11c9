"""Services, tariffs, prices and contracts in the panel: a tariff without programming, a contract that makes work."""

import re

import httpx
import pytest

from accounting.office.tariff_starter import STARTER
from admin.permissions import Role
from admin.storage.office import catalogue
from admin.storage.office.catalogue import NewTariff
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.browser.test_leads import CAFE, QUALIFIED
from tests.clients import SINCE, Clients

ANSWERS = {"a_employees": "4", "a_documents": "120", "a_bank_accounts": "2", "a_marketplace": "1"}
"""The cafe of the worked example."""


async def post(panel: httpx.AsyncClient, path: str, **fields: object) -> httpx.Response:
    return await panel.post(path, data=fields, follow_redirects=False)


async def done(panel: httpx.AsyncClient, path: str, **fields: object) -> str:
    """Where a form that was taken leads to."""
    answer = await post(panel, path, **fields)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


def fields_of(page: str) -> dict[str, str]:
    """Of the form of a tariff, as a browser would send it back."""
    found = dict(re.findall(r'<input name="(\w+)"[^>]* value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="(\w+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'value="(\w*)" selected', options) or re.search(r'value="(\w*)"', options)
        found[name] = chosen[1] if chosen else ""
    return found


async def tariff(clients: Clients, draft: str | None = None) -> int:
    """The plan that offices begin with, in force; or a draft of this code."""
    number = clients.db.ids.next()
    new = NewTariff(code=draft or "usn", name="УСН стандарт", valid_from=SINCE, plan=STARTER)
    async with clients.change() as db:
        await catalogue.write_tariff(db, number, new, clients.clock.now(), None)
        stored = await catalogue.tariff_by_id(db, number)
        assert stored is not None
        assert draft or await catalogue.activate_tariff(db, stored)
    return number


async def test_a_tariff_is_written_tried_and_comes_into_force_in_versions(panel: Panel) -> None:
    await done(panel, "/services", code="books", name="Бухгалтерия", area="tax", unit="month", role="lead",
               period="month", due_rule="M+1:WD03", shift="none", obligations="ru-*", is_active="1")  # fmt: skip
    wrong = await post(panel, "/services", code="act", name="Акт", area="tax", unit="month", role="lead",
                       period="month", due_rule="M+1:D99", shift="none")  # fmt: skip
    assert "Непонятный день" in wrong.text
    form = fields_of((await panel.get("/tariffs/new")).text)
    form |= {"code": "usn", "valid_from": "2026-01-01", "l0_service": "books", "l4_one_off": "1",
             "l7_name": "Точки", "l7_kind": "per_unit", "l7_parameter": "shops", "l7_amount": "100",
             "p16_label": "Точек продаж", "p16_name": "shops", "p16_kind": "number"}  # fmt: skip
    refused = await post(panel, "/tariffs/new", **{**form, "l5_when": "marketplaces"})
    assert "есть marketplace" in text_of(refused.text)
    assert 'value="marketplaces"' in refused.text  # what was typed stays
    card = await done(panel, "/tariffs/new", **form)
    tried = text_of((await panel.get(f"{card}?try=1&a_shops=2", params=None)).text)
    assert "Точки 2 × 100,00 ₽ 200,00 ₽" in tried.replace("\u00a0", " ")
    await done(panel, f"{card}/activate")
    second = await done(panel, f"{card}/edit", **{**form, "l0_amount": "10000"})
    assert "черновик" in await words(panel, second)
    await done(panel, f"{second}/activate")
    assert "больше не действует" in await words(panel, card)
    assert "УСН стандарт usn 2 действует" in await words(panel, "/tariffs")


async def test_the_example_becomes_a_tariff_as_it_stands_and_codes_may_have_capitals(panel: Panel) -> None:
    form = fields_of((await panel.get("/tariffs/new")).text) | {"valid_from": "2026-01-01"}
    card = await done(panel, "/tariffs/new", **form)
    await done(panel, f"{card}/activate")
    assert "УСН стандарт standard 1 действует" in await words(panel, "/tariffs")
    again = await post(panel, "/tariffs/new", **form)
    assert "Тариф с таким кодом уже есть" in text_of(again.text)
    await done(panel, "/tariffs/new", **form | {"code": "STANDARD-2"})
    assert "STANDARD-2" in await words(panel, "/tariffs")
    refused = await post(panel, "/tariffs/new", **form | {"code": "Тариф"})
    assert "Код тарифа: латинские буквы, цифры, дефис." in text_of(refused.text)


async def test_a_lead_s_price_becomes_the_draft_of_a_contract_once(panel: Panel, clients: Clients) -> None:
    number = await tariff(clients)
    card = await done(panel, "/leads/new", **CAFE)
    await done(panel, f"{card}/move", step="log_contact", note="Звонила")
    await done(panel, f"{card}/move", **QUALIFIED)
    lead = card.rpartition("/")[2]
    form = {"lead": lead, "tariff": str(number), **ANSWERS}
    preview = text_of((await panel.get("/prices/new", params={**form, "try": "1"})).text).replace("\u00a0", " ")
    for part in (
        "70 × 60,00 ₽",
        "16 500,00 ₽ × 1,20",
        "Итого до коэффициентов 16 500,00 ₽",
        "Итого в месяцы 1–3 17 820,00 ₽",
        "Итого с 4-го месяца 19 800,00 ₽",
    ):
        assert part in preview, part
    price = await done(panel, "/prices/new", **form, valid_until="2026-02-15")
    assert "посчитали цену" in await words(panel, card)
    again = await done(panel, "/prices/new", **{**form, "a_employees": "5"}, valid_until="2026-02-15")
    shown = (await words(panel, again)).replace("\u00a0", " ")
    assert "Чем отличается от прошлого расчёта" in shown
    assert "Сотрудники 2 800,00 ₽ 3 500,00 ₽" in shown
    assert "19 800,00 ₽" in (await words(panel, price)).replace("\u00a0", " ")  # as it was
    first, second = await done(panel, f"{card}/convert"), await done(panel, f"{card}/convert")
    assert first == second
    async with clients.look() as db:
        (row,) = await db.fetch("select id, status, fee_kopecks, calculation_id from office.contract")
        assert await db.fetchval("select count(*) from office.contract_line") == 4
    assert (row["status"], row["fee_kopecks"], f"/prices/{row['calculation_id']}") == ("draft", 2_064_000, again)
    contract = f"/contracts/{row['id']}"
    assert await done(panel, f"{again}/contract") == contract
    draft = {"dated": "2026-01-12", "starts_on": "2026-02-01", "notice_days": "30"}
    for version, (typed, fee) in enumerate((("15000", 1_500_000), ("0", 0), ("", 2_064_000)), start=1):
        await done(panel, contract, **draft, version=version, fee=typed)
        async with clients.look() as db:
            assert await db.fetchval("select fee_kopecks from office.contract") == fee, typed
    await _own_prices(panel, clients, contract)
    other = await done(panel, f"{price}/contract")
    assert other == await done(panel, f"{price}/contract") != f"/contracts/{row['id']}"


async def _own_prices(panel: Panel, clients: Clients, contract: str) -> None:
    """A line of a draft keeps what is typed, nought too; nothing typed is what was calculated."""
    query = "select id, service, price_kopecks, quantity from office.contract_line order by id"
    async with clients.look() as db:
        lines = [tuple(row) for row in await db.fetch(query)]
    (number, service, calculated, _) = lines[1]
    assert calculated > 0
    for typed, price in (("1234,50", 123_450), ("0", 0), ("", calculated)):
        await done(panel, f"{contract}/lines/{number}", price=typed, quantity="2", in_fee="1")
        async with clients.look() as db:
            changed = [tuple(row) for row in await db.fetch(query)]
        assert changed == [lines[0], (number, service, price, 2), *lines[2:]], typed
    refused = await post(panel, f"{contract}/lines/{number}", price="дорого", quantity="2")
    assert "Нужна сумма" in text_of(refused.text)
    assert 'value="дорого"' in refused.text


async def test_no_price_typed_is_the_catalogue_s_and_nought_is_a_price(panel: Panel, clients: Clients) -> None:
    await done(panel, "/services", code="act", name="Акт", area="tax", unit="month", role="lead", period="month",
               due_rule="M+1:WD03", shift="none", is_active="1", price="700")  # fmt: skip
    card = await done(panel, f"/clients/{await clients.client('ООО «Кафе»')}/contracts")
    own_day = {"due_rule": "M+1:D05", "period": "month", "shift": "none"}
    for form in (dict[str, str](), own_day, {"price": "0"}, own_day | {"price": "0"}, {"price": "900"}):
        await done(panel, f"{card}/lines", service="act", **{"period": "month", "shift": "none", "in_fee": "1"} | form)
    async with clients.look() as db:
        rows = await db.fetch("select id, price_kopecks from office.contract_line order by id")
    assert [row["price_kopecks"] for row in rows] == [70_000, 70_000, 0, 0, 90_000]
    await done(panel, f"{card}/lines/{rows[4]['id']}", price="")
    async with clients.look() as db:
        assert await db.fetchval("select max(price_kopecks) from office.contract_line") == 70_000
    terms = {"version": "1", "dated": "2026-01-12", "starts_on": "2026-01-01", "notice_days": "30"}
    await done(panel, card, **terms)
    await done(panel, f"{card}/step", step="agree")
    agreed = await post(panel, f"{card}/lines/{rows[0]['id']}", price="1")
    assert "уже согласован" in text_of(agreed.text)


async def test_a_contract_goes_its_way_with_two_marks_and_makes_work(panel: Panel, clients: Clients) -> None:
    anna = await clients.person("Анна Бухгалтер")
    client = await clients.client("ООО «Кафе»", lead=anna)
    card = await done(panel, f"/clients/{client}/contracts")
    early = await post(panel, f"{card}/step", step="agree")
    assert "Не хватает: день начала, хотя бы одна услуга" in text_of(early.text)
    terms = {"version": "1", "number": "17/2026", "dated": "2026-01-12", "starts_on": "2026-01-01",
             "ends_on": "2026-03-10", "notice_days": "30", "fee": "19800", "payment_terms": "до 5-го"}  # fmt: skip
    await done(panel, card, **terms)
    stale = await post(panel, card, **terms)
    assert "только что изменили" in text_of(stale.text)
    for bad, why in (({"period": "event", "due_rule": "M+1:D05"}, "не подходит"), ({"months": "13"}, "от 1 до 12")):
        line = {"own_service": "Акт", "period": "month", "due_rule": "M+1:WD03", "shift": "none", **bad}
        assert why in text_of((await post(panel, f"{card}/lines", **line)).text)
    await done(panel, f"{card}/lines", own_service="Акт", period="month", due_rule="M+1:WD03", shift="none",
               obligations="RU-USN*", in_fee="1")  # fmt: skip
    await done(panel, f"{card}/step", step="agree")
    await done(panel, f"{card}/step", step="send")
    await done(panel, f"{card}/step", step="sign", side="office", signed_on="2026-01-14", method="paper")
    assert "17/2026" in await words(panel, "/contracts?mark=client")
    twice = await post(panel, f"{card}/step", step="sign", side="office", signed_on="2026-01-14", method="paper")
    assert "уже подписала" in text_of(twice.text)
    await done(panel, f"{card}/step", step="sign", side="client", signed_on="2026-01-15", method="qualified")
    await done(panel, f"{card}/step", step="activate")
    page = await words(panel, card)
    for part in (
        "действует",
        "До конца договора дней: 54",
        "Оригинал с подписью клиента ещё не вернулся",
        "до 5-го",
        "3-й рабочий день следующего месяца",
    ):
        assert part in page, part
    assert '<button class="primary">Приостановить' not in (await panel.get(card)).text
    await done(panel, f"{card}/original", returned_on="2026-01-15")
    assert "17/2026" in await words(panel, "/contracts?mark=ends")
    month = await words(panel, f"/clients/{client}?month=2026-02")
    assert "Акт по договору январь 2026" in month
    assert "вне договора" in month
    following = await done(panel, f"{card}/renew")
    assert following == await done(panel, f"{card}/renew")
    assert "с 11.03.2026" in await words(panel, following)
    notice = {"step": "give_notice", "notice_on": "2026-01-15"}
    assert "Напишите причину" in text_of((await post(panel, f"{card}/step", **notice)).text)
    await done(panel, f"{card}/step", **notice, note="Уходит к другим")
    assert "14.02.2026" in await words(panel, card)
    assert "Последний день договора — 14.02.2026: закрыть его раньше нельзя" in text_of(
        (await post(panel, f"{card}/step", step="close")).text
    )
    assert "Уходит к другим" in await words(panel, card)


async def test_a_file_is_known_by_its_bytes_and_given_out_to_be_saved(panel: Panel, clients: Clients) -> None:
    client = await clients.client("ООО «Кафе»")
    card = await done(panel, f"/clients/{client}/contracts")
    script = {"file": ("договор.pdf", b"<html><script>alert(1)</script>", "application/pdf")}
    refused = await panel.post(f"{card}/files", data={"key": "k" * 20}, files=script)
    assert "Нужен документ" in refused.text
    pdf = {"file": ("Договор № 1.pdf", b"%PDF-1.7 " + bytes(2_000_000), "text/html")}
    for _ in range(2):
        await panel.post(f"{card}/files", data={"key": "k" * 20}, files=pdf)
    (address,) = set(re.findall(rf"{card}/files/\d+(?=\")", (await panel.get(card)).text))
    file = await panel.get(address)
    assert file.content == pdf["file"][1]
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"
    await done(panel, f"{address}/withdraw")
    assert (await panel.get(address)).status_code == 404


async def test_fees_are_told_to_those_who_may_see_them(database: str, clock: VirtualClock, clients: Clients) -> None:
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
        client = await clients.client("ООО «Кафе»", lead=anna)
        async with new_browser(database, clock, admin_login=False) as director:
            card = await done(director.panel, f"/clients/{client}/contracts")
            await done(
                director.panel, card, version="1", number="17", dated="2026-01-12", notice_days="30", fee="19800"
            )
            await done(director.panel, f"{card}/lines", own_service="Акт", period="month", shift="none", price="19800")
            assert "19 800,00" in (await words(director.panel, card)).replace("\u00a0", " ")
        await browser.sign_in("anna@example.ru")
        for path in (card, "/contracts", f"/clients/{client}"):
            page = (await browser.get(path)).text
            assert "17" in page
            assert "800,00" not in page, path
        assert (await browser.get("/tariffs")).status_code == 403
        assert "19800" not in (await browser.get("/contracts/export?format=csv")).text


@pytest.mark.parametrize("status", ["draft", "agreed", "sent", "cancelled"])
async def test_what_was_never_signed_is_not_renewed(panel: Panel, clients: Clients, status: str) -> None:
    client = await clients.client("ООО «Кафе»")
    card = await done(panel, f"/clients/{client}/contracts")
    async with clients.change() as db:
        await db.execute(
            "update office.contract set status = $1, starts_on = '2026-01-01', ends_on = '2026-12-31'", status
        )
    refused = await post(panel, f"{card}/renew")
    assert (refused.status_code, "продлевают подписанный" in text_of(refused.text)) == (422, True)
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.contract") == 1


async def test_a_contract_that_has_not_begun_says_when_it_does(panel: Panel, clients: Clients) -> None:
    client = await clients.client("ООО «Кафе»")
    card = await done(panel, f"/clients/{client}/contracts")
    async with clients.change() as db:
        await db.execute("update office.contract set status = 'signed', starts_on = '2026-03-01'")
    refused = text_of((await post(panel, f"{card}/step", step="activate")).text)
    assert "Договор начинается 01.03.2026: начать обслуживание раньше нельзя." in refused
    assert "Не хватает" not in refused
