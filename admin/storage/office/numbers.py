"""Numbers of contracts: what is taken, what people have passed over, and the rules that the office has written."""

from datetime import datetime

import msgspec

from accounting.office.numbering import Series
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_numbers", "admin.storage")


class Skip(msgspec.Struct, frozen=True):
    """Counters of a series that a person has passed over, up to and with one."""

    series: str
    up_to: int
    reason: str
    person: str
    made_at: datetime


async def rules(db: ReadConnection | WriteConnection) -> dict[str, str]:
    """By kind: contract, annex; those that nobody has written are not there."""
    return {row[0]: row[1] for row in await db.fetch(SQL["number_rules"])}


async def put_rule(db: WriteConnection, kind: str, rule: str, now: datetime, by: int | None) -> None:
    """Another rule."""
    await db.execute(SQL["put_number_rule"], kind, rule, now, by)


async def hold(db: WriteConnection) -> None:
    """Nobody else gets a number until the transaction ends."""
    await db.execute(SQL["hold_contract_numbers"])


async def next_of(db: ReadConnection | WriteConnection, series: Series) -> str:
    """The number that the next contract of a series gets."""
    taken = [row[0] for row in await db.fetch(SQL["numbers_of_series"], series.before, series.after)]
    return series.next_number(taken, await db.fetchval(SQL["skipped_numbers_of_series"], series.name()))


async def is_taken(db: ReadConnection | WriteConnection, number: str) -> bool:
    """Also by a contract out of sight."""
    return bool(await db.fetchval(SQL["number_is_taken"], number))


async def take(db: WriteConnection, number: str, contract_id: int) -> bool:
    """False when another contract has it."""
    return await db.fetchval(SQL["take_contract_number"], number, contract_id) is not None


async def free(db: WriteConnection, contract_id: int) -> None:
    """A draft gives its number back."""
    await db.execute(SQL["free_contract_number"], contract_id)


async def add_skip(db: WriteConnection, skip_id: int, one: Skip) -> None:
    """Counters are passed over."""
    await db.execute(SQL["add_number_skip"], skip_id, one.series, one.up_to, one.reason, one.person, one.made_at)


async def skips(db: ReadConnection, limit: int = 50) -> list[Skip]:
    """Newest first."""
    return [Skip(*row) for row in await db.fetch(SQL["list_number_skips"], limit)]
