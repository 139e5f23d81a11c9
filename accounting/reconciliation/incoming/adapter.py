"""The shape of a file as data: one TOML file a format, in the package or written by whoever uses it.

Banks and companies agree on the shape of a payment register each for itself; there is no standard (reconciliation
reference 2.2). So a format is described, not programmed. docs/imports.md says every key with examples.
"""

from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec

from accounting.reconciliation.incoming.purpose import PurposePatterns, common_patterns
from accounting.reconciliation.incoming.received import FileKind, Way

Encoding = Literal["utf-8", "cp1251", "cp866", "koi8-r"]
Field = Literal[
    "date", "time", "operation", "account", "document", "period", "amount", "net", "fee", "payer", "purpose", "way"
]
TotalField = Literal["count", "amount", "net", "fee", "payout_number", "payout_date"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
AdapterId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]
Place = Annotated[int, msgspec.Meta(ge=1, le=16_384)]

_REQUIRED: tuple[Field, ...] = ("date", "amount", "account")


class AdapterError(ValueError):
    """A description that cannot be used; the message names the key."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a value stands: at a position (from 1), between two characters of a line (``start`` from 1, ``length``), or
    under one of several names: of a header, or before the mark of named fields."""

    position: Place | None = None
    start: Place | None = None
    length: Place | None = None
    names: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        if (self.position is not None) + (self.start is not None) + bool(self.names) != 1:
            raise ValueError("a column has one of `position`, `start` with `length`, `names`")
        if (self.start is None) != (self.length is None):
            raise ValueError("`start` and `length` stand together")


class TotalLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The line with the totals: how it begins, where each stands behind that beginning, whether a file must have it."""

    begins: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    columns: dict[TotalField, Column]
    required: bool = True


class Adapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A format. ``source``: whence it is known. ``layout``: values between delimiters, at fixed places, or a table
    with a header (text or XLSX)."""

    id: AdapterId
    title: Name
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    kind: FileKind = "register"
    layout: Literal["delimited", "fixed", "table", "1c"] = "delimited"
    channel: str = ""
    encodings: Annotated[tuple[Encoding, ...], msgspec.Meta(min_length=1)] = ("utf-8", "cp1251")
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ";"
    quoted: bool = False
    comments: tuple[Name, ...] = ()
    named_with: Annotated[str, msgspec.Meta(max_length=3)] = ""
    columns: dict[Field, Column] = {}
    total_line: TotalLine | None = None
    total_words: tuple[Name, ...] = ("итого", "всего")
    date: str = "DD.MM.YYYY"
    period: str = "MMYY"
    amounts: Literal["roubles", "kopecks"] = "roubles"
    way: Way = "bank_transfer"
    ways: dict[str, Way] = {}
    agent_fiscalises: bool = False
    purpose: PurposePatterns = PurposePatterns()

    def __post_init__(self) -> None:
        if (self.kind == "statement") != (self.layout == "1c"):
            raise ValueError("a statement has the layout `1c`, a register has not")
        if self.kind == "statement":
            return
        missing = [field for field in _REQUIRED if field not in self.columns]
        if missing and not (missing == ["account"] and "purpose" in self.columns):
            raise ValueError(f"no column for {', '.join(missing)}")
        if self.layout == "table" and any(not column.names for column in self.columns.values()):
            raise ValueError("columns of a table have `names`")
        if self.layout == "fixed" and any(column.start is None for column in self.columns.values()):
            raise ValueError("columns of fixed places have `start` and `length`")
        if self.layout == "delimited":
            self._check_delimited()
        if not all(sign in self.date for sign in ("DD", "MM", "YY")):
            raise ValueError("`date` needs DD, MM and YY or YYYY")
        if not all(sign in self.period for sign in ("MM", "YY")):
            raise ValueError("`period` needs MM and YY or YYYY")

    def _check_delimited(self) -> None:
        if any(column.start is not None for column in self.columns.values()):
            raise ValueError("columns of delimited values have `position` or `names`")
        if not self.named_with and any(column.names for column in self.columns.values()):
            raise ValueError("columns with `names` need `named_with`, the mark behind a name")

    def patterns(self) -> PurposePatterns:
        """What purposes are read with: the format's own patterns before those of the package."""
        return self.purpose.before(common_patterns())


def parse_adapter(content: bytes, name: str) -> Adapter:
    """A description; ``name`` is said in errors. Raises AdapterError."""
    try:
        return msgspec.toml.decode(content, type=Adapter)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise AdapterError(f"{name}: {' '.join(str(error).split())}") from error


@cache
def packaged_adapters() -> dict[str, Adapter]:
    """The formats of the package by their ids."""
    folder = resources.files("accounting.reconciliation.incoming").joinpath("adapters")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    found = [parse_adapter(one.read_bytes(), one.name) for one in files]
    return {one.id: one for one in found}
