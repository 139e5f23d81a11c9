"""Which tags a document or a structure must, may and must not have, and who writes each. FFD 3.1-3.8, 1.1.

Letters of the table: M mandatory, C conditional (must be there in the cases that the notes give), O optional;
``p`` printed form only, ``e`` electronic form only, ``X/pY`` X electronically and Y on paper; ``S`` the electronic and
the printed form differ and the source flattened them (then the 1.05 obligation is taken); ``?`` a member of the
structure whose obligation was not published.

What stands here for 1.1 and 1.2 comes from one source, which writes "optional" where the two forms differ.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.ffd.forms import REGISTRATIONS
from kkt_drivers.ffd.tags import TAGS


class Obligation(StrEnum):
    """Of a tag in the electronic form of a document."""

    MANDATORY = "M"
    CONDITIONAL = "C"
    OPTIONAL = "O"
    UNKNOWN = "?"
    PRINTED = "p"  # never in TLV


class Supplier(StrEnum):
    """Who writes a tag into the document."""

    KKT = "kkt"  # command 07h
    FN = "fn"  # its memory, its counters, the arguments of its commands
    OFD = "ofd"


class Rule(msgspec.Struct, frozen=True):
    """One cell of the composition tables. ``inferred``: the source did not say it of the electronic form."""

    obligation: Obligation
    inferred: bool = False


FN_HEAD = (1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020)
"""An FN writes these itself and first, in this order (real documents)."""

_COLUMNS = {FfdVersion.FFD_1_05: 0, FfdVersion.FFD_1_1: 1, FfdVersion.FFD_1_2: 2}

_BY_FN_IN_REGISTRATION = frozenset((1001, 1002, 1056, 1062, 1101, 1108, 1109, 1110))
_BY_FN_LATER_IN_REGISTRATION = frozenset((1001, 1002, 1056, 1062, 1290, 1207, 1193, 1126, 1221, 1017, 1205, 1108))
_BY_FN_LATER = frozenset((1209, 1190, 1213, 1050, 1051, 1052, 1053, 1206))
_COUNTERS = frozenset((1097, 1098, 1116, 1111, 1118, 1157, 1194, 1158, 2104, 2112, 2113))


@cache
def composition(place: int, version: FfdVersion) -> Mapping[int, Rule]:
    """Tag -> rule for a document form or for a structure's tag; empty when the version does not have it."""
    column = _COLUMNS[version]
    cells = ((number, tag.places[column], tag.places[0]) for number, tag in TAGS.items())
    found: dict[int, Rule] = {}
    for number, cell, cell_1_05 in cells:
        letters = _letters(cell, place)
        if letters is None:
            continue
        if letters == "S":
            found[number] = Rule(_obligation(_letters(cell_1_05, place) or "O"), inferred=True)
        else:
            found[number] = Rule(_obligation(letters))
    return MappingProxyType(found)


def _letters(cell: str, place: int) -> str | None:
    prefix = f"{place}:"
    return next((part.removeprefix(prefix) for part in cell.split() if part.startswith(prefix)), None)


def _obligation(letters: str) -> Obligation:
    electronic, _, printed = letters.partition("/")
    if not printed and electronic.endswith("p"):
        return Obligation.PRINTED
    return Obligation(electronic.removesuffix("e"))


@cache
def places_of(tag: int, version: FfdVersion) -> frozenset[int]:
    """Forms and structures of this version that have the tag."""
    info = TAGS.get(tag)
    cell = "" if info is None else info.places[_COLUMNS[version]]
    return frozenset(int(part.partition(":")[0]) for part in cell.split())


def supplier(tag: int, form: DocumentForm, version: FfdVersion) -> Supplier:
    """Who writes a tag at the top level of a document.

    1.0 and 1.05 from real documents; 1.1 and 1.2 from the code of one KKT core. 1213 and the warnings of later versions
    are inferred.
    """
    if form is DocumentForm.OPERATOR_CONFIRMATION:
        return Supplier.OFD
    later = version is not FfdVersion.FFD_1_05
    if tag in FN_HEAD or tag in _COUNTERS or (later and tag in _BY_FN_LATER):
        return Supplier.FN
    if form in REGISTRATIONS and tag in (_BY_FN_LATER_IN_REGISTRATION if later else _BY_FN_IN_REGISTRATION):
        return Supplier.FN
    return Supplier.KKT
