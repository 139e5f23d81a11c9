"""When an emulated FN says no, and what its phases, counters and flags do meanwhile. FN protocol 4-8."""

import pytest

from kkt_drivers.emulator.answers import AnswerCode as Code
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.requisites import byte, requisite, split, text, vln
from tests.unit.emulator.fn_desk import ITEM, RNM, SERIAL, FnDesk, tags


def test_unknown_command_and_wrong_length_are_bad_format() -> None:
    desk = FnDesk()
    assert desk.code(0x7E) == Code.BAD_FORMAT
    assert desk.code(0x30, b"\x00") == Code.BAD_FORMAT
    assert desk.code(0x15, b"\x01") == Code.BAD_FORMAT


def test_an_fn_of_1_05_does_not_know_later_commands() -> None:
    desk = FnDesk(ffd=2)
    for command, data in ((0x3A, b""), (0x3D, b""), (0xA2, b"\x00\x04"), (0x36, b"\x00"), (0x39, b"")):
        assert desk.code(command, data) == Code.BAD_FORMAT


@pytest.mark.parametrize("command", [0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17])
def test_before_registration_everything_else_is_out_of_sequence(command: int) -> None:
    desk = FnDesk()
    lengths = {0x03: 39, 0x05: 25, 0x07: 4, 0x11: 5, 0x13: 5, 0x15: 5, 0x16: 11, 0x17: 5}
    assert desk.code(command, desk.moment.ljust(lengths.get(command, 0), b"\x00")[: lengths.get(command, 0)]) == 2


def test_a_second_document_cannot_begin_while_one_is_open() -> None:
    desk = FnDesk().ready()
    desk.begin_receipt()
    assert desk.do(0x30)[1:3] == b"\x04\x01"
    for command in (0x15, 0x17, 0x13, 0x18):
        assert desk.code(command, desk.moment) == Code.WRONG_STATE
    desk.do(0x06)
    assert desk.do(0x30)[1:3] == b"\x00\x00"
    assert desk.code(0x06) == Code.WRONG_STATE
    assert desk.do(0x30)[-4:] == b"\x02\x00\x00\x00"


def test_a_finishing_command_needs_its_own_beginning() -> None:
    desk = FnDesk().ready()
    desk.begin_receipt()
    assert desk.code(0x14) == Code.WRONG_STATE
    assert desk.finish_receipt()[0] == Code.OK
    assert desk.finish_receipt()[0] == Code.WRONG_STATE


def test_life_goes_from_ready_to_archive() -> None:
    desk = FnDesk()
    assert desk.phase == 0x01
    desk.ready()
    assert desk.phase == 0x03
    desk.close_shift()
    desk.close_fn()
    assert desk.phase == 0x07
    desk.confirm_all()
    assert desk.phase == 0x0F
    assert desk.code(0x20) == Code.WRONG_STATE
    assert desk.code(0x21, b"\x00") == Code.OK
    assert desk.code(0x02, b"\x00") == Code.WRONG_STATE
    assert desk.read_whole(4)[0] == 6


def test_an_autonomous_fn_sends_nothing_and_closes_at_once() -> None:
    desk = FnDesk()
    desk.register(mode=0x02)
    assert desk.do(0x20)[1:4] == bytes(3)
    desk.close_fn()
    assert desk.phase == 0x0F


def test_numbers_of_shift_and_receipt() -> None:
    desk = FnDesk()
    desk.register()
    assert desk.do(0x10) == bytes.fromhex("00 0000 0000")
    desk.open_shift()
    assert desk.do(0x10) == bytes.fromhex("01 0100 0000")
    assert desk.receipt()[:2] == b"\x01\x00"
    assert desk.receipt()[:2] == b"\x02\x00"
    desk.begin_receipt(command=0x17)
    assert desk.finish_receipt(sign=3)[1][:6] == b"\x03\x00\x05\x00\x00\x00"
    assert desk.do(0x10) == bytes.fromhex("01 0100 0300")
    desk.close_shift()
    assert desk.do(0x10) == bytes.fromhex("00 0100 0500")
    desk.open_shift()
    assert desk.receipt()[:2] == b"\x01\x00"


def test_bso_mode_makes_forms_4_and_41() -> None:
    desk = FnDesk()
    desk.register(mode=0x10)
    desk.open_shift()
    desk.begin_receipt()
    assert desk.do(0x30)[1] == 0x11
    desk.finish_receipt()
    desk.begin_receipt(command=0x17)
    assert desk.do(0x30)[1] == 0x15
    desk.finish_receipt()
    assert [desk.read_whole(fd)[0] for fd in (3, 4)] == [4, 41]


def test_a_settlement_sign_outside_1_to_4_is_a_bad_value() -> None:
    desk = FnDesk().ready()
    desk.begin_receipt()
    assert desk.finish_receipt(sign=0)[0] == Code.BAD_VALUE
    assert desk.finish_receipt(sign=5)[0] == Code.BAD_VALUE


def test_a_correction_of_1_05_knows_only_income_and_expense() -> None:
    old, new = FnDesk(ffd=2).ready(), FnDesk(ffd=4).ready()
    old.begin_receipt(command=0x17)
    new.begin_receipt(command=0x17)
    assert old.finish_receipt(sign=2)[0] == Code.BAD_VALUE
    assert new.finish_receipt(sign=2)[0] == Code.OK


def test_check_digits_of_the_rnm_are_checked() -> None:
    desk = FnDesk()
    desk.do(0x02)
    desk.do(0x07, text(1013, SERIAL, 20))
    assert desk.code(0x03, desk.registration_arguments(rnm="0000000005008571")) == Code.BAD_VALUE
    assert desk.code(0x03, desk.registration_arguments()) == Code.OK


def test_a_registration_without_the_serial_number_is_refused() -> None:
    old, new = FnDesk(ffd=2), FnDesk(ffd=4)
    old.do(0x02)
    assert old.code(0x03, old.registration_arguments()) == Code.BAD_VALUE
    new.do(0xA2, b"\x00\x04")
    assert new.ask(0xA3, new.registration_arguments()) == (Code.MISSING_TAG, (1013).to_bytes(2, "little"))


def test_a_re_registration_needs_a_closed_shift_and_keeps_the_numbering() -> None:
    desk = FnDesk().ready()
    assert desk.code(0x02, b"\x02") == Code.WRONG_STATE
    desk.close_shift()
    desk.do(0x02, b"\x02")
    desk.do(0x07, text(1013, SERIAL, 20))
    assert desk.code(0x03, desk.registration_arguments()) == Code.BAD_FORMAT
    assert desk.do(0x03, desk.registration_arguments() + b"\x04")[:4] == b"\x04\x00\x00\x00"
    assert desk.do(0x43, b"\x02")[39] == 4
    assert desk.do(0x43)[5:17] == b"7702203276  "
    assert desk.do(0x44, (1101).to_bytes(2, "little")) == byte(1101, 4)
    assert desk.do(0x44, b"\x01" + (1041).to_bytes(2, "little")) == text(1041, "9999078900005488", 16)
    assert desk.code(0x44, (1999).to_bytes(2, "little")) == Code.NO_DATA
    desk.open_shift()


def test_tlvs_must_be_whole_inside_and_outside() -> None:
    desk = FnDesk().ready()
    desk.do(0x15, desk.moment)
    broken = (ITEM[:-1], ITEM + b"\x01", b"", requisite(1059, requisite(1030, b"abc")[:-1]))
    assert [desk.code(0x07, data) for data in broken] == [Code.BAD_FORMAT] * 4
    assert desk.do(0x30)[2] == 0


@pytest.mark.parametrize(("command", "limit"), [(0x11, 1024), (0x15, 30 * 1024)])
def test_too_much_data_spoils_the_document(command: int, limit: int) -> None:
    desk = FnDesk()
    desk.register()
    if command == 0x15:
        desk.open_shift()
    desk.do(command, desk.moment)
    for _ in range(limit // 1024):
        desk.do(0x07, requisite(1048, bytes(1020)))
    assert desk.code(0x07, requisite(1048, b"")) == Code.TLV_TOO_LONG
    assert desk.code(0x12) == Code.WRONG_STATE
    desk.do(0x06)


def test_an_fn_of_1_2_refuses_what_it_forms_itself() -> None:
    desk = FnDesk(ffd=4).ready()
    desk.do(0x15, desk.moment)
    for tag in (1209, 1040, 1077, 1020, 1097):
        assert desk.code(0x07, requisite(tag, bytes(4))) == Code.FORBIDDEN_TAG
    desk.do(0x07, byte(1055, 1))
    assert desk.code(0x07, byte(1055, 1)) == Code.DUPLICATE_TAG
    desk.do(0x06)
    desk.do(0x15, desk.moment)
    assert desk.code(0x07, byte(1055, 2)) == Code.NOT_REGISTERED
    assert desk.finish_receipt()[0] == Code.NOTHING_TO_COUNT
    desk.do(0x07, ITEM + vln(1031, 19_999))
    assert desk.finish_receipt()[0] == Code.BAD_REQUISITE
    desk.do(0x07, vln(1081, 1))
    assert desk.finish_receipt()[0] == Code.OK


def test_an_fn_of_1_05_takes_any_tag() -> None:
    desk = FnDesk(ffd=2).ready()
    desk.begin_receipt(byte(1209, 2) + byte(1209, 2) + byte(1055, 32))
    assert desk.finish_receipt()[0] == Code.OK


def test_a_1_2_fn_writes_its_counters() -> None:
    desk = FnDesk(ffd=4).ready()
    desk.receipt(500)
    desk.receipt(700, sign=2)
    desk.close_shift()
    found = dict(split(b"".join(desk.read_whole(5)[1])))
    shift = dict(split(found[1194]))
    assert (found[1118], found[1111], found[1097]) == tuple(bytes((n, 0, 0, 0)) for n in (2, 4, 4))
    assert dict(split(shift[1129]))[1201] == (500).to_bytes(2, "little")
    assert dict(split(shift[1130]))[1138] == (700).to_bytes(2, "little")
    packed = desk.do(0x36, b"\x01")
    assert len(packed) == 354
    assert packed[:16] == bytes.fromhex("0100 02000000 01000000 F40100000000")
    assert desk.do(0x39)[:14] == bytes.fromhex("02000000 01000000 F40100000000")
    assert desk.do(0x3A) == b"\x04\x04"
    assert tags(desk.read_whole(1)[1])[6:14] == [1190, 1056, 1002, 1001, 1062, 1290, 1017, 1213]


def test_a_debug_fn_can_be_wiped() -> None:
    desk = FnDesk().ready()
    assert desk.code(0x60, b"\x00") == Code.BAD_FORMAT
    desk.do(0x60, b"\x16")
    assert (desk.phase, desk.last_fd) == (0x01, 0)
    desk.ready()


def test_a_broken_fn_can_only_be_read() -> None:
    desk = FnDesk().ready()
    desk.fn.break_down()
    assert desk.flags == 0x80
    assert desk.code(0x15, desk.moment) == Code.FN_FAILURE
    assert desk.do(0x40, b"\x02\x00\x00\x00")
    assert b"broken" in desk.do(0x35)


def test_the_closing_of_the_fn_names_its_own_register() -> None:
    desk = FnDesk()
    desk.register()
    desk.do(0x04)
    assert desk.code(0x05, desk.moment + b"0000000000000000    ") == Code.BAD_VALUE
    assert desk.code(0x05, desk.moment + RNM.encode().ljust(20)) == Code.OK


def test_an_emulated_fn_says_so() -> None:
    desk = FnDesk()
    assert desk.do(0x33) == b"emulated FN 1.2 \x00"
    assert desk.do(0x31).startswith(b"9999")
    with pytest.raises(ValueError, match="9999"):
        FnParameters(number="8710000101000000")
