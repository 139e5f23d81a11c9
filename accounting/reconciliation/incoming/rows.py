"""Rows of a register by its layout: which text stands for which field, and which row is one of totals."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

import msgspec

from accounting.reconciliation.incoming.adapter import Adapter, Column, Field, TotalField
from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import HEADER_WITHIN, MAX_COLUMNS
from accounting.reconciliation.incoming.reading import (
    ZIP,
    best_encoding,
    encodings_of,
    ends_a_line,
    lines_of,
    with_last,
)
from accounting.reconciliation.incoming.spreadsheet import spreadsheet_rows

_EMPTY: Final = Column(position=1)


class Row(msgspec.Struct, frozen=True):
    """``values`` by field, those of a row of totals by total. ``last``: the field that ends the text of a file whose
    last line has no end: it may have been cut."""

    number: int
    values: dict[str, str]
    is_total: bool = False
    last: str = ""


def rows_of(content: bytes, adapter: Adapter) -> tuple[str, Iterator[Row]]:
    """Encoding (``xlsx`` for a spreadsheet) and rows. Raises FileRefused, also while the rows are taken."""
    whole = ends_a_line(content)
    if adapter.layout == "table":
        if content.startswith(ZIP):
            return "xlsx", _table(spreadsheet_rows(content), adapter, whole=True)
        for encoding in encodings_of(content, adapter.encodings):
            try:
                return encoding, _table(_cells_of(lines_of(content, encoding), adapter), adapter, whole=whole)
            except FileRefused as error:
                if error.refusal.code is not Finding.NO_HEADER:
                    raise
        raise FileRefused(Finding.NO_HEADER, value=_wanted(adapter))
    encoding = best_encoding(content, adapter.encodings)
    return encoding, _line_rows(lines_of(content, encoding), adapter, whole=whole)


def _line_rows(lines: Iterator[str], adapter: Adapter, *, whole: bool) -> Iterator[Row]:
    total = adapter.total_line
    for number, (line, last) in enumerate(with_last(lines), 1):
        if not line.strip() or line.startswith(adapter.comments):
            continue
        if total is not None and line.startswith(total.begins):
            values = _values(line.removeprefix(total.begins), total.columns, adapter)
            yield Row(number, values, is_total=True)
            continue
        values = _values(line, adapter.columns, adapter)
        unfinished = last and not whole and total is None
        yield Row(number, values, last=_last_field(line, values, adapter) if unfinished else "")


def _values(
    line: str, columns: Mapping[Field, Column] | Mapping[TotalField, Column], adapter: Adapter
) -> dict[str, str]:
    if adapter.layout == "fixed":
        return {
            field: line[column.start - 1 : column.start - 1 + column.length].strip()
            for field, column in columns.items()
            if column.start is not None and column.length is not None
        }
    cells = _split(line, adapter)
    named = _named(cells, adapter.named_with) if adapter.named_with else {}
    values: dict[str, str] = {}
    for field, column in columns.items():
        if column.position is not None:
            values[field] = cells[column.position - 1].strip() if column.position <= len(cells) else ""
        else:
            values[field] = next((named[name] for name in column.names if name in named), "")
    return values


def _split(line: str, adapter: Adapter) -> list[str]:
    """Quotes hide a delimiter where the format has them; they never reach beyond their line."""
    if not adapter.quoted:
        return line.split(adapter.delimiter)
    try:
        return next(csv.reader([line], delimiter=adapter.delimiter), [])
    except csv.Error:
        return []


def _named(cells: Iterable[str], mark: str) -> dict[str, str]:
    """``CLIENTNO: 0001`` -> the value by its name; the first of two counts."""
    found: dict[str, str] = {}
    for cell in cells:
        name, sign, value = cell.partition(mark)
        if sign:
            found.setdefault(name.strip(), value.strip())
    return found


def _last_field(line: str, values: Mapping[str, str], adapter: Adapter) -> str:
    """The field whose value ends the line; empty when what ends it is no field of ours."""
    for field, column in adapter.columns.items():
        if column.start is not None and column.length is not None:
            if column.start <= len(line) < column.start - 1 + column.length:
                return field
        elif values[field] and line.rstrip().endswith(values[field]):
            return field
    return ""


def _cells_of(lines: Iterable[str], adapter: Adapter) -> Iterator[list[str]]:
    return (_split(line, adapter)[: MAX_COLUMNS + 1] if line.strip() else [] for line in lines)


def _plain(cell: str) -> str:
    return " ".join(cell.casefold().replace("\u00a0", " ").split()).rstrip(":")


def _header(rows: Sequence[Sequence[str]], adapter: Adapter) -> tuple[int, dict[str, int]]:
    """Place of the header among the rows and place of each field in it: the first row that names date, amount and
    account (or purpose). Raises FileRefused."""
    for place, row in enumerate(rows):
        names = [_plain(cell) for cell in row[:MAX_COLUMNS]]
        found: dict[str, int] = {}
        for field, column in adapter.columns.items():
            at = next((names.index(wanted) for one in column.names if (wanted := _plain(one)) in names), None)
            if at is not None:
                found[field] = at
        if {"date", "amount"} <= found.keys() and {"account", "purpose"} & found.keys():
            return place, found
    raise FileRefused(Finding.NO_HEADER, value=_wanted(adapter))


def _wanted(adapter: Adapter) -> str:
    return ", ".join(adapter.columns.get(field, _EMPTY).names[0] for field in ("date", "amount", "account")
                     if adapter.columns.get(field, _EMPTY).names)  # fmt: skip


def _table(rows: Iterator[list[str]], adapter: Adapter, *, whole: bool) -> Iterator[Row]:
    """The rows behind the header. Raises FileRefused at once when there is none."""
    head = list(islice(rows, HEADER_WITHIN))
    place, fields = _header(head, adapter)
    behind = enumerate(chain(head[place + 1 :], rows), place + 2)
    return _table_rows(behind, fields, adapter, whole=whole)


def _table_rows(
    rows: Iterator[tuple[int, list[str]]], fields: Mapping[str, int], adapter: Adapter, *, whole: bool
) -> Iterator[Row]:
    """The last row of a text is marked when its line has no end."""
    words = tuple(_plain(word) for word in adapter.total_words)
    for (number, row), last in with_last(rows):
        if not any(cell.strip() for cell in row):
            continue
        values = {field: row[at].strip() if at < len(row) else "" for field, at in fields.items()}
        said = any(_plain(cell).startswith(words) for cell in row) if words else False
        nameless = not any(values.get(field) for field in ("date", "account", "operation", "purpose"))
        if said and not values.get("account"):
            nameless = True
        cut = ""
        if last and not whole and not nameless:
            cut = next((field for field, at in fields.items() if at == len(row) - 1), "")
        yield Row(number, values, is_total=nameless, last=cut)
