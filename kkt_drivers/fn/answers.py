"""Answers of an FN as structs, and how they are read. FN protocol 4, 7, 8; no I/O.

Every decoder raises CodecError for data that are too short or hold a value that does not exist; bytes behind the known
fields are passed over, because newer FNs add some.
"""

from datetime import date

import msgspec

from accounting.receipts.codes import FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.fn.values import read_date, read_moment_or_none, read_text
from kkt_drivers.kkt import FnPhase, FnWarning, KktStatus, OfdQueue, ShiftState


class Signed(msgspec.Struct, frozen=True):
    """What every finishing command answers, with the numbers that only some of them add."""

    fd_number: int
    fiscal_sign: int
    shift_number: int | None = None
    receipt_number: int | None = None
    unsent: int | None = None  # 19h: documents that the operator has not confirmed
    first_unsent_on: date | None = None  # 19h; None: all are confirmed


class FnTerm(msgspec.Struct, frozen=True):
    """``valid_until`` is None before the first registration of some FNs; the two counts are None in old ones."""

    valid_until: date | None
    registrations_left: int | None
    registrations_made: int | None


class FnBuild(msgspec.Struct, frozen=True):
    """Firmware of an FN; ``serial`` is False for a debug unit."""

    version: str
    serial: bool


class FfdSupport(msgspec.Struct, frozen=True):
    """``current`` is None before registration."""

    current: FfdVersion | None
    latest: FfdVersion


class FnCapacity(msgspec.Struct, frozen=True):
    """Room that is left: documents in the 5-year area, KiB in the 30-day area.

    ``notifications_percent``: how full the area of marking notifications is; None where marking is not registered.
    """

    documents: int
    buffer_kib: int
    notifications_percent: int | None = None


class OfdState(msgspec.Struct, frozen=True):
    """State of the exchange with the operator; ``reading``: a message was begun with 22h and not ended."""

    flags: int
    reading: bool
    queue: OfdQueue


class StoredDocument(msgspec.Struct, frozen=True):
    """Answer of 45h: the document's form and the bytes of its data."""

    form: int
    size: int


def _need(data: bytes, size: int) -> None:
    if len(data) < size:
        raise CodecError(f"an FN answer of {len(data)} bytes lacks {size - len(data)}", offset=len(data))


def nothing(data: bytes) -> None:
    """Answers without data."""


def _uint(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(data[offset : offset + size], "little")


def decode_status(data: bytes) -> KktStatus:
    """30h, 30 bytes. FN protocol 4."""
    _need(data, 30)
    try:
        phase = FnPhase(data[0])
    except ValueError:
        raise CodecError(f"phase {data[0]:02X}h is unknown", offset=0) from None
    return KktStatus(
        fn_number=read_text(data[10:26]),
        phase=phase,
        open_document=data[1],
        shift_open=data[3] == 1,
        warnings=FnWarning(data[4]),
        last_fd_number=_uint(data, 26, 4),
        last_document_at=read_moment_or_none(data, 5),
    )


def decode_fn_number(data: bytes) -> str:
    """31h, 16 characters."""
    _need(data, 16)
    return read_text(data[:16])


def decode_term(data: bytes) -> FnTerm:
    """32h: last day and, from newer FNs, registration reports left and made."""
    _need(data, 3)
    counts = (data[3], data[4]) if len(data) >= 5 else (None, None)
    return FnTerm(read_date(data) if any(data[:3]) else None, *counts)


def decode_build(data: bytes) -> FnBuild:
    """33h: 16 characters of firmware and its kind."""
    _need(data, 17)
    return FnBuild(read_text(data[:16]), data[16] == 1)


def decode_ffd(data: bytes) -> FfdSupport:
    """3Ah: FFD of the registration and the latest one known."""
    _need(data, 2)
    try:
        return FfdSupport(FfdVersion(data[0]) if data[0] else None, FfdVersion(data[1]))
    except ValueError as error:
        raise CodecError(f"FFD version: {error}", offset=0, tag=1209) from None


def decode_capacity(data: bytes) -> FnCapacity:
    """3Dh: documents, KiB, and percent where marking is registered."""
    _need(data, 8)
    return FnCapacity(_uint(data, 0, 4), _uint(data, 4, 4), data[8] if len(data) > 8 else None)


def decode_shift(data: bytes) -> ShiftState:
    """10h: open, number, receipts."""
    _need(data, 5)
    return ShiftState(open=data[0] == 1, number=_uint(data, 1, 2), receipts=_uint(data, 3, 2))


def decode_signed(data: bytes) -> Signed:
    """03h, A3h, 05h: FD number and ФП."""
    _need(data, 8)
    return Signed(_uint(data, 0, 4), _uint(data, 4, 4))


def decode_signed_in_shift(data: bytes) -> Signed:
    """12h, 14h: shift number, FD number, ФП."""
    _need(data, 10)
    return Signed(_uint(data, 2, 4), _uint(data, 6, 4), shift_number=_uint(data, 0, 2))


def decode_signed_receipt(data: bytes) -> Signed:
    """16h: receipt number in the shift, FD number, ФП."""
    _need(data, 10)
    return Signed(_uint(data, 2, 4), _uint(data, 6, 4), receipt_number=_uint(data, 0, 2))


def decode_signed_settlements(data: bytes) -> Signed:
    """19h: number and sign, then what is unsent, which the oldest FNs may leave out."""
    _need(data, 8)
    if len(data) < 15:
        return decode_signed(data)
    first = read_date(data, 12) if any(data[12:15]) else None
    return Signed(_uint(data, 0, 4), _uint(data, 4, 4), unsent=_uint(data, 8, 4), first_unsent_on=first)


def decode_make(data: bytes) -> str:
    """3Fh: 48 characters (one source)."""
    _need(data, 48)
    return read_text(data[:48])


def decode_ofd_state(data: bytes) -> OfdState:
    """20h: state of the exchange and the queue of unsent documents."""
    _need(data, 13)
    queue = OfdQueue(unsent=_uint(data, 2, 2), first_fd_number=_uint(data, 4, 4), first_at=read_moment_or_none(data, 8))
    return OfdState(flags=data[0], reading=data[1] == 1, queue=queue)


def decode_uint16(data: bytes) -> int:
    """22h, 42h: one number."""
    _need(data, 2)
    return _uint(data, 0, 2)


def decode_ofd_code(data: bytes) -> int:
    """26h: tag 1022 of the operator's answer."""
    _need(data, 1)
    return data[0]


def decode_stored(data: bytes) -> StoredDocument:
    """45h: form and bytes of the stored document."""
    _need(data, 4)
    return StoredDocument(_uint(data, 0, 2), _uint(data, 2, 2))
