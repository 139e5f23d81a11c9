"""What people did, as a chain of rows that only grows."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("audit", "admin.storage")
_BEGINNING = bytes(32)


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did: to what, what it was before and after, and why."""

    happened_at: datetime
    person_id: int | None
    person: str
    address: str
    action: str
    """Two words with a dot: person.invited."""
    object: str
    merchant_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str | None = None


class AuditRow(Deed, frozen=True, kw_only=True):
    """A deed in its place."""

    number: int


def _hash(previous: bytes, number: int, deed: Deed) -> bytes:
    """Of a row and all before it: SHA-256 over canonical JSON, keys in order, times in UTC."""
    fields = {name: getattr(deed, name) for name in Deed.__struct_fields__}
    fields["happened_at"] = deed.happened_at.timestamp().hex()
    return hashlib.sha256(previous + msgspec.json.encode([number, fields], order="sorted")).digest()


async def one_at_a_time(db: WriteConnection) -> None:
    """From here to the end of the transaction nobody else adds a row."""
    await db.execute(SQL["one_writer"])


async def is_recorded(db: WriteConnection, action: str, number: str) -> bool:
    """Whether one of the last rows tells of what the API did under this number: a form comes twice soon or never."""
    return bool(await db.fetchval(SQL["told_lately"], action, number))


async def record(db: WriteConnection, deed: Deed) -> None:
    """Adds a row; it stays if and only if what was done stays, for both are one transaction."""
    await one_at_a_time(db)
    last = await db.fetchrow(SQL["last_of_chain"])
    number, previous = (last["number"] + 1, last["hash"]) if last else (1, _BEGINNING)
    await db.execute(
        SQL["add_deed"], number, deed.happened_at, deed.person_id, deed.person, deed.address, deed.action,
        deed.merchant_id, deed.object, deed.before, deed.after, deed.reason, previous, _hash(previous, number, deed),
    )  # fmt: skip


async def list_audit(
    db: ReadConnection, *, before: int | None, person: int | None, words: str | None, limit: int
) -> list[AuditRow]:
    """The newest rows before a number."""
    rows = await db.fetch(SQL["list_deeds"], before, person, words or None, limit)
    return [AuditRow(**dict(row)) for row in rows]


async def broken_links(db: ReadConnection) -> list[int]:
    """Numbers at which the chain does not hold: a row was changed, or one is missing before it."""
    return list(_broken([dict(row) for row in await db.fetch(SQL["whole_chain"])]))


def _broken(rows: list[dict[str, Any]]) -> Iterator[int]:
    expected, before = 1, _BEGINNING
    for row in rows:
        number, previous, kept = row.pop("number"), row.pop("previous_hash"), row.pop("hash")
        if (number, previous) != (expected, before) or _hash(previous, number, Deed(**row)) != kept:
            yield number
        expected, before = number + 1, kept
