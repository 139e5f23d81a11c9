"""A list as a file for a spreadsheet. CSV is streamed as it is read; XLSX is written row by row to a temporary file.

Neither holds the list in memory. Texts stay texts: what payers and billing systems wrote never becomes a formula.
"""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
from litestar.response import Stream

from admin.tables.definition import Cell, Column
from admin.texts import say
from fiscal_server.formulas import no_formula

XLSX_ROWS_MAX: Final = 100_000
"""A longer XLSX takes minutes to make and to open: whoever needs all of it takes CSV."""
CUT: Final = "Здесь первые {rows} строк. Весь список есть в CSV."

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_PIECE = 64 * 1024
_TEXT_MAX = 32_767  # characters of a cell of Excel
_BOM = "\ufeff"  # else Excel takes UTF-8 for the system's old encoding

Pages = AsyncIterator[Sequence[Any]]


def csv_stream(name: str, columns: Sequence[Column], pages: Pages, zone: tzinfo) -> Stream:
    """As a Russian Excel opens it by a double click: semicolons, decimal commas."""
    return Stream(_csv(columns, pages, zone), media_type=CSV_TYPE, headers=_headers(f"{name}.csv"))


async def xlsx_stream(name: str, columns: Sequence[Column], pages: Pages, zone: tzinfo) -> Stream:
    """A workbook of one sheet: numbers are numbers, days are days, the head stays in sight."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed, and gone, when the stream ends
    try:
        with tempfile.TemporaryDirectory(prefix="fiscal-panel-") as folder:
            await _write_workbook(file, columns, pages, zone, Path(folder))
    except BaseException:
        file.close()
        raise
    return Stream(_pieces(file), media_type=XLSX_TYPE, headers=_headers(f"{name}.xlsx"))


def _headers(file_name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}


async def _csv(columns: Sequence[Column], pages: Pages, zone: tzinfo) -> AsyncIterator[bytes]:
    yield (_BOM + _lines([[say(one.title) for one in columns]])).encode()
    async for rows in pages:
        yield _lines([[_csv_cell(one, one.value(row), zone) for one in columns] for row in rows]).encode()


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue()


def _csv_cell(column: Column, value: Cell, zone: tzinfo) -> str:
    if value is None:
        return ""
    if column.is_money and isinstance(value, int):
        return str(_roubles(value)).replace(".", ",")
    if isinstance(value, datetime):
        return f"{_local(value, zone):%d.%m.%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return no_formula(value) if isinstance(value, str) else str(value)


async def _write_workbook(file: IO[bytes], columns: Sequence[Column], pages: Pages, zone: tzinfo, folder: Path) -> None:
    options = {"constant_memory": True, "tmpdir": str(folder), "in_memory": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    head = book.add_format({"bold": True, "bottom": 1})
    formats = _Formats(book)
    for place, one in enumerate(columns):
        sheet.set_column(place, place, 14 if one.is_number else 20)
        sheet.write_string(0, place, say(one.title), head)
    written = 0
    async for rows in pages:
        rows = rows[: XLSX_ROWS_MAX - written]
        await asyncio.to_thread(_write_rows, sheet, columns, rows, written + 1, zone, formats)
        written += len(rows)
        if written >= XLSX_ROWS_MAX:
            sheet.write_string(written + 1, 0, say(CUT, rows=XLSX_ROWS_MAX))
            break
    await asyncio.to_thread(book.close)
    file.seek(0)


class _Formats:
    """What cells look like; a workbook counts each format once."""

    def __init__(self, book: "xlsxwriter.Workbook") -> None:
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.day = book.add_format({"num_format": "dd.mm.yyyy"})
        self.moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})


def _write_rows(
    sheet: Any, columns: Sequence[Column], rows: Sequence[Any], first: int, zone: tzinfo, formats: _Formats
) -> None:
    for number, row in enumerate(rows, start=first):
        for place, one in enumerate(columns):
            _write_cell(sheet, number, place, one, one.value(row), zone, formats)


def _write_cell(sheet: Any, row: int, place: int, column: Column, value: Cell, zone: tzinfo, formats: _Formats) -> None:
    if value is None:
        return
    if column.is_money and isinstance(value, int):
        sheet.write_number(row, place, _roubles(value), formats.money)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, _local(value, zone), formats.moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats.day)
    elif isinstance(value, str):
        sheet.write_string(row, place, value[:_TEXT_MAX])  # never a formula, never a link
    elif abs(value) < 10**15:
        sheet.write_number(row, place, value)
    else:  # a number of Excel has fifteen digits
        sheet.write_string(row, place, str(value))


def _roubles(kopecks: int) -> Decimal:
    return Decimal(kopecks).scaleb(-2)


def _local(moment: datetime, zone: tzinfo) -> datetime:
    """Naive, as spreadsheets have it; a KKT's own time is so already."""
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
