"""Which lines a balance sheet has and what each is made of: data with source and certainty (office domain 8.2).

Columns: form (full, simplified); standards (66n, FSBU4, a list with ";"); code; name, name_en; section (I to V or
empty); side (asset, liability, total); expression (``balance_expressions``); source; certainty; notes (in
Russian), notes_en. A line stands below the lines that it adds up, the simplified form below the full one. Lines of
medium and low certainty count as well, for a balance must stand somewhere; ``BalanceSheet.unconfirmed`` names them.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from accounting.office.balance_expressions import OfAccount, OfLine, Part, parse_expression
from accounting.office.mistakes import BadText, Mistake, PackRefused
from accounting.office.obligation_templates import Certainty
from accounting.office.rule_tables import Row, choice, not_empty, read_table

COLUMNS: Final = tuple(
    "form standards code name name_en section side expression source certainty notes notes_en".split()  # noqa: SIM905
)
ASSETS: Final = "1600"
LIABILITIES: Final = "1700"
"""Codes of both balance totals, in both forms."""


class Form(StrEnum):
    """Small enterprises may use the simplified one."""

    FULL = "full"
    SIMPLIFIED = "simplified"


class Standard(StrEnum):
    """Order 66n of the Ministry of Finance for years up to 2024, FSBU 4/2023 (order 157n) from 2025 [F]."""

    ORDER_66N = "66n"
    FSBU_4 = "FSBU4"


class LineSide(StrEnum):
    """Of the balance sheet; totals are of neither, so that nothing counts twice."""

    ASSET = "asset"
    LIABILITY = "liability"
    TOTAL = "total"


class MapLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a form."""

    form: Form
    standards: frozenset[Standard]
    code: str
    name: str
    name_en: str
    section: str
    side: LineSide
    parts: tuple[Part, ...]
    source: str
    certainty: Certainty
    notes: str
    notes_en: str

    def accounts(self) -> list[OfAccount]:
        """Its parts that are balances."""
        return [part for part in self.parts if isinstance(part, OfAccount)]

    def joined(self) -> list[OfLine]:
        """Its parts that are lines."""
        return [part for part in self.parts if isinstance(part, OfLine)]


class BalanceMap(msgspec.Struct, frozen=True):
    """All lines of both forms and standards, in the order of the paper."""

    lines: tuple[MapLine, ...]

    def of(self, form: Form, standard: Standard) -> list[MapLine]:
        """The lines of one form by one standard."""
        return [line for line in self.lines if line.form is form and standard in line.standards]


def standard_of(year: int) -> Standard:
    """By which standard a reporting year is reported."""
    return Standard.ORDER_66N if year <= 2024 else Standard.FSBU_4


def read_map(file: str, text: str) -> BalanceMap:
    """A map of a CSV text. Raises PackRefused with all its mistakes."""
    mistakes: list[Mistake] = []
    lines: list[MapLine] = []
    for number, cells in read_table(file, text, COLUMNS):
        row = Row(file, number, cells, mistakes)
        before = len(mistakes)
        line = _line(row)
        if len(mistakes) == before:
            _judge(row, line, lines)
            lines.append(line)
    if not mistakes:
        _refuse_without_totals(file, lines, mistakes)
    if mistakes:
        raise PackRefused(mistakes)
    return BalanceMap(tuple(lines))


def _line(row: Row) -> MapLine:
    nothing: tuple[Part, ...] = ()
    return MapLine(
        form=row.read("form", choice(Form), Form.FULL),
        standards=row.read("standards", _standards, frozenset()),
        code=row.read("code", not_empty, ""),
        name=row.read("name", not_empty, ""),
        name_en=row.read("name_en", not_empty, ""),
        section=row.text("section"),
        side=row.read("side", choice(LineSide), LineSide.TOTAL),
        parts=row.read("expression", parse_expression, nothing),
        source=row.read("source", not_empty, ""),
        certainty=row.read("certainty", choice(Certainty), Certainty.LOW),
        notes=row.text("notes"),
        notes_en=row.text("notes_en"),
    )


def _standards(text: str) -> frozenset[Standard]:
    return frozenset(map(choice(Standard), text.split(";")))


def _judge(row: Row, line: MapLine, above: Sequence[MapLine]) -> None:
    """What is right in each cell and wrong in them together."""
    if any(_are_one(line, other) for other in above):
        row.wrong("code", BadText(0, "Строка {code} этой формы уже есть.", code=line.code))
    if not all(_fits(line, part) for part in line.parts):
        reason = "Полная форма берёт счета, упрощённая — строки L(), итог — только SUM() своей формы."
        row.wrong("expression", BadText(0, reason))
    for part in line.joined():
        form = Form.FULL if part.of_full else line.form
        if not any(other.form is form and other.code == part.code for other in above):
            row.wrong("expression", BadText(0, "Выше нет строки {code}.", code=part.code))


def _are_one(line: MapLine, other: MapLine) -> bool:
    return line.form is other.form and line.code == other.code and bool(line.standards & other.standards)


def _fits(line: MapLine, part: Part) -> bool:
    if line.side is LineSide.TOTAL:
        return isinstance(part, OfLine) and not part.of_full
    if line.form is Form.FULL:
        return isinstance(part, OfAccount)
    return isinstance(part, OfLine) and part.of_full


def _refuse_without_totals(file: str, lines: Iterable[MapLine], mistakes: list[Mistake]) -> None:
    there = {(line.form, line.code, standard) for line in lines for standard in line.standards}
    for form in Form:
        for code in (ASSETS, LIABILITIES):
            for standard in Standard:
                if (form, code, standard) not in there:
                    reason = "В форме {form} по {standard} нет строки {code}."
                    bad = BadText(0, reason, form=form, standard=standard, code=code)
                    mistakes.append(Mistake(file, 1, "code", 1, bad.reason()))


@cache
def shipped_map() -> BalanceMap:
    """The map of the Russian balance sheet as this package knows it."""
    file = "balance-sheet-ru.csv"
    return read_map(file, resources.files("accounting.office.packs").joinpath(file).read_text("utf-8"))
