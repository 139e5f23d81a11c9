"""One registered receipt is wrong, superfluous, or was never accepted (receipt rules 6.1, 6.2)."""

from typing import Any

import pytest

from tests.unit.accounting.receipt_scene import CONTACT, INTERNET, Row, answer, errors, event, forms, lines

LINE: Row = {"1030": "Аванс за услуги связи", "1043": 50000, "1214": 3, "1212": 10, "1199": 12}
FFD_1_05: Row = {"ffd": "1.05"}
BASIS: Row = {"basis_document": {"date": "2026-11-16", "number": "12"}}


def issued(**fields: Any) -> Row:
    """A registered advance of 500.00, made for the payment p1."""
    row: Row = {"id": "d1", "1012": "2026-11-10", "1077": "1234567890", "kind": "receipt", "event": "p1"}
    row |= {"account": "A", "1054": 1, "1055": 1, "1008": CONTACT, "items": [LINE | {"1200": 9016}]}
    row |= {"1020": 50000, "1081": 50000, "1104": 0, "1115": [{"1199": 12, "1120": 9016}]}
    return row | fields


def corrected(right: Row | None, receipt: Row | None = None, merchant: Row | None = None, **fields: Any) -> Row:
    given = event("receipt_correction", "f1", receipt="d1", right=right, **fields)
    return answer([given], merchant=merchant, issued=[issued() if receipt is None else receipt])


def right(amount: int = 45000, **fields: Any) -> Row:
    return {"items": [LINE | {"1043": amount}], **fields}


def test_wrong_receipt_is_reversed_and_made_anew_in_full_by_ffd_1_2() -> None:
    reversing, good = corrected(right())["receipts"]
    assert (reversing["kind"], reversing["1054"], reversing["1020"], reversing["1192"]) == (
        "correction",
        2,
        50000,
        "1234567890",
    )
    assert (good["1054"], good["1020"], good["1115"]) == (1, 45000, [{"1199": 12, "1120": 8115}])
    assert reversing["1174"] == good["1174"] == {"1178": "2026-11-10"}
    assert reversing["1008"] == good["1008"] == CONTACT


def test_ffd_1_05_corrects_an_accepted_receipt_by_ordinary_ones() -> None:
    documents = corrected(right(), merchant=FFD_1_05)["receipts"]
    assert [(one["kind"], one["1054"], one["1192"]) for one in documents] == [
        ("receipt", 2, "1234567890"),
        ("receipt", 1, "1234567890"),
    ]
    assert not any({"1173", "1174", "deadline"} & one.keys() for one in documents)


@pytest.mark.parametrize(("merchant", "kind"), [(None, "correction"), (FFD_1_05, "receipt")])
def test_superfluous_receipt_is_only_reversed(merchant: Row | None, kind: str) -> None:
    (only,) = corrected(None, merchant=merchant)["receipts"]
    assert (only["kind"], only["1054"], only["1192"]) == (kind, 2, "1234567890")


def test_quarantined_receipt_has_nothing_to_reverse_and_names_nothing() -> None:
    (only,) = corrected(right(), issued(status="quarantined"))["receipts"]
    assert (only["kind"], only["1054"], only["1020"]) == ("correction", 1, 45000)
    assert "1192" not in only


def test_quarantined_receipt_of_ffd_1_05_becomes_totals_that_rest_on_a_document() -> None:
    quarantined = issued(status="quarantined")
    assert errors(corrected(right(), quarantined, FFD_1_05)) == ["basis_document_required"]
    (only,) = corrected(right(), quarantined, FFD_1_05, **BASIS)["receipts"]
    assert (only["kind"], only["1174"]) == ("correction", {"1178": "2026-11-16", "1179": "12"})
    assert not {"items", "1008", "1192"} & only.keys()


def test_quarantined_return_of_ffd_1_05_becomes_an_ordinary_return() -> None:
    (only,) = corrected(right(), issued(status="quarantined") | {"1054": 2}, FFD_1_05)["receipts"]
    assert (only["kind"], only["1054"], lines(only)) == ("receipt", 2, [(3, 12, 45000)])


def test_totals_of_20_and_22_percent_become_two_documents() -> None:
    both = {"items": [LINE, LINE | {"1199": 3, "1043": 30000}], "1031": 60000, "1081": 20000}
    old, new = corrected(both, issued(status="quarantined"), FFD_1_05, **BASIS)["receipts"]
    assert (old["1020"], old["1106"]) == (30000, 5000)
    assert (new["1020"], new["1115"]) == (50000, [{"1199": 12, "1120": 9016}])
    # The first line takes the cash first; the rest of it and the transfer meet the second.
    assert (forms(new), forms(old)) == ({"1031": 50000}, {"1031": 10000, "1081": 20000})


def test_order_of_the_tax_office_is_named() -> None:
    order = {"order": {"date": "2026-11-15", "number": "7-К"}}
    assert {one["1173"] for one in corrected(right(), **order)["receipts"]} == {1}
    assert corrected(right(), **order)["receipts"][0]["1174"] == {"1178": "2026-11-10", "1179": "7-К"}


def test_settlement_day_that_is_known_dates_the_correction() -> None:
    reversing, _ = corrected(right(), issued(settled_on="2026-11-09"))["receipts"]
    assert reversing["1174"] == {"1178": "2026-11-09"}


def test_what_the_right_receipt_does_not_say_is_as_in_the_wrong_one() -> None:
    _, good = corrected(right(**{"1008": "a@b.ru", "1031": 5000, "1081": 40000}))["receipts"]
    assert (good["1055"], good["1008"], forms(good)) == (1, "a@b.ru", {"1031": 5000, "1081": 40000})


@pytest.mark.parametrize(
    ("given", "receipt", "code"),
    [
        (right(), issued(id="d2"), "unknown_receipt"),
        (right(), issued(settled_on="2026-11-18"), "correction_before_settlement"),
        (right(0), None, "amount_must_be_positive"),
        (right(**{"1031": 1}), None, "forms_do_not_match_total"),
        (right(), issued(**{"1031": 1, "1081": 49999}), "forms_do_not_match_total"),
    ],
)
def test_impossible_correction_is_refused(given: Row, receipt: Row | None, code: str) -> None:
    out = corrected(given, receipt)
    assert (errors(out), out["receipts"]) == ([code], [])


def test_code_1_of_a_period_of_2018_means_18_percent() -> None:
    line = LINE | {"1214": 4, "1212": 4, "1199": 1, "period": "2018-12", "service": "internet"}
    _, good = corrected({"items": [line]}, issued(settled_on="2019-01-10", **{"1012": "2019-01-10"}))["receipts"]
    assert good["1102"] == 7627


def day_total(merchant: Row | None = None, **fields: Any) -> Row:
    given = event("day_total_restoration", "s1", **BASIS) | {"day": "2026-06-03"}
    given |= {"tenders": {"bank_transfer": 54000}, "vat": [{"vat_code": 11, "amount": 54000}]}
    policies = {"ffd": "1.05", "policies": {"restoration_granularity": "per_day_total"}, "services": [INTERNET]}
    return answer([given | fields], merchant=policies if merchant is None else merchant)


def test_days_total_of_which_nothing_else_is_known_is_one_document() -> None:
    (only,) = day_total()["receipts"]
    assert (only["event"], only["1020"], only["1115"]) == (
        "restore|2026-06-03",
        54000,
        [{"1199": 11, "1120": 9738}],
    )


@pytest.mark.parametrize(
    ("merchant", "fields", "code"),
    [
        ({}, {}, "itemised_payments_required"),
        (FFD_1_05, {}, "itemised_payments_required"),
        (None, {"day": "2026-11-18"}, "correction_before_settlement"),
        (None, {"tenders": {"cash": 0, "bank_transfer": 54000}}, "amount_must_be_positive"),
        (None, {"tenders": {"cash": 1}}, "forms_do_not_match_total"),
    ],
)
def test_impossible_days_total_is_refused(merchant: Row | None, fields: Row, code: str) -> None:
    assert errors(day_total(merchant, **fields)) == [code]
