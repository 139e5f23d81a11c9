"""What a report of a shift closing (form 5) says of its shift. FFD 3.5.

1118 counts the receipts of the shift, corrections among them. 1194, of FFD 1.1 and later, has a count and a total for
each settlement sign: 1129 to 1132 receipts, 1133 corrections. The FN writes them itself.
"""

import msgspec

from accounting.receipts.codes import SettlementSign
from kkt_drivers.ffd.tlv import Tlv, decode, find

_RECEIPTS = dict(zip(SettlementSign, (1129, 1130, 1131, 1132), strict=True))
_CORRECTIONS = dict(zip(SettlementSign, (1145, 1232, 1146, 1233), strict=True))

CountAndTotal = tuple[int, int]
"""Documents, and kopecks in them."""


class ShiftTotals(msgspec.Struct, frozen=True):
    """Totals of one shift; None: the report does not give them."""

    receipts: int | None
    by_sign: dict[SettlementSign, CountAndTotal] | None
    corrections: dict[SettlementSign, CountAndTotal] | None


def shift_totals_of(document: bytes) -> ShiftTotals:
    """Totals in a report's records (without the outer STLV head). Raises CodecError when the bytes are no TLV list."""
    records = decode(document)
    counted, totals = find(records, 1118), find(records, 1194)
    corrections = None if totals is None else totals.child(1133)
    return ShiftTotals(
        receipts=None if counted is None else counted.number(),
        by_sign=None if totals is None else {sign: _block(totals, tag) for sign, tag in _RECEIPTS.items()},
        corrections=None if totals is None else {sign: _block(corrections, tag) for sign, tag in _CORRECTIONS.items()},
    )


def _block(parent: Tlv | None, tag: int) -> CountAndTotal:
    """Count (1135) and total (1201) of one sign; a block or a value that is missing stands for nothing."""
    block = None if parent is None else parent.child(tag)
    return (0, 0) if block is None else (_number(block, 1135), _number(block, 1201))


def _number(block: Tlv, tag: int) -> int:
    found = block.child(tag)
    return 0 if found is None else found.number()
