"""How USB-serial bridges are set up and what they add to the data: FTDI chips and CDC-ACM. No I/O.

Sources. FTDI: its application notes AN232B-04 (data throughput, latency, the two status bytes), AN232B-05 and AN_120
(speeds), and the request list that the Linux driver publishes in drivers/usb/serial/ftdi_sio.h. CDC-ACM: USB Class
Definitions for Communications Devices 1.2, and its PSTN subclass 1.2, 6.3.10 to 6.3.12 and table 13.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

FTDI_VENDOR = 0x0403
FTDI_PRODUCTS = {
    0x6001: "FT232R",
    0x6010: "FT2232",
    0x6011: "FT4232H",
    0x6014: "FT232H",
    0x6015: "FT230X",
}

CDC_CONTROL_CLASS = 0x02
CDC_ACM_SUBCLASS = 0x02
CDC_DATA_CLASS = 0x0A

_DTR, _RTS = 0x01, 0x02
_DATA_BITS = 8


_FT232H = 0x6014
_BULK = 0x02  # bmAttributes of an endpoint, bits 0 and 1. USB 2.0, table 9-13
_IN = 0x80  # bit 7 of an endpoint's address


class Endpoint(Protocol):
    """A descriptor as pyusb shows it."""

    bEndpointAddress: int
    bmAttributes: int
    wMaxPacketSize: int


class Interface(Protocol):
    """A descriptor as pyusb shows it; runs through its endpoints."""

    bInterfaceNumber: int
    bInterfaceClass: int
    bInterfaceSubClass: int

    def __iter__(self) -> Iterator[Endpoint]: ...


class ControlPipe(Protocol):
    """Endpoint 0 of a device, host to device. Raises TransportClosed."""

    def __call__(self, request_type: int, request: int, value: int, index: int, data: bytes = b"") -> None: ...


class Chip(Protocol):
    """One kind of bridge. ``TALKS_WHEN_IDLE``: it answers a read with an empty transfer when it has nothing to say."""

    TALKS_WHEN_IDLE: bool

    def set_up(self, control: ControlPipe, bits_per_s: int) -> None:
        """8N1 without flow control, lines raised, buffers empty."""
        ...

    def set_speed(self, control: ControlPipe, bits_per_s: int) -> None:
        """Raises ValueError for a speed that the chip cannot make."""
        ...

    def purge(self, control: ControlPipe) -> None:
        """Drop what the chip has received and not delivered."""
        ...

    def payload(self, transfer: bytes, packet_size: int) -> bytes:
        """The bytes of the line in what one bulk transfer brought."""
        ...


class Ftdi:
    """``channel``: 0 for a chip of one channel that is not numbered, else 1 for A, 2 for B and so on."""

    TALKS_WHEN_IDLE = True  # two status bytes every few milliseconds. AN232B-04
    _VENDOR_OUT = 0x40  # host to device, vendor, device
    _RESET, _MODEM_CONTROL, _FLOW_CONTROL, _BAUD_RATE, _DATA_FORMAT, _LATENCY = 0, 1, 2, 3, 4, 9
    _RESET_ALL, _PURGE_RX, _PURGE_TX = 0, 1, 2
    _CLOCK = 3_000_000  # 48 MHz / 16; the chips of high speed have 12 MHz too and need it only above 3 Mbit/s
    _EIGHTHS = (0, 3, 2, 4, 1, 5, 6, 7)  # code of a fraction of the divisor
    _LATENCY_MS = 2  # how long a short packet may wait; the chip's own 16 would be added to each answer
    _STATUS_BYTES = 2  # modem and line status in front of every packet

    def __init__(self, channel: int) -> None:
        self._channel = channel

    def set_up(self, control: ControlPipe, bits_per_s: int) -> None:
        self._ask(control, self._RESET, self._RESET_ALL)
        self._ask(control, self._LATENCY, self._LATENCY_MS)
        self._ask(control, self._FLOW_CONTROL, 0)
        self._ask(control, self._DATA_FORMAT, _DATA_BITS)  # parity none and one stop bit are zeros above
        self.set_speed(control, bits_per_s)
        self._ask(control, self._MODEM_CONTROL, (_DTR | _RTS) << 8 | _DTR | _RTS)  # which of them, and raised
        self._ask(control, self._RESET, self._PURGE_TX)
        self.purge(control)

    def set_speed(self, control: ControlPipe, bits_per_s: int) -> None:
        value, high = ftdi_divisor(bits_per_s)
        index = high << 8 | self._channel if self._channel else high
        control(self._VENDOR_OUT, self._BAUD_RATE, value, index)

    def purge(self, control: ControlPipe) -> None:
        self._ask(control, self._RESET, self._PURGE_RX)

    def payload(self, transfer: bytes, packet_size: int) -> bytes:
        if len(transfer) <= packet_size:
            return transfer[self._STATUS_BYTES :]
        packets = range(0, len(transfer), packet_size)
        return b"".join(transfer[start + self._STATUS_BYTES : start + packet_size] for start in packets)

    def _ask(self, control: ControlPipe, request: int, value: int) -> None:
        control(self._VENDOR_OUT, request, value, self._channel)


def ftdi_divisor(bits_per_s: int) -> tuple[int, int]:
    """Divisor of an FTDI chip: the 16 bits of wValue and the one above them. AN232B-05.

    3 MHz divided in eighths; bits 14 to 16 hold the code of the eighths. Raises ValueError outside 183 bit/s to
    3 Mbit/s, and above 3 % of error, which a UART does not forgive.
    """
    if bits_per_s <= 0 or not 8 <= (eighths := round(Ftdi._CLOCK * 8 / bits_per_s)) < 8 << 14:
        raise ValueError(f"an FTDI chip cannot do {bits_per_s} bit/s")
    if abs(Ftdi._CLOCK * 8 / eighths - bits_per_s) > 0.03 * bits_per_s:
        raise ValueError(f"an FTDI chip cannot do {bits_per_s} bit/s")
    whole, rest = divmod(eighths, 8)
    if whole == 1:  # no fractions here: 0 stands for 3 Mbit/s, 1 for 2 Mbit/s
        return (0, 0) if rest < 4 else (1, 0)
    code = Ftdi._EIGHTHS[rest]
    return whole | (code & 3) << 14, code >> 2


class CdcAcm:
    """``interface``: number of the communications interface, whose requests steer the data interface beside it."""

    TALKS_WHEN_IDLE = False
    _CLASS_OUT = 0x21  # host to device, class, interface
    _SET_LINE_CODING, _SET_CONTROL_LINE_STATE = 0x20, 0x22
    _ONE_STOP_BIT, _NO_PARITY = 0, 0

    def __init__(self, interface: int) -> None:
        self._interface = interface

    def set_up(self, control: ControlPipe, bits_per_s: int) -> None:
        self.set_speed(control, bits_per_s)
        control(self._CLASS_OUT, self._SET_CONTROL_LINE_STATE, _DTR | _RTS, self._interface)

    def set_speed(self, control: ControlPipe, bits_per_s: int) -> None:
        if not 0 < bits_per_s < 1 << 32:
            raise ValueError(f"{bits_per_s} bit/s is no speed")
        coding = bits_per_s.to_bytes(4, "little") + bytes((self._ONE_STOP_BIT, self._NO_PARITY, _DATA_BITS))
        control(self._CLASS_OUT, self._SET_LINE_CODING, 0, self._interface, coding)

    def purge(self, control: ControlPipe) -> None:
        """The class has no such request: reading until nothing comes does it."""

    def payload(self, transfer: bytes, packet_size: int) -> bytes:
        return transfer


@dataclass(frozen=True, slots=True)
class Channel:
    """One serial line of a device: interfaces to claim, addresses of the bulk endpoints, bytes a packet, chip."""

    interfaces: tuple[int, ...]
    bulk_in: int
    bulk_out: int
    packet_size: int
    chip: Chip


def channels_of(vendor: int, product: int, interfaces: list[Interface]) -> list[Channel]:
    """The serial lines of a device, empty when it is no bridge of a known kind."""
    if vendor == FTDI_VENDOR and product in FTDI_PRODUCTS:
        return list(_ftdi_channels(interfaces, len(interfaces) > 1 or product == _FT232H))
    return list(_cdc_channels(interfaces))


def _ftdi_channels(interfaces: Iterable[Interface], numbered: bool) -> Iterator[Channel]:
    for interface in interfaces:
        pipes = _bulk_pipes(interface)
        if pipes is not None:
            number = interface.bInterfaceNumber
            yield Channel((number,), *pipes, Ftdi(number + 1 if numbered else 0))


def _cdc_channels(interfaces: Iterable[Interface]) -> Iterator[Channel]:
    """A communications interface of the ACM kind with the data interface that follows it."""
    control: int | None = None
    for interface in interfaces:
        if (interface.bInterfaceClass, interface.bInterfaceSubClass) == (CDC_CONTROL_CLASS, CDC_ACM_SUBCLASS):
            control = interface.bInterfaceNumber
        elif interface.bInterfaceClass == CDC_DATA_CLASS and control is not None:
            pipes = _bulk_pipes(interface)
            if pipes is not None:
                yield Channel((control, interface.bInterfaceNumber), *pipes, CdcAcm(control))
            control = None


def _bulk_pipes(interface: Interface) -> tuple[int, int, int] | None:
    """Address in, address out, bytes a packet in."""
    bulk = [end for end in interface if end.bmAttributes & 3 == _BULK]
    ways_in = [end for end in bulk if end.bEndpointAddress & _IN]
    ways_out = [end for end in bulk if not end.bEndpointAddress & _IN]
    if not ways_in or not ways_out:
        return None
    return ways_in[0].bEndpointAddress, ways_out[0].bEndpointAddress, ways_in[0].wMaxPacketSize
