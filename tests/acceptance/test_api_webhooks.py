"""Webhooks over HTTP: endpoints, keys, deliveries, replay, as a billing system meets them."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from litestar.testing import AsyncTestClient

from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site, check_problem, open_site
from tests.applications import api
from tests.storage.scene import open_shop, payment
from tests.waiting import wait_until_async
from tests.webhook_receiver import Received, Receiver, answers, receiving

STEP_S = 0.2
"""Of the sender's clock at a time: its leases must not end while a real socket is waited for."""


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    """An installation whose webhooks may go to the loopback."""
    async with open_shop(database) as shop:
        with api(Settings(data_dir=tmp_path, webhook_private_addresses=True), database, shop.clock) as app:
            async with AsyncTestClient(app, raise_server_exceptions=False) as client:
                yield Site(shop, client, await create_api_key(shop.db, shop.merchant.id, "all", scopes=tuple(Scope)))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


async def with_every_scope(site: Site) -> Site:
    key = await create_api_key(site.shop.db, site.shop.merchant.id, "all", scopes=tuple(Scope))
    return Site(site.shop, site.client, key)


async def call(site: Site, method: str, path: str, body: Any = None) -> Response:
    return await site.client.request(method, path, json=body, headers=site.headers)


async def create(site: Site, url: str, **more: Any) -> tuple[str, str]:
    """The path of a new endpoint, and its secret."""
    answer = await call(site, "POST", "/v1/webhooks", {"url": url, **more})
    assert answer.status_code == 201, answer.text
    return f"/v1/webhooks/{answer.json()['webhook']['id']}", answer.json()["secret"]


async def arrivals(site: Site, receiver: Receiver, count: int) -> list[Received]:
    """So many messages in all; the sender's clock is moved until they are there."""

    async def there() -> bool:
        await site.shop.clock.advance(STEP_S)
        await site.get("/health/live")  # the application's event loop is another one: it wakes for a request
        return len(receiver.received) >= count

    await wait_until_async(there)
    return receiver.received


async def all_told(site: Site, path: str) -> None:
    """Until nothing waits for an endpoint."""

    async def told() -> bool:
        await site.shop.clock.advance(STEP_S)
        return not (await site.get(f"{path}/deliveries", state="WAITING")).json()["deliveries"]

    await wait_until_async(told)


def signed_by(one: Received, secret: str) -> bool:
    content = b".".join((one.id.encode(), one.headers["webhook-timestamp"].encode(), one.body))
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}" in one.headers["webhook-signature"].split(" ")


async def test_an_endpoint_hears_of_a_batch_signed_by_its_secret(site: Site, receiver: Receiver) -> None:
    path, secret = await create(site, receiver.url, description="биллинг")
    batch = (await site.post({"events": [payment("p1")], "accounts": [{"id": "A1"}]})).json()
    [one] = await arrivals(site, receiver, 1)
    assert one.id == f"msg_{batch['id']}_batch-accepted"
    assert signed_by(one, secret)
    assert not signed_by(one, "whsec_" + base64.b64encode(b"x" * 32).decode())
    shown = (await site.get(path)).json()
    assert (shown["url"], shown["description"], shown["enabled"]) == (receiver.url, "биллинг", True)
    assert shown["event_types"] == sorted(shown["event_types"])
    assert "receipt.registered" in shown["event_types"]
    assert "secret" not in shown
    assert (await site.get("/v1/webhooks")).json() == [shown]


async def test_while_a_secret_is_rotated_both_sign_and_afterwards_the_new_one_alone(
    site: Site, receiver: Receiver
) -> None:
    path, old = await create(site, receiver.url)
    rotated = (await call(site, "POST", f"{path}/rotate", {"overlap_hours": 2})).json()
    assert rotated["old_until"] == "2026-10-20T11:00:00Z"
    await call(site, "POST", f"{path}/test")
    [first] = await arrivals(site, receiver, 1)
    assert signed_by(first, old)
    assert signed_by(first, rotated["secret"])
    await site.shop.clock.advance(2 * 3600)
    await call(site, "POST", f"{path}/test")
    second = (await arrivals(site, receiver, 2))[1]
    assert not signed_by(second, old)
    assert signed_by(second, rotated["secret"])


async def test_deliveries_tell_what_came_of_each_message_and_can_be_paged(site: Site, receiver: Receiver) -> None:
    path, _ = await create(site, receiver.url)
    receiver.script.append(answers(500, body=b"oops"))
    tests = [(await call(site, "POST", f"{path}/test")).json()["message"]]
    await arrivals(site, receiver, 1)
    for _ in range(4):
        await site.shop.clock.advance(1)
        tests.append((await call(site, "POST", f"{path}/test")).json()["message"])
    waiting = (await site.get(f"{path}/deliveries", state="WAITING")).json()["deliveries"]
    assert tests[0] in {one["message"] for one in waiting}
    await arrivals(site, receiver, 6)
    await all_told(site, path)
    found, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await site.get(f"{path}/deliveries", **query)).json()
        found += page["deliveries"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [one["message"] for one in found] == tests[::-1]
    assert [one["attempts"] for one in found] == [1, 1, 1, 1, 2]
    assert {one["state"] for one in found} == {"DELIVERED"}


async def test_a_message_is_replayed_under_its_id(site: Site, receiver: Receiver) -> None:
    path, _ = await create(site, receiver.url)
    message = (await call(site, "POST", f"{path}/test")).json()["message"]
    await arrivals(site, receiver, 1)
    await all_told(site, path)
    answer = await call(site, "POST", f"{path}/replay", {"message": message})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    first, second = await arrivals(site, receiver, 2)
    assert (first.id, first.body) == (second.id, second.body)


async def test_a_span_of_time_is_replayed(site: Site, receiver: Receiver) -> None:
    path, _ = await create(site, receiver.url)
    for _ in range(3):
        await call(site, "POST", f"{path}/test")
        await site.shop.clock.advance(60)
    await arrivals(site, receiver, 3)
    await all_told(site, path)
    span = {"since": "2026-10-20T09:01:00Z", "until": "2026-10-20T10:00:00Z"}
    assert (await call(site, "POST", f"{path}/replay", {**span, "state": "FAILED"})).json() == {"replayed": 0}
    assert (await call(site, "POST", f"{path}/replay", span)).json() == {"replayed": 2}
    assert len({one.id for one in await arrivals(site, receiver, 5)}) == 3


WRONG_REPLAYS: list[dict[str, Any]] = [
    {},
    {"since": "2026-10-20T09:01:00Z"},
    {"since": "2026-10-20T09:01:00Z", "until": "2026-10-20T09:00:00Z"},
    {"since": "2026-10-20T09:01:00", "until": "2026-10-20T10:00:00"},
    {"message": "msg_1_webhook-test", "state": "FAILED"},
    {"message": "msg_1_webhook-test", "since": "2026-10-20T09:00:00Z", "until": "2026-10-20T10:00:00Z"},
    {"messages": []},
    {"since": "2026-10-20T09:00:00Z", "until": "9999-12-31T23:59:59-12:00"},
]


@pytest.mark.parametrize("body", WRONG_REPLAYS)
async def test_a_replay_names_a_message_or_a_span(site: Site, receiver: Receiver, body: dict[str, Any]) -> None:
    path, _ = await create(site, receiver.url)
    check_problem(await call(site, "POST", f"{path}/replay", body), 422, "invalid-body")


async def test_what_a_webhook_never_had_cannot_be_replayed(site: Site, receiver: Receiver) -> None:
    path, _ = await create(site, receiver.url)
    for message in ("msg_1_webhook-test", "nonsense"):
        check_problem(await call(site, "POST", f"{path}/replay", {"message": message}), 404, "not-found")


async def test_a_given_up_endpoint_is_an_alarm_until_it_is_enabled_again(site: Site, receiver: Receiver) -> None:
    path, _ = await create(site, receiver.url)
    receiver.script.append(answers(410))
    await call(site, "POST", f"{path}/test")
    await arrivals(site, receiver, 1)

    async def given_up() -> bool:
        return not (await site.get(path)).json()["enabled"]

    await wait_until_async(given_up)
    [alarm] = (await site.get("/v1/alarms")).json()
    assert (alarm["code"], alarm["severity"], alarm["cassette"]) == ("webhook_disabled", "warning", None)
    assert receiver.url in alarm["text"]
    check_problem(await call(site, "POST", f"{path}/test"), 409, "order-refused")
    changed = (await call(site, "PATCH", path, {"enabled": True})).json()
    assert (changed["enabled"], changed["disabled_why"], changed["failures"]) == (True, None, 0)
    assert (await site.get("/v1/alarms")).json() == []
    assert len(await arrivals(site, receiver, 2)) == 2, "what has waited is sent"


async def test_an_endpoint_is_changed_piece_by_piece_and_deleted(site: Site, receiver: Receiver) -> None:
    path, _ = await create(site, receiver.url)
    changed = (await call(site, "PATCH", path, {"event_types": ["slot.faulty"], "enabled": False})).json()
    assert (changed["url"], changed["event_types"]) == (receiver.url, ["slot.faulty"])
    assert (changed["enabled"], changed["disabled_why"]) == (False, None)
    assert (await site.get("/v1/alarms")).json() == [], "a person wants it so"
    assert (await call(site, "DELETE", path)).status_code == 204
    for method, where in (("GET", path), ("DELETE", path), ("POST", f"{path}/test"), ("GET", f"{path}/deliveries")):
        check_problem(await call(site, method, where), 404, "not-found")
    for where, body in ((path, {}), (f"{path}/rotate", {}), (f"{path}/replay", {"message": "msg_1_webhook-test"})):
        method = "PATCH" if where == path else "POST"
        check_problem(await call(site, method, where, body), 404, "not-found")


WRONG_BODIES: list[dict[str, Any]] = [
    {},
    {"url": ""},
    {"url": 7},
    {"url": "http://a b/"},
    {"url": "https://a.example/", "event_types": []},
    {"url": "https://a.example/", "event_types": ["receipt.eaten"]},
    {"url": "https://a.example/", "event_types": ["webhook.test"]},
    {"url": "https://a.example/", "description": "\0"},
    {"url": "https://a.example/", "secret": "whsec_mine"},
]


@pytest.mark.parametrize("body", WRONG_BODIES)
async def test_what_is_wrong_with_an_endpoint_is_said(site: Site, body: dict[str, Any]) -> None:
    check_problem(await call(site, "POST", "/v1/webhooks", body), 422, "invalid-body")


async def test_by_default_only_the_public_internet_is_called(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        site = await with_every_scope(site)
        for url in ("http://billing.example/", "https://127.0.0.1/", "https://[::1]:8080/", "https://169.254.169.254/"):
            problem = check_problem(await call(site, "POST", "/v1/webhooks", {"url": url}), 422, "invalid-body")
            assert problem["errors"][0]["field"] == "url"
        assert (await call(site, "POST", "/v1/webhooks", {"url": "https://billing.example/"})).status_code == 201


async def test_a_merchant_reaches_no_webhook_of_another_one(site: Site, receiver: Receiver, tmp_path: Path) -> None:
    path, _ = await create(site, receiver.url)
    async with open_site(site.shop.dsn, tmp_path, "Другой") as opened:
        other = await with_every_scope(opened)
        assert (await other.get("/v1/webhooks")).json() == []
        check_problem(await other.get(path), 404, "not-found")
        check_problem(await call(other, "DELETE", path), 404, "not-found")
    assert (await site.get(path)).status_code == 200


async def test_who_changed_a_webhook_stands_in_the_audit_and_no_secret_does(site: Site, receiver: Receiver) -> None:
    path, secret = await create(site, receiver.url)
    await call(site, "PATCH", path, {"enabled": False})
    await call(site, "POST", f"{path}/rotate", {})
    await call(site, "POST", f"{path}/replay", {"since": "2026-10-20T09:00:00Z", "until": "2026-10-20T10:00:00Z"})
    await call(site, "DELETE", path)
    answer = await site.get("/v1/audit")
    changes = [one for one in answer.json()["changes"] if one["action"].startswith("webhook.")]
    acts = ["webhook.delete", "webhook.replay", "webhook.rotate", "webhook.change", "webhook.create"]
    assert [one["action"] for one in changes] == acts
    assert (changes[3]["before"]["enabled"], changes[3]["after"]["enabled"]) == (True, False)
    assert secret not in answer.text


async def test_a_merchant_has_twenty_webhooks_at_most(site: Site) -> None:
    for n in range(20):
        await create(site, f"https://a.example/{n}")
    refused = await call(site, "POST", "/v1/webhooks", {"url": "https://a.example/21"})
    check_problem(refused, 409, "order-refused")


async def test_a_cursor_that_nobody_gave_is_refused(site: Site) -> None:
    path, _ = await create(site, "https://a.example/")
    for cursor in ("x", "1-2-3", "1-9999999999999999999-0-0"):
        check_problem(await site.get(f"{path}/deliveries", cursor=cursor), 400, "bad-request")
