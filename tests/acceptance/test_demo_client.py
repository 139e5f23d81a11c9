"""The demo's billing system is as patient as the supervisor that brings the API back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.demo.client import BatchRefused, post_batch
from fiscal_server.demo.devices import free_port
from fiscal_server.supervisor.spec import Backoff

DEATHS = 12
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
BROKEN_OFF = b"HTTP/1.1 202 Accepted\r\nContent-Length: 200\r\n\r\n{"
NO_HEAD = b""
OUT_OF_ORDER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nwhy"


class Passing(VirtualClock):
    """Whoever sleeps is through at once; ``slept_s`` adds it up."""

    slept_s = 0.0

    def __init__(self, alarm_s: float = 0.0) -> None:
        super().__init__()
        self._alarm_s = alarm_s
        self.alarm = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        if self.slept_s >= self._alarm_s:
            self.alarm.set()
        await asyncio.sleep(0)


@asynccontextmanager
async def answering(port: int, answers: Iterable[bytes]) -> AsyncIterator[None]:
    """An API that gives these answers, one a connection, and hangs up."""
    given = iter(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"idempotency-key: demo-0" in head.lower()
        writer.write(next(given))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield


async def post(port: int, clock: Passing, stopping: Callable[[], bool] = lambda: False) -> bool:
    return await post_batch(f"http://127.0.0.1:{port}", "key", "demo-0", b"{}", clock=clock, stopping=stopping)


async def test_an_api_that_is_killed_again_and_again_before_it_serves_is_waited_for() -> None:
    """The pauses of the supervisor add up to more than a minute."""
    backoff = Backoff()
    down_s = sum(backoff.after_death(0.0) for _ in range(DEATHS))
    assert down_s > 60
    port, clock = free_port(), Passing(down_s)
    posting = asyncio.create_task(post(port, clock))
    alarm = asyncio.create_task(clock.alarm.wait())
    await asyncio.wait({posting, alarm}, return_when=asyncio.FIRST_COMPLETED)
    alarm.cancel()
    async with answering(port, [ACCEPTED]):
        assert await posting


@pytest.mark.parametrize("answer", [BROKEN_OFF, NO_HEAD, OUT_OF_ORDER], ids=["broken off", "no head", "503"])
async def test_a_batch_whose_answer_did_not_come_is_sent_again(answer: bytes) -> None:
    port, clock = free_port(), Passing()
    async with answering(port, [answer, answer, ACCEPTED]):
        assert await post(port, clock)
    assert clock.slept_s == 1.0


async def test_a_refusal_is_told_at_once_and_an_error_without_end_after_a_while() -> None:
    port, clock = free_port(), Passing()
    async with answering(port, [REFUSED, *[OUT_OF_ORDER] * 60]):
        with pytest.raises(BatchRefused, match="400: why"):
            await post(port, clock)
        assert clock.slept_s == 0
        with pytest.raises(BatchRefused, match="503"):
            await post(port, clock)


async def test_ctrl_c_ends_the_waiting_for_an_api_that_is_down() -> None:
    clock = Passing()
    assert not await post(free_port(), clock, lambda: clock.slept_s >= 5)
