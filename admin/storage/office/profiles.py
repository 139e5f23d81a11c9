"""Tax profiles through time and occasions, as the engine of deadlines takes them (``accounting.office.clients``)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from accounting.office.clients import Client, Occasion, ProfileSpan, TaxProfile
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_profiles", "admin.storage")

Value = TypeVar("Value")


async def load_clients(db: ReadConnection | WriteConnection, organisation_id: int | None = None) -> list[Client]:
    """Whoever is served and in sight, or one of them, with history and occasions; oldest first."""
    places = {row["id"]: row for row in await db.fetch(SQL["planned_organisations"], organisation_id)}
    ids = list(places)
    history, occasions = await profiles_of(db, ids), await _occasions_of(db, ids)
    return [
        Client(
            id=str(one),
            history=history.get(one, ()),
            country=place["country"],
            region=place["region"],
            occasions=occasions.get(one, ()),
        )
        for one, place in places.items()
    ]


async def profiles_of(
    db: ReadConnection | WriteConnection, organisations: Sequence[int]
) -> dict[int, tuple[ProfileSpan, ...]]:
    """What clients were and are, oldest first."""
    return _by_organisation((row[0], _span(row)) for row in await db.fetch(SQL["profiles_of"], organisations))


def _span(row: Any) -> ProfileSpan:
    profile = msgspec.convert(
        {"payer": row["payer"], "systems": row["systems"], "with_employees": row["with_employees"],
         "facts": row["facts"]},
        TaxProfile,
    )  # fmt: skip
    return ProfileSpan(profile=profile, valid_from=row["valid_from"], valid_to=row["valid_to"])


async def _occasions_of(
    db: ReadConnection | WriteConnection, organisations: Sequence[int]
) -> dict[int, tuple[Occasion, ...]]:
    rows = await db.fetch(SQL["occasions_of"], organisations)
    return _by_organisation(
        (row[0], Occasion(name=row["name"], id=str(row["id"]), start=row["first_day"], end=row["last_day"],
                          choice=row["choice"]))
        for row in rows
    )  # fmt: skip


def _by_organisation(rows: Iterable[tuple[int, Value]]) -> dict[int, tuple[Value, ...]]:
    found: dict[int, list[Value]] = defaultdict(list)
    for organisation, value in rows:
        found[organisation].append(value)
    return {organisation: tuple(values) for organisation, values in found.items()}


async def change_profile(
    db: WriteConnection,
    profile_id: int,
    organisation_id: int,
    profile: TaxProfile,
    since: date,
    now: datetime,
    by: int | None,
) -> None:
    """What held is closed, what was to come falls away: as ``Client.with_profile`` has it. Nothing is deleted."""
    await db.fetchval(SQL["lock_organisation"], organisation_id)
    await db.execute(SQL["withdraw_profiles"], organisation_id, since, now)
    await db.execute(SQL["close_profile"], organisation_id, since)
    await db.execute(
        SQL["add_profile"], profile_id, organisation_id, profile.payer.value, list(profile.systems),
        profile.with_employees, profile.facts, since, now, by,
    )  # fmt: skip


async def add_occasion(
    db: WriteConnection, organisation_id: int, occasion: Occasion, now: datetime, by: int | None
) -> None:
    """Something happened; ``occasion.id`` is the number of its row."""
    await db.execute(
        SQL["add_occasion"], int(occasion.id), organisation_id, occasion.name, occasion.choice, occasion.start,
        occasion.end, now, by,
    )  # fmt: skip
