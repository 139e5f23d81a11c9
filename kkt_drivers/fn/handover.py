"""How a document's records travel to the FN: packed into as few 07h frames as they need. FN protocol 7, command 07h."""

from collections.abc import Iterable, Iterator

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.record import HEAD_SIZE
from kkt_drivers.fn.frame import MAX_DATA

REGISTRATION_LIMIT = 2 * 1024
SHIFT_LIMIT = 1024
RECEIPT_LIMIT = 30 * 1024
SETTLEMENTS_LIMIT = 2 * 1024
FN_CLOSING_LIMIT = 2 * 1024
"""Most bytes that an FN takes by 07h for one document."""


def pack(records: Iterable[bytes], limit: int) -> list[bytes]:
    """Data of the 07h commands: up to 1024 bytes each, in order, no record cut.

    Raises CodecError when one record is longer than a frame (an item above 1020 bytes) or all of them exceed ``limit``.
    """
    frames: list[bytes] = []
    waiting: list[bytes] = []
    size = total = 0
    for record in records:
        length = len(record)
        if length > MAX_DATA:
            tag = int.from_bytes(record[:2], "little")
            raise CodecError(f"a record of {length} bytes does not fit a frame of {MAX_DATA}", tag=tag)
        total += length
        if size + length > MAX_DATA:
            frames.append(b"".join(waiting))
            waiting, size = [], 0
        waiting.append(record)
        size += length
    if total > limit:
        raise CodecError(f"the document's data are {total} bytes, the FN takes {limit}")
    if waiting:
        frames.append(b"".join(waiting))
    return frames


def cut(data: bytes, limit: int) -> list[bytes]:
    """The same of records that stand in one piece, as ``encode_receipt`` gives them; they must be whole."""
    if len(data) <= min(MAX_DATA, limit):
        return [data] if data else []
    return pack(_records(data), limit)


def _records(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        start, at = at, at + HEAD_SIZE + (data[at + 2] | data[at + 3] << 8)
        yield data[start:at]
