"""Everybody reads the panel in their own language: what others began is told anew, not as they read it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from accounting.office.tariff_starter import STARTER
from admin.office.intake import TASKS
from tests.browser.client import Panel, words
from tests.browser.office_scene import FILES, furnish
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment
from tests.browser.test_cases import case_of, plan
from tests.clients import Clients

ENGLISH: Final = {"Accept-Language": "en"}
RUSSIAN: Final = re.compile("[А-Яа-яЁё]")
CONTRACTS: Final = re.compile(r"^/(contracts/\d+/text|settings/contract-templates)")
"""Texts of contracts are Russian law."""

DATA: Final = frozenset((
    *(title for title, _ in TASKS), *(line.name for line in STARTER.lines), *", ".join(FILES.values()).split(";"),
    "Принять клиента на обслуживание", "УСН стандарт", "Закрытие месяца", "Касса", "Телефон", "Почта", "ИНН", "Период",
    "Сумма", "Клиент", "без входа",
))  # fmt: skip
"""What people wrote, or had made in their own language, that is a text of the panel as well."""


class _Texts(HTMLParser):
    """Texts of elements and of what is read out of attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name in ("title", "aria-label", "placeholder") and value}

    def handle_data(self, data: str) -> None:
        self.found.add(re.sub(r"\s+", " ", data).strip())


def russian_texts(page: str) -> set[str]:
    parser = _Texts()
    parser.feed(page)
    return {text for text in parser.found if RUSSIAN.search(text)}


async def test_no_page_of_the_office_leaves_a_text_of_ours_in_russian(panel: Panel, clients: Clients) -> None:
    folders = ("admin", "accounting/receipts")
    catalogues = [path for one in folders for path in (Path(__file__).parents[2] / one).glob("locale/*.pot")]
    assert len(catalogues) == 2
    texts = set()
    for path in catalogues:
        with path.open("rb") as file:
            texts |= {str(message.id) for message in read_po(file)}
    paths = await furnish(panel, clients)
    async with clients.look() as db:
        paths += [f"/deadlines/{row[0]}" for row in await db.fetch("select id from office.obligation limit 5")]
    left = {}
    for path in (*paths, "/calendar", "/calendar?country=PL", "/calendar?country=BR"):
        found = russian_texts((await panel.get(path, headers=ENGLISH)).text)
        if not CONTRACTS.match(path) and (ours := (found & texts) - DATA):
            left[path] = ours
    assert left == {}


async def test_obligations_are_called_as_the_reader_calls_them(panel: Panel, clients: Clients) -> None:
    cafe = await clients.client("Cafe", tax_number="7700000024")
    await plan(clients)
    month = f"/clients/{cafe}?month=2026-04"
    assert "УСН: авансовый платеж" in await words(panel, month)
    english = await panel.get(month, headers=ENGLISH)
    assert not {text for text in russian_texts(english.text) if "УСН" in text or "НДФЛ" in text}
    assert "Simplified tax: advance payment" in english.text
    matrix = russian_texts((await panel.get("/deadlines?month=2026-04", headers=ENGLISH)).text)
    assert not {text for text in matrix if "УСН" in text}
    for path in (
        "/tasks?title=УСН",
        "/tasks/month?month=2026-04&owner=all",
        await case_of(clients, "RU-USN-ADV", "2026-Q1"),
    ):
        page = await panel.get(path, headers=ENGLISH)
        assert "Simplified tax: advance payment" in page.text, path
        assert not {text for text in russian_texts(page.text) if "авансовый платеж" in text}, path
    draft = await words(panel, "/calendar")
    assert "websbor.rosstat.gov.ru" in draft
    assert "Sample survey" not in draft
    assert "Sample survey" in (await panel.get("/calendar", headers=ENGLISH)).text


async def test_an_alarm_that_somebody_has_just_read_is_told_anew_in_another_language(
    panel: Panel, scene: Scene
) -> None:
    merchant = await scene.merchant("Warm house")
    await scene.slot(merchant, 1, EMULATED_FN)
    await scene.slot(merchant, 2, REAL_FN, "FAULTY", fault="no answer")
    russian = f"Касса {REAL_FN} (место 2) остановлена."
    assert russian in await words(panel)
    assert russian not in (await panel.get("/", headers=ENGLISH)).text
    assert russian in await words(panel)


async def test_an_address_that_is_none_answers_in_the_readers_language(panel: Panel) -> None:
    answer = await panel.get("/no-such-page", headers=ENGLISH)
    assert answer.status_code == 404
    assert russian_texts(answer.text) == set()
    assert "Такой страницы нет" in (await panel.get("/no-such-page")).text


async def test_a_new_tariff_begins_in_the_language_of_whoever_makes_it(panel: Panel) -> None:
    form = (await panel.get("/tariffs/new", headers=ENGLISH)).text
    assert 'value="Employees"' in form
    assert "Первичные документы" not in form
    assert 'value="Первичные документы"' in (await panel.get("/tariffs/new")).text


async def test_the_clock_of_a_device_is_written_as_the_reader_writes_days(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("Warm house")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    receipt = await scene.receipt(merchant, payment(45_000), await scene.account(merchant, "A1"))
    await scene.register(merchant, receipt, kkt, 7)
    assert re.search(r"\d\d\.\d\d\.20\d\d \d\d:\d\d", await words(panel, "/receipts?column=issued"))
    english = (await panel.get("/receipts?column=issued", headers=ENGLISH)).text
    assert not re.search(r"\d\d\.\d\d\.20\d\d", english)
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d", english)
