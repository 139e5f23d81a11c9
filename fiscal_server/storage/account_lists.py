"""Accounts of one merchant or of many as one list by code: pages in both directions, and what they owe together."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec

from fiscal_server.storage.pool import ReadConnection, one_row
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.walking import FEW_MERCHANTS, Walked, in_index_order, walk

SQL = load_queries("account_lists")

LOOK_MAX: Final = 3_000
COUNT_MAX: Final = 5_000
CONTACTS_MAX: Final = 2_000
"""Accounts that one beginning of a contact may bring."""
_LAST_LETTER = "\U0010ffff"

Money = Literal["debt", "overdue", "advance"]


def _backwards(text: str) -> str:
    """The same walk towards smaller codes."""
    flipped = (
        text.replace(" asc", " desc").replace("code >= $2 and", "code <= $2 and").replace("code > $2", "code < $2")
    )
    return flipped.replace("merchant_id > $3", "merchant_id < $3")


_WALKS = ("next_accounts", "next_accounts_of_merchants", "next_by_contact")
_BACKWARDS: Final = {name: _backwards(SQL[name]) for name in _WALKS}


class AccountFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; None asks for nothing. ``behind``: code and merchant after which the page begins."""

    behind: tuple[str, int] | None = None
    code: str = ""  # how it begins
    contact: str | None = None  # likewise
    payer_kind: str | None = None
    member: bool | None = None
    money: Money | None = None

    @property
    def asks_of_each(self) -> bool:
        """Whether accounts themselves have to be looked at."""
        return self.payer_kind is not None or self.member is not None or self.money is not None


class AccountPlace(msgspec.Struct, frozen=True):
    """An account's place in the list."""

    merchant_id: int
    id: int
    code: str
    payer_kind: str
    member: bool
    cut: bool


class ListedAccount(msgspec.Struct, frozen=True):
    """A row of the list; sums of now, kopecks. ``overdue_kopecks`` is a part of the debts."""

    merchant_id: int
    id: int
    code: str
    contact: str | None
    payer_kind: str
    member: bool
    penalty_kopecks: int
    costs_kopecks: int
    debts_kopecks: int
    overdue_kopecks: int
    off_balance_kopecks: int
    advances_kopecks: int


class AccountListPage(msgspec.Struct, frozen=True):
    """Rows in order; ``following``: code and merchant behind which the list goes on, None at its end."""

    rows: list[ListedAccount]
    following: tuple[str, int] | None
    looked_at: int
    is_cut: bool
    """A condition on contacts fits more accounts of a merchant than are looked for: not all are here."""


class MoneyOfAccounts(msgspec.Struct, frozen=True):
    """Of all accounts of some merchants."""

    accounts: int
    debts_kopecks: int
    advances_kopecks: int


async def list_accounts_of(
    db: ReadConnection,
    merchants: Sequence[int],
    wanted: AccountFilter,
    today: date,
    *,
    limit: int,
    backwards: bool = False,
) -> AccountListPage:
    """A page of what is wanted, by code."""
    found = await walk_accounts(db, merchants, wanted, today, limit, LOOK_MAX, backwards=backwards)
    rows = await listed(db, found.rows, today)
    last = found.following
    following = None if last is None else (last.code, last.merchant_id)
    return AccountListPage(rows, following, found.looked_at, any(one.cut for one in found.rows))


async def walk_accounts(
    db: ReadConnection,
    merchants: Sequence[int],
    wanted: AccountFilter,
    today: date,
    limit: int,
    look_max: int,
    *,
    backwards: bool,
    also: Callable[[list[AccountPlace]], Awaitable[list[AccountPlace]]] | None = None,
) -> Walked[AccountPlace]:
    """Places of what is wanted, by code; ``also`` picks out of those that fit."""
    name = "next_accounts_of_merchants" if len(merchants) <= FEW_MERCHANTS else "next_accounts"
    more: tuple[Any, ...] = (wanted.code, wanted.code + _LAST_LETTER)
    if wanted.contact is not None:
        name = "next_by_contact"
        more = (*more, wanted.contact, wanted.contact + _LAST_LETTER, CONTACTS_MAX)
    query = _BACKWARDS[name] if backwards else SQL[name]
    if wanted.contact is None:
        await in_index_order(db)

    async def step(last: AccountPlace | None, count: int) -> Sequence[AccountPlace]:
        behind = wanted.behind if last is None else (last.code, last.merchant_id)
        rows = await db.fetch(query, merchants, *(behind or (None, None)), count, *more)
        return [AccountPlace(*row) for row in rows]

    async def meant(rows: Sequence[AccountPlace]) -> list[AccountPlace]:
        kept = await fitting(db, rows, wanted, today)
        return kept if also is None else await also(kept)

    asks = wanted.asks_of_each or also is not None
    return await walk(step, meant if asks else None, limit, look_max)


async def fitting(
    db: ReadConnection, rows: Sequence[AccountPlace], wanted: AccountFilter, today: date
) -> list[AccountPlace]:
    """Those that the conditions on accounts themselves mean."""
    own = [
        row
        for row in rows
        if (wanted.payer_kind is None or row.payer_kind == wanted.payer_kind)
        and (wanted.member is None or row.member == wanted.member)
    ]
    return await _with_money(db, own, wanted.money, today)


async def _with_money(
    db: ReadConnection, rows: list[AccountPlace], money: Money | None, today: date
) -> list[AccountPlace]:
    if money is None or not rows:
        return rows
    of = ([row.merchant_id for row in rows], [row.id for row in rows])
    if money == "advance":
        found = await db.fetch(SQL["advances_of_some"], *of)
    else:
        found = await db.fetch(SQL["debts_of_some"], *of, today if money == "overdue" else None)
    having = {(row["merchant_id"], row["account_id"]) for row in found}
    return [row for row in rows if (row.merchant_id, row.id) in having]


async def listed(db: ReadConnection, places: Sequence[AccountPlace], today: date) -> list[ListedAccount]:
    """Their rows, in their order."""
    if not places:
        return []
    merchants, ids = sorted({one.merchant_id for one in places}), [one.id for one in places]
    rows = await db.fetch(SQL["listed_accounts"], merchants, ids, today)
    known = {(row["merchant_id"], row["id"]): ListedAccount(*row) for row in rows}
    return [known[one.merchant_id, one.id] for one in places if (one.merchant_id, one.id) in known]


async def count_accounts(
    db: ReadConnection, merchants: Sequence[int], wanted: AccountFilter, today: date
) -> tuple[int, bool]:
    """How many accounts a list has, and whether that is all or only what a long look found."""
    if wanted.money is not None and wanted == AccountFilter(money=wanted.money):
        if wanted.money == "advance":
            return int(await db.fetchval(SQL["count_advances"], merchants)), True
        before = today if wanted.money == "overdue" else None
        return int(await db.fetchval(SQL["count_debtors"], merchants, before)), True
    found = await walk_accounts(db, merchants, wanted, today, COUNT_MAX, COUNT_MAX, backwards=False)
    return len(found.rows), found.following is None


async def money_of_accounts(db: ReadConnection, merchants: Sequence[int]) -> MoneyOfAccounts:
    """What all of them owe and have."""
    return MoneyOfAccounts(*await one_row(db, SQL["money_of_accounts"], merchants))
