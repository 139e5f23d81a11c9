"""The consolidated receipts of a close, worked out over millions of lines."""

from array import array

from accounting.receipts.bulk._room import Block
from accounting.receipts.bulk._rules import Rules

class Consolidator:
    """Lines by service and rate of one group, cut into parts by the merchant's limits (receipt rules 5).

    ``state``: the open part of an earlier one that goes on here. Raises ValueError for a state of other rules.
    ``most_parts``: the receipts that may come about, by default ``consolidate.MAX_CONSOLIDATED_PARTS``.
    """

    def __init__(self, rules: Rules, group: int, state: bytes = b"", most_parts: int = ...) -> None: ...
    def feed(self, table: array[int] | Block) -> None:
        """Rows of ``layout.COMMON`` in the order of accounts; lines of other groups are passed over.

        An account is never cut between two calls. Raises EventRefused when the receipts are too many.
        """

    def closed_parts(self) -> Block:
        """Rows of ``layout.CONSOLIDATED``: the parts that have become full since the last call."""

    def state(self) -> bytes:
        """The part that is still open, as such rows; empty when there is none."""
