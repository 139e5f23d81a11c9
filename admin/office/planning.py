"""Re-planning: what clients owe by today's profiles and calendars, set against what was planned; shown, then written.

``prepare``   load, plan, compare: changes nothing
``apply``     the same anew, under a lock, and written; refused when it is no longer what was shown
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from accounting.office.clients import Client, TaxProfile
from accounting.office.due_dates import Calendars, DueDate
from accounting.office.obligation_templates import OneOffDate, Pack
from accounting.office.pack_files import COUNTRIES, shipped_pack
from accounting.office.passport import passport
from accounting.office.plan_changes import PlanChange, compare
from accounting.office.planning import Obligation, ObligationKey, Plan, plan
from accounting.receipts.wording import in_language
from admin.office import contract_work
from admin.office.contract_work import PlannedWork
from admin.office.told_sums import ask_about_told
from admin.storage.office import case_plan, profiles, schedule
from admin.storage.office.schedule import Changed, DueDateRow, Kept, ObligationRow, Run
from admin.texts import LANGUAGES
from fiscal_server.storage.pool import ReadConnection, WriteConnection

MONTHS_AHEAD: Final = 3
"""How far ahead obligations are made (office domain 3.12)."""

_LOOKED_BACK: Final = timedelta(days=120)
"""What was due before and may have been put off by an authority since."""
_LOOKED_BEYOND: Final = timedelta(days=92)
"""How much further the plan reaches than obligations are made, so that what is put off is moved, not cancelled."""
_PIECE: Final = 5_000
"""Rows of one statement: each takes a part of a second."""


class PlanIsOld(Exception):
    """What would be done is no longer what was shown."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A re-planning that is not done yet. ``clients``: those it is about; ``fingerprint``: what it would change."""

    clients: list[Client]
    until: date
    change: PlanChange
    kept: Mapping[ObligationKey, Kept]
    reflagged: Mapping[bool, list[int]]
    """Numbers of those that no contract serves any more (True), and of those that one serves now."""
    work: PlannedWork
    """What contracts make of themselves."""

    @property
    def fingerprint(self) -> str:
        """Equal for re-plannings that would do the same."""
        change = self.change
        told: list[object] = [
            [("+", *one.key(), one.what.due) for one in change.created],
            [("~", *one.obligation.key(), one.was, one.obligation.what.due) for one in change.moved],
            [("-", *one.key, one.was) for one in change.cancelled],
            *self.work.told(),
            *self.reflagged.values(),
        ]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def by_client(self) -> dict[str, Counter[str]]:
        """How many are created, moved, cancelled, begun or told and in conflict, by client."""
        found: dict[str, Counter[str]] = {}
        work = self.work.change
        for name, clients in (
            ("created", [one.client for one in self.change.created]),
            ("moved", [one.obligation.client for one in self.change.moved]),
            ("cancelled", [one.key.client for one in self.change.cancelled]),
            ("conflicts", [one.key.client for one in self.change.conflicts if not one.is_told]),
            ("told", [one.key.client for one in self.change.conflicts if one.is_told]),
            ("created", [one.organisation for one in work.created]),
            ("moved", [one.work.organisation for one in work.moved]),
            ("cancelled", [key.organisation for key, _ in work.cancelled]),
        ):
            for client in clients:
                found.setdefault(client, Counter())[name] += 1
        return found


def horizon(today: date) -> date:
    """The last day obligations are made for: the end of the month some months ahead; a month more from the 20th on."""
    months = today.month - 1 + MONTHS_AHEAD + (1 if today.day >= 20 else 0) + 1
    return date(today.year + months // 12, months % 12 + 1, 1) - timedelta(days=1)


async def load_packs(db: ReadConnection | WriteConnection) -> dict[str, Pack]:
    """The calendars of all countries with what the office confirmed and entered itself."""
    confirmed, own = await schedule.confirmed_codes(db), await schedule.own_dates(db)
    packs = {}
    for country in COUNTRIES:
        pack = shipped_pack(country)
        known = {template.code for template in pack.templates}
        packs[country] = pack.confirmed(confirmed & known).with_dates(one for one in own if one.code in known)
    return packs


async def set_own_date(db: WriteConnection, date_id: int, one: OneOffDate, who: "Who") -> None:
    """A day that an authority set, for everybody or one client. Raises ValueError for an obligation, a period or an
    instalment that there is not: such a row would stop every plan."""
    country = one.code.partition("-")[0]
    packs = await load_packs(db)
    if country not in packs:
        raise ValueError(f"no calendar has {one.code}")
    packs[country].with_dates([one])
    await schedule.add_own_date(db, date_id, one, who.now, who.person_id)


async def prepare(
    db: ReadConnection | WriteConnection,
    today: date,
    *,
    organisation_id: int | None = None,
    until: date | None = None,
    profile: tuple[TaxProfile, date] | None = None,
) -> Prepared:
    """For everybody in sight, or one client; ``profile``: as if that client had it from a day on."""
    clients = await profiles.load_clients(db, organisation_id)
    if profile is not None:
        clients = [client.with_profile(*profile) for client in clients]
    numbers = [int(client.id) for client in clients]
    of = await contract_work.load_contracts(db, numbers)
    clients = of.cover(clients)
    kept = await schedule.kept_obligations(db, numbers, today - _LOOKED_BACK)
    until = until or horizon(today)
    dates = {key: one.due for key, one in kept.items()}
    last = max(until, *dates.values()) if dates else until
    planned = plan(clients, await load_packs(db), today, last + _LOOKED_BEYOND)
    begun = {key for key, one in kept.items() if one.is_begun}
    said = {key for key, one in kept.items() if one.is_told}
    change = compare(dates, planned, today=today, until=until, begun=begun, told=said)
    work = await contract_work.prepare_work(db, clients, of, (today, until))
    return Prepared(
        clients=clients, until=until, change=change, kept=kept, reflagged=_reflagged(kept, planned), work=work
    )


def _reflagged(kept: Mapping[ObligationKey, Kept], planned: Plan) -> dict[bool, list[int]]:
    """What stands and is served otherwise than it was."""
    found: dict[bool, list[int]] = {True: [], False: []}
    for one in planned.obligations:
        stands = kept.get(one.key())
        if stands is not None and stands.is_outside != one.outside_contract:
            found[one.outside_contract].append(stands.id)
    return found


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """By whom and why a re-planning is done."""

    person_id: int | None
    person: str
    reason: str
    now: datetime


async def apply(
    db: WriteConnection,
    take_ids: Callable[[int], list[int]],
    today: date,
    who: Who,
    *,
    organisation_id: int | None = None,
    until: date | None = None,
    shown: str | None = None,
    only_new: bool = False,
) -> Run:
    """Writes the re-planning in this transaction. ``shown``: the fingerprint of what a person agreed to; ``only_new``:
    what moves or goes is left for a person to look at.

    Twice in a row the second changes nothing. Raises PlanIsOld.
    """
    await schedule.plan_alone(db)
    prepared = await prepare(db, today, organisation_id=organisation_id, until=until)
    if shown is not None and shown != prepared.fingerprint:
        raise PlanIsOld
    if only_new:
        change = msgspec.structs.replace(prepared.change, moved=(), cancelled=())
        made = msgspec.structs.replace(prepared.work.change, moved=(), cancelled=())
        work = msgspec.structs.replace(prepared.work, change=made)
        prepared = msgspec.structs.replace(prepared, change=change, work=work)
    change = prepared.change
    due_ids = await _tell_due_dates(db, take_ids, change)
    changes = await _create(db, take_ids, change.created, due_ids)
    changes += await _move(db, prepared, due_ids)
    changes += await _cancel(db, prepared)
    changes += await contract_work.apply_work(db, take_ids, prepared.work)
    for outside, numbers in prepared.reflagged.items():
        await schedule.flag_obligations(db, numbers, outside=outside)
    counts = Counter(one.change for one in changes)
    run = Run(
        applied_at=who.now, person=who.person, reason=who.reason, until=prepared.until,
        organisations=len(prepared.clients), created=counts["created"], moved=counts["moved"],
        cancelled=counts["cancelled"], conflicts=len(change.conflicts),
    )  # fmt: skip
    await schedule.add_run(db, take_ids(1)[0], run, who.person_id, changes)
    await case_plan.follow(db, take_ids, today, who.now, (who.person_id, who.person))
    await ask_about_told(db, take_ids, change.conflicts, prepared.kept, (today, who.now), who.person)
    return run


async def _tell_due_dates(
    db: WriteConnection, take_ids: Callable[[int], list[int]], change: PlanChange
) -> dict[int, int]:
    """Numbers of the due dates by the identity of the object: one serves all clients that share it."""
    wanted = {id(one.what): one for one in (*change.created, *(moved.obligation for moved in change.moved))}
    if not wanted:
        return {}
    calendars = Calendars()
    country = {identity: one.what.template.code.partition("-")[0] for identity, one in wanted.items()}
    rows = {
        identity: told(one.what, calendars, country[identity], number)
        for (identity, one), number in zip(wanted.items(), take_ids(len(wanted)), strict=True)
    }
    unique = list({row.fingerprint: row for row in rows.values()}.values())
    numbers = await schedule.put_due_dates(db, unique)
    return {identity: numbers[row.fingerprint] for identity, row in rows.items()}


def told(what: DueDate, calendars: Calendars, country: str, number: int) -> DueDateRow:
    """What is kept of a due date: its days, and its passport in every language of the panel."""
    calendar = calendars.of(country, None, what.template.saturdays)
    passports = {}
    for language in LANGUAGES:
        with in_language(language):
            passports[language] = msgspec.to_builtins(passport(what, calendar))
    days = [what.due, what.target, what.nominal, what.period.key, what.instalment, what.template.kind.value]
    return DueDateRow(
        id=number,
        fingerprint=hashlib.sha256(msgspec.json.encode([days, passports], order="sorted")).digest(),
        code=what.template.code,
        period=what.period.key,
        instalment=what.instalment,
        name=what.template.name,
        kind=what.template.kind.value,
        nominal=what.nominal,
        due=what.due,
        target=what.target,
        is_preliminary=what.preliminary,
        passports=passports,
    )


def _row(number: int, one: Obligation, due_ids: Mapping[int, int]) -> ObligationRow:
    what = one.what
    return ObligationRow(
        id=number,
        organisation_id=int(one.client),
        code=what.template.code,
        period=what.period.key,
        instalment=what.instalment,
        due_date_id=due_ids[id(what)],
        due=what.due,
        target=what.target,
        profile_since=one.profile_since,
        is_outside_contract=one.outside_contract,
    )


async def _create(
    db: WriteConnection,
    take_ids: Callable[[int], list[int]],
    created: Sequence[Obligation],
    due_ids: Mapping[int, int],
) -> list[Changed]:
    changes: list[Changed] = []
    for start in range(0, len(created), _PIECE):
        piece = created[start : start + _PIECE]
        numbers = take_ids(len(piece))
        rows = [_row(number, one, due_ids) for number, one in zip(numbers, piece, strict=True)]
        changes += await schedule.put_obligations(db, rows)
    return changes


async def _move(db: WriteConnection, prepared: Prepared, due_ids: Mapping[int, int]) -> list[Changed]:
    moved = prepared.change.moved
    rows = [_row(prepared.kept[one.obligation.key()].id, one.obligation, due_ids) for one in moved]
    done = await schedule.move_obligations(db, rows)
    return [
        Changed(row.id, row.organisation_id, "moved", one.was, row.due)
        for row, one in zip(rows, moved, strict=True)
        if row.id in done
    ]


async def _cancel(db: WriteConnection, prepared: Prepared) -> list[Changed]:
    gone = [(prepared.kept[one.key].id, one) for one in prepared.change.cancelled]
    done = await schedule.cancel_obligations(db, [number for number, _ in gone])
    return [Changed(number, int(one.key.client), "cancelled", one.was, None) for number, one in gone if number in done]
