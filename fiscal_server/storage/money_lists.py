"""What came in and what was ordered, of one merchant or of many as one list: pages in both directions, and sums."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from accounting.reconciliation.incoming.received import Outcome
from fiscal_server.storage.batches import BatchCounts
from fiscal_server.storage.imports import ImportLineRow, ImportRow
from fiscal_server.storage.pool import ReadConnection, one_row
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.walking import FEW_MERCHANTS, in_index_order

SQL = load_queries("money_lists")
_OLDEST_FIRST: Final = {name: text.replace(" desc", "") for name, text in SQL.items()}

COUNT_MAX: Final = 10_000
"""Rows that are added up for a list's totals; a longer list is told as longer."""
LAST_ID: Final = (1 << 63) - 1
NOBODYS: Final = "unidentified"
"""In place of an outcome: payments whose account was not found."""
_LINES_APART: Final = {Outcome.REJECTED.value: "next_rejected_lines", NOBODYS: "next_nobodys_lines"}
DOCUMENTS_COUNTED: Final = 20
"""Orders of more documents than this say in their own card how these stand: a list has fifty orders."""


class Span(msgspec.Struct, frozen=True):
    """Of the merchants' rows those from ``first_id`` to below ``end_id``, ``limit`` of them, in the order asked."""

    merchants: list[int]
    first_id: int = 1
    end_id: int = LAST_ID
    limit: int = COUNT_MAX
    oldest_first: bool = False


class ListedBatch(msgspec.Struct, frozen=True):
    """A batch of one of the merchants."""

    merchant_id: int
    counts: BatchCounts

    @property
    def id(self) -> int:
        """The batch's own."""
        return self.counts.id


class ListedCorrection(msgspec.Struct, frozen=True):
    """An order to correct or to restore, with the documents that it issues."""

    merchant_id: int
    id: int
    kind: str
    created_at: datetime
    receipt_ids: list[int]


class ListedJob(msgspec.Struct, frozen=True):
    """A restoration of many events."""

    merchant_id: int
    id: int
    dry_run: bool
    state: str
    events: int
    done: int
    known: int
    refused: int
    documents: int
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class ImportSums(msgspec.Struct, frozen=True):
    """Of the newest imports of a list, ``COUNT_MAX`` of them at the most."""

    rows: int
    payments: int
    kopecks: int
    receipts: int


class BatchSums(msgspec.Struct, frozen=True):
    """Of the newest batches of a list, likewise."""

    rows: int
    events: int
    receipts: int


async def _next(db: ReadConnection, of_many: str, of_few: str, span: Span, *more: Any) -> list[Any]:
    queries = _OLDEST_FIRST if span.oldest_first else SQL
    query = queries[of_few if len(span.merchants) <= FEW_MERCHANTS else of_many]
    await in_index_order(db)
    return list(await db.fetch(query, span.merchants, span.first_id, span.end_id, span.limit, *more))


async def list_imports_of(
    db: ReadConnection, span: Span, kind: str | None, needs_looking: bool | None
) -> list[ImportRow]:
    """Imports, of a kind and with (or without) lines that a person should look at if asked."""
    rows = await _next(db, "next_imports", "next_imports_of_few", span, kind, needs_looking)
    return [ImportRow(**dict(row.items())) for row in rows]


async def list_batches_of(db: ReadConnection, span: Span) -> list[ListedBatch]:
    """Batches; those of imports among them."""
    rows = await _next(db, "next_batches", "next_batches_of_few", span)
    return [ListedBatch(merchant, BatchCounts(*counts)) for merchant, *counts in rows]


async def list_corrections_of(db: ReadConnection, span: Span, kind: str | None) -> list[ListedCorrection]:
    """Orders to correct and to restore, of one kind if asked."""
    return [
        ListedCorrection(*row) for row in await _next(db, "next_corrections", "next_corrections_of_few", span, kind)
    ]


async def states_of_orders(db: ReadConnection, orders: Sequence[ListedCorrection]) -> dict[int, dict[str, int]]:
    """Documents by state of the orders that have few of them, by order."""
    found: dict[int, dict[str, int]] = {one.id: {} for one in orders if len(one.receipt_ids) <= DOCUMENTS_COUNTED}
    asked = [(one.id, one.merchant_id, receipt) for one in orders if one.id in found for receipt in one.receipt_ids]
    if asked:
        for row in await db.fetch(SQL["states_of_orders"], *map(list, zip(*asked, strict=True))):
            found[row["order_id"]][row["state"]] = row["receipts"]
    return found


async def list_jobs_of(db: ReadConnection, span: Span) -> list[ListedJob]:
    """Restorations of many events."""
    return [ListedJob(*row) for row in await _next(db, "next_jobs", "next_jobs_of_few", span)]


async def add_up_imports(db: ReadConnection, span: Span, kind: str | None, needs_looking: bool | None) -> ImportSums:
    """What imports of these conditions add up to."""
    arguments = (span.merchants, span.first_id, span.end_id, COUNT_MAX, kind, needs_looking)
    return ImportSums(*await one_row(db, SQL["add_up_imports"], *arguments))


async def add_up_batches(db: ReadConnection, span: Span) -> BatchSums:
    """What batches add up to."""
    return BatchSums(*await one_row(db, SQL["add_up_batches"], span.merchants, span.first_id, span.end_id, COUNT_MAX))


async def count_orders(db: ReadConnection, span: Span, kind: str | None, *, jobs: bool) -> int:
    """Orders (``jobs``: restorations of many events) of a list, ``COUNT_MAX`` of them at the most."""
    arguments = (span.merchants, span.first_id, span.end_id, COUNT_MAX)
    if jobs:
        return int(await db.fetchval(SQL["count_jobs"], *arguments))
    return int(await db.fetchval(SQL["count_orders"], *arguments, kind))


async def list_lines_of(
    db: ReadConnection, merchant_id: int, import_id: int, wanted: str | None, *,
    first: int = 0, end: int = (1 << 31) - 1, limit: int, backwards: bool = False,
) -> list[ImportLineRow]:  # fmt: skip
    """Lines of an import from line ``first`` to below ``end``; ``wanted``: an outcome, or NOBODYS."""
    arguments: list[Any] = [merchant_id, import_id, first, end, limit]
    name = _LINES_APART.get(wanted or "")
    if name is None:
        name = "next_lines"
        arguments.append([wanted] if wanted else [one.value for one in Outcome])
    query = SQL[name].replace("order by line", "order by line desc") if backwards else SQL[name]
    await in_index_order(db)
    return [ImportLineRow(**dict(row.items())) for row in await db.fetch(query, *arguments)]


async def still_in_suspense(db: ReadConnection, merchant_id: int, payments: Sequence[str]) -> dict[str, int]:
    """Those of the payments (event keys) that are still nobody's, with the kopecks that are left."""
    rows = await db.fetch(SQL["still_in_suspense"], merchant_id, list(payments))
    return {row["payment"]: row["kopecks"] for row in rows}
