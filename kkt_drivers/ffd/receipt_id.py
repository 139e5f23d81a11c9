"""Our receipt id inside a document: where it goes and how it is found again.

Equal receipts of equal sums are common, so after a lost answer only this id tells whose document the FN made. It stands
in 1084 {1085 ``ID``, 1086 id} or in 1191 of the first line, whichever the merchant leaves free.
"""

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tlv import Tlv, decode, find, stlv, text_tlv
from kkt_drivers.kkt import RECEIPT_ID_NAME, ReceiptIdTag, ReceiptOrder


def id_place(order: ReceiptOrder, *, has_lines: bool) -> ReceiptIdTag:
    """The tag that takes the id: the one ordered, or the other when the receipt itself fills that one.

    ``has_lines`` is False where the document carries no items (a correction of FFD 1.05). Raises CodecError when both
    places are taken, or when the receipt's own requisite is named like ours and could be mistaken for it.
    """
    requisite = order.receipt.user_requisite
    if requisite is not None and requisite.name == RECEIPT_ID_NAME:
        raise CodecError(f"a user requisite must not be named {RECEIPT_ID_NAME!r}: that name marks our id", tag=1085)
    requisite_free = requisite is None
    line_free = has_lines and not order.receipt.lines[0].additional
    if order.receipt_id_tag == 1084:
        if requisite_free:
            return 1084
        if line_free:
            return 1191
    else:
        if line_free:
            return 1191
        if requisite_free:
            return 1084
    raise CodecError("no place is left for the receipt id: 1084 is taken and so is 1191 of the first line", tag=1084)


def id_requisite(receipt_id: str) -> bytes:
    """1084 that carries our id."""
    return stlv(1084, text_tlv(1085, RECEIPT_ID_NAME), text_tlv(1086, receipt_id))


def receipt_id_of(document: bytes) -> str | None:
    """Our id in a document's records (without the outer STLV head); None when there is none.

    With somebody else's document 1191 of the first line may be any text: compare, do not trust. Raises CodecError when
    the bytes are no TLV list.
    """
    records = decode(document)
    requisite = find(records, 1084)
    if requisite is not None and _text_of(requisite, 1085) == RECEIPT_ID_NAME:
        return _text_of(requisite, 1086)
    item = find(records, 1059)
    return None if item is None else _text_of(item, 1191)


def _text_of(structure: Tlv, tag: int) -> str | None:
    record = structure.child(tag)
    return None if record is None else record.text()
