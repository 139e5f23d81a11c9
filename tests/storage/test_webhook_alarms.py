"""Alarms as messages: told once when they begin to stand, once when they are over, whoever looks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fiscal_server.storage import kkts
from fiscal_server.storage.webhooks import EventType
from fiscal_server.webhooks.alarms import tell_alarms
from fiscal_server.webhooks.service import KEPT, forget
from tests.storage.scene import Shop, open_shop
from tests.storage.webhook_scene import Senders, add_webhook, endpoint, message, pass_time, send, tell, told
from tests.webhook_receiver import receiving


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    """Its cassette is empty: an alarm stands."""
    async with open_shop(database) as opened:
        async with opened.db.write() as db:
            await kkts.add_cassette(db, opened.merchant.id, opened.db.ids.next(), "main")
        yield opened


async def look(shop: Shop) -> None:
    await tell_alarms(shop.db, shop.clock, shop.intake.zone)


async def kinds(shop: Shop) -> list[str]:
    return [kind for kind, _ in await told(shop)]


async def test_an_alarm_is_told_once_however_often_and_by_however_many_it_is_seen(shop: Shop) -> None:
    await add_webhook(shop, "https://a.example/")
    await asyncio.gather(*(look(shop) for _ in range(4)))
    await look(shop)
    assert await kinds(shop) == ["alarm.raised"]


async def test_the_end_of_an_alarm_is_told_and_its_return_is_another_alarm(shop: Shop) -> None:
    async with receiving() as receiver:
        await add_webhook(shop, receiver.url)
        senders = Senders(shop)
        for minute in range(3):
            async with shop.db.write() as db:
                await db.execute(
                    "update fiscal.cassette set merchant_id = $1", shop.merchant.id if minute % 2 == 0 else 1
                )
            await look(shop)
            await send(senders())
            await pass_time(shop, timedelta(minutes=1))
        await senders.stop()
        assert [one.json["type"] for one in receiver.received] == ["alarm.raised", "alarm.cleared", "alarm.raised"]
        assert len(set(receiver.ids())) == 3
        data = receiver.received[0].json["data"]
        assert isinstance(data, dict)
        assert (data["code"], data["severity"], data["kkt"]) == ("cassette_empty", "critical", None)
        assert receiver.received[1].json["data"] == data


async def test_alarms_of_merchants_that_do_not_listen_are_not_looked_for(shop: Shop) -> None:
    await add_webhook(shop, "https://a.example/", [EventType.RECEIPT_REGISTERED])
    await look(shop)
    assert await shop.rows("select * from fiscal.raised_alarm") == []


async def test_messages_are_forgotten_after_a_month_and_young_ones_are_not(shop: Shop) -> None:
    key = await add_webhook(shop, "https://a.example/")
    await tell(shop, key, 3)
    await pass_time(shop, KEPT)
    [young] = await tell(shop, key)
    await pass_time(shop, timedelta(seconds=1))
    await forget(shop.db, shop.clock)
    assert [subject for _, subject in await told(shop)] == [young]
    assert (await message(shop, key, young))["state"] == "WAITING"


async def test_messages_of_an_endpoint_that_is_gone_are_forgotten(shop: Shop) -> None:
    gone, stays = await add_webhook(shop, "https://a.example/"), await add_webhook(shop, "https://b.example/")
    await tell(shop, gone)
    [kept] = await tell(shop, stays)
    async with shop.db.write() as db:
        await db.execute("delete from fiscal.webhook_endpoint where id = $1", gone.endpoint_id)
    await forget(shop.db, shop.clock)
    assert await told(shop) == [("webhook.test", kept)]
    assert (await endpoint(shop, stays)).enabled
