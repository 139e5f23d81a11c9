"""A missing VAT code is found where the totals leave one answer, and never guessed."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.receipts.codes import VatCode
from accounting.receipts.vat import tax_plain
from accounting.reconciliation.import_findings import ImportedReceipt, Reason
from tests.unit.reconciliation.invented_receipts import (
    accepted,
    codeless,
    imported,
    priced,
    refused,
    with_item,
    without,
)

NAMES = {
    VatCode.VAT_20: "nds18",
    VatCode.VAT_10: "nds10",
    VatCode.VAT_20_120: "ndsCalculated18",
    VatCode.VAT_10_110: "ndsCalculated10",
    VatCode.VAT_0: "nds0",
    VatCode.NO_VAT: "ndsNo",
}
RATES = {
    VatCode.VAT_20: (20, 120),
    VatCode.VAT_10: (10, 110),
    VatCode.VAT_20_120: (20, 120),
    VatCode.VAT_10_110: (10, 110),
}


def codes(receipt: dict[str, Any]) -> list[VatCode | None]:
    return [line.vat_code for line in accepted(receipt).receipt.lines]


def test_two_rates_are_told_apart_by_their_totals() -> None:
    assert codes(priced(64900, 41900, nds20=10817, nds10=3809)) == [VatCode.VAT_20, VatCode.VAT_10]


def test_turnover_totals_tell_lines_without_vat() -> None:
    assert codes(priced(5000, 7000, 11000, ndsNo=18000, nds0=5000)) == [VatCode.VAT_0, VatCode.NO_VAT, VatCode.NO_VAT]


def test_total_added_up_by_lines_is_an_answer_too() -> None:
    assert codes(priced(645, 645, 5000, nds18=216, ndsNo=5000)) == [VatCode.VAT_20, VatCode.VAT_20, VatCode.NO_VAT]


def test_lines_with_codes_take_their_part_of_the_totals_first() -> None:
    receipt = priced(6000, 6000, nds18=1000, ndsNo=6000)
    receipt["items"][0]["nds"] = 6
    assert codes(receipt) == [VatCode.NO_VAT, VatCode.VAT_20]


def test_lines_of_one_sum_and_different_names_leave_more_than_one_answer() -> None:
    rejection = refused(priced(6000, 6000, nds18=1000, ndsNo=6000))
    assert (rejection.field, rejection.reason) == ("items[1].nds", Reason.VAT_MANY_ANSWERS)


def test_equal_lines_are_interchangeable() -> None:
    receipt = priced(6000, 6000, nds18=1000, ndsNo=6000)
    receipt["items"][1] = receipt["items"][0]
    assert codes(receipt) == [VatCode.VAT_20, VatCode.NO_VAT]


def test_stated_line_vat_narrows_the_choice() -> None:
    receipt = priced(6000, 6000, nds18=1000, ndsNo=6000)
    receipt["items"][1]["ndsSum"] = 1000
    assert codes(receipt) == [VatCode.NO_VAT, VatCode.VAT_20]


def test_line_vat_that_no_code_gives_is_refused() -> None:
    assert refused(with_item(codeless(), ndsSum=9153)).reason is Reason.VAT_LINE_SUM


def test_zero_totals_and_zeros_on_lines_are_stubs() -> None:
    stubs = {"nds10": 0, "nds0": 0, "ndsNo": 0, "ndsCalculated18": 0, "ndsCalculated10": 0}
    receipt = codeless(**stubs)
    receipt["items"][0].update(stubs)
    assert codes(receipt) == [VatCode.VAT_20]


@pytest.mark.parametrize("totals", [{}, {"nds0": 0}, {"nds18": 0, "ndsNo": 0}])
def test_receipt_with_stubs_for_totals_gives_no_code(totals: dict[str, int]) -> None:
    assert refused(priced(6000, **totals)).reason is Reason.VAT_NO_TOTALS


def test_stale_rate_fits_no_code() -> None:
    assert refused(codeless(nds18=9153)).reason is Reason.VAT_NO_ANSWER
    assert codes(codeless(nds18=9153, dateTime="2018-06-01")) == [VatCode.VAT_20]


def test_code_that_the_date_does_not_know_is_no_answer() -> None:
    assert refused(codeless(dateTime="2026-01-01")).reason is Reason.VAT_NO_ANSWER
    container = {"amountsNds": [{"nds": 11, "ndsSum": 10820}]}
    new = without(codeless(dateTime="2026-01-01", amountsReceiptNds=container), "nds18")
    assert codes(new) == [VatCode.VAT_22]


def test_line_of_zero_takes_the_only_code_there_is() -> None:
    assert codes(priced(0, 60000, nds18=10000)) == [VatCode.VAT_20, VatCode.VAT_20]
    assert refused(priced(0, 60000, nds18=10000, ndsNo=0)).reason is Reason.VAT_MANY_ANSWERS


def test_search_stops_where_there_are_too_many_lines() -> None:
    sums = [10_007 * n * n + n for n in range(1, 40)]
    assert refused(priced(*sums, nds18=sum(sums[::2]) // 6, nds10=sum(sums[1::2]) // 11)).reason in {
        Reason.VAT_TOO_MANY,
        Reason.VAT_MANY_ANSWERS,
        Reason.VAT_NO_ANSWER,
    }


def test_hundreds_of_equal_lines_do_not_stop_the_import() -> None:
    receipt = priced(100, nds18=3333, ndsNo=20000, cashTotalSum=40000, totalSum=40000)
    receipt["items"] *= 400
    assert codes(receipt).count(VatCode.NO_VAT) == 200
    stubs = dict.fromkeys(NAMES.values(), 1)
    assert refused({**receipt, **stubs}).reason is Reason.VAT_TOO_MANY


def test_more_lines_than_a_register_holds_are_refused_by_the_control() -> None:
    receipt = priced(100, nds18=16667, ndsNo=100000, cashTotalSum=200000, totalSum=200000)
    receipt["items"] *= 2000
    found = refused(receipt)
    assert (found.field, found.reason) == ("receipt", Reason.CONTROL)
    assert "32 768" in found.detail


coded_lines = st.lists(st.tuples(st.integers(1, 500_000), st.sampled_from(sorted(NAMES))), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(coded_lines, st.booleans())
def test_derived_code_is_right_whenever_it_is_unique(lines: list[tuple[int, VatCode]], by_lines: bool) -> None:
    totals: dict[str, int] = {}
    for code, name in NAMES.items():
        sums = [kopecks for kopecks, line_code in lines if line_code is code]
        if sums and code not in RATES:
            totals[name] = sum(sums)
        elif sums:
            taxed = sums if by_lines else [sum(sums)]
            totals[name] = sum(tax_plain(kopecks, RATES[code]) for kopecks in taxed)
    found = imported(priced(*(kopecks for kopecks, _ in lines), **totals))
    if isinstance(found, ImportedReceipt):
        assert [line.vat_code for line in found.receipt.lines] == [code for _, code in lines]
        assert by_lines or found.agrees_vat
    else:
        assert found.reason in {Reason.VAT_MANY_ANSWERS, Reason.VAT_NO_TOTALS, Reason.VAT_TOO_MANY}


def total(code: VatCode, sums: list[int], by_lines: bool) -> int:
    """A receipt's total of a code, by the law or by adding up the lines."""
    if code not in RATES:
        return sum(sums)
    return sum(tax_plain(kopecks, RATES[code]) for kopecks in (sums if by_lines else [sum(sums)]))


def answers(sums: list[int], totals: dict[VatCode, int]) -> set[tuple[VatCode, ...]]:
    """Every assignment of codes that gives the totals, by trying all of them."""
    return {
        assigned
        for assigned in product(totals, repeat=len(sums))
        for by_lines in (False, True)
        if all(
            total(code, [kopecks for kopecks, of in zip(sums, assigned, strict=True) if of is code], by_lines) == wanted
            for code, wanted in totals.items()
        )
    }


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(1, 60) | st.integers(1, 6000), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from(sorted(NAMES)), st.integers(0, 900), min_size=1, max_size=3),
    st.data(),
)
def test_search_agrees_with_trying_everything(sums: list[int], totals: dict[VatCode, int], data: st.DataObject) -> None:
    if data.draw(st.booleans()):  # totals that come from somewhere, else few examples have an answer
        dealt = [data.draw(st.sampled_from(sorted(totals))) for _ in sums]
        by_lines = data.draw(st.booleans())
        pairs = list(zip(sums, dealt, strict=True))
        totals = {code: total(code, [kopecks for kopecks, of in pairs if of is code], by_lines) for code in totals}
    found = imported(priced(*sums, **{NAMES[code]: kopecks for code, kopecks in totals.items()}))
    expected = answers(sums, totals)
    if isinstance(found, ImportedReceipt):
        assert {tuple(line.vat_code for line in found.receipt.lines)} == expected
    elif any(totals.values()):
        assert found.reason is (Reason.VAT_MANY_ANSWERS if expected else Reason.VAT_NO_ANSWER)
        assert len(expected) != 1
