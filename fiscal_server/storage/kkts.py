"""Cassettes, their slots (KKTs) and rotations; who may work with a KKT: leases.py."""

from collections.abc import Sequence
from datetime import date, datetime, time

import msgspec

from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import Owner

SQL = load_queries("kkts")


class KktRow(msgspec.Struct, frozen=True):
    """A KKT as its worker knows it, with what its merchant prints on every receipt."""

    merchant_id: int
    id: int
    cassette_id: int
    slot: int
    address: str
    ofd_address: str
    fn_number: str
    ffd: int
    state: str
    last_fd: int
    acked_fd: int
    shift_number: int
    shift_opened_at: datetime | None
    checked_shift: int  # totals of shifts up to this one agree with the FN's, or a person accepts them
    fault: str | None
    unreachable_since: datetime | None
    paused_since: datetime | None
    warm_since: datetime | None
    generation: int
    close_archive: bool
    rules: CassetteRules
    receipt_id_tag: int
    cashier: str
    place: str
    settlement_address: str
    timezone: str  # in which shift_closes_at is meant
    shift_closes_at: time | None
    unconfirmed_since: datetime | None  # when the oldest document was recorded that the operator lacks
    orders: list[str]  # kinds of what people have asked of this KKT

    @property
    def owner(self) -> Owner:
        """Who held the KKT when the row was read."""
        return Owner(self.merchant_id, self.id, self.generation)


class SlotRow(msgspec.Struct, frozen=True):
    """A slot as people see it."""

    merchant_id: int
    id: int
    cassette_id: int
    cassette: str
    slot: int
    address: str
    fn_number: str
    registration_number: str
    ffd: int
    emulated: bool
    state: str
    last_fd: int
    acked_fd: int
    shift_number: int
    shift_opened_at: datetime | None
    documents_left: int | None
    valid_until: date | None
    warnings: int
    fault: str | None
    unreachable_since: datetime | None
    paused_since: datetime | None


class CassetteRow(msgspec.Struct, frozen=True):
    """A cassette; ``slots``: their states in order."""

    id: int
    name: str
    parallel: int
    close_archive: bool
    rules: CassetteRules
    slots: list[str]


class NewKkt(msgspec.Struct, frozen=True, kw_only=True):
    """A registered KKT that joins a cassette."""

    merchant_id: int
    id: int
    cassette_id: int
    address: str
    ofd_address: str
    fn_number: str
    registration_number: str
    ffd: int
    emulated: bool
    last_fd: int
    home_node: int | None = None  # that it is plugged into; None: any node reaches it over the network
    lease_hold_ms: int | None = None  # an owner in a replaced database may be under way with it for so long; None: none


async def add_cassette(
    db: WriteConnection, merchant_id: int, cassette_id: int, name: str, *, parallel: int = 1, close_archive: bool = True
) -> None:
    """A cassette without slots."""
    await db.execute(SQL["add_cassette"], merchant_id, cassette_id, name, parallel, close_archive)


async def find_cassette(db: ReadConnection | WriteConnection, merchant_id: int, name: str) -> int | None:
    """The id of a merchant's cassette by its name."""
    row = await db.fetchrow(SQL["find_cassette"], merchant_id, name)
    return None if row is None else int(row["id"])


async def ffd_of_cassette(db: ReadConnection | WriteConnection, merchant_id: int, cassette_id: int) -> int | None:
    """Tag 1209 of the FN that makes the next document of a cassette; None while there is none."""
    found: int | None = await db.fetchval(SQL["ffd_of_cassette"], merchant_id, cassette_id)
    return found


async def lock_merchant(db: WriteConnection, merchant_id: int) -> None:
    """Cassettes and slots of a merchant are added one after another."""
    await db.execute(SQL["lock_merchant"], merchant_id)


async def merchant_of_fn(db: WriteConnection, fn_number: str) -> str | None:
    """Name of the merchant whose slot an FN is already; None: it is nobody's."""
    found: str | None = await db.fetchval(SQL["merchant_of_fn"], fn_number)
    return found


async def list_cassettes(db: ReadConnection | WriteConnection, merchant_id: int) -> list[CassetteRow]:
    """A merchant's cassettes, the one that its receipts go to first."""
    rows = await db.fetch(SQL["list_cassettes"], merchant_id)
    return [CassetteRow(**{**row, "rules": msgspec.convert(row["rules"], CassetteRules)}) for row in rows]


async def hold_cassette(db: WriteConnection, merchant_id: int, cassette_id: int) -> None:
    """Nobody else changes its rules until the end of the transaction."""
    await db.execute(SQL["lock_cassette_row"], merchant_id, cassette_id)


async def add_kkt(db: WriteConnection, kkt: NewKkt, now: datetime) -> None:
    """Put a KKT into the next slot of its cassette, READY."""
    await db.execute(SQL["add_kkt"], *msgspec.structs.astuple(kkt), now)
    await db.execute(SQL["count_kkts"])


async def route_of_merchant(db: ReadConnection | WriteConnection, merchant_id: int) -> int | None:
    """The cassette that takes a merchant's receipts; None while it has none."""
    found: int | None = await db.fetchval(SQL["route_of_merchant"], merchant_id)
    return found


async def read_kkt(db: ReadConnection | WriteConnection, merchant_id: int, kkt_id: int) -> KktRow:
    """Raises LookupError when there is no such KKT."""
    row = await db.fetchrow(SQL["read_kkt"], merchant_id, kkt_id)
    if row is None:
        raise LookupError(f"there is no KKT {kkt_id}")
    return KktRow(**{**row, "rules": msgspec.convert(row["rules"], CassetteRules)})


async def list_kkts(db: ReadConnection | WriteConnection, merchant_id: int | None = None) -> list[SlotRow]:
    """Every slot in the order of its cassette; of one merchant, or of all."""
    return [SlotRow(*row) for row in await db.fetch(SQL["list_kkts"], merchant_id)]


async def record_confirmations(
    db: WriteConnection, confirmed: Sequence[tuple[Owner, int, int | None]], now: datetime
) -> None:
    """Rows of (owner, FD number, the operator's code if it is known), those of one KKT without a gap.

    What is known already, or stale, is dropped.
    """
    columns = [(o.merchant_id, o.kkt_id, o.generation, fd_number, code) for o, fd_number, code in confirmed]
    if columns:
        await db.execute(SQL["record_confirmations"], *map(list, zip(*columns, strict=True)), now)


async def note_refusal(db: WriteConnection, kkt: KktRow, fd_number: int, code: int, now: datetime) -> None:
    """Keep the operator's code for a document that the FN has not been told of yet."""
    await db.execute(SQL["note_refusal"], kkt.merchant_id, kkt.fn_number, fd_number, code, now)


async def forget_refusal(db: WriteConnection, kkt: KktRow, fd_number: int) -> None:
    """Drop a code that the FN would not take for a document."""
    await db.execute(SQL["forget_refusal"], kkt.merchant_id, kkt.fn_number, fd_number)


async def oldest_unconfirmed(db: ReadConnection, kkt: KktRow) -> datetime | None:
    """When the first document was recorded that the operator has not confirmed; None when it has all."""
    found: datetime | None = await db.fetchval(
        SQL["oldest_unconfirmed"], kkt.merchant_id, kkt.fn_number, kkt.acked_fd + 1
    )
    return found


async def announce_kkts(db: WriteConnection) -> None:
    """Wake the dispatchers when this transaction commits: something about KKTs or nodes has changed."""
    await db.execute(SQL["announce_kkts"])


async def change_operator(db: WriteConnection, merchant_id: int, kkt_id: int, ofd_address: str) -> None:
    """``ofd_address`` is host:port. The caller holds the KKT."""
    await db.execute(SQL["change_operator"], merchant_id, kkt_id, ofd_address)
