"""Tariff plans: price rules that an office makes itself, without programming (office domain 3.5).

Parameters are attributes in the sense of ``conditions``: a registry that the office adds to, so "appears when" and
"applies when" are written in the language of the conditions of obligations. Lines apply in the order of their kinds:

    Base           an amount where its condition holds
    PerUnit        a price for each unit above those included
    Bracket        graduated prices: each unit costs the price of its own bracket
    Surcharge      an amount where a flag is set
    Coefficient    multiplies what there is so far; several one after another
    Discount       a share or an amount less, for some months of the service, with its reason
    then the plan's minimum fee, then upwards to its rounding step

Kopecks, basis points. A plan is a version: once active it is not changed but copied.
"""

from datetime import date
from typing import Annotated

import msgspec

from accounting.office.attributes import Attribute, AttributeKind
from accounting.office.conditions import ALWAYS, Condition, Fact, holds, names_in
from accounting.receipts.money import Kopecks

Count = Annotated[int, msgspec.Meta(ge=0)]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the price depends on. ``appears_when``: it is asked only where that holds."""

    attribute: Attribute
    default: Fact
    help: str = ""
    appears_when: Condition = ALWAYS


class Base(msgspec.Struct, frozen=True, kw_only=True, tag="base"):
    """A fixed amount a month, as for a legal form and a tax system. Of several that hold, each counts."""

    name: str
    amount_kopecks: Kopecks
    when: Condition = ALWAYS
    service: str = ""
    """Code of the service of the catalogue that the line is for; empty: none."""


class PerUnit(msgspec.Struct, frozen=True, kw_only=True, tag="per_unit"):
    """A price a unit above those included. ``one_off``: asked once, not every month."""

    name: str
    parameter: str
    price_kopecks: Kopecks
    included: Count = 0
    one_off: bool = False
    when: Condition = ALWAYS
    service: str = ""


class Step(msgspec.Struct, frozen=True):
    """Units up to and including a number; None: all the rest."""

    up_to: int | None
    price_kopecks: Kopecks


class Bracket(msgspec.Struct, frozen=True, kw_only=True, tag="bracket"):
    """Graduated prices. Raises ValueError unless the steps rise and only the last is open."""

    name: str
    parameter: str
    steps: tuple[Step, ...]
    when: Condition = ALWAYS
    service: str = ""

    def __post_init__(self) -> None:
        bounds = [step.up_to for step in self.steps]
        closed = [bound for bound in bounds if bound is not None]
        if not bounds or bounds[-1] is not None or len(closed) != len(bounds) - 1 or closed != sorted(set(closed)):
            raise ValueError(f"{self.name}: steps must rise, and the last one alone is open")


class Surcharge(msgspec.Struct, frozen=True, kw_only=True, tag="flag"):
    """An amount where a condition holds. ``one_off``: asked once, not every month."""

    name: str
    amount_kopecks: Kopecks
    when: Condition
    one_off: bool = False
    service: str = ""


class Coefficient(msgspec.Struct, frozen=True, kw_only=True, tag="coefficient"):
    """Multiplies what there is so far: 12,000 is × 1.20."""

    name: str
    rate_bp: Count
    when: Condition = ALWAYS


class Discount(msgspec.Struct, frozen=True, kw_only=True, tag="discount"):
    """Less for some months of the service, counted from 1; ``last_month`` None: for good. A share or an amount."""

    name: str
    reason: str
    rate_bp: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    amount_kopecks: Kopecks = 0
    first_month: Annotated[int, msgspec.Meta(ge=1)] = 1
    last_month: int | None = None
    when: Condition = ALWAYS

    def holds_in(self, month: int) -> bool:
        """Whether it is given in the month of the service."""
        return self.first_month <= month and (self.last_month is None or month <= self.last_month)


TariffLine = Base | PerUnit | Bracket | Surcharge | Coefficient | Discount
ORDER: dict[type, int] = {Base: 0, PerUnit: 1, Bracket: 2, Surcharge: 3, Coefficient: 4, Discount: 5}


class TariffPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Price rules of a set of services. ``valid_to`` is exclusive."""

    name: str
    version: int
    valid_from: date
    valid_to: date | None = None
    parameters: tuple[Parameter, ...]
    lines: tuple[TariffLine, ...]
    minimum_fee_kopecks: Kopecks = 0
    rounding_step_kopecks: Kopecks = 0

    def __post_init__(self) -> None:
        """Raises ValueError for a line that asks for a parameter that there is not, or counts one that is no number."""
        known = {one.attribute.name: one.attribute for one in self.parameters}
        for line in self.lines:
            counted = [line.parameter] if isinstance(line, PerUnit | Bracket) else []
            if unknown := {*counted, *names_in(line.when)} - known.keys():
                raise ValueError(f"{line.name}: the plan has no parameter {', '.join(sorted(unknown))}")
            if counted and known[counted[0]].kind is not AttributeKind.NUMBER:
                raise ValueError(f"{line.name}: parameter {counted[0]} is not a number")

    def in_order(self) -> list[TariffLine]:
        """The lines as they apply; within a kind as they stand."""
        return sorted(self.lines, key=lambda line: ORDER[type(line)])

    def answers(self, given: dict[str, Fact]) -> dict[str, Fact]:
        """All parameters with the given answers or their defaults; those that do not appear have their defaults.

        A parameter that appears by one that does not appear itself does not either, where it stands behind it.

        Raises ValueError for an answer to a parameter that there is not, or of another kind.
        """
        known = {one.attribute.name: one for one in self.parameters}
        for name, answer in given.items():
            if name not in known:
                raise ValueError(f"no parameter {name}")
            _judge(known[name].attribute, answer)
        answers = {name: given.get(name, one.default) for name, one in known.items()}
        for name, one in known.items():
            if not holds(one.appears_when, answers):
                answers[name] = one.default
        return answers


def _judge(attribute: Attribute, answer: Fact) -> None:
    match attribute.kind:
        case AttributeKind.FLAG:
            fits = isinstance(answer, bool)
        case AttributeKind.NUMBER:
            fits = isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0
        case AttributeKind.CHOICE:
            fits = answer in attribute.choices
    if not fits:
        raise ValueError(f"parameter {attribute.name} cannot be {answer!r}")
