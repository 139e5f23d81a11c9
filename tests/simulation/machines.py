"""The machines of the world: FNs, operator, dispatch nodes, API nodes. Each can be killed as a whole."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.intake.close_runner import Closer
from fiscal_server.intake.closing import CloseRequest, start_close
from fiscal_server.storage.close_jobs import JobRow
from fiscal_server.storage.pool import Database, connect
from kkt_drivers.emulator.faults import FaultPlan, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import FnConnection, FnSocket, serve_fn
from kkt_drivers.emulator.timing import TURBO, Timing
from tests.simulation.loop import Host, HostClock, SimulatedLoop
from tests.simulation.network import Network

T = TypeVar("T")

DSN = "postgresql://postgres@/simulated?host=/postgres&port=5432"
"""The host ``postgres`` of the simulated network."""

ZONE = ZoneInfo("Europe/Moscow")

_CHUNK = 3
"""Accounts of a month's close in one transaction: some chunks even here."""

_PATIENCE_S = 20.0
"""How long a billing system waits for an answer."""


class Machine:
    """A host by name that comes up anew after each end, with the clock that it had."""

    def __init__(self, loop: SimulatedLoop, network: Network, name: str) -> None:
        self.loop = loop
        self.network = network
        self.name = name
        self.host = Host(name)
        self._past: list[object] = []  # what a dead process had in its hands: nobody closes it behind its back

    @property
    def clock(self) -> HostClock:
        return HostClock(self.loop, self.host)

    def kill(self, *, with_word: bool = True) -> None:
        """Nothing of it goes on; with a word, what it had sent still arrives."""
        self.loop.kill(self.host)
        self.network.cut(self.host, with_word=with_word)

    def renew(self) -> Host:
        offset_s = self.host.wall_offset_s
        self.host = Host(self.name)
        self.host.wall_offset_s = offset_s
        return self.host

    def note(self, what: str) -> None:
        self.loop.trace.note(self.loop.time(), self.name, what)


class FnBox(Machine):
    """A network FN."""

    def __init__(
        self, loop: SimulatedLoop, network: Network, folder: Path, n: int, parameters: FnParameters, timing: Timing
    ) -> None:
        super().__init__(loop, network, f"fn-{n}")
        self.parameters = parameters
        self.memory = folder / f"{self.name}.memory"
        self.address = f"fn+tcp://{self.name}:7777?timezone=Europe/Moscow&timeout_ms=1000"
        self.timing = timing
        self.shared = False  # its adapter takes several connections at once
        self.gone = False  # for good
        self._fn: EmulatedFn | None = None

    @property
    def is_on(self) -> bool:
        return self._fn is not None

    @property
    def is_broken(self) -> bool:
        """The FN says so itself: it is read, and does nothing else any more."""
        return self._fn is not None and self._fn.core.state.broken

    async def switch_on(self, plan: FaultPlan | None = None, *, slow: bool = True) -> None:
        self._fn = EmulatedFn(self.parameters, self.memory)
        line = FnLine(self._fn, FaultSource(plan), self.timing if slow else TURBO)
        serving = self.network.create_server(shared_port(line), self.name, 7777) if self.shared else None
        await self.loop.start_on(self.renew(), serving or serve_fn(line, f"tcp://{self.name}:7777"))

    def switch_off(self) -> None:
        if self._fn is not None:
            self.kill(with_word=False)
            self.network.listening.pop((self.name, 7777), None)
            self._fn.close()
            self._fn = None


class _SharedConnection(FnConnection):
    """An adapter that lets everybody in: whoever speaks has the line."""

    def __init__(self, socket: FnSocket) -> None:
        super().__init__(socket)
        self._line = socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line.current = None  # nobody is hung up on
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._line.current = self
        super().data_received(data)


def shared_port(line: FnLine) -> Callable[[], FnConnection]:
    """Connections of one adapter that hangs up on nobody."""
    socket = FnSocket(line)
    return lambda: _SharedConnection(socket)


class Node(Machine):
    """A dispatch process that is started again whenever it ends."""

    def __init__(self, loop: SimulatedLoop, network: Network, options: DispatchOptions) -> None:
        super().__init__(loop, network, f"node-{options.node}")
        self.up = False
        self._options = options
        self._dispatcher: Dispatcher | None = None
        self._task: asyncio.Task[None] | None = None
        self._wanted = True
        self._lives = 0

    def start(self) -> None:
        self._wanted = True
        if self.up:
            return
        self.up = True
        self._lives += 1
        self._dispatcher = None
        self._task = self.loop.start_on(self.renew(), self._live())
        self._past.append(self._task)
        self._task.add_done_callback(self._on_end)

    def kill_for(self, seconds: float, *, with_word: bool) -> None:
        if self.up:
            self.up = False
            self._die(with_word=with_word)
            self.loop.call_later(seconds, self._start_if, self._lives)

    def stay_down(self) -> None:
        """Until ``start``."""
        if self.up:
            self.up = False
            self._die()
        self._lives += 1

    async def stop(self) -> None:
        """In good order, and for good until ``start``."""
        self._wanted = False
        if self.up and self._dispatcher is not None and self._task is not None:
            self._dispatcher.stop()
            await asyncio.wait([self._task])
        elif self.up:
            self.up = False
            self._die()

    async def restart(self) -> None:
        """As a rolling upgrade does."""
        await self.stop()
        self.start()

    def _die(self, *, with_word: bool = True) -> None:
        """Its locks go with it, as the kernel has it."""
        self.kill(with_word=with_word)
        if self._dispatcher is not None:
            self._dispatcher._membership.let_go()

    def _start_if(self, life: int) -> None:
        if life == self._lives and self._wanted:
            self.start()

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        if task is not self._task or not self.up:
            return
        error = None if task.cancelled() else task.exception()
        self.note(f"process ends: {type(error).__name__}: {error}")
        self.up = False
        self._die()
        if self._wanted:
            self.loop.call_later(0.5, self._start_if, self._lives)

    async def _live(self) -> None:
        db = await connect(DSN, self.clock, size=4)
        self._dispatcher = Dispatcher(self._options, db, self.clock)
        await self._dispatcher.run()
        await db.close()


class Api(Machine):
    """An API process without HTTP: it takes batches, closes months and works on their jobs."""

    def __init__(self, loop: SimulatedLoop, network: Network, number: int) -> None:
        super().__init__(loop, network, f"api-{number}")
        self._opening: asyncio.Task[Database] | None = None

    def crash(self, *, with_word: bool) -> None:
        self.kill(with_word=with_word)
        self._past.append(self._opening)
        self._opening = None
        self.renew()

    async def post(self, request: BatchRequest) -> bytes:
        """Raises what a billing system sees as a failure that may pass; TimeoutError when the process has died."""
        return await self._do(lambda db: accept_batch(db, Intake(self.clock, ZONE), request))

    async def close_month(self, merchant_id: int, period: str) -> JobRow:
        """The job of the month's close, begun now or before. Raises as ``post``."""
        request = CloseRequest(period=period)
        return await self._do(lambda db: start_close(db, Intake(self.clock, ZONE), merchant_id, request))

    async def _do(self, work: Callable[[Database], Awaitable[T]]) -> T:
        doing = self.loop.start_on(self.host, self._in_process(work))
        await asyncio.wait([doing], timeout=_PATIENCE_S)
        if not doing.done():
            doing.cancel()
            raise TimeoutError("no answer")
        return doing.result()

    async def _in_process(self, work: Callable[[Database], Awaitable[T]]) -> T:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        opening = self._opening
        try:
            db = await asyncio.shield(opening)
        except Exception:
            if self._opening is opening:
                self._opening = None
            raise
        return await work(db)

    async def _open(self) -> Database:
        db = await connect(DSN, self.clock, size=3)
        closer = Closer(db, Intake(self.clock, ZONE), chunk=_CHUNK)
        self._past.append(asyncio.create_task(closer.keep_working()))
        return db
