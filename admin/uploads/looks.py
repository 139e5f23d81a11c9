"""What a file is, by its bytes: its name and what the browser calls it are anybody's to choose."""

import json
from typing import Final

import msgspec

from admin.storage.uploads import Kind

HEAD: Final = 64 * 1024

_STATEMENT: Final = b"1CClientBankExchange"
_XLSX: Final = b"PK\x03\x04"
_NOT_OURS: Final = (
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "XLS, DOC"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7Z"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x28\xb5\x2f\xfd", "ZSTD"),
    (b"<!DOCTYPE", "HTML"),
    (b"<html", "HTML"),
)
NOT_A_FILE: Final = "Файл не выбран или пуст"
OTHER_TYPE: Final = "Это {kind}. Панель принимает выписки 1С (.txt), реестры (.txt, .csv, .xlsx) и пакеты JSON"
NOT_TEXT: Final = "Это не текст и не таблица Excel: такие файлы панель не принимает"


class NotTaken(Exception):
    """``msgid`` says why with the words of ``values``."""

    def __init__(self, msgid: str, **values: str) -> None:
        super().__init__(msgid)
        self.msgid = msgid
        self.values = values


class Look(msgspec.Struct, frozen=True):
    """What a file seems to be: ``adapter`` of a register that was recognised; ``lines``: JSON, an event a line."""

    kind: Kind
    adapter: str = ""
    lines: bool = False


def look_at(head: bytes, tail: bytes) -> Look:
    """By the first and the last bytes. Raises NotTaken."""
    for mark, name in _NOT_OURS:
        if head[: len(mark)].lower() == mark.lower():
            raise NotTaken(OTHER_TYPE, kind=name)
    if head.startswith(_XLSX):
        return Look("register", "table")
    if b"\0" in head:
        raise NotTaken(NOT_TEXT)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise NotTaken(NOT_A_FILE)
    if text.startswith(_STATEMENT):
        return Look("statement")
    if text[:1] in b"{[":
        return Look("batch", lines=_is_lines(text))
    return _register(text, tail)


def _is_lines(text: bytes) -> bool:
    first, _, rest = text.partition(b"\n")
    if not rest.strip().startswith(b"{"):
        return False
    try:
        json.loads(first)
    except ValueError:
        return False
    return True


def _register(text: bytes, tail: bytes) -> Look:
    last = tail.rstrip().rpartition(b"\n")[2]
    if last.startswith(b"="):
        return Look("register", "total-line")
    if b"CLIENTNO:" in text:
        return Look("register", "named-fields")
    return Look("unknown")


def shown_name(given: str) -> str:
    """The last part of a name, fit to be shown and kept: it opens nothing."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:255]
