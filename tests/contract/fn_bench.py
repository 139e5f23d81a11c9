"""An emulated FN on a cable, its driver, and time that jumps; both may be killed and begin again."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from accounting.receipts.codes import FfdVersion
from kkt_drivers.emulator.cable import FnSocketOnCable
from kkt_drivers.emulator.faults import Fault, FaultRule, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.errors import KktRefused, KktUnavailable
from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.transport.pipe import Pipe
from tests.unit.emulator.fn_stand import MOSCOW, NUMBER
from tests.unit.emulator.jumping_loop import JumpingLoop

T = TypeVar("T")
TIMEOUT_S = 1.0
ATTEMPTS = 50


class ArmedFaults(FaultSource):
    """Misfortunes that a test loads: each meets a command code the next time, or any command after so many others."""

    def __init__(self) -> None:
        super().__init__()
        self.by_code: dict[int, FaultRule] = {}
        self.by_count: list[tuple[int, FaultRule]] = []
        self.refused = 0
        """Commands that met a refusal of ours."""

    def clear(self) -> None:
        self.by_code.clear()
        self.by_count.clear()

    def meet(self, code: int) -> FaultRule | None:
        rule = self._armed(code)
        self.refused += rule is not None and rule.do is Fault.REFUSE
        return rule

    def _armed(self, code: int) -> FaultRule | None:
        if code in self.by_code:
            return self.by_code.pop(code)
        if not self.by_count:
            return None
        after, fault = self.by_count.pop(0)
        if after == 0:
            return fault
        self.by_count.insert(0, (after - 1, fault))
        return None


class FnBench:
    """Synchronous, because the tests that use it are."""

    def __init__(self) -> None:
        self.loop = JumpingLoop()
        self.folder = tempfile.TemporaryDirectory()
        self.memory = Path(self.folder.name) / "fn"
        self.faults = ArmedFaults()

    def begin(self, ffd: FfdVersion, socket: type[FnSocketOnCable], *, enq: bool) -> None:
        self._parameters = FnParameters(number=NUMBER, ffd=ffd)
        self._kind_of_socket = socket
        self._enq = enq
        self._start_fn()
        self._start_driver()

    def _start_fn(self) -> None:
        self._fn = EmulatedFn(self._parameters, self.memory)
        self._socket = self._kind_of_socket(FnLine(self._fn, self.faults))

    def _start_driver(self) -> None:
        self.kkt = FnKkt(Pipe(self._serve), timezone=MOSCOW, timeout_s=TIMEOUT_S, enq=self._enq)

    async def _serve(self, end: Any) -> None:
        await self._socket.serve(end)  # of whichever FN process is alive by now

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def surely(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again until an answer comes; only for what may be asked twice."""

        async def attempt() -> T:
            for _ in range(ATTEMPTS):
                refused = self.faults.refused
                try:
                    return await ask()
                except KktUnavailable:
                    self._socket.plug()  # whoever misses it puts it back
                except KktRefused:
                    if self.faults.refused == refused:
                        raise  # the FN itself said no
            raise AssertionError("the FN cannot be reached any more")

        return self.run(attempt())

    def cut_power(self) -> None:
        self._socket.unplug()
        self._socket.plug()

    def kill_fn(self) -> None:
        self._socket.unplug()
        self._fn.close()
        self._start_fn()

    def kill_server(self) -> None:
        self.run(self.kkt.close())
        self._start_driver()

    def end(self) -> None:
        if hasattr(self, "kkt"):
            self.run(self.kkt.close())
            self._fn.close()
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        if pending:
            self.run(asyncio.wait(pending))
        self.loop.close()
        self.folder.cleanup()
