"""USB-serial bridges through pyusb: who is plugged in, and one of them opened. Everything here blocks.

    UsbName  -- find_bridges -->  UsbBridge  -- open_bridge -->  UsbWire: claimed interface, a bulk pipe each way

The kernel's own driver shows the same bridge as /dev/ttyUSB0 or /dev/ttyACM0. Whoever opens the bridge here takes it
from that driver, and gives it back at ``close``.
"""

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import usb.core
import usb.util

from kkt_drivers.transport.base import TransportBusy, TransportClosed
from kkt_drivers.transport.usb_chips import FTDI_PRODUCTS, Channel, channels_of

Device = Any  # pyusb is not typed
Backend = Any

NO_LIBUSB = "USB devices cannot be listed: libusb is not installed; apt-get install libusb-1.0-0"

_CONTROL_TIMEOUT_MS = 1000
_PACKETS_AT_ONCE = 16
_DRAIN_TIMEOUT_S = 1.0
_SILENCE_S = 0.001
_GET_STATUS = 0  # standard request, answered by every device. USB 2.0, 9.4.5


class LibusbMissing(TransportClosed):
    """pyusb found no libusb on this machine."""


class Unplugged(TransportClosed):
    """The device is no longer on the bus."""


@dataclass(frozen=True, slots=True)
class UsbName:
    """Which bridge is meant. ``serial`` or ``bus_path`` (as in sysfs: 1-2.3) tell apart those of the same id."""

    vendor: int
    product: int
    serial: str = ""
    bus_path: str = ""
    channel: int = 0  # of a chip with several, counted from 0

    def __str__(self) -> str:
        place = f"/{self.serial}" if self.serial else ""
        return f"usb://{self.vendor:04x}:{self.product:04x}{place}" + (f" at {self.bus_path}" if self.bus_path else "")


@dataclass(frozen=True, slots=True)
class UsbBridge:
    """A bridge that is plugged in. ``serial`` is empty when it has none or may not be read."""

    vendor: int
    product: int
    serial: str
    bus_path: str
    title: str
    channels: int
    kernel_driver: bool  # the kernel shows it as a tty


def find_bridges(backend: Backend = None) -> list[UsbBridge]:
    """All bridges of known kinds. Raises LibusbMissing."""
    found = []
    for device in _devices(backend):
        channels = _channels(device)
        if channels:
            found.append(
                UsbBridge(
                    vendor=device.idVendor,
                    product=device.idProduct,
                    serial=_text(device, "serial_number"),
                    bus_path=_bus_path(device),
                    title=_text(device, "product") or FTDI_PRODUCTS.get(device.idProduct, "CDC-ACM device"),
                    channels=len(channels),
                    kernel_driver=_has_kernel_driver(device, channels[0].interfaces),
                )
            )
            usb.util.dispose_resources(device)
    return found


def open_bridge(name: UsbName, bits_per_s: int, backend: Backend = None, *, take: bool = True) -> "UsbWire":
    """Claim a bridge and set it to 8N1. ``take`` False: leave it alone when a kernel driver has it.

    Raises TransportBusy when somebody else holds it, TransportClosed when it is not there or several match.
    """
    device = _the_one(name, backend)
    try:
        channels = _channels(device)
        if name.channel >= len(channels):
            raise TransportClosed(f"{name} has {len(channels)} channels, not {name.channel + 1}")
        return UsbWire(device, name, channels[name.channel], bits_per_s, take)
    except BaseException:
        usb.util.dispose_resources(device)
        raise


class UsbWire:
    """An open bridge. Not for two threads at once, but for ``close``."""

    def __init__(self, device: Device, name: UsbName, channel: Channel, bits_per_s: int, take: bool) -> None:
        self._device = device
        self._name = name
        self._chip = channel.chip
        self._in, self._out = channel.bulk_in, channel.bulk_out
        self._packet_size = channel.packet_size
        self._interfaces = channel.interfaces
        self._taken: list[int] = []
        try:
            self._claim(take)
            self._chip.set_up(self._control, bits_per_s)
        except BaseException:
            self.close()
            raise

    def write(self, data: bytes, timeout_s: float) -> None:
        """All of ``data``. Raises TransportClosed, also when the bridge does not take it in time."""
        while data:
            try:
                taken = self._again_if_stalled(self._out, self._device.write, self._out, data, _ms(timeout_s))
            except usb.core.USBTimeoutError:
                raise TransportClosed(f"{self._name} took no data within {timeout_s:g} s") from None
            data = data[taken:]

    def read(self, timeout_s: float) -> bytes:
        """What one transfer brought; empty when nothing came, which a bridge may also say before the time is over."""
        return self._transfer(timeout_s) or b""

    def drain(self) -> None:
        """Drop what has arrived. Raises TransportClosed, also when it does not end: an answer may be behind it."""
        self._chip.purge(self._control)
        ends_at = time.monotonic() + _DRAIN_TIMEOUT_S
        while time.monotonic() < ends_at:
            payload = self._transfer(_SILENCE_S)
            # An empty transfer ends a message, no more: the next one may wait behind it. A chip that talks when
            # idle says by it that there is nothing.
            if payload is None or (not payload and self._chip.TALKS_WHEN_IDLE):
                return
        raise TransportClosed(f"{self._name} does not stop talking")

    def _transfer(self, timeout_s: float) -> bytes | None:
        """The payload of one transfer, which may be empty; None when none came in time."""
        size = _PACKETS_AT_ONCE * self._packet_size
        try:
            transfer = self._again_if_stalled(self._in, self._device.read, self._in, size, _ms(timeout_s))
        except usb.core.USBTimeoutError:
            return None
        return self._chip.payload(transfer.tobytes(), self._packet_size)

    def set_speed(self, bits_per_s: int) -> None:
        """Raises ValueError, TransportClosed."""
        self._chip.set_speed(self._control, bits_per_s)

    def check(self) -> None:
        """Raises Unplugged when the device has gone."""
        self._translated(self._device.ctrl_transfer, 0x80, _GET_STATUS, 0, 0, 2, _CONTROL_TIMEOUT_MS)

    def close(self) -> None:
        """Release the interface and give it back to the kernel's driver. Never raises."""
        for interface in self._interfaces:
            try:
                usb.util.release_interface(self._device, interface)
            except usb.core.USBError:
                pass  # unplugged
        for interface in self._taken:
            try:
                self._device.attach_kernel_driver(interface)
            except (usb.core.USBError, NotImplementedError):
                pass
        usb.util.dispose_resources(self._device)

    def _claim(self, take: bool) -> None:
        for interface in self._interfaces:
            if _has_kernel_driver(self._device, (interface,)):
                if not take:
                    raise TransportBusy(f"{self._name} is held by a driver of the kernel: use its serial port")
                self._translated(self._device.detach_kernel_driver, interface)
                self._taken.append(interface)
            self._translated(usb.util.claim_interface, self._device, interface)

    def _control(self, request_type: int, request: int, value: int, index: int, data: bytes = b"") -> None:
        self._translated(
            self._device.ctrl_transfer, request_type, request, value, index, data or None, _CONTROL_TIMEOUT_MS
        )

    def _again_if_stalled(self, endpoint: int, call: Callable[..., Any], *arguments: object) -> Any:
        """A stalled pipe is cleared and used once more."""
        try:
            return call(*arguments)
        except usb.core.USBTimeoutError:
            raise
        except usb.core.USBError as error:
            if error.errno != errno.EPIPE:
                raise _translation(error, self._name) from error
        self._translated(self._device.clear_halt, endpoint)
        try:
            return call(*arguments)
        except usb.core.USBTimeoutError:
            raise
        except usb.core.USBError as error:
            raise _translation(error, self._name) from error

    def _translated(self, call: Callable[..., Any], *arguments: object) -> Any:
        try:
            return call(*arguments)
        except usb.core.USBError as error:
            raise _translation(error, self._name) from error


def _translation(error: Any, name: UsbName) -> TransportClosed:
    if error.errno == errno.EBUSY:
        return TransportBusy(f"{name} is in use by another program")
    if error.errno in (errno.ENODEV, errno.EIO, errno.ESHUTDOWN, errno.ENOENT):
        return Unplugged(f"{name} has gone: unplugged")
    if error.errno == errno.EACCES:
        return TransportClosed(f"{name}: no permission; see the udev rule in docs/devices.md")
    return TransportClosed(f"{name}: {error}")


def _devices(backend: Backend) -> list[Device]:
    try:
        return list(usb.core.find(find_all=True, backend=backend))
    except usb.core.NoBackendError:
        raise LibusbMissing(NO_LIBUSB) from None
    except usb.core.USBError as error:
        raise TransportClosed(f"USB devices cannot be listed: {error}") from error


def _the_one(name: UsbName, backend: Backend) -> Device:
    ids = [
        device
        for device in _devices(backend)
        if (device.idVendor, device.idProduct) == (name.vendor, name.product)
        and (not name.bus_path or _bus_path(device) == name.bus_path)
    ]
    matching = [device for device in ids if not name.serial or _text(device, "serial_number") == name.serial]
    if len(matching) == 1:
        return matching[0]
    places = ", ".join(f"{_text(d, 'serial_number') or 'no serial number'} at {_bus_path(d)}" for d in ids)
    if matching:
        raise TransportClosed(f"{name}: {len(matching)} devices match, say which: {places}")
    raise TransportClosed(f"{name} is not plugged in" + (f"; of this id there are: {places}" if places else ""))


def _channels(device: Device) -> list[Channel]:
    try:
        interfaces = [interface for interface in device[0] if interface.bAlternateSetting == 0]
    except (usb.core.USBError, IndexError):
        return []
    return channels_of(device.idVendor, device.idProduct, interfaces)


def _has_kernel_driver(device: Device, interfaces: tuple[int, ...]) -> bool:
    """False also where nobody can say: other systems, no permission."""
    try:
        return any(device.is_kernel_driver_active(interface) for interface in interfaces)
    except (usb.core.USBError, NotImplementedError):
        return False


def _text(device: Device, name: str) -> str:
    """A string of the device; empty when it has none or does not say."""
    try:
        return str(getattr(device, name) or "").strip(" \0")
    except (usb.core.USBError, ValueError, NotImplementedError):
        return ""


def _bus_path(device: Device) -> str:
    """Bus and ports as sysfs names them: 1-2.3. It stays while the cable stays in its socket."""
    ports = ".".join(str(port) for port in device.port_numbers or ())
    return f"{device.bus}-{ports}" if ports else f"{device.bus}-{device.address}"


def _ms(timeout_s: float) -> int:
    """libusb takes 0 for "for ever"."""
    return max(1, round(timeout_s * 1000))
