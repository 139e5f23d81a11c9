"""An emulated FN behind a PTY: a serial port for whoever opens it.

The port has a fixed path, a link as udev makes them for real adapters, because each plugging is a new PTY: an FN that
is unplugged or loses its power hangs up, and what comes after it has another number in /dev/pts.
"""

import asyncio
import logging
import os
import termios
import tty
from pathlib import Path

from kkt_drivers.emulator.line import Delivery, FnLine

log = logging.getLogger(__name__)

_BLOCK = 4096
_PAUSE_S = 0.3
"""An unfinished frame is forgotten after such a pause; at 11,520 bytes a second a whole one takes 90 ms."""

_SPEEDS = {
    getattr(termios, f"B{speed}"): speed
    for speed in (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
    if hasattr(termios, f"B{speed}")
}
_OUTPUT_SPEED = 5  # place in what termios.tcgetattr gives


class FnPort:
    """One FN at a serial port. ``path`` is made, and belongs to it until ``close``."""

    def __init__(self, line: FnLine, path: str | Path) -> None:
        self.line = line
        self.path = Path(path)
        self._loop = asyncio.get_running_loop()
        self._plugging: _Plugging | None = None
        self._return: asyncio.TimerHandle | None = None
        self.plug()

    @property
    def address(self) -> str:
        return f"serial://{self.path}"

    def plug(self) -> None:
        """Be there; harmless when it is."""
        if self._plugging is None:
            self._plugging = _Plugging(self, self._loop)
            unfinished = self.path.with_name(f"{self.path.name}.{os.getpid()}")
            unfinished.unlink(missing_ok=True)
            unfinished.symlink_to(self._plugging.name)
            unfinished.replace(self.path)
            log.info("emulated FN %s at %s", self.line.fn.number, self.path)

    def unplug(self, for_s: float = float("inf")) -> None:
        """Hang up, and come back as another PTY after ``for_s`` seconds."""
        plugging, self._plugging = self._plugging, None
        if plugging is not None:
            plugging.hang_up()
            if for_s > 0:
                self.path.unlink(missing_ok=True)
        if for_s <= 0:
            self.plug()
        elif for_s != float("inf"):
            self._return = self._loop.call_later(for_s, self.plug)

    async def close(self) -> None:
        """Hang up for good."""
        if self._return is not None:
            self._return.cancel()
        self.unplug()


class _Plugging:
    """One PTY, from plugging in to hanging up."""

    def __init__(self, port: FnPort, loop: asyncio.AbstractEventLoop) -> None:
        self._port = port
        self._loop = loop
        self._busy_until = 0.0
        self._last_data_at = 0.0
        # Our own descriptor of the far end keeps the PTY alive while nobody has the port open.
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        attributes = termios.tcgetattr(self._far)
        attributes[_OUTPUT_SPEED] = attributes[_OUTPUT_SPEED - 1] = termios.B115200
        termios.tcsetattr(self._far, termios.TCSANOW, attributes)
        os.set_blocking(self._near, False)
        self.name = os.ttyname(self._far)
        port.line.reset()
        loop.add_reader(self._near, self._readable)

    def hang_up(self) -> None:
        if self._near >= 0:
            self._loop.remove_reader(self._near)
            os.close(self._near)
            os.close(self._far)
            self._near = -1

    def _readable(self) -> None:
        try:
            data = os.read(self._near, _BLOCK)
        except (BlockingIOError, OSError):
            return
        if not self._at_the_fns_speed():
            return  # noise on its line
        now = self._loop.time()
        if now - self._last_data_at > _PAUSE_S:
            self._port.line.reset()
        self._last_data_at = now
        for delivery in self._port.line.receive(data):
            self._deliver(delivery, now)

    def _at_the_fns_speed(self) -> bool:
        speed = termios.tcgetattr(self._far)[_OUTPUT_SPEED]
        return _SPEEDS.get(speed, self._port.line.fn.bits_per_s) == self._port.line.fn.bits_per_s

    def _deliver(self, delivery: Delivery, now: float) -> None:
        if delivery.cut:
            self._port.unplug(delivery.gone_s)
        elif not delivery.delay_s and self._busy_until <= now:
            self._write(delivery.data)
        else:
            self._busy_until = max(self._busy_until, now) + delivery.delay_s
            self._loop.call_at(self._busy_until, self._write, delivery.data)

    def _write(self, data: bytes) -> None:
        if self._near >= 0:
            try:
                os.write(self._near, data)
            except OSError:
                pass  # nobody reads, and the port's buffer is full: a UART would lose it too
