"""The report counts every line once and lists each receipt that was refused or disagrees."""

import json

import msgspec

from accounting.reconciliation.import_findings import Reason
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.receipt_dialects import parse_receipts
from accounting.reconciliation.report import ImportTally, format_roubles, report_import
from tests.unit.reconciliation.invented_receipts import (
    accepted,
    codeless,
    consumer,
    priced,
    refused,
    with_item,
    written,
)

LINES = [
    written(codeless()),
    written(priced(645, 645, nds18=216, fiscalDocumentNumber=77)),
    b"\n",
    b"broken\n",
    written(consumer(cashTotalSum=1)),
]


def test_last_line_counts_accepted_refused_and_agreeing() -> None:
    report = report_import(parse_receipts(LINES, ImportPolicy()))
    counts = {"lines": 4, "accepted": 2, "refused": 2, "totals_agree": 2, "vat_agree": 1}
    assert json.loads(report.last_line()) == counts
    assert report.format_report().splitlines()[-1] == report.last_line()


def test_report_for_people_names_what_was_refused_and_what_disagrees() -> None:
    text = report_import(parse_receipts(LINES, ImportPolicy())).format_report()
    assert "строка 4, вся: строка не читается как JSON" in text
    assert "строка 5, totalSum: деньги по видам оплаты не складываются в итог чека (31629 / 31628)" in text
    assert "строка 2, чек № 77: у нас 20 %: 2,15 ₽, в исходном 20 %: 2,16 ₽" in text
    assert "2: ставка НДС выведена из итогов чека" in text


def test_receipt_whose_total_came_out_different_is_listed() -> None:
    found = accepted(codeless())
    tally = ImportTally()
    tally.add(msgspec.structs.replace(found, agrees_total=False))
    report = tally.report()
    assert (report.totals_agree, len(report.total_disagreements)) == (0, 1)
    assert "Итог не совпал:" in report.format_report()


def test_empty_file_gives_an_empty_report() -> None:
    report = report_import(parse_receipts([], ImportPolicy()))
    assert json.loads(report.last_line()) == dict.fromkeys(
        ("lines", "accepted", "refused", "totals_agree", "vat_agree"), 0
    )
    assert "Не приняты" not in report.format_report()


def test_roubles_are_written_as_people_write_them() -> None:
    assert format_roubles(123456789) == "1 234 567,89 ₽"
    assert format_roubles(5) == "0,05 ₽"


def test_reason_of_a_refusal_reads_as_a_sentence_part() -> None:
    rejection = refused(with_item(codeless(), ndsSum=9153))
    assert rejection.reason is Reason.VAT_LINE_SUM
    assert str(rejection.reason) == "НДС в строке не тот, что даёт её ставка"
