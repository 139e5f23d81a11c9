"""Receipts: written once with their place in the queue, read with whatever has become of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from accounting.receipts.model import Receipt
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("receipts")

NO_DEADLINE = date.max
"""Stands in the queue for receipts that may be made whenever there is time."""


class NewReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A computed receipt."""

    merchant_id: int
    id: int
    event_id: int
    event_key: str
    account_id: int | None
    form: int
    sign: int
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    register_group: str
    body: bytes  # MessagePack of accounting's Receipt
    created_at: datetime
    due_on: date | None = None  # its place in the queue, not stored with the receipt; None: behind all that have one


_STORED = NewReceipt.__struct_fields__[:-1]


class ReceiptView(msgspec.Struct, frozen=True):
    """A receipt with its state, its fiscal document and the operator's answer."""

    id: int
    event_id: int
    event_key: str
    account_id: int | None
    account: str | None
    form: int
    sign: int
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    register_group: str
    body: bytes
    created_at: datetime
    queue_state: str | None
    error: str | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None  # naive: the KKT's own clock
    shift_number: int | None
    number_in_shift: int | None
    recorded_at: datetime | None
    ofd_code: int | None
    acked_at: datetime | None

    @property
    def state(self) -> ReceiptState:
        """Where the receipt stands: in the queue, registered, or with the operator."""
        if self.queue_state is not None:
            return ReceiptState(self.queue_state)
        return ReceiptState.OFD_ACKED if self.ofd_code == 0 else ReceiptState.REGISTERED

    @property
    def receipt(self) -> Receipt:
        """The receipt itself."""
        return msgspec.msgpack.decode(self.body, type=Receipt)


async def add_receipts(db: WriteConnection, receipts: Sequence[NewReceipt], cassette_id: int | None) -> None:
    """Store receipts and queue them: QUEUED with a cassette, COMPUTED without one. Ascending ids, one merchant."""
    if not receipts:
        return
    await db.copy_records_to_table(
        "receipt",
        schema_name="fiscal",
        columns=_STORED,
        records=[msgspec.structs.astuple(one)[: len(_STORED)] for one in receipts],
    )
    state = ReceiptState.COMPUTED if cassette_id is None else ReceiptState.QUEUED
    places, earliest = _places(receipts)
    await hasten_queue(db, receipts[0].merchant_id, earliest)
    await db.copy_records_to_table(
        "queue",
        schema_name="fiscal",
        columns=("merchant_id", "receipt_id", "account_id", "cassette_id", "state", "deadline", "updated_at"),
        records=[
            (r.merchant_id, r.id, r.account_id, cassette_id, state.value, place, r.created_at)
            for r, place in zip(receipts, places, strict=True)
        ],
    )


async def hasten_queue(db: WriteConnection, merchant_id: int, earliest: Mapping[int, date]) -> None:
    """Receipts of accounts that wait become as urgent as the most urgent new one; keys are account ids."""
    if not earliest:
        return
    days = [day.toordinal() for day in earliest.values()]
    late = [row["account_id"] for row in await db.fetch(SQL["late_accounts"], merchant_id, list(earliest), days)]
    if late:
        await db.execute(SQL["hasten_queue"], merchant_id, late, [earliest[one] for one in late])


def _places(receipts: Sequence[NewReceipt]) -> tuple[list[date], dict[int, date]]:
    """The deadline under which each receipt is queued, and the earliest one of each account.

    A receipt holds back the later ones of its account, so it is as urgent as the most urgent of those.
    """
    places: list[date] = []
    earliest: dict[int, date] = {}
    for one in reversed(receipts):
        place = one.due_on or NO_DEADLINE
        if one.account_id is not None:
            place = earliest[one.account_id] = min(place, earliest.get(one.account_id, NO_DEADLINE))
        places.append(place)
    places.reverse()
    return places, {account: due_on for account, due_on in earliest.items() if due_on != NO_DEADLINE}


class ReceiptOfPayment(msgspec.Struct, frozen=True):
    """A receipt that a payment led to; ``queue_state`` None: it is registered."""

    id: int
    event_id: int
    event_key: str
    account: str | None
    form: int
    deadline: date | None
    part: str | None
    register_group: str
    body: bytes
    queue_state: str | None

    @property
    def receipt(self) -> Receipt:
        """The receipt itself."""
        return msgspec.msgpack.decode(self.body, type=Receipt)


async def receipts_of_events(db: WriteConnection, merchant_id: int, event_ids: Sequence[int]) -> list[ReceiptOfPayment]:
    """Receipts that events led to, oldest first, each with where it stands now."""
    return [ReceiptOfPayment(*row) for row in await db.fetch(SQL["receipts_of_events"], merchant_id, list(event_ids))]


async def read_receipt(db: ReadConnection, merchant_id: int, receipt_id: int) -> ReceiptView | None:
    """One receipt; None when the merchant has none of this id."""
    row = await db.fetchrow(SQL["read_receipts"], merchant_id, [receipt_id])
    return None if row is None else ReceiptView(*row)


async def read_receipts(
    db: ReadConnection | WriteConnection, merchant_id: int, ids: Sequence[int]
) -> list[ReceiptView]:
    """Receipts by id, newest first; what the merchant has not is left out."""
    return [ReceiptView(*row) for row in await db.fetch(SQL["read_receipts"], merchant_id, list(ids))]
