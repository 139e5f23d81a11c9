"""Contracts of a month held against what was done: what of it belongs to which contract, and their rows.

A case belongs to the contract of its client that has a line for its rule or makes its work; what no line names, and
every bill, to the oldest one. So nothing counts twice. What is not kept (invoices, payments, documents asked for,
prices of work outside of a contract) is not in a row.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

from accounting.office.contract_fees import FeeSpan, fees_within
from accounting.office.contract_work import PREFIX
from accounting.office.contracts import Contract, FeeChange
from accounting.office.realisation import (
    ContractMonth,
    DueCase,
    Extra,
    MonthMoney,
    Realisation,
    ToldBill,
    beyond_fee_of_month,
    lines_of_month,
    norm_of_month,
    realisation,
)
from admin.office.contract_terms import with_fee
from admin.office.contract_work import as_contract
from admin.office.months import Month
from admin.storage.office import catalogue, contracts
from admin.storage.office import realisation as storage
from admin.storage.office.contracts import StoredLine
from admin.storage.office.realisation import MonthContract
from fiscal_server.storage.pool import ReadConnection


class ContractRow(msgspec.Struct, frozen=True):
    """A contract and its month. ``fees``: all that it had in it; the row has the last one, undivided by days."""

    contract: MonthContract
    row: Realisation
    fees: tuple[FeeSpan, ...]


class _Owners:
    """Contracts of clients, oldest first, and which of them a code is of."""

    def __init__(self, held: Iterable[Contract]) -> None:
        self._of: dict[int, list[Contract]] = defaultdict(list)
        for contract in sorted(held, key=lambda one: (one.starts_on, int(one.id))):
            self._of[int(contract.client)].append(contract)

    def of(self, client: int, code: str = "") -> str:
        """The number of the contract."""
        held = self._of[client]
        if len(held) == 1 or not code:
            return held[0].id
        return next((one.id for one in held if _has(one, code)), held[0].id)


def _has(contract: Contract, code: str) -> bool:
    if code.startswith(PREFIX):
        return any(PREFIX + line.service == code for line in contract.lines)
    return any(span.names(code) for span in contract.coverage())


async def read_rows(
    db: ReadConnection, month: Month, place: tuple[str, int] | None, limit: int, at: tuple[date, tzinfo], *, money: bool
) -> list[ContractRow]:
    """By the names of clients, behind a place. ``at``: the day of the office, and its zone."""
    days, (today, zone) = (month.first, month.last), at
    listed = await storage.contracts_of_month(db, place, days, limit, money=money)
    clients = sorted({one.organisation_id for one in listed})
    beside = await storage.contracts_of_clients(db, clients, days)
    lines: dict[int, list[StoredLine]] = defaultdict(list)
    for line in await contracts.lines_of(db, [one.id for one in beside], money=money):
        lines[line.contract_id].append(line)
    held = {str(one.id): _priced(as_contract(one, lines[one.id]), lines[one.id]) for one in beside}
    parts = await _parts(db, clients, month, _Owners(held.values()), zone)
    norms = {code: one.norm_minutes for code, one in (await catalogue.services_by_code(db)).items()} if listed else {}
    rows = []
    for one in listed:
        contract = held[str(one.id)]
        of_month, fees = list(lines_of_month(contract, *days)), _fees(one, contract, days)
        told = msgspec.structs.replace(
            parts.get(contract.id, ContractMonth()),
            norm_minutes=norm_of_month(of_month, norms),
            money=_money(fees, beyond_fee_of_month(of_month)),
        )
        rows.append(ContractRow(one, realisation(told, today), fees or ()))
    return rows


def _priced(contract: Contract, lines: Sequence[StoredLine]) -> Contract:
    """With the prices of its lines, where they may be told."""
    prices = {str(line.id): line.price_kopecks or 0 for line in lines}
    priced = (msgspec.structs.replace(line, price_kopecks=prices[line.id]) for line in contract.lines)
    return msgspec.structs.replace(contract, lines=tuple(priced))


async def _parts(
    db: ReadConnection, clients: Sequence[int], month: Month, owners: _Owners, zone: tzinfo
) -> Mapping[str, ContractMonth]:
    """What was due, done, spent and told, by contract."""
    days = (month.first, month.last)
    between = (_midnight(month.first, zone), _midnight(month.last + timedelta(days=1), zone))
    cases: dict[str, list[DueCase]] = defaultdict(list)
    extras: dict[str, list[Extra]] = defaultdict(list)
    bills: dict[str, list[ToldBill]] = defaultdict(list)
    spent: dict[str, int] = defaultdict(int)
    for case in await storage.cases_due(db, clients, days):
        due = DueCase(state=case.state, due=case.due, target=case.target, closed_on=_day(case.closed_at, zone))
        cases[owners.of(case.organisation_id, case.code)].append(due)
    for done in await storage.extras(db, clients, between):
        extras[owners.of(done.organisation_id, done.code)].append(Extra(minutes=done.minutes))
    for one in await storage.minutes(db, clients, days):
        spent[owners.of(one.organisation_id, one.code)] += one.minutes
    for bill in await storage.bills(db, clients, days):
        told = ToldBill(due=bill.due, confirmed_on=_day(bill.confirmed_at, zone))
        bills[owners.of(bill.organisation_id)].append(told)
    return {
        key: ContractMonth(
            cases=tuple(cases[key]), extras=tuple(extras[key]), bills=tuple(bills[key]), spent_minutes=spent[key]
        )
        for key in {*cases, *extras, *bills, *spent}
    }


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _fees(one: MonthContract, contract: Contract, days: tuple[date, date]) -> tuple[FeeSpan, ...] | None:
    """Those of the days that it held on; None: they may not be told."""
    if one.fee_kopecks is None:
        return None
    changes = [FeeChange(day, fee) for day, fee in zip(one.fee_days, one.fee_sums, strict=True)]
    return fees_within(with_fee(contract, one, one.stages, changes), *days)


def _money(fees: tuple[FeeSpan, ...] | None, beyond_fee_kopecks: int) -> MonthMoney:
    """The fee of the last day of the month that the contract holds on, and its services beside it."""
    if fees is None:
        return MonthMoney()
    return MonthMoney(fee_kopecks=fees[-1].fee_kopecks if fees else 0, beyond_fee_kopecks=beyond_fee_kopecks)
