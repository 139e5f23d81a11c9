"""What stands in the documents of an emulated FN besides what the KKT passed. FFD 3; FN protocol 7, 8."""

import pytest

from kkt_drivers.emulator.answers import AnswerCode as Code
from kkt_drivers.emulator.requisites import byte, split, text, uint16, uint32
from tests.unit.emulator.fn_desk import RNM, SERIAL, FnDesk, tags


def fields(desk: FnDesk, fd_number: int) -> dict[int, bytes]:
    return dict(split(b"".join(desk.read_whole(fd_number)[1])))


def test_a_settlements_report_tells_what_is_unsent() -> None:
    desk = FnDesk()
    desk.register()
    assert desk.code(0x19) == Code.WRONG_STATE
    desk.settle()
    found = fields(desk, 2)
    assert (found[1116], found[1097]) == (b"\x01\0\0\0", b"\x01\0\0\0")
    assert int.from_bytes(found[1098], "little") % 86_400 == 0
    assert desk.do(0x40, b"\x02\0\0\0")[-9:] == bytes.fromhex("01000000 1A010F0C1E")
    desk.confirm_all()
    assert desk.settle()[8:] == bytes(7)
    assert 1098 not in fields(desk, 3)


@pytest.mark.parametrize(("ffd", "code"), [(2, Code.WRONG_STATE), (4, Code.OK)])
def test_a_settlements_report_inside_a_shift_needs_a_later_ffd(ffd: int, code: Code) -> None:
    desk = FnDesk(ffd=ffd).ready()
    assert desk.code(0x18, desk.moment) == code
    if code is Code.OK:
        desk.do(0x19)
        assert fields(desk, 3)[1038] == b"\x01\0\0\0"


def test_a_shift_closing_counts_receipts_corrections_and_documents() -> None:
    desk = FnDesk().ready()
    desk.receipt()
    desk.begin_receipt(command=0x17)
    desk.finish_receipt()
    desk.close_shift()
    found = fields(desk, 5)
    assert (found[1038], found[1118], found[1111], found[1097]) == tuple(uint32(0, n)[4:] for n in (1, 2, 4, 4))


def test_warnings_stand_in_the_shift_reports_of_1_2() -> None:
    desk = FnDesk(ffd=4)
    desk.register()
    desk.do(0x26, desk.confirmation(desk.read_message(), code=14))
    desk.open_shift()
    assert fields(desk, 2)[1206] == b"\x02"
    desk.pass_time(days=3)
    desk.close_shift()
    found = fields(desk, 3)
    assert found[1053] == b"\x01"
    assert 1206 not in found
    assert found[1213] == uint16(0, 466)[4:]


def test_the_result_of_a_registration_is_read_in_the_form_of_its_ffd() -> None:
    old, new = FnDesk(ffd=2), FnDesk(ffd=4)
    sign_old, sign_new = old.register(), new.register()
    assert old.do(0x43) == old.registration_arguments() + sign_old
    assert old.do(0x43, b"\x01") == old.registration_arguments() + b"\x00" + sign_old
    assert new.do(0x43) == new.registration_arguments() + sign_new
    assert len(new.do(0x43)) == 60
    assert new.code(0x43, b"\x02") == Code.NO_DATA


def test_all_requisites_of_a_registration_are_read_one_by_one() -> None:
    desk = FnDesk()
    desk.register()
    assert desk.do(0x44, b"\x01\xff\xff") == b""
    found = []
    while (answer := desk.ask(0x47))[0] == Code.OK:
        found.append(answer[1])
    assert found == desk.read_whole(1)[1]
    assert tags(found)[-2:] == [1013, 1048]


def test_an_fn_of_1_2_may_be_registered_for_1_05() -> None:
    desk = FnDesk(ffd=4)
    desk.ffd = 2
    desk.register()
    assert desk.do(0x3A) == b"\x02\x04"
    desk.open_shift()
    desk.begin_receipt(byte(1209, 2))
    assert desk.finish_receipt()[0] == Code.OK


def test_a_replaced_fn_begins_with_form_11_and_document_1() -> None:
    desk = FnDesk()
    desk.do(0x02, b"\x01")
    desk.do(0x07, text(1013, SERIAL, 20))
    assert desk.do(0x30)[1] == 0x12
    assert desk.do(0x03, desk.registration_arguments())[:4] == b"\x01\0\0\0"
    assert desk.read_whole(1)[0] == 11
    assert fields(desk, 1)[1101] == b"\x01"


def test_a_closing_report_names_the_last_shift() -> None:
    desk = FnDesk(ffd=4).ready()
    desk.close_shift()
    desk.close_fn()
    found = fields(desk, 4)
    assert (found[1038], found[1037]) == (b"\x01\0\0\0", RNM.encode().ljust(20))
    assert 1157 in found


def test_an_autonomous_fn_that_gets_an_operator_sends_from_then_on() -> None:
    desk = FnDesk()
    desk.register(mode=0x02)
    desk.open_shift()
    desk.close_shift()
    desk.do(0x02, b"\x02")
    desk.do(0x07, text(1013, SERIAL, 20))
    desk.do(0x03, desk.registration_arguments() + b"\x04")
    assert desk.do(0x20)[2:8] == bytes.fromhex("0100 04000000")
    desk.confirm_all()
    assert desk.do(0x42) == b"\x00\x00"
    assert desk.do(0x40, b"\x02\0\0\0")[1] == 0


def test_a_registration_form_in_the_archive_is_marked_by_its_ffd() -> None:
    desk = FnDesk(ffd=4).ready()
    desk.receipt()
    desk.begin_receipt(command=0x17)
    desk.finish_receipt()
    assert [desk.do(0x40, bytes((fd, 0, 0, 0)))[0] for fd in (1, 2, 3, 4)] == [0x41, 0x02, 0xC3, 0xDF]
