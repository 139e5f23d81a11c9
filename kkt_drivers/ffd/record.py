"""One tagged value as read from a document, and its value as a number, text, quantity or time; no I/O.

The bottom of the codec: both twins of the decoder (``_codec.pyx``, ``_codec_plain.py``) make these. The format is drawn
in ``tlv.py``, which is the door to all of it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.text import decode_text

HEAD_SIZE = 4
"""Bytes of tag and length."""
QUANTITY_DECIMALS = 6
"""Quantities are integers in millionths."""

_TENS: tuple[int, ...] = tuple(10**power for power in range(24))
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time has no zone


class Tlv(msgspec.Struct, frozen=True, gc=False):
    """One record as read. ``value`` is kept byte for byte; ``children`` is None unless the tag is a structure."""

    # gc=False: a frozen tree made from its leaves up cannot hold a cycle.
    tag: int
    value: bytes
    children: tuple["Tlv", ...] | None = None

    def child(self, tag: int) -> "Tlv | None":
        """The first record of this tag inside the structure."""
        return find(self.children or (), tag)

    def number(self) -> int:
        """Value of a byte, uint, bits or VLN tag. Raises CodecError above 8 bytes."""
        if len(self.value) > 8:
            raise CodecError("a number has at most 8 bytes", tag=self.tag)
        return int.from_bytes(self.value, "little")

    def text(self) -> str:
        """Value of a string tag without the padding on its right."""
        return decode_text(self.value).rstrip(" ")

    def quantity_micro(self) -> int:
        """Value of an FVLN tag in millionths. Raises CodecError when that is not a whole number."""
        return read_fvln(self.value, self.tag)

    def moment(self) -> datetime:
        """Value of a unixtime tag: naive wall-clock time."""
        return read_unixtime(self.value, self.tag)


def find(records: Iterable[Tlv], tag: int) -> Tlv | None:
    """The first record of this tag, not looking into structures."""
    for record in records:
        if record.tag == tag:
            return record
    return None


def read_fvln(value: bytes, tag: int | None = None) -> int:
    """Quantity in millionths. Raises CodecError for no bytes, more than 8, or a finer fraction than a millionth."""
    if not 1 <= len(value) <= 8:
        raise CodecError("an FVLN has 1 to 8 bytes", tag=tag)
    mantissa = int.from_bytes(value[1:], "little")
    if value[0] <= QUANTITY_DECIMALS:
        return mantissa * _TENS[QUANTITY_DECIMALS - value[0]]
    # Above 18 decimals only zero is a whole number of millionths; the bound keeps the power small.
    whole, rest = divmod(mantissa, _TENS[min(value[0], 24) - QUANTITY_DECIMALS])
    if rest:
        raise CodecError("a quantity is finer than a millionth", tag=tag)
    return whole


def read_unixtime(value: bytes, tag: int | None = None) -> datetime:
    """Naive wall-clock time. Raises CodecError unless there are 4 bytes."""
    if len(value) != 4:
        raise CodecError("a time has 4 bytes", tag=tag)
    return _EPOCH + timedelta(seconds=int.from_bytes(value, "little"))
