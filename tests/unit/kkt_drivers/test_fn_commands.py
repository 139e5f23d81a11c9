"""Commands and answers of an FN: golden frames, real archive records, damage."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign
from kkt_drivers.errors import CodecError, Refusal
from kkt_drivers.fn import commands, values
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.error_codes import ERRORS, refusal
from kkt_drivers.fn.frame import encode
from kkt_drivers.kkt import FnPhase, KktLocalTime
from tests.unit.kkt_drivers import golden

FRAMES = golden.table("fn_frames")
RECORDS = golden.table("fn_archive_records")
NOON = KktLocalTime(datetime(2026, 1, 15, 12, 30))  # noqa: DTZ001

ALL = [value for value in vars(commands).values() if isinstance(value, Command)]


@pytest.mark.parametrize(
    ("what", "command", "data"),
    [
        ("30h status", commands.STATUS, b""),
        ("31h FN number", commands.FN_NUMBER, b""),
        ("21h connect", commands.OFD_CONNECTION, commands.ofd_connection(True)),
        ("21h disconnect", commands.OFD_CONNECTION, commands.ofd_connection(False)),
        ("23h offset 0, length 1024", commands.READ_OFD_MESSAGE, commands.read_ofd_message(0, 1024)),
        ("15h at 2026-01-15 12:30", commands.BEGIN_RECEIPT, values.moment(NOON)),
        (
            "16h same time, type 1, 123.45",
            commands.FINISH_RECEIPT,
            commands.finish_receipt(NOON, SettlementSign.INCOME, 12345),
        ),
        ("40h document 163", commands.ARCHIVED, commands.document(163)),
    ],
)
def test_command_is_written_as_the_golden_frame(what: str, command: Command[object], data: bytes) -> None:
    assert encode(command.code, data) == FRAMES[what]


def test_golden_status_is_read() -> None:
    frame = FRAMES["status answer: fiscal mode, shift open, FN 9999078900005488, last FD 163"]
    status = commands.STATUS.decode(frame[4:-2])
    assert (status.phase, status.open_document, status.shift_open) == (FnPhase.FISCAL, 0, True)
    assert (status.fn_number, status.last_fd_number, status.last_document_at) == ("9999078900005488", 163, NOON)


def test_status_of_a_new_fn_has_no_last_document() -> None:
    status = commands.STATUS.decode(b"\x01" + bytes(9) + b"9999078900005488" + bytes(4))
    assert (status.phase, status.last_document_at) == (FnPhase.READY, None)


def test_real_receipt_record_is_read() -> None:
    record = commands.ARCHIVED.decode(RECORDS["40h receipt"])
    assert (record.form, record.confirmed, record.fd_number) == (DocumentForm.RECEIPT, False, 163)
    assert (record.fiscal_sign, record.total_kopecks, record.sign) == (776727275, 20000, SettlementSign.INCOME)
    assert record.issued_at.isoformat() == "2017-03-24T20:53:00"


@pytest.mark.parametrize(
    ("what", "form", "fd_number"),
    [("40h registration", DocumentForm.REGISTRATION, 1), ("40h re-registration", DocumentForm.RE_REGISTRATION, 2)],
)
def test_real_registration_record_is_read(what: str, form: DocumentForm, fd_number: int) -> None:
    record = commands.ARCHIVED.decode(RECORDS[what])
    assert (record.form, record.fd_number) == (form, fd_number)
    assert (record.user_inn, record.kkt_registration_number) == ("5024054445", "0000001358026131")


def test_real_shift_records_are_read() -> None:
    opened = commands.ARCHIVED.decode(RECORDS["40h shift opening"])
    closed = commands.ARCHIVED.decode(RECORDS["40h shift closing"])
    assert (opened.form, opened.shift_number, opened.fd_number) == (DocumentForm.SHIFT_OPENING, 1, 3)
    assert (closed.form, closed.shift_number, closed.fd_number) == (DocumentForm.SHIFT_CLOSING, 1, 6)


def test_real_settlements_answer_is_read() -> None:
    signed = commands.FINISH_SETTLEMENTS.decode(RECORDS["19h settlements report"])
    assert (signed.fd_number, signed.fiscal_sign) == (13, 0x073F923B)


@pytest.mark.parametrize(
    ("kind", "form"),
    [(0xC3, DocumentForm.RECEIPT), (0x83, DocumentForm.RECEIPT), (0xDF, DocumentForm.CORRECTION_RECEIPT)],
)
def test_type_bytes_of_newer_formats_are_known(kind: int, form: DocumentForm) -> None:
    assert commands.ARCHIVED.decode(bytes((kind,)) + RECORDS["40h receipt"][1:]).form is form


def test_term_is_read_with_and_without_its_counts() -> None:
    assert commands.TERM.decode(b"\x1b\x06\x1e").valid_until == date(2027, 6, 30)
    assert commands.TERM.decode(b"\x1b\x06\x1e\x0b\x01").registrations_left == 11


@given(st.sampled_from(ALL), st.binary(max_size=64))
def test_any_answer_is_read_or_refused(command: Command[object], data: bytes) -> None:
    try:
        command.decode(data)
    except CodecError:
        pass


def test_finishing_commands_are_those_that_create_documents() -> None:
    assert {command.code for command in ALL if command.finishes} == {0x03, 0x05, 0x12, 0x14, 0x16, 0x19, 0xA3}


def test_total_above_five_bytes_is_refused() -> None:
    with pytest.raises(CodecError):
        commands.finish_receipt(NOON, SettlementSign.INCOME, 1 << 40)


def test_a2_names_the_version() -> None:
    assert commands.begin_registration_1_1(FfdVersion.FFD_1_2) == b"\x00\x04"


@pytest.mark.parametrize(
    ("code", "data", "kind"),
    [
        (0x16, b"", Refusal.SHIFT_EXPIRED),
        (0x96, b"", Refusal.SHIFT_EXPIRED),
        (0x07, b"", Refusal.CLOCK),
        (0x12, b"", Refusal.EXHAUSTED),
        (0x15, b"", Refusal.OFD_BACKLOG),
        (0x08, b"", Refusal.NO_DATA),
        (0x7E, b"", Refusal.FAULT),
    ],
)
def test_answer_code_has_its_kind_with_and_without_the_warning_bit(code: int, data: bytes, kind: Refusal) -> None:
    assert refusal(code, data, 0x16, "16h").kind is kind


def test_operators_message_that_was_not_taken_says_why() -> None:
    assert "неверный номер ФД" in refusal(0x20, b"\x03", 0x26, "26h").text


def test_code_05_of_26h_is_about_the_operators_message() -> None:
    assert refusal(0x05, b"", 0x26, "26h").kind is Refusal.OFD_ANSWER
    assert refusal(0x05, b"", 0x16, "16h").kind is Refusal.EXHAUSTED


def test_missing_requisite_is_named() -> None:
    assert "1059" in refusal(0x3C, b"\x23\x04", 0x16, "16h").text


def test_every_code_has_both_languages() -> None:
    assert all(error.russian and error.english for error in ERRORS.values())
