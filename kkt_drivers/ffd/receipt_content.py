"""What a document says and what a receipt says, as keys: equal keys, equal content. What register, settings and FN add
is left aside, and so is the receipt id."""

import hashlib
from collections.abc import Iterable
from typing import Final

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import Receipt
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.ffd.tlv import Tlv, decode
from kkt_drivers.kkt import ReceiptIdTag, ReceiptOrder

_LINES: Final = 1059
_ID: Final = 1191

_OWN: Final = frozenset(
    {1008, 1031, 1055, 1057, _LINES, 1081, *range(1102, 1108), 1115, 1173, 1174, 1192, 1215, 1216, 1217}
    | {1227, 1228, 1256, 1261, 1270}
)
"""What a receipt brings along itself. The other records are of the register, the merchant's settings, or the FN."""


def content_of_document(document: bytes) -> bytes:
    """Key of ``document`` (its records without the outer head), 32 bytes. Raises CodecError.

    Sign and total are passed to an FN beside these records and are no part of it.
    """
    return _key(decode(document))


def content_of_receipt(receipt: Receipt, ffd: FfdVersion) -> bytes:
    """Key of every document that is made of ``receipt``. Raises CodecError when it cannot be written as one."""
    tag: ReceiptIdTag = 1084 if receipt.user_requisite is None else 1191
    order = ReceiptOrder(receipt=receipt, receipt_id="0", receipt_id_tag=tag, cashier="", place="", address="")
    return _key(decode(b"".join(receipt_records(order, ffd))))


def _key(records: Iterable[Tlv]) -> bytes:
    own = (record for record in records if record.tag in _OWN)
    content = sorted(repr((record.tag, _line(record) if record.tag == _LINES else record.value)) for record in own)
    return hashlib.sha256("\n".join(content).encode()).digest()


def _line(record: Tlv) -> tuple[tuple[int, bytes], ...]:
    return tuple((child.tag, child.value) for child in record.children or () if child.tag != _ID)
