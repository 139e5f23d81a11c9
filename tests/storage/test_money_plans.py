"""Lists of what came in cost what they show: under row-level security, among many merchants, no step reads a table."""

import re
from collections.abc import AsyncIterator

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.storage import money_lists
from fiscal_server.storage.overview import seen_by
from fiscal_server.storage.pool import Database, connect
from fiscal_server.storage.walking import FEW_MERCHANTS, in_index_order
from tests.storage.scene import Shop, open_shop

CROWD = 20_000
LIMIT = 50
_ROWS = (
    "insert into fiscal.batch select $1 + n % 40, n, n::text, '', 1, 1, 0, 0, 1, '', now()"
    " from generate_series(1, $2::bigint) n",
    "insert into fiscal.import select $1 + n % 40, n, 'register', 'table', 'bank', 'f', decode(md5(n::text), 'hex'), 0,"
    " null, null, 2, 1, 100, 0, 0, 0, n % 2, 0, 1, '[]', now() from generate_series(1, $2::bigint) n",
    "insert into fiscal.correction select $1 + n % 40, n, 'correction', n::text, '', '', '{}', now()"
    " from generate_series(1, $2::bigint) n",
    "insert into fiscal.restoration_job (merchant_id, id, idempotency_key, body_hash, dry_run, on_error, state, events,"
    " actor, started_at) select $1 + n % 40, n, n::text, '', false, 'skip', 'FINISHED', 1, 'key', now()"
    " from generate_series(1, $2::bigint) n",
)


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        async with opened.db.write() as db:
            for statement in _ROWS:
                await db.execute(statement, opened.merchant.id, CROWD)
        async with opened.db.read() as reader:
            await reader.execute("analyze")
        yield opened


@pytest.fixture
async def panel(database: str, shop: Shop, clock: VirtualClock) -> AsyncIterator[Database]:
    opened = await connect(database, clock, role="fiscal_panel")
    yield opened
    await opened.close()


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_step_of_a_list_reads_what_it_gives(panel: Database, shop: Shop, mode: str) -> None:
    few = [shop.merchant.id + n for n in range(3)]
    many = [shop.merchant.id + n for n in range(40)]
    assert len(few) <= FEW_MERCHANTS < len(many)
    more = {"next_imports": (None, None), "next_corrections": (None,)}
    async with seen_by(panel, many) as db:
        await in_index_order(db)
        await db.execute(f"set local plan_cache_mode = {mode}")
        for name in ("next_imports", "next_batches", "next_corrections", "next_jobs"):
            for query, merchants in ((name, many), (f"{name}_of_few", few)):
                arguments = (merchants, 1, money_lists.LAST_ID, LIMIT, *more.get(name, ()))
                prepared = await db.prepare(f"explain (analyze, costs off, timing off) {money_lists.SQL[query]}")
                plan = "\n".join(row[0] for row in await prepared.fetch(*arguments))
                most = max(float(rows) for rows in re.findall(r"(?:rows=|Removed by .*: )([\d.]+)", plan))
                assert most <= LIMIT * len(few), f"{query} reads {most} rows:\n{plan}"
