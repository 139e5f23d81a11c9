"""Tokens under which the API lets the panel act for a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from fiscal_server.storage.keys import ERRAND_PREFIX, Scope, hash_api_key
from fiscal_server.storage.pool import WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("errands", "admin.storage")

LIVES: Final = timedelta(minutes=2)
"""A token is used at once; the rest is for clocks of two machines that do not agree."""

PREFIX: Final = ERRAND_PREFIX


async def begin_errand(
    db: WriteConnection, token: str, merchant_id: int, person_id: int | None, person: str, scopes: Iterable[Scope],
    now: datetime,
) -> None:  # fmt: skip
    """From the commit on the API knows the token."""
    named = sorted(scope.value for scope in scopes)
    await db.execute(SQL["begin_errand"], hash_api_key(token), merchant_id, person_id, person, named, now + LIVES)


async def end_errand(db: WriteConnection, token: str, now: datetime) -> None:
    """From the commit on nobody may use the token."""
    await db.execute(SQL["end_errand"], hash_api_key(token), now)
