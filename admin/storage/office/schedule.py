"""Obligations as they stand: what was planned, why each day is the day, and what every re-planning changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from accounting.office.obligation_templates import OneOffDate
from accounting.office.planning import ObligationKey
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_schedule", "admin.storage")

Passports = Mapping[str, Mapping[str, Any]]
"""By language: ``accounting.office.passport.Passport``."""

_BEGUN = frozenset({"begun", "done", "not_required"})


class Kept(msgspec.Struct, frozen=True):
    """A planned obligation: its number, its legal day, whether somebody has begun it, or told its sum to the client."""

    id: int
    due: date
    is_begun: bool
    is_outside: bool = False
    """No contract serves it."""
    is_told: bool = False

    @property
    def is_fixed(self) -> bool:
        """What plans leave to a person."""
        return self.is_begun or self.is_told


class DueDateRow(msgspec.Struct, frozen=True, kw_only=True):
    """Why a day is the day, for all who owe it."""

    id: int
    fingerprint: bytes
    code: str
    period: str
    instalment: int
    name: str
    kind: str
    nominal: date | None
    due: date
    target: date
    is_preliminary: bool
    passports: Passports


class ObligationRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is written of an obligation that is created or moved."""

    id: int
    organisation_id: int
    code: str
    period: str
    instalment: int
    due_date_id: int
    due: date
    target: date
    profile_since: date
    is_outside_contract: bool


class Changed(msgspec.Struct, frozen=True):
    """One line of the story: created, moved, cancelled."""

    obligation_id: int
    organisation_id: int
    change: str
    was: date | None
    becomes: date | None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A re-planning."""

    applied_at: datetime
    person: str
    reason: str
    until: date
    organisations: int
    created: int
    moved: int
    cancelled: int
    conflicts: int


class ListedObligation(msgspec.Struct, frozen=True, kw_only=True):
    """An obligation of a list or of the matrix. ``name`` is in the language of its country."""

    id: int
    organisation_id: int
    code: str
    period: str
    instalment: int
    due: date
    target: date
    state: str
    is_outside_contract: bool
    name: str
    kind: str
    nominal: date | None
    is_preliminary: bool

    @property
    def is_closed(self) -> bool:
        """Done, or found not required."""
        return self.state in ("done", "not_required")


class ObligationCard(msgspec.Struct, frozen=True, kw_only=True):
    """One obligation with what is told of its day."""

    id: int
    organisation_id: int
    short_name: str
    code: str
    period: str
    instalment: int
    due: date
    target: date
    state: str
    name: str
    kind: str
    passports: dict[str, dict[str, Any]]


class ObligationEvent(msgspec.Struct, frozen=True):
    """What one re-planning did to it."""

    change: str
    was: date | None
    becomes: date | None
    applied_at: datetime
    person: str
    reason: str


async def plan_alone(db: WriteConnection) -> None:
    """From here to the end of the transaction nobody else plans."""
    await db.execute(SQL["one_planner"])


async def kept_obligations(
    db: ReadConnection | WriteConnection, organisations: Sequence[int], since: date, *, of_contracts: bool = False
) -> dict[ObligationKey, Kept]:
    """What was planned from a day on, and what is open before it: by calendars, or the work of contracts."""
    rows = await db.fetch(SQL["kept_obligations"], organisations, since, of_contracts)
    return {
        ObligationKey(str(organisation), code, period, instalment): Kept(number, due, state in _BEGUN, *flags)
        for number, organisation, code, period, instalment, due, state, *flags in rows
    }


async def own_dates(db: ReadConnection | WriteConnection) -> list[OneOffDate]:
    """Days that authorities set, entered by the office; of single clients those in sight."""
    return [
        OneOffDate(code=code, period=period, instalment=instalment, due=due, document=document,
                   client=None if client is None else str(client))
        for code, period, instalment, due, document, client in await db.fetch(SQL["own_dates"])
    ]  # fmt: skip


async def add_own_date(db: WriteConnection, date_id: int, one: OneOffDate, now: datetime, by: int | None) -> None:
    """An authority put a day off, or set it; ``document`` says by which act."""
    client = None if one.client is None else int(one.client)
    await db.execute(
        SQL["add_own_date"], date_id, one.code, one.period, one.instalment, client, one.due, one.document, now, by
    )


async def confirmed_codes(db: ReadConnection | WriteConnection) -> frozenset[str]:
    """Drafts of calendars that somebody of the office has checked."""
    return frozenset(row[0] for row in await db.fetch(SQL["confirmed_codes"]))


async def confirm_rule(db: WriteConnection, code: str, now: datetime, by: int | None, person: str) -> None:
    """A draft becomes a rule of this office, for all of its clients."""
    await db.execute(SQL["confirm_rule"], code, now, by, person)


async def put_due_dates(db: WriteConnection, rows: Sequence[DueDateRow]) -> dict[bytes, int]:
    """Numbers by fingerprint; what was told before keeps its number."""
    columns: list[list[Any]] = [[getattr(row, name) for row in rows] for name in DueDateRow.__struct_fields__]
    await db.execute(SQL["add_due_dates"], *columns)
    found = await db.fetch(SQL["due_date_ids"], [row.fingerprint for row in rows])
    return {row[0]: row[1] for row in found}


async def put_obligations(db: WriteConnection, rows: Sequence[ObligationRow]) -> list[Changed]:
    """Those that came to be, or came back."""
    columns: list[list[Any]] = [[getattr(row, name) for row in rows] for name in ObligationRow.__struct_fields__]
    made = await db.fetch(SQL["put_obligations"], *columns)
    return [Changed(number, organisation, "created", None, due) for number, organisation, due in made]


async def move_obligations(db: WriteConnection, rows: Sequence[ObligationRow]) -> frozenset[int]:
    """To the days that the rows say; what somebody has begun stays. Numbers of those that were moved."""
    names = ("id", "due_date_id", "due", "target", "profile_since", "is_outside_contract")
    columns: list[list[Any]] = [[getattr(row, name) for row in rows] for name in names]
    return frozenset(row[0] for row in await db.fetch(SQL["move_obligations"], *columns))


class ToldObligation(msgspec.Struct, frozen=True, kw_only=True):
    """A payment and the slip by which the client knows its sum."""

    id: int
    slip_id: int
    organisation_id: int
    code: str
    period: str


async def told_obligations(db: WriteConnection, numbers: Sequence[int]) -> list[ToldObligation]:
    """Those of them whose sums clients were told, in the order of their numbers."""
    rows = await db.fetch(SQL["told_obligations"], list(numbers))
    return [msgspec.convert(dict(row), ToldObligation) for row in rows]


async def flag_obligations(db: WriteConnection, numbers: Sequence[int], *, outside: bool) -> None:
    """A contract serves them now, or none does."""
    await db.execute(SQL["flag_obligations"], list(numbers), outside)


async def cancel_obligations(db: WriteConnection, numbers: Sequence[int]) -> frozenset[int]:
    """They are owed no longer; what somebody has begun stays. Numbers of those that were cancelled."""
    return frozenset(row[0] for row in await db.fetch(SQL["cancel_obligations"], numbers))


async def add_run(db: WriteConnection, run_id: int, run: Run, by: int | None, changes: Sequence[Changed]) -> None:
    """The re-planning with its story."""
    await db.execute(
        SQL["add_run"], run_id, run.applied_at, by, run.person, run.reason, run.until, run.organisations, run.created,
        run.moved, run.cancelled, run.conflicts,
    )  # fmt: skip
    columns: list[list[Any]] = [[getattr(one, name) for one in changes] for name in Changed.__struct_fields__]
    await db.execute(SQL["add_obligation_events"], columns[0], run_id, *columns[1:])


async def newest_run(db: ReadConnection) -> Run | None:
    """When plans were last made; None: never."""
    row = await db.fetchrow(SQL["newest_run"])
    return None if row is None else msgspec.convert(dict(row), Run)


async def obligations_between(
    db: ReadConnection, organisations: Sequence[int], first: date, last: date
) -> list[ListedObligation]:
    """In the order of days; both days count."""
    rows = await db.fetch(SQL["obligations_between"], organisations, first, last)
    return [ListedObligation(**dict(row)) for row in rows]


async def obligation_by_id(db: ReadConnection | WriteConnection, obligation_id: int) -> ObligationCard | None:
    """None for one that there is not, or that the viewer does not see."""
    row = await db.fetchrow(SQL["obligation_by_id"], obligation_id)
    return None if row is None else ObligationCard(**dict(row))


async def events_of_obligation(db: ReadConnection, obligation_id: int) -> list[ObligationEvent]:
    """Oldest first."""
    return [ObligationEvent(*row) for row in await db.fetch(SQL["events_of_obligation"], obligation_id)]


async def mark_obligation(db: WriteConnection, obligation_id: int, before: Sequence[str], state: str) -> bool:
    """False when it stands otherwise than in one of ``before``."""
    return await db.fetchval(SQL["mark_obligation"], obligation_id, before, state) is not None
