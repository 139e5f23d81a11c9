"""What a run over accounts makes."""

from accounting.receipts.bulk._room import Block
from accounting.receipts.bulk._rules import Rules, Texts

class Answer:
    """Tables by the names and layouts of layout.py. ``bodies`` are bytes, ``declined`` numbers of accounts."""

    accounts: Block
    debts: Block
    lots: Block
    bills: Block
    settlements: Block
    lowered: Block
    receipts: Block
    bodies: Block
    parts: Block
    notes: Block
    common: Block
    declined: Block
    def forget(self) -> None:
        """Make it empty. Raises BufferError while somebody looks at it."""

class Work:
    def __init__(self, rules: Rules, contacts: Texts, answer: Answer) -> None: ...
