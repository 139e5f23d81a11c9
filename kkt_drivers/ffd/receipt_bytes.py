"""A receipt's records in one piece, by the compiled codec when it is there."""

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ffd._engine import codec
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.kkt import ReceiptOrder


def encode_receipt(order: ReceiptOrder, ffd: FfdVersion) -> bytes:
    """The bytes of ``receipt_records``, joined. Raises CodecError as that does.

    The compiled form does the regular case only: what it gives up is written, or refused with its reason, in Python.
    """
    if codec is not None:
        data: bytes | None = codec.encode_receipt(order, ffd)
        if data is not None:
            return data
    return b"".join(receipt_records(order, ffd))
