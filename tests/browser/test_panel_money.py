"""Money of the day on the first page, whether all is well, and what stands beside an alarm."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from admin.alarm_ways import way_of
from admin.pages.money_today import DayOfMoney, month_before
from admin.pages.today import FORESIGHT_S
from admin.permissions import Role
from admin.viewer import Viewer
from fiscal_server.cassette.alarms import Alarm, AlarmCode, Severity
from fiscal_server.clock import VirtualClock
from tests.browser.chromium import PROGRAM, Page
from tests.browser.client import Panel, words
from tests.browser.people import new_browser, open_office
from tests.browser.scene import REAL_FN, Scene, payment

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = datetime(2026, 1, 15, tzinfo=MOSCOW)
"""It is noon there."""


async def _money(scene: Scene) -> int:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    for hours, kopecks in ((1, 100_000), (11.5, 50_050)):
        await scene.money(merchant, TODAY + timedelta(hours=hours), kopecks)
    await scene.money(merchant, TODAY + timedelta(hours=2), 999_999, reversed_by=1)
    for hours, kopecks in ((3, 200_000), (20, 70_000)):
        await scene.money(merchant, TODAY - timedelta(days=1) + timedelta(hours=hours), kopecks)
    await scene.money(merchant, datetime(2025, 12, 15, 9, tzinfo=MOSCOW), 100_100)
    return merchant


async def test_money_of_today_stands_beside_yesterday_and_the_month_before(panel: Panel, scene: Scene) -> None:
    await _money(scene)
    text = await words(panel, "/today/money")
    assert "1 500,50 ₽ к 12:00, 2 платежа" in text
    assert "вчера к этому времени 2 000,00 ₽ -25 %" in text
    assert "15.12.2025, месяц назад 1 001,00 ₽ +50 %" in text
    assert "12:00 1 500,50 ₽ 2 000,00 ₽ 1 001,00 ₽" in text
    assert re.search(r"24:00 2 700,00 ₽ 1 001,00 ₽", text), "of hours to come today has nothing"


async def test_a_day_is_added_up_anew_when_its_time_has_come(panel: Panel, scene: Scene, clock: VirtualClock) -> None:
    merchant = await _money(scene)
    assert "1 500,50 ₽ к 12:00" in await words(panel, "/today/money")
    await scene.money(merchant, TODAY + timedelta(hours=11.6), 50)
    assert "1 500,50 ₽ к 12:00" in await words(panel, "/today/money")
    await clock.advance(21)
    assert "1 501,00 ₽ к 12:00" in await words(panel, "/today/money")


async def test_money_of_others_is_neither_added_nor_shown(database: str, clock: VirtualClock, scene: Scene) -> None:
    await _money(scene)
    own = await scene.merchant("ООО «Своя»")
    await scene.money(own, TODAY + timedelta(hours=1), 700)
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        await office.person("anna@example.ru", [Role.ACCOUNTANT], [own])
        await browser.sign_in("anna@example.ru")
        page = (await browser.get("/today/money")).text.replace("\u00a0", " ")
        assert "7,00 ₽" in page
        assert "1 507,50 ₽" not in page
        assert "1 500,50 ₽" not in page
        await office.person("kkt@example.ru", [Role.CASH_DESK_OPERATOR], [own])
        await browser.sign_in("kkt@example.ru")
        assert (await browser.get("/today/money")).status_code == 403
        assert "/today/money" not in (await browser.get("/")).text


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 1, 15), date(2025, 12, 15)),
        (date(2026, 3, 31), date(2026, 2, 28)),
        (date(2026, 1, 1), date(2025, 12, 1)),
    ],
)
def test_the_month_before_has_the_same_day_or_its_last(day: date, before: date) -> None:
    assert month_before(day) == before


def test_an_hour_that_is_not_over_has_no_sum() -> None:
    day = DayOfMoney(date(2026, 1, 15), [1, 2, 3, 4, 5, 6, 7], 7)
    assert (day.at_hour(1), day.at_hour(2)) == (6, None)
    assert (day.by(0), day.by(7), day.by(99)) == (0, 7, 7)


async def test_the_page_says_whether_all_is_well(panel: Panel, scene: Scene, clock: VirtualClock) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.slot(merchant, 1, REAL_FN, documents_left=200_000)
    assert "Всё в порядке" in await words(panel)
    receipt = await scene.receipt(merchant, payment(45_000))
    await clock.advance(FORESIGHT_S + 1)
    page = await words(panel)
    assert "Сроки очереди до 16.01.2026 1 чек" in page
    await scene.refuse(receipt, "Неверная сумма")
    page = (await panel.get("/?now")).text
    assert f'href="/receipts/{merchant}/{receipt}"' in page
    assert "Нужен человек:" in page
    assert "Всё в порядке" not in page


def test_a_way_out_stands_beside_an_alarm_for_whoever_may_go_it() -> None:
    alarm = Alarm(
        code=AlarmCode.RECEIPTS_PARKED, severity=Severity.WARNING, merchant_id=7, cassette_id=7, cassette="main",
        text="", advice="",
    )  # fmt: skip
    accountant = Viewer(merchants=[], roles=(Role.ACCOUNTANT,))
    way = way_of(alarm, accountant)
    assert way is not None
    assert way.path == "/receipts?state=REFUSED"
    assert way_of(alarm, Viewer(merchants=[], roles=(Role.SYSTEM_ADMINISTRATOR,))) is None


@pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
async def test_the_chart_is_drawn_with_its_figures_beside_it(page: Page, address: str, scene: Scene) -> None:
    await _money(scene)
    await page.open(f"{address}/")
    await page.wait_for("document.querySelector('.chart canvas') !== null")
    legend = "[...document.querySelectorAll('.u-legend .u-label')].map((one) => one.textContent)"
    assert await page.evaluate(legend) == ["Время", "сегодня", "вчера", "месяц назад"]
    assert await page.evaluate("document.querySelector('.chart canvas').width") > 600
    assert await page.evaluate("document.querySelectorAll('.money-table tbody tr').length") == 24
