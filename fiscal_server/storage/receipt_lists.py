"""Receipts of one merchant or of many as one list: pages in both directions, and how many there are."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from accounting.receipts.model import Receipt
from fiscal_server.ids import first_id_at
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.pool import ReadConnection, one_row
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.receipt_search import ReceiptFilter
from fiscal_server.storage.walking import FEW_MERCHANTS, Walked, in_index_order, walk

SQL = load_queries("receipt_lists")
_OLDEST_FIRST: Final = {name: text.replace(" desc", "") for name, text in SQL.items()}

LOOK_MAX: Final = 3_000
"""Receipts that one page of a list looks at: what an 80 ms page can afford."""
COUNT_MAX: Final = 10_000
"""The same for a count."""

_DONE = (ReceiptState.REGISTERED, ReceiptState.OFD_ACKED)
CORRECTION_FORMS: Final = (31, 41)
_LAST_LETTER = "\U0010ffff"


class ListFilter(ReceiptFilter, frozen=True, kw_only=True):
    """What a list asks besides; ``is_correction``: forms 31 and 41 alone, or all but these."""

    is_correction: bool | None = None

    @property
    def asks_of_each(self) -> bool:
        """Whether receipts themselves have to be looked at, not only their places in an index."""
        rest = (self.sign, self.sum_from, self.sum_to, self.is_correction, self.state, self.fn_number, self.fd_number)
        return any(one is not None for one in rest)


class Place(msgspec.Struct, frozen=True):
    """A receipt's place in the list, with what of it can be asked for."""

    merchant_id: int
    id: int
    sign: int
    form: int
    total_kopecks: int
    account_id: int | None


class ListedReceipt(msgspec.Struct, frozen=True):
    """A row of the list."""

    merchant_id: int
    id: int
    created_at: datetime
    form: int
    sign: int
    total_kopecks: int
    consolidated: str | None
    body: bytes
    deadline: date | None
    account: str | None
    queue_state: str | None
    error: str | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None  # naive: the KKT's own clock
    ofd_code: int | None

    @property
    def state(self) -> ReceiptState:
        """Where the receipt stands: in the queue, registered, or with the operator."""
        if self.queue_state is not None:
            return ReceiptState(self.queue_state)
        return ReceiptState.OFD_ACKED if self.ofd_code == 0 else ReceiptState.REGISTERED

    @property
    def receipt(self) -> Receipt:
        """The receipt itself."""
        return msgspec.msgpack.decode(self.body, type=Receipt)


class ReceiptListPage(msgspec.Struct, frozen=True):
    """Rows in order; ``following``: the id behind which the list goes on, None at its end."""

    rows: list[ListedReceipt]
    following: int | None
    looked_at: int


class ListCount(msgspec.Struct, frozen=True):
    """How many receipts; not ``exact``: as a part of them lets expect. ``sum_kopecks`` when all were looked at."""

    receipts: int
    exact: bool
    sum_kopecks: int | None = None


async def list_receipts(
    db: ReadConnection, merchants: Sequence[int], wanted: ListFilter, *, limit: int, oldest_first: bool = False
) -> ReceiptListPage:
    """A page of what is wanted, newest first unless said otherwise."""
    found = await _walk(db, merchants, wanted, limit, LOOK_MAX, oldest_first=oldest_first)
    rows = await _rows(db, found.rows)
    return ReceiptListPage(rows, None if found.following is None else found.following.id, found.looked_at)


async def _walk(
    db: ReadConnection, merchants: Sequence[int], wanted: ListFilter, limit: int, look_max: int, *, oldest_first: bool
) -> Walked[Place]:
    account_ids: list[int] | None = None
    if wanted.account is not None:
        accounts = await db.fetch(SQL["accounts_by_code"], merchants, wanted.account)
        merchants = [row["merchant_id"] for row in accounts]
        account_ids = [row["id"] for row in accounts]
    if not merchants:
        return Walked([], None, 0)
    name, more = _index_for(merchants, wanted, account_ids)
    query = (_OLDEST_FIRST if oldest_first else SQL)[name]
    if name not in ("next_of_document", "next_in_queue"):
        await in_index_order(db)

    async def step(last: Place | None, count: int) -> Sequence[Place]:
        first_id, end_id = wanted.first_id, wanted.end_id
        if last is not None and oldest_first:
            first_id = last.id + 1
        elif last is not None:
            end_id = last.id
        rows = await db.fetch(query, merchants, first_id, end_id, count, *more)
        return [Place(*row) for row in rows]

    async def meant(rows: Sequence[Place]) -> list[Place]:
        own = [row for row in rows if _is_meant(row, wanted, account_ids)]
        return await _in_state(db, merchants, await _in_fn(db, merchants, own, wanted), wanted)

    return await walk(step, meant if wanted.asks_of_each else None, limit, look_max)


def _index_for(
    merchants: Sequence[int], wanted: ListFilter, account_ids: Sequence[int] | None
) -> tuple[str, tuple[Any, ...]]:
    """The query that walks the fewest rows, and what it is asked besides."""
    if wanted.fd_number is not None:
        return "next_of_document", (wanted.fd_number, wanted.fn_number)
    if account_ids is not None:
        return "next_of_accounts", (account_ids,)
    if wanted.state is not None and wanted.state not in _DONE:
        return "next_in_queue", ([wanted.state.value],)
    return ("next_of_merchants" if len(merchants) <= FEW_MERCHANTS else "next_receipts"), ()


def _is_meant(row: Place, wanted: ListFilter, account_ids: Sequence[int] | None) -> bool:
    """By the receipt's own columns."""
    return (
        (wanted.sign is None or row.sign == wanted.sign)
        and (wanted.sum_from is None or row.total_kopecks >= wanted.sum_from)
        and (wanted.sum_to is None or row.total_kopecks <= wanted.sum_to)
        and (wanted.is_correction is None or wanted.is_correction == (row.form in CORRECTION_FORMS))
        and (account_ids is None or row.account_id in account_ids)
    )


async def _in_fn(db: ReadConnection, merchants: Sequence[int], rows: list[Place], wanted: ListFilter) -> list[Place]:
    if wanted.fn_number is None or wanted.fd_number is not None or not rows:
        return rows
    held = await db.fetch(SQL["documents_between"], merchants, *_ends(rows), wanted.fn_number)
    ids = {row["id"] for row in held}
    return [row for row in rows if row.id in ids]


async def _in_state(db: ReadConnection, merchants: Sequence[int], rows: list[Place], wanted: ListFilter) -> list[Place]:
    if wanted.state is None or not rows:
        return rows
    states = {row["id"]: row["state"] for row in await db.fetch(SQL["queue_between"], merchants, *_ends(rows))}
    if wanted.state not in _DONE:
        return [row for row in rows if states.get(row.id) == wanted.state.value]
    confirmed = {row["id"] for row in await db.fetch(SQL["confirmed_between"], merchants, *_ends(rows))}
    is_acked = wanted.state is ReceiptState.OFD_ACKED
    return [row for row in rows if row.id not in states and (row.id in confirmed) == is_acked]


def _ends(rows: Sequence[Place]) -> tuple[int, int]:
    first, last = rows[0].id, rows[-1].id
    return min(first, last), max(first, last)


async def _rows(db: ReadConnection, places: Sequence[Place]) -> list[ListedReceipt]:
    return await receipts_at(db, [(one.merchant_id, one.id) for one in places])


async def receipts_at(db: ReadConnection, keys: Sequence[tuple[int, int]]) -> list[ListedReceipt]:
    """Those of (merchant, id) that there are, as a list shows them."""
    merchants, ids = [merchant for merchant, _ in keys], [number for _, number in keys]
    return [ListedReceipt(*row) for row in await db.fetch(SQL["listed_receipts"], merchants, ids)] if keys else []


async def codes_like(db: ReadConnection, merchants: Sequence[int], begins: str, limit: int) -> list[str]:
    """Codes of accounts for whoever is typing one."""
    rows = await db.fetch(SQL["codes_like"], merchants, begins, begins + _LAST_LETTER, limit)
    return list(dict.fromkeys(row["code"] for row in rows))


async def count_listed(
    db: ReadConnection,
    merchants: Sequence[int],
    wanted: ListFilter,
    days: tuple[date | None, date | None],
    zone: ZoneInfo,
) -> ListCount:
    """How many receipts a list has. ``days`` are those that gave its ids, as the counted days of ``zone`` have them."""
    if wanted.account is None and wanted.state is not None and wanted.state not in _DONE and _asks_state_alone(wanted):
        args = (merchants, wanted.first_id, wanted.end_id, [wanted.state.value])
        return ListCount(int(await db.fetchval(SQL["receipts_in_states"], *args)), exact=True)
    if wanted.account is None and not wanted.asks_of_each:
        return ListCount(await _of_days(db, merchants, wanted, days, zone), exact=True)
    found = await _walk(db, merchants, wanted, COUNT_MAX, COUNT_MAX, oldest_first=False)
    if found.following is None:
        return ListCount(len(found.rows), exact=True, sum_kopecks=sum(row.total_kopecks for row in found.rows))
    if wanted.account is not None or not found.looked_at:
        return ListCount(len(found.rows), exact=False)
    among = await _of_days(db, merchants, wanted, days, zone)
    return ListCount(max(among * len(found.rows) // found.looked_at, len(found.rows)), exact=False)


def _asks_state_alone(wanted: ListFilter) -> bool:
    return not msgspec.structs.replace(wanted, state=None).asks_of_each


async def _of_days(
    db: ReadConnection,
    merchants: Sequence[int],
    wanted: ListFilter,
    days: tuple[date | None, date | None],
    zone: ZoneInfo,
) -> int:
    """From the counted days, and counted now since the last of them."""
    counted, last_day = await one_row(db, SQL["counted_days"], merchants, *days)
    fresh_id = wanted.first_id
    if last_day is not None:
        morning = datetime.combine(last_day + timedelta(days=1), time.min, zone)
        fresh_id = max(fresh_id, first_id_at(morning))
    if fresh_id >= wanted.end_id:
        return int(counted)
    fresh = await db.fetchval(SQL["fresh_receipts"], merchants, fresh_id, wanted.end_id)
    return int(counted) + int(fresh)
