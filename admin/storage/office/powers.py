"""Powers of attorney of clients as they are kept."""

from datetime import date, datetime

import msgspec

from accounting.office.powers import Power, PowerKind
from admin.storage.office.organisations import as_pattern
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_powers", "admin.storage")


class NewPower(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody records. ``representative``: who acts; empty where the client signs by itself."""

    kind: PowerKind
    body: str
    number: str
    representative: str
    powers: str
    issued_on: date
    valid_to: date


class ListedPower(Power, frozen=True, kw_only=True):
    """A power with all that is known of it."""

    id: int
    number: str
    representative: str
    powers: str
    revoke_note: str | None


class FoundPower(ListedPower, frozen=True, kw_only=True):
    """A power with the client that gave it."""

    organisation_id: int
    short_name: str


async def add_power(
    db: WriteConnection, power_id: int, organisation_id: int, new: NewPower, now: datetime, by: int | None
) -> None:
    """It is never changed; what was recorded wrongly is revoked."""
    await db.execute(
        SQL["add_power_of_attorney"], power_id, organisation_id, new.kind.value, new.body, new.number,
        new.representative, new.powers, new.issued_on, new.valid_to, now, by,
    )  # fmt: skip


async def powers_of(db: ReadConnection | WriteConnection, organisation_id: int) -> list[ListedPower]:
    """All of a client in sight, those that are over too."""
    rows = await db.fetch(SQL["powers_of_client"], organisation_id)
    return [msgspec.convert(dict(row), ListedPower) for row in rows]


async def find_powers(db: ReadConnection, words: str, limit: int) -> list[FoundPower]:
    """Of clients in sight, by number or by who acts."""
    rows = await db.fetch(SQL["find_powers_of_attorney"], f"%{as_pattern(words.lower())}%", limit)
    return [msgspec.convert(dict(row), FoundPower) for row in rows]


async def revoke(
    db: WriteConnection, organisation_id: int, power_id: int, day: date, note: str, today: date
) -> str | None:
    """The authority that it was before; None: it is revoked already, or ended by then, or none of this client."""
    body: str | None = await db.fetchval(SQL["revoke_power_of_attorney"], power_id, organisation_id, day, note, today)
    return body
