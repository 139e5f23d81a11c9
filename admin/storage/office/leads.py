"""Leads and their stories. States are those of a day: one that was deferred wakes by itself."""

import re
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from admin.storage.office.organisations import as_pattern
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_leads", "admin.storage")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What may be learned at any time. ``messenger``: which one, and the name there; ``consent_on``: the day on which
    they agreed that their data are kept; None: not yet. ``phone``: + and digits; ``email``: in small letters."""

    surname: str = ""
    name: str = ""
    patronymic: str = ""
    messenger: str = ""
    source_detail: str = ""
    needs: str = ""
    expected_start: date | None = None
    consent_on: date | None = None
    phone: str | None = None
    email: str | None = None


class NewLead(Details, frozen=True, kw_only=True):
    """What somebody said."""

    organisation_name: str = ""
    legal_form: str = "unknown"
    tax_system: str = ""
    tax_number: str | None = None
    activity: str = ""
    region: str = ""
    source: str
    features: str = ""
    owner_id: int | None = None
    next_action: str | None = None
    next_action_on: date | None = None

    @property
    def person(self) -> str:
        """The whole name: surname, name, patronymic, those of them that are known."""
        return " ".join(filter(None, (self.surname, self.name, self.patronymic)))


class Lead(NewLead, frozen=True, kw_only=True):
    """A lead as it stands on a day, since when it stands so."""

    id: int
    number: int
    state: str
    state_since: date
    wake_on: date | None
    owner: str | None
    fee_kopecks: int | None
    offer_until: date | None
    lost_reason: str | None
    duplicate_of: int | None
    organisation_id: int | None
    created_at: datetime

    @property
    def title(self) -> str:
        """How it is called in lists."""
        return self.organisation_name or self.person


class FoundLead(msgspec.Struct, frozen=True):
    """A lead that words were found in; ``state``: as it was left, whether or not it has woken since."""

    id: int
    name: str
    organisation_name: str
    state: str
    phone: str | None
    email: str | None

    @property
    def title(self) -> str:
        """How it is called in lists."""
        return self.organisation_name or self.name


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A step with what it says; None leaves what is known as it is."""

    state: str
    former_state: str | None = None
    wake_on: date | None = None
    legal_form: str | None = None
    tax_system: str | None = None
    activity: str | None = None
    region: str | None = None
    fee_kopecks: int | None = None
    offer_until: date | None = None
    lost_reason: str | None = None
    duplicate_of: int | None = None
    organisation_id: int | None = None


class LeadEvent(msgspec.Struct, frozen=True):
    """A line of its story: the step, and where the lead stood after it."""

    happened_at: datetime
    person: str
    transition: str
    state: str
    note: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may be the same as a new lead: a lead or a client."""

    id: int
    is_client: bool
    names: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    tax_number: str | None


def _lead(row: "dict[str, object]") -> Lead:
    return msgspec.convert(row | {"state": row["stands"], "state_since": row["stands_since"]}, Lead)


async def add_lead(db: WriteConnection, lead_id: int, new: NewLead, today: date, now: datetime, by: int | None) -> None:
    """It is new from today on."""
    await db.execute(
        SQL["add_lead"], lead_id, new.organisation_name, new.legal_form, new.tax_system, new.tax_number,
        new.activity, new.region, new.source, new.features, today, new.owner_id, new.next_action,
        new.next_action_on, now, by, *_details(new),
    )  # fmt: skip


def _details(one: Details) -> list[object]:
    return [getattr(one, name) for name in Details.__struct_fields__]


async def change_details(db: WriteConnection, lead_id: int, details: Details) -> bool:
    """False for a lead that is not in sight."""
    return await db.fetchval(SQL["change_lead_details"], lead_id, *_details(details)) is not None


async def lead_by_id(db: ReadConnection | WriteConnection, lead_id: int, today: date) -> Lead | None:
    """None for one that there is not, or that is not in sight."""
    row = await db.fetchrow(SQL["lead_by_id"], lead_id, today)
    return None if row is None else _lead(dict(row))


async def lock_lead(db: WriteConnection, lead_id: int, today: date) -> Lead | None:
    """The same, held until the transaction ends."""
    await db.fetchval(SQL["lock_lead"], lead_id)
    return await lead_by_id(db, lead_id, today)


async def list_leads(db: ReadConnection, states: Sequence[str], today: date, limit: int) -> list[Lead]:
    """Those that stand in the states, the next action first."""
    return [_lead(dict(row)) for row in await db.fetch(SQL["list_leads"], list(states), today, limit)]


async def find_leads(db: ReadConnection, words: str, limit: int) -> list[FoundLead]:
    """By anything that somebody may have of a lead; a telephone by its digits, however they are written."""
    digits = re.sub(r"^8(?=[0-9]{10}$)", "", re.sub(r"[\s()+-]", "", words))  # 8 is what Russians dial for +7
    phone = f"%{digits}%" if re.fullmatch(r"[0-9]{4,15}", digits) else ""  # fewer are found everywhere
    rows = await db.fetch(SQL["find_leads_by_words"], f"%{as_pattern(words.lower())}%", phone, limit)
    return [FoundLead(*row) for row in rows]


async def known(db: ReadConnection | WriteConnection) -> list[Known]:
    """Leads and clients in sight, as duplicates are looked for."""
    leads = [
        Known(
            id=row["id"], is_client=False, names=tuple(filter(None, (row["organisation_name"], row["name"]))),
            phones=tuple(filter(None, (row["phone"],))), emails=tuple(filter(None, (row["email"],))),
            tax_number=row["tax_number"],
        )
        for row in await db.fetch(SQL["known_leads"])
    ]  # fmt: skip
    clients = [
        Known(
            id=row["id"], is_client=True, names=(row["short_name"],), phones=tuple(row["phones"]),
            emails=tuple(row["emails"]), tax_number=row["tax_number"],
        )
        for row in await db.fetch(SQL["known_clients"])
    ]  # fmt: skip
    return leads + clients


async def next_owner(db: WriteConnection, roles: Sequence[str], today: date) -> int | None:
    """Whose turn it is among those who are here; None when nobody is."""
    found: int | None = await db.fetchval(SQL["next_owner"], list(roles), today)
    return found


async def move_lead(db: WriteConnection, lead_id: int, move: Move, today: date) -> None:
    """It stands in the new state from today on."""
    values = [getattr(move, name) for name in Move.__struct_fields__]
    await db.execute(SQL["move_lead"], lead_id, values[0], today, *values[1:])


async def set_next_action(db: WriteConnection, lead_id: int, what: str | None, on: date | None) -> bool:
    """False for a lead that is not in sight."""
    return await db.fetchval(SQL["set_next_action"], lead_id, what, on) is not None


async def set_owner(db: WriteConnection, lead_id: int, person_id: int) -> bool:
    """False for a lead that is not in sight."""
    return await db.fetchval(SQL["set_lead_owner"], lead_id, person_id) is not None


async def add_event(db: WriteConnection, event_id: int, lead_id: int, event: LeadEvent, by: int | None) -> None:
    """A line of its story."""
    await db.execute(
        SQL["add_lead_event"], event_id, lead_id, event.happened_at, by, event.person, event.transition, event.state,
        event.note,
    )  # fmt: skip


async def events_of_lead(db: ReadConnection, lead_id: int) -> list[LeadEvent]:
    """Newest first."""
    return [LeadEvent(*row) for row in await db.fetch(SQL["events_of_lead"], lead_id)]
