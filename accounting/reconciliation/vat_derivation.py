"""The VAT code of a line that states none, where the receipt's totals leave one answer.

An answer gives every code-less line a code so that each total of the receipt comes out exactly. Registers count a total
from the sum of the lines of a code or by adding up the tax of the lines (receipt-rules, 4.4), so both ways are tried
and their answers are put together. Two that differ only by swapping equal lines are one. The search keeps the sums
reached so far, not the assignments, so that many lines of round prices stay cheap; it gives up after MAX_STEPS.

A code is possible where its total is present (a register writes a total for every code of its lines). A zero on a
line (``nds0: 0``) is a stub and says nothing; a sum above 0 in FFD 1.0's line tags names the code; a stated 1200 above
0 leaves only the codes that give it.

An answer can be the truth or not be found, but not be wrong: the truth is among the answers, and there is only one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from math import comb
from operator import add, le
from typing import Final

import msgspec

from accounting.receipts.codes import VatCode
from accounting.reconciliation.foreign_receipt import ForeignLine, ForeignReceipt
from accounting.reconciliation.import_findings import Reason, Refused
from accounting.reconciliation.vat_timetable import amounts_giving, is_possible, tax_kopecks, total_kopecks

MAX_STEPS: Final = 300_000
"""Sums tried for one receipt before it is refused: well under a second."""

Shares = tuple[int, ...]
"""How many lines of a group take each of its codes."""
Answer = tuple[Shares, ...]


class Group(msgspec.Struct, frozen=True):
    """Equal lines without a code: how much each is, how many, which codes they may take."""

    sum_kopecks: int
    count: int
    options: tuple[VatCode, ...]


def derive_codes(receipt: ForeignReceipt) -> tuple[VatCode, ...]:
    """The code of every line, those stated and those derived. Raises Refused where there is not exactly one answer."""
    codeless = Counter(line for line in receipt.lines if line.vat_code is None)
    if not codeless:
        return tuple(line.vat_code for line in receipt.lines if line.vat_code is not None)
    field = f"items[{1 + next(i for i, line in enumerate(receipt.lines) if line.vat_code is None)}].nds"
    if not receipt.vat_by_code():
        raise Refused(field, Reason.VAT_NO_TOTALS)
    groups = [Group(line.sum_kopecks, count, _options(line, receipt, field)) for line, count in codeless.items()]
    answers = _answers(groups, receipt, field)
    if not answers:
        raise Refused(field, Reason.VAT_NO_ANSWER, _stated(receipt))
    if len(answers) > 1:
        raise Refused(field, Reason.VAT_MANY_ANSWERS, _stated(receipt))
    return _spread(receipt, dict(zip(codeless, zip(groups, answers.pop(), strict=True), strict=True)))


def _stated(receipt: ForeignReceipt) -> str:
    return ", ".join(f"{code.value}: {kopecks}" for code, kopecks in receipt.vat_by_code().items())


def _options(line: ForeignLine, receipt: ForeignReceipt, field: str) -> tuple[VatCode, ...]:
    """Codes that the line may take before the totals are looked at."""
    if len(line.flat_vat) > 1:
        raise Refused(field, Reason.CONFLICT, line.name)
    possible = [
        total.code
        for total in receipt.vat_totals
        if is_possible(total.code, receipt.settled_on, receipt.sign, line.method)
        and all(flat.code == total.code for flat in line.flat_vat)
    ]
    fitting = [
        code for code in possible if line.vat_kopecks in (0, tax_kopecks(code, line.sum_kopecks, receipt.settled_on))
    ]
    if possible and not fitting:
        raise Refused(field + "Sum", Reason.VAT_LINE_SUM, str(line.vat_kopecks))
    return tuple(fitting)


def _answers(groups: list[Group], receipt: ForeignReceipt, field: str) -> set[Answer]:
    """At most a few answers, at least two where there are two."""
    totals = {total.code: total.kopecks for total in receipt.vat_totals}
    on = receipt.settled_on

    def amount(code: VatCode, kopecks: int) -> int:
        return kopecks

    def rounded(code: VatCode, kopecks: int) -> int:
        return total_kopecks(code, kopecks, on)

    amounts = {code: amounts_giving(code, kopecks, on) for code, kopecks in totals.items()}
    # A total rounded down may have been rounded before the VAT was taken: the lines then hold up to that much more.
    rounded_off = receipt.rounded_off_kopecks()
    from_total = _Goal({code: (least, most + rounded_off) for code, (least, most) in amounts.items()}, amount)
    sum_lines = _Goal({code: (kopecks, kopecks) for code, kopecks in totals.items()}, rounded)
    return {answer for goal in (from_total, sum_lines) for answer in _search(groups, receipt, goal, field)}


class _Goal(msgspec.Struct, frozen=True):
    """A way of counting: ``share`` of each line is added up a code, and must end within the code's bounds."""

    bounds: dict[VatCode, tuple[int, int]]
    share: Callable[[VatCode, int], int]


def _search(groups: list[Group], receipt: ForeignReceipt, goal: _Goal, field: str) -> list[Answer]:
    """The answers of one way of counting; of more than two that end in the same sums, two."""
    codes, share = tuple(goal.bounds), goal.share
    stated = [(line.vat_code, line.sum_kopecks) for line in receipt.lines if line.vat_code is not None]
    start = tuple(sum(share(code, kopecks) for code, kopecks in stated if code is wanted) for wanted in codes)
    rest = [sum(share(code, g.sum_kopecks) * g.count for g in groups if code in g.options) for code in codes]
    highs = [goal.bounds[code][1] for code in codes]
    states: dict[tuple[int, ...], list[Answer]] = {start: [()]}
    steps = 0
    for group in groups:
        steps += len(states) * comb(group.count + len(group.options) - 1, group.count)
        if steps > MAX_STEPS:
            raise Refused(field, Reason.VAT_TOO_MANY, str(len(groups)))
        added = {code: share(code, group.sum_kopecks) for code in group.options}
        rest = [more - added.get(code, 0) * group.count for code, more in zip(codes, rest, strict=True)]
        # Too little now is too little for ever if all that is left cannot make up for it.
        lows = [goal.bounds[code][0] - more for code, more in zip(codes, rest, strict=True)]
        after: dict[tuple[int, ...], list[Answer]] = {}
        for shares in _shares(group.count, len(group.options)):
            taken = dict(zip(group.options, shares, strict=True))
            step = tuple(added.get(code, 0) * taken.get(code, 0) for code in codes)
            for state, answers in states.items():
                reached = tuple(map(add, state, step))
                if all(map(le, lows, reached)) and all(map(le, reached, highs)):
                    known = after.setdefault(reached, [])
                    known += [(*answer, shares) for answer in answers[: 2 - len(known)]]
        states = after
    return [answer for answers in states.values() for answer in answers]


def _shares(count: int, options: int) -> Iterator[Shares]:
    """Every way to deal ``count`` equal lines out to ``options`` codes."""
    if options <= 1:
        yield from [(count,)] * options
        return
    for first in range(count + 1):
        for others in _shares(count - first, options - 1):
            yield (first, *others)


def _spread(receipt: ForeignReceipt, dealt: dict[ForeignLine, tuple[Group, Shares]]) -> tuple[VatCode, ...]:
    """The answer as a code a line: equal lines take their codes in ascending order."""
    queues = {
        line: iter([code for code, share in zip(group.options, shares, strict=True) for _ in range(share)])
        for line, (group, shares) in dealt.items()
    }
    return tuple(next(queues[line]) if line.vat_code is None else line.vat_code for line in receipt.lines)
