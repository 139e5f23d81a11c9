"""Does a document say what a receipt says? What register, settings and FN add is left aside."""

from typing import Final

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import Receipt
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.ffd.tlv import Tlv, decode
from kkt_drivers.kkt import ReceiptIdTag, ReceiptOrder

_LINES: Final = 1059
_ID: Final = 1191

_OWN: Final = frozenset(
    {1008, 1031, 1055, 1057, _LINES, 1081, *range(1102, 1108), 1115, 1173, 1174, 1192, 1215, 1216, 1217}
)
"""What a receipt brings along itself. The other records are of the register, the merchant's settings, or the FN."""


def same_content(document: bytes, receipt: Receipt, ffd: FfdVersion) -> bool:
    """Whether ``document`` (its records without the outer head) could have been made of ``receipt``.

    Sign and total are passed to an FN beside these records: the caller has compared them. The receipt id is left aside.
    """
    tag: ReceiptIdTag = 1084 if receipt.user_requisite is None else 1191
    order = ReceiptOrder(receipt=receipt, receipt_id="0", receipt_id_tag=tag, cashier="", place="", address="")
    try:
        expected = decode(b"".join(receipt_records(order, ffd)))
        return _content(expected) == _content(decode(document))
    except CodecError:
        return False


def _content(records: tuple[Tlv, ...]) -> list[tuple[int, object]]:
    found = [(record.tag, _line(record) if record.tag == _LINES else record.value) for record in records]
    return sorted((one for one in found if one[0] in _OWN), key=repr)


def _line(record: Tlv) -> tuple[tuple[int, bytes], ...]:
    return tuple((child.tag, child.value) for child in record.children or () if child.tag != _ID)
