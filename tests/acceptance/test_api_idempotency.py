"""Requests that make something, sent again: the same Idempotency-Key gives the first answer and makes nothing more."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from fiscal_server.commands.keys import create_api_key
from fiscal_server.storage.idempotent_answers import KEPT
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.nodes import NodeClaim, claim_node, read_node
from tests.acceptance.site import Site, check_problem, open_site

HOOK = {"url": "https://93.184.216.34/hook"}
WHO = {"asked_by": "Иванова", "reason": "проверка"}


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path, scopes=tuple(Scope)) as opened:
        await opened.shop.add_kkts(1)
        yield opened


async def send(site: Site, path: str, body: Any, key: str | None = "once") -> Response:
    named = {} if key is None else {"Idempotency_Key": key}
    return await site.ask("POST", path, body, **named)


async def places(site: Site) -> list[tuple[str, dict[str, str], str]]:
    """Address, body, and the table that a request adds a row to."""
    kkt = await site.shop.value("select id from fiscal.kkt")
    return [
        ("/v1/webhooks", HOOK, "webhook_endpoint"),
        (f"/v1/kkts/{kkt}/orders", {"kind": "pause", **WHO}, "kkt_request"),
    ]


async def test_a_repeat_gives_the_first_answer_and_makes_nothing(site: Site) -> None:
    for n, (path, body, table) in enumerate(await places(site)):
        first, again = await send(site, path, body, f"k{n}"), await send(site, path, body, f"k{n}")
        assert first.status_code in (201, 202), first.text
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert await site.shop.value(f"select count(*) from fiscal.{table}") == 1
        assert (await send(site, path, body, f"other-{n}")).content != first.content
        assert (await send(site, path, body, None)).content != first.content
        assert await site.shop.value(f"select count(*) from fiscal.{table}") == 3


async def test_equal_requests_at_once_make_one_thing(site: Site) -> None:
    for n, (path, body, table) in enumerate(await places(site)):
        answers = await asyncio.gather(*(send(site, path, body, f"k{n}") for _ in range(10)))
        assert len({answer.content for answer in answers}) == 1
        assert await site.shop.value(f"select count(*) from fiscal.{table}") == 1


async def test_the_same_key_for_another_request_is_a_conflict(site: Site) -> None:
    assert (await send(site, "/v1/webhooks", HOOK)).status_code == 201
    for path, body in (("/v1/webhooks", {**HOOK, "description": "more"}), ("/v1/keys", {"name": "касса"})):
        check_problem(await send(site, path, body), 409, "idempotency-conflict")
    assert await site.shop.value("select count(*) from fiscal.webhook_endpoint") == 1
    assert (await send(site, "/v1/batches", {"events": []})).status_code == 202  # batches have keys of their own


async def test_a_key_of_the_api_is_shown_once_even_to_a_repeat(site: Site) -> None:
    made = (await send(site, "/v1/keys", {"name": "касса"})).json()
    before = await site.shop.value("select count(*) from fiscal.api_key")
    problem = check_problem(await send(site, "/v1/keys", {"name": "касса"}), 409, "key-refused")
    assert made["key"]["id"] in problem["detail"]
    path = f"/v1/keys/{made['key']['id']}/rotate"
    successor = (await send(site, path, {}, "rotate")).json()
    problem = check_problem(await send(site, path, {}, "rotate"), 409, "key-refused")
    assert successor["key"]["id"] in problem["detail"]
    assert await site.shop.value("select count(*) from fiscal.api_key") == before + 1
    kept = await site.shop.rows("select answer from fiscal.idempotent_answer")
    for secret in (made["secret"], successor["secret"]):
        assert not any(secret.encode() in row["answer"] for row in kept)


async def _hook(site: Site) -> str:
    return f"/v1/webhooks/{(await send(site, '/v1/webhooks', HOOK, None)).json()['webhook']['id']}"


async def test_what_is_asked_of_a_webhook_is_done_once_under_a_key(site: Site) -> None:
    hook = await _hook(site)
    told, secrets = "fiscal.webhook_message", "fiscal.webhook_secret"
    for action, body, table in (("test", None, told), ("rotate", {}, secrets)):
        before = await site.shop.value(f"select count(*) from {table}")
        answers = await asyncio.gather(*(send(site, f"{hook}/{action}", body, action) for _ in range(5)))
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].status_code in (200, 202)
        assert await site.shop.value(f"select count(*) from {table}") == before + 1
        assert (await send(site, f"{hook}/{action}", body, f"new {action}")).content != answers[0].content
    check_problem(await send(site, f"{hook}/rotate", {"overlap_hours": 1}, "rotate"), 409, "idempotency-conflict")
    check_problem(await send(site, f"{hook}/test", None, "rotate"), 409, "idempotency-conflict")


async def test_a_replay_under_a_key_does_not_send_again_what_has_arrived_since(site: Site) -> None:
    hook = await _hook(site)
    message = (await send(site, f"{hook}/test", None, None)).json()["message"]

    async def arrived() -> None:
        async with site.shop.db.write() as db:
            await db.execute("update fiscal.webhook_message set state = 'DELIVERED', finished_at = due_at")

    async def waiting() -> int:
        return int(await site.shop.value("select count(*) from fiscal.webhook_message where state = 'WAITING'"))

    await arrived()
    first = await send(site, f"{hook}/replay", {"message": message}, "replay")
    assert (first.status_code, await waiting()) == (202, 1)
    await arrived()
    again = await send(site, f"{hook}/replay", {"message": message}, "replay")
    assert (again.content, await waiting()) == (first.content, 0)
    other = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
    check_problem(await send(site, f"{hook}/replay", other, "replay"), 409, "idempotency-conflict")


async def test_an_order_to_a_node_that_comes_late_a_second_time_changes_nothing(site: Site) -> None:
    key = await create_api_key(site.shop.db, site.shop.merchant.id, "operations", operations=True)
    site.headers = {"Authorization": f"Bearer {key}"}
    async with site.shop.db.write() as db:
        told = NodeClaim(1, 50_000, None, "host-1", 101, "1.0")
        await claim_node(db, told, await read_node(db, 1), site.shop.clock.now())
    drained = await send(site, "/v1/nodes/1/drain", None, "drain")
    assert (drained.status_code, drained.json()["state"]) == (202, "drained")
    assert (await send(site, "/v1/nodes/1/resume", None, "resume")).json()["state"] == "working"
    late = await asyncio.gather(*(send(site, "/v1/nodes/1/drain", None, "drain") for _ in range(5)))
    assert {answer.content for answer in late} == {drained.content}
    assert not await site.shop.value("select draining from fiscal.node")
    check_problem(await send(site, "/v1/nodes/1/resume", None, "drain"), 409, "idempotency-conflict")
    check_problem(await send(site, "/v1/nodes/2/drain", None, "other"), 404, "not-found")


async def test_a_refused_request_keeps_nothing_and_may_come_again_mended(site: Site) -> None:
    check_problem(await send(site, "/v1/webhooks", {"url": ""}), 422, "invalid-body")
    assert (await send(site, "/v1/webhooks", HOOK)).status_code == 201


async def test_answers_are_forgotten_after_a_week(site: Site) -> None:
    await send(site, "/v1/webhooks", HOOK)
    await site.shop.clock.advance((KEPT + timedelta(seconds=1)).total_seconds())
    await send(site, "/v1/webhooks", HOOK, "later")
    assert [row["key"] for row in await site.shop.rows("select key from fiscal.idempotent_answer")] == ["later"]


@pytest.mark.parametrize("key", ["", "k" * 129])
async def test_a_key_of_a_request_has_1_to_128_characters(site: Site, key: str) -> None:
    check_problem(await send(site, "/v1/webhooks", HOOK, key), 400, "bad-request")


async def test_a_receipt_is_sent_again_once_an_order_however_often_it_comes(site: Site) -> None:
    [receipt] = await site.pay(1)
    path = f"/v1/receipts/{receipt}/retry"

    async def park() -> None:
        async with site.shop.db.write() as db:
            await db.execute("update fiscal.queue set state = 'REFUSED'")

    await park()
    first = await send(site, path, WHO)
    assert (first.status_code, first.json()["state"]) == (200, "QUEUED")
    await park()
    assert (await send(site, path, WHO)).content == first.content
    assert await site.shop.value("select state::text from fiscal.queue") == "REFUSED"
    assert await site.shop.value("select count(*) from fiscal.receipt_order") == 1
    check_problem(await send(site, path, {**WHO, "reason": "другая"}), 409, "idempotency-conflict")
