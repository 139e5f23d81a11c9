"""Bytes to text, and text to amounts, dates and months: what both kinds of files have in common."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final

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

_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
}
ZIP: Final = b"PK\x03\x04"
"""How archives begin, spreadsheets among them (RFC 1952, RFC 8878, the ZIP, bzip2, RAR and 7z formats)."""

_LINE_END: Final = re.compile("\r\n|\n|\r")
_AMOUNT: Final = re.compile(r"([+-]?)(\d{1,14}|\d{1,3}(?: \d{3}){1,4})(?:[.,](\d{1,2}))?")
_SPACES: Final = re.compile("[\\s\u00a0\u202f]+")
_ISO_DATE: Final = re.compile(r"(?P<YYYY>\d{4})-(?P<MM>\d\d)-(?P<DD>\d\d)")
_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:.-]([0-5]\d)(?:[:.-]([0-5]\d))?(?:\.\d+)?")
_TOKEN: Final = re.compile("YYYY|YY|MM|DD")
_DIGITS: Final = {"YYYY": r"(?P<YYYY>\d{4})", "YY": r"(?P<YY>\d\d)", "MM": r"(?P<MM>\d\d?)", "DD": r"(?P<DD>\d\d?)"}
_PAIRS: Final = {**_DIGITS, "MM": r"(?P<MM>\d\d)", "DD": r"(?P<DD>\d\d)"}
_ODD: Final = re.compile("[^\x00-\x7fА-Яа-яЁё№«»–—−\u00a0\u202f]")
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


def decodings(content: bytes, encodings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(encoding, text) for each encoding in which the bytes are text at all, in the order given.

    Nothing after the text's own header tells cp1251 from cp866: whoever calls knows words that must stand in it. A NUL
    is no character of a text (UTF-16, or a binary file).
    """
    for encoding in encodings:
        try:
            text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            yield encoding, text


def decode(content: bytes, encodings: Sequence[str]) -> tuple[str, str]:
    """(encoding, text) of the encoding that leaves the fewest odd characters, the earlier one among equals: what is
    cp866 reads as cp1251 too, but not as Russian. Raises FileRefused."""
    found = sorted(decodings(content, encodings), key=lambda one: len(_ODD.findall(one[1])))
    if not found:
        raise FileRefused(Finding.UNREADABLE_TEXT, value=", ".join(encodings))
    utf_8 = [one for one in found if one[0] == "utf-8"]
    return (utf_8 or found)[0]


def lines_of(text: str) -> list[str]:
    """Physical lines without their ends. Raises FileRefused for too many or too long ones."""
    lines = _LINE_END.split(text)
    if len(lines) > MAX_LINES:
        raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_LINES)
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_CHARS:
            raise FileRefused(Finding.LINE_TOO_LONG, line=number, most=MAX_LINE_CHARS)
    return lines


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


def event_key(prefix: str, *shown: str, hidden: str = "") -> str:
    """The event key of a payment, the same for the same identity: readable as far as it may be long, then a hash.

    ``hidden`` takes part in the hash alone: names of payers do not belong into keys.
    """
    whole = "\x1f".join((*shown, hidden))
    digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
    head = ":".join((prefix, *(part for part in shown if part)))[: MAX_NAME_CHARS - len(digest) - 1]
    return f"{head}:{digest}"
