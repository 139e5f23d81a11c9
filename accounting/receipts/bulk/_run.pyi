"""The compiled bulk computation. Tables are ``array('q')`` or other buffers of int64, laid out as layout.py says."""

from array import array

from accounting.receipts.bulk._room import Block
from accounting.receipts.bulk._rules import Rules, Texts
from accounting.receipts.bulk._work import Answer
from accounting.receipts.bulk.layout import BookTables

class Run:
    """Accounts and events, ready to be computed range by range; ranges may run in threads of their own.

    Nothing that is given may change while a range is computed. ``order``: the events' numbers by account, and inside
    it as they apply.
    """

    order: Block

    def __init__(
        self, rules: Rules, contacts: Texts, books: BookTables, events: array[int], volumes: array[int]
    ) -> None:
        """Raises IndexError when an event names an account that is not there."""

    def compute(
        self, first: int, last: int, close_period: int = -1, close_event: int = -1, into: Answer | None = None
    ) -> Answer:
        """What the accounts from ``first`` to before ``last`` make of their events and then of a close.

        ``into``: an earlier answer whose memory is used again; nobody may look at it any more.
        Accounts that the kernel cannot judge stand in ``Answer.declined`` and nowhere else. Raises ValueError and
        IndexError for tables that are cut or do not fit together, OverflowError rather than wrap.
        """

def in_order(events: array[int], account_count: int) -> Block:
    """Numbers of events by account and, inside it, as they apply (receipt rules 3.6). Shape: int64[events]."""
