"""Accounts in the order of what they owe or have paid beforehand, the greatest sums first; behind them those without.

The sums are those that the transactions which write debts and lots keep on the first row of each account (``ledger``),
so a page reads what it shows and no more. Accounts without a sum follow by code.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import msgspec

from fiscal_server.storage.account_lists import (
    LOOK_MAX,
    SQL,
    AccountFilter,
    AccountPlace,
    ListedAccount,
    fitting,
    listed,
    walk_accounts,
)
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.walking import Walked, in_index_order, walk

By = Literal["debt", "advance"]

NARROW_MAX: Final = 2_000
"""Accounts that a beginning of a code or of a contact may bring: those are ordered here."""


class SumPlace(msgspec.Struct, frozen=True):
    """A place in the order; ``kopecks`` 0: behind all sums, by code."""

    kopecks: int
    merchant_id: int
    id: int
    code: str

    @property
    def key(self) -> tuple[int, int, int, str, int]:
        """Ascends along the list."""
        if self.kopecks:
            return -self.kopecks, -self.merchant_id, -self.id, "", 0
        return 1, 0, 0, self.code, self.merchant_id


class SumPage(msgspec.Struct, frozen=True):
    """Rows in order; ``following``: behind which the list goes on, None at its end. ``is_cut``: not all are here."""

    rows: list[ListedAccount]
    following: SumPlace | None
    looked_at: int
    is_cut: bool = False


class _Order(msgspec.Struct, frozen=True):
    """What is asked, once for all steps."""

    merchants: Sequence[int]
    wanted: AccountFilter
    by: By
    today: date
    backwards: bool


def _backwards(text: str) -> str:
    """The same walk towards greater sums."""
    return text.replace(" desc", " asc").replace("kopecks <= $2", "kopecks >= $2").replace("id) < (", "id) > (")


_NEXT: Final = {"debt": SQL["next_by_debt"], "advance": SQL["next_by_advance"]}
_PREVIOUS: Final = {by: _backwards(text) for by, text in _NEXT.items()}
_TOTALS: Final = {"debt": SQL["debt_totals_of"], "advance": SQL["advance_totals_of"]}


async def list_accounts_by_sum(
    db: ReadConnection,
    merchants: Sequence[int],
    wanted: AccountFilter,
    by: By,
    today: date,
    *,
    behind: SumPlace | None,
    limit: int,
    backwards: bool = False,
) -> SumPage:
    """A page of what is wanted; ``wanted.behind`` is not looked at."""
    order = _Order(merchants, msgspec.structs.replace(wanted, behind=None), by, today, backwards)
    if wanted.code or wanted.contact is not None:
        return await _narrow(db, order, behind, limit)
    await in_index_order(db)
    found = await _wide(db, order, behind, limit)
    ids = [AccountPlace(one.merchant_id, one.id, one.code, "", False, False) for one in found.rows]
    return SumPage(await listed(db, ids, today), found.following, found.looked_at)


async def _narrow(db: ReadConnection, order: _Order, behind: SumPlace | None, limit: int) -> SumPage:
    found = await walk_accounts(db, order.merchants, order.wanted, order.today, NARROW_MAX, NARROW_MAX, backwards=False)
    await in_index_order(db)  # pairs are looked up one by one, not joined with all there is
    places = sorted(await _with_sums(db, order, found.rows), key=lambda one: one.key, reverse=order.backwards)
    if behind is not None:
        places = [one for one in places if (one.key < behind.key if order.backwards else one.key > behind.key)]
    shown = places[:limit]
    ids = [AccountPlace(one.merchant_id, one.id, one.code, "", False, False) for one in shown]
    following = shown[-1] if len(places) > limit else None
    is_cut = found.following is not None or any(one.cut for one in found.rows)
    return SumPage(await listed(db, ids, order.today), following, found.looked_at, is_cut)


async def _with_sums(db: ReadConnection, order: _Order, rows: Sequence[AccountPlace]) -> list[SumPlace]:
    of = ([row.merchant_id for row in rows], [row.id for row in rows])
    found = {(row["merchant_id"], row["account_id"]): row["kopecks"] for row in await db.fetch(_TOTALS[order.by], *of)}
    return [SumPlace(found.get((row.merchant_id, row.id), 0), row.merchant_id, row.id, row.code) for row in rows]


async def _wide(db: ReadConnection, order: _Order, behind: SumPlace | None, limit: int) -> Walked[SumPlace]:
    """First the accounts with sums, then the rest; the other way round ``backwards``."""
    is_among_sums = behind is not None and behind.kopecks > 0
    parts = [_among_sums, _among_the_rest]
    if order.wanted.money is not None and (order.wanted.money == "advance") == (order.by == "advance"):
        parts = parts[:1]  # whoever has no such sum is not meant
    if order.backwards:
        parts.reverse()
    if behind is not None and parts[0] is not (_among_sums if is_among_sums else _among_the_rest):
        parts = parts[1:]
    found = Walked[SumPlace]([], None, 0)
    for part in parts:
        missing = limit - len(found.rows)
        more = await part(db, order, behind, missing or 1)
        behind = None
        if not missing:  # the page is full: only whether there is more
            last = found.rows[-1] if more.rows or more.following else None
            return Walked(found.rows, last, found.looked_at)
        found = Walked([*found.rows, *more.rows], more.following, found.looked_at + more.looked_at)
        if found.following is not None:
            break
    return found


async def _among_sums(db: ReadConnection, order: _Order, behind: SumPlace | None, limit: int) -> Walked[SumPlace]:
    query = (_PREVIOUS if order.backwards else _NEXT)[order.by]
    wanted = order.wanted
    if wanted.money == order.by:  # all that are here
        wanted = msgspec.structs.replace(wanted, money=None)

    async def step(last: SumPlace | None, count: int) -> list[SumPlace]:
        at = last or behind
        place = (None, None, None) if at is None else (at.kopecks, at.merchant_id, at.id)
        found = await db.fetch(query, order.merchants, *place, count)
        return [SumPlace(row["kopecks"], row["merchant_id"], row["account_id"], "") for row in found]

    async def meant(rows: Sequence[SumPlace]) -> list[SumPlace]:
        accounts = await _accounts_of(db, rows)
        kept = await fitting(db, [accounts[one.merchant_id, one.id] for one in rows], wanted, order.today)
        keys = {(one.merchant_id, one.id) for one in kept}
        return [one for one in rows if (one.merchant_id, one.id) in keys]

    return await walk(step, meant if wanted.asks_of_each else None, limit, LOOK_MAX)


async def _accounts_of(db: ReadConnection, rows: Sequence[SumPlace]) -> dict[tuple[int, int], AccountPlace]:
    of = (sorted({row.merchant_id for row in rows}), [row.id for row in rows])
    return {
        (row["merchant_id"], row["id"]): AccountPlace(*row) for row in await db.fetch(SQL["places_of_accounts"], *of)
    }


async def _among_the_rest(db: ReadConnection, order: _Order, behind: SumPlace | None, limit: int) -> Walked[SumPlace]:
    wanted = order.wanted
    if behind is not None:
        wanted = msgspec.structs.replace(wanted, behind=(behind.code, behind.merchant_id))

    async def without_sum(rows: list[AccountPlace]) -> list[AccountPlace]:
        sums = await _with_sums(db, order, rows)
        return [row for row, one in zip(rows, sums, strict=True) if not one.kopecks]

    found = await walk_accounts(
        db, order.merchants, wanted, order.today, limit, LOOK_MAX, backwards=order.backwards, also=without_sum
    )
    return Walked(
        [SumPlace(0, one.merchant_id, one.id, one.code) for one in found.rows],
        None
        if found.following is None
        else SumPlace(0, found.following.merchant_id, found.following.id, found.following.code),
        found.looked_at,
    )
