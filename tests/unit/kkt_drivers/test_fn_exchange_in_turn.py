"""Commands that follow each other before our task is woken: every rule of the exchange holds for each of them."""

from collections.abc import Callable

import pytest

from accounting.receipts.codes import FfdVersion
from kkt_drivers.emulator.cable import FnSocketOnCable
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.timing import Timing
from kkt_drivers.errors import KktRefused, KktUnavailable, Refusal
from kkt_drivers.fn import commands
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.talk import Step, Talk, in_turn
from kkt_drivers.transport.pipe import Pipe
from tests.unit.emulator.jumping_loop import JumpingLoop
from tests.unit.kkt_drivers.scripted_fn import FN_NUMBER, Faults, ScriptedFn, garbled, lost, noisy, split

STEPS: list[Step] = [
    (commands.BEGIN_RECEIPT, bytes(5)),
    (commands.HAND_OVER, b"first"),
    (commands.HAND_OVER, b"second"),
]
ALL = ["15", "07", "07"]


def go_on() -> None:
    """Nothing forbids it."""


class Bench:
    """A wire that can be tapped."""

    def __init__(self) -> None:
        self.fn = ScriptedFn()
        self.faults = Faults()
        self.pipe = Pipe(self.fn.serve, self.faults)
        self.exchange = Exchange(self.pipe, timeout_s=0.02, owed=False)

    async def warm(self) -> None:
        """One answer, so that ENQ has something to be compared with."""
        await self.exchange.ask(commands.CANCEL)
        self.fn.asked.clear()


async def test_steps_go_out_in_their_order_with_their_data() -> None:
    bench = Bench()
    await bench.exchange.follow(in_turn(STEPS), go_on)
    assert bench.fn.asked == [("15", bytes(5)), ("07", b"first"), ("07", b"second")]
    assert bench.exchange.answered == 3


async def test_a_warning_on_the_way_is_noticed() -> None:
    bench = Bench()
    bench.fn.answers[0x15] = (0x80, b"")
    seen: list[bool] = []
    await bench.exchange.follow(in_turn(STEPS), lambda: seen.append(bench.exchange.warned))
    assert not bench.exchange.warned
    bench.fn.answers[0x07] = (0x80, b"")
    await bench.exchange.follow(in_turn(STEPS), go_on)
    assert bench.exchange.warned


async def test_a_refusal_ends_the_turn_and_tells_which_step_it_was() -> None:
    bench = Bench()
    bench.fn.answers[0x07] = [(0, b""), (0x0C, b"")]
    with pytest.raises(KktRefused) as caught:
        await bench.exchange.follow(in_turn(STEPS), go_on)
    assert (caught.value.kind, bench.exchange.answered) == (Refusal.BAD_REQUEST, 2)
    assert bench.fn.codes == ALL


async def test_not_a_byte_more_is_sent_once_it_is_forbidden() -> None:
    bench = Bench()
    asked: list[int] = []

    def forbid_the_last() -> None:
        asked.append(bench.exchange.answered)
        if len(bench.fn.asked) == 2:
            raise PermissionError("lease lost")

    with pytest.raises(PermissionError):
        await bench.exchange.follow(in_turn(STEPS), forbid_the_last)
    assert bench.fn.codes == ALL[:2]
    assert bench.exchange.answered == 2
    assert (await bench.exchange.ask(commands.STATUS)).fn_number == FN_NUMBER


@pytest.mark.parametrize("change", [split, noisy])
async def test_answers_in_pieces_or_behind_noise_are_read(change: Callable[[bytes], list[bytes]]) -> None:
    bench = Bench()
    bench.faults.once_after(0x07, change)
    await bench.exchange.follow(in_turn(STEPS), go_on)
    assert bench.fn.codes == ALL


@pytest.mark.parametrize("change", [lost, garbled])
async def test_an_answer_that_enq_cannot_prove_is_not_taken_for_one(change: Callable[[bytes], list[bytes]]) -> None:
    bench = Bench()
    await bench.warm()
    bench.faults.once_after(0x07, change)
    with pytest.raises(KktUnavailable):
        await bench.exchange.follow(in_turn(STEPS), go_on)
    assert bench.fn.codes == ["15", "07", "ENQ", "ENQ"]
    assert bench.exchange.answered == 1


async def test_a_request_that_got_lost_is_not_answered_by_the_one_before() -> None:
    bench = Bench()
    await bench.warm()
    bench.faults.once("request", 0x07, lost)
    with pytest.raises(KktUnavailable):
        await bench.exchange.follow(in_turn(STEPS), go_on)
    assert bench.fn.codes == ["15", "ENQ", "ENQ"]
    assert bench.exchange.answered == 1


async def test_an_answer_decides_what_is_asked_next_and_a_refusal_is_the_talks_to_judge() -> None:
    bench = Bench()
    bench.fn.answers[0x22] = [(0x02, b""), (0, b"\x03\x00")]
    bench.fn.answers |= {0x23: (0, b"abc"), 0x24: (0, b"")}

    def message() -> Talk[bytes]:
        try:
            size = yield commands.BEGIN_OFD_MESSAGE, b""
        except KktRefused:
            yield commands.CANCEL_OFD_MESSAGE, b""
            size = yield commands.BEGIN_OFD_MESSAGE, b""
        block: bytes = yield commands.READ_OFD_MESSAGE, commands.read_ofd_message(0, size)
        return block

    assert await bench.exchange.follow(message()) == b"abc"
    assert bench.fn.codes == ["22", "24", "22", "23"]
    assert bench.exchange.answered == 3


async def test_what_a_talk_raises_reaches_who_follows_it() -> None:
    bench = Bench()

    def doubtful() -> Talk[None]:
        yield commands.CANCEL, b""
        raise KktUnavailable("that cannot be")

    with pytest.raises(KktUnavailable, match="that cannot be"):
        await bench.exchange.follow(doubtful())
    assert bench.fn.codes == ["06"]
    assert (await bench.exchange.ask(commands.STATUS)).fn_number == FN_NUMBER


async def test_an_answer_that_cannot_be_read_is_no_answer() -> None:
    bench = Bench()
    bench.fn.answers[0x22] = (0, b"\x01")  # a length has two bytes

    def size() -> Talk[int]:
        yield commands.CANCEL, b""
        found: int = yield commands.BEGIN_OFD_MESSAGE, b""
        yield commands.FINISH_OFD_MESSAGE, b""
        return found

    with pytest.raises(KktUnavailable, match="unreadable"):
        await bench.exchange.follow(size())
    assert bench.fn.codes == ["06", "22"]


def test_each_step_has_the_whole_time() -> None:
    """600 ms a command on a wire that gives each a second: three take longer than one may."""
    loop = JumpingLoop()
    line = FnLine(EmulatedFn(FnParameters(number=FN_NUMBER)), timing=Timing(other_ms=600))
    exchange = Exchange(Pipe(FnSocketOnCable(line).serve), timeout_s=1.0, owed=False)
    begin: Step = (commands.BEGIN_REGISTRATION_1_1, commands.begin_registration_1_1(FfdVersion.FFD_1_2, 0))
    try:
        loop.run_until_complete(exchange.follow(in_turn([begin, (commands.CANCEL, b""), begin]), go_on))
        assert exchange.answered == 3
        loop.run_until_complete(exchange.close())
    finally:
        loop.close()
