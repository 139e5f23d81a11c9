"""The machines of the world: FNs, operator, dispatch nodes, API nodes. Each can be killed as a whole."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, connect
from kkt_drivers.emulator.faults import FaultPlan, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import serve_fn
from kkt_drivers.emulator.timing import TURBO, Timing
from tests.simulation.loop import Host, HostClock, SimulatedLoop
from tests.simulation.network import Network

DSN = "postgresql://postgres@/simulated?host=/postgres&port=5432"
"""The host ``postgres`` of the simulated network."""

ZONE = ZoneInfo("Europe/Moscow")

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
        self._fn: EmulatedFn | None = None

    @property
    def is_on(self) -> bool:
        return self._fn is not None

    async def switch_on(self, plan: FaultPlan | None = None, *, slow: bool = True) -> None:
        self._fn = EmulatedFn(self.parameters, self.memory)
        line = FnLine(self._fn, FaultSource(plan), self.timing if slow else TURBO)
        await self.loop.start_on(self.renew(), serve_fn(line, f"tcp://{self.name}:7777"))

    def switch_off(self) -> None:
        if self._fn is not None:
            self.kill(with_word=False)
            self.network.listening.pop((self.name, 7777), None)
            self._fn.close()
            self._fn = None


class Node(Machine):
    """A dispatch process that is started again whenever it ends."""

    def __init__(self, loop: SimulatedLoop, network: Network, number: int) -> None:
        super().__init__(loop, network, f"node-{number}")
        self.number = number
        self.up = False
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
            self.kill(with_word=with_word)
            self.loop.call_later(seconds, self._start_if, self._lives)

    def stay_down(self) -> None:
        """Until ``start``."""
        if self.up:
            self.up = False
            self.kill()
        self._lives += 1

    async def stop(self) -> None:
        """In good order, and for good until ``start``."""
        self._wanted = False
        if self.up and self._dispatcher is not None and self._task is not None:
            self._dispatcher.stop()
            await asyncio.wait([self._task])
        elif self.up:
            self.up = False
            self.kill()

    async def restart(self) -> None:
        """As a rolling upgrade does."""
        await self.stop()
        self.start()

    def _start_if(self, life: int) -> None:
        if life == self._lives and self._wanted:
            self.start()

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        if task is not self._task or not self.up:
            return
        error = None if task.cancelled() else task.exception()
        self.note(f"process ends: {type(error).__name__}: {error}")
        self.up = False
        self.kill()
        if self._wanted:
            self.loop.call_later(0.5, self._start_if, self._lives)

    async def _live(self) -> None:
        db = await connect(DSN, self.clock, size=4)
        self._dispatcher = Dispatcher(DispatchOptions(DSN, self.number), db, self.clock)
        await self._dispatcher.run()
        await db.close()


class Api(Machine):
    """An API process without HTTP: it takes batches."""

    def __init__(self, loop: SimulatedLoop, network: Network, number: int) -> None:
        super().__init__(loop, network, f"api-{number}")
        self._db: Database | None = None
        self._opening: asyncio.Task[Database] | None = None

    def crash(self, *, with_word: bool) -> None:
        self.kill(with_word=with_word)
        self._past.append(self._opening)
        self._opening = None
        self.renew()

    async def post(self, request: BatchRequest) -> bytes:
        """Raises what a billing system sees as a failure that may pass; TimeoutError when the process has died."""
        accepting = self.loop.start_on(self.host, self._accept(request))
        await asyncio.wait([accepting], timeout=_PATIENCE_S)
        if not accepting.done():
            accepting.cancel()
            raise TimeoutError("no answer")
        return accepting.result()

    async def _accept(self, request: BatchRequest) -> bytes:
        if self._opening is None:
            self._opening = asyncio.create_task(connect(DSN, self.clock, size=3))
        opening = self._opening
        try:
            db = await asyncio.shield(opening)
        except Exception:
            if self._opening is opening:
                self._opening = None
            raise
        return await accept_batch(db, Intake(self.clock, ZONE), request)


class Billing:
    """The billing system: sends each batch, under one key, until an API node has answered it."""

    def __init__(self, loop: SimulatedLoop, apis: list[Api], note: Callable[[BatchRequest, bytes], None]) -> None:
        self._loop = loop
        self._apis = apis
        self._note = note
        self.unanswered = 0

    async def send(self, request: BatchRequest, at: float) -> None:
        self.unanswered += 1
        await asyncio.sleep(at)
        while True:
            api = self._apis[self._loop.chance.randrange(len(self._apis))]
            try:
                answer = await api.post(request)
            except (TimeoutError, FiscalServerError, *DATABASE_ERRORS) as error:
                api.note(f"batch {request.idempotency_key} fails: {type(error).__name__}: {error}")
                await asyncio.sleep(1)
                continue
            self._note(request, answer)
            self.unanswered -= 1
            return
