"""How long the panel takes for each page, among a million receipts and under row-level security.

python -m benchmarks.bench_panel [--repeats N] [--smoke] [--keep] [--machine NAME]

The whole way through the application in this process: request, permission, queries, template. The viewer sees every
merchant, which is the worst case of a list. Pages have 80 ms, totals 500 ms, at the 95th percentile; the
process has 150 MiB.
"""

import argparse
import logging
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import httpx
import msgspec
import uvloop

from admin.announcer import Announcer
from admin.app import create_admin_app
from admin.database import PanelDatabase
from benchmarks.harness import keep_figures
from benchmarks.panel_world import FULL, SMOKE, WorldSize, make_world, month_ago
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import start_embedded
from fiscal_server.commands.serve import collect_rarely
from fiscal_server.settings import Settings
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.pool import connect, one_row
from fiscal_server.supervisor import Supervisor

REPEATS: Final = 60
PAGE_MS: Final = 80.0
TOTALS_MS: Final = 500.0
MEMORY_MIB: Final = 150
PAGES: Final = 50
"""Open at once, each with its stream of changes."""
LOOK_MS: Final = 50.0
"""Of each second, however many pages are open."""
_SOME = "select merchant_id, id, account_id from fiscal.receipt where merchant_id = any ($1) and id % 97 = 0 limit 400"
_OWES = """
select d.account_total_kopecks, d.merchant_id, d.account_id, a.code
from fiscal.debt d join fiscal.account a on a.merchant_id = d.merchant_id and a.id = d.account_id
where d.account_total_kopecks > 100000 order by d.account_total_kopecks limit 1
"""
_CODES = "select merchant_id, code from fiscal.account where merchant_id = any ($1) and id % 97 = 0 limit 400"


class Route(msgspec.Struct, frozen=True):
    """``paths`` are asked in turn; the whole of them is one row of the table."""

    name: str
    paths: Sequence[str]
    target_ms: float = PAGE_MS


class Figure(msgspec.Struct, frozen=True):
    """Of one route, milliseconds."""

    name: str
    min_ms: float
    p50_ms: float
    p95_ms: float
    target_ms: float
    size_kb: int


@asynccontextmanager
async def open_world(size: WorldSize) -> AsyncIterator[tuple[str, Settings, datetime]]:
    """A PostgreSQL of its own with the world in it: address, settings, the moment it was made for."""
    folder = tempfile.mkdtemp(prefix="fiscal-bench-")
    os.chmod(folder, 0o711)  # under root PostgreSQL runs as another user
    clock = SystemClock()
    try:
        settings = Settings(data_dir=Path(folder), admin_login=False)
        async with Supervisor(settings.data_dir, on_event=lambda _: None) as supervisor:
            dsn = await start_embedded(supervisor, settings)
            await migrate(dsn)
            database = await connect(dsn, clock, statement_s=1800)
            now = clock.now()
            try:
                await make_world(database, size, now)
            finally:
                await database.close()
            yield dsn, settings, now
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def routes_of(dsn: str, now: datetime) -> list[Route]:
    """What is asked, with objects that are there."""
    database = await connect(dsn, SystemClock())
    try:
        async with database.read() as db:
            some = await db.fetch(_SOME, [1, 2, 3])
            accounts = await db.fetch(_CODES, [1, 2, 3])
            owes = await one_row(db, _OWES)
    finally:
        await database.close()
    cards = [f"/receipts/{row['merchant_id']}/{row['id']}" for row in some]
    codes = [row["code"] for row in accounts]
    people = [f"/accounts/{row['merchant_id']}/{quote(row['code'])}" for row in accounts]
    middle = some[len(some) // 2]["id"]
    owing = quote("|".join(str(value) for value in owes))
    since = month_ago(now)
    return [
        Route("receipts, all merchants", ["/receipts"]),
        Route("receipts, one merchant", ["/receipts?merchant=1", "/receipts?merchant=2"]),
        Route("receipts, a page in the middle", [f"/receipts?behind={middle}&first=51"]),
        Route("receipts, the page before", [f"/receipts?ahead={middle}&first=101"]),
        Route("receipts, oldest first", ["/receipts?order=turned"]),
        Route("receipts of an account", [f"/receipts?account={code}" for code in codes]),
        Route("receipts by state: waiting", ["/receipts?state=QUEUED"]),
        Route("receipts by state: refused", ["/receipts?state=REFUSED"]),
        Route("receipts by state: with the operator", ["/receipts?state=OFD_ACKED"]),
        Route("receipts by sum", ["/receipts?sum_from=100&sum_to=101"]),
        Route("receipts by sum, none there is", ["/receipts?sum_from=9999"]),
        Route("receipts by sum of one merchant", ["/receipts?merchant=1&sum_from=9999"]),
        Route("receipts of a month", [f"/receipts?from={since}"]),
        Route("receipts by FD number", ["/receipts?fd=17"]),
        Route("receipts, corrections", ["/receipts?kind=correction"]),
        Route("codes while typing", [f"/receipts/codes?begins={code[:4]}" for code in codes]),
        Route("totals of receipts", ["/receipts/totals"], TOTALS_MS),
        Route("totals of a month", [f"/receipts/totals?from={since}"], TOTALS_MS),
        Route("totals by state", ["/receipts/totals?state=QUEUED"], TOTALS_MS),
        Route("totals by sum, estimated", ["/receipts/totals?sum_from=300"], TOTALS_MS),
        Route("card of a receipt", cards),
        Route("why a receipt is as it is", [f"{card}/why" for card in cards], TOTALS_MS),
        Route("accounts, all merchants", ["/accounts"]),
        Route("accounts, one merchant", ["/accounts?merchant=1"]),
        Route("accounts by code", [f"/accounts?code={code[:5]}" for code in codes]),
        Route("accounts by contact", ["/accounts?contact=%2B7900123", "/accounts?contact=%2B79005"]),
        Route("accounts with a debt", ["/accounts?money=debt", "/accounts?merchant=1&money=debt"]),
        *_by_sum(owing, codes),
        Route("accounts of companies: none", ["/accounts?kind=legal"]),
        Route("totals of accounts", ["/accounts/totals"], TOTALS_MS),
        Route("totals of accounts with a debt", ["/accounts/totals?money=debt"], TOTALS_MS),
        Route("card of an account", people),
        Route("search: an account", [f"/search?q={code[:6]}" for code in codes]),
        Route("search: a sum", ["/search?q=450", "/search?q=1234,50"]),
        Route("search: a sum there is none of", ["/search?q=99999,99"]),
        Route("search: a word", ["/search?q=%D1%87%D0%B5%D0%BA"]),
        Route("search: an FN", ["/search?q=9999078"]),
        Route("money of today", ["/today/money"], TOTALS_MS),
        Route("what if", [f"{one}?pay=450&way=bank_transfer" for one in people]),
    ]


def _by_sum(owing: str, codes: Sequence[str]) -> list[Route]:
    """Accounts in the order of debts and advances; ``owing``: the cursor of one among them."""
    return [
        Route("accounts by debt, all merchants", ["/accounts?sort=debt"]),
        Route("accounts by debt, one merchant", ["/accounts?merchant=1&sort=debt", "/accounts?merchant=2&sort=debt"]),
        Route("accounts by debt, a page in the middle", [f"/accounts?sort=debt&behind={owing}&first=51"]),
        Route("accounts by debt, the page before", [f"/accounts?sort=debt&ahead={owing}&first=101"]),
        Route("accounts by debt, the smallest first", ["/accounts?sort=debt&money=debt&order=turned"]),
        Route("accounts by debt, those without", ["/accounts?sort=debt&order=turned"]),
        Route("accounts by advance, all merchants", ["/accounts?sort=advance"]),
        Route("accounts by advance, one merchant", ["/accounts?merchant=1&sort=advance&order=turned"]),
        Route("accounts of a code by debt", [f"/accounts?sort=debt&code={code[:5]}" for code in codes]),
    ]


async def measure(size: WorldSize, repeats: int) -> list[Figure]:
    """Every route ``repeats`` times, in turn, after a round to warm up."""
    async with open_world(size) as (dsn, settings, now):
        return await measure_routes(dsn, settings, await routes_of(dsn, now), repeats)


async def measure_routes(dsn: str, settings: Settings, routes: Sequence[Route], repeats: int) -> list[Figure]:
    """The same of a world that is there."""
    app = create_admin_app(settings, dsn, SystemClock())
    took: dict[str, list[float]] = {route.name: [] for route in routes}
    sizes: dict[str, int] = {}
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=httpx.ASGITransport(cast("Any", app)), base_url="http://127.0.0.1") as client,
    ):
        collect_rarely()  # as the panel's command does
        for turn in range(-1, repeats):
            for route in routes:
                path = route.paths[turn % len(route.paths)]
                start = time.perf_counter_ns()
                answer = await client.get(path, headers={"X-Part": "1"} if route.target_ms > PAGE_MS else {})
                if turn >= 0:
                    took[route.name].append((time.perf_counter_ns() - start) / 1e6)
                assert answer.status_code == 200, f"{path}: {answer.status_code}"
                sizes[route.name] = len(answer.content)
        looks = await _looks(app.state["announcer"], app.state["panel"], repeats)
    figures = [_figure(route, took[route.name], sizes[route.name]) for route in routes]
    return [*figures, _figure(Route(f"what has changed, for {PAGES} open pages", [], LOOK_MS), looks, 0)]


async def _looks(announcer: Announcer, panel: PanelDatabase, repeats: int) -> list[float]:
    """Milliseconds of the one look a second that all open pages share, each page with all merchants in sight."""
    merchants = [one.id for one in await panel.merchants()]
    took = []
    async with AsyncExitStack() as open_pages:
        for _ in range(PAGES):
            await open_pages.enter_async_context(announcer.listen(merchants))
        for turn in range(-1, repeats):
            start = time.perf_counter_ns()
            await announcer.marks()
            if turn >= 0:
                took.append((time.perf_counter_ns() - start) / 1e6)
    return took


def _figure(route: Route, took: Sequence[float], size: int) -> Figure:
    ordered = sorted(took)
    p95 = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return Figure(
        route.name,
        round(ordered[0], 1),
        round(statistics.median(ordered), 1),
        round(p95, 1),
        route.target_ms,
        size // 1000,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives 1 when a kept run misses a target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_panel")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--smoke", action="store_true", help="a moment only: does it run at all")
    parser.add_argument("--keep", action="store_true", help="write the figures into benchmarks/results")
    parser.add_argument("--machine", default=platform.node() or "unnamed", help="name in the file of results")
    given = parser.parse_args(arguments)
    size, repeats = (SMOKE, 3) if given.smoke else (FULL, given.repeats)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request is a cost of its own
    figures = uvloop.run(measure(size, repeats))
    memory_mib = peak_mib()
    print(table(figures))
    print(
        f"memory of the process at its peak: {memory_mib} MiB, target {MEMORY_MIB}{'  !' * (memory_mib > MEMORY_MIB)}"
    )
    if given.keep:
        command = f"python -m benchmarks.bench_panel --repeats {repeats} --keep --machine {given.machine}"
        kept = {"receipts": size.receipts, "memory_mib": memory_mib, "results": msgspec.to_builtins(figures)}
        print(keep_figures("bench_panel", command, kept, given.machine))
    missed = memory_mib > MEMORY_MIB or any(one.p95_ms > one.target_ms for one in figures)
    return 1 if given.keep and missed else 0


def peak_mib() -> int:
    """The most memory that this process has held: the panel, and the little that asks it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def table(figures: Sequence[Figure]) -> str:
    """For people; what misses its target has a mark."""
    rows = [f"{'page':42} {'min ms':>8} {'p50 ms':>8} {'p95 ms':>8} {'target':>7} {'KB':>5}"]
    for one in figures:
        mark = "  !" if one.p95_ms > one.target_ms else ""
        times = f"{one.min_ms:8.1f} {one.p50_ms:8.1f} {one.p95_ms:8.1f}"
        rows.append(f"{one.name:42} {times} {one.target_ms:7.0f} {one.size_kb:5}{mark}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
