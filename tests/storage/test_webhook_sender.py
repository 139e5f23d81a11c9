"""The sender over a real database and real receivers: a message is told in the end, or a person knows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fiscal_server.webhooks.backoff import GIVE_UP_AFTER
from fiscal_server.webhooks.sender import AT_ONCE
from tests.storage.scene import Shop, open_shop
from tests.storage.webhook_scene import Senders, add_webhook, endpoint, message, pass_time, send, tell
from tests.webhook_receiver import (
    Behaviour,
    Receiver,
    answers,
    dribbles,
    hangs_up,
    receiving,
    talks_garbage,
    talks_without_end,
    waits,
)

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


async def test_a_message_is_delivered_and_that_is_kept(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    key = await add_webhook(shop, receiver.url)
    [subject] = await tell(shop, key)
    await send(senders())
    [one] = receiver.received
    assert (one.path, one.id) == ("/hook", f"msg_{subject}_webhook-test")
    assert one.json["type"] == "webhook.test"
    assert one.headers["content-type"] == "application/json"
    kept = await message(shop, key, subject)
    assert (kept["state"], kept["attempts"], kept["status"], kept["error"]) == ("DELIVERED", 1, 204, None)
    assert (await endpoint(shop, key)).delivered_at == shop.clock.now()


async def test_what_is_delivered_is_not_sent_again(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    key = await add_webhook(shop, receiver.url)
    await tell(shop, key)
    sender = senders()
    await send(sender)
    await pass_time(shop, timedelta(days=2))
    await send(sender)
    assert len(receiver.received) == 1


RUDE: dict[str, tuple[Behaviour, str]] = {
    "500": (answers(500, body="нет\n места".encode()), "HTTP 500 нет места"),
    "404": (answers(404), "HTTP 404"),
    "a redirect": (answers(302, "Location: http://127.0.0.1:1/"), "HTTP 302"),
    "a hang-up": (hangs_up, "RemoteProtocolError: Server disconnected without sending a response."),
    "garbage": (talks_garbage, "RemoteProtocolError: "),
    "silence": (waits, "no answer within 2 s"),
    "an answer that never ends its head": (dribbles, "no answer within 2 s"),
    "an endless refusal": (talks_without_end(500), "HTTP 500 xxx"),
}


@pytest.mark.parametrize(("behaviour", "words"), RUDE.values(), ids=RUDE.keys())
async def test_whatever_is_no_success_is_tried_again_and_its_words_are_kept(
    shop: Shop, receiver: Receiver, senders: Senders, behaviour: Behaviour, words: str
) -> None:
    receiver.script.append(behaviour)
    key = await add_webhook(shop, receiver.url)
    [subject] = await tell(shop, key)
    sender = senders(whole_s=2.0)
    await send(sender)
    kept = await message(shop, key, subject)
    assert (kept["state"], kept["attempts"]) == ("WAITING", 1)
    assert kept["error"].startswith(words)
    assert len(kept["error"]) < 1100
    assert shop.clock.now() < kept["due_at"] <= shop.clock.now() + SOON
    assert (await endpoint(shop, key)).failures == 1
    await send(sender)
    assert len(receiver.received) == 1, "not before its time"
    await pass_time(shop, SOON)
    await send(sender)
    assert (await message(shop, key, subject))["state"] == "DELIVERED"
    assert len(set(receiver.ids())) == 1
    assert (await endpoint(shop, key)).failures == 0


async def test_a_success_with_an_endless_body_is_a_success(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    receiver.script.append(talks_without_end(200))
    key = await add_webhook(shop, receiver.url)
    [subject] = await tell(shop, key)
    await send(senders())
    assert (await message(shop, key, subject))["state"] == "DELIVERED"


async def test_nobody_listening_is_a_failure_like_others(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    key = await add_webhook(shop, "http://127.0.0.1:1/")
    [subject] = await tell(shop, key)
    await send(senders())
    assert (await message(shop, key, subject))["error"].startswith("ConnectError")


async def test_a_receiver_that_asks_for_a_pause_gets_it(shop: Shop, receiver: Receiver, senders: Senders) -> None:
    receiver.script.append(answers(429, "Retry-After: 600"))
    key = await add_webhook(shop, receiver.url)
    await tell(shop, key)
    sender = senders()
    await send(sender)
    await pass_time(shop, timedelta(seconds=590))
    await send(sender)
    assert len(receiver.received) == 1
    await pass_time(shop, SOON)
    await send(sender)
    assert len(receiver.received) == 2


async def test_an_endpoint_that_is_gone_is_disabled_at_once_and_its_messages_wait(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    receiver.script.append(answers(410))
    async with receiving() as other:
        key, listener = await add_webhook(shop, receiver.url), await add_webhook(shop, other.url)
        [subject] = await tell(shop, key)
        await send(senders())
        row = await endpoint(shop, key)
        assert (row.enabled, row.disabled_why) == (False, "it answered 410 Gone")
        assert (await message(shop, key, subject))["state"] == "WAITING"
        await send(senders())
        [alarm] = other.received
        assert alarm.json["type"] == "webhook.disabled"
        assert alarm.json["data"] == {
            "webhook": str(key.endpoint_id),
            "url": receiver.url,
            "reason": "it answered 410 Gone",
        }
        assert (await endpoint(shop, listener)).enabled


async def test_an_endpoint_that_takes_nothing_for_three_days_is_disabled(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    receiver.otherwise = answers(500)
    key = await add_webhook(shop, receiver.url)
    [subject] = await tell(shop, key)
    sender, began = senders(), shop.clock.now()
    while (row := await endpoint(shop, key)).enabled:
        await send(sender)
        await pass_time(shop, timedelta(minutes=20))
        assert shop.clock.now() - began < GIVE_UP_AFTER + timedelta(hours=1)
    assert row.disabled_why == "it took nothing for 3 days"
    assert shop.clock.now() - began >= GIVE_UP_AFTER
    assert 15 < len(receiver.received) < 40
    assert (await message(shop, key, subject))["state"] == "WAITING", "for the person who repairs it"


async def test_a_message_that_nobody_takes_is_given_up_while_the_others_go_on(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    key = await add_webhook(shop, receiver.url)
    [poison] = await tell(shop, key)

    async def spit_it_out(_: Receiver, writer: asyncio.StreamWriter) -> None:
        refused = receiver.received[-1].id == f"msg_{poison}_webhook-test"
        await answers(500 if refused else 204)(receiver, writer)

    receiver.otherwise = spit_it_out
    sender = senders()
    for _ in range(16):
        await send(sender)
        await pass_time(shop, timedelta(hours=5))
        [other] = await tell(shop, key)
        await send(sender)
        await pass_time(shop, timedelta(minutes=20))
        await send(sender)
        assert (await message(shop, key, other))["state"] == "DELIVERED"
    assert (await message(shop, key, poison))["state"] == "FAILED"
    assert (await endpoint(shop, key)).enabled


async def test_while_an_endpoint_fails_it_is_asked_with_one_message_at_a_time(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    receiver.otherwise = answers(503)
    key = await add_webhook(shop, receiver.url)
    await tell(shop, key, 50)
    sender = senders()
    await send(sender)
    assert len(receiver.received) == AT_ONCE
    await pass_time(shop, SOON)
    await send(sender)
    assert len(receiver.received) == AT_ONCE + 1
    receiver.otherwise = answers(200)
    await pass_time(shop, timedelta(minutes=1))
    await send(sender)
    assert set(await shop.rows("select distinct state from fiscal.webhook_message")) == {("DELIVERED",)}


async def test_messages_of_one_subject_go_one_after_another_and_in_order(
    shop: Shop, receiver: Receiver, senders: Senders
) -> None:
    key = await add_webhook(shop, receiver.url)
    subject = shop.db.ids.next()
    now = shop.clock.now()
    async with shop.db.write() as db:
        for stage, kind in ((1, "alarm.cleared"), (0, "alarm.raised")):
            await db.execute(
                "insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at,"
                " due_at, detail) values ($1, $2, $3, $4, $5, $6, $6, '{}')",
                key.merchant_id, key.endpoint_id, subject, stage, kind, now,
            )  # fmt: skip
    receiver.script.append(answers(500))
    sender = senders()
    await send(sender)
    await send(sender)
    assert [one.json["type"] for one in receiver.received] == ["alarm.raised"], "the second waits for the first"
    await pass_time(shop, SOON)
    await send(sender)
    assert [one.json["type"] for one in receiver.received] == ["alarm.raised", "alarm.raised", "alarm.cleared"]
