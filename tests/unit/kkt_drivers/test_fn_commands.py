"""Commands and answers of an FN: golden frames, real archive records, damage."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.errors import CodecError, Refusal
from kkt_drivers.fn import commands, later_commands, values
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.error_codes import ERRORS, refusal
from kkt_drivers.fn.frame import encode
from kkt_drivers.fn.registration import ExtendedMode, WorkMode, reasons_argument, registration_kind
from kkt_drivers.fn.words import OPEN_DOCUMENTS, PHASES, explain_warnings
from kkt_drivers.kkt import FnPhase, FnWarning, KktLocalTime
from tests.unit.kkt_drivers import golden

FRAMES = golden.table("fn_frames")
RECORDS = golden.table("fn_archive_records")
NOON = KktLocalTime(datetime(2026, 1, 15, 12, 30))  # noqa: DTZ001

ALL = [value for module in (commands, later_commands) for value in vars(module).values() if isinstance(value, Command)]


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


def test_every_command_of_the_protocol_is_there() -> None:
    base = {
        *range(0x02, 0x08),
        *range(0x10, 0x1A),
        *range(0x20, 0x27),
        *range(0x30, 0x34),
        0x35,
        *range(0x40, 0x48),
        0x60,
    }
    later = {0x34, *range(0x36, 0x3C), 0x3D, 0x3F, 0x50, 0xA2, 0xA3, 0xA7, 0xAB}
    marking = {0xB0, 0xB1, 0xB2, 0xB3, 0xB5, 0xB6, 0xB7, *range(0xBA, 0xC0), 0xD0, 0xD1, *range(0xD3, 0xD8)}
    assert {command.code for command in ALL} == base | later | marking


def test_every_command_is_called_by_its_code() -> None:
    assert [command.name for command in ALL if not command.name.startswith(f"{command.code:02X}h ")] == []


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
        (0x7E, b"", Refusal.WRONG_STATE),
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


REGISTRATION = b"".join((bytes((26, 1, 15, 12, 30)), b"7702203276  ", b"0000000005008570    ", bytes((0x01, 0x28))))
NUMBERS = (7).to_bytes(4, "little") + (776727275).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("between", "extended", "ofd_inn", "reasons"),
    [
        (b"", 0, "", None),
        (b"\x04", 0, "", 4),
        (b"\x10" + b"7700000000  ", 0x10, "7700000000", None),
        (b"\x10" + b"7700000000  " + b"\x05\x00\x00\x80", 0x10, "7700000000", 0x80000005),
    ],
    ids=["1.05", "1.05 with a reason", "1.2", "1.2 with reasons"],
)
def test_registration_is_read_in_all_four_lengths(
    between: bytes, extended: int, ofd_inn: str, reasons: int | None
) -> None:
    answer = commands.REGISTRATION.decode(REGISTRATION + between + NUMBERS)
    assert (answer.registered_at, answer.user_inn, answer.kkt_registration_number) == (
        NOON,
        "7702203276",
        "0000000005008570",
    )
    assert (answer.taxation_systems, answer.modes) == (1, WorkMode.SERVICES | WorkMode.INTERNET)
    assert (answer.extended_modes, answer.ofd_inn, answer.reasons) == (ExtendedMode(extended), ofd_inn, reasons)
    assert (answer.fd_number, answer.fiscal_sign) == (7, 776727275)


def numbered(sizes: list[int]) -> bytes:
    """Fields holding 1, 2, 3 and so on."""
    return b"".join(value.to_bytes(size, "little") for value, size in enumerate(sizes, 1))


def test_counters_of_36h_stand_where_the_protocol_says() -> None:
    block = [4, *[6] * 12]
    data = numbered([2, 4, *block * 4, 4, *[4, 6] * 4])
    counters = later_commands.COUNTERS.decode(data)
    assert len(data) == 354
    assert (counters.shift_number, counters.count) == (1, 2)
    assert (counters.by_sign[SettlementSign.INCOME].count, counters.by_sign[SettlementSign.INCOME].cash_kopecks) == (
        3,
        5,
    )
    returned = counters.by_sign[SettlementSign.EXPENSE_RETURN]
    assert (returned.count, returned.total_kopecks, returned.vat_10_110_kopecks) == (42, 43, 54)
    assert counters.corrections.count == 55
    assert counters.corrections.by_sign[SettlementSign.EXPENSE_RETURN].total_kopecks == 63


@pytest.mark.parametrize("behind", [b"", bytes(4)], ids=["42 bytes", "46 bytes"])
def test_counts_of_37h_are_read_in_both_lengths(behind: bytes) -> None:
    counts = later_commands.OPERATION_COUNTERS.decode(numbered([2, *[4] * 10]) + behind)
    assert (counts.shift_number, counts.count, counts.bso) == (1, 2, 7)
    assert list(counts.by_sign.values()) == [3, 4, 5, 6]
    assert list(counts.corrections_by_sign.values()) == [8, 9, 10, 11]


def test_settlements_answer_says_what_is_unsent() -> None:
    signed = commands.FINISH_SETTLEMENTS.decode(RECORDS["19h settlements report"])
    assert (signed.unsent, signed.first_unsent_on) == (2, date(2018, 1, 25))


def test_speed_is_asked_for_in_bits_per_second() -> None:
    assert later_commands.change_speed(460_800) == bytes.fromhex("00080700")
    with pytest.raises(CodecError):
        later_commands.change_speed(0)


@pytest.mark.parametrize(
    ("ffd", "reasons", "kind", "argument"),
    [
        (FfdVersion.FFD_1_2, ChangeReason.FN_REPLACED, 1, ""),
        (FfdVersion.FFD_1_2, ChangeReason.FN_REPLACED | ChangeReason.OFD, 1, "03000000"),
        (FfdVersion.FFD_1_2, ChangeReason.OFD | ChangeReason.OTHER, 2, "02000080"),
        (FfdVersion.FFD_1_05, ChangeReason.FN_REPLACED, 1, ""),
        (FfdVersion.FFD_1_05, ChangeReason.OFD, 2, "02"),
        (FfdVersion.FFD_1_05, ChangeReason.USER_NAME | ChangeReason.PLACE, 2, "03"),
        (FfdVersion.FFD_1_05, ChangeReason.NOW_INTERNET, 2, "04"),
        (FfdVersion.FFD_1_05, ChangeReason(0), 0, ""),
    ],
)
def test_reasons_are_written_as_each_version_wants_them(
    ffd: FfdVersion, reasons: ChangeReason, kind: int, argument: str
) -> None:
    assert (registration_kind(reasons), reasons_argument(ffd, reasons).hex()) == (kind, argument)


def test_a_second_reason_does_not_fit_the_command_of_1_05() -> None:
    with pytest.raises(CodecError, match="one reason"):
        reasons_argument(FfdVersion.FFD_1_05, ChangeReason.OFD | ChangeReason.PLACE)


def test_code_05_of_a_registration_is_about_its_parameters() -> None:
    assert refusal(0x05, b"", 0xA3, "A3h").kind is Refusal.BAD_REQUEST


def test_key_service_says_its_own_code_and_words() -> None:
    text = refusal(0x23, b"\x07\x00\x03\x00" + "нет".encode("cp866"), 0xD1, "D1h").text
    assert text.endswith("нет (код 7)")


def test_every_warning_is_explained_and_the_gravest_comes_first() -> None:
    told = explain_warnings(FnWarning(0xFF))
    assert "неисправен" in told[0].russian
    assert len(told) == 6
    assert "70h" in told[-1].english
    assert explain_warnings(FnWarning(0)) == ()


def test_every_phase_and_every_document_has_words() -> None:
    assert set(PHASES) == set(FnPhase)
    assert all(words.russian and words.english for words in (*PHASES.values(), *OPEN_DOCUMENTS.values()))
