"""The FN's frame: command or answer byte with its data. FN protocol 2; no I/O, the same in both directions.

     0     1     2     3       4              4+N    5+N
  +-----+-----+-----+-------+--------------+------+------+
  | 04h |    LEN    | CODE  | DATA, N <= 1024 |   CRC16   |
  +-----+-----+-----+-------+--------------+------+------+
        LEN = 1 + N, little-endian
        '---------- CRC-16/CCITT-FALSE ----'   little-endian

In an answer bit 7 of CODE says that a warning flag is set; the other seven bits are the answer code. A lone byte 05h
(ENQ) outside a frame asks the FN to send its previous answer again. There is no escaping and no sequence number.
"""

import binascii
import struct

import msgspec

from kkt_drivers.errors import CodecError

START = 0x04
ENQ = 0x05
MAX_DATA = 1024
"""Most bytes of data a frame carries."""

_HEAD = struct.Struct("<BHB")
_UINT16 = struct.Struct("<H")


class Frame(msgspec.Struct, frozen=True):
    """One command or one answer. ``code`` is the raw byte: mask an answer's with 7Fh."""

    code: int
    data: bytes = b""


def crc16(data: bytes | bytearray | memoryview) -> int:
    """CRC-16/CCITT-FALSE: polynomial 1021h, start FFFFh, not reflected; "123456789" gives 29B1h."""
    return binascii.crc_hqx(data, 0xFFFF)


def encode(code: int, data: bytes = b"") -> bytes:
    """The bytes of one frame. Raises CodecError when ``data`` is longer than 1024 bytes."""
    if len(data) > MAX_DATA:
        raise CodecError(f"a frame carries at most {MAX_DATA} bytes, not {len(data)}")
    frame = _HEAD.pack(START, 1 + len(data), code) + data
    return frame + _UINT16.pack(binascii.crc_hqx(frame[1:], 0xFFFF))


def whole_frame(data: bytes) -> Frame | None:
    """The usual case: one frame, alone and unbroken; None for anything else."""
    size = len(data)
    if (
        6 <= size <= MAX_DATA + 6
        and data[0] == START
        and data[1] | data[2] << 8 == size - 5
        and binascii.crc_hqx(data[1 : size - 2], 0xFFFF) == data[size - 2] | data[size - 1] << 8
    ):
        return Frame(data[3], data[4 : size - 2])
    return None


class FrameReader:
    """Bytes in any pieces in, whole frames out; the result does not depend on where the pieces were cut.

    Noise before 04h is skipped, and so is a 04h whose LEN is impossible. A frame with a wrong CRC is dropped at the
    length it claims (counted in ``broken``, the last one kept in ``last_error``) and reading goes on behind it. Its
    inside is not searched, because a piece of a broken document that looks like an answer must never be taken for one.
    A damaged LEN can therefore swallow what follows; whoever waited in vain calls ``reset`` before the next attempt.
    """

    __slots__ = ("_buffer", "broken", "enquiries", "last_error")

    def __init__(self) -> None:
        self._buffer = b""
        self.broken = 0
        self.last_error: CodecError | None = None
        self.enquiries = 0
        """ENQ bytes seen between frames; an FN answers each with its previous answer, a KKT ignores them."""

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget an unfinished frame: nothing more of it will come."""
        self._buffer = b""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes, in their order. Never raises."""
        if self._buffer:
            data = self._buffer + data
        elif (frame := whole_frame(data)) is not None:
            return [frame]
        frames: list[Frame] = []
        at, size = 0, len(data)
        while True:
            at = self._skip_noise(data, at)
            if size - at < 3:
                break
            length = data[at + 1] | data[at + 2] << 8
            if not 1 <= length <= MAX_DATA + 1:
                at += 1
                continue
            end = at + 5 + length
            if end > size:
                break
            if binascii.crc_hqx(data[at + 1 : end - 2], 0xFFFF) == _UINT16.unpack_from(data, end - 2)[0]:
                frames.append(Frame(data[at + 3], data[at + 4 : end - 2]))
            else:
                self.broken += 1
                self.last_error = CodecError("the CRC of an FN frame does not match", offset=at)
            at = end
        self._buffer = data[at:]
        return frames

    def _skip_noise(self, data: bytes, at: int) -> int:
        """Where the next 04h is; counts the ENQ bytes passed over."""
        if at < len(data) and data[at] == START:
            return at
        found = data.find(START, at)
        if found < 0:
            found = len(data)
        self.enquiries += data.count(ENQ, at, found)
        return found
