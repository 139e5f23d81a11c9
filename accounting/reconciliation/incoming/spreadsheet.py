"""The rows of an XLSX file's first sheet as text, so that a spreadsheet and a CSV are one thing to whoever reads them.

Spreadsheets keep numbers as binary fractions of 15 digits. What is exact within a millionth is written in decimals;
a longer number has lost digits and comes as ``NOT_EXACT``, for nobody to guess at.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Final

from python_calamine import CalamineWorkbook

from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import (
    HEADER_WITHIN,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_PAYMENTS,
    MAX_UNPACKED_BYTES,
)
from accounting.reconciliation.incoming.reading import NOT_EXACT
from accounting.reconciliation.incoming.sheet_area import area_of, rough_area_of

_EXACT_BELOW: Final = 10**15
_ROWS: Final = MAX_PAYMENTS + 2 * HEADER_WITHIN
_FOLDERS: Final = ("[Content_Types].xml", "_rels/", "xl/")
_KINDS: Final = (".xml", ".rels")
"""Where and how the parts are called that a table is made of; pictures and the like are left out."""


def spreadsheet_rows(content: bytes) -> Iterator[list[str]]:
    """Raises FileRefused, also while the rows are taken."""
    sound = _looked_at(content)
    with _library_errors():
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(sound)).get_sheet_by_index(0)
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


def _looked_at(content: bytes) -> bytes:
    """The archive anew, of the parts that were looked at and of no others: nobody reads another one out of the same
    bytes. A small archive may unpack to anything: what its parts say of themselves is added up first."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise FileRefused(Finding.FILE_TOO_BIG, most=MAX_UNPACKED_BYTES)
            if "[Content_Types].xml" not in archive.namelist():
                raise FileRefused(Finding.PACKED_FILE, value="zip")
            return _rebuilt(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(Finding.UNREADABLE_SPREADSHEET, value=str(error)[:200]) from error


def _rebuilt(archive: zipfile.ZipFile) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as anew:
        for part in archive.infolist():
            if not part.filename.startswith(_FOLDERS) or not part.filename.endswith(_KINDS):
                continue
            with archive.open(part) as source, anew.open(part.filename, "w") as copy:
                area = rough_area_of(source, copy)
            if area is None or area[0] > _ROWS or area[0] * area[1] > MAX_CELLS:
                with archive.open(part) as source:
                    _check_area(*area_of(source))
    return out.getvalue()


def _check_area(rows: int, columns: int) -> None:
    if rows > _ROWS:
        raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_PAYMENTS)
    if rows * columns > MAX_CELLS:
        raise FileRefused(Finding.UNREADABLE_SPREADSHEET, value=f"{rows} × {columns}")


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
