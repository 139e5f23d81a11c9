"""Bytes to text, and text to amounts, dates and months: what both kinds of files have in common."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final, TypeVar

from accounting.receipts.money import MAX_KOPECKS
from accounting.reconciliation.incoming.findings import FileRefused, Finding, LineRejected
from accounting.reconciliation.incoming.limits import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_FILE_BYTES,
    MAX_LINE_CHARS,
    MAX_LINES,
    MAX_NAME_CHARS,
)

T = TypeVar("T")

_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
}
ZIP: Final = b"PK\x03\x04"
"""How archives begin, spreadsheets among them (RFC 1952, RFC 8878, the ZIP, bzip2, RAR and 7z formats)."""

BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile("\r\n|\n|\r")
_LINE_END_BYTES: Final = re.compile(rb"\r\n|\n|\r")
_BLOCK_END: Final = re.compile(rb"\n|\r(?!\n)")
_BLOCK_BYTES: Final = 4 * MAX_LINE_CHARS
"""Of text at a time. No line that may be is longer: a character takes at most four bytes."""
_AMOUNT: Final = re.compile(r"([+-]?)(\d{1,14}|\d{1,3}(?: \d{3}){1,4})(?:[.,](\d{1,2}))?")
_SPACES: Final = re.compile("[\\s\u00a0\u202f]+")
_ISO_DATE: Final = re.compile(r"(?P<YYYY>\d{4})-(?P<MM>\d\d)-(?P<DD>\d\d)")
_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:.-]([0-5]\d)(?:[:.-]([0-5]\d))?(?:\.\d+)?")
_TOKEN: Final = re.compile("YYYY|YY|MM|DD")
_DIGITS: Final = {"YYYY": r"(?P<YYYY>\d{4})", "YY": r"(?P<YY>\d\d)", "MM": r"(?P<MM>\d\d?)", "DD": r"(?P<DD>\d\d?)"}
_PAIRS: Final = {**_DIGITS, "MM": r"(?P<MM>\d\d)", "DD": r"(?P<DD>\d\d)"}
_ODD: Final = re.compile("[^\x00-\x7fА-Яа-яЁё№«»–—−\u00a0\u202f]")
_DIGEST_CHARS: Final = 32
NOT_EXACT: Final = "\ufffd"
"""Stands where a character or the digits of a number were lost: such a value is never guessed at."""


def check_size(content: bytes, *, may_be_zip: bool = False) -> None:
    """Raises FileRefused for what need not be looked at."""
    if not content.strip():
        raise FileRefused(Finding.EMPTY_FILE)
    if len(content) > MAX_FILE_BYTES:
        raise FileRefused(Finding.FILE_TOO_BIG, most=MAX_FILE_BYTES)
    packed = next((kind for signature, kind in _PACKED.items() if content.startswith(signature)), None)
    if packed is None and not may_be_zip and content.startswith(ZIP):
        packed = "zip"
    if packed is not None:
        raise FileRefused(Finding.PACKED_FILE, value=packed)


def encodings_of(content: bytes, encodings: Sequence[str]) -> list[str]:
    """Those in which the bytes are text at all, in the order given.

    Nothing after the text's own header tells cp1251 from cp866: whoever calls knows words that must stand in it. A NUL
    is no character of a text (UTF-16, or a binary file). Raises FileRefused for a line that is too long.
    """
    return [] if b"\0" in content else [one for one in encodings if _odd_characters(content, one) is not None]


def best_encoding(content: bytes, encodings: Sequence[str]) -> str:
    """The encoding that leaves the fewest odd characters, the earlier one among equals: what is cp866 reads as cp1251
    too, but not as Russian. Raises FileRefused."""
    odd = {} if b"\0" in content else {one: _odd_characters(content, one) for one in encodings}
    found = sorted((count, encodings.index(one), one) for one, count in odd.items() if count is not None)
    if not found:
        raise FileRefused(Finding.UNREADABLE_TEXT, value=", ".join(encodings))
    return "utf-8" if odd.get("utf-8") is not None else found[0][2]


def _odd_characters(content: bytes, encoding: str) -> int | None:
    """How many; None: it is no text of this encoding."""
    try:
        return sum(len(_ODD.findall(text)) for text in _blocks(content, encoding))
    except UnicodeDecodeError:
        return None


def _blocks(content: bytes, encoding: str) -> Iterator[str]:
    """The text, some lines at a time: the whole of it would take twice the memory of the file, or four times.

    In every encoding that is known here the ends of lines are bytes of their own. Raises UnicodeDecodeError, and
    FileRefused for a line that is too long.
    """
    at = len(BOM) if encoding == "utf-8" and content.startswith(BOM) else 0
    while at < len(content):
        end = _BLOCK_END.search(content, at + _BLOCK_BYTES)
        behind = len(content) if end is None else end.end()
        if behind - at > 2 * _BLOCK_BYTES:
            number = len(_LINE_END_BYTES.findall(content, 0, at + _BLOCK_BYTES)) + 1
            raise FileRefused(Finding.LINE_TOO_LONG, line=number, most=MAX_LINE_CHARS)
        yield content[at:behind].decode(encoding)
        at = behind


def lines_of(content: bytes, encoding: str) -> Iterator[str]:
    """Physical lines without their ends, one after another. Raises FileRefused for too many or too long ones."""
    before = 0
    for text in _blocks(content, encoding):
        lines = _LINE_END.split(text)
        if not lines[-1]:
            lines.pop()  # what stands behind the end of the last line
        for number, line in enumerate(lines, before + 1):
            if number > MAX_LINES:
                raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_LINES)
            if len(line) > MAX_LINE_CHARS:
                raise FileRefused(Finding.LINE_TOO_LONG, line=number, most=MAX_LINE_CHARS)
            yield line
        before += len(lines)


def ends_a_line(content: bytes) -> bool:
    """Whether the last line has its end: one without may have been cut."""
    return content.endswith((b"\n", b"\r"))


def with_last(given: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Each, and whether it is the last one."""
    held: list[T] = []
    for one in given:
        if held:
            yield held.pop(), False
        held.append(one)
    for one in held:
        yield one, True


def amount_from(text: str, field: str, *, in_kopecks: bool = False) -> int:
    """Kopecks of "450.00", "450,5", "1 234,56", "-450"; or of whole kopecks. Raises LineRejected."""
    plain = _SPACES.sub(" ", text.strip())
    found = _AMOUNT.fullmatch(plain)
    if found is None or (in_kopecks and found[3] is not None):
        raise LineRejected(Finding.BAD_AMOUNT, field, text)
    whole = int(found[2].replace(" ", ""))
    kopecks = whole if in_kopecks else whole * 100 + int((found[3] or "").ljust(2, "0"))
    if kopecks > MAX_KOPECKS:
        raise LineRejected(Finding.BAD_AMOUNT, field, text)
    return -kopecks if found[1] == "-" else kopecks


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """``DD-MM-YYYY`` -> the expression for it."""
    parts = _TOKEN.split(form)
    # Where no sign stands between them, only whole pairs of digits tell where one ends.
    digits = _DIGITS if all(parts[1:-1]) else _PAIRS
    rest = zip(_TOKEN.findall(form), parts[1:], strict=True)
    return re.compile(re.escape(parts[0]) + "".join(digits[token] + re.escape(sign) for token, sign in rest))


def date_from(text: str, form: str, field: str) -> date:
    """A day written as ``form`` (DD, MM, YYYY or YY, signs between) or as ISO 8601. Raises LineRejected."""
    plain = text.strip()
    found = _pattern(form).fullmatch(plain) or _ISO_DATE.fullmatch(plain)
    day = None
    if found is not None:
        named = found.groupdict()
        try:
            day = date(int(named.get("YYYY") or f"20{named['YY']}"), int(named["MM"]), int(named["DD"]))
        except ValueError:
            day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise LineRejected(Finding.BAD_DATE, field, text)
    return day


def time_from(text: str, field: str) -> str:
    """``10-15-02``, ``10:15`` -> ``10:15:02``. Raises LineRejected."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise LineRejected(Finding.BAD_DATE, field, text)
    return f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}"


def period_from(text: str, form: str, field: str) -> str:
    """A month written as ``form``: ``MMYY`` of ``1026`` -> ``2026-10``. Raises LineRejected."""
    plain = text.strip()
    if form.startswith("MM") and plain.isdecimal() and len(plain) == len(form) - 1:
        plain = f"0{plain}"  # spreadsheets drop the zero of 0926
    found = _pattern(form).fullmatch(plain)
    named = found.groupdict() if found else {}
    month = int(named.get("MM") or 0)
    if not 1 <= month <= 12:
        raise LineRejected(Finding.BAD_PERIOD, field, text)
    return f"{named.get('YYYY') or '20' + named['YY']}-{month:02d}"


def identity_of(key: str) -> bytes:
    """What tells an event key from every other of its file, in sixteen bytes instead of a hundred characters."""
    return bytes.fromhex(key[-_DIGEST_CHARS:])


def event_key(prefix: str, *shown: str, hidden: str = "") -> str:
    """The event key of a payment, the same for the same identity: readable as far as it may be long, then a hash.

    ``hidden`` takes part in the hash alone: names of payers do not belong into keys.
    """
    whole = "\x1f".join((*shown, hidden))
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST_CHARS]
    head = ":".join((prefix, *(part for part in shown if part)))[: MAX_NAME_CHARS - len(digest) - 1]
    return f"{head}:{digest}"
