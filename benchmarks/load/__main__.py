"""A server started, loaded by its users for a minute, ended; and a report.

python -m benchmarks.load [--seconds 20] [--shops 200] [--into FOLDER] [--flames]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from benchmarks.bench_atol import GROUP, LOGIN
from benchmarks.bench_intake import BATCH, IN_FLIGHT, Billing
from benchmarks.load.given import OPERATORS, Given
from benchmarks.load.report import Outcome, write_report
from benchmarks.load.stages import Measured, Plan, failures, run_stage
from benchmarks.place import Place, open_place
from benchmarks.processes import Program, memory_bytes
from fiscal_server.commands.atol_online import create_group, create_login
from fiscal_server.commands.context import child_environment
from fiscal_server.commands.keys import create_api_key
from fiscal_server.demo.devices import free_port

_COPIES = 5
_REST_S = 0.05
_FLAMES = {"batch of payments": "flame-billing.svg", "single receipt": "flame-shops.svg"}
_SHARE = 0.7
"""Of the rate that the shops reach: the load at which waiting is judged."""


class _Options(argparse.Namespace):
    seconds: float
    shops: int
    into: Path
    flames: bool


async def _copied(place: Place, billing: Billing) -> float:
    """Rows of payments a second by COPY, at best."""
    await billing.keep_rows(BATCH, _COPIES)
    best = 0.0
    for _ in range(_COPIES):
        start = time.perf_counter()
        await billing.copy(BATCH)
        best = max(best, IN_FLIGHT * BATCH / (time.perf_counter() - start))
    return best


async def _compiled(host: str, environment: dict[str, str]) -> None:
    """A first start, which leaves the modules compiled: those of an installed package are."""
    server = await Program.start("fiscal_server", "api", environment=environment)
    try:
        await _until_ready(host)
    finally:
        await server.end()


async def _until_ready(host: str) -> float:
    start = time.monotonic()
    async with httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{host}/health/ready")).status_code == 200:
                    return time.monotonic() - start
            except httpx.TransportError:
                await asyncio.sleep(_REST_S)


async def _token(host: str, password: str) -> str:
    async with httpx.AsyncClient() as client:
        credentials = {"login": LOGIN, "pass": password}
        return str((await client.post(f"{host}/possystem/v5/getToken", json=credentials)).json()["token"])


async def _load(options: _Options) -> Outcome:
    async with open_place() as place:
        billing = Billing(place.db, place.merchant.id)
        await billing.charge()
        copied = await _copied(place, billing)
        await create_group(place.db, place.clock, place.merchant, GROUP, version=5)
        key = await create_api_key(place.db, place.merchant.id, "load")
        password = await create_login(place.db, place.clock, place.merchant.id, LOGIN)
        port = free_port()
        more = {"FISCAL_API_PORT": str(port), "FISCAL_API_RATE": "0", "FISCAL_LOG_LEVEL": "error"}
        host = f"http://127.0.0.1:{port}"
        environment = child_environment(place.settings, place.dsn, **more)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        await _compiled(host, environment)
        server = await Program.start("fiscal_server", "api", environment=environment)
        try:
            ready = await _until_ready(host)
            idle, _ = memory_bytes(server.pid)
            given = Given(key, GROUP, await _token(host, password), accounts=BATCH)
            parts = {"api": server.pid, "PostgreSQL": place.postgres}
            stages = await _stages(options, given, host, parts)
            return Outcome(copied, BATCH, ready, idle, stages, _FLAMES if options.flames else {})
        finally:
            await server.end()


async def _stages(options: _Options, given: Given, host: str, parts: dict[str, int]) -> list[Measured]:
    seconds, shops = options.seconds, options.shops
    with tempfile.TemporaryDirectory(prefix="fiscal-load-") as folder:
        path = Path(folder)
        plan = Plan("billing", {"Billing": IN_FLIGHT}, "batch of payments", seconds)
        billed = await run_stage(plan, given, host, parts, path)
        if options.flames:
            await run_stage(plan, given, host, parts, path, options.into / _FLAMES[plan.request])
        plan = Plan("shops", {"Shop": shops}, "single receipt", seconds)
        if options.flames:
            await run_stage(plan, given, host, parts, path, options.into / _FLAMES[plan.request])
        full = await run_stage(plan, given, host, parts, path)
        each = full.main.a_second * _SHARE / shops
        calm = msgspec.structs.replace(given, shops_a_second=each)
        plan = Plan("shops at 70 %", {"Shop": shops, "Operator": OPERATORS}, "single receipt", seconds)
        return [billed, full, await run_stage(plan, calm, host, parts, path)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the load; code 1 when a request failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each of the three stages")
    parser.add_argument("--shops", type=int, default=200)
    parser.add_argument("--into", type=Path, default=Path("build/load"), help="folder of the report")
    parser.add_argument("--flames", action="store_true", help="two stages more, drawn as flame graphs by py-spy")
    options = parser.parse_args(arguments, _Options())
    outcome = asyncio.run(_load(options))
    flames = " --flames" if options.flames else ""
    command = f"python -m benchmarks.load --seconds {options.seconds:g} --shops {options.shops}{flames}"
    report = write_report(outcome, datetime.now(UTC).date(), options.into, command)
    print(report.read_text(encoding="utf-8"))
    print(report)
    return 1 if failures(outcome.stages) else 0


if __name__ == "__main__":
    sys.exit(main())
