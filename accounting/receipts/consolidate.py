"""Splitting receipts by size (receipt rules 5 [I]): for consolidated ones between accounts, for others line by line.

A part is closed only when the next block does not fit. A block is what must not be torn apart while it fits into a part
of its own: the lines of one account. A block above the limits begins a new part and is cut line by line; a line above
the largest sum is cut in pieces that are parts of their own, but for its last piece, which stays open. How many parts a
receipt becomes is bounded: a few bytes of an event and a policy of one kopeck would fill the memory.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final

import msgspec

from accounting.receipts.draft import Line, cut, joined
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.model import Agent
from accounting.receipts.money import MAX_KOPECKS

MAX_BYTES: Final = 30_000
"""Estimated size of a receipt; a document of the FN is at most 32 768 bytes."""

LINE_BYTES: Final = 188
"""A line at its longest name, so that the split does not depend on names."""


MAX_PARTS: Final = 1_000
"""The most receipts that one of a single payer is split into: 100 billion roubles by the largest sum of a receipt."""

MAX_CONSOLIDATED_PARTS: Final = 20_000
"""The same for a consolidated one: 100,000 accounts with 18 lines each, 90 lines a receipt; two hours of a device."""

MAX_PARTS_AT_ONCE: Final = MAX_CONSOLIDATED_PARTS
"""The same for all receipts together that one computation splits: many small events fill the memory as one does."""


class Limits(msgspec.Struct, frozen=True):
    """What one receipt holds, and how many it may become."""

    max_lines: int
    max_sum_kopecks: int
    max_bytes: int = MAX_BYTES
    max_parts: int = MAX_PARTS

    def after(self, split_before: int) -> "Limits":
        """The limits after so many parts of one computation; a receipt that is not split is never refused."""
        left = parts_left(split_before)
        return self if left >= self.max_parts else msgspec.structs.replace(self, max_parts=left)

    def of_accepted(self, total_kopecks: int) -> "Limits":
        """Limits for money that was counted when it came, maybe under a larger ``max_sum``: it must have its receipts.

        Pieces as large as make ``MAX_PARTS`` of it are within the ``max_sum`` of that time, else it had been refused.
        """
        smallest = -(-total_kopecks // MAX_PARTS)
        most = max(self.max_sum_kopecks, smallest)
        return msgspec.structs.replace(self, max_sum_kopecks=most, max_parts=MAX_KOPECKS)

    def require_few_parts(self, whole_parts: int) -> None:
        """Raises EventRefused where that many full parts and one more are too many."""
        if whole_parts >= self.max_parts:
            raise EventRefused(ErrorCode.TOO_MANY_RECEIPTS, "amount")

    def surely_hold(self, lines: Sequence[Line]) -> bool:
        """Whether merged lines fit without a closer look: the common receipt is spared the counting."""
        if len(lines) == 1:
            return lines[0].amount_kopecks <= self.max_sum_kopecks
        return (
            len(lines) <= self.max_lines
            and sum([line.amount_kopecks for line in lines]) <= self.max_sum_kopecks
            and sum([_line_bytes(line) for line in lines]) <= self.max_bytes
        )


def parts_left(split_before: int) -> int:
    """What one more receipt may be split into."""
    return max(1, MAX_PARTS_AT_ONCE - split_before)


def agent_bytes(agent: Agent | None) -> int:
    """Exact size of the agent tags of a line: 4 + length a tag, one byte a character."""
    if agent is None:
        return 0
    size = 5 + 16  # 1222, 1226
    if agent.supplier_name is not None or agent.supplier_phones:
        size += 4 + _texts(agent.supplier_name, *agent.supplier_phones)  # 1224 {1225, 1171}
    data = agent.data
    if data is not None:
        phones = (*data.agent_phones, *data.receiver_phones, *data.transfer_operator_phones)
        texts = _texts(data.transfer_operator_address, data.transfer_operator_name, data.operation, *phones)
        size += 4 + texts + (16 if data.transfer_operator_inn is not None else 0)
    return size


def _texts(*texts: str | None) -> int:
    return sum(4 + len(text) for text in texts if text is not None)


def _line_bytes(line: Line) -> int:
    return LINE_BYTES + agent_bytes(line.service.agent if line.service else None)


class _Part:
    """The part that is open: its lines merged, with their sum and size."""

    def __init__(self, limits: Limits, key: Callable[[Line], Hashable]) -> None:
        self._limits = limits
        self._key = key
        self.lines: dict[Hashable, Line] = {}
        self._sum = 0
        self._bytes = 0

    def fits(self, block: Sequence[Line]) -> bool:
        new = {self._key(line): line for line in block if self._key(line) not in self.lines}
        return (
            len(self.lines) + len(new) <= self._limits.max_lines
            and self._sum + sum(line.amount_kopecks for line in block) <= self._limits.max_sum_kopecks
            and self._bytes + sum(_line_bytes(line) for line in new.values()) <= self._limits.max_bytes
        )

    def add(self, block: Sequence[Line]) -> None:
        for line in block:
            key = self._key(line)
            known = self.lines.get(key)
            self.lines[key] = line if known is None else joined(known, line)
            self._sum += line.amount_kopecks
            self._bytes += _line_bytes(line) if known is None else 0


class _Splitter:
    def __init__(self, limits: Limits, key: Callable[[Line], Hashable]) -> None:
        self._limits = limits
        self._key = key
        self._open = _Part(limits, key)
        self.closed: list[tuple[Line, ...]] = []

    def close(self) -> None:
        if self._open.lines:
            self._limits.require_few_parts(len(self.closed))
            self.closed.append(tuple(self._open.lines.values()))
        self._open = _Part(self._limits, self._key)

    def take(self, block: Sequence[Line]) -> None:
        if self._open.fits(block):
            self._open.add(block)
            return
        self.close()
        if self._open.fits(block):
            self._open.add(block)
            return
        for line in block:
            self._take_line(line)

    def _take_line(self, line: Line) -> None:
        if self._open.fits([line]):
            self._open.add([line])
            return
        self.close()
        pieces = (line.amount_kopecks - 1) // self._limits.max_sum_kopecks
        self._limits.require_few_parts(len(self.closed) + pieces)
        while line.amount_kopecks > self._limits.max_sum_kopecks:
            piece, line = cut(line, self._limits.max_sum_kopecks)
            self.closed.append((piece,))
        self._open.add([line])


def split_by_limits(
    blocks: Iterable[Sequence[Line]], limits: Limits, key: Callable[[Line], Hashable]
) -> list[tuple[Line, ...]]:
    """Parts of a receipt, in order. Lines equal by ``key`` are one line inside a part.

    Raises EventRefused (``too_many_receipts``) when they are more than the limits allow.
    """
    splitter = _Splitter(limits, key)
    for block in blocks:
        splitter.take(block)
    splitter.close()
    return splitter.closed
