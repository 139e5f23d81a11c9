"""Patience ends what lasts too long, and nothing else."""

import asyncio

import pytest

from fiscal_server.api.atol_online import patience
from fiscal_server.api.atol_online.patience import Patience


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "EVERY_S", 0.01)


async def _value() -> int:
    await asyncio.sleep(0)
    return 7


async def test_what_is_done_in_time_is_handed_on_and_forgotten() -> None:
    one = Patience(60.0)
    looking = asyncio.create_task(one.keep_looking())
    assert [await one.within(_value()) for _ in range(3)] == [7, 7, 7]
    with pytest.raises(ValueError, match="its own"):
        await one.within(_failing())
    looking.cancel()


async def _failing() -> int:
    raise ValueError("its own")


async def test_what_lasts_too_long_ends_and_its_task_goes_on() -> None:
    one = Patience(0.02)
    looking = asyncio.create_task(one.keep_looking())
    async with asyncio.timeout(10):
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await one.within(asyncio.Event().wait())
        assert await one.within(_value()) == 7
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    looking.cancel()


async def test_a_cancellation_by_somebody_else_stays_one() -> None:
    one = Patience(60.0)
    waiting = asyncio.create_task(one.within(asyncio.Event().wait()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
