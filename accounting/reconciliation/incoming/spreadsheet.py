"""The rows of an XLSX file's first sheet as text, so that a spreadsheet and a CSV are one thing to whoever reads them.

Spreadsheets keep numbers as binary fractions of 15 digits. What is exact within a millionth is written in decimals;
a longer number has lost digits and comes as ``NOT_EXACT``, for nobody to guess at.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Final

from python_calamine import CalamineWorkbook

from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import HEADER_WITHIN, MAX_COLUMNS, MAX_PAYMENTS, MAX_UNPACKED_BYTES
from accounting.reconciliation.incoming.reading import NOT_EXACT

_EXACT_BELOW: Final = 10**15
_ROWS: Final = MAX_PAYMENTS + 2 * HEADER_WITHIN


def spreadsheet_rows(content: bytes) -> Iterator[list[str]]:
    """Raises FileRefused, also while the rows are taken."""
    _check_archive(content)
    with _library_errors():
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.height > _ROWS:
            raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_PAYMENTS)
        # Unlike a list of all rows, this one leaves out the empty ones above the first that is not.
        above, rows = (0 if sheet.start is None else sheet.start[0]), sheet.iter_rows()
    return _texts(above, rows)


def _texts(above: int, rows: Iterator[Sequence[object]]) -> Iterator[list[str]]:
    yield from ([] for _ in range(above))
    with _library_errors():
        for row in rows:
            yield [_text(cell) for cell in row[:MAX_COLUMNS]]


@contextmanager
def _library_errors() -> Iterator[None]:
    try:
        yield
    except (FileRefused, GeneratorExit):
        raise
    except BaseException as error:
        # A panic of the library is no Exception, and its class cannot be imported.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise FileRefused(Finding.UNREADABLE_SPREADSHEET, value=str(error)[:200]) from error


def _check_archive(content: bytes) -> None:
    """A small archive may unpack to anything: what its parts say of themselves is added up first."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileRefused(Finding.UNREADABLE_SPREADSHEET, value=str(error)[:200]) from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise FileRefused(Finding.FILE_TOO_BIG, most=MAX_UNPACKED_BYTES)
    if "[Content_Types].xml" not in names:
        raise FileRefused(Finding.PACKED_FILE, value="zip")


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    number = f"{cell:.6f}"
    if len(number.lstrip("-").partition(".")[0]) > len(str(_EXACT_BELOW - 1)):
        return NOT_EXACT
    return number.rstrip("0").rstrip(".")
