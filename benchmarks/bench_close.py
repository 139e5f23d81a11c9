"""A month close of a whole merchant beside the least that SQL alone would need for it.

python -m benchmarks.bench_close [--accounts N] [--smoke] [--keep] [--machine NAME]

Baseline: one set-based statement that only works out which lot covers which part of which debt, first in first out, and
writes these allocations: window sums of lots and of debts, joined where they overlap. Ours does the whole close through
the job's own code: state read, computed, controlled, ledgers, settlements, receipts and queue written, all committed.
Both run in one PostgreSQL on the same data, one after the other, after VACUUM ANALYZE and a checkpoint.
"""

import argparse
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import uvloop

from benchmarks.harness import keep_figures
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import start_embedded
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.close_runner import CHUNK, JobRun
from fiscal_server.intake.closing import CloseRequest, start_close
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.settings import Settings
from fiscal_server.storage.close_jobs import JobRow
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import Database, connect
from fiscal_server.supervisor import Supervisor

WORK_MEM = "256MB"
PERIOD = "2026-10"
SMOKE = 2_000
DEFAULT = 100_000
TARGET = 4.0
MOST_BYTES = 1 << 30
_RULES = {
    "inn": "7700000016",
    "services": [
        {"id": "internet", "name": "Доступ в интернет", "vat_code": 11},
        {"id": "tv", "name": "Телевидение", "vat_code": 11},
        {"id": "heating", "name": "Отопление", "vat_code": 6},
    ],
}

ACCOUNTS = """
insert into fiscal.account (merchant_id, id, code, contact)
select $1, n, 'A' || lpad(n::text, 9, '0'), '+7900' || lpad(n::text, 7, '0') from generate_series(1, $2::bigint) n
"""
# Two debts an account, of 300 to 800 roubles.
DEBTS = """
insert into fiscal.debt (
    merchant_id, account_id, ordinal, off_balance, service, period, due_on, amount_kopecks, vat_code, delivered,
    credited, volume_measure)
select $1, n, k, false, (array['internet', 'tv', 'heating'])[1 + (n + k) % 3], '2026-10', date '2026-11-10',
       30000 + (n * 7919 + k * 104729) % 50000, case when (n + k) % 3 = 2 then 6 else 11 end, false, false, 0
from generate_series(1, $2::bigint) n, generate_series(0, 1) k
"""
# One lot or two, together from nothing left to more than is owed.
LOTS = """
insert into fiscal.advance_lot (merchant_id, account_id, ordinal, received_on, amount_kopecks, vat_code, method)
select $1, n, k, date '2026-09-15' + k, 20000 + (n * 6271 + k * 15485863) % 60000, 12, 3
from generate_series(1, $2::bigint) n, generate_series(0, 1) k
where k = 0 or n % 2 = 0
"""
# As the product keeps them.
TOTALS = tuple(
    f"""
update fiscal.{table} t set account_total_kopecks = s.kopecks
from (select account_id, sum(amount_kopecks)::bigint as kopecks from fiscal.{table} group by account_id) s
where t.account_id = s.account_id and t.ordinal = 0
"""
    for table in ("debt", "advance_lot")
)
# The least there is to do. Every debt of the month is delivered, so every row takes part.
BASELINE = """
create table bench.allocation as
with l as (
    select account_id, ordinal, stop - amount_kopecks as start, stop
    from (
        select account_id, ordinal, amount_kopecks,
               (sum(amount_kopecks) over w)::bigint as stop
        from fiscal.advance_lot
        where merchant_id = {merchant}
        window w as (partition by account_id order by ordinal rows unbounded preceding)
    ) s
), d as (
    select account_id, ordinal, stop - amount_kopecks as start, stop
    from (
        select account_id, ordinal, amount_kopecks,
               (sum(amount_kopecks) over w)::bigint as stop
        from fiscal.debt
        where merchant_id = {merchant} and period = '2026-10' and not delivered and not off_balance
        window w as (partition by account_id order by ordinal rows unbounded preceding)
    ) s
)
select d.account_id, d.ordinal as debt, l.ordinal as lot,
       least(d.stop, l.stop) - greatest(d.start, l.start) as amount_kopecks
from d join l on l.account_id = d.account_id and l.start < d.stop and d.start < l.stop
"""


class Figures(msgspec.Struct, frozen=True):
    """Of one run; seconds, bytes."""

    accounts: int
    baseline_s: float
    close_s: float
    ratio: float
    allocations: int
    settlements: int
    receipts: int
    own_peak_bytes: int
    own_cpu_s: float
    work_mem: str
    chunk: int


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    folder = tempfile.mkdtemp(prefix="fiscal-bench-")
    os.chmod(folder, 0o711)  # under root PostgreSQL runs as another user
    try:
        settings = Settings(data_dir=Path(folder))
        async with Supervisor(settings.data_dir, on_event=lambda _: None) as supervisor:
            dsn = await start_embedded(supervisor, settings)
            await migrate(dsn)
            db = await connect(dsn, SystemClock())
            await keep_partitions(db, SystemClock())
            try:
                yield db
            finally:
                await db.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _settle(db: Database) -> None:
    """Both begin alike: statistics fresh, nothing dirty."""
    async with db.read() as reader:
        await reader.execute("vacuum analyze")
        await reader.execute("checkpoint")


async def _timed(work: Callable[[], Awaitable[object]]) -> tuple[float, object]:
    start = time.perf_counter()
    result = await work()
    return time.perf_counter() - start, result


async def _baseline(db: Database, merchant_id: int, *, explain: bool) -> tuple[float, int]:
    statement = BASELINE.format(merchant=merchant_id)
    async with db.read() as connection:
        await connection.execute("create schema if not exists bench")
        await connection.execute("drop table if exists bench.allocation")
        await connection.execute(f"set work_mem = '{WORK_MEM}'")
        try:
            if explain:
                for row in await connection.fetch("explain " + statement):
                    print("   ", row[0])
            took, _ = await _timed(lambda: connection.execute(statement))
            return took, int(await connection.fetchval("select count(*) from bench.allocation"))
        finally:
            await connection.execute("reset work_mem")


async def _close(db: Database, merchant_id: int, chunk: int) -> tuple[float, JobRow]:
    intake = Intake(SystemClock(), ZoneInfo("Europe/Moscow"))

    async def whole() -> JobRow | None:
        job = await start_close(db, intake, merchant_id, CloseRequest(period=PERIOD), runner=1)
        return await JobRun(db, intake, 1, chunk=chunk).run(merchant_id, job.id)

    took, job = await _timed(whole)
    assert isinstance(job, JobRow)
    assert job.state == "FINISHED", job
    return took, job


async def measure(accounts: int, *, chunk: int = CHUNK, explain: bool = False) -> Figures:
    """Data, baseline, close."""
    async with _database() as db:
        given = NewMerchant(name="Пример", rules=_RULES, place="https://provider.example", address="Москва")
        merchant = await create_merchant(db, given)
        async with db.read() as writer:
            for statement in (ACCOUNTS, DEBTS, LOTS):
                await writer.execute(statement, merchant.id, accounts)
            for statement in TOTALS:
                await writer.execute(statement)
        await _settle(db)
        baseline_s, allocations = await _baseline(db, merchant.id, explain=explain)
        await _settle(db)
        before = resource.getrusage(resource.RUSAGE_SELF)
        close_s, job = await _close(db, merchant.id, chunk)
        after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(
        accounts=accounts,
        baseline_s=round(baseline_s, 2),
        close_s=round(close_s, 2),
        ratio=round(close_s / baseline_s, 2),
        allocations=allocations,
        settlements=job.settlements,
        receipts=job.receipts,
        own_peak_bytes=after.ru_maxrss * 1024,
        own_cpu_s=round(cpu, 2),
        work_mem=WORK_MEM,
        chunk=chunk,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives 1 when a kept run misses a target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_close")
    parser.add_argument("--accounts", type=int, default=DEFAULT)
    parser.add_argument("--chunk", type=int, default=CHUNK)
    parser.add_argument("--smoke", action="store_true", help="a moment only: does it run at all")
    parser.add_argument("--explain", action="store_true", help="show the plan of the baseline")
    parser.add_argument("--keep", action="store_true", help="write the figures into benchmarks/results")
    parser.add_argument("--machine", default=platform.node() or "unnamed", help="name in the file of results")
    given = parser.parse_args(arguments)
    accounts = SMOKE if given.smoke else given.accounts
    figures = uvloop.run(measure(accounts, chunk=given.chunk, explain=given.explain))  # as the server runs
    for name, value in msgspec.structs.asdict(figures).items():
        print(f"{name:16} {value}")
    if given.keep:
        command = f"python -m benchmarks.bench_close --accounts {accounts} --keep --machine {given.machine}"
        print(keep_figures("bench_close", command, msgspec.to_builtins(figures), given.machine))
    missed = figures.ratio > TARGET or figures.own_peak_bytes > MOST_BYTES
    return 1 if given.keep and missed else 0


if __name__ == "__main__":
    sys.exit(main())
