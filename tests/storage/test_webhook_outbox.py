"""What is told, and that it is told by the very statement that makes it so."""

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from fiscal_server.lifecycle import SlotEvent
from fiscal_server.storage import kkts, queue, slots, webhook_messages
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.queue import DocumentRow, Owner
from fiscal_server.storage.receipts import NO_DEADLINE
from fiscal_server.storage.webhooks import SUBSCRIBED, EndpointKey, EventType
from fiscal_server.webhooks.message_id import STAGES, message_id
from fiscal_server.webhooks.payloads import write_bodies
from tests.storage.scene import NOW, Shop, open_shop, payment
from tests.storage.webhook_scene import add_webhook, told


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


def document(owner: Owner, receipt_id: int | None, document_id: int, *, fd: int = 2, form: int = 3) -> DocumentRow:
    return DocumentRow(
        merchant_id=owner.merchant_id, kkt_id=owner.kkt_id, id=document_id, form=form, fn_number="9999078900000001",
        fd_number=fd, fiscal_sign=7, issued_at=NOW.replace(tzinfo=None), total_kopecks=100, receipt_id=receipt_id,
    )  # fmt: skip


async def claim(shop: Shop, owner: Owner) -> int:
    """The next receipt, in the hands of a KKT."""
    async with shop.db.write() as db:
        [one] = await queue.claim_receipts(db, owner.merchant_id, await shop.cassette_id(), [owner.kkt_id], NOW)
    return one.receipt_id


async def register(shop: Shop, owner: Owner, *, fd: int = 2) -> int:
    """The next receipt, made."""
    receipt = await claim(shop, owner)
    async with shop.db.write() as db:
        await queue.record_documents(db, [owner], [document(owner, receipt, receipt, fd=fd)], NOW)
    return receipt


async def queued(shop: Shop, count: int = 1) -> tuple[Owner, list[int]]:
    (owner,) = await shop.add_kkts()
    ids = shop.db.ids.take(count)
    await shop.enqueue([(one, None, NO_DEADLINE) for one in ids])
    return owner, ids


async def bodies(shop: Shop, key: EndpointKey) -> list[dict[str, Any]]:
    """What waits, as it is sent."""
    async with shop.db.write() as db:
        claimed = await webhook_messages.claim_messages(db, key, shop.clock.now(), shop.clock.now(), 100)
    async with shop.db.read() as db:
        written = await write_bodies(db, key.merchant_id, claimed)
    return [msgspec.json.decode(written[one.key]) for one in claimed]


async def test_a_registered_receipt_is_told_with_its_document(shop: Shop) -> None:
    owner, [receipt] = await queued(shop)
    key = await add_webhook(shop, "https://a.example/")
    assert await register(shop, owner) == receipt
    assert await told(shop) == [("receipt.registered", receipt)]
    [body] = await bodies(shop, key)
    assert body == {
        "type": "receipt.registered",
        "timestamp": "2026-10-20T09:00:00Z",
        "data": {
            "id": str(receipt),
            "state": "REGISTERED",
            "event_key": "e",
            "account": None,
            "sign": 1,
            "total_kopecks": 100,
            "fiscal_document": {
                "fn_number": "9999078900000001",
                "fd_number": 2,
                "fiscal_sign": 7,
                "issued_at": "2026-10-20T09:00:00",
                "shift_number": None,
                "number_in_shift": None,
                "emulated": True,
            },
            "ofd_confirmed_at": None,
            "error": None,
        },
    }


async def test_a_message_says_the_same_after_the_receipt_has_gone_on(shop: Shop) -> None:
    owner, _ = await queued(shop)
    key = await add_webhook(shop, "https://a.example/", [EventType.RECEIPT_REGISTERED])
    await register(shop, owner)
    before = await bodies(shop, key)
    async with shop.db.write() as db:
        await kkts.record_confirmations(db, [(owner, 1, 0)], NOW)
        await kkts.record_confirmations(db, [(owner, 2, 0)], NOW)
    assert await bodies(shop, key) == before
    assert before[0]["data"]["state"] == "REGISTERED"


async def test_what_is_rolled_back_was_never_told(shop: Shop) -> None:
    owner, [receipt] = await queued(shop)
    await add_webhook(shop, "https://a.example/")
    await claim(shop, owner)

    async def record_and_fail() -> None:
        async with shop.db.write() as db:
            await queue.record_documents(db, [owner], [document(owner, receipt, receipt)], NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await record_and_fail()
    assert await told(shop) == []


async def test_a_document_that_does_not_follow_is_not_told(shop: Shop) -> None:
    owner, [receipt] = await queued(shop)
    await add_webhook(shop, "https://a.example/")
    await claim(shop, owner)
    async with shop.db.write() as db:
        (kkt,) = await queue.record_documents(db, [owner], [document(owner, receipt, receipt, fd=7)], NOW)
        assert not kkt.moved
    assert await told(shop) == []


async def test_a_shift_report_is_told_to_nobody(shop: Shop) -> None:
    (owner,) = await shop.add_kkts()
    await add_webhook(shop, "https://a.example/")
    async with shop.db.write() as db:
        await queue.record_documents(db, [owner], [document(owner, None, shop.db.ids.next(), form=2)], NOW)
        await kkts.record_confirmations(db, [(owner, 1, 0)], NOW)
        await kkts.record_confirmations(db, [(owner, 2, 0)], NOW)
    assert await told(shop) == []


@pytest.mark.parametrize(("code", "expected"), [(0, True), (None, True), (14, False)])
async def test_a_receipt_that_the_operator_has_is_told_and_one_that_it_refused_is_not(
    shop: Shop, code: int | None, expected: bool
) -> None:
    owner, _ = await queued(shop)
    key = await add_webhook(shop, "https://a.example/", [EventType.RECEIPT_CONFIRMED])
    receipt = await register(shop, owner)
    async with shop.db.write() as db:
        await kkts.record_confirmations(db, [(owner, 1, 0)], NOW)
        await kkts.record_confirmations(db, [(owner, 2, code)], NOW)
    assert await told(shop) == ([("receipt.confirmed", receipt)] if expected else [])
    if expected:
        [body] = await bodies(shop, key)
        assert body["data"]["state"] == "OFD_ACKED"
        assert body["data"]["ofd_confirmed_at"] == "2026-10-20T09:00:00Z"


async def test_a_receipt_that_is_parked_twice_is_told_twice_with_the_words_of_each_time(shop: Shop) -> None:
    owner, [receipt] = await queued(shop)
    key = await add_webhook(shop, "https://a.example/")
    said = []
    for words in ("мало бумаги", "нет связи"):
        await claim(shop, owner)
        async with shop.db.write() as db:
            await queue.park_receipt(db, owner, receipt, words, NOW)
            await queue.drop_intent(db, owner.merchant_id, owner.kkt_id)
            await queue.retry_receipt(db, owner.merchant_id, receipt, NOW)
        [body] = await bodies(shop, key)
        said.append((body["type"], body["data"]["state"], body["data"]["error"]))
        async with shop.db.write() as db:
            await db.execute("update fiscal.webhook_message set state = 'DELIVERED', finished_at = due_at")
    assert said == [("receipt.parked", "REFUSED", "мало бумаги"), ("receipt.parked", "REFUSED", "нет связи")]
    rows = await shop.rows("select subject_id, stage, nth from fiscal.webhook_message order by nth")
    ids = [message_id(EventType.RECEIPT_PARKED, webhook_messages.MessageKey(*row)) for row in rows]
    assert ids == [f"msg_{receipt}_receipt-parked_1", f"msg_{receipt}_receipt-parked_2"]


async def test_a_withdrawn_receipt_is_told(shop: Shop) -> None:
    _, [receipt] = await queued(shop)
    key = await add_webhook(shop, "https://a.example/")
    async with shop.db.write() as db:
        await queue.cancel_receipts(db, shop.merchant.id, [receipt], NOW)
    assert await told(shop) == [("receipt.cancelled", receipt)]
    assert (await bodies(shop, key))[0]["data"]["fiscal_document"] is None


async def test_a_batch_is_told_with_its_counts_and_a_repeat_is_not(shop: Shop) -> None:
    key = await add_webhook(shop, "https://a.example/")
    answer = await shop.post([payment("p1"), payment("p1")], ["A1"])
    [body] = await bodies(shop, key)
    assert (body["type"], body["data"]) == (
        "batch.accepted",
        {"id": answer["id"], "idempotency_key": "batch-1", "events": 2, "accepted": 1, "duplicates": 1, "rejected": 0,
         "receipts": 1},
    )  # fmt: skip


async def test_a_slot_that_stops_is_told_with_its_reason_and_other_moves_are_not(shop: Shop) -> None:
    (owner,) = await shop.add_kkts()
    key = await add_webhook(shop, "https://a.example/")
    async with shop.db.write() as db:
        kkt = await kkts.read_kkt(db, owner.merchant_id, owner.kkt_id)
        await slots.fill_cassette(db, owner.merchant_id, kkt.cassette_id, NOW)
        await slots.move_slot(db, kkt, SlotEvent.STOOD_ASIDE, NOW)
        assert await slots.move_slot(db, kkt, SlotEvent.STOPPED, NOW, fault="other_fn: FN 1") == "READY"
    [body] = await bodies(shop, key)
    assert (body["type"], body["data"]) == (
        "slot.faulty",
        {
            "kkt": str(owner.kkt_id),
            "cassette": str(kkt.cassette_id),
            "slot": 1,
            "fn_number": kkt.fn_number,
            "fault": "other_fn: FN 1",
        },
    )


async def test_nobody_hears_of_what_it_did_not_ask_for_nor_of_another_merchant(shop: Shop) -> None:
    owner, _ = await queued(shop)
    await add_webhook(shop, "https://a.example/", [EventType.SLOT_FAULTY])
    async with open_shop(shop.dsn, name="Другой") as other:
        await add_webhook(other, "https://b.example/")
        await register(shop, owner)
        assert await told(shop) == []


async def test_a_disabled_endpoint_finds_its_messages_when_it_is_enabled(shop: Shop) -> None:
    owner, [receipt] = await queued(shop)
    await add_webhook(shop, "https://a.example/")
    async with shop.db.write() as db:
        await db.execute("update fiscal.webhook_endpoint set enabled = false")
    await register(shop, owner)
    assert await told(shop) == [("receipt.registered", receipt)]


def test_sql_tells_what_the_program_knows_at_the_stages_that_it_knows() -> None:
    """Every type that can be asked for is written by some statement, and always under the stage that its id names."""
    nouns = ("queue", "kkts", "slots", "batches", "adoption", "webhooks", "webhook_messages")
    text = "\n".join(sql for noun in nouns for sql in load_queries(noun).values())
    for kind in SUBSCRIBED:
        stages = re.findall(rf", (\d+)(?: as stage)?, (?:\S.*, )?'{re.escape(kind)}'", text)
        assert set(stages) == {str(STAGES.get(kind, 0))}, kind
