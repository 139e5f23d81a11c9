"""Counters of FFD 1.1 and 1.2: what an FN adds up by itself. FN protocol 8 (36h, 39h), FFD 3.5.

One block per settlement sign holds a count and twelve sums: total, cash, cashless, prepaid, credit, other, VAT 20 %,
VAT 10 %, turnover at 0 %, turnover without VAT, VAT 20/120, VAT 10/110. Corrections and unsent documents have only a
count and a sum per sign. Money in kopecks.
"""

from kkt_drivers.emulator.requisites import number, requisite, uint32, vln

SUM_TAGS = (1020, 1031, 1081, 1215, 1216, 1217, 1102, 1103, 1104, 1105, 1106, 1107)
"""Where a receipt says its twelve sums."""

_BLOCK_TAGS = (1129, 1130, 1131, 1132)
_SHORT_BLOCK_TAGS = (1145, 1232, 1146, 1233)
_COUNTER_TAGS = (1201, 1136, 1138, 1218, 1219, 1220, 1139, 1140, 1143, 1183, 1141, 1142)


class ShortCounters:
    """A count and a sum for each settlement sign: corrections, unsent documents."""

    __slots__ = ("counts", "sums")

    def __init__(self) -> None:
        self.counts = [0, 0, 0, 0]
        self.sums = [0, 0, 0, 0]

    def add(self, sign: int, total_kopecks: int, times: int = 1) -> None:
        """``times`` -1 takes one out again: the operator has confirmed it."""
        self.counts[sign - 1] += times
        self.sums[sign - 1] += total_kopecks * times

    def packed(self) -> bytes:
        """44 bytes: the count of all, then a count and Uint48 for each sign."""
        blocks = (
            count.to_bytes(4, "little") + total.to_bytes(6, "little")
            for count, total in zip(self.counts, self.sums, strict=True)
        )
        return sum(self.counts).to_bytes(4, "little") + b"".join(blocks)

    def structure(self, tag: int) -> bytes:
        """1133 or 1158."""
        body = uint32(1144, sum(self.counts))
        for child, count, total in zip(_SHORT_BLOCK_TAGS, self.counts, self.sums, strict=True):
            if count:
                body += requisite(child, uint32(1135, count) + vln(1201, total))
        return requisite(tag, body)


class Counters:
    """All counters of a shift or of the whole life of an FN."""

    __slots__ = ("corrections", "counts", "sums")

    def __init__(self) -> None:
        self.counts = [0, 0, 0, 0]
        self.sums = [[0] * 12 for _ in range(4)]
        self.corrections = ShortCounters()

    def add(self, sign: int, sums: tuple[int, ...]) -> None:
        """Count one receipt; ``sums`` as ``receipt_sums`` gives them."""
        self.counts[sign - 1] += 1
        block = self.sums[sign - 1]
        for place, value in enumerate(sums):
            if value:
                block[place] += value

    def packed(self, shift_number: int) -> bytes:
        """354 bytes, the answer of 36h."""
        everything = sum(self.counts) + sum(self.corrections.counts)
        parts = [shift_number.to_bytes(2, "little"), everything.to_bytes(4, "little")]
        for count, block in zip(self.counts, self.sums, strict=True):
            parts.append(count.to_bytes(4, "little"))
            parts += [value.to_bytes(6, "little") for value in block]
        parts.append(self.corrections.packed())
        return b"".join(parts)

    def structure(self, tag: int) -> bytes:
        """1157 (FN) or 1194 (shift); blocks without receipts carry their count only."""
        body = uint32(1134, sum(self.counts) + sum(self.corrections.counts))
        for child, count, block in zip(_BLOCK_TAGS, self.counts, self.sums, strict=True):
            inside = uint32(1135, count)
            if count:
                inside += b"".join(vln(name, value) for name, value in zip(_COUNTER_TAGS, block, strict=True))
            body += requisite(child, inside)
        return requisite(tag, body + self.corrections.structure(1133))


def receipt_sums(total_kopecks: int, said: dict[int, bytes]) -> tuple[int, ...]:
    """The twelve sums of a receipt, kopecks; what it does not say is 0."""
    return (total_kopecks, *[number(said[tag]) if tag in said else 0 for tag in SUM_TAGS[1:]])
