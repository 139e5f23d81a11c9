"""Annexes of contracts: what they say and change, who has signed. ``money``: whether fees may be told."""

from datetime import date, datetime

import msgspec

from accounting.office.contract_annex import ChangeKind
from accounting.office.contract_offer import OfferedLine
from admin.storage.office.contracts import Signature
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_annexes", "admin.storage")


class NewAnnex(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft says; ``subject``: what changes beside lines and fee, in words."""

    number: str
    dated: date
    subject: str = ""


class Annex(NewAnnex, frozen=True, kw_only=True):
    """An annex as it stands. ``state``: draft, signed, cancelled."""

    id: int
    version: int
    contract_id: int
    organisation_id: int
    state: str
    signed_by_us: date | None
    signed_by_client: date | None

    @property
    def is_open(self) -> bool:
        """Whether what it says may still change: nobody has signed it."""
        return self.state == "draft" and self.signed_by_us is None and self.signed_by_client is None


class NewChange(msgspec.Struct, frozen=True, kw_only=True):
    """``on_day``: the last day of a line that ends, of all others the first. ``ends_on``: of a line that is added."""

    kind: ChangeKind
    on_day: date
    line_id: int | None = None
    ends_on: date | None = None
    line: OfferedLine | None = None
    price_kopecks: int | None = None


class StoredChange(NewChange, frozen=True, kw_only=True):
    """With its number and annex; sums are None, and nought in ``line``, when they may not be told."""

    id: int
    annex_id: int


async def annexes_of(db: ReadConnection | WriteConnection, contract_id: int) -> list[Annex]:
    """In their order; none of a contract out of sight."""
    rows = await db.fetch(SQL["annexes_of_contract"], contract_id, None)
    return [msgspec.convert(dict(row), Annex) for row in rows]


async def annex_by_id(db: ReadConnection | WriteConnection, contract_id: int, annex_id: int) -> Annex | None:
    """None for one that there is not, or that is of another contract or out of sight."""
    row = await db.fetchrow(SQL["annexes_of_contract"], contract_id, annex_id)
    return None if row is None else msgspec.convert(dict(row), Annex)


async def add_annex(
    db: WriteConnection, annex_id: int, card: tuple[int, int], new: NewAnnex, now: datetime, by: int | None
) -> bool:
    """False when the contract has one of that number; ``card``: contract and client."""
    made = await db.fetchval(SQL["add_annex"], annex_id, *card, new.number, new.dated, new.subject, now, by)
    return made is not None


async def change_annex(db: WriteConnection, annex_id: int, version: int, new: NewAnnex, now: datetime) -> bool:
    """False when one side has signed it, or it was changed since ``version`` was read."""
    changed = await db.fetchval(SQL["change_annex"], annex_id, version, new.number, new.dated, new.subject, now)
    return changed is not None


async def move_annex(db: WriteConnection, annex_id: int, state: str, now: datetime) -> None:
    """Signed or cancelled."""
    await db.execute(SQL["move_annex"], annex_id, state, now)


async def changes_of(
    db: ReadConnection | WriteConnection, contract_id: int, *, money: bool = True
) -> dict[int, list[StoredChange]]:
    """Of all annexes of a contract, by annex, in their order."""
    found: dict[int, list[StoredChange]] = {}
    for row in await db.fetch(SQL["changes_of_annexes"], contract_id, money):
        one = msgspec.convert(dict(row), StoredChange)
        found.setdefault(one.annex_id, []).append(one)
    return found


async def add_change(db: WriteConnection, change_id: int, annex: Annex, new: NewChange) -> bool:
    """False when the annex changes that line, or the fee, already."""
    line = None if new.line is None else msgspec.to_builtins(new.line)
    made = await db.fetchval(
        SQL["add_annex_change"], change_id, annex.id, annex.organisation_id, new.kind, new.on_day, new.line_id,
        new.ends_on, line, new.price_kopecks,
    )  # fmt: skip
    return made is not None


async def drop_change(db: WriteConnection, annex_id: int, change_id: int) -> bool:
    """False when one side has signed it."""
    return await db.fetchval(SQL["drop_annex_change"], change_id, annex_id) is not None


async def add_signature(db: WriteConnection, annex: Annex, one: Signature, now: datetime, by: int | None) -> bool:
    """False when that side had signed."""
    made = await db.fetchval(
        SQL["add_annex_signature"], annex.id, annex.organisation_id, one.side, one.signed_on, one.method, now, by
    )
    return made is not None


async def signatures_of(db: ReadConnection | WriteConnection, annex_id: int) -> dict[str, Signature]:
    """By side."""
    return {row[0]: Signature(*row) for row in await db.fetch(SQL["signatures_of_annex"], annex_id)}
