"""Columns of a bulk write, by what they are made of; ``_copy.pyx`` writes them."""

from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from accounting.receipts.bulk.rule_tables import PackedTexts
from accounting.receipts.bulk.rule_tables import pack_texts as pack_bytes
from fiscal_server.storage._copy import CopyPlan
from fiscal_server.storage.pool import WriteConnection

Column = tuple[int, int, object]
"""Kind, field of the row, and what the kind needs. A field that holds -1 gives null."""

_POSTGRES_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def bigint(field: int) -> Column:
    """The number itself, -1 included."""
    return (0, field, None)


def amount_or_null(field: int) -> Column:
    """A bigint that is never negative."""
    return (11, field, None)


def integer(field: int) -> Column:
    """int4."""
    return (1, field, None)


def smallint(field: int) -> Column:
    """int2."""
    return (2, field, None)


def day(field: int) -> Column:
    """A date from its ``toordinal()``."""
    return (3, field, None)


def flag(field: int, mask: int) -> Column:
    """A bool: whether the field has that bit."""
    return (4, field, mask)


def text(field: int, texts: PackedTexts) -> Column:
    """A text by its number."""
    return (5, field, texts)


def looked_up(field: int, numbers: Sequence[int]) -> Column:
    """The bigint at that place of a list: the id behind a place."""
    return (6, field, array("q", numbers))


def own(numbers: Sequence[int]) -> Column:
    """A bigint of the row's own, by its place among the rows."""
    return (7, 0, array("q", numbers))


def piece(field: int, data: "bytes | bytearray | memoryview") -> Column:
    """Bytes (or text) from the field's value to the next field's."""
    return (8, field, data)


def same_bigint(value: int) -> Column:
    """One bigint in all rows."""
    return (9, 0, value.to_bytes(8, "big", signed=True))


def same_smallint(value: int) -> Column:
    """One int2 in all rows."""
    return (9, 0, value.to_bytes(2, "big", signed=True))


def same_text(value: str) -> Column:
    """One text in all rows."""
    return (9, 0, value.encode())


def same_flag(value: bool) -> Column:
    """One bool in all rows."""
    return (9, 0, bytes([value]))


def same_moment(value: datetime) -> Column:
    """One timestamptz in all rows."""
    delta = value - _POSTGRES_EPOCH
    microseconds = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    return same_bigint(microseconds)


def ordinal(field: int) -> Column:
    """int4: 0, 1, 2... of the rows that stand together with one value in the field."""
    return (10, field, None)


def pack_texts(values: Iterable[str]) -> PackedTexts:
    """Texts in one piece of memory, for ``text``."""
    return pack_bytes(map(str.encode, values))


async def copy_rows(
    db: WriteConnection, table: str, width: int, columns: dict[str, Column], rows: "array[int] | memoryview"
) -> None:
    """Append the rows to a table of the schema fiscal."""
    if not len(rows):
        return
    # As a memoryview it is sent as it is: bytes would be taken for a path, and a file be read by another thread.
    stream: Any = memoryview(CopyPlan(width, list(columns.values())).encode(rows))
    await db.copy_to_table(table, schema_name="fiscal", columns=list(columns), source=stream, format="binary")
