"""Whom obligations are planned for: an organisation with its tax profile through time and what happened to it.

``TaxProfile``   what selects obligations, at one time
``ProfileSpan``  the same with its dates; history is closed and opened, never rewritten (office domain 2)
``Occasion``     an event, a patent, a document with an end: what starts a term by itself
``Client``       the organisation
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from accounting.office.conditions import Fact
from accounting.office.counting import months_after


class Payer(StrEnum):
    """Kinds of organisations that rules tell apart: legal entity, sole trader, person."""

    ORG = "ORG"
    IP = "IP"
    PERSON = "PERSON"


SYSTEM_FAMILIES: Final = {"USN_D": "USN", "USN_DR": "USN"}
"""Variants of a tax system that have the same terms: income, income less expenses."""


class TaxProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What selects obligations. ``systems``: several may hold at once. ``facts``: answers by attribute."""

    payer: Payer
    systems: tuple[str, ...]
    with_employees: bool = False
    facts: dict[str, Fact] = {}

    def families(self) -> frozenset[str]:
        """The systems as rules name them."""
        return frozenset(SYSTEM_FAMILIES.get(system, system) for system in self.systems)

    def identity(self) -> tuple[object, ...]:
        """Equal for profiles that select the same: the order of systems and facts says nothing."""
        return self.payer, self.families(), self.with_employees, frozenset(self.facts.items())


class ProfileSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A profile from a day on; ``valid_to`` is the first day it no longer holds on, None while it does."""

    profile: TaxProfile
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is the profile of that day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that starts terms: named by the attribute it answers, with an id of its own, on its days.

    An event happens on one day; a patent and a document last until ``end``. ``choice`` answers a choice ("hire").
    """

    name: str
    id: str
    start: date
    end: date | None = None
    choice: str | None = None

    def last_day(self) -> date:
        """Its end; an event's own day."""
        return self.start if self.end is None else self.end

    def facts(self) -> Mapping[str, Fact]:
        """What it answers; a patent also how many whole months it lasts."""
        answers: dict[str, Fact] = {self.name: True if self.choice is None else self.choice}
        if self.name == "patent":
            answers["patent_months"] = whole_months(self.start, self.last_day())
        return answers


def whole_months(start: date, end: date) -> int:
    """How many whole months fit between two days, both of which count: 1 January to 30 June is six."""
    months = 12 * (end.year - start.year) + end.month - start.month + 1
    day_after = date.fromordinal(end.toordinal() + 1)
    while months_after(start, months) > day_after:
        months -= 1
    return months


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Codes of rules that a contract line serves, and when; ``valid_to`` is exclusive.

    A code that ends in a star stands for all that begin so: "RU-NDFL*", and "*" for every rule.
    """

    codes: frozenset[str]
    valid_from: date
    valid_to: date | None = None

    def serves(self, code: str, day: date) -> bool:
        """Whether the line serves the rule on that day."""
        return self.names(code) and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def names(self, code: str) -> bool:
        """Whether the rule is among the codes, or begins as one of them says."""
        return code in self.codes or any(one.endswith("*") and code.startswith(one[:-1]) for one in self.codes)


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation of the office. Raises ValueError if two of its profiles hold on one day."""

    id: str
    history: tuple[ProfileSpan, ...]
    country: str = "RU"
    region: str | None = None
    occasions: tuple[Occasion, ...] = ()
    coverage: tuple[Coverage, ...] | None = None
    """What its contracts serve; None: nobody asks."""

    def __post_init__(self) -> None:
        spans = sorted(self.history, key=lambda span: span.valid_from)
        for before, after in pairwise(spans):
            if before.valid_to is None or before.valid_to > after.valid_from:
                raise ValueError(f"{self.id}: two tax profiles hold on {after.valid_from}")

    def profile_on(self, day: date) -> TaxProfile | None:
        """The profile of a day; None before the first, after the last and in gaps."""
        return next((span.profile for span in self.history if span.holds_on(day)), None)

    def with_profile(self, profile: TaxProfile, since: date) -> "Client":
        """The same client whose profile changes on a day: what held then is closed, what was to come falls away."""
        kept = [
            span
            if span.valid_to is not None and span.valid_to <= since
            else msgspec.structs.replace(span, valid_to=since)
            for span in self.history
            if span.valid_from < since
        ]
        opened = ProfileSpan(profile=profile, valid_from=since)
        return msgspec.structs.replace(self, history=(*kept, opened))

    def is_served(self, code: str, day: date) -> bool:
        """Whether a contract serves the rule on that day, or nobody asks."""
        return self.coverage is None or any(line.serves(code, day) for line in self.coverage)
