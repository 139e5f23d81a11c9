"""A device at a USB-serial bridge, without a kernel driver in between.

libusb blocks, so a thread of its own does all of it, one job after the other: discard, write, read. It reads only while
somebody waits for an answer; meanwhile it looks once a second whether the bridge is still there.

    write, read, discard_input -- jobs --> thread: UsbWire -- call_soon_threadsafe --> Inbox --> read
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from kkt_drivers.transport.base import TransportClosed
from kkt_drivers.transport.blocking import call_blocking
from kkt_drivers.transport.inbox import Inbox
from kkt_drivers.transport.usb import Unplugged, UsbName, UsbWire, open_bridge

SPEED = 115_200
"""Bits per second of an FN after power-on. FN protocol 1."""

_SLICE_S = 0.05  # a read in the thread notices within this time that nobody waits any more
_WRITE_TIMEOUT_S = 1.0
_STILL_THERE_EVERY_S = 1.0
_CLOSE_TIMEOUT_S = 2.5

Job = Callable[[UsbWire], None]


class UsbTransport:
    """One claimed bridge at a time.

    ``on_unplug`` is called in the event loop, with the reason, when the bridge goes while it is open.
    ``take`` False leaves a bridge alone that a driver of the kernel holds (TransportBusy).
    """

    def __init__(
        self,
        name: UsbName,
        *,
        speed: int = SPEED,
        backend: Any = None,
        take: bool = True,
        open_timeout_s: float = 5.0,
        on_unplug: Callable[[str], None] | None = None,
    ) -> None:
        self._name = name
        self._speed = speed
        self._backend = backend
        self._take = take
        self._open_timeout_s = open_timeout_s
        self._on_unplug = on_unplug
        self._pump: _Pump | None = None

    @property
    def address(self) -> str:
        return str(self._name)

    async def open(self) -> None:
        """Raises TransportClosed when the bridge is not there, TransportBusy when it is taken."""
        if self._pump is not None and not self._pump.inbox.closed:
            return
        await self.close()
        try:
            wire = await call_blocking(self._open_bridge, self._open_timeout_s, UsbWire.close)
        except TimeoutError:
            raise TransportClosed(f"{self.address} did not open within {self._open_timeout_s:g} s") from None
        self._pump = _Pump(asyncio.get_running_loop(), wire, self._on_unplug)

    async def close(self) -> None:
        """Waits until the interface is free again, so that whoever opens next finds it so."""
        pump, self._pump = self._pump, None
        if pump is not None:
            await pump.stop()

    def write(self, data: bytes) -> None:
        self._running().submit(lambda wire: wire.write(data, _WRITE_TIMEOUT_S))

    async def read(self, timeout_s: float) -> bytes:
        if self._pump is None:
            raise TransportClosed(f"{self.address} is not open")
        return await self._pump.read(timeout_s)

    def discard_input(self) -> None:
        if self._pump is not None:
            self._pump.discard()

    async def set_speed(self, bits_per_s: int) -> None:
        """Bits per second for this and every later opening. Raises ValueError for a speed the chip cannot make."""
        if self._pump is not None and not self._pump.inbox.closed:
            await self._pump.call(lambda wire: wire.set_speed(bits_per_s))
        self._speed = bits_per_s

    def _running(self) -> "_Pump":
        if self._pump is None:
            raise TransportClosed(f"{self.address} is not open")
        if self._pump.inbox.closed:
            raise TransportClosed(self._pump.inbox.reason)
        return self._pump

    def _open_bridge(self) -> UsbWire:
        try:
            return open_bridge(self._name, self._speed, self._backend, take=self._take)
        except ValueError as error:  # the speed
            raise TransportClosed(f"{self.address}: {error}") from error


class _Pump:
    """The thread behind one opening."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wire: UsbWire, on_unplug: Callable[[str], None] | None) -> None:
        self._loop = loop
        self._wire = wire
        self._on_unplug = on_unplug
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._stopping = False
        self._age = 0  # of what is read: a discard makes everything older worthless
        self._stopped = loop.create_future()
        self.inbox = Inbox(loop)
        threading.Thread(target=self._run, name="usb-bridge", daemon=True).start()

    def submit(self, job: Job) -> None:
        self._jobs.put(job)

    async def call(self, job: Job) -> None:
        """A job whose end, or error, is waited for."""
        done: asyncio.Future[None] = self._loop.create_future()

        def tell(error: Exception | None) -> None:
            if not done.done():
                done.set_exception(error) if error is not None else done.set_result(None)

        def run(wire: UsbWire) -> None:
            try:
                job(wire)
            except ValueError as error:
                self._post(tell, error)
            else:
                self._post(tell, None)

        self._jobs.put(run)
        await asyncio.wait([done, self._stopped], return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            raise TransportClosed(self.inbox.reason)
        done.result()

    async def read(self, timeout_s: float) -> bytes:
        job = _Read(self, self._age, time.monotonic() + timeout_s)
        self._jobs.put(job)
        try:
            return await self.inbox.read(timeout_s)
        finally:
            job.wanted = False

    def discard(self) -> None:
        self._age += 1
        self.inbox.discard()
        self._jobs.put(UsbWire.drain)

    async def stop(self) -> None:
        self._stopping = True
        self._jobs.put(lambda wire: None)
        self.inbox.end("the bridge was closed")
        # A transfer that libusb does not give back must not hold up the program.
        await asyncio.wait([self._stopped], timeout=_CLOSE_TIMEOUT_S)

    def arrived(self, age: int, data: bytes) -> None:
        """From the thread."""
        self._post(self._put, age, data)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def _put(self, age: int, data: bytes) -> None:
        if age == self._age:
            self.inbox.put(data)

    def _run(self) -> None:
        reason: TransportClosed | None = None
        try:
            while not self._stopping:
                try:
                    job = self._jobs.get(timeout=_STILL_THERE_EVERY_S)
                except queue.Empty:
                    job = UsbWire.check
                job(self._wire)
        except TransportClosed as error:
            reason = error
        finally:
            self._wire.close()
            self._post(self._end, reason)

    def _end(self, reason: TransportClosed | None) -> None:
        self.inbox.end(str(reason or "the bridge was closed"))
        if not self._stopped.done():
            self._stopped.set_result(None)
        if isinstance(reason, Unplugged) and self._on_unplug is not None and not self._stopping:
            self._on_unplug(str(reason))

    def _post(self, call: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            pass  # the loop has ended: nobody waits


class _Read:
    """A job: read until something comes, the time is over, or nobody waits any more."""

    def __init__(self, pump: _Pump, age: int, deadline: float) -> None:
        self._pump = pump
        self._age = age
        self._deadline = deadline
        self.wanted = True

    def __call__(self, wire: UsbWire) -> None:
        while self.wanted and not self._pump.stopping:
            left = self._deadline - time.monotonic()
            if left <= 0:
                return
            data = wire.read(min(left, _SLICE_S))
            if data:
                self._pump.arrived(self._age, data)
                return
