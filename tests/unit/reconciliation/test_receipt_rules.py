"""Each rule that a foreign receipt must keep, broken once; and what is taken in spite of somebody's mistake."""

from typing import Any

import pytest

from accounting.receipts.codes import VatCode
from accounting.receipts.model import VatTotal
from accounting.reconciliation.import_findings import NoteKind, Reason
from accounting.reconciliation.import_policy import ImportPolicy
from tests.unit.reconciliation.invented_receipts import (
    Fields,
    accepted,
    codeless,
    consumer,
    modern,
    priced,
    refused,
    with_item,
    without,
)


@pytest.mark.parametrize(
    ("receipt", "field", "reason"),
    [
        (b"{", "", Reason.NOT_JSON),
        (b"\xff\xfe", "", Reason.NOT_JSON),
        (b"[" * 5000, "", Reason.NOT_JSON),
        (b"[1]", "", Reason.NOT_RECEIPT),
        ({"closeShift": {"shiftNumber": 1}}, "closeShift", Reason.OTHER_DOCUMENT),
        (codeless(receiptCode=4), "receiptCode", Reason.OTHER_DOCUMENT),
        (codeless(receiptCode=31), "receiptCode", Reason.CORRECTION),
        (codeless(correctionType=0), "receiptCode", Reason.CORRECTION),
        (codeless(stornoItems=[{"sum": 1}]), "stornoItems", Reason.STORNO),
        (codeless(items=[]), "items", Reason.MISSING),
        (codeless(items="x"), "items", Reason.NOT_LIST),
        (codeless(items=[1]), "items[1]", Reason.NOT_OBJECT),
        (with_item(codeless(), name=" "), "items[1].name", Reason.MISSING),
        (with_item(codeless(), name=7), "items[1].name", Reason.NOT_TEXT),
        (with_item(codeless(), name="я" * 129), "items[1].name", Reason.TEXT_TOO_LONG),
        (with_item(codeless(), name="茶"), "items[1].name", Reason.TEXT_CHARACTERS),
        (with_item(codeless(), sum=-1), "items[1].sum", Reason.NOT_AMOUNT),
        (with_item(codeless(), sum=60000.0), "items[1].sum", Reason.NOT_AMOUNT),
        (with_item(codeless(), sum="60000"), "items[1].sum", Reason.NOT_AMOUNT),
        (with_item(codeless(), price=True), "items[1].price", Reason.NOT_AMOUNT),
        (with_item(codeless(), price=59998), "items[1].sum", Reason.LINE_SUM),
        (codeless(totalSum=10**10), "totalSum", Reason.NOT_AMOUNT),
        (codeless(operationType=5), "operationType", Reason.NOT_CODE),
        (codeless(operationType="1"), "operationType", Reason.NOT_CODE),
        (codeless(taxationType=3), "taxationType", Reason.NOT_CODE),
        (codeless(taxationType=64), "taxationType", Reason.NOT_CODE),
        (codeless(paymentAgentType=3), "paymentAgentType", Reason.NOT_CODE),
        (codeless(dateTime="14.09.2020"), "dateTime", Reason.NOT_DATE),
        (codeless(dateTime="2020-02-30"), "dateTime", Reason.NOT_DATE),
        (codeless(dateTime="2016-07-14"), "dateTime", Reason.NOT_DATE),
        (codeless(dateTime=-1), "dateTime", Reason.NOT_DATE),
        (codeless(cashTotalSum=59999), "totalSum", Reason.TENDERS),
        (codeless(cashTotalSum=59999, totalSum=59999), "totalSum", Reason.TOTAL),
        (codeless(cashTotalSum=60001, totalSum=60001), "totalSum", Reason.TOTAL),
        (priced(0, nds18=0), "totalSum", Reason.ZERO_TOTAL),
        (codeless(taxationType=8, dateTime="2021-01-01"), "taxationType", Reason.TAXATION_DATE),
        (consumer(buyerAddress="7***5"), "buyerAddress", Reason.CONTACT),
        (consumer(buyerAddress="a" * 60 + "@b.ru"), "buyerAddress", Reason.TEXT_TOO_LONG),
        (consumer(userProperty={"key": "К" * 64, "value": "з" * 172}), "userProperty", Reason.TEXT_TOO_LONG),
        (consumer(userProperty={"key": "К"}), "userProperty[1].value", Reason.MISSING),
        (consumer(userProperty=[{"key": "a", "value": "b"}] * 2), "userProperty", Reason.CONFLICT),
        (with_item(consumer(), paymentAgentByProductType=1), "items[1].providerInn", Reason.AGENT_SUPPLIER),
        (
            with_item(consumer(), paymentAgentByProductType=1, providerInn="123"),
            "items[1].providerInn",
            Reason.INN,
        ),
        (with_item(consumer(), ndsRate=13), "items[1].ndsRate", Reason.NOT_CODE),
        (with_item(consumer(), ndsRate=11), "items[1].nds", Reason.VAT_CODE_DATE),
        (with_item(consumer(), ndsRate=7), "items[1].nds", Reason.VAT_CODE_DATE),
        (with_item(modern(), nds=1), "items[1].nds", Reason.VAT_CODE_DATE),
        (with_item(consumer(), nds10=5271), "items[1].nds", Reason.CONFLICT),
        (consumer(nds18=4825), "nds", Reason.VAT_TOTAL),
        (consumer(nds10=1), "nds", Reason.VAT_TOTAL),
        (consumer(nds20=5270), "nds20", Reason.CONFLICT),
    ],
)
def test_broken_rule_is_reported_with_field_and_reason(receipt: Fields | bytes, field: str, reason: Reason) -> None:
    rejection = refused(receipt)
    assert (rejection.number, rejection.field, rejection.reason) == (1, field, reason)


@pytest.mark.parametrize("name", ["items", "totalSum", "operationType", "dateTime"])
def test_receipt_without_a_required_field_is_refused(name: str) -> None:
    rejection = refused(without(codeless(), name))
    assert (rejection.field, rejection.reason) == (name, Reason.MISSING)


@pytest.mark.parametrize("price", [59999, 60001])
def test_line_may_differ_from_its_product_by_a_kopeck(price: int) -> None:
    accepted(with_item(codeless(), price=price))


def test_total_rounded_down_inside_a_rouble_keeps_lines_and_total_apart() -> None:
    rounded = priced(60075, nds18=10013, cashTotalSum=60000, totalSum=60000)
    found = accepted(rounded)
    assert (found.receipt.total_kopecks, found.receipt.lines[0].sum_kopecks) == (60000, 60075)
    assert found.receipt.tenders.total() == 60000
    assert found.receipt.vat_totals == (VatTotal(VatCode.VAT_20, 10013),)
    assert NoteKind.ROUNDED_TOTAL in {note.kind for note in found.notes}
    assert refused(rounded, ImportPolicy(rounded_total="refuse")).reason is Reason.ROUNDED_TOTAL


@pytest.mark.parametrize("totals", [{"nds18": 10000}, {"ndsNo": 60000}])
def test_vat_totals_taken_of_the_rounded_total_are_listed_as_disagreeing(totals: dict[str, int]) -> None:
    found = accepted(priced(60075, cashTotalSum=60000, totalSum=60000, **totals))
    assert found.agrees_total
    assert not found.agrees_vat


def test_total_rounded_over_a_rouble_is_refused() -> None:
    assert refused(priced(60010, nds18=10002, cashTotalSum=59990, totalSum=59990)).reason is Reason.TOTAL


def test_receipt_of_zero_roubles_is_taken_only_by_policy() -> None:
    free = with_item(priced(0), ndsRate=5)
    assert refused(free).reason is Reason.ZERO_TOTAL
    found = accepted(free, ImportPolicy(zero_total="accept"))
    assert {note.kind for note in found.notes} == {NoteKind.VAT_TOTALS_ABSENT}
    assert found.agrees_vat  # nothing was stated and nothing is due


def test_line_vat_gives_way_where_the_total_is_right() -> None:
    found = accepted(with_item(consumer(), ndsSum=4825))
    assert found.receipt.lines[0].vat_kopecks == 5271
    assert [note.kind for note in found.notes] == [NoteKind.LINE_VAT_REPLACED]
    assert found.agrees_vat


def test_stale_rate_is_refused_and_recomputed_only_by_policy() -> None:
    stale = with_item(consumer(nds18=4825), ndsSum=4825)
    assert refused(stale).detail == "1: 4825 / 5271"
    found = accepted(stale, ImportPolicy(vat_mismatch="recompute"))
    assert found.receipt.vat_totals == (VatTotal(VatCode.VAT_20, 5271),)
    assert found.original.vat_totals == (VatTotal(VatCode.VAT_20, 4825),)
    assert not found.agrees_vat


def test_eighteen_percent_is_the_rate_of_2018() -> None:
    old = with_item(consumer(nds18=4825, dateTime="2018-12-31"), ndsSum=4825)
    assert accepted(old).receipt.vat_totals == (VatTotal(VatCode.VAT_20, 4825),)


def test_vat_added_up_by_lines_is_taken_and_disagrees() -> None:
    # 645 * 20/120 = 107.5 each: 108 + 108 by lines, 215 of the total.
    found = accepted(priced(645, 645, nds18=216))
    assert found.receipt.vat_totals == (VatTotal(VatCode.VAT_20, 215),)
    assert not found.agrees_vat
    assert NoteKind.VAT_RECOMPUTED in {note.kind for note in found.notes}


def test_turnover_has_no_tolerance() -> None:
    receipt = priced(600, 600, ndsNo=1199)
    for item in receipt["items"]:
        item["nds"] = 6
    assert refused(receipt).reason is Reason.VAT_TOTAL


def test_coded_receipt_without_vat_totals_is_taken_and_disagrees() -> None:
    found = accepted(without(consumer(), "nds18"))
    assert found.receipt.vat_totals == (VatTotal(VatCode.VAT_20, 5271),)
    assert not found.agrees_vat


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"calculationTypeSign": 3}, NoteKind.ADVANCE_AT_ORDINARY_RATE),
        ({"ndsRate": 3}, NoteKind.DELIVERY_AT_CALCULATED_RATE),
    ],
)
def test_mistake_of_another_register_is_taken_with_a_note(changes: dict[str, Any], kind: NoteKind) -> None:
    receipt = consumer() if "ndsRate" not in changes else without(consumer(ndsCalculated18=5271), "nds18")
    found = accepted(with_item(receipt, **changes))
    assert [note.kind for note in found.notes] == [kind]


def test_vat_under_a_system_without_it_is_taken_with_a_note() -> None:
    found = accepted(consumer(taxationType=8))
    assert [note.kind for note in found.notes] == [NoteKind.VAT_UNDER_SPECIAL_SYSTEM]


def test_twenty_percent_outlives_2025_in_returns_and_in_payments_of_a_credit() -> None:
    item = {"nds": 1, "ndsSum": 13455}
    receipt = without(with_item(modern(nds18=13455), **item), "amountsReceiptNds")
    assert refused(receipt).reason is Reason.VAT_CODE_DATE
    accepted({**receipt, "operationType": 2})
    accepted(with_item(receipt, paymentType=7))
