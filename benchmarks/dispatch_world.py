"""What ``bench_dispatch`` measures: a durable PostgreSQL, emulated FNs and an operator, the dispatcher, a process each.

Nothing here is inside the dispatch process: it is the one that `fiscal-server dispatch` starts, watched from outside by
what it commits, by the meters of the devices and by what the kernel says of its processor time and memory.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from benchmarks.place import INN, Place, open_place
from benchmarks.processes import Program, children_of, cpu_s
from benchmarks.receipts import order
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import child_environment
from fiscal_server.dispatch.enrol import Enrolment, Papers, enrol, registration_of
from fiscal_server.storage import queue
from fiscal_server.supervisor import accepts_connections
from kkt_drivers.emulator.meter import Meter
from kkt_drivers.ffd.rnm import registration_number

_OFD_INN = "7700000000"
_NOBODY = "127.0.0.1:9"
"""An operator who is never there: connections to the discard port are refused."""

_CHUNK = 20_000
_LISTENS_WITHIN_S = 60.0
_DEADLINES = 30  # days over which the deadlines of a queue are spread

RECEIPTS = """
insert into fiscal.receipt (merchant_id, id, event_id, event_key, account_id, form, sign, total_kopecks, register_group,
                            body, created_at)
select $1, id, id, 'bench', id, 3, 1, $3, '', $4, now() from unnest($2::bigint[]) id
"""
QUEUE = """
insert into fiscal.queue (merchant_id, receipt_id, account_id, cassette_id, state, deadline, updated_at)
select $1, id, id, ($3::bigint[])[1 + n % cardinality($3::bigint[])], 'QUEUED', $4::date + (n % $5)::int, now()
from unnest($2::bigint[]) with ordinality u (id, n)
"""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices there are."""

    fns: int
    cassettes: int = 1  # among which the FNs are dealt; one has at most 128 slots at work
    parallel: int | None = None  # slots of a cassette that work at once; None: all
    processes: int = 1  # that the FNs share
    signing_ms: int = 0  # 0: turbo
    capacity: int = 250_000
    operator: bool = True  # somebody answers at the operator's address
    keep_open_s: float = 0.0  # connections to the operator
    profile: Path | None = None  # of the dispatch process, by cProfile


class Spent(msgspec.Struct, frozen=True):
    """Processor seconds, user and system, by piece."""

    dispatch: float
    database: float
    devices: float  # FNs and operator

    def since(self, before: "Spent") -> "Spent":
        return Spent(
            *(b - a for a, b in zip(msgspec.structs.astuple(before), msgspec.structs.astuple(self), strict=True))
        )


class World:
    """One merchant."""

    def __init__(self, plan: Plan, place: Place) -> None:
        self.plan = plan
        self.db = place.db
        self.dsn = place.dsn
        self.merchant = place.merchant
        self._settings = place.settings
        self._postgres = place.postgres
        self._fleets: list[Program] = []
        self._operator: Program | None = None
        self._dispatch: Program | None = None
        self._others: list[Program] = []

    async def start_devices(self) -> None:
        """FNs registered and enrolled, the operator listening; nobody drives them yet."""
        plan = self.plan
        each = max(1, -(-plan.fns // plan.processes))
        addresses: list[str] = []
        for first in range(1, plan.fns + 1, each):
            count = min(each, plan.fns + 1 - first)
            numbers = ("--fns", str(count), "--first", str(first), "--capacity", str(plan.capacity))
            fleet = await Program.start("benchmarks.fleet_process", *numbers, "--signing-ms", str(plan.signing_ms))
            self._fleets.append(fleet)
            addresses += await fleet.hear(list[str])
        ofd = _NOBODY
        if plan.operator:
            self._operator = await Program.start("benchmarks.fleet_process", "--operator")
            ofd = (await self._operator.hear(list[str]))[0].removeprefix("tcp://")
        for n, address in enumerate(addresses, 1):
            await self._enrol(address, n, ofd)

    async def _enrol(self, address: str, n: int, ofd: str) -> None:
        serial = f"{n:010d}"
        papers = Papers(
            serial=serial,
            registration_number=registration_number("0000000001", INN, serial),
            ofd_inn=_OFD_INN,
            ofd_name="ОФД",
        )
        enrolment = Enrolment(
            merchant_id=self.merchant.id,
            cassette=f"cassette {n % self.plan.cassettes}",
            address=f"fn+{address}?timezone=Europe/Moscow",
            ofd_address=ofd,
            registration=registration_of(self.merchant, papers),
            parallel=self._parallel,
        )
        await enrol(self.db, SystemClock(), enrolment)

    @property
    def _parallel(self) -> int:
        return self.plan.parallel or -(-self.plan.fns // self.plan.cassettes)

    async def start_dispatch(self) -> None:
        """The dispatch process; ready when every active slot has its shift open."""
        environment = child_environment(
            self._settings, self.dsn, FISCAL_LOG_LEVEL="error", FISCAL_OFD_KEEP_OPEN_S=str(self.plan.keep_open_s)
        )
        before = ("-m", "cProfile", "-o", str(self.plan.profile)) if self.plan.profile else ()
        self._dispatch = await Program.start("fiscal_server", "dispatch", before=before, environment=environment)
        ready = "select count(*) from fiscal.kkt where state = 'ACTIVE' and shift_opened_at is not null"
        await self.wait(ready, at_least(min(self.plan.fns, self._parallel * self.plan.cassettes)))

    async def start_api(self, port: int) -> None:
        """The API of this database; ready when it listens."""
        environment = child_environment(self._settings, self.dsn, FISCAL_LOG_LEVEL="error", FISCAL_API_PORT=str(port))
        self._others.append(await Program.start("fiscal_server", "api", environment=environment))
        listens = accepts_connections("127.0.0.1", port)
        async with asyncio.timeout(_LISTENS_WITHIN_S):
            while True:
                if await listens(0):
                    return
                await asyncio.sleep(0.1)

    async def fill(self, receipts: int) -> None:
        """So many receipts of five lines into the queue, each of an account of its own, and the dispatcher woken."""
        receipt = order().receipt
        body = msgspec.msgpack.encode(receipt)
        async with self.db.read() as db:
            cassettes = [row["id"] for row in await db.fetch("select id from fiscal.cassette order by id")]
        merchant, first = self.merchant.id, SystemClock().now().date() + timedelta(days=1)
        ids = self.db.ids.take(receipts)
        async with self.db.write() as db:
            for start in range(0, receipts, _CHUNK):
                chunk = ids[start : start + _CHUNK]
                await db.execute(RECEIPTS, merchant, chunk, receipt.total_kopecks, body)
                await db.execute(QUEUE, merchant, chunk, cassettes, first, _DEADLINES)
            await queue.announce(db, merchant)

    async def value(self, query: str) -> int:
        """One number out of the books."""
        async with self.db.read() as db:
            return int(await db.fetchval(query) or 0)

    async def wait(
        self, query: str, enough: Callable[[int], bool], *, every_s: float = 0.1, within_s: float = 600
    ) -> int:
        """Until the books say so; gives what they said. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                if enough(found := await self.value(query)):
                    return found
                await asyncio.sleep(every_s)

    async def meters(self) -> list[Meter]:
        """Of every FN, in the order of their numbers."""
        return [meter for fleet in self._fleets for meter in await fleet.ask(list[Meter])]

    def spent(self) -> Spent:
        """Until now."""
        assert self._dispatch is not None
        devices = [*self._fleets, *([self._operator] if self._operator else [])]
        database = cpu_s(self._postgres) + sum(map(cpu_s, children_of(self._postgres)))
        return Spent(cpu_s(self._dispatch.pid), database, sum(cpu_s(one.pid) for one in devices))

    @property
    def dispatch_pid(self) -> int:
        assert self._dispatch is not None
        return self._dispatch.pid

    async def close(self) -> None:
        """End every process, the dispatcher first."""
        for program in (*self._others, self._dispatch, *self._fleets, self._operator):
            if program is not None:
                await program.end()


def at_least(wanted: int) -> Callable[[int], bool]:
    """For ``World.wait``."""
    return lambda found: found >= wanted


@asynccontextmanager
async def open_world(plan: Plan) -> AsyncIterator[World]:
    """A new database with everything around it."""
    async with open_place(cassette=None) as place:
        world = World(plan, place)
        try:
            await world.start_devices()
            yield world
        finally:
            await world.close()


if sys.platform != "linux":
    raise SystemExit("processor time and memory of other processes are read from /proc")
