"""Receipts looked for: pages, exports and counts that cost what they look at, whatever else is stored.

A search that few receipts answer to looks at ``LOOK_MAX`` of them a page at the most; a page may therefore be short, or
empty, and the search still goes on from its ``next``.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.pool import Database, ReadConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.receipts import ReceiptView, read_receipts

SQL = load_queries("receipt_search")

LOOK_MAX: Final = 10_000
"""Receipts that one page looks at: a fifth of a second on a busy machine, among two thousand as among a million."""
STEP: Final = 1_000

_LAST_ID: Final = (1 << 63) - 1
_DONE = (ReceiptState.REGISTERED, ReceiptState.OFD_ACKED)
_PARKED = (ReceiptState.REFUSED, ReceiptState.UNCERTAIN)


class ReceiptFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; None asks for nothing. Ids: from ``first_id`` on, below ``end_id``; sums in kopecks."""

    first_id: int = 1
    end_id: int = _LAST_ID
    account: str | None = None
    state: ReceiptState | None = None
    sign: int | None = None
    sum_from: int | None = None
    sum_to: int | None = None
    fn_number: str | None = None
    fd_number: int | None = None

    def below(self, end_id: int) -> "ReceiptFilter":
        """The same of older receipts only."""
        return msgspec.structs.replace(self, end_id=min(self.end_id, end_id))


class Found(msgspec.Struct, frozen=True):
    """Ids, newest first; ``next``: where the search goes on, None at its end; ``looked_at``: how many it took."""

    ids: list[int]
    next: int | None
    looked_at: int


class Count(msgspec.Struct, frozen=True):
    """How many receipts; not ``exact``: as the newest ones and the planner's figures let expect."""

    receipts: int
    exact: bool


async def search_receipts(db: ReadConnection, merchant_id: int, wanted: ReceiptFilter, limit: int) -> Found:
    """Up to ``limit`` ids, newest first."""
    account_id: int | None = None
    if wanted.account is not None:
        account_id = await account_id_of(db, merchant_id, wanted.account)
        if account_id is None:
            return Found([], None, 0)
    query, more, is_enough = _index_for(wanted, account_id)
    found: list[int] = []
    end_id, looked_at = wanted.end_id, 0
    while True:
        step = limit + 1 if is_enough else min(STEP, LOOK_MAX - looked_at)
        rows = await db.fetch(query, merchant_id, wanted.first_id, end_id, step, *more)
        ids = [row["id"] for row in rows]
        found += ids if is_enough else await _meant(db, merchant_id, ids, wanted, account_id)
        looked_at += len(ids)
        if len(found) > limit:
            return Found(found[:limit], found[limit - 1], looked_at)
        if len(ids) < step:
            return Found(found, None, looked_at)
        end_id = ids[-1]
        if looked_at >= LOOK_MAX:
            return Found(found, end_id, looked_at)


async def account_id_of(db: ReadConnection, merchant_id: int, code: str) -> int | None:
    """The id under which an account's rows are kept."""
    found: int | None = await db.fetchval(SQL["account_by_code"], merchant_id, code)
    return found


def _index_for(wanted: ReceiptFilter, account_id: int | None) -> tuple[str, tuple[Any, ...], bool]:
    """The query that walks the fewest rows, what it is asked besides, and whether that is all that was asked."""
    rest = (wanted.sign, wanted.sum_from, wanted.sum_to)
    is_plain = all(one is None for one in rest)
    if wanted.fd_number is not None:
        return SQL["newest_of_document"], (wanted.fd_number, wanted.fn_number), False
    if account_id is not None:
        return SQL["newest_of_account"], (account_id,), is_plain and wanted.state is None and wanted.fn_number is None
    if wanted.state in _PARKED:
        return SQL["newest_parked"], (), False
    if wanted.state is not None and wanted.state not in _DONE:
        return SQL["newest_in_queue"], (), False
    return SQL["newest_receipts"], (), is_plain and wanted.state is None and wanted.fn_number is None


async def _meant(
    db: ReadConnection, merchant_id: int, ids: Sequence[int], wanted: ReceiptFilter, account_id: int | None
) -> list[int]:
    if not ids:
        return []
    rows = await db.fetch(
        SQL["meant_receipts"],
        merchant_id,
        list(ids),
        wanted.sign,
        wanted.sum_from,
        wanted.sum_to,
        account_id,
        wanted.fn_number,
        None if wanted.state is None else wanted.state.value,
    )
    return [row["id"] for row in rows]


async def find_receipts(
    db: ReadConnection, merchant_id: int, wanted: ReceiptFilter, limit: int
) -> tuple[list[ReceiptView], int | None]:
    """A page, newest first, of one moment of the database; and where the next one begins."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        found = await search_receipts(db, merchant_id, wanted, limit)
        return await read_receipts(db, merchant_id, found.ids), found.next


async def walk_receipts(
    database: Database, merchant_id: int, wanted: ReceiptFilter, page: int
) -> AsyncIterator[list[ReceiptView]]:
    """All of them, newest first, in pages: each is a short read of its own, and between two no connection is held."""
    following: int | None = wanted.end_id
    while following is not None:
        async with database.read() as db:
            views, following = await find_receipts(db, merchant_id, wanted.below(following), page)
        yield views


async def count_receipts(db: ReadConnection, merchant_id: int, wanted: ReceiptFilter) -> Count:
    """How many receipts a search would find: counted while it is short, else estimated from its newest part."""
    found = await search_receipts(db, merchant_id, wanted, LOOK_MAX)
    if found.next is None:
        return Count(len(found.ids), exact=True)
    in_queue = wanted.account is None and wanted.state is not None and wanted.state not in _DONE
    query = SQL["estimate_queue"] if in_queue else SQL["estimate_receipts"]
    plan = await db.fetchval(query, merchant_id, wanted.first_id, wanted.end_id)
    expected = max(int(plan[0]["Plan"]["Plan Rows"]), found.looked_at)
    return Count(max(expected * len(found.ids) // found.looked_at, len(found.ids)), exact=False)
