"""Several processes, processes that die and stop, endpoints that are slow, forbidden or enabled again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from fiscal_server.storage import webhook_messages, webhooks
from fiscal_server.storage.webhook_messages import SQL
from fiscal_server.webhooks.sender import AT_ONCE, LEASE
from tests.storage.scene import Shop, open_shop
from tests.storage.webhook_scene import Senders, add_webhook, message, pass_time, send, tell, told
from tests.webhook_receiver import Receiver, answers, receiving, waits

SOON = timedelta(seconds=10)


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def senders(shop: Shop) -> AsyncIterator[Senders]:
    opened = Senders(shop)
    yield opened
    await opened.stop()


async def test_two_processes_share_the_work_and_send_nothing_twice(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    keys = [await add_webhook(shop, receiver.url) for _ in range(3)]
    for key in keys:
        await tell(shop, key, 40)
    one, two = senders(), senders()
    await asyncio.gather(send(one), send(two))
    assert len(receiver.received) == len(set(receiver.ids())) == 120
    assert receiver.most_at_once <= 2 * 3 * AT_ONCE


async def test_a_process_that_dies_between_sending_and_keeping_loses_nothing(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    """It has claimed and sent, and nobody has written that down: the message comes once more, under the same id."""
    key = await add_webhook(shop, receiver.url)
    await tell(shop, key)
    dying = senders()
    receiver.script.append(waits)
    round_ = asyncio.create_task(send(dying))
    await receiver.wait_for(1)
    round_.cancel()
    for task in dying.rounds():
        task.cancel()
    await asyncio.gather(round_, return_exceptions=True)
    await send(senders())
    assert len(receiver.received) == 1, "its lease is not over"
    await pass_time(shop, LEASE)
    await send(senders())
    assert len(receiver.received) == 2
    assert len(set(receiver.ids())) == 1


async def test_what_is_under_way_arrives_before_the_process_stops(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    receiver.otherwise = waits
    key = await add_webhook(shop, receiver.url)
    [subject] = await tell(shop, key)
    sender = senders()
    working = asyncio.create_task(sender.keep_sending())
    await receiver.wait_for(1)
    working.cancel()
    await asyncio.sleep(0)
    receiver.let_go.set()
    await asyncio.gather(working, return_exceptions=True)
    assert (await message(shop, key, subject))["state"] == "DELIVERED"


async def test_a_slow_endpoint_holds_nobody_up(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    receiver.otherwise = waits
    slow = await add_webhook(shop, receiver.url)
    async with receiving() as quick:
        other = await add_webhook(shop, quick.url)
        await tell(shop, slow, 20)
        await tell(shop, other, 20)
        sender = senders(whole_s=20)
        await sender.look()
        await quick.wait_for(20)
        assert receiver.most_at_once <= AT_ONCE
        receiver.let_go.set()
        await sender.finish_rounds()


async def test_messages_to_private_addresses_are_refused_unless_the_setting_allows_them(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    """The name resolves when it is called: what it was when the endpoint was made does not count."""
    key = await add_webhook(shop, receiver.url.replace("127.0.0.1", "localhost"))
    [subject] = await tell(shop, key)
    await send(senders(private=False))
    assert (await message(shop, key, subject))["error"].startswith("AddressRefused: localhost is ")
    assert receiver.received == []
    await pass_time(shop, SOON)
    await send(senders())
    assert len(receiver.received) == 1


async def test_an_enabled_endpoint_gets_what_has_waited(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    receiver.script.append(answers(410))
    key = await add_webhook(shop, receiver.url)
    await tell(shop, key, 1)
    await send(senders())
    await tell(shop, key, 3)
    await pass_time(shop, timedelta(days=5))
    async with shop.db.write() as db:
        change = webhooks.EndpointChange(enabled=True)
        assert await webhooks.change_endpoint(db, key, change, shop.clock.now())
        await webhook_messages.begin_anew(db, key, shop.clock.now())
    await send(senders())
    assert len(set(receiver.ids())) == 4
    assert {kind for kind, _ in await told(shop)} == {"webhook.test"}


async def pages_read(shop: Shop, statement: str, *arguments: Any) -> int:
    async with shop.db.write() as db:
        plan = await db.fetchval(f"explain (analyze, buffers, format json) {statement}", *arguments)
    top = plan[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


async def test_however_many_messages_wait_a_claim_and_its_record_read_few_pages(shop: Shop) -> None:
    """Also before anything is known of the table: a month close fills it faster than statistics come."""
    key = await add_webhook(shop, "https://a.example/")
    now = shop.clock.now()
    async with shop.db.write() as db:
        await db.execute(
            "insert into fiscal.webhook_message"
            " (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)"
            " select $1, $2, n, 3, 'receipt.registered', $3, $3 from generate_series(1, 20000) n",
            key.merchant_id,
            key.endpoint_id,
            now,
        )
    place = (key.merchant_id, key.endpoint_id)
    assert await pages_read(shop, SQL["claim_messages"], *place, now, now + LEASE, 8) < 300
    told = ("DELIVERED", None, 200, None, now)
    assert await pages_read(shop, SQL["record_attempt"], *place, 777, 3, 0, *told) < 50
