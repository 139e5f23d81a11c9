"""Faults and durations between the wire and an emulated FN."""

import math
from pathlib import Path

import msgspec
import pytest

from kkt_drivers.emulator.faults import Fault, FaultPlan, FaultRule, FaultSource, parse_plan
from kkt_drivers.emulator.limits import ARCHIVE_FULL, RESOURCE
from kkt_drivers.emulator.line import Delivery, FnLine
from kkt_drivers.emulator.timing import TURBO, UART
from kkt_drivers.fn.frame import encode
from tests.unit.emulator.fn_desk import RNM, FnDesk


class LineDesk(FnDesk):
    """A KKT whose commands go through a line with faults once ``plan`` was called."""

    line: FnLine | None = None

    def plan(self, *script: FaultRule) -> FnLine:
        self.line = FnLine(self.fn, FaultSource(FaultPlan(script)))
        return self.line

    def deliveries(self, code: int, data: bytes = b"") -> list[Delivery]:
        assert self.line is not None
        return self.line.receive(encode(code, data))

    def finish_over_line(self) -> list[Delivery]:
        return self.deliveries(0x16, self.moment + b"\x01" + (20_000).to_bytes(5, "little"))


def receipt_in_progress(do: Fault, ms: int = 0, code: int = 3) -> LineDesk:
    desk = LineDesk()
    desk.ready()
    desk.begin_receipt()
    desk.plan(FaultRule("16h", do, ms=ms, code=code))
    return desk


def test_a_request_may_come_in_any_pieces_and_several_at_once() -> None:
    line = FnLine(FnDesk().fn)
    request = encode(0x31)
    assert [line.receive(bytes((byte,))) for byte in request][:-1] == [[]] * (len(request) - 1)
    assert len(line.receive(request + request)) == 2


def test_enq_through_the_line_gives_the_lost_answer() -> None:
    desk = receipt_in_progress(Fault.LOSE_ANSWER)
    assert desk.finish_over_line() == []
    assert desk.line is not None
    assert desk.line.receive(b"\x05")[0].data[3:6] == b"\x00\x01\x00"
    assert desk.last_fd == 3


def test_a_lost_request_does_nothing() -> None:
    desk = receipt_in_progress(Fault.LOSE_REQUEST)
    assert desk.finish_over_line() == []
    assert (desk.last_fd, desk.do(0x30)[1]) == (2, 4)


def test_power_off_before_the_write_leaves_no_document() -> None:
    desk = receipt_in_progress(Fault.POWER_OFF_BEFORE_WRITE)
    assert desk.finish_over_line() == [Delivery(cut=True)]
    assert (desk.last_fd, desk.do(0x30)[1]) == (2, 0)


def test_power_off_after_the_write_leaves_the_document_and_no_answer() -> None:
    desk = receipt_in_progress(Fault.POWER_OFF_AFTER_WRITE)
    assert desk.finish_over_line() == [Delivery(cut=True)]
    assert desk.line is not None
    assert desk.line.receive(b"\x05") == []
    assert desk.last_fd == 3


def test_a_garbled_answer_keeps_its_size_and_fails_its_crc() -> None:
    desk = receipt_in_progress(Fault.GARBLE_ANSWER)
    (delivery,) = desk.finish_over_line()
    assert desk.line is not None
    (right,) = desk.line.receive(b"\x05")
    assert len(delivery.data) == len(right.data)
    assert sum(a != b for a, b in zip(delivery.data, right.data, strict=True)) == 1


def test_a_stall_delays_and_a_doubled_answer_comes_twice() -> None:
    assert receipt_in_progress(Fault.STALL, ms=1500).finish_over_line()[0].delay_s == 1.5
    (delivery,) = receipt_in_progress(Fault.ANSWER_TWICE).finish_over_line()
    half = len(delivery.data) // 2
    assert delivery.data[:half] == delivery.data[half:]


def test_an_unplugged_fn_is_gone_for_its_time_or_for_good() -> None:
    assert receipt_in_progress(Fault.UNPLUG, ms=2000).finish_over_line() == [Delivery(cut=True, gone_s=2.0)]
    assert receipt_in_progress(Fault.UNPLUG).finish_over_line() == [Delivery(cut=True, gone_s=math.inf)]


def test_a_critical_fault_raises_the_flag_and_refuses_work() -> None:
    desk = receipt_in_progress(Fault.CRITICAL)
    assert desk.finish_over_line()[0].data[3] == 0x83
    assert (desk.flags, desk.last_fd) == (0x80, 2)


def test_a_refusal_answers_its_code_and_leaves_the_document_open() -> None:
    desk = receipt_in_progress(Fault.REFUSE, code=0x07)
    (delivery,) = desk.finish_over_line()
    assert delivery.data == encode(0x07)
    assert (desk.last_fd, desk.do(0x30)[1]) == (2, 0x04)
    assert desk.finish_over_line()[0].data[3] == 0


@pytest.mark.parametrize("ffd", [2, 4])
def test_a_filled_fn_takes_no_receipt_and_can_be_closed(ffd: int, tmp_path: Path) -> None:
    desk = LineDesk(tmp_path / "fn", ffd=ffd)
    desk.ready()
    desk.plan(FaultRule("30h", Fault.FILL_UP))
    desk.deliveries(0x30)
    desk.wake()  # it stays full
    assert desk.receipt_code() == 0x12
    assert desk.flags & (RESOURCE | ARCHIVE_FULL) == RESOURCE | ARCHIVE_FULL
    desk.do(0x06)
    desk.close_shift()
    assert desk.code(0x11, desk.moment) == 0
    assert desk.code(0x12) in (0x06, 0x12)
    desk.do(0x06)
    desk.do(0x04)
    desk.do(0x05, desk.moment + RNM.encode().ljust(20))


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_comes_by_script_and_by_chance(fault: Fault) -> None:
    by_script = FaultSource(parse_plan(b'[{"at": "16h", "do": "%s"}]' % fault.value.encode()))
    by_chance = FaultSource(parse_plan(b'{"seed": 7, "probabilities": {"%s": 0.5}}' % fault.value.encode()))
    rule = by_script.meet(0x16)
    assert rule is not None
    assert rule.do is fault
    assert {rule.do for _ in range(100) if (rule := by_chance.meet(0x16))} == {fault}


def test_rules_count_commands_or_commands_of_one_code() -> None:
    plan = parse_plan(
        b'[{"at": 2, "do": "lose_answer"}, {"at": "30h", "nth": 3, "do": "unplug"}, '
        b'{"at": "31h", "nth": 0, "do": "stall_ms", "ms": 5}]'
    )
    source = FaultSource(plan)
    met = [source.meet(code) for code in (0x30, 0x30, 0x31, 0x30, 0x31, 0x30)]
    assert [rule and rule.do.value for rule in met] == [None, "lose_answer", "stall_ms", "unplug", "stall_ms", None]


def test_equal_seeds_give_equal_misfortunes() -> None:
    text = b'{"seed": 7, "probabilities": {"lose_answer": 0.2, "stall_ms": 0.2}, "ms": 30}'
    first, second = FaultSource(parse_plan(text)), FaultSource(parse_plan(text))
    met = [first.meet(0x30) for _ in range(500)]
    assert met == [second.meet(0x30) for _ in range(500)]
    assert 60 < sum(rule is not None and rule.do is Fault.STALL and rule.ms == 30 for rule in met) < 140


@pytest.mark.parametrize("text", [b'[{"at": "16", "do": "unplug"}]', b'[{"at": 1, "do": "explode"}]', b'[{"when": 1}]'])
def test_a_misspelt_plan_is_an_error(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        parse_plan(text)


def test_a_uart_takes_its_time_and_turbo_none() -> None:
    assert TURBO.delay_s(0x16, 1030) == 0
    assert UART.delay_s(0x30, 1152) == pytest.approx(0.11)
    assert UART.delay_s(0x16, 1152) == pytest.approx(0.4)
