"""What is going on, for one screen: queue, cassettes, rotations, newest receipts, each for several merchants at once.

The panel's role reads under row-level security: outside ``seen_by`` its queries find nothing.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime

import asyncpg
import msgspec

from accounting.receipts.model import Receipt
from fiscal_server.errors import StorageError
from fiscal_server.ids import first_id_at
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.pool import Database, ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("overview")

DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up
    asyncpg.InsufficientResourcesError,  # too many connections
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections for now
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver, surprised by a connection that ends while it is being used
    StorageError,  # another version's schema
    OSError,
    TimeoutError,
)
"""What connecting and reading raise when the database is not there for us. A query that is wrong is not among them."""


class MerchantName(msgspec.Struct, frozen=True):
    """A merchant as it is listed."""

    id: int
    name: str


class Unfinished(msgspec.Struct, frozen=True):
    """Receipts of one merchant that stand in the queue in one state; ``since`` counts those made after a moment."""

    merchant_id: int
    state: ReceiptState
    receipts: int
    since: int


class Received(msgspec.Struct, frozen=True):
    """What a merchant's billing systems sent after a moment."""

    merchant_id: int
    batches: int
    events: int
    receipts: int


class Slot(msgspec.Struct, frozen=True):
    """A place in a cassette with the FN in it."""

    id: int
    slot: int
    fn_number: str
    emulated: bool
    state: str
    last_fd: int
    acked_fd: int
    shift_number: int
    shift_opened_at: datetime | None
    documents_left: int | None
    valid_until: date | None
    fault: str | None
    unreachable_since: datetime | None
    paused_since: datetime | None
    unconfirmed_since: datetime | None

    @property
    def backlog(self) -> int:
        """Documents that the operator lacks."""
        return self.last_fd - self.acked_fd


class Cassette(msgspec.Struct, frozen=True):
    """A cassette and its slots in order."""

    merchant_id: int
    id: int
    name: str
    slots: list[Slot]


class Rotation(msgspec.Struct, frozen=True):
    """One slot gave way to another, or to none."""

    merchant_id: int
    cassette_id: int
    rotated_at: datetime
    reason: str
    from_slot: int
    from_fn: str
    to_slot: int | None
    to_fn: str | None


class NewestReceipt(msgspec.Struct, frozen=True):
    """A receipt of the list and how far it has come."""

    merchant_id: int
    id: int
    created_at: datetime
    form: int
    sign: int
    total_kopecks: int
    consolidated: str | None
    body: bytes
    account: str | None
    queue_state: str | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None  # naive: the KKT's own clock
    ofd_code: int | None

    @property
    def state(self) -> ReceiptState:
        """Where the receipt stands: in the queue, registered, or with the operator."""
        if self.queue_state is not None:
            return ReceiptState(self.queue_state)
        return ReceiptState.OFD_ACKED if self.ofd_code == 0 else ReceiptState.REGISTERED


class RefusedReceipt(msgspec.Struct, frozen=True):
    """A receipt that a device refused, with its words."""

    merchant_id: int
    id: int
    created_at: datetime
    form: int
    sign: int
    total_kopecks: int
    consolidated: str | None
    body: bytes
    account: str | None
    error: str | None
    refused_at: datetime


def content_of(row: NewestReceipt | RefusedReceipt) -> Receipt:
    """The receipt itself."""
    return msgspec.msgpack.decode(row.body, type=Receipt)


@asynccontextmanager
async def seen_by(database: Database, merchants: Sequence[int]) -> AsyncIterator[ReadConnection]:
    """One moment of the database, read-only, in which the rows of these merchants and of no others are visible."""
    async with database.read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        await let_see(db, merchants)
        yield db


async def let_see(db: ReadConnection | WriteConnection, merchants: Sequence[int]) -> None:
    """Until this transaction ends, the panel's role sees the rows of these merchants and of no others."""
    await db.execute(SQL["let_see"], ",".join(str(merchant) for merchant in merchants))


async def merchant_names(db: ReadConnection) -> list[MerchantName]:
    """Every merchant, oldest first, visible or not."""
    return [MerchantName(*row) for row in await db.fetch(SQL["merchant_names"])]


async def unfinished_by_state(db: ReadConnection, merchants: Sequence[int], since: datetime) -> list[Unfinished]:
    """The queue in numbers; receipts made at ``since`` (aware) or later are counted apart as well."""
    rows = await db.fetch(SQL["unfinished_by_state"], merchants, first_id_at(since))
    return [Unfinished(merchant, ReceiptState(state), count, since) for merchant, state, count, since in rows]


async def batches_since(db: ReadConnection, merchants: Sequence[int], since: datetime) -> list[Received]:
    """What came in at ``since`` (aware) or later; a merchant that sent nothing is missing."""
    return [Received(*row) for row in await db.fetch(SQL["batches_since"], merchants, first_id_at(since))]


async def cassettes_in_sight(db: ReadConnection, merchants: Sequence[int]) -> list[Cassette]:
    """Cassettes of these merchants, oldest first."""
    found: dict[int, Cassette] = {}
    for merchant_id, cassette_id, name, *slot in await db.fetch(SQL["slots_in_sight"], merchants):
        cassette = found.setdefault(cassette_id, Cassette(merchant_id, cassette_id, name, []))
        if slot[0] is not None:
            cassette.slots.append(Slot(*slot))
    return list(found.values())


async def last_rotations(db: ReadConnection, merchants: Sequence[int], limit: int) -> list[Rotation]:
    """The newest ``limit`` rotations of each merchant, newest first."""
    return [Rotation(*row) for row in await db.fetch(SQL["last_rotations"], merchants, limit)]


async def last_receipts(db: ReadConnection, merchants: Sequence[int], limit: int) -> list[NewestReceipt]:
    """The newest ``limit`` receipts of each merchant, newest first."""
    return [NewestReceipt(*row) for row in await db.fetch(SQL["last_receipts"], merchants, limit)]


async def refused_receipts(db: ReadConnection, merchants: Sequence[int], limit: int) -> list[RefusedReceipt]:
    """The newest ``limit`` refused receipts of each merchant, newest first."""
    return [RefusedReceipt(*row) for row in await db.fetch(SQL["refused_receipts"], merchants, limit)]
