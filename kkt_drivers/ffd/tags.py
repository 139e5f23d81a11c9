"""The tag table of the fiscal document formats as data; see ``data/tags.csv`` for the facts and their sources."""

import csv
import io
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from types import MappingProxyType

import msgspec

from accounting.receipts.codes import DocumentForm


class TagType(StrEnum):
    """How a tag's value is written; the encodings themselves are in ``tlv.py``."""

    BYTE = "byte"
    UINT16 = "uint16"
    UINT32 = "uint32"
    BITS = "bits"
    VLN = "vln"
    FVLN = "fvln"
    UNIXTIME = "unixtime"
    STRING = "string"
    BYTES = "bytes"
    STRUCTURE = "stlv"
    PRINT_ONLY = "print_only"  # never travels as a TLV


class Tag(msgspec.Struct, frozen=True):
    """One row of the table. ``length``: bytes of the value, exact when ``fixed``, else the most; None: unknown."""

    number: int
    identifier: str
    type: TagType
    fixed: bool
    length: int | None
    padded: bool  # with spaces on the right
    parents: tuple[int, ...]  # structures it may stand in; empty: the document itself
    name: str = ""  # Russian, as the order calls it
    length_seen: int | None = None  # greatest length that any source gives, when above ``length``
    places: tuple[str, str, str] = ("", "", "")  # "place:obligation ..." in FFD 1.05, 1.1, 1.2; see composition.py
    json_names: tuple[str, ...] = ()  # the one we write first
    values: str = ""  # "1=...;2=..." or "bit0=..."; read by meanings.py
    one_source: bool = False


def _load() -> Mapping[int, Tag]:
    text = resources.files("kkt_drivers.ffd.data").joinpath("tags.csv").read_text(encoding="utf-8")
    tags: dict[int, Tag] = {}
    for row in csv.DictReader(io.StringIO(text)):
        number = int(row["tag"])
        tags[number] = Tag(
            number=number,
            identifier=row["identifier"],
            type=TagType(row["type"]),
            fixed=row["length_kind"] == "fixed",
            length=int(row["length"]) if row["length"] else None,
            padded=row["padding"] == "right",
            parents=tuple(map(int, row["parents"].split())),
            name=row["name"],
            length_seen=int(row["length_seen"]) if row["length_seen"] else None,
            places=(row["ffd_1_05"], row["ffd_1_1"], row["ffd_1_2"]),
            json_names=tuple(name for name in (row["json"], *row["json_old"].split("/")) if name),
            values=row["values"],
            one_source=row["status"] == "one source",
        )
    return MappingProxyType(tags)


TAGS: Mapping[int, Tag] = _load()
"""Every known tag by its number."""

STRUCTURES: frozenset[int] = frozenset(
    [number for number, tag in TAGS.items() if tag.type is TagType.STRUCTURE] + [int(form) for form in DocumentForm]
)
"""Tags whose value is a list of TLVs; the form codes belong to them: each is the tag of a document's outer STLV."""
