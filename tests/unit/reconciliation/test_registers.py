"""Payment registers of every shape that is described: what is read, what is refused, what is rejected and why."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from accounting.reconciliation.incoming.adapter import packaged_adapters
from accounting.reconciliation.incoming.findings import Finding
from accounting.reconciliation.incoming.received import Line, Outcome, ReceivedFile
from accounting.reconciliation.incoming.register import read_register
from tests.unit.reconciliation.incoming_files import (
    HEADER,
    Paid,
    fixed_places,
    many,
    named_fields,
    table_csv,
    table_rows,
    table_xlsx,
    total_line,
    totals_of,
)

Writer = Callable[[Sequence[Paid]], bytes]
AMOUNT, ACCOUNT = HEADER.index("Сумма"), HEADER.index("Лицевой счет")
SHAPES: dict[str, tuple[str, Writer]] = {
    "total line": ("total-line", total_line),
    "named fields": ("named-fields", named_fields),
    "table as csv": ("table", lambda paid: table_csv(table_rows(paid))),
    "table as xlsx": ("table", lambda paid: table_xlsx(table_rows(paid))),
    "table as xlsx with numbers": ("table", lambda paid: table_xlsx(table_rows(paid), numbers=(0, AMOUNT, AMOUNT + 1))),
    "fixed places": ("fixed-places", fixed_places),
}
each_shape = pytest.mark.parametrize(("adapter", "write"), SHAPES.values(), ids=SHAPES)


def read(adapter: str, content: bytes, **more: date) -> ReceivedFile:
    return read_register(content, packaged_adapters()[adapter], **more)


def refused(adapter: str, content: bytes) -> list[Finding]:
    return [one.code for one in read(adapter, content).refusals]


def only(adapter: str, content: bytes) -> Line:
    (line,) = read(adapter, content).lines
    return line


@each_shape
def test_every_shape_gives_its_payments(adapter: str, write: Writer) -> None:
    paid = many(5)
    file = read(adapter, write(paid))
    assert file.refusals == ()
    assert [(line.outcome, line.accounts, line.amount_kopecks, line.fee_kopecks) for line in file.lines] == [
        (Outcome.PAYMENT, (one.account,), one.kopecks, one.fee) for one in paid
    ]
    assert len({line.key for line in file.lines}) == 5
    assert all(one.agrees for one in file.totals)


@each_shape
def test_a_file_that_was_cut_posts_nothing_that_it_does_not_hold_whole(adapter: str, write: Writer) -> None:
    paid = many(4)
    content = write(paid)
    whole = {(one.account, one.kopecks) for one in paid}
    for length in range(1, len(content)):
        file = read(adapter, content[:length])
        if not file.refusals:
            posted = {(line.accounts[0], line.amount_kopecks) for line in file.lines if line.outcome is Outcome.PAYMENT}
            assert posted <= whole, length


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "cp866", "utf-8-sig"])
def test_the_encoding_of_a_register_is_found(encoding: str) -> None:
    assert only("total-line", total_line([Paid()], encoding=encoding)).payer == "ПЛАТЕЛЬЩИК 1"


def test_a_register_with_totals_is_linked_to_the_payout() -> None:
    file = read("total-line", total_line([Paid()]))
    assert file.payout is not None
    assert file.payout.text() == "512 / 2026-11-17"
    assert {one.name: one.stated for one in file.totals} == {"count": 1, "amount": 45_000, "net": 44_550, "fee": 450}
    assert (file.lines[0].paid_on, file.lines[0].time, file.lines[0].period) == (date(2026, 11, 17), "", "2026-10")


def test_a_transfer_is_settled_when_its_money_is_credited() -> None:
    content = named_fields([Paid()])
    assert (only("named-fields", content).paid_on, only("named-fields", content).time) == (
        date(2026, 11, 16),
        "10:15:02",
    )
    credited = read("named-fields", content, credited_on=date(2026, 11, 18)).lines[0]
    assert (credited.paid_on, credited.time) == (date(2026, 11, 18), "")
    assert credited.key == only("named-fields", content).key


@pytest.mark.parametrize(
    "total",
    [
        "=3;900.00;891.00;9.00;512;17-11-2026",
        "=2;900.01;891.00;9.00;512;17-11-2026",
        "=2;900.00;891.01;9.00;512;17-11-2026",
        "=2;900.00;891.00;9.01;512;17-11-2026",
    ],
)
def test_each_of_the_four_totals_is_checked(total: str) -> None:
    paid = [Paid(), replace(Paid(), operation="2")]
    assert refused("total-line", total_line(paid, total="=2;900.00;891.00;9.00;512;17-11-2026")) == []
    file = read("total-line", total_line(paid, total=total))
    assert [one.code for one in file.refusals] == [Finding.TOTAL_MISMATCH]
    assert "Итог не сходится" in file.refusals[0].text()


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", Finding.EMPTY_FILE),
        (b"BZh91AY", Finding.PACKED_FILE),
        (total_line([Paid()], total=""), Finding.NO_TOTAL_LINE),
        (total_line([Paid()], total="=1;450.00;445.50"), Finding.UNREADABLE_TOTAL),
        (total_line([Paid()], total="=1;450.00;445.50;4.50;512;17-11-202"), Finding.UNREADABLE_TOTAL),
        (total_line([Paid()], total="=1;450.00;445.50;4.50"), Finding.UNREADABLE_TOTAL),
        (total_line([Paid()]) + total_line([Paid()]), Finding.LINE_AFTER_TOTAL),
        (total_line([Paid(), Paid()], total=totals_of([Paid()])), Finding.TOTAL_MISMATCH),
        (total_line([]), Finding.NO_LINES),
        (total_line([Paid(payer="Я" * 20_000)]), Finding.LINE_TOO_LONG),
        (total_line([Paid()]).replace(b"\r\n", b"\0\r\n"), Finding.UNREADABLE_TEXT),
    ],
)  # fmt: skip
def test_what_is_no_whole_register_is_refused(content: bytes, finding: Finding) -> None:
    file = read("total-line", content)
    assert finding in [one.code for one in file.refusals]
    assert all(one.text() for one in file.refusals)


@pytest.mark.parametrize(
    ("paid", "finding"),
    [
        (Paid(kopecks=-45_000, fee=0), Finding.NOT_POSITIVE),
        (Paid(kopecks=0, fee=0), Finding.NOT_POSITIVE),
        (Paid(day=(31, 2, 2026)), Finding.BAD_DATE),
        (Paid(day=(1, 1, 1999)), Finding.BAD_DATE),
        (Paid(time=(25, 0, 0)), Finding.BAD_DATE),
        (Paid(month=(13, 2026)), Finding.BAD_PERIOD),
        (Paid(account=""), Finding.MISSING_FIELD),
        (Paid(account="1" * 129), Finding.FIELD_TOO_LONG),
        (Paid(operation="1" * 129), Finding.FIELD_TOO_LONG),
    ],
)
def test_a_bad_line_is_rejected_alone(paid: Paid, finding: Finding) -> None:
    good = replace(Paid(), operation="2")
    file = read("total-line", total_line([paid, good]))
    assert [(line.outcome, line.code) for line in file.lines] == [(Outcome.REJECTED, finding), (Outcome.PAYMENT, None)]
    assert file.refusals == ()
    assert file.lines[0].reason()


def test_a_sum_that_cannot_be_read_shows_in_the_totals() -> None:
    file = read("total-line", total_line([Paid()]).replace(b";450.00;", b";4S0.00;", 1))
    assert file.lines[0].code is Finding.BAD_AMOUNT
    assert {one.code for one in file.refusals} == {Finding.TOTAL_MISMATCH}


def test_a_fee_that_does_not_make_up_the_sum_is_rejected() -> None:
    content = total_line([Paid()], total="=1;450.00;445.40;4.50;512;17-11-2026").replace(b"445.50", b"445.40", 1)
    assert only("total-line", content).code is Finding.FEE_MISMATCH


def test_an_operation_that_stands_twice_is_one_payment_and_with_another_sum_a_mistake() -> None:
    other = replace(Paid(), kopecks=50_000)
    file = read("total-line", total_line([Paid(), Paid(), other]))
    assert [(line.outcome, line.code) for line in file.lines] == [
        (Outcome.PAYMENT, None),
        (Outcome.DUPLICATE, Finding.REPEATED_IN_FILE),
        (Outcome.REJECTED, Finding.OTHER_SUM_BEFORE),
    ]


def test_equal_lines_without_an_operation_are_different_payments_with_lasting_keys() -> None:
    first = read("named-fields", named_fields([Paid(), Paid()]))
    again = read("named-fields", named_fields([replace(Paid(), account="7"), Paid(), Paid(), Paid()]))
    assert [line.outcome for line in first.lines] == [Outcome.PAYMENT] * 2
    keys = [line.key for line in again.lines[1:]]
    assert keys[:2] == [line.key for line in first.lines]
    assert len(set(keys)) == 3


def test_the_channel_is_part_of_the_key() -> None:
    content = total_line([Paid()])
    adapter = packaged_adapters()["total-line"]
    assert read_register(content, adapter, "one").lines[0].key != read_register(content, adapter, "two").lines[0].key


def test_a_line_without_its_end_is_not_believed() -> None:
    content = named_fields([Paid()]).rstrip(b"\n")
    assert only("named-fields", content).outcome is Outcome.PAYMENT  # what ends it is a meter reading
    cut = content[: content.index(b"1234567;") + 5]
    assert only("named-fields", cut).code is Finding.UNFINISHED_LINE


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_row_of_totals_of_a_table_is_checked(kind: str) -> None:
    rows = table_rows(many(3), total=1)
    content = table_csv(rows) if kind == "csv" else table_xlsx(rows)
    assert refused("table", content) == [Finding.TOTAL_MISMATCH]


def test_a_row_that_lost_its_account_and_day_is_taken_for_a_total_that_is_wrong() -> None:
    rows = table_rows(many(3))
    rows[-2] = ["", "", "", "", "", "", "", rows[-2][AMOUNT], rows[-2][AMOUNT + 1]]
    assert Finding.TOTAL_MISMATCH in refused("table", table_csv(rows))


def test_a_table_without_its_headings_is_refused() -> None:
    rows = table_rows(many(2))
    assert refused("table", table_csv([row for row in rows if row != list(HEADER)])) == [Finding.NO_HEADER]


def test_quotes_never_reach_beyond_their_line() -> None:
    paid = many(3)
    content = table_csv(table_rows([replace(paid[0], payer='ООО "РОГА; КОПЫТА"'), *paid[1:]]))
    assert read("table", content).lines[0].payer == 'ООО "РОГА; КОПЫТА"'
    broken = content.replace('""РОГА'.encode("cp1251"), '"РОГА'.encode("cp1251"))
    assert [line.outcome for line in read("table", broken).lines][1:] == [Outcome.PAYMENT] * 2


def test_an_account_from_a_column_of_purposes_is_found() -> None:
    rows = [["Дата", "Сумма", "Назначение платежа"], ["17.11.2026 10:15", "450,00", "л/с 0001234567 за октябрь 2026"]]
    line = only("table", table_csv(rows))
    assert (line.accounts, line.period, line.time) == (("0001234567",), "2026-10", "10:15:00")


def test_numbers_of_a_spreadsheet_are_exact_or_not_taken() -> None:
    rows = [
        ["Дата", "Номер операции", "Лицевой счет", "Сумма"],
        ["16.11.2026", "800123456789012345", "1234567", "445.5"],
    ]
    (line,) = read("table", table_xlsx(rows, numbers=(1, 2, 3))).lines
    assert (line.code, line.field) == (Finding.UNREADABLE_FIELD, "operation")
    (line,) = read("table", table_xlsx(rows, numbers=(2, 3))).lines
    assert (line.accounts, line.amount_kopecks) == (("1234567",), 44_550)
    rows[1][3] = "445.505"
    assert only("table", table_xlsx(rows, numbers=(3,))).code is Finding.BAD_AMOUNT
    rows[1][3] = "445.49999999999994"
    assert only("table", table_xlsx(rows, numbers=(3,))).amount_kopecks == 44_550


def test_a_spreadsheet_that_unpacks_to_too_much_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(bytes(1 << 20))
    assert len(out.getvalue()) < 1 << 20
    assert refused("table", out.getvalue()) == [Finding.FILE_TOO_BIG]


def test_an_archive_that_is_no_spreadsheet_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("register.txt", total_line([Paid()]))
    assert refused("table", out.getvalue()) == [Finding.PACKED_FILE]
    assert refused("total-line", out.getvalue()) == [Finding.PACKED_FILE]
    assert refused("table", out.getvalue()[:50]) == [Finding.UNREADABLE_SPREADSHEET]
    assert refused("table", table_xlsx(table_rows(many(2))).replace(b"PK\x01\x02", b"PK\x01\x03")) != []


def test_more_payments_than_one_transaction_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounting.reconciliation.incoming.register.MAX_PAYMENTS", 1000)
    line = named_fields([Paid()])
    assert refused("named-fields", line * 1000) == []
    assert refused("named-fields", line * 1001) == [Finding.TOO_MANY_LINES]


def test_a_way_of_payment_that_nobody_described_is_rejected() -> None:
    described = msgspec.structs.replace(
        packaged_adapters()["named-fields"],
        columns={
            **packaged_adapters()["named-fields"].columns,
            "way": msgspec.convert({"names": ["method_pay"]}, type(packaged_adapters()["named-fields"].columns["fee"])),
        },
        ways={"11": "card_present"},
    )
    content = named_fields([Paid()])
    credited = date(2026, 11, 20)
    paid = read_register(content, described, credited_on=credited).lines[0]
    assert (paid.way, paid.paid_on) == ("card_present", date(2026, 11, 16))  # a card is settled when it is presented
    other = read_register(content.replace(b"method_pay: 11", b"method_pay: 12"), described).lines[0]
    assert (other.code, other.value) == (Finding.UNKNOWN_WAY, "12")
