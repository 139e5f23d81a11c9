"""Bank statements in 1CClientBankExchange: which documents are payments, and when a file is refused whole."""

from dataclasses import replace
from datetime import date

import pytest

from accounting.reconciliation.incoming.adapter import packaged_adapters
from accounting.reconciliation.incoming.findings import Finding
from accounting.reconciliation.incoming.received import Line, Outcome, ReceivedFile
from accounting.reconciliation.incoming.statement import read_statement
from tests.unit.reconciliation.incoming_files import OURS, SECOND, Days, Document, payout, spending, statement

ADAPTER = packaged_adapters()["1c-exchange"]
INN = "7700000016"


def read(content: bytes, inn: str = INN) -> ReceivedFile:
    return read_statement(content, ADAPTER, inn=inn)


def only(content: bytes) -> Line:
    (line,) = read(content).lines
    return line


def refused(content: bytes) -> list[Finding]:
    return [one.code for one in read(content).refusals]


def test_a_day_of_a_company_is_sorted_into_payments_payouts_and_spendings() -> None:
    file = read(statement([payout(), Document(), spending()]))
    assert [(line.outcome, line.code) for line in file.lines] == [
        (Outcome.SKIPPED, Finding.PAYOUT),
        (Outcome.PAYMENT, None),
        (Outcome.SKIPPED, Finding.OUTGOING),
    ]
    paid = file.lines[1]
    assert (paid.accounts, paid.period, paid.paid_on, paid.amount_kopecks) == (
        ("0001234567",),
        "2026-10",
        date(2026, 11, 17),
        45_000,
    )
    assert paid.evidence == ("ЛС 0001234567", "за 10.2026")
    assert (file.refusals, file.accounts) == ((), (OURS,))
    assert [(one.name, one.agrees) for one in file.totals] == [
        ("received", True),
        ("spent", True),
        ("closing_balance", True),
    ]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("cp1251", "Windows"), ("cp866", "DOS"), ("utf-8", "Windows"), ("utf-8-sig", "Windows"), ("cp866", "Windows")],
)
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_statement_is_read_in_whatever_encoding_it_is(encoding: str, declared: str, line_end: str) -> None:
    line = only(statement([Document()], encoding=encoding, declared=declared, line_end=line_end))
    assert (line.payer, line.accounts) == ("ПЛАТЕЛЬЩИК 1", ("0001234567",))


@pytest.mark.parametrize("version", ["1.01", "1.02", "1.03"])
def test_unknown_keys_and_older_versions_are_read(version: str) -> None:
    document = Document(more=(("НовыйКлюч", "1"), ("Код", "0")))
    assert only(statement([document], version=version)).outcome is Outcome.PAYMENT


def test_a_purpose_in_pieces_or_on_several_lines_is_one_text() -> None:
    pieces = Document(purpose="", more=(("НазначениеПлатежа1", "ЛС"), ("НазначениеПлатежа2", "0001234567")))
    broken = Document(purpose="Оплата по\r\nЛС 0001234567, за\r\n 10.2026")
    assert only(statement([pieces])).accounts == ("0001234567",)
    line = only(statement([broken]))
    assert (line.purpose, line.period) == ("Оплата по ЛС 0001234567, за 10.2026", "2026-10")


def test_several_accounts_and_days_are_each_checked() -> None:
    documents = [
        Document(credited="16.11.2026", dated="16.11.2026", number="1"),
        Document(credited="17.11.2026", number="2", kopecks=100),
        Document(receiver_account=SECOND, number="3", kopecks=7),
    ]
    sections = [
        Days(begins="17.11.2026", ends="17.11.2026", opening=145_000, received=100),
        Days(begins="16.11.2026", ends="16.11.2026", opening=100_000, received=45_000),
        Days(account=SECOND, opening=0),
    ]
    file = read(statement(documents, sections))
    assert (file.refusals, file.accounts) == ((), (OURS, SECOND))
    gap = [replace(sections[0], opening=145_001), *sections[1:]]
    assert refused(statement(documents, gap)) == [Finding.BALANCES_DO_NOT_FOLLOW]
    wrong_day = [replace(documents[0], credited="17.11.2026"), *documents[1:]]
    assert refused(statement(wrong_day, sections)) == [Finding.TURNOVER_MISMATCH] * 2


def test_a_transfer_between_own_accounts_is_no_income_and_counts_once_on_each() -> None:
    own = Document(number="5", payer_account=OURS, receiver_account=SECOND, kopecks=900, payer_inn=INN)
    sections = [Days(opening=1_000, spent=900), Days(account=SECOND, opening=0, received=900)]
    for documents in ([own], [own, own]):
        file = read(statement(documents, sections))
        assert (file.refusals, {line.code for line in file.lines}) == ((), {Finding.OWN_TRANSFER})


@pytest.mark.parametrize(
    ("section", "finding"),
    [
        (Days(closing=1), Finding.BALANCE_MISMATCH),
        (Days(received=44_999), Finding.TURNOVER_MISMATCH),
        (Days(spent=1), Finding.TURNOVER_MISMATCH),
    ],
)
def test_totals_that_do_not_add_up_refuse_the_file(section: Days, finding: Finding) -> None:
    file = read(statement([Document()], [section]))
    assert [one.code for one in file.refusals] == [finding]
    assert OURS in file.refusals[0].text()


def test_a_document_that_stands_twice_does_not_agree_with_the_turnover() -> None:
    assert refused(statement([Document(), Document()], [Days(received=45_000)])) == [Finding.TURNOVER_MISMATCH]


def test_without_stated_totals_a_document_that_stands_twice_is_one_payment() -> None:
    content = statement([Document(), Document()]).decode("cp1251")
    kept = [line for line in content.splitlines() if not line.startswith(("ВсегоПоступило", "КонечныйОстаток"))]
    file = read("\n".join(kept).encode())
    assert [line.outcome for line in file.lines] == [Outcome.PAYMENT, Outcome.DUPLICATE]
    assert file.lines[1].value == str(file.lines[0].number)


def test_a_file_that_was_cut_anywhere_is_refused() -> None:
    content = statement([payout(), Document(), spending()])
    for length in range(1, len(content) - len("КонецФайла\r\n") + 1, 7):
        assert read(content[:length]).refusals, length
    assert refused(statement([Document()], last="")) == [Finding.FILE_CUT_OFF]


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", Finding.EMPTY_FILE),
        (b" \r\n", Finding.EMPTY_FILE),
        (b"1CClientBank\r\n", Finding.NOT_A_STATEMENT),
        (b"\x1f\x8b\x08\x00", Finding.PACKED_FILE),
        (b"PK\x03\x04....", Finding.PACKED_FILE),
        (statement([Document()], encoding="utf-16"), Finding.NOT_A_STATEMENT),
        (statement([Document()], encoding="koi8-r"), Finding.UNREADABLE_TEXT),
        (statement([], []), Finding.NO_STATEMENT_ACCOUNT),
        (statement([Document(payer="Я" * 20_000)]), Finding.LINE_TOO_LONG),
        (statement([Document()]).replace("КонецДокумента".encode("cp1251"), b""), Finding.SECTION_NOT_CLOSED),
        (statement([Document()]).replace("КонецРасчСчет".encode("cp1251"), b""), Finding.SECTION_NOT_CLOSED),
        (
            statement([Document()]).replace("=450.00".encode("cp1251"), b"=45o.00", 1),
            Finding.UNREADABLE_TOTAL,
        ),
    ],
)  # fmt: skip
def test_what_is_no_whole_statement_is_refused(content: bytes, finding: Finding) -> None:
    file = read(content)
    assert file.refusals[0].code is finding
    assert file.refusals[0].text()


@pytest.mark.parametrize(
    ("document", "outcome", "finding"),
    [
        (Document(kopecks=-45_000), Outcome.REJECTED, Finding.NOT_POSITIVE),
        (Document(kopecks=0), Outcome.REJECTED, Finding.NOT_POSITIVE),
        (Document(dated="31.02.2026"), Outcome.REJECTED, Finding.BAD_DATE),
        (Document(dated=""), Outcome.REJECTED, Finding.MISSING_FIELD),
        (Document(number=""), Outcome.REJECTED, Finding.MISSING_FIELD),
        (Document(number="9" * 129), Outcome.REJECTED, Finding.FIELD_TOO_LONG),
        (Document(credited=""), Outcome.REJECTED, Finding.MISSING_FIELD),
        (Document(receiver_inn="7700000002"), Outcome.REJECTED, Finding.FOREIGN_RECEIVER),
        (Document(receiver_account="40702810000000000555"), Outcome.REJECTED, Finding.FOREIGN_ACCOUNT),
        (Document(payer_inn="7700000003", payer_account="40702810000000000777", purpose="Аренда"), Outcome.SKIPPED,
         Finding.OTHER_INCOME),
        (Document(payer_account="30232810000000000001", purpose="Платежи", payer_inn="7700000003"), Outcome.REJECTED,
         Finding.UNCLEAR_TRANSIT),
        (Document(payer_account="30232810000000000001", purpose="По договору приема платежей", payer_inn="7700000003"),
         Outcome.SKIPPED, Finding.PAYOUT),
    ],
)  # fmt: skip
def test_a_document_that_is_no_payment_says_why(document: Document, outcome: Outcome, finding: Finding) -> None:
    line = only(statement([document]))
    assert (line.outcome, line.code, bool(line.reason())) == (outcome, finding, True)
    assert (line.payer, line.amount_kopecks) == (document.payer, document.kopecks)  # so that a person finds it


def test_a_document_without_a_readable_sum_is_rejected_and_shows_in_the_turnover() -> None:
    file = read(statement([Document(amount="1e3")]))
    assert [line.code for line in file.lines] == [Finding.BAD_AMOUNT]
    assert [one.code for one in file.refusals] == [Finding.TURNOVER_MISMATCH]


def test_a_person_whose_bank_pays_from_a_transit_account_is_no_organisation() -> None:
    through_bank = Document(payer_account="30232810000000000001", payer_inn="7700000003")
    from_company = Document(payer_account="40702810000000000777", payer_inn="7700000003")
    assert only(statement([through_bank])).payer_kind == "individual"
    assert only(statement([from_company])).payer_kind == "legal"


def test_a_person_may_write_of_registers() -> None:
    line = only(statement([Document(purpose="реестр долгов, ЛС 0001234567", payer_inn="770000000123")]))
    assert line.outcome is Outcome.PAYMENT


def test_a_payout_of_a_bank_that_leaves_itself_out_is_no_payment_of_a_subscriber() -> None:
    """Else the whole payout would be a receipt beside those of its register."""
    bank = Document(
        payer_account="", payer="ПАО БАНК (реестр 77 от 16.11.2026)", purpose="Перечисление платежей физлиц"
    )
    person = Document(payer_account="", purpose="Реестр долгов, ЛС 0001234567")
    for inn in ("", "0"):
        assert only(statement([replace(bank, payer_inn=inn)])).code is Finding.PAYOUT
        assert only(statement([replace(person, payer_inn=inn)])).outcome is Outcome.PAYMENT


def test_the_same_payment_has_one_key_whatever_else_the_file_says() -> None:
    first = only(statement([Document()]))
    later = read(statement([spending(), Document(purpose="ЛС 0001234567 повторно", credited="18.11.2026")]))
    assert later.lines[1].key == first.key
    others = [
        Document(number="9002"), Document(kopecks=45_001), Document(payer_account="40817810000000000008"),
        Document(dated="16.11.2026"),
    ]  # fmt: skip
    assert len({first.key, *(only(statement([one])).key for one in others)}) == 5
    assert "ПЛАТЕЛЬЩИК" not in only(statement([Document(payer_account="")])).key
