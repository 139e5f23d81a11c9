"""Contracts in the plan: which obligations they serve, and the work that they make of themselves.

A client none of whose contracts both sides have signed is asked nothing: an office may keep its contracts elsewhere.
From the first signed one on, what no line serves is marked as outside the contract.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from accounting.office.clients import Client
from accounting.office.contract_steps import RENEWING
from accounting.office.contract_work import Work, WorkChange, WorkKey, compare_work, generated_work
from accounting.office.contracts import Contract, ContractLine
from accounting.office.due_rules import parse_due_rule
from accounting.office.obligation_templates import Shift
from accounting.office.passport import SHIFTS, Passport
from accounting.office.periods import PeriodKind
from accounting.office.planning import ObligationKey
from accounting.receipts.wording import day_text, in_language
from accounting.working_days import BusinessCalendar, CalendarRules
from admin.storage.office import catalogue, contracts, schedule
from admin.storage.office.contracts import ForceRow, StoredLine
from admin.storage.office.schedule import Changed, DueDateRow, Kept, ObligationRow
from admin.texts import LANGUAGES, say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

_WORKING: Final = ("signed", "active", "terminating", "closed")
"""A suspended contract serves what the law asks for and makes no work of its own. What a closed one owes for periods
until its last day is still to be done after it."""


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts of the clients of a plan. ``numbers``: how people call them; ``rules``: the day rules as written."""

    by_client: Mapping[str, list[Contract]]
    working: list[Contract]
    numbers: Mapping[str, str]
    rules: Mapping[tuple[str, str], str]
    services: Mapping[str, str]

    def cover(self, clients: Iterable[Client]) -> list[Client]:
        """The clients with what their contracts serve."""
        return [self._covered(client) for client in clients]

    def _covered(self, client: Client) -> Client:
        signed = self.by_client.get(client.id)
        if signed is None:
            return client
        coverage = tuple(one for contract in signed for one in contract.coverage())
        return msgspec.structs.replace(client, coverage=coverage)


async def load_contracts(db: ReadConnection | WriteConnection, organisations: Sequence[int]) -> InForce:
    """What both sides have signed."""
    rows = await contracts.in_force(db, organisations)
    lines: dict[int, list[StoredLine]] = defaultdict(list)
    for line in await contracts.lines_of(db, [row.id for row in rows], money=False):
        lines[line.contract_id].append(line)
    by_client: dict[str, list[Contract]] = defaultdict(list)
    working: list[Contract] = []
    for row in rows:
        contract = as_contract(row, lines[row.id])
        by_client[contract.client].append(contract)
        if row.status in _WORKING:
            working.append(contract)
    return InForce(
        by_client=by_client,
        working=working,
        numbers={str(row.id): row.number for row in rows},
        rules={(str(row.id), line.service): line.due_rule for row in rows for line in lines[row.id]},
        services={code: one.name for code, one in (await catalogue.services_by_code(db)).items()} if rows else {},
    )


def as_contract(row: ForceRow, lines: Sequence[StoredLine]) -> Contract:
    """As the rules take it, without its money: one that is closed, or not agreed to, renews no more."""
    renews = row.status in RENEWING or row.closes_on is not None
    return Contract(
        id=str(row.id), client=str(row.organisation_id), starts_on=row.starts_on, ends_on=row.ends_on,
        renews_by_months=row.renews_by_months if renews else None, notice_days=row.notice_days,
        closes_on=row.closes_on, lines=tuple(as_line(line) for line in lines),
    )  # fmt: skip


def as_line(line: StoredLine) -> ContractLine:
    """Raises ValueError where its terms do not fit its period."""
    return ContractLine(
        id=str(line.id), service=line.service, starts_on=line.starts_on, ends_on=line.ends_on,
        period=PeriodKind(line.period), months=frozenset(line.months),
        terms=parse_due_rule(line.due_rule) if line.due_rule else (), shift=Shift(line.shift),
        obligations=frozenset(line.obligations), quantity=line.quantity, in_fee=line.in_fee,
    )  # fmt: skip


class PlannedWork(msgspec.Struct, frozen=True, kw_only=True):
    """What the work of contracts would become. ``kept``: what stands of it."""

    change: WorkChange
    kept: Mapping[ObligationKey, Kept]
    of: InForce

    def told(self) -> list[list[object]]:
        """Equal for plans that would do the same."""
        change = self.change
        return [
            [(*one.key(), one.due) for one in change.created],
            [(*one.work.key(), one.was, one.work.due) for one in change.moved],
            [(*key, was) for key, was in change.cancelled],
        ]


async def prepare_work(
    db: ReadConnection | WriteConnection, clients: Sequence[Client], of: InForce, days: tuple[date, date]
) -> PlannedWork:
    """``days``: today, and the last day work is made for. What stands already for a day behind it stays planned."""
    today, until = days
    numbers = [int(client.id) for client in clients]
    kept = await schedule.kept_obligations(db, numbers, today, of_contracts=True)
    old = {WorkKey(*key): one.due for key, one in kept.items()}
    last = max([until, *old.values()])
    served = {client.id for client in clients}
    calendar = BusinessCalendar(CalendarRules())
    found = generated_work([one for one in of.working if one.client in served], calendar, today, last)
    wanted = [one for one in found if one.due <= until or one.key() in old]
    begun = {WorkKey(*key) for key, one in kept.items() if one.is_fixed}
    return PlannedWork(change=compare_work(old, wanted, today, begun), kept=kept, of=of)


async def apply_work(db: WriteConnection, take_ids: Callable[[int], list[int]], planned: PlannedWork) -> list[Changed]:
    """Written; a second time nothing is."""
    change = planned.change
    pieces = [*change.created, *(one.work for one in change.moved)]
    changes: list[Changed] = []
    if pieces:
        told = [_told(work, planned.of, number) for work, number in zip(pieces, take_ids(len(pieces)), strict=True)]
        days = await schedule.put_due_dates(db, list({row.fingerprint: row for row in told}.values()))
        due_ids = {work.key(): days[row.fingerprint] for work, row in zip(pieces, told, strict=True)}
        made = [
            _row(number, work, due_ids)
            for number, work in zip(take_ids(len(change.created)), change.created, strict=True)
        ]
        changes += await schedule.put_obligations(db, made)
        moved = [_row(planned.kept[ObligationKey(*one.work.key())].id, one.work, due_ids) for one in change.moved]
        done = await schedule.move_obligations(db, moved)
        changes += [
            Changed(row.id, row.organisation_id, "moved", one.was, row.due)
            for row, one in zip(moved, change.moved, strict=True)
            if row.id in done
        ]
    gone = [(planned.kept[ObligationKey(*key)].id, key, was) for key, was in change.cancelled]
    done = await schedule.cancel_obligations(db, [number for number, _, _ in gone])
    cancelled = [(number, key, was) for number, key, was in gone if number in done]
    return changes + [Changed(number, int(key.organisation), "cancelled", was, None) for number, key, was in cancelled]


def _row(number: int, work: Work, due_ids: Mapping[WorkKey, int]) -> ObligationRow:
    return ObligationRow(
        id=number, organisation_id=int(work.organisation), code=work.code, period=work.period,
        instalment=work.instalment, due_date_id=due_ids[work.key()], due=work.due, target=work.due,
        profile_since=work.since, is_outside_contract=False,
    )  # fmt: skip


def _told(work: Work, of: InForce, number: int) -> DueDateRow:
    """Why the day is the day, in every language; the name in that of whoever plans."""
    passports = {}
    for language in LANGUAGES:
        with in_language(language):
            passports[language] = msgspec.to_builtins(_passport(work, of))
    kept = [work.code, work.period, work.instalment, work.nominal, work.due, passports]
    return DueDateRow(
        id=number, fingerprint=hashlib.sha256(msgspec.json.encode(kept, order="sorted")).digest(), code=work.code,
        period=work.period, instalment=work.instalment, name=_name(work, of), kind="contract", nominal=work.nominal,
        due=work.due, target=work.due, is_preliminary=False, passports=passports,
    )  # fmt: skip


def _name(work: Work, of: InForce) -> str:
    return of.services.get(work.service, work.service)


def _passport(work: Work, of: InForce) -> Passport:
    moved = ""
    if work.nominal != work.due:
        moved = say(SHIFTS[Shift.NEXT if work.due > work.nominal else Shift.PREV])
    return Passport(
        what=_name(work, of),
        period=work.period,
        rule=of.rules.get((work.contract, work.service), ""),
        nominal=day_text(work.nominal),
        moved=moved,
        due=day_text(work.due),
        law=say("Договор {number}", number=of.numbers.get(work.contract, "")),
        certainty=say("так договорились с клиентом"),
        version="",
        warnings=(),
    )
