"""The stream of changes: what it says and to whom, one loop for all, and pages that survive a restart of the panel."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from admin.announcer import AWAY, Announcer
from admin.app import create_admin_app
from admin.database import PanelDatabase
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.chromium import PROGRAM, chromium
from tests.browser.client import Panel
from tests.browser.scene import REAL_FN, Scene, payment
from tests.browser.serving import free_port, served

STREAM = {"Accept": "text/event-stream"}
HEARD_WITHIN_S = 20.0


@pytest.fixture
async def announcer(database: str, clock: VirtualClock) -> AsyncIterator[Announcer]:
    panel = PanelDatabase(database, clock)
    announcer = Announcer(panel)
    yield announcer
    await announcer.close()
    await panel.close()


def _panel(database: str, clock: VirtualClock) -> Litestar:
    return create_admin_app(Settings(data_dir=Path("/nowhere"), admin_login=False), database, clock)


async def _first_look(announcer: Announcer) -> None:
    """Two looks have begun: the first is over, and what differs from it is a change."""
    while announcer.looks < 2:  # noqa: ASYNC110 - the loop has no end to wait for
        await asyncio.sleep(0)


async def test_a_page_hears_what_changes_for_its_merchants(announcer: Announcer, scene: Scene) -> None:
    merchant, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Провайдер»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    async with announcer.listen([merchant]) as own, announcer.listen([other]) as foreign:
        await _first_look(announcer)
        receipt = await scene.receipt(merchant, payment(100))
        assert await own.wait(HEARD_WITHIN_S) == {"queue"}
        await scene.register(merchant, receipt, kkt, 7)
        assert await own.wait(HEARD_WITHIN_S) == {"queue", "cassette"}
        await scene.batch(merchant, 1)
        assert await own.wait(HEARD_WITHIN_S) == {"jobs"}
        await scene.batch(other, 1)
        assert await foreign.wait(HEARD_WITHIN_S) == {"jobs"}, "and nothing of what happened before"


async def test_many_pages_cost_one_look_and_nobody_costs_none(announcer: Announcer, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    assert announcer.looks == 0
    listeners = [announcer.listen([merchant]) for _ in range(30)]
    pages = [await one.__aenter__() for one in listeners]
    await _first_look(announcer)
    await scene.batch(merchant, 1)
    heard = await asyncio.gather(*(page.wait(HEARD_WITHIN_S) for page in pages))
    assert heard == [{"jobs"}] * 30
    assert announcer.looks <= 2 * HEARD_WITHIN_S
    for one in listeners:
        await one.__aexit__(None, None, None)


async def test_a_database_that_is_away_is_announced_and_so_is_its_return(clock: VirtualClock) -> None:
    panel = PanelDatabase("postgresql://nobody@127.0.0.1:1/nothing", clock)
    announcer = Announcer(panel)
    async with announcer.listen([1]) as page:
        assert await page.wait(HEARD_WITHIN_S) == {AWAY}
    await announcer.close()


async def test_a_stream_begins_with_the_time_and_names_topics(address: str, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    async with (
        httpx.AsyncClient(base_url=address, timeout=HEARD_WITHIN_S) as client,
        client.stream("GET", "/live", headers=STREAM) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        events: list[tuple[str, dict[str, object]]] = []
        name = ""
        async for line in answer.aiter_lines():
            kind, _, text = line.partition(": ")
            name = text if kind == "event" else name
            if kind == "data":
                events.append((name, json.loads(text)))
                if len(events) == 1:
                    await scene.receipt(merchant, payment(100))
                elif name == "changed" or len(events) > 3:
                    break
                else:  # the first look was after the receipt
                    await scene.receipt(merchant, payment(200))
        assert events[0] == ("alive", {"topics": [], "time": "12:00:00", "version": events[0][1]["version"]})
        assert events[-1][0] == "changed"
        assert events[-1][1]["topics"] == ["queue"]


async def test_whoever_is_no_browser_with_a_stream_gets_none(panel: Panel) -> None:
    assert (await panel.get("/live")).status_code == 406


@pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
async def test_a_page_survives_a_restart_of_the_panel(database: str, clock: VirtualClock, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    port = free_port()
    state = "document.getElementById('fresh-words').textContent"
    text = "document.getElementById('live').innerText.replaceAll('\\u00a0', ' ')"
    async with chromium() as page:
        await page.look_like(1366, 768)
        async with served(_panel(database, clock), port) as address:
            await page.open(address)
            await page.wait_for(f"{state} === 'обновлено 12:00:00'")
            await scene.receipt(merchant, payment(123_450))
            await page.wait_for(f"{text}.includes('1 234,50 ₽')")
        await page.wait_for(f"{state} === 'нет связи с панелью, показано на 12:00:00'")
        await scene.receipt(merchant, payment(765_400))
        async with served(_panel(database, clock), port):
            await page.wait_for(f"{text}.includes('7 654,00 ₽') && {state} === 'обновлено 12:00:00'")
            await scene.receipt(merchant, payment(999_900))
            await page.wait_for(f"{text}.includes('9 999,00 ₽')")
