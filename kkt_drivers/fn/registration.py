"""What an FN knows of its registration (43h), and how it is told of changes. FN protocol 7, 8; no I/O."""

from enum import IntFlag

import msgspec

from accounting.receipts.codes import FfdVersion
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tlv import Tlv
from kkt_drivers.fn.values import INN_SIZE, RNM_SIZE, read_moment, read_text
from kkt_drivers.kkt import KktLocalTime, Registered, Registration

_NAMES_END = 5 + INN_SIZE + RNM_SIZE
_BASE_SIZE = 47
_BASE_WITH_REASON = 48
_LATER_SIZE = 60
_LATER_WITH_REASONS = 64


class WorkMode(IntFlag):
    """Mode byte of 03h and A3h."""

    ENCRYPTION = 0x01
    AUTONOMOUS = 0x02
    AUTOMATIC = 0x04
    SERVICES = 0x08
    BSO = 0x10
    INTERNET = 0x20
    CATERING = 0x40  # FFD 1.2; before that, work as a bank's agent
    WHOLESALE = 0x80  # FFD 1.2


class ExtendedMode(IntFlag):
    """Second mode byte, of A3h only."""

    EXCISE = 0x01
    GAMBLING = 0x02
    LOTTERY = 0x04
    PRINTER_IN_AUTOMAT = 0x08
    MARKING = 0x10
    PAWNSHOP = 0x20
    INSURANCE = 0x40
    VENDING = 0x80  # with goods delivered; one source


class FnRegistration(msgspec.Struct, frozen=True):
    """Answer of 43h: arguments of the command that registered, and the document it made. ``reasons``: None when the
    answer has none; a code 1 to 4 (tag 1101) in FFD 1.05, bits of ``ChangeReason`` later."""

    registered_at: KktLocalTime
    user_inn: str
    kkt_registration_number: str
    taxation_systems: int  # 1062, bit set
    modes: WorkMode
    extended_modes: ExtendedMode
    ofd_inn: str  # empty in FFD 1.05
    reasons: int | None
    fd_number: int
    fiscal_sign: int


def decode_registration(data: bytes) -> FnRegistration:
    """43h: its length tells the layout. Raises CodecError when it is cut."""
    if len(data) < _BASE_SIZE:
        raise CodecError(f"registration data of {len(data)} bytes", offset=len(data))
    later = len(data) >= _LATER_SIZE
    at = _NAMES_END + 2
    extended, ofd_inn, reasons = 0, "", None
    if later:
        extended, ofd_inn = data[at], read_text(data[at + 1 : at + 1 + INN_SIZE])
        at += 1 + INN_SIZE
        if len(data) >= _LATER_WITH_REASONS:
            reasons = int.from_bytes(data[at : at + 4], "little")
            at += 4
    elif len(data) >= _BASE_WITH_REASON:
        reasons = data[at]
        at += 1
    return FnRegistration(
        registered_at=read_moment(data),
        user_inn=read_text(data[5 : 5 + INN_SIZE]),
        kkt_registration_number=read_text(data[5 + INN_SIZE : _NAMES_END]),
        taxation_systems=data[_NAMES_END],
        modes=WorkMode(data[_NAMES_END + 1]),
        extended_modes=ExtendedMode(extended),
        ofd_inn=ofd_inn,
        reasons=reasons,
        fd_number=int.from_bytes(data[at : at + 4], "little"),
        fiscal_sign=int.from_bytes(data[at + 4 : at + 8], "little"),
    )


def registered_of(
    made: FnRegistration, requisites: tuple[Tlv, ...], ffd: FfdVersion, reports_left: int | None
) -> Registered:
    """The registration in force out of 43h, 44h and 32h; a requisite that the FN does not have is empty."""
    texts = {record.tag: record for record in requisites}

    def text(tag: int) -> str:
        return texts[tag].text().strip() if tag in texts else ""

    return Registered(
        parameters=Registration(
            user_inn=made.user_inn,
            user_name=text(1048),
            kkt_registration_number=made.kkt_registration_number,
            kkt_serial_number=text(1013),
            taxation_systems=made.taxation_systems,
            ffd=ffd,
            address=text(1009),
            place=text(1187),
            cashier=text(1021),
            ofd_inn=made.ofd_inn or text(1017),
            ofd_name=text(1046),
            sender_email=text(1117),
            fns_site=text(1060),
            internet_only=WorkMode.INTERNET in made.modes,
            services=WorkMode.SERVICES in made.modes,
        ),
        other_modes=bool(made.modes & ~(WorkMode.INTERNET | WorkMode.SERVICES)) or bool(made.extended_modes),
        fd_number=made.fd_number,
        reports_left=reports_left,
    )


_FIRST, _FN_REPLACED, _CHANGED = 0, 1, 2
_BASE_REASONS = (
    (2, ChangeReason.OFD),
    (3, ChangeReason.USER_NAME | ChangeReason.PLACE),
)
_BASE_OTHER = 4  # settings of the KKT


def registration_kind(reasons: ChangeReason) -> int:
    """Type byte of 02h and A2h: a new FN takes a KKT over, or the same one goes on with something changed."""
    return _FN_REPLACED if ChangeReason.FN_REPLACED in reasons else _CHANGED if reasons else _FIRST


def reasons_argument(ffd: FfdVersion, reasons: ChangeReason) -> bytes:
    """What 03h or A3h has at its end. Raises CodecError for several reasons in FFD 1.05, whose command takes one.

    A replaced FN is named by the type byte; the FN adds its reason by itself.
    """
    besides = reasons & ~ChangeReason.FN_REPLACED
    if ffd is not FfdVersion.FFD_1_05:
        return int(reasons).to_bytes(4, "little") if besides else b""
    codes = {code for code, bits in _BASE_REASONS if besides & bits}
    for _, bits in _BASE_REASONS:
        besides &= ~bits
    codes |= {_BASE_OTHER} if besides else set()
    if len(codes) > 1 or (codes and ChangeReason.FN_REPLACED in reasons):
        raise CodecError("a re-registration of FFD 1.05 takes one reason", tag=1101)
    return bytes(codes)
