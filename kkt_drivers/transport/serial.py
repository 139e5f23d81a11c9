"""A device at a serial port, and at a PTY, which looks like one: 8 data bits, no parity, 1 stop bit. FN protocol 1.

pyserial opens and configures the port in a thread, because a driver may hang there; after that the descriptor is the
event loop's. The port is ours alone: other programs of this kind meet the lock (flock), all others TIOCEXCL.
"""

import asyncio
import errno
import fcntl
import os
import termios

import serial

from kkt_drivers.transport.base import Taker, TransportBusy, TransportClosed
from kkt_drivers.transport.blocking import call_blocking
from kkt_drivers.transport.inbox import Inbox

SPEED = 115_200
"""Bits per second of an FN after power-on. FN protocol 1."""

_BLOCK = 4096
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EBUSY)
_TCSETATTR_CC = 6  # place of the control characters in what termios.tcgetattr gives


class SerialTransport:
    """One open port at a time; the path may be a link such as those in /dev/serial/by-id, resolved at each ``open``."""

    def __init__(self, path: str, *, speed: int = SPEED, open_timeout_s: float = 5.0) -> None:
        self._path = path
        self._speed = speed
        self._open_timeout_s = open_timeout_s
        self._line: _Line | None = None

    @property
    def address(self) -> str:
        return f"serial://{self._path}"

    async def open(self) -> None:
        """Raises TransportClosed when there is no such port, TransportBusy when another program holds it."""
        if self._line is not None and not self._line.inbox.closed:
            return
        await self.close()
        try:
            port = await call_blocking(self._open_port, self._open_timeout_s, _close_port)
        except TimeoutError:
            raise TransportClosed(f"{self._path} did not open within {self._open_timeout_s:g} s") from None
        self._line = _Line(asyncio.get_running_loop(), port, self._path)

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.end("the port was closed")

    def write(self, data: bytes) -> None:
        self._opened().write(data)

    async def read(self, timeout_s: float) -> bytes:
        if self._line is None:
            raise TransportClosed(f"{self._path} is not open")
        return await self._line.inbox.read(timeout_s)

    def discard_input(self) -> None:
        if self._line is not None:
            self._line.discard()

    def tap(self, taker: Taker | None) -> None:
        """See ``Tapped``."""
        if self._line is not None:
            self._line.inbox.taker = taker

    async def set_speed(self, bits_per_s: int) -> None:
        """Bits per second for this and every later opening. Raises ValueError for a speed the port cannot have."""
        self._speed = bits_per_s
        if self._line is not None and not self._line.inbox.closed:
            self._line.port.baudrate = bits_per_s

    def _opened(self) -> "_Line":
        if self._line is None:
            raise TransportClosed(f"{self._path} is not open")
        if self._line.inbox.closed:
            raise TransportClosed(self._line.inbox.reason)
        return self._line

    def _open_port(self) -> serial.Serial:
        """Blocks. Raises TransportClosed, TransportBusy."""
        try:
            port = serial.Serial(self._path, self._speed, timeout=0, write_timeout=0, exclusive=True)
        except serial.SerialException as error:
            if error.errno in _TAKEN and os.path.exists(self._path):
                if error.errno == errno.EACCES and not os.access(self._path, os.R_OK | os.W_OK):
                    raise TransportClosed(f"{self._path}: no permission; add this user to the group dialout") from error
                raise TransportBusy(f"{self._path} is in use by another program") from error
            raise TransportClosed(f"{self._path}: {os.strerror(error.errno) if error.errno else error}") from error
        except (OSError, ValueError) as error:
            raise TransportClosed(f"{self._path}: {error}") from error
        try:
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
            attributes = termios.tcgetattr(port.fileno())
            # With pyserial's VMIN 0 "nothing there" and "hung up" both read as no bytes; with 1 only the second does.
            attributes[_TCSETATTR_CC][termios.VMIN] = 1
            termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)
        except (OSError, termios.error) as error:
            port.close()
            raise TransportClosed(f"{self._path} is no serial port: {error}") from error
        return port


def _close_port(port: serial.Serial) -> None:
    """Without waiting for output that nobody takes any more. Never raises."""
    try:
        termios.tcflush(port.fileno(), termios.TCIOFLUSH)
        fcntl.ioctl(port.fileno(), termios.TIOCNXCL)
    except (OSError, ValueError, termios.error, serial.SerialException):
        pass  # it has gone already
    try:
        port.close()
    except (OSError, serial.SerialException):
        pass


class _Line:
    """One opening of a port."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: serial.Serial, path: str) -> None:
        self._loop = loop
        self._path = path
        self._waiting = b""  # not yet taken by the port
        self._fd = port.fileno()
        self.port = port
        self.inbox = Inbox(loop)
        loop.add_reader(self._fd, self._readable)

    def write(self, data: bytes) -> None:
        if self._waiting:
            self._waiting += data
            return
        self._waiting = data
        self._writable()
        if self.inbox.closed:
            raise TransportClosed(self.inbox.reason)  # not a byte of it went out
        if self._waiting:
            self._loop.add_writer(self._fd, self._writable)

    def discard(self) -> None:
        self.inbox.discard()
        if self.inbox.closed:
            return
        try:
            termios.tcflush(self._fd, termios.TCIFLUSH)
        except termios.error as error:
            self.end(f"{self._path} has gone: {error}")

    def end(self, reason: str) -> None:
        if self.inbox.closed:
            return
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        _close_port(self.port)
        self.inbox.end(reason)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _BLOCK)
        except BlockingIOError:
            return  # discarded in between
        except OSError as error:
            self.end(f"{self._path} has gone: {error.strerror}")
            return
        if data:
            self.inbox.put(data)
        else:
            self.end(f"{self._path} has gone: unplugged")

    def _writable(self) -> None:
        try:
            taken = os.write(self._fd, self._waiting)
        except BlockingIOError:
            return
        except OSError as error:
            self.end(f"{self._path} has gone: {error.strerror}")
            return
        self._waiting = self._waiting[taken:]
        if not self._waiting:
            self._loop.remove_writer(self._fd)
