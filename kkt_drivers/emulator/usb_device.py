"""A USB-serial bridge as its host sees it: control requests, a bulk pipe each way, and an emulated FN on its line.

FTDI chips put two status bytes in front of each packet and answer every few milliseconds even with nothing to say
(AN232B-04); CDC-ACM devices give the bytes as they are. Used from the host's threads.
"""

import threading
import time
from dataclasses import dataclass, field

from kkt_drivers.emulator.line import FnLine

_FTDI_STATUS = b"\x01\x60"  # as an idle FT232R says: the chip is there, its transmitter is empty
_FTDI_DEFAULT_LATENCY_S = 0.016
_FTDI_CLOCK = 3_000_000


class BulkTimeout(Exception):
    """Nothing came, or nothing was taken, in time."""


class Stalled(Exception):
    """The endpoint does not work until its halt is cleared."""


class Gone(Exception):
    """Unplugged."""


@dataclass(frozen=True, slots=True)
class EmulatedEndpoint:
    """Descriptor: ``attributes`` 2 is bulk, 3 interrupt."""

    address: int
    attributes: int = 2


@dataclass(frozen=True, slots=True)
class EmulatedInterface:
    """Descriptor."""

    usb_class: int
    usb_subclass: int
    endpoints: tuple[EmulatedEndpoint, ...]


@dataclass(frozen=True, slots=True)
class BridgeKind:
    """What a model of bridge says of itself."""

    title: str
    vendor: int
    product: int
    interfaces: tuple[EmulatedInterface, ...]
    packet_size: int = 64
    status_bytes: bool = False  # FTDI


FT232R = BridgeKind(
    "FT232R USB UART",
    0x0403,
    0x6001,
    (EmulatedInterface(0xFF, 0xFF, (EmulatedEndpoint(0x81), EmulatedEndpoint(0x02))),),
    status_bytes=True,
)
FT2232 = BridgeKind(
    "Dual RS232-HS",
    0x0403,
    0x6010,
    (
        EmulatedInterface(0xFF, 0xFF, (EmulatedEndpoint(0x81), EmulatedEndpoint(0x02))),
        EmulatedInterface(0xFF, 0xFF, (EmulatedEndpoint(0x83), EmulatedEndpoint(0x04))),
    ),
    packet_size=512,
    status_bytes=True,
)
CDC_ACM = BridgeKind(
    "FN adapter",
    0x0483,
    0x5740,
    (
        EmulatedInterface(0x02, 0x02, (EmulatedEndpoint(0x82, 3),)),
        EmulatedInterface(0x0A, 0x00, (EmulatedEndpoint(0x81), EmulatedEndpoint(0x01))),
    ),
)


@dataclass
class EmulatedBridge:
    """One device. Its misbehaviour is in the fields that a test sets."""

    line: FnLine
    kind: BridgeKind = FT232R
    serial: str = "EMU00001"
    bus: int = 1
    ports: tuple[int, ...] = (1,)
    address: int = 4

    held_elsewhere: bool = False  # another program has claimed it
    kernel_driver: bool = False
    denied: bool = False  # no permission to open
    deaf: bool = False  # takes no data
    stalled: set[int] = field(default_factory=set)  # endpoints that do not work until their halt is cleared
    payload_limit: int = 1 << 16  # bytes of the line in one transfer: short packets
    empty_transfers: int = 0  # zero-length packets before the next data

    plugging: int = 0
    claimed: set[int] = field(default_factory=set)
    requests: list[tuple[int, int, int, int, bytes]] = field(default_factory=list)  # control transfers, as they came
    bits_per_s: int = 0

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._gone_until = 0.0
        self._begin()

    def _begin(self) -> None:
        self._received = b""
        self._coming: list[tuple[float, bytes]] = []  # when the FN will have said it
        self._busy_until = 0.0
        self._latency_s = _FTDI_DEFAULT_LATENCY_S

    @property
    def plugged(self) -> bool:
        return time.monotonic() >= self._gone_until

    @property
    def waiting(self) -> int:
        """Bytes that have come from the FN and that the host has not read."""
        with self._changed:
            self._arrive()
            return len(self._received)

    def unplug(self, for_s: float = float("inf")) -> None:
        """Pull it out; without power the FN forgets its open document."""
        with self._changed:
            self._vanish(for_s)
            self.line.fn.power_cycle()

    def plug(self) -> None:
        """Put it in again."""
        self._gone_until = 0.0

    def begin(self) -> None:
        """Somebody has claimed it: what was said before is not for him."""
        with self._changed:
            self._begin()
            self.line.reset()

    def _vanish(self, for_s: float) -> None:
        self._gone_until = time.monotonic() + for_s
        self.plugging += 1
        self.claimed.clear()
        self._begin()
        self._changed.notify_all()

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes) -> None:
        """A request that sets something. Raises Stalled for one that this kind does not know."""
        with self._changed:
            self.requests.append((request_type, request, value, index, data))
            if self.kind.status_bytes and request_type == 0x40:
                self._ftdi_request(request, value, index)
            elif not self.kind.status_bytes and (request_type, request) == (0x21, 0x20) and len(data) == 7:
                self.bits_per_s = int.from_bytes(data[:4], "little")
            elif self.kind.status_bytes or (request_type, request) != (0x21, 0x22):
                raise Stalled

    def _ftdi_request(self, request: int, value: int, index: int) -> None:
        if (request, value) == (0, 1):
            self._arrive()
            self._received = b""
        elif request == 3:
            high = index >> 8 if len(self.kind.interfaces) > 1 else index
            eighths = (0, 4, 2, 1, 3, 5, 6, 7)[value >> 14 | (high & 1) << 2]
            divisor = (value & 0x3FFF) * 8 + eighths
            self.bits_per_s = _FTDI_CLOCK if divisor == 0 else round(_FTDI_CLOCK * 8 / divisor)
        elif request == 9:
            self._latency_s = value / 1000
        elif request not in (0, 1, 2, 4):
            raise Stalled

    def take_in(self, endpoint: int, data: bytes, timeout_s: float) -> int:
        """Bulk data of the host; gives how many bytes were taken."""
        with self._changed:
            if endpoint in self.stalled:
                raise Stalled
            if self.deaf:
                self._changed.wait(timeout_s)
                raise BulkTimeout
            # At another speed than the FN's its line carries only noise.
            if abs(self.bits_per_s - self.line.fn.bits_per_s) * 50 < self.line.fn.bits_per_s:
                self._pass_on(data)
            return len(data)

    def _pass_on(self, data: bytes) -> None:
        now = time.monotonic()
        for delivery in self.line.receive(data):
            if delivery.cut:
                self._vanish(delivery.gone_s)
                raise Gone
            self._busy_until = max(self._busy_until, now) + delivery.delay_s
            self._coming.append((self._busy_until, delivery.data))
        self._changed.notify_all()

    def _arrive(self) -> None:
        now = time.monotonic()
        while self._coming and self._coming[0][0] <= now:
            self._received += self._coming.pop(0)[1]

    def give_out(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """One bulk transfer to the host of up to ``size`` bytes."""
        with self._changed:
            if endpoint in self.stalled:
                raise Stalled
            deadline = time.monotonic() + timeout_s
            idle_until = time.monotonic() + self._latency_s if self.kind.status_bytes else float("inf")
            plugging = self.plugging
            while True:
                self._arrive()
                if plugging != self.plugging:
                    raise Gone
                if self._received:
                    return self._transfer(size)
                now = time.monotonic()
                if now >= idle_until:
                    return _FTDI_STATUS
                if now >= deadline:
                    raise BulkTimeout
                next_data = self._coming[0][0] if self._coming else float("inf")
                self._changed.wait(min(deadline, idle_until, next_data) - now)

    def _transfer(self, size: int) -> bytes:
        if self.empty_transfers:
            self.empty_transfers -= 1
            return _FTDI_STATUS if self.kind.status_bytes else b""
        status = _FTDI_STATUS if self.kind.status_bytes else b""
        room = self.kind.packet_size - len(status)
        payload = self._received[: min(self.payload_limit, size // self.kind.packet_size * room)]
        self._received = self._received[len(payload) :]
        return b"".join(status + payload[at : at + room] for at in range(0, len(payload), room))
