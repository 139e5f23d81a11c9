"""Messages to the operator as the FN sees them: the sequence of 20h-26h and every reason to refuse a confirmation."""

from pathlib import Path

import pytest

from kkt_drivers.emulator.answers import AnswerCode as Code
from kkt_drivers.emulator.container import open_confirmation, open_message
from kkt_drivers.emulator.ofd import EmulatedOfd, read_ofd_archive
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule, OfdFaultSource, parse_ofd_plan
from tests.unit.emulator.fn_desk import NUMBER, FnDesk


def header(size: int, fn_number: str = NUMBER) -> bytes:
    return bytes.fromhex("2A08410A81A20120") + fn_number.encode() + size.to_bytes(2, "little") + b"\x14\0\0\0"


def send(ofd: EmulatedOfd, message: bytes) -> bytes:
    """The container of the operator's answer."""
    answer = ofd.receive(header(len(message)) + message)
    assert answer.data[:4] == b"\x2a\x08\x41\x0a"
    return answer.data[30:]


def test_messages_are_read_in_the_prescribed_sequence_only() -> None:
    desk = FnDesk().ready()
    assert desk.do(0x20) == bytes.fromhex("02 00 0200 01000000 1A010F0C1E")
    assert desk.code(0x22) == Code.NO_TRANSPORT
    desk.do(0x21, b"\x01\x00\x00\x00")
    assert desk.code(0x23, b"\0\0\0\4") == Code.WRONG_STATE
    assert desk.code(0x24) == Code.WRONG_STATE
    assert desk.code(0x25) == Code.WRONG_STATE
    size = desk.do(0x22)
    assert desk.do(0x20)[:2] == b"\x03\x01"
    assert desk.code(0x23, size + b"\x01\x00") == Code.BAD_FORMAT
    assert desk.do(0x23, b"\0\0\2\0") == size
    desk.do(0x24)
    desk.do(0x22)
    assert desk.code(0x26, b"") == Code.WRONG_STATE
    desk.do(0x25)
    assert desk.do(0x20)[:2] == b"\x07\x00"


def test_a_confirmation_moves_the_queue_and_is_archived() -> None:
    desk = FnDesk().ready()
    message = desk.read_message()
    answer = desk.confirmation(message)
    assert desk.do(0x26, answer) == b"\x00"
    assert desk.do(0x42) == b"\x01\x00"
    assert desk.do(0x20)[4:8] == b"\x02\x00\x00\x00"
    assert desk.do(0x40, b"\x01\0\0\0")[1] == 1
    sign = open_confirmation(open_message(answer))[1]
    assert desk.do(0x41, b"\x01\0\0\0") == bytes.fromhex("1A010F0C1E") + sign + b"\0\0" + b"\x01\0\0\0"
    assert desk.code(0x41, b"\x02\0\0\0") == Code.NO_DATA
    assert desk.code(0x26, answer) == Code.WRONG_STATE


def test_any_code_of_the_operator_takes_the_document_off_the_queue() -> None:
    desk = FnDesk(ffd=4).ready()
    assert desk.do(0x26, desk.confirmation(desk.read_message(), code=14)) == b"\x0e"
    assert desk.do(0x42) == b"\x01\x00"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (OfdFault.WRONG_SIGN, 1),
        (OfdFault.WRONG_FORMAT, 2),
        (OfdFault.WRONG_FD, 3),
        (OfdFault.WRONG_FN, 4),
        (OfdFault.WRONG_CRC, 5),
        (OfdFault.WRONG_LENGTH, 7),
    ],
)
def test_a_wrong_confirmation_is_refused_with_its_reason(fault: OfdFault, reason: int) -> None:
    desk = FnDesk().ready()
    ofd = EmulatedOfd(faults=OfdFaultSource((OfdFaultRule(1, fault),)))
    message = desk.read_message()
    assert desk.ask(0x26, send(ofd, message)) == (Code.OFD_MESSAGE_REFUSED, bytes((reason,)))
    assert desk.do(0x26, send(ofd, message)) == b"\x00"


def test_the_operator_archives_a_document_once_and_confirms_it_twice(tmp_path: Path) -> None:
    desk = FnDesk().ready()
    path = tmp_path / "ofd"
    ofd = EmulatedOfd(path, utc_seconds=lambda: 1_768_480_200)
    message = desk.read_message()
    first = send(ofd, message)
    ofd.close()
    again = EmulatedOfd(path, utc_seconds=lambda: 1_768_480_200)
    assert send(again, message) == first
    assert [(d.fn_number, d.fd_number, d.form, d.container) for d in read_ofd_archive(path)] == [
        (NUMBER, 1, 1, message)
    ]


def test_another_document_under_a_known_number_is_a_conflict() -> None:
    ofd = EmulatedOfd()
    first, second = FnDesk(), FnDesk()
    first.register()
    second.pass_time(minutes=1)
    second.register()
    assert first.do(0x26, send(ofd, first.read_message())) == b"\x00"
    assert second.do(0x26, send(ofd, second.read_message())) == b"\x0b"


def test_what_is_no_message_is_hung_up_on() -> None:
    desk = FnDesk().ready()
    message = desk.read_message()
    ofd = EmulatedOfd()
    assert ofd.message_size(b"GET / HTTP/1.1\r\nHost: operator\r\n") == -1
    assert ofd.message_size(b"\x2a\x08") == 0
    assert ofd.receive(header(len(message), "9999000000000009") + message).close
    assert ofd.receive(header(len(message)) + message[:-1] + b"\x01").close
    assert ofd.rejected == 3


def test_misdeeds_of_the_operator_follow_their_plan() -> None:
    desk = FnDesk().ready()
    message = desk.read_message()
    plan = b"""[{"at": 1, "do": "close"}, {"at": 2, "do": "close_after_store", "ms": 40}, {"at": 3, "do": "empty"},
        {"at": 4, "do": "garbage"}, {"at": 5, "do": "half_answer"}, {"at": 6, "do": "delay_ms", "ms": 250}]"""
    ofd = EmulatedOfd(faults=OfdFaultSource(parse_ofd_plan(plan)))
    answers = [ofd.receive(header(len(message)) + message) for _ in range(7)]
    assert [answer.close for answer in answers] == [True, True, False, True, True, False, False]
    assert [len(answer.data) for answer in answers[:3]] == [0, 0, 30]
    assert answers[4].data == answers[6].data[: len(answers[6].data) // 2]
    assert [answer.delay_s for answer in answers] == [0, 0.04, 0, 0, 0, 0.25, 0]


@pytest.mark.parametrize(("ffd", "backlog"), [(2, Code.BACKLOG_TOO_OLD), (4, Code.STORAGE_EXHAUSTED)])
def test_an_operator_away_for_a_month_stops_the_fn_until_he_is_back(ffd: int, backlog: Code) -> None:
    desk = FnDesk(ffd=ffd).ready()
    plan = parse_ofd_plan(b'[{"at": 1, "do": "unreachable", "hours": 744}]')
    ofd = EmulatedOfd(faults=OfdFaultSource(plan), utc_seconds=lambda: desk.now.timestamp())
    desk.close_shift()
    message = desk.read_message()
    whole = header(len(message)) + message
    assert ofd.receive(whole).close
    seen = []
    for day in range(31):
        desk.pass_time(days=1)
        code = desk.code(0x11, desk.moment) or desk.code(0x12)
        seen.append((code, bool(desk.flags & 0x08)))
        if code == Code.OK:
            desk.close_shift()
        assert not ofd.reachable or day == 30
        assert day == 30 or ofd.receive(whole).close
    warned = [flag for _, flag in seen]
    assert (warned.index(True), all(warned[2:])) == (2, True)
    assert [code for code, _ in seen] == [Code.OK] * 30 + [backlog]
    assert desk.do(0x26, send(ofd, message)) == b"\x00"
    while desk.do(0x42) != b"\0\0":
        assert desk.do(0x26, send(ofd, desk.read_message())) == b"\x00"
    desk.open_shift()
    assert not desk.flags & 0x08
