"""Packs read from files: CSV of templates, one row a version; every mistake is named with its place, or none is there.

Columns: code; name, name_en; kind; systems, payers (lists with ";", ANY); employees (y, n, any); condition; period;
months (list); due_rule; shift (next, prev, none); week (6: Saturday works); lead_days (empty: that of the kind);
valid_from, valid_to (exclusive; empty: that of the pack, open); authority; form; source; certainty; notes (in Russian),
notes_en.
"""

import csv
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from accounting.office.attributes import BY_NAME, Attribute
from accounting.office.clients import Payer
from accounting.office.conditions import ALWAYS, Condition, names_in, parse_condition
from accounting.office.due_rules import (
    AfterEvent,
    AfterMonths,
    AfterPatentEnd,
    AfterPatentStart,
    OfPeriod,
    Term,
    ValidTo,
    counted_term,
    parse_due_rule,
)
from accounting.office.mistakes import BadText, Mistake, PackRefused
from accounting.office.obligation_templates import (
    LEAD_DAYS,
    Certainty,
    Employees,
    ObligationKind,
    ObligationTemplate,
    OneOffDate,
    Pack,
    Shift,
    TemplateState,
)
from accounting.office.periods import END_MONTHS, OF_OCCASIONS, PeriodKind
from accounting.office.rule_tables import Row, choice, not_empty, read_table

COUNTRIES: Final = ("RU", "PL", "BR")
"""Those whose calendars ship, the first one planned by itself."""

_FITTING: Final[dict[PeriodKind, tuple[type, ...]]] = {
    PeriodKind.EVENT: (AfterEvent, AfterMonths),
    PeriodKind.PATENT: (AfterPatentStart, AfterPatentEnd),
    PeriodKind.CUSTOM: (ValidTo,),
}
"""Which terms fit a kind of period; all others are counted from the period itself."""

COLUMNS: Final = tuple(
    "code name name_en kind systems payers employees condition period months due_rule shift week lead_days"  # noqa: SIM905
    " valid_from valid_to authority form source certainty notes notes_en".split()
)


class PackHead(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a pack beside its rows."""

    country: str
    version: str
    status: TemplateState
    valid_from: date
    file: str
    source: str


def read_pack(
    head: PackHead,
    text: str,
    attributes: Mapping[str, Attribute] = BY_NAME,
    one_off_dates: tuple[OneOffDate, ...] = (),
) -> Pack:
    """A pack of a CSV text. Raises PackRefused with all its mistakes."""
    mistakes: list[Mistake] = []
    templates = []
    for line, cells in read_table(head.file, text, COLUMNS):
        before = len(mistakes)
        template = _template(Row(head.file, line, cells, mistakes), head, attributes)
        if len(mistakes) == before:
            templates.append((line, template))
    _refuse_overlaps(head, templates, mistakes)
    if mistakes:
        raise PackRefused(mistakes)
    return Pack(
        country=head.country,
        version=head.version,
        source=head.source,
        templates=tuple(template for _, template in templates),
        one_off_dates=one_off_dates,
    )


def _template(row: Row, head: PackHead, attributes: Mapping[str, Attribute]) -> ObligationTemplate:
    kind = row.read("kind", choice(ObligationKind), ObligationKind.REPORT)
    period = row.read("period", choice(PeriodKind), PeriodKind.MONTH)
    condition: Condition = row.read("condition", lambda text: parse_condition(text, attributes), ALWAYS)
    terms: tuple[Term, ...] = row.read("due_rule", parse_due_rule, ())
    certainty = row.read("certainty", choice(Certainty), Certainty.LOW)
    active = head.status is TemplateState.ACTIVE and certainty is Certainty.HIGH
    occasions = [name for name in names_in(condition) if name in attributes and attributes[name].of_occasion]
    _judge_together(row, period, terms, occasions)
    return ObligationTemplate(
        code=row.read("code", not_empty, ""),
        version=head.version,
        name=row.read("name", not_empty, ""),
        name_en=row.read("name_en", not_empty, ""),
        kind=kind,
        systems=frozenset(row.read("systems", not_empty, "").split(";")),
        payers=row.read("payers", _payers, frozenset()),
        employees=row.read("employees", choice(Employees), Employees.ANY),
        condition=condition,
        period=period,
        months=row.read("months", lambda text: _months(text, period), frozenset()),
        terms=terms,
        shift=row.read("shift", choice(Shift), Shift.NONE),
        saturdays=row.read("week", _week, False),
        lead_days=row.read("lead_days", lambda text: _number(text, LEAD_DAYS[kind]), 0),
        valid_from=row.read("valid_from", lambda text: _day(text, head.valid_from), None) or head.valid_from,
        valid_to=row.read("valid_to", lambda text: _day(text, None), None),
        authority=row.read("authority", not_empty, ""),
        form=row.text("form"),
        source=row.read("source", not_empty, ""),
        certainty=certainty,
        notes=row.text("notes"),
        notes_en=row.text("notes_en"),
        state=TemplateState.ACTIVE if active else TemplateState.DRAFT,
        occasion=occasions[0] if occasions and period in OF_OCCASIONS else None,
    )


def _judge_together(row: Row, period: PeriodKind, terms: tuple[Term, ...], occasions: list[str]) -> None:
    """What is right in each cell and wrong in them together."""
    fitting = _FITTING.get(period, OfPeriod)
    for term in terms:
        if not isinstance(counted_term(term), fitting):
            bad = BadText(0, "Такой срок не считают от периода {period}.", period=period)
            row.wrong("due_rule", bad)
    if period in OF_OCCASIONS and not occasions:
        row.wrong("condition", BadText(0, "Срок начинается с события: назовите его в условии."))
    if period not in OF_OCCASIONS and occasions:
        bad = BadText(0, "{name} — событие, а срок считают от периода {period}.", name=occasions[0], period=period)
        row.wrong("condition", bad)


def _refuse_overlaps(head: PackHead, templates: list[tuple[int, ObligationTemplate]], mistakes: list[Mistake]) -> None:
    """Two versions of one code must not be the rule of one period: else the same obligation would be there twice."""
    latest: dict[str, ObligationTemplate] = {}
    for line, template in sorted(templates, key=lambda row: (row[1].code, row[1].valid_from)):
        before = latest.get(template.code)
        if before is not None and (before.valid_to is None or before.valid_to > template.valid_from):
            bad = BadText(0, "Две версии {code} действуют одновременно.", code=template.code)
            mistakes.append(Mistake(head.file, line, "valid_from", 1, bad.reason()))
        latest[template.code] = template


def _payers(text: str) -> frozenset[Payer]:
    return frozenset(Payer) if text == "ANY" else frozenset(map(choice(Payer), text.split(";")))


def _months(text: str, period: PeriodKind) -> frozenset[int]:
    months = {_number(part.strip(), 0) for part in text.replace(";", ",").split(",")} if text else set()
    if wrong := months - set(END_MONTHS.get(period, ())):
        bad = "Период {period} не кончается в месяце {month}."
        raise BadText(0, bad, period=period, month=min(wrong))
    return frozenset(months)


def _week(text: str) -> bool:
    if text not in ("", "5", "6"):
        raise BadText(0, "В неделе 5 или 6 рабочих дней, а не «{text}».", text=text)
    return text == "6"


def _number(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if not re.fullmatch("[0-9]{1,3}", text):
        raise BadText(0, "Ожидается целое число, а стоит «{text}».", text=text)
    return int(text)


def _day(text: str, otherwise: date | None) -> date | None:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadText(0, "Ожидается дата ГГГГ-ММ-ДД, а стоит «{text}».", text=text) from None


def _shipped(name: str) -> str:
    return resources.files("accounting.office.packs").joinpath(name).read_text("utf-8")


@cache
def shipped_one_off_dates() -> tuple[OneOffDate, ...]:
    """The one-off dates that this package knows, of all countries."""
    rows = csv.DictReader(line for line in _shipped("overrides.csv").splitlines() if not line.startswith("#"))
    return tuple(msgspec.convert(row, OneOffDate, strict=False) for row in rows)


@cache
def shipped_pack(country: str) -> Pack:
    """The calendar of a country as this package knows it. Raises KeyError for a country without one."""
    heads = msgspec.convert(tomllib.loads(_shipped("packs.toml"))["pack"], list[PackHead])
    head = {head.country: head for head in heads}[country]
    dates = tuple(row for row in shipped_one_off_dates() if row.code.startswith(f"{country}-"))
    return read_pack(head, _shipped(head.file), one_off_dates=dates)
