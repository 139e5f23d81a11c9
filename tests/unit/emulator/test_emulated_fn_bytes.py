"""Bytes that are published: frames of FN protocol 2, records of FN protocol 10, messages of OFD protocol 6."""

import binascii

import pytest

from kkt_drivers.emulator import container
from kkt_drivers.emulator.registration import check_digits
from kkt_drivers.emulator.requisites import split
from tests.unit.emulator.fn_desk import NUMBER, START, FnDesk, tags

MESSAGE = bytes.fromhex(
    "B4012578A50B011009999907890000548800"
    "000184EC4C14C20000010004018A0B00860111041000393939393037383930303030353438380D041400303030303030"
    "3030303530303835373020202020FA030C003737303232303332373620201004040001000000F40304009855B9583504"
    "06002104AA1075412004010000EA03010000E90301000055040100015604010000540401000026040100064D04010001"
    "F5030C00303030303030303030303032180411008E8E8E2090808F8A80922DE6A5ADE2E020F103300031313131343120"
    "A32E8CAEE1AAA2A02C20E3AB2E208AE3E1AAAEA2E1AAA0EF20A42E32308020AEE4A8E120822D323032F9030C00373730"
    "343335383531382020240408006E616C6F672E72755D0413006578616D706C65406578616D706C652E636F6DFD030A00"
    "98A5ADADAEAD208A2E2016040A004F4F4F20544158434F4DA504010002B904010002A4040300322E30A3043100313131"
    "31343120A32E8CAEE1AAA2A02C20E3AB2E208AE3E1AAAEA2E1AAA0EF0D0AA42E32308020AEE4A8E120822D323032B304"
    "0C00373731323334353637383930C504010000B7040100018106A55AE10C4D750000"
)
CONFIRMATION = bytes.fromhex(
    "7D006D8BA507011009999907890000548800"
    "000100000000000000010002005507005100F9030C003737303433353835313820201104100039393939303738393030"
    "3030353438381004040001000000F40304007C2BB9582C040500FE0301000036041000000102030405060708090A0B0C"
    "0D0E0F1122334455667788"
)


def test_status_of_an_fn_with_163_documents_is_the_published_frame() -> None:
    desk = FnDesk().ready()
    for _ in range(161):
        desk.receipt()
    assert desk.fn.answer(bytes.fromhex("04010030FFCD")) == bytes.fromhex(
        "041F000003000001001A010F0C1E39393939303738393030303035343838A30000005C04"
    )


def test_a_document_that_is_not_there_is_the_published_answer() -> None:
    desk = FnDesk().ready()
    assert desk.fn.answer(bytes.fromhex("04050040A3000000ABE8")) == bytes.fromhex("04010008A47A")


def test_a_success_with_a_warning_is_the_published_answer() -> None:
    desk = FnDesk().ready()
    desk.pass_time(days=3)
    desk.close_shift()
    desk.do(0x11, desk.moment)
    assert desk.fn.answer(bytes.fromhex("040100066A9B")) == bytes.fromhex("04010080246A")


def test_published_receipt_commands_are_understood() -> None:
    desk = FnDesk().ready()
    assert desk.fn.answer(bytes.fromhex("040600151A010F0C1E9346"))[3] == 0
    answer = desk.fn.answer(bytes.fromhex("040C00161A010F0C1E01393000000044FA"))
    assert answer[3:10] == bytes.fromhex("00 0100 03000000")
    assert desk.do(0x40, b"\x03\x00\x00\x00")[-6:] == bytes.fromhex("01 3930000000")


@pytest.mark.parametrize("noise", ["", "00", "05", "040100", "04010030FFCC", "0401", "FF05"])
def test_noise_gets_no_answer(noise: str) -> None:
    assert FnDesk().fn.answer(bytes.fromhex(noise)) == b""


def test_enq_repeats_the_previous_answer() -> None:
    desk = FnDesk()
    before = desk.fn.answer(bytes.fromhex("04010031DEDD"))
    assert before[4:-2] == NUMBER.encode()
    assert desk.fn.answer(b"\x05") == before
    assert desk.fn.answer(b"\x05") == before


def test_short_records_have_the_published_layout() -> None:
    desk = FnDesk()
    signs = [desk.register()[4:8], desk.open_shift()[6:10], desk.receipt()[6:10], desk.close_shift()[6:10]]
    at = bytes.fromhex("1A010F0C1E")
    names = b"7702203276  0000000005008570    "
    expected = [
        bytes((1, 0)) + at + b"\x01\0\0\0" + signs[0] + names + b"\x01\x28",
        bytes((2, 0)) + at + b"\x02\0\0\0" + signs[1] + b"\x01\x00",
        bytes((3, 0)) + at + b"\x03\0\0\0" + signs[2] + bytes.fromhex("01 204E000000"),
        bytes((5, 0)) + at + b"\x04\0\0\0" + signs[3] + b"\x01\x00",
    ]
    assert [desk.do(0x40, bytes((fd, 0, 0, 0))) for fd in (1, 2, 3, 4)] == expected


def test_published_container_is_rebuilt_from_its_fields() -> None:
    message = container.open_message(MESSAGE)
    assert (message.fn_number, message.fd_number, message.form) == (NUMBER, 1, 11)
    service = container.service_data(bytes.fromhex("84EC4C14C2"), 1, len(message.document), b"\x00\x04")
    tail = (service, message.sign + b"\x00\x00")
    assert container.seal(11, NUMBER, 1, message.document, tail) == MESSAGE


def test_heads_of_documents_have_the_order_of_published_ones() -> None:
    published = [tag for tag, _ in split(container.open_message(MESSAGE).body)]
    desk = FnDesk().ready()
    desk.receipt()
    assert tags(desk.read_whole(1)[1])[:13] == published[:13]
    assert tags(desk.read_whole(3)[1])[:10] == [1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020]


def test_published_confirmation_is_read_and_not_believed() -> None:
    message = container.open_message(CONFIRMATION)
    answer, sign = container.open_confirmation(message)
    assert (answer.fn_number, answer.fd_number, answer.code, answer.ofd_inn) == (NUMBER, 1, 0, "7704358518")
    assert sign == bytes(range(16))
    desk = FnDesk()
    desk.register()
    desk.read_message()
    assert desk.ask(0x26, CONFIRMATION) == (0x20, b"\x01")


def test_a_message_that_the_fn_makes_opens_and_holds_the_document() -> None:
    desk = FnDesk().ready()
    raw = desk.read_message()
    message = container.open_message(raw)
    assert int.from_bytes(raw[:2], "little") == len(raw)
    assert raw[2:4] == binascii.crc_hqx(raw[:2] + raw[4:], 0xFFFF).to_bytes(2, "little")
    assert b"".join(desk.read_whole(1)[1]) == message.body
    assert message.sign[:2] == b"\x81\x06"


def test_check_digits_of_the_published_rnm() -> None:
    assert check_digits("0000000005", "7702203276", "000000000002") == "008570"


def test_settlements_report_answers_the_unsent_documents_and_the_first_date() -> None:
    desk = FnDesk()
    desk.register()
    desk.pass_time(days=1)
    assert desk.settle()[8:] == bytes.fromhex("01000000 1A010F")
    assert desk.now > START
