"""Text of the QR code on a receipt: what a buyer's telephone sends to the tax service. FFD 7; order, points 14 and 15.

t=20171007T0856&s=279.90&fn=8710000100923403&i=95961&fp=3153580303&n=1
"""

import re
from datetime import datetime
from typing import TypeVar

import msgspec

from accounting.receipts.codes import SettlementSign
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tree import Node


class QrReceipt(msgspec.Struct, frozen=True):
    """What identifies a receipt to the tax service."""

    issued_at: datetime  # 1012: naive wall clock of the place of sale
    total_kopecks: int  # 1020
    fn_number: str  # 1041
    fd_number: int  # 1040
    fiscal_sign: int  # ФПД as printed, uint32
    sign: SettlementSign  # 1054


_T = TypeVar("_T")

_FIELDS = {"t", "s", "fn", "i", "fp", "n"}
_MOMENT = re.compile(r"(\d{8})[Tt](\d{4})(\d{2})?", re.ASCII)
_SUM = re.compile(r"(\d{1,13})(?:[.,](\d{1,2}))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_FN_NUMBER = re.compile(r"\d{1,16}", re.ASCII)


def qr_text(receipt: QrReceipt) -> str:
    """ASCII text for the code: time to the minute, roubles with two decimals, numbers without leading zeros."""
    roubles, kopecks = divmod(receipt.total_kopecks, 100)
    return (
        f"t={receipt.issued_at:%Y%m%dT%H%M}&s={roubles}.{kopecks:02d}&fn={receipt.fn_number.strip()}"
        f"&i={receipt.fd_number}&fp={receipt.fiscal_sign}&n={receipt.sign:d}"
    )


def parse_qr(text: str) -> QrReceipt:
    """The receipt behind a scanned text. Raises CodecError naming the field.

    Some KKTs write seconds, some programs turn T into t, write a comma or leave out the kopecks: all are taken. Fields
    may come in any order.
    """
    pairs = [part.partition("=") for part in text.strip().split("&")]
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if len(pairs) != len(_FIELDS) or fields.keys() != _FIELDS:
        raise CodecError("the text of a receipt's QR code has the fields t, s, fn, i, fp, n, once each")
    roubles, kopecks = _match(_SUM, fields, "s").groups()
    try:
        sign = SettlementSign(int(_match(_NUMBER, fields, "n")[0]))
    except ValueError:
        raise CodecError(f"n of a QR code is 1 to 4, not {fields['n']}", tag=1054) from None
    return QrReceipt(
        issued_at=_moment(fields),
        total_kopecks=int(roubles) * 100 + int((kopecks or "0").ljust(2, "0")),
        fn_number=_match(_FN_NUMBER, fields, "fn")[0],
        fd_number=int(_match(_NUMBER, fields, "i")[0]),
        fiscal_sign=int(_match(_NUMBER, fields, "fp")[0]),
        sign=sign,
    )


def qr_of(document: Node) -> QrReceipt:
    """What the QR code of a receipt, BSO or correction says. Raises CodecError naming the tag that is missing."""
    sign = document.number(1054)
    if sign not in (1, 2, 3, 4):
        raise CodecError("a QR code needs the settlement sign", tag=1054)
    fiscal_sign = document.find(1077)
    if fiscal_sign is None or not isinstance(fiscal_sign.value, bytes) or len(fiscal_sign.value) != 6:
        raise CodecError("a QR code needs the fiscal sign", tag=1077)
    return QrReceipt(
        issued_at=_need(document.moment(1012), 1012),
        total_kopecks=_need(document.number(1020), 1020),
        fn_number=_need(document.text(1041), 1041),
        fd_number=_need(document.number(1040), 1040),
        fiscal_sign=printed_sign(fiscal_sign.value),
        sign=SettlementSign(sign),
    )


def printed_sign(value: bytes) -> int:
    """ФПД as printed: bytes 2 to 5 of tag 1077, big-endian (FFD 5)."""
    return int.from_bytes(value[2:6], "big")


def _need(value: _T | None, tag: int) -> _T:
    if value is None:
        raise CodecError("a QR code needs this requisite", tag=tag)
    return value


def _match(pattern: re.Pattern[str], fields: dict[str, str], name: str) -> re.Match[str]:
    found = pattern.fullmatch(fields[name])
    if found is None:
        raise CodecError(f"field {name} of a QR code cannot be {fields[name][:40]!r}")
    return found


def _moment(fields: dict[str, str]) -> datetime:
    day, minute, seconds = _match(_MOMENT, fields, "t").groups()
    try:
        return datetime.strptime(f"{day}{minute}{seconds or '00'}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall clock
    except ValueError:
        raise CodecError(f"field t of a QR code is no time: {fields['t']!r}", tag=1012) from None
