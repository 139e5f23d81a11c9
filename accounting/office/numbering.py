"""Numbers of contracts and annexes by a rule that the office writes itself: «{n}/{year}», «Д-{year}-{n:04}».

``{n}``         the counter; ``{n:04}`` with leading noughts
``{year}``      2026 of the document's day; ``{yy}``: 26; ``{month}``: 01
``{contract}``  the number of the contract, of annexes alone

What stands around the counter is its series: each begins at 1. The counter gives the smallest number that nobody has:
there are no gaps but those that a person has made.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from accounting.office.mistakes import BadText

CONTRACT_RULE: Final = "{n}/{year}"
ANNEX_RULE: Final = "{n}"
"""What an office begins with."""
_LONGEST: Final = 40
_MARK: Final = re.compile(r"\{([^{}]*)\}")
_COUNTER: Final = re.compile(r"n(?::0([1-9]))?")
_WORDS: Final = ("year", "yy", "month")


class Series(msgspec.Struct, frozen=True):
    """What stands around the counter on a day; ``width``: as many digits at least."""

    before: str
    after: str
    width: int

    def name(self) -> str:
        """As people read it: «…/2026»."""
        return f"{self.before}…{self.after}"

    def number(self, count: int) -> str:
        """The text of a number."""
        return f"{self.before}{count:0{self.width}}{self.after}"

    def count_of(self, number: str) -> int | None:
        """The counter of a number of this series, however many noughts it has; None for a number of another."""
        if not (number.startswith(self.before) and number.endswith(self.after)):
            return None
        digits = number[len(self.before) : len(number) - len(self.after)]
        return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None

    def next_number(self, taken: Iterable[str], skipped_to: int = 0) -> str:
        """The smallest that nobody has, behind those skipped by a person."""
        counts = {self.count_of(number) for number in taken}
        count = skipped_to + 1
        while count in counts:
            count += 1
        return self.number(count)


class NumberRule(msgspec.Struct, frozen=True):
    """A rule that has been read."""

    text: str

    def series(self, day: date, contract: str = "") -> Series:
        """Of a day, and of a contract where the rule names it."""
        known = {"year": f"{day.year}", "yy": f"{day.year % 100:02}", "month": f"{day.month:02}", "contract": contract}
        parts, width = [""], 1
        place = 0
        for mark in _MARK.finditer(self.text):
            parts[-1] += self.text[place : mark.start()]
            counter = _COUNTER.fullmatch(mark[1])
            if counter is None:
                parts[-1] += known[mark[1]]
            else:
                parts.append("")
                width = int(counter[1] or 1)
            place = mark.end()
        parts[-1] += self.text[place:]
        return Series(parts[0], parts[1], width)


def read_rule(text: str, *, of_annexes: bool = False) -> NumberRule:
    """Raises BadText."""
    words = (*_WORDS, "contract") if of_annexes else _WORDS
    counters = 0
    for mark in _MARK.finditer(text):
        if _COUNTER.fullmatch(mark[1]):
            counters += 1
        elif mark[1] not in words:
            known = "{n}, {n:04}, " + ", ".join(f"{{{word}}}" for word in words)
            raise BadText(mark.start(), "непонятно «{part}»: можно {known}", part=mark[0], known=known)
    if counters != 1:
        raise BadText(0, "в правиле номера один раз стоит счётчик: {known}", known="{n}, {n:04}")
    if set("{}") & set(_MARK.sub("", text)) or len(text) > _LONGEST or not text.isprintable():
        raise BadText(0, "правило номера — до {count} знаков, скобки парами", count=_LONGEST)
    return NumberRule(text)
