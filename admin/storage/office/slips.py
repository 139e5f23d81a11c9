"""What clients have to pay: versions of sums, drafts until somebody tells the client."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from accounting.office.notices import BillLine
from admin.storage.office.organisations import as_pattern
from admin.storage.office.schedule import Passports
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_slips", "admin.storage")

FIRST_PLACE: Final = (date.min, "", 0)
Place = tuple[date, str, int]


class NewSlip(msgspec.Struct, frozen=True, kw_only=True):
    """A sum for an obligation. ``details``: budget_code and purpose, as the client writes them into its payment."""

    obligation_id: int
    amount_kopecks: int
    details: dict[str, str] = {}
    explanation: str = ""


class ListedSlip(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list; what stands of its bill is None while nobody has been told."""

    id: int
    organisation_id: int
    short_name: str
    version: int
    amount_kopecks: int
    due: date
    state: str
    code: str
    period: str
    name: str
    notice_state: str | None
    escalation: str | None
    sent_count: int | None
    acknowledged_at: datetime | None
    has_unknown: bool | None
    obligation_due: date
    is_gone: bool

    def place(self) -> Place:
        """Where it stands in the order of the list."""
        return self.due, self.short_name.lower(), self.id


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """One slip; ``obligation_due`` differs from ``due`` when the obligation was moved since; ``is_gone``: it was
    cancelled, or found not required."""

    id: int
    organisation_id: int
    short_name: str
    country: str
    obligation_id: int
    version: int
    amount_kopecks: int
    due: date
    details: dict[str, str]
    explanation: str
    state: str
    created_at: datetime
    code: str
    period: str
    obligation_due: date
    is_gone: bool
    name: str
    passports: Passports


class SlipVersion(msgspec.Struct, frozen=True):
    """A row of the history of a slip."""

    id: int
    version: int
    amount_kopecks: int
    due: date
    state: str
    created_at: datetime
    person: str | None


class Draft(msgspec.Struct, frozen=True):
    """A draft about to be told; ``told_due``: the day of the version that it replaces; ``is_owed``: not cancelled."""

    id: int
    organisation_id: int
    due: date
    told_due: date | None
    is_owed: bool


class Payable(msgspec.Struct, frozen=True):
    """A payment that no slip is for yet."""

    id: int
    code: str
    period: str
    due: date
    name: str


async def add_slip(db: WriteConnection, slip_id: int, new: NewSlip, now: datetime, by: int | None) -> int | None:
    """Its version; None: the obligation is none in sight, or another draft waits for it."""
    version: int | None = await db.fetchval(
        SQL["add_slip"], slip_id, new.obligation_id, new.amount_kopecks, new.details, new.explanation, now, by
    )
    return version


async def slips_between(
    db: ReadConnection,
    first: date,
    last: date,
    *,
    organisation_id: int | None = None,
    state: str | None = None,
    place: Place | None = None,
    limit: int,
) -> list[ListedSlip]:
    """Those that fall due between two days, both included, behind a place."""
    rows = await db.fetch(SQL["slips_between"], first, last, organisation_id, state, *(place or FIRST_PLACE), limit)
    return [msgspec.convert(dict(row), ListedSlip) for row in rows]


async def slip_by_id(db: ReadConnection | WriteConnection, slip_id: int) -> Slip | None:
    """None for one that there is not, or that the viewer does not see."""
    row = await db.fetchrow(SQL["slip_by_id"], slip_id)
    return None if row is None else msgspec.convert(dict(row), Slip)


async def versions_of(db: ReadConnection, obligation_id: int) -> list[SlipVersion]:
    """Newest first."""
    return [SlipVersion(*row) for row in await db.fetch(SQL["versions_of_slip"], obligation_id)]


async def bill_lines(
    db: WriteConnection, organisation_id: int, due: date, publishing: Sequence[int]
) -> tuple[BillLine, ...]:
    """What the bill of a day says once drafts are told: a draft takes the place of the version before it."""
    rows = await db.fetch(SQL["slips_to_tell"], organisation_id, due, list(publishing))
    return tuple(_line(dict(row)) for row in rows)


def _line(row: dict[str, Any]) -> BillLine:
    return BillLine(
        slip_id=row["id"],
        version=row["version"],
        name=row["name"],
        code=row["code"],
        period=row["period"],
        amount_kopecks=row["amount_kopecks"],
        budget_code=row["details"].get("budget_code", ""),
        purpose=row["details"].get("purpose", ""),
        explanation=row["explanation"],
    )


async def lock_drafts(db: WriteConnection, slips: Sequence[int]) -> list[Draft]:
    """Those of them that are drafts and in sight; nobody tells them meanwhile."""
    return [Draft(*row) for row in await db.fetch(SQL["lock_drafts"], list(slips))]


async def publish(db: WriteConnection, slips: Sequence[int]) -> None:
    """Drafts become what clients are told; versions before them are superseded."""
    await db.execute(SQL["supersede_slips"], list(slips))
    await db.execute(SQL["publish_slips"], list(slips))


async def set_state(db: WriteConnection, slip_id: int, before: Sequence[str], state: str) -> date | None:
    """The day it falls due; None when it stood otherwise than was seen."""
    due: date | None = await db.fetchval(SQL["set_slip_state"], slip_id, list(before), state)
    return due


async def payable_obligations(db: ReadConnection | WriteConnection, organisation_id: int, since: date) -> list[Payable]:
    """By day."""
    return [Payable(*row) for row in await db.fetch(SQL["payable_obligations"], organisation_id, since)]


class FoundSlip(msgspec.Struct, frozen=True):
    """A slip as the search names it."""

    id: int
    short_name: str
    code: str
    name: str
    period: str
    due: date
    amount_kopecks: int
    state: str


async def find_slips(db: ReadConnection, words: str, codes: Sequence[str], limit: int) -> list[FoundSlip]:
    """Those still to be paid whose client or payment is called so, or has one of these codes; the nearest day first."""
    rows = await db.fetch(SQL["find_slips_by_words"], f"%{as_pattern(words.lower())}%", limit, codes)
    return [FoundSlip(*row) for row in rows]
