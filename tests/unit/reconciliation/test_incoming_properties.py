"""For any payments: what is written by a shape is read from it; for any bytes: an answer and no error."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.reconciliation.incoming.adapter import packaged_adapters
from accounting.reconciliation.incoming.received import Outcome, ReceivedFile
from accounting.reconciliation.incoming.register import read_register
from accounting.reconciliation.incoming.statement import read_statement
from tests.unit.reconciliation.incoming_files import (
    Days,
    Document,
    Paid,
    fixed_places,
    named_fields,
    payout,
    spending,
    statement,
    table_csv,
    table_rows,
    table_xlsx,
    total_line,
)

ADAPTERS = packaged_adapters()
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
ACCOUNTS = st.from_regex(r"[0-9][0-9A-ZА-Я]{3,15}", fullmatch=True)
NAMES = st.text("АБВГДЕЁЖ абвгде-.,\"'", max_size=20).map(lambda text: f"П{text}".strip())
PAID = st.builds(
    lambda account, kopecks, fee, day, month, payer: Paid(
        account=account,
        kopecks=kopecks + fee,
        fee=fee,
        day=(day.day, day.month, day.year),
        month=(month, 2026),
        payer=payer,
    ),
    ACCOUNTS,
    st.integers(1, 10**9),
    st.integers(0, 10**6),
    DAYS,
    st.integers(1, 12),
    NAMES,
)
PAYMENTS = st.lists(PAID, min_size=1, max_size=8).map(
    lambda paid: [replace(one, operation=f"OP{n:04d}") for n, one in enumerate(paid)]
)


def register(adapter: str, content: bytes) -> ReceivedFile:
    return read_register(content, ADAPTERS[adapter])


def check(file: ReceivedFile, paid: Sequence[Paid]) -> None:
    assert file.refusals == ()
    assert [(line.outcome, line.accounts[0], line.amount_kopecks, line.fee_kopecks) for line in file.lines] == [
        (Outcome.PAYMENT, one.account, one.kopecks, one.fee) for one in paid
    ]
    assert len({line.key for line in file.lines}) == len(paid)


@given(PAYMENTS, st.sampled_from(["utf-8", "cp1251", "cp866"]))
def test_a_register_with_totals_is_read_as_it_was_written(paid: list[Paid], encoding: str) -> None:
    file = register("total-line", total_line(paid, encoding=encoding))
    check(file, paid)
    assert [line.period for line in file.lines] == [f"2026-{one.month[0]:02d}" for one in paid]


@given(PAYMENTS)
def test_named_fields_are_read_as_they_were_written(paid: list[Paid]) -> None:
    check(register("named-fields", named_fields(paid)), paid)


@given(PAYMENTS)
def test_fixed_places_are_read_as_they_were_written(paid: list[Paid]) -> None:
    check(register("fixed-places", fixed_places(paid)), paid)


@settings(max_examples=50)
@given(PAYMENTS)
def test_a_table_says_the_same_as_text_and_as_a_spreadsheet(paid: list[Paid]) -> None:
    rows = table_rows(paid)
    as_text, as_spreadsheet = register("table", table_csv(rows)), register("table", table_xlsx(rows))
    check(as_text, paid)
    assert [line.key for line in as_spreadsheet.lines] == [line.key for line in as_text.lines]
    assert as_spreadsheet.totals == as_text.totals


@given(st.lists(st.tuples(st.integers(1, 10**9), ACCOUNTS), min_size=1, max_size=8), st.integers(0, 10**9), st.data())
def test_a_statement_is_read_as_it_was_written(paid: list[tuple[int, str]], opening: int, data: st.DataObject) -> None:
    documents = [
        Document(number=str(n), kopecks=kopecks, purpose=f"Л/С {account} за {n % 12 + 1:02d}.2026")
        for n, (kopecks, account) in enumerate(paid)
    ]
    shuffled = data.draw(st.permutations([*documents, payout(), spending()]))
    encoding = data.draw(st.sampled_from(["utf-8", "cp1251", "cp866"]))
    file = read_statement(statement(shuffled, [Days(opening=opening)], encoding=encoding), ADAPTERS["1c-exchange"])
    assert file.refusals == ()
    found = sorted(
        (line.document, line.amount_kopecks, line.accounts, line.period)
        for line in file.lines
        if line.outcome is Outcome.PAYMENT
    )
    assert found == sorted(
        (str(n), kopecks, (account,), f"2026-{n % 12 + 1:02d}") for n, (kopecks, account) in enumerate(paid)
    )


SAMPLES = [
    ("total-line", total_line([Paid(), replace(Paid(), operation="2")])),
    ("named-fields", named_fields([Paid()])),
    ("table", table_csv(table_rows([Paid()]))),
    ("table", table_xlsx(table_rows([Paid()]))),
    ("fixed-places", fixed_places([Paid()])),
    ("1c-exchange", statement([payout(), Document(), spending()])),
]


def read_any(adapter: str, content: bytes) -> ReceivedFile:
    if adapter == "1c-exchange":
        return read_statement(content, ADAPTERS[adapter], inn="7700000016")
    return register(adapter, content)


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_file_gets_an_answer(sample: tuple[str, bytes], data: st.DataObject) -> None:
    adapter, content = sample
    at = data.draw(st.integers(0, len(content)))
    gone = data.draw(st.integers(0, 40))
    file = read_any(adapter, content[:at] + data.draw(st.binary(max_size=20)) + content[at + gone :])
    for line in file.lines:
        assert line.reason() or line.outcome is Outcome.PAYMENT
        if line.outcome is Outcome.PAYMENT:
            assert line.amount_kopecks is not None
            assert line.amount_kopecks > 0
            assert line.paid_on is not None
            assert line.key
    assert all(one.text() for one in file.refusals)


@settings(max_examples=300)
@given(st.sampled_from(sorted(ADAPTERS)), st.binary(max_size=200))
def test_any_bytes_get_an_answer(adapter: str, content: bytes) -> None:
    file = read_any(adapter, content)
    assert file.refusals or any(line.outcome is not Outcome.PAYMENT for line in file.lines)
