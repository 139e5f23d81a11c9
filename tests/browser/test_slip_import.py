"""Sums to pay out of a file: checked row by row, taken in once, taken back where nobody was told."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import xlsxwriter

from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.slip_letters import tell
from tests.browser.test_cases import plan
from tests.browser.test_contracts import done
from tests.clients import Clients, open_clients

ROWS = [
    ["ИНН", "Срок", "Налог", "Период", "Сумма"],
    ["7700000016", "28.04.2026", "RU-USN-ADV", "", "36400,00"],
    ["7700000016", "28.04.2026", "RU-USN-ADV", "", "1,00"],
    ["7700000016", "28.04.2026", "", "", "1,00"],
    ["7700000016", "29.04.2026", "RU-USN-ADV", "", "1,00"],
    ["7700000016", "вчера", "RU-USN-ADV", "", "1,00"],
    ["7700000016", "28.01.2026", "RU-USN-ADV", "", "1,00"],
    ["7700000024", "28.04.2026", "RU-USN-ADV", "", "1,00"],
    ["7700000016", "28.04.2026", "RU-SV-PAY", "", "много"],
]
CSV = "\r\n".join(";".join(row) for row in ROWS).encode("cp1251")
REASONS = (
    "Та же платёжка, что в строке 2.", "Подходят несколько платежей", "У клиента нет такого платежа на этот день.",
    "Срок пишется так", "Этот срок уже прошёл.", "Нет клиента с таким ИНН.", "Сумма пишется так",
)  # fmt: skip


def xlsx() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, ROWS[0])
    sheet.write_row(1, 0, [7700000016, "", "RU-USN-ADV", "", 36400.0])
    sheet.write_datetime(1, 1, datetime(2026, 4, 28), day)  # noqa: DTZ001  a spreadsheet's dates have no zone
    book.close()
    return out.getvalue()


@pytest.fixture
async def clients(database: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    await clock.advance((datetime(2026, 4, 20, 13, 5, tzinfo=UTC) - clock.now()).total_seconds())
    async with open_clients(database, clock) as clients:
        yield clients


async def upload(panel: Panel, content: bytes, name: str = "суммы.csv") -> str:
    answer = await panel.post("/slips/import", files={"file": (name, content, "text/csv")}, follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"]


async def cafe(panel: Panel, clients: Clients) -> int:
    number = await clients.client("Кафе", lead=await clients.person("Анна"), tax_number="7700000016")
    who = {"name": "Ольга", "role": "owner", "email": "olga@example.ru", "receives": "slips", "can_acknowledge": "1"}
    await done(panel, f"/clients/{number}/contacts", **who, language="ru")
    await plan(clients)
    return number


async def test_every_row_is_judged_and_the_same_file_makes_nothing_twice(panel: Panel, clients: Clients) -> None:
    await cafe(panel, clients)
    card = await upload(panel, CSV)
    page = await words(panel, card)
    for part in ("Загрузим: 1. Уже есть: 0. С ошибкой: 7.", *REASONS):
        assert part in page, part
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.slip") == 0, "a preview writes nothing"
    for _ in range(2):
        await done(panel, f"{card}/run")
    assert "Загружено: 1. Осталось: 1." in await words(panel, card)
    again = await upload(panel, xlsx(), "суммы.xlsx")
    assert "Загрузим: 0. Уже есть: 1. С ошибкой: 0." in await words(panel, again)
    await done(panel, f"{again}/run")
    async with clients.look() as db:
        ((amount, state, code, details),) = await db.fetch(
            "select s.amount_kopecks, s.state, b.code, s.details"
            " from office.slip s join office.obligation b on b.id = s.obligation_id"
        )
    assert (amount, state, code) == (3_640_000, "draft", "RU-USN-ADV")
    assert details["budget_code"] == "18201061201010000510"
    for _ in range(2):
        await done(panel, f"{card}/undo")
    assert "Загружено: 1. Осталось: 0." in await words(panel, card)
    assert "Загрузим: 1. Уже есть: 0." in await words(panel, await upload(panel, xlsx())), "it may be taken in anew"


async def test_a_sum_that_was_told_stays_and_another_one_becomes_its_correction(panel: Panel, clients: Clients) -> None:
    await cafe(panel, clients)
    card = await upload(panel, CSV)
    await done(panel, f"{card}/run")
    async with clients.look() as db:
        slip = await db.fetchval("select id from office.slip")
    await tell(panel, f"/slips/{slip}")
    other = await upload(panel, CSV.replace(b"36400,00", b"35900,00"))
    assert "черновик вместо сообщённых 36 400,00" in (await words(panel, other)).replace("\u00a0", " ")
    await done(panel, f"{other}/run")
    await done(panel, f"{card}/undo")
    async with clients.look() as db:
        found = await db.fetch("select version, state, amount_kopecks from office.slip order by version")
    assert [tuple(row) for row in found] == [(1, "published", 3_640_000), (2, "draft", 3_590_000)]


async def test_columns_are_named_by_hand_when_heads_say_nothing(panel: Panel, clients: Clients) -> None:
    await cafe(panel, clients)
    card = await upload(panel, b"a;b;c;d\n7700000016;28.04.2026;RU-USN-ADV;10,00\n")
    assert "Загрузим: 0." in await words(panel, card)
    await done(panel, f"{card}/mapping", m_tax_number="0", m_due="1", m_what="2", m_amount="3")
    assert "Загрузим: 1." in await words(panel, card)


async def test_files_of_leads_and_of_slips_are_not_mixed_up(panel: Panel, clients: Clients) -> None:
    card = await upload(panel, CSV)
    assert (await panel.get(card.replace("/slips/", "/leads/"))).status_code == 404
    wrong = await panel.post("/slips/import", files={"file": ("x.csv", b"a;b\n", "text/csv")})
    assert (wrong.status_code, "нет строк под заголовком" in text_of(wrong.text)) == (422, True)


async def test_the_palette_finds_a_sum_to_pay_by_its_client_and_by_what_it_is_for(
    panel: Panel, clients: Clients
) -> None:
    client = await cafe(panel, clients)
    await done(panel, f"{await upload(panel, CSV)}/run")
    contract = await done(panel, f"/clients/{client}/contracts")
    async with clients.look() as db:
        slip = await db.fetchval("select id from office.slip")
    for wanted in ("кафе", "усн"):
        assert f'href="/slips/{slip}"' in (await panel.get("/search", params={"q": wanted})).text, wanted
    assert f'href="{contract}"' in (await panel.get("/search", params={"q": "кафе"})).text
    await done(panel, f"/slips/{slip}/state", state="cancelled")
    assert f'href="/slips/{slip}"' not in (await panel.get("/search", params={"q": "кафе"})).text
