"""Short records that an FN keeps of each document for five years. FN protocol 10; no I/O.

Every record begins with time (5), FD number (4) and fiscal sign (4); what follows depends on the form.
"""

import msgspec

from accounting.receipts.codes import DocumentForm, SettlementSign
from kkt_drivers.errors import CodecError
from kkt_drivers.fn.values import INN_SIZE, RNM_SIZE, read_moment, read_text
from kkt_drivers.kkt import KktLocalTime

_CHANGED_TYPES = {
    0x41: DocumentForm.REGISTRATION,
    0x4B: DocumentForm.RE_REGISTRATION,
    0x83: DocumentForm.RECEIPT,
    0xC3: DocumentForm.RECEIPT,
    0x84: DocumentForm.BSO,
    0xC4: DocumentForm.BSO,
    0x9F: DocumentForm.CORRECTION_RECEIPT,
    0xDF: DocumentForm.CORRECTION_RECEIPT,
    0xA9: DocumentForm.BSO_CORRECTION,
    0xE9: DocumentForm.BSO_CORRECTION,
}
"""Type bytes of FNs registered in FFD 1.1 and 1.2; the other forms keep their own number."""

_SETTLEMENTS = frozenset(
    (DocumentForm.RECEIPT, DocumentForm.BSO, DocumentForm.CORRECTION_RECEIPT, DocumentForm.BSO_CORRECTION)
)
_SHIFTS = frozenset((DocumentForm.SHIFT_OPENING, DocumentForm.SHIFT_CLOSING))
_OWNED = frozenset((DocumentForm.REGISTRATION, DocumentForm.RE_REGISTRATION, DocumentForm.FN_CLOSING))
_PREFIX = 13
_SUM_SIZES = (4, 5)  # K of the protocol's sources has 4 bytes, the rest 5


class ArchiveRecord(msgspec.Struct, frozen=True):
    """Answer of 40h. Fields that the form does not have are None."""

    form: DocumentForm
    confirmed: bool
    issued_at: KktLocalTime
    fd_number: int
    fiscal_sign: int
    sign: SettlementSign | None = None
    total_kopecks: int | None = None
    shift_number: int | None = None
    user_inn: str | None = None
    kkt_registration_number: str | None = None


class ConfirmationRecord(msgspec.Struct, frozen=True):
    """Answer of 41h: ``received_at`` as the operator wrote it, ``operator_sign`` is the 18-byte ФПО."""

    received_at: KktLocalTime
    operator_sign: bytes
    fd_number: int


def decode_record(data: bytes) -> ArchiveRecord:
    """Type byte, confirmation flag, record. Raises CodecError for an unknown type or a record that is cut.

    Bytes behind the known fields are passed over: newer FNs add some.
    """
    if len(data) < 2 + _PREFIX:
        raise CodecError("an archive record is cut", offset=len(data))
    form = _form(data[0])
    body = data[2:]
    rest = body[_PREFIX:]
    record = ArchiveRecord(
        form=form,
        confirmed=data[1] != 0,
        issued_at=read_moment(body),
        fd_number=int.from_bytes(body[5:9], "little"),
        fiscal_sign=int.from_bytes(body[9:13], "little"),
    )
    if form in _SETTLEMENTS:
        if len(rest) - 1 < _SUM_SIZES[0]:
            raise CodecError("an archive record of a receipt is cut", offset=len(data))
        return msgspec.structs.replace(
            record, sign=_sign(rest[0]), total_kopecks=int.from_bytes(rest[1 : 1 + _SUM_SIZES[1]], "little")
        )
    if form in _SHIFTS:
        if len(rest) < 2:
            raise CodecError("an archive record of a shift is cut", offset=len(data))
        return msgspec.structs.replace(record, shift_number=int.from_bytes(rest[:2], "little"))
    if form in _OWNED:
        if len(rest) < INN_SIZE + RNM_SIZE:
            raise CodecError("an archive record of a registration is cut", offset=len(data))
        return msgspec.structs.replace(
            record,
            user_inn=read_text(rest[:INN_SIZE]),
            kkt_registration_number=read_text(rest[INN_SIZE : INN_SIZE + RNM_SIZE]),
        )
    return record


def decode_confirmation_record(data: bytes) -> ConfirmationRecord:
    """Time, ФПО, FD number. Raises CodecError when it is cut."""
    if len(data) < 27:
        raise CodecError("a confirmation record is cut", offset=len(data))
    return ConfirmationRecord(read_moment(data), data[5:23], int.from_bytes(data[23:27], "little"))


def _form(kind: int) -> DocumentForm:
    changed = _CHANGED_TYPES.get(kind)
    if changed is not None:
        return changed
    try:
        return DocumentForm(kind)
    except ValueError:
        raise CodecError(f"archive record type {kind:02X}h is unknown", offset=0) from None


def _sign(code: int) -> SettlementSign:
    try:
        return SettlementSign(code)
    except ValueError:
        raise CodecError(f"settlement sign {code} is unknown", tag=1054) from None
