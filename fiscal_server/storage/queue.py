"""The queue: which receipt a KKT makes next, and what became of the last one.

Everything here happens inside a transaction of the caller. Shapes: ``unnest`` arrays, one element a KKT of the group.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fiscal_server.errors import LeaseLost
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("queue")


class Owner(msgspec.Struct, frozen=True):
    """A KKT and the generation under which somebody believes to hold it."""

    merchant_id: int
    kkt_id: int
    generation: int


class OwnedKkt(msgspec.Struct, frozen=True):
    """A KKT whose lease is still the caller's; ``moved``: its document was recorded, and perhaps a receipt left."""

    merchant_id: int
    kkt_id: int
    cassette_id: int
    state: str
    moved: bool = False
    receipt_left: bool = False


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a KKT made, ready to be stored; ``receipt_id`` is its id when it is a receipt."""

    merchant_id: int
    kkt_id: int
    id: int
    form: int
    fn_number: str
    fd_number: int
    fiscal_sign: int
    issued_at: datetime  # naive: the KKT's own clock
    shift_number: int | None = None
    number_in_shift: int | None = None
    total_kopecks: int | None = None
    receipt_id: int | None = None


class WaitingReceipts(msgspec.Struct, frozen=True):
    """Receipts of a cassette that are still to be made; ``first``: no earlier one of their account is unfinished."""

    cassette_id: int | None
    kkt_id: int | None  # that has them in hand; None while they are queued
    first: bool
    receipts: int


class ClaimedReceipt(msgspec.Struct, frozen=True):
    """A receipt that a KKT has to make now; ``body`` is MessagePack of accounting's Receipt."""

    kkt_id: int
    receipt_id: int
    form: int
    body: bytes


class Intent(msgspec.Struct, frozen=True):
    """What a KKT was about to create."""

    form: int
    receipt_id: int | None
    fn_number: str
    expected_fd: int
    state: str | None
    body: bytes | None
    total_kopecks: int | None


async def lock_owned_kkts(db: WriteConnection, owners: Sequence[Owner]) -> list[OwnedKkt]:
    """Lock the KKTs of a group; those that have another owner by now are missing from the answer."""
    return [OwnedKkt(*row) for row in await db.fetch(SQL["lock_owned_kkts"], *_columns(owners))]


def _columns(owners: Sequence[Owner]) -> tuple[list[int], list[int], list[int]]:
    return [o.merchant_id for o in owners], [o.kkt_id for o in owners], [o.generation for o in owners]


async def hold_kkt(db: WriteConnection, owner: Owner) -> None:
    """Lock one KKT for the rest of the transaction. Raises LeaseLost when it has another owner.

    Whoever writes for a KKT holds it, so this also waits for a commit of ours whose answer was lost.
    """
    if not await lock_owned_kkts(db, [owner]):
        raise LeaseLost(f"KKT {owner.kkt_id} has another owner")


async def record_documents(
    db: WriteConnection, owners: Sequence[Owner], rows: Sequence[DocumentRow], now: datetime
) -> list[OwnedKkt]:
    """Lock the KKTs of a group as ``lock_owned_kkts`` does, and store the documents of those among them."""
    columns = [[getattr(row, name) for row in rows] for name in DocumentRow.__struct_fields__]
    return [OwnedKkt(*row) for row in await db.fetch(SQL["record_documents"], *columns, now, *_columns(owners))]


async def claim_receipts(
    db: WriteConnection, merchant_id: int, cassette_id: int, kkt_ids: Sequence[int], now: datetime
) -> list[ClaimedReceipt]:
    """At most one receipt for each waiting KKT of a cassette, intended from now on."""
    rows = await db.fetch(SQL["claim_receipts"], merchant_id, cassette_id, list(kkt_ids), now)
    return [ClaimedReceipt(*row) for row in rows]


async def write_intents(db: WriteConnection, intents: Sequence[tuple[Owner, int]], now: datetime) -> None:
    """What each KKT is about to create: the form of a document that is no receipt."""
    if intents:
        columns = [(owner.merchant_id, owner.kkt_id, form) for owner, form in intents]
        await db.execute(SQL["write_intents"], *map(list, zip(*columns, strict=True)), now)


async def find_intent(db: ReadConnection | WriteConnection, merchant_id: int, kkt_id: int) -> Intent | None:
    """What the last owner of a KKT left unfinished."""
    row = await db.fetchrow(SQL["find_intent"], merchant_id, kkt_id)
    return None if row is None else Intent(*row)


async def mark_uncertain(db: WriteConnection, merchant_id: int, receipt_id: int, kkt_id: int, now: datetime) -> None:
    """REGISTERING -> UNCERTAIN."""
    await db.execute(SQL["mark_uncertain"], merchant_id, receipt_id, kkt_id, now)


async def mark_intended_uncertain(db: WriteConnection, owner: Owner, now: datetime) -> None:
    """REGISTERING -> UNCERTAIN for the receipt that a KKT was making, if it was making one."""
    await db.execute(SQL["mark_intended_uncertain"], owner.merchant_id, owner.kkt_id, now)


async def count_in_hand(db: WriteConnection, owner: Owner) -> int:
    """Receipts of which only this KKT could say whether it made them."""
    return int(await db.fetchval(SQL["count_in_hand"], owner.merchant_id, owner.kkt_id))


async def release_receipt(db: WriteConnection, merchant_id: int, receipt_id: int, kkt_id: int, now: datetime) -> None:
    """REGISTERING or UNCERTAIN -> QUEUED: the device has no such document."""
    await db.execute(SQL["release_receipt"], merchant_id, receipt_id, kkt_id, now)
    await db.execute(SQL["hasten_returned"], merchant_id, receipt_id)


async def park_receipt(db: WriteConnection, owner: Owner, receipt_id: int, words: str, now: datetime) -> None:
    """REGISTERING -> REFUSED, with the device's words."""
    await db.execute(SQL["park_receipt"], owner.merchant_id, receipt_id, owner.kkt_id, words, now)


async def count_refusal(
    db: WriteConnection, owner: Owner, receipt_id: int, words: str, most: int, now: datetime
) -> bool:
    """REGISTERING -> QUEUED, with one refusal more and its words; False, nothing done, when it is the ``most``-th."""
    found = await db.fetchval(SQL["count_refusal"], owner.merchant_id, receipt_id, owner.kkt_id, words, most, now)
    if found is None:
        return False
    await db.execute(SQL["hasten_returned"], owner.merchant_id, receipt_id)
    return True


async def retry_receipt(db: WriteConnection, merchant_id: int, receipt_id: int, now: datetime) -> None:
    """REFUSED -> QUEUED: a person sends a parked receipt again; its refusals are forgotten."""
    await db.execute(SQL["retry_receipt"], merchant_id, receipt_id, now)
    await db.execute(SQL["hasten_returned"], merchant_id, receipt_id)


async def drop_intent(db: WriteConnection, merchant_id: int, kkt_id: int) -> None:
    """What was intended was not made."""
    await db.execute(SQL["drop_intent"], merchant_id, kkt_id)


async def route_receipts(db: WriteConnection, merchant_id: int, cassette_id: int, now: datetime) -> None:
    """COMPUTED -> QUEUED for receipts that waited for a cassette."""
    await db.execute(SQL["route_receipts"], merchant_id, cassette_id, now)


async def hold_unmade(db: WriteConnection, merchant_id: int, receipt_ids: Sequence[int]) -> set[int]:
    """Lock receipts that no device has begun, until the end of the transaction; the others are missing from the answer.

    Nobody waits for a device here: a receipt that is being made is not locked.
    """
    return {row["receipt_id"] for row in await db.fetch(SQL["hold_unmade"], merchant_id, list(receipt_ids))}


async def cancel_receipts(db: WriteConnection, merchant_id: int, receipt_ids: Sequence[int], now: datetime) -> None:
    """COMPUTED, QUEUED or REFUSED -> CANCELLED for receipts that the caller holds (``hold_unmade``)."""
    await db.execute(SQL["cancel_receipts"], merchant_id, list(receipt_ids), now)


async def count_queue(db: ReadConnection, merchant_id: int | None = None) -> dict[str, int]:
    """Unfinished receipts by state."""
    return {row["state"]: row["receipts"] for row in await db.fetch(SQL["count_queue"], merchant_id)}


async def count_waiting(db: ReadConnection) -> list[WaitingReceipts]:
    """Receipts of all merchants that are still to be made."""
    return [WaitingReceipts(*row) for row in await db.fetch(SQL["count_waiting"])]


async def count_by_cassette(db: ReadConnection) -> dict[int, int]:
    """Unfinished receipts by cassette."""
    return {row["id"]: row["receipts"] for row in await db.fetch(SQL["count_by_cassette"])}


async def announce(db: WriteConnection, merchant_id: int) -> None:
    """Wake the dispatchers when this transaction commits."""
    await db.execute(SQL["announce"], str(merchant_id))
