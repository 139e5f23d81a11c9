"""The text of a contract in the panel: a template in versions, what is missing, page and paper, kept as signed."""

import re

import httpx
import pytest

from admin.office.contract_texts.reading import sample_text
from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser import axe
from tests.browser.chromium import PROGRAM, Page
from tests.browser.client import Panel, text_of, words
from tests.browser.hands import arrive, follow, send, tab_to
from tests.browser.people import new_browser, open_office
from tests.browser.pictures import TEXT, fits, shoot
from tests.browser.test_contracts import done, post
from tests.clients import Clients

TEMPLATES = "/settings/contract-templates"
PARTY = {
    "address": "Тверь, Речная, 1", "bank": "р/с 40702810000000000001, БИК 044525225", "contact": "a@example.ru",
    "acts_by": "директора Ивановой Анны Петровны, действующей на основании устава", "signer_post": "Директор",
    "signer": "А. П. Иванова",
}  # fmt: skip
OWN = {"version": "0", "name": "ООО «Учёт & Ко»", "tax_number": "7700000016", "kpp": "770701001",
       "ogrn": "1027700000019", "place": "Тверь", **PARTY}  # fmt: skip
TERMS = {"version": "1", "number": "17/2026", "dated": "2026-01-12", "starts_on": "2026-02-01", "notice_days": "30",
         "fee": "19800", "payment_terms": "до 5-го", "documents": "до 3-го"}  # fmt: skip
LINE = {"own_service": "Акт <b>сверки</b>", "period": "month", "due_rule": "M+1:WD03", "shift": "none",
        "price": "500", "in_fee": "1"}  # fmt: skip


async def add_template(panel: httpx.AsyncClient, text: str = "", language: str = "ru") -> str:
    return await done(panel, TEMPLATES, name="Обслуживание", language=language, text=text or sample_text())


async def a_contract(panel: httpx.AsyncClient, client: int) -> str:
    """A draft that says all that the sample asks."""
    edit = f"/clients/{client}/edit"
    version = await _version(panel, edit)
    await done(panel, edit, version=version, short_name="Кафе", full_name="ООО «Кафе» *и* <b>точка</b>", kind="org",
               tax_number="7700000009", kpp="770001001", ogrn="1027700000019")  # fmt: skip
    details = f"/clients/{client}/contract-details"
    await done(panel, details, version=await _version(panel, details), **PARTY)
    card = await done(panel, f"/clients/{client}/contracts")
    await done(panel, card, **TERMS)
    await done(panel, f"{card}/lines", **LINE)
    return card


async def _version(panel: httpx.AsyncClient, path: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', (await panel.get(path)).text)
    assert found is not None
    return found[1]


async def test_a_template_is_refused_with_every_mistake_and_becomes_a_version(panel: Panel) -> None:
    assert "Начать с образца" in await words(panel, TEMPLATES)
    assert "{{contract.lines}}" in (await panel.get(f"{TEMPLATES}/new?sample=1")).text
    wrong = await post(panel, TEMPLATES, name="Обслуживание", language="ru", text="{{client.nmae}}\n{{office.inn}")
    assert wrong.status_code == 422
    assert "Строка 1: поля «client.nmae» нет. Строка 2: у поля нет пары скобок" in text_of(wrong.text)
    assert "{{client.nmae}}" in wrong.text  # what was typed stays
    seen = await post(panel, TEMPLATES, name="Обслуживание", language="ru", text="**{{client.name}}**", do="look")
    assert "<strong>[полное название]</strong>" in seen.text
    assert "Шаблонов ещё нет" in await words(panel, TEMPLATES)
    for text, said in (
        ("Договор\n\n[наш сайт]()", "Строка 3: у ссылки «наш сайт» нет адреса."),
        ("[сайт]: https://a.example", "В шаблоне нет текста."),
    ):
        for do in ("save", "look"):
            wrong = await post(panel, TEMPLATES, name="Обслуживание", language="ru", text=text, do=do)
            assert (wrong.status_code, said in text_of(wrong.text)) == (422, True), (text, do)
    card = await add_template(panel, "# Договор № {{contract.number}}")
    new = {"name": "Обслуживание", "text": "# Договор {{contract.number}}"}
    await done(panel, card, version="1", **new)
    assert "изменил кто-то ещё" in text_of((await post(panel, card, version="1", **new)).text)
    page = await words(panel, card)
    assert "+ # Договор {{contract.number}}" in page
    assert "- # Договор № {{contract.number}}" in page
    await done(panel, f"{card}/archive", archived="1")
    assert "в архиве" in await words(panel, TEMPLATES)
    await done(panel, f"{card}/archive")
    assert "в архиве" not in await words(panel, TEMPLATES)
    assert (await post(panel, f"{TEMPLATES}/own", **{**OWN, "kpp": "77"})).status_code == 422
    await done(panel, f"{TEMPLATES}/own", **OWN)
    assert "изменил кто-то ещё" in text_of((await post(panel, f"{TEMPLATES}/own", **OWN)).text)


async def test_a_version_with_an_empty_link_from_before_is_shown_with_its_mistake_and_makes_no_text(
    panel: Panel, clients: Clients
) -> None:
    template = await add_template(panel, "Договор\n\n{{contract.number}}")
    async with clients.change() as db:
        await db.execute(
            "insert into office.contract_template_text (template_id, version, name, text, author, created_at)"
            " values ($1, 2, 'Обслуживание', $2, 'Анна', $3)",
            int(template.rpartition("/")[2]), "Договор\n\n[наш сайт]()", clients.clock.now(),
        )  # fmt: skip
    assert "Строка 3: у ссылки «наш сайт» нет адреса." in await words(panel, template)
    card = await done(panel, f"/clients/{await clients.client('ООО «Кафе»')}/contracts")
    refused = await post(panel, f"{card}/text", template=template.rpartition("/")[2])
    assert (refused.status_code, "у ссылки «наш сайт» нет адреса" in text_of(refused.text)) == (422, True)


async def test_a_text_is_not_made_while_something_is_missing_and_says_where_to_write_it(
    panel: Panel, clients: Clients
) -> None:
    client = await clients.client("ООО «Кафе»")
    card = await done(panel, f"/clients/{client}/contracts")
    assert "Шаблонов договоров ещё нет" in await words(panel, f"{card}/text")
    template = (await add_template(panel)).rpartition("/")[2]
    refused = await post(panel, f"{card}/text", template=template)
    assert refused.status_code == 422
    for part in (
        "Строка 15: не заполнено «первый день» (contract.start)",
        "не заполнено «ИНН, КПП, ОГРН в строку» (client.numbers)",
        "не заполнено «полное название» (office.name)",
        "не заполнено «таблица услуг с ценами, отдельной строкой» (contract.lines)",
    ):
        assert part in text_of(refused.text), part
    for path in (card, f"/clients/{client}/edit", f"/clients/{client}/contract-details", f"{TEMPLATES}#own"):
        assert f'href="{path}">заполнить' in refused.text, path
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.contract_text") == 0
        assert await db.fetchval("select count(*) from office.audit where action = 'contract.text_made'") == 0


async def test_a_text_stays_as_it_was_made_and_is_made_anew_until_a_side_signs(panel: Panel, clients: Clients) -> None:
    client = await clients.client("ООО «Кафе»")
    await done(panel, f"{TEMPLATES}/own", **OWN)
    template = await add_template(panel)
    card, made_of = await a_contract(panel, client), {"template": template.rpartition("/")[2]}
    for _ in range(2):  # the same text is one text
        await done(panel, f"{card}/text", **made_of)
    page = (await panel.get(f"{card}/text")).text
    (pdf,) = set(re.findall(rf'href="({card}/text/\d+/pdf)"', page))
    for part in (
        "<h1>Договор № 17/2026 на бухгалтерское обслуживание</h1>",
        "<strong>ООО «Учёт &amp; Ко»</strong>, ИНН 7700000016, КПП 770701001, ОГРН 1027700000019, в лице директора",
        "<strong>ООО «Кафе» *и* &lt;b&gt;точка&lt;/b&gt;</strong>",
        "<td>Акт &lt;b&gt;сверки&lt;/b&gt;</td>",
        "19\u00a0800,00\u00a0₽",
        "01.02.2026 без ограничения срока",
    ):
        assert part in page, part
    paper = await panel.get(pdf)
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    text = pdf.removesuffix("/pdf")
    printed = await words(panel, text)
    details = f"/clients/{client}/contract-details"
    await done(panel, details, version=await _version(panel, details), **{**PARTY, "signer": "Б. Б. Петров"})
    await done(panel, template, version="1", name="Обслуживание", text=sample_text() + "\n\nПриложений нет.")
    stale = await words(panel, f"{card}/text")
    assert "С тех пор изменились" in stale
    assert "Б. Б. Петров" not in stale
    assert await words(panel, text) == printed
    assert (await panel.get(pdf)).content == paper.content
    await done(panel, f"{card}/text", **made_of)
    newest = await words(panel, f"{card}/text")
    for part in ("Б. Б. Петров", "Приложений нет.", "версия 2", "Составляли раньше"):
        assert part in newest, part
    assert "С тех пор изменились" not in newest
    for step in ({"step": "agree"}, {"step": "send"}):
        await done(panel, f"{card}/step", **step)
    assert "верните договор в черновик" in text_of((await post(panel, f"{card}/text", **made_of)).text)
    await done(panel, f"{card}/step", step="sign", side="office", signed_on="2026-01-14", method="paper")
    refused = await post(panel, f"{card}/text", **made_of)
    assert (refused.status_code, "уже подписан одной из сторон" in text_of(refused.text)) == (422, True)
    assert "Составлен текст — Обслуживание, версия 2" in await words(panel, card)
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.contract_text") == 2
        assert await db.fetchval("select count(*) from office.audit where action = 'contract.text_made'") == 2


async def test_a_contract_is_not_sent_without_its_text_where_the_office_has_a_template(
    panel: Panel, clients: Clients
) -> None:
    await done(panel, f"{TEMPLATES}/own", **OWN)
    template = await add_template(panel)
    card = await a_contract(panel, await clients.client("ООО «Кафе»"))
    await done(panel, f"{card}/step", step="agree")
    refused = await post(panel, f"{card}/step", step="send")
    assert (refused.status_code, "Не хватает: текст договора." in text_of(refused.text)) == (422, True)
    assert f'href="{card}/text">Составить</a></p>' in refused.text
    assert "Сначала составьте текст договора" in await words(panel, card)
    await done(panel, f"{template}/archive", archived="1")
    await done(panel, f"{card}/step", step="send")  # nothing is there to make a text of
    await done(panel, f"{card}/step", step="back")
    await done(panel, f"{template}/archive")
    await done(panel, f"{card}/step", step="agree")
    await done(panel, f"{card}/text", template=template.rpartition("/")[2])
    assert "Сначала составьте" not in await words(panel, card)
    await done(panel, f"{card}/step", step="send")


async def test_days_and_sums_are_in_the_language_of_the_template(panel: Panel, clients: Clients) -> None:
    client = await clients.client("ООО «Кафе»")
    text = "Contract {{contract.number}} of {{contract.date}}: {{contract.fee}}, notice {{contract.notice}}"
    template = await add_template(panel, text, "en")
    card = await a_contract(panel, client)
    await done(panel, f"{card}/text", template=template.rpartition("/")[2])
    page = (await words(panel, f"{card}/text")).replace("\u00a0", " ")
    assert "Contract 17/2026 of 2026-01-12: 19,800.00 ₽, notice 30 days" in page
    assert "Составить заново" in page


async def test_a_text_is_for_those_who_see_the_client_and_its_fee(
    panel: Panel, clients: Clients, database: str, clock: VirtualClock
) -> None:
    async with open_office(database, clock) as office:
        anna = await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT])
        await office.person("boris@example.ru", [Role.DEPARTMENT_HEAD])
    client = await clients.client("ООО «Кафе»", lead=anna)
    await done(panel, f"{TEMPLATES}/own", **OWN)
    template = await add_template(panel)
    card = await a_contract(panel, client)
    await done(panel, f"{card}/text", template=template.rpartition("/")[2])
    found = re.search(rf'href="({card}/text/\d+)"', (await panel.get(f"{card}/text")).text)
    assert found is not None
    async with new_browser(database, clock) as browser:
        for email, own, answer in (("anna@example.ru", 200, 403), ("boris@example.ru", 404, 404)):
            await browser.sign_in(email)
            assert (await browser.get(card)).status_code == own
            for path in (f"{card}/text", found[1], f"{found[1]}/pdf"):
                assert (await browser.get(path)).status_code == answer, (email, path)
            made = await browser.post(f"{card}/text", page="/tasks/new", template=template.rpartition("/")[2])
            assert made.status_code == 403
            for path in (TEMPLATES, template):
                assert (await browser.get(path)).status_code == 403


@pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
async def test_a_contract_is_written_by_keyboard_and_only_its_text_is_printed(
    page: Page, address: str, clients: Clients, panel: Panel
) -> None:
    client = await clients.client("ООО «Кафе»")
    card = await a_contract(panel, client)
    await page.open(address + TEMPLATES)
    await send(page, f"form[action='{TEMPLATES}/own']", **{k: v for k, v in OWN.items() if k != "version"})
    await look_at(page, "templates")
    await follow(page, f"a[href='{TEMPLATES}/new?sample=1']")
    template = await send(page, f"form[action='{TEMPLATES}']", name="Обслуживание")
    assert template.startswith(f"{TEMPLATES}/")
    await look_at(page, "template")
    await page.open(address + TEMPLATES)
    await look_at(page, "templates-filled")
    await page.open(f"{address}/clients/{client}/contract-details")
    await look_at(page, "details")
    await send(page, "main form", signer="")
    await page.open(address + card)
    await look_at(page, "contract")
    assert await follow(page, f"a[href='{card}/text']") == f"{card}/text"
    await tab_to(page, "form[action$='/text'] button")
    assert await press(page) == f"{card}/text"
    assert "не заполнено «подписант, фамилия с инициалами»" in str(await page.evaluate(TEXT))
    page.complaints.clear()  # of the answer that refuses
    await look_at(page, "missing")
    await follow(page, "#missing a")
    await send(page, "main form", signer="А. П. Иванова")
    await page.open(f"{address}{card}/text")
    await send(page, "form[action$='/text']")
    await look_at(page, "text")
    await follow(page, "aside a[href*='/text/']:not([href$='/pdf'])")
    await look_at(page, "printed")
    shown = "[...document.body.children].filter((one) => one.checkVisibility()).map((one) => one.tagName).join()"
    assert await page.evaluate(shown) == "NAV,MAIN"
    await page.command("Emulation.setEmulatedMedia", media="print")
    assert await page.evaluate(shown) == "MAIN"


async def press(page: Page) -> str:
    """Enter on what has the focus; the path that it leads to."""
    await page.evaluate("document.documentElement.dataset.left = '1'")
    await page.press("Enter")
    await arrive(page)
    return str(await page.evaluate("location.pathname"))


async def look_at(page: Page, name: str) -> None:
    """Nothing wrong for axe, nothing sticks out of a narrow window; kept as a picture when a folder is named."""
    assert await axe.violations(page) == [], name
    await fits(page, name)
    await shoot(page, f"contract-text-{name}")
