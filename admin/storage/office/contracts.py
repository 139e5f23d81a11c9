"""Contracts of clients: what they say, who has signed, what was done. ``money``: whether fees may be told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from accounting.office.contract_offer import OfferedLine
from accounting.office.contracts import FeeChange
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_contracts", "admin.storage")


class NewContract(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft says. ``ends_on``: the last day it holds on; ``terms``: what its text needs beside."""

    number: str = ""
    dated: date
    starts_on: date | None = None
    ends_on: date | None = None
    renews_by_months: int | None = None
    notice_days: int = 30
    fee_kopecks: int | None = 0
    """None: of somebody who may not see it, and leaves it as it is."""
    indexation_bp: int | None = None
    indexation_month: int | None = None
    terms: dict[str, Any] = {}


class ContractOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract is made of: a price, a lead, the contract that it follows."""

    tariff_plan_id: int | None = None
    calculation_id: int | None = None
    renews_contract_id: int | None = None
    lead_id: int | None = None


class ContractCard(NewContract, frozen=True, kw_only=True):
    """A contract as it stands. ``renewed_by``: the contract that follows it."""

    id: int
    version: int
    organisation_id: int
    short_name: str
    status: str
    lead_id: int | None
    calculation_id: int | None
    renews_contract_id: int | None
    original_returned_on: date | None
    notice_on: date | None
    closes_on: date | None
    renewed_by: int | None


class ListedContract(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the register."""

    id: int
    organisation_id: int
    short_name: str
    number: str
    dated: date
    status: str
    starts_on: date | None
    ends_on: date | None
    renews_by_months: int | None
    closes_on: date | None
    known_end: date | None
    """The end as it is known today; one that renews by itself has that of the running term."""
    fee_kopecks: int | None
    original_returned_on: date | None
    signed_by_us: date | None
    signed_by_client: date | None


class ContractFilter(msgspec.Struct, frozen=True, kw_only=True):
    """``mark``: client, office (not signed by them), original (not back), ends (within 60 days), over."""

    words: str | None = None
    status: str | None = None
    mark: str | None = None
    organisation_id: int | None = None


class StoredLine(OfferedLine, frozen=True, kw_only=True):
    """A line as it stands; ``price_kopecks`` None: it may not be told; ``annex_id``: which annex has added it."""

    id: int
    contract_id: int
    starts_on: date
    ends_on: date | None
    price_kopecks: int | None  # type: ignore[assignment]
    annex_id: int | None = None


class Signature(msgspec.Struct, frozen=True):
    """Of the office or of the client."""

    side: str
    signed_on: date
    method: str


class ContractEvent(msgspec.Struct, frozen=True):
    """A line of the story: the step, and where the contract stood after it."""

    happened_at: datetime
    person: str
    transition: str
    status: str
    note: str


class ForceRow(msgspec.Struct, frozen=True):
    """A contract that both sides have signed."""

    id: int
    number: str
    organisation_id: int
    status: str
    starts_on: date
    ends_on: date | None
    renews_by_months: int | None
    notice_days: int
    closes_on: date | None


def _pattern(words: str | None) -> str | None:
    if words is None:
        return None
    return words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


async def list_contracts(
    db: ReadConnection,
    wanted: ContractFilter,
    today: date,
    place: int | None,
    *,
    upwards: bool,
    limit: int,
    money: bool,
) -> list[ListedContract]:
    """Those behind a number, newest first; ``upwards``: those above it, nearest first."""
    rows = await db.fetch(
        SQL["contract_rows"], place, upwards, _pattern(wanted.words), wanted.status, wanted.mark, today,
        wanted.organisation_id, limit, money,
    )  # fmt: skip
    return [msgspec.convert(dict(row), ListedContract) for row in rows]


async def count_contracts(db: ReadConnection, wanted: ContractFilter, today: date) -> int:
    """How many the list has."""
    return int(
        await db.fetchval(
            SQL["count_contracts"], _pattern(wanted.words), wanted.status, wanted.mark, today, wanted.organisation_id
        )
    )


async def contract_by_id(
    db: ReadConnection | WriteConnection, contract_id: int, *, money: bool = True
) -> ContractCard | None:
    """None for one that there is not, or that is of a client out of sight."""
    row = await db.fetchrow(SQL["contract_by_id"], contract_id, money)
    return None if row is None else msgspec.convert(dict(row), ContractCard)


async def contract_of_price(db: WriteConnection, calculation_id: int) -> int | None:
    """The contract that a saved price became; None: none yet."""
    found: int | None = await db.fetchval(SQL["contract_of_calculation"], calculation_id)
    return found


async def fee_on(db: ReadConnection | WriteConnection, contract_id: int, day: date) -> int:
    """The fee of a month on a day, kopecks: the rule is ``accounting.office.contract_fees.fee_on``."""
    return int(await db.fetchval(SQL["fee_of_contract"], contract_id, day))


async def fee_changes_of(db: ReadConnection | WriteConnection, contract_id: int) -> list[FeeChange]:
    """What signed annexes agreed on, in their order."""
    return [FeeChange(*row) for row in await db.fetch(SQL["fee_changes_of_contract"], contract_id)]


async def lock_contract(db: WriteConnection, contract_id: int) -> ContractCard | None:
    """The same, held until the transaction ends."""
    await db.fetchval(SQL["lock_contract"], contract_id)
    return await contract_by_id(db, contract_id)


async def add_contract(
    db: WriteConnection, contract_id: int, organisation_id: int, new: NewContract, origin: ContractOrigin,
    now: datetime, by: int | None,
) -> bool:  # fmt: skip
    """False when its lead or the contract it follows has one already."""
    made = await db.fetchval(
        SQL["add_contract"], contract_id, organisation_id, new.number, new.dated, new.starts_on, new.ends_on,
        new.renews_by_months, new.notice_days, new.fee_kopecks or 0, new.indexation_bp, new.indexation_month,
        origin.tariff_plan_id, origin.calculation_id, origin.renews_contract_id, new.terms, origin.lead_id, now, by,
    )  # fmt: skip
    return made is not None


async def change_contract(db: WriteConnection, contract_id: int, version: int, new: NewContract, now: datetime) -> bool:
    """False when it is no draft any more, or was changed since ``version`` was read."""
    changed = await db.fetchval(
        SQL["change_contract"], contract_id, version, new.number, new.dated, new.starts_on, new.ends_on,
        new.renews_by_months, new.notice_days, new.fee_kopecks, new.indexation_bp, new.indexation_month, new.terms, now,
    )  # fmt: skip
    return changed is not None


async def move_contract(
    db: WriteConnection, contract_id: int, status: str, now: datetime, notice_on: date | None = None,
    closes_on: date | None = None,
) -> None:  # fmt: skip
    """A step."""
    await db.execute(SQL["move_contract"], contract_id, status, notice_on, closes_on, now)


async def original_is_back(db: WriteConnection, contract_id: int, on: date, now: datetime) -> bool:
    """The paper came back; False for a contract out of sight."""
    return await db.fetchval(SQL["original_is_back"], contract_id, on, now) is not None


async def add_signature(
    db: WriteConnection, contract_id: int, organisation_id: int, one: Signature, now: datetime, by: int | None
) -> bool:
    """False when that side had signed."""
    made = await db.fetchval(
        SQL["add_contract_signature"], contract_id, organisation_id, one.side, one.signed_on, one.method, now, by
    )
    return made is not None


async def signatures_of(db: ReadConnection | WriteConnection, contract_id: int) -> dict[str, Signature]:
    """By side."""
    return {row[0]: Signature(*row) for row in await db.fetch(SQL["signatures_of_contract"], contract_id)}


async def add_event(
    db: WriteConnection, event_id: int, card: tuple[int, int], event: ContractEvent, by: int | None
) -> None:
    """A line of the story; ``card``: contract and client."""
    await db.execute(
        SQL["add_contract_event"], event_id, *card, event.happened_at, by, event.person, event.transition, event.status,
        event.note,
    )  # fmt: skip


async def events_of(db: ReadConnection, contract_id: int) -> list[ContractEvent]:
    """Newest first."""
    return [ContractEvent(*row) for row in await db.fetch(SQL["events_of_contract"], contract_id)]


async def add_lines(
    db: WriteConnection, numbers: Sequence[int], card: tuple[int, int], lines: Sequence[OfferedLine],
    days: tuple[date, date | None], annex_id: int | None = None,
) -> None:  # fmt: skip
    """Services of a contract; ``card``: contract and client; ``days``: the first and the last one."""
    for number, line in zip(numbers, lines, strict=True):
        await db.execute(
            SQL["add_contract_lines"], number, *card, line.service, *days, line.period, list(line.months),
            line.due_rule, line.shift, list(line.obligations), line.quantity, line.price_kopecks, line.in_fee,
            annex_id,
        )  # fmt: skip


async def drop_line(db: WriteConnection, contract_id: int, line_id: int) -> str | None:
    """Its service; None for a line that is agreed to."""
    found: str | None = await db.fetchval(SQL["drop_contract_line"], line_id, contract_id)
    return found


async def end_line(db: WriteConnection, contract_id: int, line_id: int, on: date) -> str | None:
    """Its service; None when it begins later."""
    found: str | None = await db.fetchval(SQL["end_contract_line"], line_id, contract_id, on)
    return found


async def lines_of(
    db: ReadConnection | WriteConnection, contracts: Sequence[int], *, money: bool = True
) -> list[StoredLine]:
    """In their order."""
    rows = await db.fetch(SQL["lines_of_contracts"], list(contracts), money)
    return [msgspec.convert(dict(row), StoredLine) for row in rows]


async def in_force(db: ReadConnection | WriteConnection, organisations: Sequence[int]) -> list[ForceRow]:
    """What both sides of some clients have signed."""
    return [ForceRow(*row) for row in await db.fetch(SQL["contracts_in_force"], list(organisations))]
