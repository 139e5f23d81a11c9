"""JSON to a document, or what is wrong with it in the vendor's words: the kind of the rule and the place.

The kinds are those of the JSON schema validator whose words the vendor's sandbox shows (``NumberTooSmall``); which one
belongs to which mistake is inferred but for that one.
"""

import re
from typing import Final

import msgspec

from fiscal_server.api.atol_online.documents import DECODERS, Document
from fiscal_server.api.atol_online.errors import BAD_DOCUMENT, BAD_REQUEST, AtolError, fault

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_PARTS: Final = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING: Final = re.compile(r"missing required field `(?P<name>[^`]*)`")
_KINDS: Final = (
    (re.compile(r"of length <="), "TooManyItems", "StringTooLong"),
    (re.compile(r"of length >="), "TooFewItems", "StringTooShort"),
)
_OTHERS: Final = (
    ("matching regex", "PatternMismatch"),
    ("Invalid enum value", "NotInEnumeration"),
    ("`int` >=", "NumberTooSmall"),
    ("`int` <=", "NumberTooBig"),
    ("Invalid decimal", "NumberExpected"),
    ("Expected `decimal", "NumberExpected"),
    ("Expected `int", "IntegerExpected"),
    ("Expected `str", "StringExpected"),
    ("Expected `bool", "BooleanExpected"),
    ("Expected `array", "ArrayExpected"),
    ("Expected `object", "ObjectExpected"),
)


def read_document(version: int, body: bytes, *, correction: bool) -> Document:
    """Raises AtolError 40 when it is no JSON object, 32 when it breaks the types or limits of its version."""
    try:
        document: Document = DECODERS[version, correction].decode(body)
    except msgspec.ValidationError as error:
        raise AtolError(BAD_DOCUMENT, fault(*_kind_and_path(str(error)))) from error
    except _UNREADABLE as error:
        raise AtolError(BAD_REQUEST) from error
    if "\0" in document.external_id:
        raise AtolError(BAD_DOCUMENT, fault("PatternMismatch", "external_id"))
    return document


def _kind_and_path(said: str) -> tuple[str, str]:
    """msgspec's words taken apart."""
    found = _PARTS.match(said)
    assert found is not None
    reason, path = found["reason"], (found["path"] or "$").removeprefix("$").removeprefix(".")
    if missing := _MISSING.search(reason):
        return "PropertyRequired", f"{path}.{missing['name']}" if path else missing["name"]
    for pattern, of_list, of_text in _KINDS:
        if pattern.search(reason):
            return (of_list if "`array`" in reason else of_text), path
    return next((kind for words, kind in _OTHERS if words in reason), "Unknown"), path
