"""Files of cases: what they are by their first bytes. Programs and pages are not taken, nothing is shown inline."""

import hashlib
from typing import Final

from litestar.datastructures import FormMultiDict

from admin.storage.office.cases import NewFile
from admin.uploads.looks import NOT_A_FILE, NotTaken, shown_name
from admin.uploads.receiving import file_of

MAX_BYTES: Final = 10 * 1024 * 1024
TOO_LARGE: Final = "Файл больше 10 МиБ"
OTHER_TYPE: Final = "Такие файлы к делу не прикладывают: {kind}"
_TAKEN: Final = (
    (b"%PDF", "PDF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"PK\x03\x04", "XLSX, DOCX, ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS, DOC"),
    (b"{\\rtf", "RTF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7Z"),
)
_REFUSED: Final = (
    (b"mz", "EXE"),
    (b"\x7felf", "ELF"),
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<script", "HTML"),
    (b"<svg", "SVG"),
    (b"#!", "SH"),
)


def kind_of(content: bytes) -> str:
    """«PDF», «TXT». Raises NotTaken."""
    for mark, kind in _TAKEN:
        if content.startswith(mark):
            return kind
    head = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, kind in _REFUSED:
        if head.startswith(mark):
            raise NotTaken(OTHER_TYPE, kind=kind)
    if b"\0" in content[:4096]:
        raise NotTaken(OTHER_TYPE, kind="?")
    return "XML" if head.startswith(b"<?xml") else "TXT"


async def read_file(form: FormMultiDict) -> NewFile:
    """The file of a form. Raises NotTaken."""
    file = file_of(form)
    content = await file.read()
    if not content:
        raise NotTaken(NOT_A_FILE)
    if len(content) > MAX_BYTES:
        raise NotTaken(TOO_LARGE)
    return NewFile(
        name=shown_name(file.filename),
        kind=kind_of(content),
        sha256=hashlib.sha256(content).digest(),
        content=content,
    )
