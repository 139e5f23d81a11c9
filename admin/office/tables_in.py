"""Tables that people hand over: bytes become rows, columns get a meaning. What rows are is others' to say."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from litestar.datastructures import FormMultiDict

from accounting.reconciliation.incoming.findings import FileRefused
from accounting.reconciliation.incoming.spreadsheet import spreadsheet_rows
from admin.office.forms import FormRefused
from admin.storage.office.table_imports import ImportRow
from admin.texts import say

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ROWS: Final = 2_000
_LONGEST_CELL: Final = 2_000
_COLUMNS: Final = 40


def read_file(content: bytes) -> tuple[list[str], list[ImportRow]]:
    """Heads and rows of a table, CSV or XLSX. Raises FormRefused."""
    if not content:
        raise FormRefused(say("Файл не выбран или пуст"))
    if len(content) > MAX_BYTES:
        raise FormRefused(say("Файл больше 2 МиБ: разделите его."))
    try:
        rows = list(spreadsheet_rows(content)) if content.startswith(b"PK\x03\x04") else _csv_rows(content)
    except FileRefused as refused:
        raise FormRefused(refused.refusal.text()) from None
    cleaned = [
        (line, [cell.replace("\0", "").strip()[:_LONGEST_CELL] for cell in row[:_COLUMNS]])
        for line, row in enumerate(rows, start=1)
    ]
    filled = [(line, row) for line, row in cleaned if any(row)]
    if len(filled) < 2:
        raise FormRefused(say("В таблице нет строк под заголовком."))
    if len(filled) > MAX_ROWS + 1:
        raise FormRefused(say("Строк больше {count}: разделите файл.", count=MAX_ROWS))
    return filled[0][1], [ImportRow(line, row) for line, row in filled[1:]]


def _csv_rows(content: bytes) -> list[list[str]]:
    if b"\0" in content:
        raise FormRefused(say("Это не таблица: нужен CSV или XLSX."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise FormRefused(say("Это не таблица: нужен CSV или XLSX.")) from None


def guess_columns(heads: Sequence[str], marks: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Columns by what their heads look like; each column is one thing."""
    found: dict[str, int] = {}
    for field, looks in marks.items():
        for number, head in enumerate(heads):
            if number not in found.values() and any(look in head.lower() for look in looks):
                found[field] = number
                break
    return found


def read_mapping(form: FormMultiDict, fields: Iterable[str], heads: Sequence[str]) -> dict[str, int]:
    """What somebody said of the columns; a field may be left out. Raises FormRefused."""
    mapping = {}
    for field in fields:
        text = str(form.get(f"m_{field}", ""))
        if text:
            if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) < len(heads)):
                raise FormRefused(say("Выберите один из вариантов."))
            mapping[field] = int(text)
    return mapping


def values_of(row: ImportRow, mapping: Mapping[str, int]) -> dict[str, str]:
    """The cells of a row by field; what is not there is empty."""
    return {field: row.cells[number] if number < len(row.cells) else "" for field, number in mapping.items()}
