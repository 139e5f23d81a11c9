"""Forms of tariffs and of what they ask: rows of parameters and lines, and the answers of a price."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from litestar.datastructures import FormMultiDict

from accounting.office.attributes import AttributeKind
from accounting.office.conditions import Fact
from accounting.office.price import PriceCalculation, calculate
from accounting.office.tariff_texts import (
    LINE_KINDS,
    WrittenLine,
    WrittenParameter,
    WrittenPlan,
    WrittenWrong,
    read_plan,
)
from accounting.office.tariffs import Parameter, Step, TariffPlan
from admin.office.contract_words import PARAMETER_KINDS
from admin.office.forms import FormRefused, choice_of, day_of, is_ticked, text_of
from admin.storage.office.catalogue import NewTariff, Tariff
from admin.tables.asked import kopecks_or_none
from admin.texts import say

ROWS: Final = 60
"""Rows of a form at most."""
BLANK: Final = 2
"""Empty rows behind what is there."""
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_MOST: Final = 10**13


def money_or_none(form: FormMultiDict, name: str) -> int | None:
    """Kopecks, nought too; None where nothing stands. Raises FormRefused."""
    text = text_of(form, name)
    if not text:
        return None
    found = kopecks_or_none(text)
    if found is None:
        raise FormRefused(say("Нужна сумма, а стоит «{text}».", text=text))
    return found


def money_of(form: FormMultiDict, name: str) -> int:
    """Kopecks; nothing is nought. Raises FormRefused."""
    return money_or_none(form, name) or 0


def whole_of(form: FormMultiDict, name: str, otherwise: int = 0) -> int:
    """A number. Raises FormRefused."""
    text = text_of(form, name)
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) < _MOST):
        raise FormRefused(say("Нужно целое число, а стоит «{text}».", text=text))
    return int(text)


def money_text(kopecks: int | None) -> str:
    """As a field has it: «9000», «60,50»; empty for nothing."""
    if not kopecks:
        return ""
    roubles, rest = divmod(kopecks, 100)
    return f"{roubles},{rest:02}" if rest else str(roubles)


def steps_text(steps: tuple[Step, ...]) -> str:
    """«50:0; 150:60; *:50»: up to 50 for nothing, up to 150 at 60 roubles, the rest at 50."""
    return "; ".join(f"{step.up_to or '*'}:{money_text(step.price_kopecks) or '0'}" for step in steps)


def read_steps(text: str) -> tuple[Step, ...]:
    """The other way round. Raises FormRefused."""
    steps = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        bound, _, price = (one.strip() for one in part.partition(":"))
        kopecks = kopecks_or_none(price) if price != "0" else 0
        if kopecks is None or not (bound == "*" or (bound.isascii() and bound.isdecimal() and len(bound) < 10)):
            raise FormRefused(say("Ступень «{text}»: нужно «150:60» — до скольких и по какой цене.", text=part))
        steps.append(Step(None if bound == "*" else int(bound), kopecks))
    return tuple(steps)


def months_text(line: WrittenLine) -> str:
    """«1-3», «4-», empty for all months."""
    if line.first_month == 1 and line.last_month is None:
        return ""
    return f"{line.first_month}-{line.last_month or ''}"


def _months(text: str) -> tuple[int, int | None]:
    if not text:
        return 1, None
    found = re.fullmatch(r"([0-9]{1,3})\s*[-–—]\s*([0-9]{0,3})", text)
    if found is None or int(found[1]) < 1 or (found[2] and int(found[2]) < int(found[1])):
        raise FormRefused(say("Месяцы «{text}»: нужно «1-3» или «4-».", text=text))
    return int(found[1]), int(found[2]) if found[2] else None


def _rows(form: FormMultiDict, letter: str, key: str) -> Iterator[str]:
    for number in range(ROWS):
        if text_of(form, f"{letter}{number}_{key}"):
            yield f"{letter}{number}_"


def _parameter(form: FormMultiDict, row: str) -> WrittenParameter:
    kind = AttributeKind(choice_of(form, f"{row}kind", PARAMETER_KINDS))
    default: Fact = text_of(form, f"{row}default")
    if kind is AttributeKind.NUMBER:
        default = whole_of(form, f"{row}default")
    elif kind is AttributeKind.FLAG:
        default = bool(default) and is_ticked(form, f"{row}default")
    return WrittenParameter(
        name=text_of(form, f"{row}name"), label=text_of(form, f"{row}label"), kind=kind,
        choices=tuple(filter(None, re.split(r"[\s,;]+", text_of(form, f"{row}choices")))), default=default,
        help=text_of(form, f"{row}help"), appears_when=text_of(form, f"{row}when"),
    )  # fmt: skip


def _line(form: FormMultiDict, row: str) -> WrittenLine:
    first, last = _months(text_of(form, f"{row}months"))
    return WrittenLine(
        kind=choice_of(form, f"{row}kind", dict.fromkeys(LINE_KINDS)), name=text_of(form, f"{row}name"),
        parameter=text_of(form, f"{row}parameter"), amount_kopecks=money_of(form, f"{row}amount"),
        included=whole_of(form, f"{row}included"), steps=read_steps(text_of(form, f"{row}steps")),
        rate_bp=_rate(form, row), first_month=first, last_month=last, reason=text_of(form, f"{row}reason"),
        when=text_of(form, f"{row}when"), one_off=is_ticked(form, f"{row}one_off"),
        service=text_of(form, f"{row}service"),
    )  # fmt: skip


def _rate(form: FormMultiDict, row: str) -> int:
    """«1,2» of a coefficient is 12,000 basis points, «10» of a discount 1,000."""
    hundredths = money_of(form, f"{row}rate")
    return hundredths * 100 if form.get(f"{row}kind") == "coefficient" else hundredths


def rate_text(line: WrittenLine) -> str:
    """As the field has it."""
    return money_text(line.rate_bp // 100 if line.kind == "coefficient" else line.rate_bp)


def read_tariff(form: FormMultiDict, code: str | None = None) -> NewTariff:
    """The next version of a tariff; ``code`` of one that there is. Raises FormRefused with every mistake."""
    code = code or text_of(form, "code")
    if not _CODE.fullmatch(code):
        raise FormRefused(say("Код тарифа: латинские буквы, цифры, дефис."))
    name = text_of(form, "name")
    if not name:
        raise FormRefused(say("Укажите название тарифа."))
    plan = WrittenPlan(
        parameters=tuple(_parameter(form, row) for row in _rows(form, "p", "label")),
        lines=tuple(_line(form, row) for row in _rows(form, "l", "name")),
        minimum_fee_kopecks=money_of(form, "minimum_fee"),
        rounding_step_kopecks=money_of(form, "rounding_step"),
    )
    new = NewTariff(code=code, name=name, valid_from=day_of(form, "valid_from"), plan=plan)
    try:
        read_plan(plan, name, 1, new.valid_from)
    except WrittenWrong as wrong:
        raise FormRefused(" ".join(one.reason for one in wrong.mistakes)) from None
    return new


def plan_of(tariff: Tariff) -> TariffPlan:
    """A stored version as rules; it was checked when it was written."""
    return read_plan(tariff.plan, tariff.name, tariff.version, tariff.valid_from)


def read_answers(plan: TariffPlan, given: Mapping[str, Any]) -> dict[str, Fact]:
    """What was answered to the parameters; a field that is left empty has its default. Raises FormRefused."""
    answers: dict[str, Fact] = {}
    for one in plan.parameters:
        text = str(given.get(f"a_{one.attribute.name}", "")).strip()
        if text or one.attribute.kind is AttributeKind.FLAG:
            answers[one.attribute.name] = _answer(one, text)
    return answers


def _answer(one: Parameter, text: str) -> Fact:
    attribute = one.attribute
    if attribute.kind is AttributeKind.FLAG:
        if text not in ("", "0", "1"):
            raise FormRefused(f"{say(attribute.label)}: {say('Выберите один из вариантов.')}")
        return text == "1"
    if attribute.kind is AttributeKind.CHOICE:
        if text not in attribute.choices:
            raise FormRefused(say("Выберите один из вариантов."))
        return text
    if attribute.name.endswith("_kopecks"):
        number = kopecks_or_none(text)
    else:
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
    if number is None:
        raise FormRefused(say("Нужно число: «{name}».", name=say(attribute.label)))
    return number


def price_of(plan: TariffPlan, given: Mapping[str, Any], valid_until: date) -> PriceCalculation:
    """Raises FormRefused."""
    try:
        return calculate(plan, read_answers(plan, given), valid_until)
    except ValueError:
        raise FormRefused(say("Ответы не подходят к тарифу: проверьте их.")) from None
