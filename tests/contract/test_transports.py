"""What every wire keeps to, over each of them with an emulated FN behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.fn.frame import FrameReader, encode
from kkt_drivers.transport.base import Tapped, Transport, TransportBusy, TransportClosed, TransportTimeout
from tests.unit.emulator.fn_wires import WIRES, Wire
from tests.waiting import wait_until_async

NUMBER = "9999078900005488"
STATUS = encode(0x30)
FN_NUMBER = encode(0x31)
PROMPT_S = 5.0
"""Longer than any of these answers takes."""


@pytest.fixture(params=WIRES)
async def wire(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Wire]:
    fn = EmulatedFn(FnParameters(number=NUMBER))
    wire = Wire(str(request.param), FnLine(fn), tmp_path)
    await wire.plug()
    yield wire
    await wire.close()


@pytest.fixture
async def end(wire: Wire) -> AsyncIterator[Transport]:
    end = wire.driver_end()
    yield end
    await end.close()


async def answer(end: Transport) -> bytes:
    """Data of one whole frame."""
    reader = FrameReader()
    while True:
        frames = reader.feed(await end.read(PROMPT_S))
        if frames:
            return frames[0].data


async def test_a_request_goes_out_and_its_answer_comes_back(end: Transport) -> None:
    await end.open()
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()


async def test_a_request_may_be_written_in_pieces(end: Transport) -> None:
    await end.open()
    for piece in (FN_NUMBER[:1], FN_NUMBER[1:4], FN_NUMBER[4:]):
        end.write(piece)
    assert await answer(end) == NUMBER.encode()


async def test_the_longest_request_and_answer_pass_whole(end: Transport) -> None:
    await end.open()
    end.write(encode(0x35, bytes(1024)))  # too long for 35h: refused, and therefore read to its end
    assert await answer(end) == b""
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()


async def test_silence_ends_a_read_at_its_deadline(end: Transport) -> None:
    await end.open()
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(TransportTimeout):
        await end.read(0.05)
    assert 0.04 < loop.time() - started < 2
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()


async def test_opening_twice_is_opening_once(end: Transport) -> None:
    await end.open()
    end.write(FN_NUMBER)
    await end.open()
    assert await answer(end) == NUMBER.encode()


async def test_closing_is_harmless_at_any_time(end: Transport) -> None:
    await end.close()
    await end.open()
    await end.close()
    await end.close()


async def test_a_closed_wire_takes_and_gives_nothing(end: Transport) -> None:
    with pytest.raises(TransportClosed):
        end.write(STATUS)
    await end.open()
    await end.close()
    with pytest.raises(TransportClosed):
        end.write(STATUS)
    with pytest.raises(TransportClosed):
        await end.read(PROMPT_S)
    end.discard_input()


async def test_a_closed_wire_can_be_opened_again(end: Transport) -> None:
    for _ in range(5):
        await end.open()
        end.write(FN_NUMBER)
        assert await answer(end) == NUMBER.encode()
        await end.close()


async def test_what_was_discarded_is_not_read(end: Transport) -> None:
    await end.open()
    end.write(STATUS)
    first = await end.read(PROMPT_S)
    while len(first) < len(encode(0, bytes(30))):
        first += await end.read(PROMPT_S)
    end.write(STATUS)
    await end.read(PROMPT_S)
    end.discard_input()
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()


async def test_a_cancelled_read_does_not_hold_up_the_next_command(end: Transport) -> None:
    await end.open()
    waiting = asyncio.ensure_future(end.read(60))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()


async def test_unplugging_wakes_a_waiting_read(wire: Wire, end: Transport) -> None:
    await end.open()
    waiting = asyncio.ensure_future(end.read(60))
    await asyncio.sleep(0)
    await wire.unplug()
    with pytest.raises(TransportClosed):
        async with asyncio.timeout(PROMPT_S):
            await waiting


async def test_a_wire_that_is_not_there_cannot_be_opened(wire: Wire, end: Transport) -> None:
    await wire.unplug()
    if wire.kind == "pipe":  # an in-process cable always opens, and then nobody is at its end
        await end.open()
        with pytest.raises(TransportClosed):
            await end.read(PROMPT_S)
        return
    with pytest.raises(TransportClosed):
        await end.open()


async def test_a_wire_that_was_plugged_in_again_works_after_another_open(wire: Wire, end: Transport) -> None:
    await end.open()
    await wire.unplug()
    with pytest.raises(TransportClosed):
        await end.read(PROMPT_S)
    await wire.plug()
    await end.open()
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()


@pytest.mark.parametrize("wire", ["serial", "usb-ftdi", "usb-cdc"], indirect=True)
async def test_a_device_that_is_taken_says_so_and_is_free_after_its_user_closed(wire: Wire, end: Transport) -> None:
    await end.open()
    other = wire.driver_end()
    with pytest.raises(TransportBusy):
        await other.open()
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()
    await end.close()
    await other.open()
    other.write(FN_NUMBER)
    assert await answer(other) == NUMBER.encode()
    await other.close()


@pytest.mark.parametrize("wire", ["tcp", "pipe"], indirect=True)
async def test_the_newest_connection_to_a_network_fn_wins(wire: Wire, end: Transport) -> None:
    await end.open()
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()
    other = wire.driver_end()
    await other.open()
    other.write(FN_NUMBER)
    assert await answer(other) == NUMBER.encode()
    if wire.kind == "tcp":
        with pytest.raises(TransportClosed):
            await end.read(PROMPT_S)
    await other.close()


async def test_opening_in_a_task_that_is_cancelled_leaves_the_device_free(wire: Wire) -> None:
    abandoned = wire.driver_end()
    opening = asyncio.ensure_future(abandoned.open())
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    end = wire.driver_end()

    async def opened() -> bool:
        try:
            await end.open()
        except TransportBusy:
            return False  # the thread that was left alone is about to give it back
        return True

    await wait_until_async(opened, PROMPT_S)
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()
    await end.close()
    await abandoned.close()


@pytest.mark.parametrize("wire", ["tcp", "pipe", "serial"], indirect=True)
async def test_what_a_tap_takes_is_not_read_and_what_it_leaves_is(wire: Wire, end: Transport) -> None:
    await end.open()
    assert isinstance(end, Tapped)
    shown: list[bytes] = []

    def take_first(data: bytes) -> bool:
        shown.append(data)
        if len(shown) == 1:
            end.write(FN_NUMBER)
        return len(shown) == 1

    end.tap(take_first)
    end.write(STATUS)
    assert await answer(end) == NUMBER.encode()
    end.tap(None)
    so_far = len(shown)
    end.write(FN_NUMBER)
    assert await answer(end) == NUMBER.encode()
    assert len(shown) == so_far >= 2
