"""Views of lists that people have saved, for themselves or for everybody who sees a merchant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("saved_views", "admin.storage")

SHOWN_MAX: Final = 60
"""Views above a list: more would be a list of their own."""


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """``query``: the part of the address behind the question mark. ``merchant_id``: shared with whoever sees it."""

    id: int
    list: str
    merchant_id: int | None
    name: str
    query: str
    person: str
    is_own: bool


class NewView(msgspec.Struct, frozen=True, kw_only=True):
    """A view as somebody saves it."""

    list: str
    person_id: int | None
    person: str
    merchant_id: int | None
    name: str
    query: str


async def list_views(
    db: ReadConnection, list_name: str, person_id: int | None, merchants: Sequence[int]
) -> list[SavedView]:
    """The person's own ones, then those that others share."""
    rows = await db.fetch(SQL["list_saved_views"], list_name, person_id, merchants, SHOWN_MAX)
    return [SavedView(**dict(row)) for row in rows]


async def own_view(db: WriteConnection, view_id: int, person_id: int | None) -> SavedView | None:
    """One of the person's own, locked; None for none, and for those of others."""
    row = await db.fetchrow(SQL["own_saved_view"], view_id, person_id)
    return None if row is None else SavedView(**dict(row))


async def count_others(db: WriteConnection, list_name: str, person_id: int | None, name: str) -> int:
    """How many somebody has saved in a list beside the one of this name."""
    return int(await db.fetchval(SQL["count_other_views"], list_name, person_id, name))


async def save_view(db: WriteConnection, view_id: int, new: NewView, now: datetime) -> None:
    """Adds it, or changes the one of the same name."""
    values = (new.list, new.person_id, new.person, new.merchant_id, new.name, new.query)
    await db.execute(SQL["save_view"], *values, view_id, now)


async def is_name_taken(db: WriteConnection, view: SavedView, person_id: int | None, name: str) -> bool:
    """Whether another of the person's views in the list is called so."""
    return bool(await db.fetchval(SQL["is_view_name_taken"], view.list, person_id, name, view.id))


async def change_view(db: WriteConnection, view_id: int, name: str, merchant_id: int | None) -> None:
    """Rename, share, or share no more."""
    await db.execute(SQL["change_saved_view"], view_id, name, merchant_id)


async def delete_view(db: WriteConnection, view_id: int) -> None:
    """It is gone."""
    await db.execute(SQL["delete_saved_view"], view_id)
