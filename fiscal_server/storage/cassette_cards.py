"""Cassettes, slots and what waits for a person there, for whoever looks after them; reading only."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from accounting.receipts.model import Receipt
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("cassette_cards")


class CassetteInNeed(msgspec.Struct, frozen=True):
    """A cassette and how much it needs a person: 3 receipts wait or a slot stands still, 0 nothing to do."""

    merchant_id: int
    cassette_id: int
    need: int


class SlotCard(msgspec.Struct, frozen=True):
    """All that is known of a slot. ``registered_at``: the FN's own clock, without a zone; None: not in the books."""

    id: int
    slot: int
    address: str
    ofd_address: str
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
    warm_since: datetime | None
    home_node: int | None
    lease_node: int | None
    unconfirmed_since: datetime | None
    registered_at: datetime | None

    @property
    def backlog(self) -> int:
        """Documents that the operator lacks."""
        return self.last_fd - self.acked_fd

    @property
    def capacity(self) -> int | None:
        """Documents that its FN takes in all; None: it was never asked."""
        return None if self.documents_left is None else self.last_fd + self.documents_left

    @property
    def is_scarce(self) -> bool:
        """Less than a tenth of the memory is left."""
        return self.documents_left is not None and self.documents_left * 10 < self.last_fd + self.documents_left

    def days_used(self, today: date) -> tuple[int, int] | None:
        """Days of the term that are over, and of the whole term; None while either end is unknown."""
        if self.registered_at is None or self.valid_until is None:
            return None
        begun = self.registered_at.date()
        return max(0, (today - begun).days), max(1, (self.valid_until - begun).days)


class CassetteCard(msgspec.Struct, frozen=True):
    """A cassette, by which rules it works, and its slots in order."""

    merchant_id: int
    id: int
    name: str
    parallel: int
    close_archive: bool
    rules: CassetteRules
    slots: list[SlotCard]

    def slot_of(self, kkt_id: int) -> SlotCard | None:
        """The slot with a KKT in it."""
        return next((one for one in self.slots if one.id == kkt_id), None)


class RotationOfCassette(msgspec.Struct, frozen=True):
    """One slot gave way to another, or to none."""

    id: int
    rotated_at: datetime
    reason: str
    from_kkt_id: int
    from_slot: int
    from_fn: str
    to_kkt_id: int | None
    to_slot: int | None
    to_fn: str | None


class ReceiptForAPerson(msgspec.Struct, frozen=True):
    """A receipt that cannot go on by itself: REFUSED or UNCERTAIN."""

    id: int
    state: str
    error: str | None
    updated_at: datetime
    kkt_id: int | None
    total_kopecks: int
    form: int
    body: bytes
    account: str | None

    @property
    def content(self) -> Receipt:
        """The receipt itself."""
        return msgspec.msgpack.decode(self.body, type=Receipt)


async def cassettes_by_need(db: ReadConnection, merchants: Sequence[int], today: date) -> list[CassetteInNeed]:
    """Every cassette of these merchants, those that need a person first."""
    return [CassetteInNeed(*row) for row in await db.fetch(SQL["cassettes_by_need"], merchants, today)]


async def read_cassettes(
    db: ReadConnection, merchants: Sequence[int], cassette_id: int | None = None
) -> list[CassetteCard]:
    """Cassettes of these merchants, oldest first; one of them if it is named."""
    found: dict[int, CassetteCard] = {}
    for row in await db.fetch(SQL["cassette_slots"], merchants, cassette_id):
        merchant_id, number, name, parallel, close_archive, rules, *slot = row
        if number not in found:
            read = msgspec.convert(rules, CassetteRules)
            found[number] = CassetteCard(merchant_id, number, name, parallel, close_archive, read, [])
        if slot[0] is not None:
            found[number].slots.append(SlotCard(*slot))
    return list(found.values())


async def cassette_rotations(
    db: ReadConnection, merchant_id: int, cassette_id: int, *, kkt_id: int | None = None, limit: int
) -> list[RotationOfCassette]:
    """The newest first; of one slot, or of all."""
    rows = await db.fetch(SQL["cassette_rotations"], merchant_id, cassette_id, kkt_id, limit)
    return [RotationOfCassette(*row) for row in rows]


async def receipts_for_a_person(
    db: ReadConnection, merchant_id: int, cassette_id: int, *, kkt_id: int | None = None, limit: int
) -> list[ReceiptForAPerson]:
    """The newest first; of one slot, or of all."""
    rows = await db.fetch(SQL["receipts_for_a_person"], merchant_id, cassette_id, kkt_id, limit)
    return [ReceiptForAPerson(*row) for row in rows]
