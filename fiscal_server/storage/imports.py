"""Bank statements and payment registers that were taken in: a row an import, a row a line of its file."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("imports")


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """An import with its counts; amounts in kopecks. ``totals``: JSON of accounting's ``TotalCheck``."""

    merchant_id: int
    id: int
    kind: str
    adapter: str
    channel: str
    file_name: str
    file_hash: bytes
    repeat: int
    payout: str | None
    batch_id: int | None
    lines: int
    payments: int
    payments_kopecks: int
    unidentified: int
    duplicates: int
    duplicates_kopecks: int
    rejected: int
    skipped: int
    receipts: int
    totals: Any
    created_at: datetime


class ImportLineRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line of a file and what became of it. ``account`` None: none of ``named_accounts`` is an account."""

    merchant_id: int
    import_id: int
    line: int
    outcome: str
    code: str | None
    field: str | None
    value: str | None
    event_key: str | None
    account: str | None
    named_accounts: list[str]
    period: str | None
    paid_on: date | None
    amount_kopecks: int | None
    fee_kopecks: int | None
    document: str | None
    payer: str | None
    purpose: str | None
    evidence: list[str]
    receipt_ids: list[int]


class EarlierImport(msgspec.Struct, frozen=True):
    """An import of the same bytes."""

    id: int
    kind: str
    adapter: str
    channel: str
    repeat: int


async def hold_imports(db: WriteConnection, merchant_id: int) -> None:
    """Wait until no other import of the merchant is under way; holds until the end of the transaction."""
    await db.execute(SQL["hold_imports"], merchant_id)


async def find_imports_of_file(
    db: ReadConnection | WriteConnection, merchant_id: int, file_hash: bytes
) -> list[EarlierImport]:
    """Earlier imports of a file, the first one first."""
    return [EarlierImport(*row.values()) for row in await db.fetch(SQL["find_imports_of_file"], merchant_id, file_hash)]


async def find_import_of_payout(db: WriteConnection, merchant_id: int, channel: str, payout: str) -> int | None:
    """The import of the register behind a payout."""
    row = await db.fetchrow(SQL["find_import_of_payout"], merchant_id, channel, payout)
    return None if row is None else row["id"]


async def known_accounts(db: WriteConnection, merchant_id: int, codes: Collection[str]) -> set[str]:
    """Those of the codes that are accounts."""
    return {row["code"] for row in await db.fetch(SQL["known_accounts"], merchant_id, list(codes))}


async def find_posted(db: WriteConnection, merchant_id: int, keys: Sequence[str]) -> dict[str, bytes | None]:
    """Bodies of the events that have these keys."""
    rows = await db.fetch(SQL["find_posted_payments"], merchant_id, list(keys))
    return {row["key"]: row["body"] for row in rows}


async def add_import(db: WriteConnection, row: ImportRow) -> None:
    """Store an import; its lines go by ``add_import_lines``."""
    await db.execute(SQL["add_import"], *msgspec.structs.astuple(row))


async def add_import_lines(db: WriteConnection, lines: Sequence[ImportLineRow]) -> None:
    """Store lines of an import."""
    await db.copy_records_to_table(
        "import_line",
        schema_name="fiscal",
        columns=ImportLineRow.__struct_fields__,
        records=[msgspec.structs.astuple(line) for line in lines],
    )


async def read_import(db: ReadConnection | WriteConnection, merchant_id: int, import_id: int) -> ImportRow | None:
    """One import."""
    row = await db.fetchrow(SQL["read_import"], merchant_id, import_id)
    return None if row is None else ImportRow(**dict(row.items()))


async def list_imports(db: ReadConnection, merchant_id: int, *, before: int, limit: int) -> list[ImportRow]:
    """Imports with ids below ``before``, newest first."""
    rows = await db.fetch(SQL["list_imports"], merchant_id, before, limit)
    return [ImportRow(**dict(row.items())) for row in rows]


async def list_lines(
    db: ReadConnection, merchant_id: int, import_id: int, outcomes: Sequence[str], *, after: int, limit: int
) -> list[ImportLineRow]:
    """Lines of an import behind line ``after``, in the order of the file."""
    rows = await db.fetch(SQL["list_import_lines"], merchant_id, import_id, after, list(outcomes), limit)
    return [ImportLineRow(**dict(row.items())) for row in rows]


async def read_bodies(db: WriteConnection, merchant_id: int, receipt_ids: Sequence[int]) -> list[bytes]:
    """What receipts hold, packed."""
    rows = await db.fetch(SQL["read_receipt_bodies"], merchant_id, list(receipt_ids))
    return [row["body"] for row in rows]


async def count_receipts(db: ReadConnection, merchant_id: int, import_id: int) -> dict[str, int]:
    """Receipts of an import by state; REGISTERED are those that are no longer in the queue."""
    rows = await db.fetch(SQL["count_import_receipts"], merchant_id, import_id)
    return {row["state"]: row["receipts"] for row in rows}
