"""Browsers that are signed in, and attempts that failed."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from admin.permissions import Role
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("sessions", "admin.storage")

IDLE: Final = timedelta(hours=12)
"""A session that nobody used for so long is over: a working day and its evening."""
AT_MOST: Final = timedelta(days=14)
"""No session lives longer."""
TOUCHED_EVERY: Final = timedelta(minutes=1)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A cookie that works, and whose it is."""

    session_id: int
    passed: bool
    """False: the second factor is still to come, and nothing but that page may be seen."""
    seen_at: datetime
    id: int
    email: str
    name: str
    roles: tuple[Role, ...]
    language: str
    second_factor: bool
    given: tuple[int, ...]
    """Merchants given to the person."""


class Place(msgspec.Struct, frozen=True):
    """Where somebody is signed in."""

    id: int
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime


class Browser(msgspec.Struct, frozen=True):
    """Who asks, as far as the network shows."""

    address: str
    agent: str


async def open_session(
    db: WriteConnection, token_hash: bytes, session_id: int, person_id: int, browser: Browser, now: datetime,
    *, passed: bool, lives: timedelta = AT_MOST,
) -> None:  # fmt: skip
    """A new cookie of a person; sessions that are over are cleared away on the way."""
    await db.execute(SQL["close_old_sessions"], now, now - IDLE)
    await db.execute(
        SQL["open_session"], token_hash, session_id, person_id, passed, browser.address, browser.agent, now, now + lives
    )


async def find_session(db: ReadConnection, token_hash: bytes, now: datetime) -> Session | None:
    """The session of a cookie; None when it is over or its person was shut out."""
    row = await db.fetchrow(SQL["find_session"], token_hash, now, now - IDLE)
    return None if row is None else msgspec.convert(dict(row), Session)


async def touch_session(db: WriteConnection, session_id: int, now: datetime) -> None:
    """It was used."""
    await db.execute(SQL["touch_session"], session_id, now)


async def close_session(db: WriteConnection, person_id: int, session_id: int) -> bool:
    """False when there is none of this person's with that number."""
    return await db.fetchval(SQL["close_session"], person_id, session_id) is not None


async def close_sessions(db: WriteConnection, person_id: int, *, but: int | None = None) -> None:
    """Signed out everywhere, or everywhere else."""
    await db.execute(SQL["close_sessions"], person_id, but)


async def places_of(db: ReadConnection, person_id: int, now: datetime) -> list[Place]:
    """Where the person is signed in."""
    return [Place(*row) for row in await db.fetch(SQL["sessions_of"], person_id, now, now - IDLE)]


async def count_failures(
    db: ReadConnection | WriteConnection, email: str, address: str, since: datetime
) -> tuple[int, int]:
    """Of one name, and of one address."""
    row = await db.fetchrow(SQL["count_failures"], email, address, since)
    assert row is not None
    return row[0], row[1]


async def note_failure(db: WriteConnection, failure_id: int, email: str, address: str, now: datetime) -> None:
    """One more."""
    await db.execute(SQL["forget_failures"], now - timedelta(days=1))
    await db.execute(SQL["note_failed_sign_in"], failure_id, email, address, now)


async def forgive_failures(db: WriteConnection, email: str) -> None:
    """After the right password."""
    await db.execute(SQL["forgive_failures"], email)
