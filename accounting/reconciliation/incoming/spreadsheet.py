"""The rows of an XLSX file's first sheet as text, so that a spreadsheet and a CSV are one thing to whoever reads them.

Spreadsheets keep numbers as binary fractions of 15 digits. What is exact within a millionth is written in decimals;
a longer number has lost digits and comes as ``NOT_EXACT``, for nobody to guess at.
"""

import io
import zipfile
from datetime import date, datetime, time
from typing import Final

from python_calamine import CalamineWorkbook

from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import HEADER_WITHIN, MAX_COLUMNS, MAX_PAYMENTS, MAX_UNPACKED_BYTES
from accounting.reconciliation.incoming.reading import NOT_EXACT

_EXACT_BELOW: Final = 10**15
_ROWS: Final = MAX_PAYMENTS + 2 * HEADER_WITHIN


def spreadsheet_rows(content: bytes) -> list[list[str]]:
    """Raises FileRefused."""
    _check_archive(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
        if sheet.height > _ROWS:
            raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_PAYMENTS)
        return [[_text(cell) for cell in row[:MAX_COLUMNS]] for row in sheet.to_python(skip_empty_area=False)]
    except FileRefused:
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
