"""An emulated FN at the end of an in-process cable: no socket, so a test's virtual clock rules everything."""

import asyncio
from typing import Protocol

from kkt_drivers.emulator.line import FnLine


class CableEnd(Protocol):
    """The device's end of a cable; ``read`` raises ConnectionError when the other end has gone."""

    async def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class FnSocketOnCable:
    """Where cables are plugged in: one FN, and the newest cable wins."""

    def __init__(self, line: FnLine) -> None:
        self.line = line
        self._current: CableEnd | None = None
        self._gone_until = 0.0

    def unplug(self) -> None:
        """Nobody is served, and who is now is cut off, until ``plug``."""
        self._gone_until = float("inf")
        self.line.fn.power_cycle()
        if self._current is not None:
            self._current.close()

    def plug(self) -> None:
        """Be there again."""
        self._gone_until = 0.0

    async def serve(self, end: CableEnd) -> None:
        """Answer on this cable until it is pulled out or a fault cuts it."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._gone_until:
            end.close()
            return
        if self._current is not None:
            self._current.close()
        self._current = end
        self.line.reset()
        while True:
            try:
                data = await end.read()
            except ConnectionError:
                return
            if not await self._answer(end, data):
                return

    async def _answer(self, end: CableEnd, data: bytes) -> bool:
        """False: this cable has been cut."""
        for delivery in self.line.receive(data):
            if delivery.cut:
                self._gone_until = asyncio.get_running_loop().time() + delivery.gone_s
                end.close()
                return False
            if delivery.delay_s:
                await asyncio.sleep(delivery.delay_s)
            self._say(end, delivery.data)
        return True

    def _say(self, end: CableEnd, data: bytes) -> None:
        end.write(data)


class FnAtSerialCable(FnSocketOnCable):
    """A UART has no connections: who has the port open hears what the FN says, also to who had it open before.

    One command ends before the next one is looked at.
    """

    def __init__(self, line: FnLine) -> None:
        super().__init__(line)
        self._busy = asyncio.Lock()

    async def _answer(self, end: CableEnd, data: bytes) -> bool:
        async with self._busy:
            return await super()._answer(end, data)

    def _say(self, end: CableEnd, data: bytes) -> None:
        (self._current or end).write(data)
