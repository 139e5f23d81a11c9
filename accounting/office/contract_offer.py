"""From a price calculation to the lines of a contract: each service of the calculation is a line with its day rules."""

from collections.abc import Mapping

import msgspec

from accounting.office.price import PriceCalculation, PriceLine


class OfferedService(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue says of a service: which work it makes and when, which obligations it serves."""

    code: str
    period: str = "month"
    months: tuple[int, ...] = ()
    due_rule: str = ""
    shift: str = "none"
    obligations: tuple[str, ...] = ()


class OfferedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a contract to be. ``service``: a code of the catalogue, or a name of its own."""

    service: str
    period: str = "month"
    months: tuple[int, ...] = ()
    due_rule: str = ""
    shift: str = "none"
    obligations: tuple[str, ...] = ()
    quantity: int = 1
    price_kopecks: int = 0
    in_fee: bool = True


def offered_lines(calculation: PriceCalculation, services: Mapping[str, OfferedService]) -> list[OfferedLine]:
    """Lines in the order of the calculation; those of one service are one.

    Coefficients and discounts change the fee and are no services; what is asked once is no part of the monthly fee.
    """
    return [
        *_lines([one for one in calculation.lines if one.kind != "coefficient"], services, is_monthly=True),
        *_lines(list(calculation.one_off), services, is_monthly=False),
    ]


def _lines(priced: list[PriceLine], services: Mapping[str, OfferedService], *, is_monthly: bool) -> list[OfferedLine]:
    amounts: dict[str, int] = {}
    for one in priced:
        if one.amount_kopecks:
            name = one.service or one.name
            amounts[name] = amounts.get(name, 0) + one.amount_kopecks
    return [_line(name, amount, services.get(name), is_monthly=is_monthly) for name, amount in amounts.items()]


def _line(name: str, amount: int, service: OfferedService | None, *, is_monthly: bool) -> OfferedLine:
    if service is None:
        return OfferedLine(
            service=name, period="month" if is_monthly else "event", price_kopecks=amount, in_fee=is_monthly
        )
    return OfferedLine(
        service=name,
        period=service.period,
        months=service.months,
        due_rule=service.due_rule,
        shift=service.shift,
        obligations=service.obligations,
        price_kopecks=amount,
        in_fee=is_monthly,
    )


def regular_fee(calculation: PriceCalculation) -> int:
    """What a month costs once the discounts of the beginning are over, kopecks."""
    return calculation.stages[-1].total_kopecks
