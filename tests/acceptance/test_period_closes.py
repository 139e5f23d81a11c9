"""A month closed over HTTP and by the command, as users do it, killed in the middle too."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.intake.closing import CloseRequest, start_close
from fiscal_server.storage.close_jobs import BEFORE_ALL, newest_job, read_job
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.closing_worlds import StoredWorld, stored_world
from tests.storage.scene import charge, payment
from tests.waiting import wait_until_async

FOLDER = Path("/nonexistent")


async def prepared(site: Site) -> None:
    events: list[Any] = [charge(f"c{n}", f"A{n}") for n in range(4)]
    events += [payment("p0", "A0", kopecks=50_000, date="2026-10-01"), payment("p1", "A1", kopecks=20_000)]
    accounts = [{"id": f"A{n}"} for n in range(4)]
    advance = {"events": [payment("before", "A2", kopecks=30_000)], "accounts": accounts}
    assert (await site.post(advance)).status_code == 202
    assert (await site.post({"events": events})).status_code == 202


async def call(site: Site, path: str, **body: Any) -> Any:
    return await site.client.post(f"/v1/period-closes{path}", content=json.dumps(body), headers=site.headers)


async def settled(site: Site, job_id: str) -> Any:
    """The job when nobody works on it any more."""
    found: Any = None

    async def over() -> bool:
        nonlocal found
        found = (await site.get(f"/v1/period-closes/{job_id}")).json()
        return found["state"] not in ("RUNNING", "PREVIEWING")

    await wait_until_async(over)
    return found


async def test_a_month_is_previewed_and_closed_over_http(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        await prepared(site)
        asked = await call(site, "", period="2026-10", dry_run=True)
        assert asked.status_code == 202, asked.text
        preview = await settled(site, asked.json()["id"])
        assert (preview["state"], preview["dry_run"], preview["deadline"]) == ("PREVIEWED", True, "2026-11-10")
        closed = await settled(site, (await call(site, "", period="2026-10")).json()["id"])
        assert (closed["state"], closed["accounts_done"], closed["error"]) == ("FINISHED", 4, None)
        assert closed["totals"] == preview["totals"]
        (kind,) = closed["totals"]["by_kind"]
        (code,) = closed["totals"]["by_vat_code"]
        assert (kind["kind"], kind["sign"], kind["receipts"]) == ("consolidated", 1, 1)
        assert (code["vat_code"], code["sum_kopecks"]) == (11, kind["sum_kopecks"])
        receipts = (await site.get("/v1/receipts")).json()["receipts"]
        (consolidated,) = [one for one in receipts if one["consolidated"]]
        assert consolidated["total_kopecks"] == kind["sum_kopecks"]
        again = await call(site, "", period="2026-10")
        assert again.json()["id"] == closed["id"]


async def test_closes_are_listed_page_by_page_by_month_and_by_state(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        await prepared(site)
        made = []
        for body in ({"period": "2026-09"}, {"period": "2026-10", "dry_run": True}, {"period": "2026-10"}):
            made.append((await settled(site, (await call(site, "", **body)).json()["id"]))["id"])
        assert await listed(site) == made[::-1]
        assert await listed(site, limit=1) == made[::-1]
        assert await listed(site, limit=2) == made[::-1]
        assert await listed(site, period="2026-10") == [made[2], made[1]]
        assert await listed(site, state="FINISHED") == [made[2], made[0]]
        assert await listed(site, period="2026-10", state="PREVIEWED") == [made[1]]
        assert await listed(site, period="2026-08") == []
        newest = (await site.get("/v1/period-closes", limit=1)).json()["closes"][0]
        assert newest == (await site.get(f"/v1/period-closes/{made[2]}")).json()
        for wrong in ({"period": "2026-13"}, {"state": "DONE"}, {"cursor": 0}):
            check_problem(await site.get("/v1/period-closes", **wrong), 400, "bad-request")


async def listed(site: Site, **query: Any) -> list[str]:
    """Ids of all pages."""
    found: list[str] = []
    while True:
        page = (await site.get("/v1/period-closes", **query)).json()
        found += [one["id"] for one in page["closes"]]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


async def test_a_close_of_another_merchant_is_not_listed(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        await prepared(site)
        await settled(site, (await call(site, "", period="2026-10")).json()["id"])
        async with open_site(database, tmp_path, "Другой") as other:
            assert await listed(other) == []


async def test_what_cannot_be_is_told(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        await prepared(site)
        check_problem(await site.get("/v1/period-closes/1"), 404, "not-found")
        for move in ("cancel", "resume"):
            check_problem(await call(site, f"/1/{move}"), 404, "not-found")
        check_problem(await call(site, "", period="2026-13"), 422, "batch-rejected")
        check_problem(await call(site, "", period="2026-10", what=1), 422, "invalid-body")
        done = await settled(site, (await call(site, "", period="2026-10")).json()["id"])
        check_problem(await call(site, f"/{done['id']}/cancel"), 409, "close-refused")
        check_problem(await call(site, "", period="2026-10", key="other"), 409, "close-refused")


async def run_command(dsn: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code and what was said."""
    words, environment = command(dsn, *arguments)
    process = await asyncio.create_subprocess_exec(*words, env=environment, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def command(dsn: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environment = {
        **os.environ,
        "FISCAL_DATABASE_URL": dsn,
        "FISCAL_DATA_DIR": str(FOLDER),
        "FISCAL_LOG_FORMAT": "json",
    }
    return [sys.executable, "-m", "fiscal_server", "close-month", *arguments], environment


async def position(world: StoredWorld) -> int:
    async with world.shop.db.read() as db:
        job_id = await newest_job(db, world.shop.merchant.id, world.close.period)
        if job_id is None:
            return BEFORE_ALL
        job = await read_job(db, world.shop.merchant.id, job_id)
    assert job is not None
    return job.position


@pytest.mark.parametrize("seed", [1, 5])
async def test_a_close_killed_again_and_again_makes_the_receipts_of_an_undisturbed_one(
    database: str, seed: int
) -> None:
    async with stored_world(database, seed, accounts=300) as world:
        names = ("--merchant", world.shop.merchant.name, "--period", world.close.period, "--json", "--chunk", "2")
        killed = 0
        for first in (True, False, False):
            started = ("--key", world.close.key) if first else ("--resume",)
            words, environment = command(database, *names, *started)
            before = await position(world)
            one = await asyncio.create_subprocess_exec(*words, env=environment, stdout=DEVNULL, stderr=DEVNULL)

            async def moved(before: int = before, one: asyncio.subprocess.Process = one) -> bool:
                return one.returncode is not None or await position(world) > before

            await wait_until_async(moved)
            if one.returncode is None:
                one.kill()
            killed += await one.wait() == -signal.SIGKILL
        code, out, err = await run_command(database, *names, "--resume")
        assert (code, killed) == (0, 3), err
        told = json.loads(out)
        async with world.shop.db.read() as db:
            job = await read_job(db, world.shop.merchant.id, int(told["id"]))
        assert job is not None
        await world.check(job)


async def test_the_command_previews_and_shows_tables(database: str) -> None:
    async with stored_world(database, 1) as world:
        names = ("--merchant", world.shop.merchant.name, "--period", world.close.period)
        code, out, _ = await run_command(database, *names, "--dry-run")
        assert code == 0
        assert f"{world.close.period}: PREVIEWED" in out
        assert "VAT code" in out
        assert await world.receipts() == []


async def test_the_command_cancels_and_says_what_cannot_be(database: str) -> None:
    async with stored_world(database, 1) as world:
        shop = world.shop
        names = ("--merchant", shop.merchant.name, "--period", world.close.period)
        code, _, err = await run_command(database, *names, "--resume")
        assert (code, err) == (1, f"fiscal-server: nobody has begun to close {world.close.period}\n")
        await start_close(shop.db, shop.intake, shop.merchant.id, CloseRequest(period=world.close.period))
        code, out, _ = await run_command(database, *names, "--cancel", "--json")
        assert (code, json.loads(out)["state"]) == (0, "CANCELLED")
        code, _, err = await run_command(database, *names, "--resume")
        assert (code, "CANCELLED cannot go on" in err) == (1, True)
        code, _, err = await run_command(database, *names[:3], "2026-13")
        assert (code, err.startswith("fiscal-server: period: ")) == (2, True), err
