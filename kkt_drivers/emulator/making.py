"""How an FN makes a document out of what it knows and what the KKT passed: head, ФПД, container, record. FFD 1.1, 4."""

import struct
from datetime import datetime

import msgspec

from kkt_drivers.emulator import signature
from kkt_drivers.emulator.container import seal_document
from kkt_drivers.emulator.core import FnCore
from kkt_drivers.emulator.moment import seconds
from kkt_drivers.emulator.records import DocumentRecord, RegistrationRecord
from kkt_drivers.emulator.requisites import byte, requisite, text, uint32

_COMMON_SIGNED = struct.Struct("<B16sII")
_ANSWER = struct.Struct("<II")


class Draft(msgspec.Struct, kw_only=True):
    """A document before it has a number and a sign."""

    form: int
    at: datetime
    tlv: bytes  # passed by the KKT
    head: bytes = b""  # the FN's own TLVs behind 1077
    signed: bytes = b""  # what enters the ФПД besides form, FN, FD number and time
    shift_number: int = 0
    number_in_shift: int = 0
    sign: int = 0
    total_kopecks: int = 0
    sums: tuple[int, ...] = ()
    unsent: int = 0
    first_unsent_at: int = 0
    registration: RegistrationRecord | None = None


def make(fn: FnCore, draft: Draft) -> DocumentRecord:
    """Number, sign and store a document; it exists when this returns. Raises Refused 03h when it cannot be written."""
    state = fn.state
    fd_number, issued_at = state.last_fd + 1, seconds(draft.at)
    number = state.parameters.number
    registration = draft.registration or state.registration
    common = _COMMON_SIGNED.pack(draft.form, number.encode("ascii"), fd_number, issued_at)
    fiscal_sign = signature.fiscal_sign(common + draft.signed)
    head = (
        text(1041, number, 16)
        + text(1037, registration.rnm, 20)
        + text(1018, registration.inn, 12)
        + uint32(1040, fd_number)
        + uint32(1012, issued_at)
        + requisite(1077, signature.FISCAL_SIGN_PREFIX + fiscal_sign.to_bytes(4, "big"))
        + draft.head
    )
    if registration.ffd >= 3:
        head += byte(1209, registration.ffd)
    opening_fd = fd_number if draft.form == 2 else state.shift.opening_fd
    record = DocumentRecord(
        form=draft.form,
        fd_number=fd_number,
        issued_at=issued_at,
        fiscal_sign=fiscal_sign,
        container=seal_document(draft.form, number, fd_number, head + draft.tlv, opening_fd),
        shift_number=draft.shift_number,
        number_in_shift=draft.number_in_shift,
        sign=draft.sign,
        total_kopecks=draft.total_kopecks,
        sums=draft.sums,
        unsent=draft.unsent,
        first_unsent_at=draft.first_unsent_at,
        registration=draft.registration,
    )
    fn.store(record)
    fn.session.document = None
    fn.session.timer = None if fn.clock is None else (draft.at, fn.clock())
    return record


def numbers(record: DocumentRecord) -> bytes:
    """FD number and ФП, as every finishing command answers them."""
    return _ANSWER.pack(record.fd_number, record.fiscal_sign)
