"""Time, term, queue and room of an emulated FN: warnings before the end and refusals then. FN protocol 4, 5, 11."""

import pytest

from kkt_drivers.emulator.answers import AnswerCode as Code
from tests.unit.emulator.fn_desk import FnDesk


def test_no_time_goes_back_and_no_date_is_invented() -> None:
    desk = FnDesk().ready()
    desk.pass_time(minutes=-1)
    assert desk.code(0x15, desk.moment) == Code.BAD_TIME
    assert desk.code(0x13, desk.moment) == Code.BAD_TIME
    assert desk.code(0x15, bytes((26, 2, 30, 0, 0))) == Code.BAD_TIME
    assert desk.code(0x15, bytes((26, 13, 1, 0, 0))) == Code.BAD_TIME


def test_a_shift_opening_may_lag_an_hour_behind_the_closing() -> None:
    desk = FnDesk().ready()
    desk.close_shift()
    desk.pass_time(minutes=-61)
    assert desk.code(0x11, desk.moment) == Code.BAD_TIME
    desk.pass_time(minutes=1)
    assert desk.code(0x11, desk.moment) == Code.OK


def test_a_shift_lasts_24_hours_and_can_be_closed_after() -> None:
    desk = FnDesk().ready()
    desk.pass_time(hours=24)
    assert desk.code(0x15, desk.moment) == Code.OK
    desk.do(0x06)
    desk.pass_time(minutes=1)
    assert desk.code(0x15, desk.moment) == Code.SHIFT_TOO_LONG
    assert desk.code(0x17, desk.moment) == Code.SHIFT_TOO_LONG
    desk.close_shift()


def test_a_kkt_clock_that_runs_away_from_the_fn_timer_is_noticed() -> None:
    desk = FnDesk(watch_clock=True).ready()
    honest = desk.now
    desk.pass_time(minutes=6)
    ahead = desk.moment
    desk.now = honest
    assert desk.code(0x15, ahead) == Code.CLOCK_MOVED
    desk.pass_time(minutes=6)
    assert desk.code(0x15, desk.moment) == Code.OK


def test_a_fn_that_lost_power_believes_the_first_time() -> None:
    desk = FnDesk(watch_clock=True).ready()
    honest = desk.now
    desk.pass_time(hours=2)
    ahead = desk.moment
    desk.now = honest
    desk.fn.power_cycle()
    assert desk.code(0x15, ahead) == Code.OK


@pytest.mark.parametrize(("ffd", "refusal"), [(2, Code.BACKLOG_TOO_OLD), (4, Code.STORAGE_EXHAUSTED)])
def test_a_month_of_silence_stops_the_fn_until_the_operator_answers(ffd: int, refusal: Code) -> None:
    desk = FnDesk(ffd=ffd)
    desk.register()
    desk.pass_time(days=2)
    desk.open_shift()
    assert desk.flags == 0x00
    desk.pass_time(minutes=1)
    desk.receipt()
    assert desk.flags == 0x08
    desk.close_shift()
    desk.pass_time(days=28, minutes=1)
    assert desk.code(0x11, desk.moment) == refusal
    desk.confirm_all()
    desk.open_shift()


def test_unsent_documents_fill_their_area() -> None:
    desk = FnDesk(message_area_kib=1).ready()
    while (code := desk.receipt_code()) == Code.OK:
        pass
    assert code == Code.STORAGE_EXHAUSTED
    desk.do(0x06)
    desk.confirm_all()
    desk.receipt()


@pytest.mark.parametrize(("ffd", "refusal"), [(2, Code.ARCHIVE_FULL), (4, Code.EXHAUSTED)])
def test_a_full_fn_refuses_receipts_and_can_still_be_closed(ffd: int, refusal: Code) -> None:
    desk = FnDesk(ffd=ffd, capacity_documents=20).ready()
    flags = {2: desk.flags}
    while (code := desk.receipt_code()) == Code.OK:
        flags[desk.last_fd] = desk.flags
    assert code == Code.EXHAUSTED
    assert desk.last_fd == 17
    assert (flags[2], flags[16], flags[17]) == (0x00, 0x00, 0x02)
    desk.do(0x06)
    desk.close_shift()
    assert desk.flags == 0x06
    desk.do(0x11, desk.moment)
    assert desk.code(0x12) == refusal
    desk.do(0x06)
    desk.settle()
    desk.close_fn()
    assert desk.last_fd == 20
    desk.confirm_all()
    assert desk.phase == 0x0F


def test_keys_end_with_their_term() -> None:
    desk = FnDesk(term_days=40)
    desk.register(mode=0x02)
    assert desk.do(0x32) == bytes((26, 2, 24, 11, 1))
    desk.pass_time(days=9)
    desk.open_shift()
    assert desk.flags == 0x00
    desk.close_shift()
    desk.pass_time(days=1)
    desk.open_shift()
    assert desk.flags == 0x02
    desk.pass_time(hours=1)
    desk.close_shift()
    desk.pass_time(days=27)
    desk.open_shift()
    assert desk.flags == 0x03
    desk.pass_time(hours=20)
    desk.close_shift()
    desk.pass_time(days=3)
    desk.do(0x11, desk.moment)
    assert desk.code(0x12) == Code.TERM_OVER
    desk.do(0x06)
    desk.close_fn()


def test_a_receipt_after_the_term_is_refused() -> None:
    desk = FnDesk(term_days=1)
    desk.register()
    desk.pass_time(days=1)
    desk.open_shift()
    desk.pass_time(hours=12)
    desk.begin_receipt()
    assert desk.finish_receipt()[0] == Code.EXHAUSTED


def test_totals_of_a_shift_overflow() -> None:
    desk = FnDesk().ready()
    largest = 2**40 - 1
    for _ in range(256):
        desk.receipt(largest)
    desk.begin_receipt()
    assert desk.finish_receipt(largest)[0] == Code.BAD_VALUE
    assert desk.finish_receipt(largest, sign=2)[0] == Code.OK


def test_a_confirmed_document_keeps_its_text_for_30_days() -> None:
    desk = FnDesk().ready()
    desk.receipt()
    desk.close_shift()
    desk.confirm_all()
    desk.pass_time(days=31)
    desk.settle()
    assert desk.code(0x45, b"\x03\x00\x00\x00") == Code.NO_DATA
    assert desk.do(0x40, b"\x03\x00\x00\x00")[:2] == b"\x03\x01"
    assert desk.code(0x45, b"\x01\x00\x00\x00") == Code.OK
