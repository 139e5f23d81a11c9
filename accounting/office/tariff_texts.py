"""Tariff plans as people write them: parameters and lines with conditions in words, read into ``tariffs``.

A plan is kept as it was written, so that it can be shown and changed; what is wrong about it is named with its place.
Base parameters (office domain 3.5) stand ready; an office adds its own by writing one more row.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, TypeVar

import msgspec

from accounting.office.attributes import Attribute, AttributeKind
from accounting.office.conditions import ALWAYS, Condition, Fact, parse_condition
from accounting.office.mistakes import BadText
from accounting.office.rounding import WHOLE_BP
from accounting.office.tariffs import (
    Base,
    Bracket,
    Coefficient,
    Discount,
    Parameter,
    PerUnit,
    Step,
    Surcharge,
    TariffLine,
    TariffPlan,
)
from accounting.receipts.wording import translated

LINE_KINDS: Final = ("base", "per_unit", "bracket", "flag", "coefficient", "discount")
Written = TypeVar("Written")
Read = TypeVar("Read")

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class WrittenParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter as a form has it; ``choices`` are identifiers."""

    name: str
    label: str
    kind: AttributeKind
    choices: tuple[str, ...] = ()
    default: Fact = 0
    help: str = ""
    appears_when: str = ""


class WrittenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as a form has it: a kind, and what that kind asks for; the rest is left aside."""

    kind: str
    name: str
    parameter: str = ""
    amount_kopecks: int = 0
    included: int = 0
    steps: tuple[Step, ...] = ()
    rate_bp: int = 0
    first_month: int = 1
    last_month: int | None = None
    reason: str = ""
    when: str = ""
    one_off: bool = False
    service: str = ""


class WrittenPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is kept."""

    parameters: tuple[WrittenParameter, ...] = ()
    lines: tuple[WrittenLine, ...] = ()
    minimum_fee_kopecks: int = 0
    rounding_step_kopecks: int = 0


class PlanMistake(msgspec.Struct, frozen=True):
    """What is wrong, in the language of the reading, and where: a row of ``parameters`` or of ``lines``, from 1."""

    place: str
    row: int
    reason: str


class WrittenWrong(Exception):
    """A plan with mistakes."""

    def __init__(self, mistakes: list[PlanMistake]) -> None:
        super().__init__("; ".join(one.reason for one in mistakes))
        self.mistakes = mistakes


def read_plan(written: WrittenPlan, name: str, version: int, valid_from: date) -> TariffPlan:
    """The plan that was written. Raises WrittenWrong with every mistake."""
    mistakes: list[PlanMistake] = []
    attributes: dict[str, Attribute] = {}
    for row, one in enumerate(written.parameters, start=1):
        try:
            attributes[one.name] = _attribute(one, attributes)
        except BadText as wrong:
            mistakes.append(PlanMistake("parameters", row, wrong.reason()))
    parameters = list(_each(written.parameters, "parameters", lambda one: _parameter(one, attributes), mistakes))
    lines = list(_each(written.lines, "lines", lambda one: _line(one, attributes), mistakes))
    if not written.lines:
        mistakes.append(PlanMistake("lines", 1, translated("В тарифе нет ни одной строки.")))
    if mistakes:
        raise WrittenWrong(list(dict.fromkeys(mistakes)))
    return TariffPlan(
        name=name,
        version=version,
        valid_from=valid_from,
        parameters=tuple(parameters),
        lines=tuple(lines),
        minimum_fee_kopecks=written.minimum_fee_kopecks,
        rounding_step_kopecks=written.rounding_step_kopecks,
    )


def _each(
    rows: tuple[Written, ...], place: str, read: Callable[[Written], Read], mistakes: list[PlanMistake]
) -> Iterator[Read]:
    for row, one in enumerate(rows, start=1):
        try:
            yield read(one)
        except BadText as wrong:
            mistakes.append(PlanMistake(place, row, wrong.reason()))


def _attribute(one: WrittenParameter, before: dict[str, Attribute]) -> Attribute:
    if not _NAME.fullmatch(one.name):
        raise BadText(0, "Имя «{name}»: нужны латинские буквы, цифры и подчёркивание.", name=one.name)
    if one.name in before:
        raise BadText(0, "Параметр {name} уже есть.", name=one.name)
    if not one.label:
        raise BadText(0, "У параметра {name} нет названия.", name=one.name)
    if one.kind is AttributeKind.CHOICE and not one.choices:
        raise BadText(0, "У параметра {name} нет вариантов.", name=one.name)
    return Attribute(name=one.name, label=one.label, kind=one.kind, choices=one.choices)


def _parameter(one: WrittenParameter, attributes: dict[str, Attribute]) -> Parameter:
    attribute = attributes.get(one.name)
    if attribute is None:
        raise BadText(0, "Нет признака {name}.", name=one.name)
    default = one.default
    if attribute.kind is AttributeKind.CHOICE and default not in attribute.choices:
        default = attribute.choices[0]
    elif attribute.kind is AttributeKind.FLAG:
        default = bool(default)
    elif attribute.kind is AttributeKind.NUMBER and not isinstance(default, int):
        default = 0
    appears = parse_condition(one.appears_when, attributes)
    return Parameter(attribute=attribute, default=default, help=one.help, appears_when=appears)


def _line(one: WrittenLine, attributes: dict[str, Attribute]) -> TariffLine:
    if not one.name:
        raise BadText(0, "У строки нет названия.")
    when = parse_condition(one.when, attributes)
    if one.kind in ("per_unit", "bracket"):
        counted = attributes.get(one.parameter)
        if counted is None or counted.kind is not AttributeKind.NUMBER:
            raise BadText(0, "«{name}»: выберите числовой параметр.", name=one.name)
    if one.kind == "flag" and when == ALWAYS:
        raise BadText(0, "«{name}»: надбавке нужно условие.", name=one.name)
    if one.kind in ("coefficient",) and not one.rate_bp:
        raise BadText(0, "«{name}»: укажите коэффициент.", name=one.name)
    if one.kind == "discount" and one.rate_bp > WHOLE_BP:
        raise BadText(0, "«{name}»: скидка больше 100 %.", name=one.name)
    if one.kind == "discount" and not (one.rate_bp or one.amount_kopecks):
        raise BadText(0, "«{name}»: укажите процент или сумму скидки.", name=one.name)
    return _made(one, when)


def _made(one: WrittenLine, when: Condition) -> TariffLine:
    match one.kind:
        case "base":
            return Base(name=one.name, amount_kopecks=one.amount_kopecks, when=when, service=one.service)
        case "per_unit":
            return PerUnit(
                name=one.name, parameter=one.parameter, price_kopecks=one.amount_kopecks, included=one.included,
                one_off=one.one_off, when=when, service=one.service,
            )  # fmt: skip
        case "bracket":
            try:
                return Bracket(name=one.name, parameter=one.parameter, steps=one.steps, when=when, service=one.service)
            except ValueError:
                text = "«{name}»: ступени растут, и только последняя без конца: 50:0; 150:60; *:50."
                raise BadText(0, text, name=one.name) from None
        case "flag":
            return Surcharge(
                name=one.name, amount_kopecks=one.amount_kopecks, when=when, one_off=one.one_off, service=one.service
            )
        case "coefficient":
            return Coefficient(name=one.name, rate_bp=one.rate_bp, when=when)
        case "discount":
            return Discount(
                name=one.name, reason=one.reason, rate_bp=one.rate_bp, amount_kopecks=one.amount_kopecks,
                first_month=one.first_month, last_month=one.last_month, when=when,
            )  # fmt: skip
        case _:
            raise BadText(0, "«{name}»: нет такого вида строки.", name=one.name)
