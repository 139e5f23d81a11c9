"""The control of receipts that the kernel made: one receipt of each shape is controlled, the others are like it.

A shape is everything in a receipt but its amounts and its contact (accounting/receipts/bulk/layout.py). The sums of a
receipt of the kernel agree by the way they are made, and a contact is never an error of the control (what no document
can carry was refused when it came, ``contacts.py``); so what holds for one receipt of a shape holds for all of them.
"""

from collections.abc import Callable
from datetime import date

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.bulk import layout
from accounting.receipts.bulk._work import Answer
from accounting.receipts.checks.receipt import check_receipt
from accounting.receipts.checks.rules import Severity
from accounting.receipts.model import Receipt

_RECEIPT = msgspec.msgpack.Decoder(Receipt)
_WIDTH = len(layout.RECEIPT)
_EVENT, _SHAPE, _START, _END = (layout.RECEIPT.index(name) for name in ("event", "shape", "body_start", "body_end"))
_MOST = 10_000


class SoundShapes:
    """Shapes that were found sound, by merchant and rules; a process forgets them when there are too many."""

    def __init__(self) -> None:
        self._known: dict[bytes, set[int]] = {}

    def unsound_accounts(
        self, rules: MerchantRules, digest: bytes, answer: Answer, day_of_event: Callable[[int], date]
    ) -> set[int]:
        """Numbers of accounts with a receipt that must not go to a device. ``digest`` tells the rules from others."""
        known = self._known.setdefault(digest, set())
        rows = memoryview(answer.receipts).tolist()
        bodies = memoryview(answer.bodies)
        unsound: set[int] = set()
        for place, shape in enumerate(rows[_SHAPE::_WIDTH]):
            if shape in known:
                continue
            row = rows[place * _WIDTH : (place + 1) * _WIDTH]
            receipt = _RECEIPT.decode(bodies[row[_START] : row[_END]])
            findings = check_receipt(receipt, ffd=rules.ffd, settled_on=day_of_event(row[_EVENT]))
            if any(finding.severity is Severity.ERROR for finding in findings):
                unsound.add(row[0])
            else:
                known.add(shape)
        self._forget(digest)
        return unsound

    def _forget(self, kept: bytes) -> None:
        if sum(map(len, self._known.values())) > _MOST:
            self._known = {kept: set()}
