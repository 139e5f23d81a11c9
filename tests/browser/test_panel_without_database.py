"""The panel outlives its database."""

import re

import asyncpg

from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, make_panel, words
from tests.browser.scene import Scene


async def test_without_a_database_the_page_says_so_and_opens_by_itself_when_it_is_back(
    database: str, clock: VirtualClock
) -> None:
    server = await asyncpg.connect(re.sub(r"/test_\w+", "/postgres", database))
    name = re.search(r"/(test_\w+)", database)
    assert name is not None
    try:
        await server.execute(f"alter database {name[1]} rename to {name[1]}_away")
        async with make_panel(database, clock) as panel:
            away = await panel.get("/")
            assert away.status_code == 503
            assert '<meta http-equiv="refresh"' in away.text
            assert "Ждём базу данных" in away.text
            abroad = (await panel.get("/", headers={"Accept-Language": "en"})).text
            assert "Waiting for the database" in abroad
            assert "Ждём" not in abroad
            assert (await panel.get("/today/live")).status_code == 503
            assert (await panel.get("/health/live")).status_code == 200
            await server.execute(f"alter database {name[1]}_away rename to {name[1]}")
            assert "Начнём с организации" in await words(panel)
    finally:
        await server.close()


async def test_a_page_survives_a_restart_of_the_database(database: str, panel: Panel, scene: Scene) -> None:
    await words(panel)
    await scene.db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    answers = [(await panel.get("/")).status_code for _ in range(6)]
    assert answers[-1] == 200
    assert set(answers) <= {200, 503}
