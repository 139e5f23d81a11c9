"""Records of payments from the tables of the bulk computation."""

from array import array

from accounting.receipts.bulk._room import Block
from accounting.receipts.bulk._rules import Texts

Table = array[int] | Block

class PaymentPacker:
    """Texts are numbered as in layout.py (services, EXEMPT, FORMS, NoteKind) and packed as MessagePack."""

    def __init__(self, services: Texts, exempt: Texts, forms: Texts, reasons: Texts) -> None: ...
    def pack(self, parts: Table, settlements: Table, notes: Table, events: Table) -> tuple[Block, Block]:
        """Rows of account, event, amount, costs, penalty, agent sign or -1, where parts start and end; the parts."""
