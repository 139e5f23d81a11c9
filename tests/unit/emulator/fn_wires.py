"""An emulated FN at the end of each kind of wire, for the suites that are run over all of them."""

from pathlib import Path

from kkt_drivers.emulator.cable import FnSocketOnCable
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.pty import FnPort
from kkt_drivers.emulator.serve import TcpServer, serve_fn
from kkt_drivers.emulator.usb_bridge import EmulatedUsb
from kkt_drivers.emulator.usb_device import CDC_ACM, FT232R, EmulatedBridge
from kkt_drivers.transport.base import Transport
from kkt_drivers.transport.pipe import Pipe
from kkt_drivers.transport.serial import SerialTransport
from kkt_drivers.transport.tcp import TcpTransport
from kkt_drivers.transport.usb import UsbName
from kkt_drivers.transport.usb_transport import UsbTransport

WIRES = ("tcp", "pipe", "serial", "usb-ftdi", "usb-cdc")

BRIDGES = {"usb-ftdi": FT232R, "usb-cdc": CDC_ACM}


class Wire:
    """The device's end of one wire; ``driver_end`` makes as many other ends as wanted."""

    def __init__(self, kind: str, line: FnLine, folder: Path) -> None:
        self.kind = kind
        self.line = line
        self._folder = folder
        self._server: TcpServer | None = None
        self._port: FnPort | None = None
        self._socket = FnSocketOnCable(line)
        self.bridge: EmulatedBridge | None = None
        self.bus: EmulatedUsb | None = None

    async def plug(self) -> None:
        match self.kind:
            case "tcp":
                # The same port again after an unplug: an address must not change.
                address = self._server.address if self._server else "tcp://127.0.0.1:0"
                self._server = await serve_fn(self.line, address)
            case "serial":
                if self._port is None:
                    self._port = FnPort(self.line, self._folder / "ttyFN0")
                self._port.plug()
            case "usb-ftdi" | "usb-cdc":
                if self.bridge is None:
                    self.bridge = EmulatedBridge(self.line, BRIDGES[self.kind])
                    self.bus = EmulatedUsb(self.bridge)
                self.bridge.plug()
            case _:
                self._socket.plug()

    async def unplug(self) -> None:
        """The device goes, and stays away until ``plug``."""
        if self._server is not None:
            await self._server.close()
        elif self._port is not None:
            self._port.unplug()
        elif self.bridge is not None:
            self.bridge.unplug()
        else:
            self._socket.unplug()

    async def close(self) -> None:
        await self.unplug()
        if self._port is not None:
            await self._port.close()

    @property
    def address(self) -> str:
        """What stands behind ``fn+`` in the settings; a pipe has none."""
        if self._server is not None:
            return self._server.address
        if self._port is not None:
            return self._port.address
        assert self.bridge is not None
        kind = self.bridge.kind
        return f"usb://{kind.vendor:04x}:{kind.product:04x}/{self.bridge.serial}"

    def driver_end(self, timeout_s: float = 5.0) -> Transport:
        match self.kind:
            case "tcp":
                assert self._server is not None
                host, _, port = self._server.address.removeprefix("tcp://").partition(":")
                return TcpTransport(host, int(port), connect_timeout_s=timeout_s)
            case "serial":
                return SerialTransport(str(self._folder / "ttyFN0"), open_timeout_s=timeout_s)
            case "usb-ftdi" | "usb-cdc":
                kind = BRIDGES[self.kind]
                return UsbTransport(UsbName(kind.vendor, kind.product), backend=self.bus, open_timeout_s=timeout_s)
            case _:
                return Pipe(self._socket.serve)
