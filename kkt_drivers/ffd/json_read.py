"""A document out of JSON: that of the tax service, of operators, and of services that read receipts for buyers. FFD 6.

Names of every era are known, and the oddities: a Cyrillic first letter in ``correctionBase``, one object where a list
is meant and the other way round, flags as true and false, bit sets as lists of bit numbers from 1, ``code`` or
``receiptCode``, ISO text for times, a sign of four bytes or of six, signs spoilt to floats.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from accounting.receipts.codes import DocumentForm
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.composition import FN_HEAD
from kkt_drivers.ffd.envelope import Envelope, open_envelope
from kkt_drivers.ffd.forms import FORM_BY_JSON_NAME, REGISTRATIONS
from kkt_drivers.ffd.json_names import NOT_REQUISITES, tag_of
from kkt_drivers.ffd.json_write import FISCAL_SIGN, TAIL_NAME
from kkt_drivers.ffd.tags import STRUCTURES, TAGS, TagType
from kkt_drivers.ffd.tree import Node, decode_document, encode_node
from kkt_drivers.ffd.values import Scalar

_QUANTITY_DECIMALS = 255  # their count is one byte, and a document may have any
_QUANTITY_DIGITS = 24
"""More than 8 bytes can hold, and few enough to calculate with."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time has no zone
_FORM_CODES = frozenset(int(form.code) for form in FORM_BY_JSON_NAME.values())


def document_from_json(data: Mapping[str, Any], *, strict: bool = True) -> Node:
    """The document under the one key that names it; keys of the service around it are passed over.

    With ``rawData`` the result is what those bytes say, and strictly every other field must agree with them; without it
    the document is put together from the fields, the FN's own first. Not strict: unknown names and contradictions are
    passed over. Raises CodecError naming the field.
    """
    names = [name for name in data if name in FORM_BY_JSON_NAME]
    if len(names) != 1 or not isinstance(data[names[0]], Mapping):
        raise CodecError("one key must name the document: " + ", ".join(FORM_BY_JSON_NAME))
    form = FORM_BY_JSON_NAME[names[0]].code
    fields: Mapping[str, Any] = data[names[0]]
    code = fields.get("code", fields.get("receiptCode", int(form)))
    if code != form:
        raise CodecError(f"code {code!r} is not that of {names[0]}")
    raw = _raw(fields)
    if raw is not None and not strict:
        return decode_document(raw.document, strict=False)
    nodes = list(_nodes(fields, form, fields.get("fiscalDocumentFormatVer"), strict=strict))
    if form is not DocumentForm.OPERATOR_CONFIRMATION:
        places = {tag: place for place, tag in enumerate(FN_HEAD)}
        nodes.sort(key=lambda node: places.get(node.tag, len(places)))
    document = Node(int(form), tuple(nodes))
    encode_node(document)  # a number that does not fit its tag is refused here, with the tag
    return document if raw is None else _agreed(document, raw)


def envelope_from_json(data: Mapping[str, Any]) -> Envelope | None:
    """``rawData`` opened: document, sign and container head; None when there is none."""
    inside = next((value for name, value in data.items() if name in FORM_BY_JSON_NAME), None)
    return _raw(inside) if isinstance(inside, Mapping) else None


def _raw(fields: Mapping[str, Any]) -> Envelope | None:
    text = fields.get("rawData")
    if not text:
        return None
    if not isinstance(text, str):
        raise CodecError("rawData is base64 text")
    try:
        return open_envelope(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        if isinstance(error, CodecError):
            raise
        raise CodecError("rawData is not base64") from None


def _agreed(built: Node, raw: Envelope) -> Node:
    """The document of ``rawData``. Raises CodecError when a field is not in it."""
    document = decode_document(raw.document)
    if document.tag != built.tag:
        raise CodecError("rawData holds a document of another form", tag=document.tag)
    for tag in {node.tag for node in built.children}:
        if not _alike(built.all(tag), document.all(tag)):
            raise CodecError("rawData contradicts this field", tag=tag)
    return document


def _alike(ours: tuple[Node, ...], theirs: tuple[Node, ...]) -> bool:
    return len(ours) == len(theirs) and all(map(_same, ours, theirs))


def _same(ours: Node, theirs: Node) -> bool:
    if isinstance(ours.value, tuple):
        return all(_alike(ours.all(tag), theirs.all(tag)) for tag in {node.tag for node in ours.value})
    if isinstance(ours.value, str) and isinstance(theirs.value, str):
        return ours.value.rstrip(" ") == theirs.value.rstrip(" ")
    if ours.tag == FISCAL_SIGN and isinstance(ours.value, bytes) and isinstance(theirs.value, bytes):
        return ours.value[2:] == theirs.value[2:]  # the first two bytes may have been ours
    return ours.value == theirs.value


def _nodes(fields: Mapping[str, Any], place: int, version: object, *, strict: bool) -> Iterable[Node]:
    for name, value in fields.items():
        if value is None or value == [] or (place in _FORM_CODES and name in NOT_REQUISITES):
            continue
        tag = tag_of(name, place, version)
        if tag is None or (name == TAIL_NAME and place == 1068):
            if strict and name != TAIL_NAME:
                raise CodecError(f"field {name!r} is no requisite of {place}")
            continue
        yield from _of_field(tag, value, place, version, strict=strict)


def _of_field(tag: int, value: object, place: int, version: object, *, strict: bool) -> Iterable[Node]:
    info = TAGS.get(tag)
    if isinstance(value, list):
        if info is not None and info.type is TagType.BITS:
            yield Node(tag, _bits(tag, value))
            return
        for one in value:
            yield from _of_field(tag, one, place, version, strict=strict)
    elif isinstance(value, Mapping):
        if tag not in STRUCTURES:
            raise CodecError("an object stands where a value is meant", tag=tag)
        tail = value.get(TAIL_NAME) if tag == 1068 else None
        inside = tuple(_nodes(value, tag, version, strict=strict))
        yield Node(tag, inside, tail=tail.encode("cp866", "replace") if isinstance(tail, str) else b"")
    else:
        yield Node(tag, _scalar(tag, value, place))


def _bits(tag: int, numbers: list[object]) -> int:
    if not all(isinstance(number, int) and 1 <= number <= 32 for number in numbers):
        raise CodecError("a list of bits has numbers from 1 to 32", tag=tag)
    return sum({1 << (number - 1) for number in numbers if isinstance(number, int)})


def _scalar(tag: int, value: object, place: int) -> Scalar:
    info = TAGS.get(tag)
    if tag == FISCAL_SIGN:
        return _fiscal_sign(value, place)
    if info is None or info.type in (TagType.BYTES, TagType.PRINT_ONLY, TagType.STRUCTURE):
        return _base64(tag, value)
    if info.type is TagType.STRING:
        if not isinstance(value, str):
            raise CodecError(f"text is meant, not {value!r}", tag=tag)
        return value.rstrip(" ") if info.padded else value
    if info.type is TagType.FVLN:
        return _decimal(tag, value)
    if info.type is TagType.UNIXTIME:
        return _moment(tag, value)
    return _integer(tag, value)


def _integer(tag: int, value: object) -> int:
    """Whole numbers, also as 5.0; true and false."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or value < 0:
        raise CodecError(f"a whole number is meant, not {value!r}", tag=tag)
    return int(value)


def _decimal(tag: int, value: object) -> Decimal:
    try:
        number = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        raise CodecError(f"a quantity is meant, not {value!r}", tag=tag) from None
    digits, exponent = number.as_tuple()[1:]
    if not isinstance(exponent, int) or number < 0:
        raise CodecError(f"a quantity is meant, not {value!r}", tag=tag)
    if len(digits) > _QUANTITY_DIGITS or not -_QUANTITY_DECIMALS <= exponent <= _QUANTITY_DIGITS:
        raise CodecError(f"a quantity fits into 8 bytes, and {str(value)[:40]} does not", tag=tag)
    return number.normalize() if number else Decimal(0)


def _moment(tag: int, value: object) -> datetime:
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise CodecError(f"a time is meant, not {value!r}", tag=tag) from None
        if found.tzinfo is not None:
            raise CodecError("a time with a zone does not say what the clock of the place showed", tag=tag)
        return found
    seconds = _integer(tag, value)
    if seconds > 0xFFFFFFFF:
        raise CodecError(f"{seconds} does not fit into 4 bytes", tag=tag)
    return _EPOCH + timedelta(seconds=seconds)


def _fiscal_sign(value: object, place: int) -> bytes:
    """Six bytes; of a printed number the first two are those seen in real documents (FFD 5)."""
    number = _integer(FISCAL_SIGN, value)
    if number >> 48:
        raise CodecError("a fiscal sign has 6 bytes", tag=FISCAL_SIGN)
    if number >> 32:
        return number.to_bytes(6, "big")
    return (b"\x21\x04" if place in REGISTRATIONS else b"\x31\x04") + number.to_bytes(4, "big")


def _base64(tag: int, value: object) -> bytes:
    if not isinstance(value, str):
        raise CodecError(f"base64 text is meant, not {value!r}", tag=tag)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("the text is not base64", tag=tag) from None
