"""Lists of receipts and accounts without a browser: conditions, pages, totals, columns."""

import re
from datetime import timedelta
from html import unescape

import pytest

from accounting.receipts.codes import SettlementSign
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment


def rows_of(page: str) -> list[str]:
    """The words of each row of the list."""
    return [text_of(row).strip() for row in re.findall(r"<tr>(?:(?!<th).)*?</tr>", page, re.DOTALL) if "<td" in row]


def link(page: str, rel: str) -> str | None:
    """Where «дальше» or «назад» leads."""
    found = re.search(rf'<a class="button" rel="{rel}" href="([^"]+)"', page)
    return None if found is None else unescape(found[1])


async def ids_of_pages(panel: Panel, path: str | None, rel: str = "next") -> list[list[str]]:
    """The receipts of each page, page after page."""
    pages = []
    while path is not None:
        page = (await panel.get(path)).text
        pages.append(re.findall(r'class="row-link" href="/receipts/\d+/(\d+)"', page))
        path = link(page, rel)
    return pages


@pytest.mark.parametrize("path", ["/receipts/totals?fd=999999999", "/accounts/totals?code=9", "/money/totals?look=yes"])
async def test_a_list_without_rows_is_said_to_have_none(panel: Panel, scene: Scene, path: str) -> None:
    await scene.merchant("ООО «Тёплый дом»")
    told = (await panel.get(path, headers={"X-Part": "1"})).text
    assert text_of(told).strip() == "ничего не найдено"


async def test_each_condition_leaves_what_it_names(panel: Panel, scene: Scene, clock: VirtualClock) -> None:
    merchant, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Провайдер»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    account = await scene.account(merchant, "0040017811")
    paid = await scene.receipt(merchant, payment(123_450), account)
    await scene.register(merchant, paid, kkt, 77)
    await scene.confirm(merchant, paid, kkt)
    await clock.advance(timedelta(days=2).total_seconds())
    returned = await scene.receipt(merchant, payment(45_000, SettlementSign.INCOME_RETURN))
    await scene.refuse(returned, "нет")
    strange = await scene.receipt(other, payment(900))

    async def found(conditions: str) -> list[str]:
        return (await ids_of_pages(panel, f"/receipts?{conditions}"))[0]

    everything = [str(strange), str(returned), str(paid)]
    day = clock.now().date()
    assert await found("") == everything
    assert await found("order=turned") == everything[::-1]
    assert await found(f"merchant={other}") == [str(strange)]
    assert await found("account=0040017811") == [str(paid)]
    assert await found("account=004") == []
    assert await found("state=REFUSED") == [str(returned)]
    assert await found("state=QUEUED") == [str(strange)]
    assert await found("state=OFD_ACKED") == [str(paid)]
    assert await found("state=REGISTERED") == []
    assert await found("kind=2") == [str(returned)]
    assert await found("kind=correction") == []
    assert await found("sum_from=450&sum_to=1234,50") == [str(returned), str(paid)]
    assert await found("sum_to=9.00") == [str(strange)]
    assert await found(f"fd=2&from={day - timedelta(days=3)}") == [str(paid)]
    assert await found(f"from={day}") == everything[:2]
    assert await found(f"to={day - timedelta(days=1):%d.%m.%Y}") == [str(paid)]


@pytest.mark.parametrize("merchants", [1, 3, 22])
async def test_pages_give_each_receipt_once_in_both_directions(panel: Panel, scene: Scene, merchants: int) -> None:
    """Few merchants are merged, many go by an index of their own: the list is the same."""
    known = [await scene.merchant(f"Организация {number}") for number in range(merchants)]
    made = [str(await scene.receipt(known[number % 7 % merchants], payment(100 + number))) for number in range(123)]
    forth = await ids_of_pages(panel, "/receipts")
    assert [len(page) for page in forth] == [50, 50, 23]
    assert [one for page in forth for one in page] == made[::-1]
    assert await ids_of_pages(panel, "/receipts?order=turned") == [made[:50], made[50:100], made[100:]]
    last = (await panel.get(f"/receipts?behind={forth[1][-1]}&first=101")).text
    assert "101–123" in text_of(last)
    assert await ids_of_pages(panel, link(last, "prev"), "prev") == [forth[1], forth[0]]
    summed = await ids_of_pages(panel, "/receipts?sum_from=1,50&sum_to=2,00")
    assert [one for page in summed for one in page] == made[50:101][::-1]


async def test_accounts_go_by_code_whoever_they_belong_to(panel: Panel, scene: Scene, clock: VirtualClock) -> None:
    merchants = [await scene.merchant(f"Организация {number}") for number in range(3)]
    codes = [f"{number * 7919 % 1000:04}" for number in range(70)]
    for number, code in enumerate(codes):
        account = await scene.account(merchants[number % 3], code, contact=f"+7900{number:07}")
        if number % 2:
            await scene.debt(merchants[number % 3], account, "heating", 10_000, clock.now().date() - timedelta(days=1))
        else:
            await scene.lot(merchants[number % 3], account, 500)

    async def found(conditions: str) -> list[str]:
        pages: list[str] = []
        path: str | None = f"/accounts?{conditions}"
        while path is not None:
            page = (await panel.get(path)).text
            pages += re.findall(r'class="row-link" href="[^"]+" title="([^"]+)"', page)
            path = link(page, "next")
        return pages

    assert await found("") == sorted(codes)
    assert await found("order=turned") == sorted(codes, reverse=True)
    assert await found("code=07") == [code for code in sorted(codes) if code.startswith("07")]
    assert await found("contact=%2B790000000") == sorted(codes)
    assert await found("contact=%2B7900000001") == sorted(codes[10:20])
    assert await found("money=debt") == await found("money=overdue") == sorted(codes[1::2])
    assert await found("money=advance") == sorted(codes[::2])
    assert await found("kind=legal") == []
    assert await found(f"merchant={merchants[1]}&kind=individual") == sorted(codes[1::3])
    second = (await panel.get(f"/accounts?behind={merchants[0]}|{sorted(codes)[49]}&first=51")).text
    assert link(second, "prev") == "/accounts"
    first = (await panel.get(f"/accounts?ahead={merchants[2]}|{sorted(codes)[50]}")).text
    assert re.findall(r'class="row-link" href="[^"]+" title="([^"]+)"', first)[-1] in sorted(codes)[48:51]
    assert "из 70 · долги 3 500,00 ₽ · переплаты 175,00 ₽" in (await _part(panel, "/accounts/totals"))
    assert "из 35" in (await _part(panel, "/accounts/totals?money=debt"))


async def _part(panel: Panel, path: str) -> str:
    answer = await panel.get(path, headers={"X-Part": "1"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return text_of(answer.text).strip()


async def test_totals_come_from_counted_days_and_say_when_they_are_estimates(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    day = clock.now().date()
    await scene.count_day(merchant, day - timedelta(days=1), 1_000_000)
    for kopecks in (100, 200, 300):
        await scene.receipt(merchant, payment(kopecks))
    assert await _part(panel, "/receipts/totals") == "из 1 000 003"
    assert await _part(panel, f"/receipts/totals?to={day - timedelta(days=1)}") == "из 1 000 000"
    assert await _part(panel, "/receipts/totals?sum_from=2") == "из 2 · сумма 5,00 ₽"
    assert await _part(panel, "/receipts/totals?state=QUEUED") == "из 3"
    assert await _part(panel, "/receipts/totals?sum_from=x") == "условие не понято"


async def test_totals_are_a_page_of_their_own_for_whoever_has_no_scripts(panel: Panel, scene: Scene) -> None:
    await scene.receipt(await scene.merchant("ООО «Тёплый дом»"), payment(100))
    page = (await panel.get("/receipts")).text
    found = re.search(r'data-part="([^"]+)"><a href="\1"', page)
    assert found is not None
    assert "из 1" in await words(panel, unescape(found[1]))


@pytest.mark.parametrize(
    ("conditions", "complaint"),
    [
        ("sum_from=abc", "Нужна сумма: 1234,50"),
        ("sum_from=-1", "Нужна сумма: 1234,50"),
        ("fd=0", "Нужно целое число"),
        ("fd=99999999999", "Нужно целое число"),
        ("from=31.02.2026", "Нужна дата: 31.12.2026"),
        ("from=2026-02-01&to=2026-01-01", "Конец раньше начала"),
        ("sum_from=2&sum_to=1", "Конец раньше начала"),
        ("state=NONE", "Такого варианта нет"),
        ("account=" + "1" * 129, "Слишком длинно"),
    ],
)
async def test_a_condition_that_is_not_understood_is_named_and_shows_nothing(
    panel: Panel, scene: Scene, conditions: str, complaint: str
) -> None:
    await scene.receipt(await scene.merchant("ООО «Тёплый дом»"), payment(100))
    page = await words(panel, f"/receipts?{conditions}")
    assert complaint in page
    assert "Поправьте условие" in page
    assert "1,00 ₽" not in page


async def test_columns_are_chosen_in_the_address_and_kept_by_its_links(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, EMULATED_FN)
    for number in range(51):
        await scene.register(merchant, await scene.receipt(merchant, payment(100)), kkt, number)
    page = (await panel.get("/receipts?column=time&column=fn")).text
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)[2:] == [
        '<abbr title="фискальный накопитель (ФН), реквизит 1041">Память кассы</abbr>'
    ]
    assert "эмулятор" in rows_of(page)[0]
    following = link(page, "next")
    assert following is not None
    assert "column=time&column=fn" in following


async def test_an_only_merchant_needs_neither_column_nor_condition(panel: Panel, scene: Scene) -> None:
    await scene.receipt(await scene.merchant("ООО «Тёплый дом»"), payment(100))
    assert "Организация" not in await words(panel, "/receipts")
    await scene.merchant("Вторая")
    assert "Организация" in await words(panel, "/receipts")
