"""The client and a server that does not answer: what is tried again, under which key, how patiently."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest

from fiscal_server.client import ApiProblem, AsyncFiscalClient, FiscalClient, Unanswered
from tests.storage.scene import payment
from tests.webhook_receiver import Behaviour, answers, hangs_up, receiving

DONE = answers(200, body=b'{"id":"1","accepted":0,"duplicates":0,"rejected":0,"receipts":0,"events":[]}')


@pytest.mark.parametrize(
    "failure", [hangs_up, answers(503, "Retry-After: 7"), answers(429), answers(502, body=b"<html>")]
)
async def test_a_failure_that_passes_is_tried_again_under_the_same_key(failure: Behaviour) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with receiving([failure, failure, DONE]) as server:
        client = AsyncFiscalClient(server.url, "key", sleep=sleep, chance=Random(1))
        async with client:
            await client.post_events([payment("p1")])
        keys = [one.headers["idempotency-key"] for one in server.received]
        assert len(keys) == 3
        assert len(set(keys)) == 1
        assert len({one.body for one in server.received}) == 1
    assert len(slept) == 2
    assert all(seconds > 0 for seconds in slept)


async def test_a_server_that_asks_for_patience_gets_it() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with (
        receiving([answers(503, "Retry-After: 7"), DONE]) as server,
        AsyncFiscalClient(server.url, "key", sleep=sleep) as client,
    ):
        await client.post_events([payment("p1")])
    assert slept == [7.0]


async def test_no_answer_at_all_is_said_after_all_attempts() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    client = AsyncFiscalClient("http://127.0.0.1:1", "key", sleep=sleep, chance=Random(2))
    with pytest.raises(Unanswered, match="POST /v1/batches: ConnectError"):
        await client.post_events([payment("p1")])
    await client.close()
    assert len(slept) == 7
    assert slept[-1] > slept[0]


DAY = datetime(2026, 10, 20, tzinfo=UTC)

DONE_TWICE_BY_REPEATS: dict[str, Callable[[AsyncFiscalClient], Awaitable[object]]] = {
    "create_webhook": lambda client: client.create_webhook("https://a.example/"),
    "rotate_secret": lambda client: client.rotate_secret("1"),
    "test_webhook": lambda client: client.test_webhook("1"),
    "replay": lambda client: client.replay("1", "msg_1_webhook-test"),
    "replay_span": lambda client: client.replay_span("1", DAY, DAY + timedelta(days=1)),
    "create_key": lambda client: client.create_key("billing"),
    "rotate_key": lambda client: client.rotate_key("1"),
    "change_registration": lambda client: client.change_registration("1", {}, asked_by="Иванова", reason="ОФД"),
    "order_kkt": lambda client: client.order_kkt("1", "pause", asked_by="Иванова", reason="лента"),
    "drain_node": lambda client: client.drain_node(1),
    "resume_node": lambda client: client.resume_node(1),
}


async def no_pause(_: float) -> None:
    pass


@pytest.mark.parametrize("name", DONE_TWICE_BY_REPEATS)
async def test_what_a_repeat_would_do_twice_has_a_key_of_its_call(name: str) -> None:
    ask = DONE_TWICE_BY_REPEATS[name]
    async with (
        receiving([hangs_up, answers(409), answers(409)]) as server,
        AsyncFiscalClient(server.url, "key", sleep=no_pause) as client,
    ):
        for _ in range(2):
            with pytest.raises(ApiProblem, match="409"):
                await ask(client)
        first, repeat, second = [one.headers["idempotency-key"] for one in server.received]
    assert first == repeat != second


async def test_what_a_repeated_deletion_does_not_find_is_deleted() -> None:
    async with (
        receiving([hangs_up, answers(404), answers(404)]) as server,
        AsyncFiscalClient(server.url, "key", sleep=no_pause) as client,
    ):
        await client.delete_webhook("1")
        with pytest.raises(ApiProblem, match="404"):
            await client.delete_webhook("2")
        assert [one.path for one in server.received] == ["/hook/v1/webhooks/1"] * 2 + ["/hook/v1/webhooks/2"]


def test_a_thread_waits_as_long_as_the_server_asks() -> None:
    slept: list[float] = []
    said = [httpx.Response(503, headers={"Retry-After": "3"}), httpx.ConnectError("gone"), httpx.Response(200, json=[])]

    def answer(_: httpx.Request) -> httpx.Response:
        one = said.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    with FiscalClient("http://x", "key", transport=httpx.MockTransport(answer), sleep=slept.append) as client:
        assert client.webhooks() == []
    assert slept[0] == 3.0
    assert len(slept) == 2


def test_both_clients_can_do_the_same() -> None:
    def abilities(kind: type) -> dict[str, str]:
        named = {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}
        shown = {name: str(inspect.signature(one).replace(return_annotation=None)) for name, one in named.items()}
        return {name: text.replace("AsyncIterator", "Iterator") for name, text in shown.items()}

    assert abilities(AsyncFiscalClient) == abilities(FiscalClient)
