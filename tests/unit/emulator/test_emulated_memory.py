"""What an emulated FN still knows after it was killed, and what a reader sees of its file meanwhile."""

from pathlib import Path

import pytest

from kkt_drivers.emulator.log_file import LogDamaged, LogFile, LogInUse
from kkt_drivers.emulator.memory import NotAnFnMemory, read_archive, read_parameters
from kkt_drivers.emulator.ofd import EmulatedOfd
from kkt_drivers.emulator.requisites import requisite
from tests.unit.emulator.fn_desk import NUMBER, START, FnDesk


def test_a_killed_fn_wakes_where_its_answers_left_it(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn", ffd=4).ready()
    desk.receipt()
    desk.do(0x26, desk.confirmation(desk.read_message()))
    asked = [(0x30, b""), (0x10, b""), (0x20, b""), (0x36, b"\0"), (0x39, b""), (0x43, b""), (0x40, b"\3\0\0\0")]
    desk.do(0x21, b"\0")
    before = [desk.do(*question) for question in asked] + [desk.read_whole(3)]
    desk.wake()
    assert [desk.do(*question) for question in asked] + [desk.read_whole(3)] == before
    assert desk.receipt()[:2] == b"\x02\x00"


def test_an_open_document_and_the_transport_are_forgotten(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    desk.read_message()
    desk.begin_receipt()
    desk.wake()
    assert desk.do(0x30)[1:3] == b"\x00\x00"
    assert desk.do(0x20)[:2] == b"\x02\x00"
    assert desk.code(0x06) == 0x02
    assert desk.last_fd == 2


def test_a_file_torn_at_any_byte_holds_the_documents_before_it(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    sizes = [(tmp_path / "fn").stat().st_size]
    desk.receipt()
    desk.do(0x26, desk.confirmation(desk.read_message()))
    whole = (tmp_path / "fn").read_bytes()
    desk.receipt()
    sizes.append(len(whole))
    complete = (tmp_path / "fn").read_bytes()
    torn = tmp_path / "torn"
    for size in range(len(whole), len(complete)):
        torn.write_bytes(complete[:size])
        assert [entry.fd_number for entry in read_archive(torn)] == [1, 2, 3]
    other = FnDesk(torn)
    assert torn.read_bytes() == whole
    assert other.receipt()[:2] == b"\x02\x00"
    assert len(read_archive(torn)) == 4


def test_zeros_behind_the_last_record_are_cut_off(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    size = (tmp_path / "fn").stat().st_size
    with (tmp_path / "fn").open("ab") as file:
        file.write(bytes(100))
    desk.wake()
    assert (tmp_path / "fn").stat().st_size == size


def test_damage_in_the_middle_is_not_repaired_silently(tmp_path: Path) -> None:
    FnDesk(tmp_path / "fn").ready().fn.close()
    data = bytearray((tmp_path / "fn").read_bytes())
    data[-200] ^= 1
    data += bytes([8, 0, 0, 0]) + bytes(12)
    (tmp_path / "fn").write_bytes(data)
    with pytest.raises(LogDamaged):
        FnDesk(tmp_path / "fn")


def test_a_memory_has_one_writer_and_any_readers(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    with pytest.raises(LogInUse):
        FnDesk(tmp_path / "fn")
    assert len(read_archive(tmp_path / "fn")) == 2
    desk.receipt()
    assert len(read_archive(tmp_path / "fn")) == 3


def test_the_memory_of_another_fn_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fn").write_bytes(b"")
    log = LogFile(tmp_path / "fn")
    assert list(log.replay()) == []
    log.append(b"\x93\xa5other\x01\x02")
    log.close()
    with pytest.raises(NotAnFnMemory):
        FnDesk(tmp_path / "fn")


def test_a_reader_sees_whole_documents(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    answer = desk.receipt(123)
    desk.do(0x26, desk.confirmation(desk.read_message()))
    first, _, receipt = read_archive(tmp_path / "fn")
    assert (first.confirmed, first.form, first.registration is not None) == (True, 1, True)
    assert (receipt.fd_number, receipt.form, receipt.sign, receipt.total_kopecks) == (3, 3, 1, 123)
    assert (receipt.shift_number, receipt.number_in_shift, receipt.confirmed) == (1, 1, False)
    assert receipt.fiscal_sign == int.from_bytes(answer[6:], "little")
    assert receipt.issued_at == START
    assert receipt.tlv == b"".join(desk.read_whole(3)[1])
    sign = requisite(1077, b"\x31\x04" + receipt.fiscal_sign.to_bytes(4, "big"))
    assert sign in receipt.tlv
    assert read_parameters(tmp_path / "fn").number == NUMBER


def test_a_wiped_fn_stays_wiped(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    desk.do(0x60, b"\x16")
    desk.wake()
    assert desk.phase == 0x01
    assert read_archive(tmp_path / "fn") == []


def test_a_broken_fn_stays_broken(tmp_path: Path) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    desk.fn.break_down()
    desk.wake()
    assert desk.flags == 0x80


def test_a_memory_that_cannot_be_written_is_an_fn_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = FnDesk(tmp_path / "fn").ready()
    desk.begin_receipt()
    size = (tmp_path / "fn").stat().st_size
    with monkeypatch.context() as full_disk:
        full_disk.setattr("os.write", lambda fd, data: len(data) // 2)
        assert desk.finish_receipt()[0] == 0x03
    assert (tmp_path / "fn").stat().st_size == size
    assert desk.finish_receipt()[0] == 0x00


@pytest.mark.parametrize("text", [b"my diary, not a memory of any FN", bytes(range(1, 256)) * 40])
def test_a_file_of_somebody_else_is_refused_and_left_as_it_is(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "diary"
    path.write_bytes(text)
    with pytest.raises(LogDamaged):
        FnDesk(path)
    with pytest.raises(LogDamaged):
        EmulatedOfd(path)
    assert path.read_bytes() == text


def test_a_damaged_length_in_the_middle_is_damage_and_not_the_end(tmp_path: Path) -> None:
    path = tmp_path / "fn"
    desk = FnDesk(path).ready()
    desk.fn.close()
    data = bytearray(path.read_bytes())
    second = 8 + int.from_bytes(data[:4], "little")
    data[second + 3] ^= 0x01
    path.write_bytes(data)
    with pytest.raises(LogDamaged):
        FnDesk(path)
    assert path.read_bytes() == bytes(data)


def test_the_memory_of_an_fn_is_no_archive_of_an_operator(tmp_path: Path) -> None:
    FnDesk(tmp_path / "fn").ready().fn.close()
    with pytest.raises(LogDamaged, match="operator"):
        EmulatedOfd(tmp_path / "fn")
