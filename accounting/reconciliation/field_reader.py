"""Reading one JSON object of a foreign receipt by tags, whatever the dialect; what was not read is known at the end."""

from collections.abc import Iterator
from decimal import Decimal
from enum import IntEnum
from typing import Final, TypeAlias, TypeVar

import msgspec

from accounting.receipts.money import MICRO
from accounting.reconciliation.dialect_fields import Names
from accounting.reconciliation.import_findings import Note, NoteKind, Reason, Refused
from accounting.reconciliation.receipt_texts import printable_text

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"
Code = TypeVar("Code", bound=IntEnum)

MAX_RECEIPT_KOPECKS: Final = 9_999_999_999
"""99 999 999.99 roubles, the limit of a line and of a receipt (receipt-rules, 4.3)."""
MAX_QUANTITY_MICRO: Final = 10**9 * MICRO
_MICRO_DIGITS: Final = 6

_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)
"""A number with a point keeps its text: 0.876 is never a binary fraction."""


def decode_object(line: bytes) -> dict[str, Json]:
    """The JSON object that a line holds. Raises Refused where it holds none."""
    try:
        value: Json = _decoder.decode(line)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Refused("", Reason.NOT_JSON, str(error)) from None
    if not isinstance(value, dict):
        raise Refused("", Reason.NOT_RECEIPT)
    return value


def is_stub(value: Json) -> bool:
    """Services write an absent field as null, an empty text or an empty list as often as they leave it out."""
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


class FieldReader:
    """The fields of one object. ``path`` goes before their names in what the user reads: ``items[2].``"""

    def __init__(self, fields: dict[str, Json], names: Names, path: str = "") -> None:
        self._fields = fields
        self._names = names
        self._path = path
        self._read: set[str] = set()
        self.notes: list[Note] = []

    def name(self, tag: int) -> str:
        """The name of the tag as this object writes it, else its newest name."""
        return self.name_of(self._names[tag])

    def name_of(self, names: tuple[str, ...]) -> str:
        """As ``name``, for names given."""
        present = (name for name in names if not is_stub(self._fields.get(name)))
        return self._path + next(present, names[0])

    def value(self, tag: int) -> Json:
        """The value of the tag under any of its names; None where absent. Raises Refused if the names disagree."""
        return self.pick(self._names[tag])

    def pick(self, names: tuple[str, ...]) -> Json:
        """As ``value``, for names given. A zero under one name gives way to a number under another: it is a stub."""
        chosen: Json = None
        for name in names:
            self._read.add(name)
            value = self._fields.get(name)
            if is_stub(value) or value == chosen:
                continue
            if chosen is None or _is_zero(chosen):
                chosen = value
            elif not _is_zero(value):
                raise Refused(self._path + name, Reason.CONFLICT, f"{chosen} / {value}")
        return chosen

    def number(self, tag: int) -> int | None:
        """A whole number."""
        value = self.value(tag)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(self.name(tag), Reason.NOT_CODE, str(value))
        return value

    def code(self, tag: int, kind: type[Code]) -> Code | None:
        """A value of an enumeration."""
        number = self.number(tag)
        if number is None:
            return None
        try:
            return kind(number)
        except ValueError:
            raise Refused(self.name(tag), Reason.NOT_CODE, str(number)) from None

    def kopecks(self, tag: int) -> int | None:
        """A sum of money, kopecks, 0 to MAX_RECEIPT_KOPECKS."""
        value = self.value(tag)
        return None if value is None else amount_kopecks(value, self.name(tag))

    def quantity_micro(self, tag: int) -> int | None:
        """A quantity in millionths, above 0, exact."""
        value = self.value(tag)
        return None if value is None else exact_micro(value, self.name(tag))

    def text(self, tag: int, limit: int) -> str | None:
        """A text of the receipt, in its characters; a replacement of typography leaves a note."""
        value = self.value(tag)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Refused(self.name(tag), Reason.NOT_TEXT, str(value))
        text = printable_text(value, limit, self.name(tag))
        if text != value.strip():
            self.notes.append(Note(NoteKind.TEXT_REPLACED, self.name(tag), value))
        return text or None

    def texts(self, tag: int, limit: int) -> tuple[str, ...]:
        """A repeatable text: written as one text or as a list."""
        value = self.value(tag)
        found: list[str] = []
        for item in value if isinstance(value, list) else [] if value is None else [value]:
            if not isinstance(item, str):
                raise Refused(self.name(tag), Reason.NOT_TEXT, str(item))
            if item.strip():
                found.append(printable_text(item, limit, self.name(tag)))
        return tuple(found)

    def inner(self, tag: int, names: Names) -> "FieldReader | None":
        """The object that the tag holds."""
        value = self.value(tag)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Refused(self.name(tag), Reason.NOT_OBJECT, str(value))
        return FieldReader(value, names, f"{self.name(tag)}.")

    def objects(self, tag: int, names: Names) -> "Iterator[FieldReader]":
        """The objects in the list that the tag holds; a single object counts as a list of one."""
        value = self.value(tag)
        if value is not None and not isinstance(value, list | dict):
            raise Refused(self.name(tag), Reason.NOT_LIST, str(value))
        items = value if isinstance(value, list) else [] if value is None else [value]
        for index, item in enumerate(items, 1):
            path = f"{self.name(tag)}[{index}]"
            if not isinstance(item, dict):
                raise Refused(path, Reason.NOT_OBJECT, str(item))
            yield FieldReader(item, names, f"{path}.")

    def skip(self, names: frozenset[str]) -> None:
        """Counts fields as read that have no place in our receipt and need none."""
        self._read |= names

    def leftovers(self) -> list[Note]:
        """The notes so far, and one on each field that nobody read, with its value."""
        unread = [
            Note(NoteKind.FIELD_NOT_KEPT, self._path + name, str(value))
            for name, value in self._fields.items()
            if name not in self._read and not is_stub(value)
        ]
        return [*self.notes, *unread]


def _is_zero(value: Json) -> bool:
    return isinstance(value, int | Decimal) and value == 0


def amount_kopecks(value: Json, field: str) -> int:
    """``value`` as kopecks. Raises Refused for fractions, texts, negative and excessive sums."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_RECEIPT_KOPECKS:
        raise Refused(field, Reason.NOT_AMOUNT, str(value)[:40])
    return value


def exact_micro(value: Json, field: str) -> int:
    """``value`` in millionths. Raises Refused for a seventh digit, for 0 and below, and beyond the bound."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused(field, Reason.NOT_QUANTITY, str(value)[:40])
    exact = Decimal(value)
    # The order of magnitude first: 1E1000000 must not be written out in digits.
    if not exact.is_finite() or exact <= 0 or exact.adjusted() > 9:
        raise Refused(field, Reason.NOT_QUANTITY, str(value)[:40])
    _, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # finite
    mantissa, shift = int("".join(map(str, digits))), exponent + _MICRO_DIGITS
    # A divisor longer than the digits themselves only says that something is left over.
    scale: int = 10 ** min(abs(shift), len(digits) + 1) if shift < 0 else 10**shift
    micro, rest = divmod(mantissa, scale) if shift < 0 else (mantissa * scale, 0)
    if rest or not 0 < micro <= MAX_QUANTITY_MICRO:
        raise Refused(field, Reason.NOT_QUANTITY, str(value)[:40])
    return micro
