"""A receipt that was registered: what corrections refer to (receipt rules 6)."""

from datetime import date

import msgspec

from accounting.receipts.outcome import ComputedReceipt


class IssuedReceipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A registered document. ``quarantined``: the tax service did not accept it, so it counts as never issued."""

    id: str
    document: ComputedReceipt
    issued_on: date  # 1012
    settled_on: date | None = None  # None: not known
    fiscal_sign: str  # 1077
    quarantined: bool = False

    def settlement_day(self) -> date:
        """The day of what the receipt settled; if unknown the day of the document (receipt rules 6.2 [I])."""
        return self.settled_on or self.issued_on
