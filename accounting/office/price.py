"""The price of serving an organisation by a tariff plan; every line says how it came about (office domain 3.6).

A calculation is a snapshot: it keeps plan, version, answers and lines, and never changes when the tariff does. To
recalculate makes a new one; ``differences`` sets the two side by side.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from accounting.office.conditions import Fact, holds
from accounting.office.rounding import WHOLE_BP, half_up, share, up_to_step
from accounting.office.tariffs import Base, Bracket, Coefficient, Discount, PerUnit, Surcharge, TariffPlan
from accounting.receipts.wording import roubles, separators, translated


class Part(msgspec.Struct, frozen=True):
    """Units at one price."""

    quantity: int
    price_kopecks: int


class PriceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a calculation. ``quantity``: as answered; ``parts``: what of it is paid."""

    name: str
    kind: str
    amount_kopecks: int
    """What the line adds; a discount takes away."""
    quantity: int | None = None
    included: int = 0
    parts: tuple[Part, ...] = ()
    rate_bp: int | None = None
    of_kopecks: int | None = None
    """The amount that the rate is of."""
    reason: str = ""
    months: tuple[int, int | None] | None = None
    """First and last month of the service that a discount is given in."""
    service: str = ""
    """Code of the service of the catalogue that the line is for; empty: none."""

    def explanation(self) -> str:
        """How the amount came about, in the language of the call."""
        said = [self._how()]
        if self.included:
            said.append(translated("включено {count}", count=min(self.included, self.quantity or 0)))
        if self.months is not None:
            said.append(_months_text(*self.months))
        if self.reason:
            said.append(self.reason)
        return "; ".join(part for part in said if part)

    def _how(self) -> str:
        if self.kind == "coefficient" and self.rate_bp is not None and self.of_kopecks is not None:
            return f"{roubles(self.of_kopecks)} × {_decimal(self.rate_bp, WHOLE_BP)}"
        if self.rate_bp is not None and self.of_kopecks is not None:
            rate = _decimal(self.rate_bp, 100).rstrip("0").rstrip(",.")
            return translated("{rate} % от {amount}", rate=rate, amount=roubles(self.of_kopecks))
        return " + ".join(f"{part.quantity} × {roubles(part.price_kopecks)}" for part in self.parts)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Months of the service that cost the same, with their discounts. ``last_month`` None: from there on."""

    first_month: int
    last_month: int | None
    discounts: tuple[PriceLine, ...]
    total_kopecks: int


class PriceCalculation(msgspec.Struct, frozen=True, kw_only=True):
    """What serving costs, as it was worked out on a day. ``total``s are a month; ``one_off`` is asked once."""

    plan: str
    plan_version: int
    parameters: dict[str, Fact]
    lines: tuple[PriceLine, ...]
    subtotal_kopecks: int
    """Before discounts, minimum fee and rounding; coefficients are in it."""
    stages: tuple[Stage, ...]
    one_off: tuple[PriceLine, ...]
    one_off_kopecks: int
    valid_until: date

    def before_coefficients_kopecks(self) -> int:
        """What the lines come to before they are multiplied."""
        return sum(line.amount_kopecks for line in self.lines if line.kind != "coefficient")


class LineDifference(msgspec.Struct, frozen=True):
    """A line of two calculations; None where one does not have it."""

    name: str
    was_kopecks: int | None
    becomes_kopecks: int | None


def calculate(plan: TariffPlan, given: dict[str, Fact], valid_until: date) -> PriceCalculation:
    """The price by a plan. Raises ValueError for answers that the plan does not know or that do not fit."""
    answers = plan.answers(given)
    lines: list[PriceLine] = []
    one_off: list[PriceLine] = []
    discounts: list[Discount] = []
    subtotal = 0
    for line in plan.in_order():
        if not holds(line.when, answers):
            continue
        if isinstance(line, Discount):
            discounts.append(line)
            continue
        priced = _priced(line, answers, subtotal)
        if isinstance(line, PerUnit | Surcharge) and line.one_off:
            one_off.append(priced)
        else:
            lines.append(priced)
            subtotal += priced.amount_kopecks
    return PriceCalculation(
        plan=plan.name,
        plan_version=plan.version,
        parameters=answers,
        lines=tuple(lines),
        subtotal_kopecks=subtotal,
        stages=tuple(_stages(plan, subtotal, discounts)),
        one_off=tuple(one_off),
        one_off_kopecks=sum(line.amount_kopecks for line in one_off),
        valid_until=valid_until,
    )


def differences(before: PriceCalculation, after: PriceCalculation) -> list[LineDifference]:
    """Lines that two calculations price differently, in the order of the newer one, then those that fell away."""
    was, becomes = _amounts(before), _amounts(after)
    names = [*becomes, *(name for name in was if name not in becomes)]
    return [
        LineDifference(name, was.get(name), becomes.get(name)) for name in names if was.get(name) != becomes.get(name)
    ]


def _amounts(calculation: PriceCalculation) -> dict[str, int]:
    """By name; lines of one name together, a discount once however many stages it lasts."""
    given = dict.fromkeys(line for stage in calculation.stages for line in stage.discounts)
    amounts: dict[str, int] = {}
    for line in (*calculation.lines, *calculation.one_off, *given):
        amounts[line.name] = amounts.get(line.name, 0) + line.amount_kopecks
    return amounts


def _priced(
    line: Base | PerUnit | Bracket | Surcharge | Coefficient, answers: dict[str, Fact], so_far: int
) -> PriceLine:
    match line:
        case Base():
            parts = (Part(1, line.amount_kopecks),)
            return PriceLine(
                name=line.name, kind="base", quantity=1, parts=parts, amount_kopecks=line.amount_kopecks,
                service=line.service,
            )  # fmt: skip
        case Surcharge():
            parts = (Part(1, line.amount_kopecks),)
            return PriceLine(
                name=line.name, kind="flag", parts=parts, amount_kopecks=line.amount_kopecks, service=line.service
            )
        case PerUnit():
            quantity = int(answers[line.parameter])
            parts = (Part(max(0, quantity - line.included), line.price_kopecks),)
            return _by_parts(line, "per_unit", quantity, parts, line.included)
        case Bracket():
            quantity = int(answers[line.parameter])
            free = line.steps[0].up_to or 0 if line.steps[0].price_kopecks == 0 else 0
            return _by_parts(line, "bracket", quantity, tuple(_in_brackets(line, quantity)), free)
        case Coefficient():
            amount = share(so_far, line.rate_bp) - so_far
            return PriceLine(
                name=line.name, kind="coefficient", rate_bp=line.rate_bp, of_kopecks=so_far, amount_kopecks=amount
            )


def _by_parts(line: PerUnit | Bracket, kind: str, quantity: int, parts: tuple[Part, ...], included: int) -> PriceLine:
    amount = sum(part.quantity * part.price_kopecks for part in parts)
    return PriceLine(
        name=line.name, kind=kind, quantity=quantity, included=included, parts=parts, amount_kopecks=amount,
        service=line.service,
    )  # fmt: skip


def _in_brackets(line: Bracket, quantity: int) -> Iterator[Part]:
    below = 0
    for step in line.steps:
        top = quantity if step.up_to is None else min(quantity, step.up_to)
        if top > below and step.price_kopecks:
            yield Part(top - below, step.price_kopecks)
        below = max(below, top)


def _stages(plan: TariffPlan, subtotal: int, discounts: list[Discount]) -> Iterator[Stage]:
    """From each month in which the discounts change to the next such month."""
    changes = {1} | {one.first_month for one in discounts}
    changes |= {one.last_month + 1 for one in discounts if one.last_month is not None}
    starts = sorted(changes)
    for number, first in enumerate(starts):
        last = starts[number + 1] - 1 if number + 1 < len(starts) else None
        given = [_discounted(one, subtotal) for one in discounts if one.holds_in(first)]
        after = max(0, subtotal + sum(line.amount_kopecks for line in given))
        total = up_to_step(max(after, plan.minimum_fee_kopecks), plan.rounding_step_kopecks)
        yield Stage(first_month=first, last_month=last, discounts=tuple(given), total_kopecks=total)


def _discounted(discount: Discount, subtotal: int) -> PriceLine:
    amount = share(subtotal, discount.rate_bp) + discount.amount_kopecks
    return PriceLine(
        name=discount.name,
        kind="discount",
        amount_kopecks=-amount,
        rate_bp=discount.rate_bp or None,
        of_kopecks=subtotal if discount.rate_bp else None,
        reason=discount.reason,
        months=(discount.first_month, discount.last_month),
    )


def _months_text(first: int, last: int | None) -> str:
    if last is None:
        return "" if first == 1 else translated("с {month}-го месяца", month=first)
    if first == 1:
        return translated("первые месяцы: {count}", count=last)
    return translated("месяцы {first}–{last}", first=first, last=last)


def _decimal(value: int, unit: int) -> str:
    """A ratio with two decimals and the separator of the language: 12,000 of 10,000 is «1,20»."""
    hundredths = half_up(100 * value, unit)
    return f"{hundredths // 100}{separators()[1]}{hundredths % 100:02d}"
