"""Receipts to TLV and TLV to records, in C."""

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ffd.record import Tlv
from kkt_drivers.kkt import ReceiptOrder

def encode_receipt(order: ReceiptOrder, ffd: FfdVersion) -> bytes | None:
    """What ``receipt_records`` gives, in one piece; None when something is wrong with the receipt: ask that one."""

def decode(data: bytes) -> tuple[Tlv, ...]:
    """As ``tlv.decode``; its errors are those of the plain form."""
