"""Request and answer over a bad cable: what is known of the command afterwards."""

import asyncio
from collections.abc import Callable

import pytest

from kkt_drivers.errors import KktOutcomeUnknown, KktRefused, KktUnavailable, Refusal
from kkt_drivers.fn import commands
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.frame import encode
from kkt_drivers.transport.base import TransportClosed
from kkt_drivers.transport.pipe import Pipe, PipePeer
from tests.unit.kkt_drivers.scripted_fn import (
    FN_NUMBER,
    RECEIPT_SIGNED,
    Faults,
    ScriptedFn,
    garbled,
    lost,
    noisy,
    split,
    status,
)
from tests.waiting import let_others_run


class Bench:
    def __init__(self, *, enq: bool = True) -> None:
        self.fn = ScriptedFn()
        self.faults = Faults()
        self.pipe = Pipe(self.fn.serve, self.faults)
        self.exchange = Exchange(self.pipe, timeout_s=0.02, enq=enq, owed=False)

    async def warm(self) -> None:
        """One answer, so that ENQ has something to be compared with."""
        await self.exchange.ask(commands.CANCEL)
        self.fn.asked.clear()

    async def finish(self) -> int:
        return (await self.exchange.ask(commands.FINISH_RECEIPT, bytes(11))).fd_number


async def test_answer_is_decoded() -> None:
    assert (await Bench().exchange.ask(commands.STATUS)).fn_number == FN_NUMBER


@pytest.mark.parametrize("change", [split, noisy])
async def test_answer_in_pieces_or_behind_noise_is_read(change: Callable[[bytes], list[bytes]]) -> None:
    bench = Bench()
    bench.faults.once("answer", -1, change)
    assert (await bench.exchange.ask(commands.STATUS)).last_fd_number == 163


async def test_refusal_keeps_the_fns_code() -> None:
    bench = Bench()
    bench.fn.answers[0x16] = (0x96, b"")
    with pytest.raises(KktRefused) as caught:
        await bench.finish()
    assert (caught.value.kind, caught.value.code) == (Refusal.SHIFT_EXPIRED, 0x16)


@pytest.mark.parametrize("change", [lost, garbled])
async def test_enq_brings_back_an_answer_that_was_lost_or_garbled(change: Callable[[bytes], list[bytes]]) -> None:
    bench = Bench()
    await bench.warm()
    bench.faults.once_after(0x16, change)
    assert await bench.finish() == 164
    assert bench.fn.codes == ["16", "ENQ"]


async def test_enq_is_asked_twice_at_most() -> None:
    bench = Bench()
    await bench.warm()
    bench.pipe.fault = lambda direction, data: [] if direction == "answer" else [data]
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()
    assert bench.fn.codes == ["16", "ENQ", "ENQ"]


async def test_lost_answer_without_enq_is_unknown_for_a_finishing_command() -> None:
    bench = Bench(enq=False)
    await bench.warm()
    bench.faults.once_after(0x16, lost)
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()
    assert bench.fn.codes == ["16"]


async def test_lost_answer_is_unavailable_for_a_command_that_makes_no_document() -> None:
    bench = Bench(enq=False)
    bench.faults.once_after(0x30, lost)
    with pytest.raises(KktUnavailable):
        await bench.exchange.ask(commands.STATUS)


async def test_answer_to_the_command_before_is_not_taken_for_a_lost_request() -> None:
    """06h was answered; 07h never arrives; ENQ brings the answer of 06h, which looks like success."""
    bench = Bench()
    await bench.warm()
    bench.faults.once("request", 0x07, lost)
    with pytest.raises(KktUnavailable):
        await bench.exchange.ask(commands.HAND_OVER, b"x")
    assert set(bench.fn.codes) == {"ENQ"}


async def test_lost_request_of_a_finishing_command_stays_unknown() -> None:
    bench = Bench()
    await bench.warm()
    bench.faults.once("request", 0x16, lost)
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()
    assert "16" not in bench.fn.codes


class OneLine:
    """A serial line: closing and opening the port changes nothing between the FN and the wire."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._late: list[bytes] = []
        self._peer: PipePeer | None = None
        bench.pipe._serve = self.serve

    async def serve(self, peer: PipePeer) -> None:
        self._peer = peer
        await self._bench.fn.serve(peer)

    def keep(self, data: bytes) -> list[bytes]:
        """Instead of passing an answer on."""
        self._late.append(data)
        return []

    def with_what_was_kept(self, data: bytes) -> list[bytes]:
        """An answer behind all that was kept, in one piece."""
        kept, self._late = self._late, []
        return [b"".join([*kept, data])]


async def test_late_answer_on_a_serial_line_is_not_taken_for_the_next_commands() -> None:
    bench = Bench(enq=False)
    line = OneLine(bench)
    bench.fn.answers[0x30] = [(0, status(open_document=4)), (0, status(open_document=0))]
    bench.faults.once_after(0x30, line.keep)
    with pytest.raises(KktUnavailable):
        await bench.exchange.ask(commands.STATUS)
    bench.faults.once_after(0x31, line.with_what_was_kept)
    assert (await bench.exchange.ask(commands.STATUS)).open_document == 0
    assert bench.fn.codes == ["30", "31", "33", "30"]


async def test_two_late_answers_are_both_left_behind() -> None:
    """The question after the loss gets no answer in time either."""
    bench = Bench(enq=False)
    line = OneLine(bench)
    bench.faults.once_after(0x16, line.keep)
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()
    bench.faults.once_after(0x31, line.keep)
    with pytest.raises(KktUnavailable, match="31h before anything else"):
        await bench.exchange.ask(commands.STATUS)
    bench.faults.once_after(0x31, line.with_what_was_kept)
    assert (await bench.exchange.ask(commands.STATUS)).last_fd_number == 163
    assert bench.fn.codes == ["16", "31", "31", "33", "30"]


async def test_a_program_that_begins_leaves_behind_what_the_one_before_it_asked() -> None:
    """It was killed while the FN worked; the FN's answer comes on the line of its successor."""
    bench = Bench(enq=False)
    line = OneLine(bench)
    bench.fn.answers[0x30] = [(0, status(open_document=4)), (0, status(open_document=0))]
    bench.faults.once_after(0x30, line.keep)
    with pytest.raises(KktUnavailable):
        await bench.exchange.ask(commands.STATUS)
    await bench.exchange.close()
    successor = Exchange(bench.pipe, timeout_s=0.02, enq=False)
    bench.faults.once_after(0x31, line.with_what_was_kept)
    assert (await successor.ask(commands.STATUS)).open_document == 0
    assert bench.fn.codes == ["30", "31", "33", "30"]


async def test_connection_cut_after_the_request_is_unknown() -> None:
    bench = Bench()
    await bench.warm()

    def cut(data: bytes) -> list[bytes]:
        raise TransportClosed("cut")

    bench.faults.once_after(0x16, cut)
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()


async def test_nobody_there_is_unavailable_even_for_a_finishing_command() -> None:
    bench = Bench()

    async def refuse() -> None:
        raise TransportClosed("nobody")

    bench.pipe.open = refuse
    with pytest.raises(KktUnavailable):
        await bench.finish()


async def test_unreadable_answer_of_a_finishing_command_is_unknown() -> None:
    bench = Bench()
    bench.fn.answers[0x16] = (0, RECEIPT_SIGNED[:-1])
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()


async def test_after_a_lost_answer_the_next_command_gets_a_new_connection() -> None:
    bench = Bench(enq=False)
    await bench.warm()
    bench.faults.once_after(0x16, lost)
    with pytest.raises(KktOutcomeUnknown):
        await bench.finish()
    assert (await bench.exchange.ask(commands.STATUS)).last_fd_number == 163
    assert (bench.pipe.connections, bench.exchange.connection) == (2, 2)


async def test_late_answer_is_never_taken_for_the_next_commands() -> None:
    bench = Bench(enq=False)
    await bench.warm()
    late: list[Callable[[], None]] = []
    serve = bench.fn.serve

    async def serve_late(peer):
        late.append(lambda: peer.write(encode(0, status(open_document=4))))
        await serve(peer)

    bench.pipe._serve = serve_late
    await bench.exchange.close()
    bench.faults.once_after(0x30, lost)
    with pytest.raises(KktUnavailable):
        await bench.exchange.ask(commands.STATUS)
    waiting = asyncio.ensure_future(bench.exchange.ask(commands.STATUS))
    await asyncio.sleep(0)
    late[0]()  # on the connection that was given up
    assert (await waiting).open_document == 0


async def test_stale_bytes_are_discarded_before_a_request() -> None:
    bench = Bench()
    await bench.warm()
    bench.faults.once_after(0x06, lambda data: [data, encode(0, status(open_document=4))])
    await bench.exchange.ask(commands.CANCEL)
    assert (await bench.exchange.ask(commands.STATUS)).open_document == 0


async def test_cancelled_task_leaves_no_answer_for_the_next_command() -> None:
    bench = Bench(enq=False)
    await bench.warm()
    bench.faults.once_after(0x16, lost)
    task = asyncio.ensure_future(bench.finish())
    await let_others_run()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await bench.exchange.ask(commands.STATUS)
    assert bench.exchange.connection == 2
