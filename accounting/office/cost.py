"""What serving a client costs the office, and the fee that brings a wanted margin (office domain 3.7).

    direct   what people get for the client        payroll tax   a rate of direct
    tools    software, keys, operators             overhead      a rate of the fee

Kopecks, basis points; every line is rounded half up to a kopeck.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from accounting.office.rounding import WHOLE_BP, half_up, share, up_to_step
from accounting.receipts.money import Kopecks

RateBp = Annotated[int, msgspec.Meta(ge=0)]


class FixedPay(msgspec.Struct, frozen=True, kw_only=True, tag="fixed"):
    """So much a month."""

    role: str
    amount_kopecks: Kopecks


class UnitPay(msgspec.Struct, frozen=True, kw_only=True, tag="unit"):
    """So much a unit: a document, an employee, a closed case, an hour; never less or more than its bounds."""

    role: str
    parameter: str
    price_kopecks: Kopecks
    least_kopecks: Kopecks = 0
    most_kopecks: Kopecks | None = None


class FeeShare(msgspec.Struct, frozen=True, kw_only=True, tag="fee"):
    """A share of the fee, never less or more than its bounds."""

    role: str
    rate_bp: RateBp
    least_kopecks: Kopecks = 0
    most_kopecks: Kopecks | None = None


Remuneration = FixedPay | UnitPay | FeeShare


class CostRules(msgspec.Struct, frozen=True, kw_only=True):
    """How an office counts. ``payroll_tax_bp``: in Russia 3,020: 30 % contributions and 0.2 % against injuries."""

    remuneration: tuple[Remuneration, ...]
    payroll_tax_bp: RateBp
    tools_kopecks: Kopecks
    overhead_bp: RateBp


class CostPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of a client for a month. ``pay``: by role, in the order of the rules."""

    fee_kopecks: int
    pay: dict[str, int]
    direct_kopecks: int
    payroll_tax_kopecks: int
    tools_kopecks: int
    overhead_kopecks: int
    cost_kopecks: int
    margin_kopecks: int
    margin_bp: int | None
    """Of the fee; None without one."""


def cost_price(rules: CostRules, fee_kopecks: int, quantities: Mapping[str, int]) -> CostPrice:
    """The cost of a month. Raises KeyError for a quantity that a rule counts and nobody gave."""
    pay: dict[str, int] = {}
    for rule in rules.remuneration:
        pay[rule.role] = pay.get(rule.role, 0) + _paid(rule, fee_kopecks, quantities)
    direct = sum(pay.values())
    payroll_tax = share(direct, rules.payroll_tax_bp)
    overhead = share(fee_kopecks, rules.overhead_bp)
    cost = direct + payroll_tax + rules.tools_kopecks + overhead
    margin = fee_kopecks - cost
    return CostPrice(
        fee_kopecks=fee_kopecks,
        pay=pay,
        direct_kopecks=direct,
        payroll_tax_kopecks=payroll_tax,
        tools_kopecks=rules.tools_kopecks,
        overhead_kopecks=overhead,
        cost_kopecks=cost,
        margin_kopecks=margin,
        margin_bp=half_up(margin * WHOLE_BP, fee_kopecks) if fee_kopecks else None,
    )


def _paid(rule: Remuneration, fee_kopecks: int, quantities: Mapping[str, int]) -> int:
    match rule:
        case FixedPay():
            return rule.amount_kopecks
        case UnitPay():
            return _bounded(quantities[rule.parameter] * rule.price_kopecks, rule)
        case FeeShare():
            return _bounded(share(fee_kopecks, rule.rate_bp), rule)


def _bounded(kopecks: int, rule: UnitPay | FeeShare) -> int:
    kopecks = max(kopecks, rule.least_kopecks)
    return kopecks if rule.most_kopecks is None else min(kopecks, rule.most_kopecks)


def fee_for_margin(
    rules: CostRules, quantities: Mapping[str, int], margin_bp: int, step_kopecks: int = 0
) -> int | None:
    """The fee that brings a margin, upwards to a step; None if no fee can: shares of the fee eat all of it.

    Shares of the fee make the cost depend on the fee, so the equation of the cost is solved for it. Raises ValueError
    where a share has bounds: then it is no share any more.
    """
    shares = [rule for rule in rules.remuneration if isinstance(rule, FeeShare)]
    if any(rule.least_kopecks or rule.most_kopecks is not None for rule in shares):
        raise ValueError("a share of the fee with bounds has no fee for a margin")
    fixed = sum(_paid(rule, 0, quantities) for rule in rules.remuneration)
    with_tax = WHOLE_BP + rules.payroll_tax_bp
    # Both sides times the square of WHOLE_BP, to stay with whole numbers.
    numerator = WHOLE_BP * (with_tax * fixed + WHOLE_BP * rules.tools_kopecks)
    kept = WHOLE_BP * (WHOLE_BP - margin_bp - rules.overhead_bp) - with_tax * sum(rule.rate_bp for rule in shares)
    return None if kept <= 0 else up_to_step(half_up(numerator, kept), step_kopecks)
