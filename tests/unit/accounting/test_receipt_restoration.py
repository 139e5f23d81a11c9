"""Missing receipts worked out by a replay, against those that were issued (receipt rules 6.3)."""

from typing import Any

import pytest

from tests.unit.accounting.receipt_scene import (
    CONTACT,
    HEATING,
    INTERNET,
    Row,
    account,
    answer,
    close,
    debt,
    errors,
    event,
    forms,
    lines,
    lot,
    payment,
)

BASIS: Row = {"basis_document": {"date": "2026-11-16"}}
DAY_TOTALS: Row = {"ffd": "1.05", "policies": {"restoration_granularity": "per_day_total"}}


def restored(replay: list[Row], accounts: list[Row] | None = None, merchant: Row | None = None, **state: Any) -> Row:
    given = event("restoration", "s1", replay=replay)
    if (merchant or {}).get("ffd") == "1.05":
        given |= BASIS
    return answer([given], accounts, merchant, **state)


def registered(computed: Row, number: int = 1, **fields: Any) -> Row:
    """A computed receipt as it was registered on the day it belongs to."""
    kept = {name: value for name, value in computed.items() if name not in ("deadline", "1173", "1174")}
    kept["event"] = kept["event"].removeprefix("restore|")
    day = computed.get("1174", {}).get("1178", "2026-06-03")
    return kept | {"kind": "receipt", "id": f"d{number}", "1012": day, "1077": str(number)} | fields


def changed(receipt: Row, **tags: Any) -> Row:
    """The receipt with other tags on its only line."""
    return receipt | {"items": [receipt["items"][0] | tags]}


PAID = payment(45000, day="2026-06-03")
OWING = [account(debts=[debt("2026-05")])]


def keys(out: Row) -> list[tuple[str, int]]:
    return [(one["event"], one["1054"]) for one in out["receipts"]]


def test_receipt_that_was_issued_as_it_should_be_needs_nothing() -> None:
    issued = registered(restored([PAID], OWING)["receipts"][0])
    out = restored([PAID], OWING, issued=[issued])
    assert out["receipts"] == []
    assert out["accounts"] == []
    assert [row["event"] for row in out["allocation"]] == ["p1"]


def test_quarantined_receipt_is_missing() -> None:
    issued = registered(restored([PAID], OWING)["receipts"][0], status="quarantined")
    assert keys(restored([PAID], OWING, issued=[issued])) == [("restore|p1", 1)]


def test_changed_receipt_is_reversed_and_made_anew_when_totals_differ() -> None:
    issued = changed(registered(restored([PAID], OWING)["receipts"][0]), **{"1214": 3, "1212": 10, "1199": 12})
    reversing, good = restored([PAID], OWING, issued=[issued])["receipts"]
    assert (reversing["1054"], lines(reversing)) == (2, [(3, 12, 45000)])
    assert (good["1054"], lines(good)) == (1, [(4, 11, 45000)])
    assert reversing["1192"] == good["1192"] == "1"


def test_changed_receipt_stays_when_totals_agree_unless_the_policy_wants_all() -> None:
    issued = changed(registered(restored([PAID], OWING)["receipts"][0]), **{"1214": 7, "1212": 10})
    assert restored([PAID], OWING, issued=[issued])["receipts"] == []
    strict = {"policies": {"restore_only_missing": False}}
    assert keys(restored([PAID], OWING, strict, issued=[issued])) == [("restore|p1", 2), ("restore|p1", 1)]


def test_totals_are_compared_by_the_month_of_settlement() -> None:
    issued = changed(registered(restored([PAID], OWING)["receipts"][0]), **{"1214": 7, "1212": 10})
    other_month = issued | {"settled_on": "2026-07-01"}
    assert len(restored([PAID], OWING, issued=[other_month])["receipts"]) == 2


def test_issued_receipt_that_should_not_be_there_is_only_reversed() -> None:
    issued = registered(restored([PAID], OWING)["receipts"][0])
    legal = [account(debts=[debt("2026-05")], payer_kind="legal")]
    assert keys(restored([PAID], legal, issued=[issued])) == [("restore|p1", 2)]


def test_receipts_of_events_that_are_not_replayed_are_left_alone() -> None:
    other = registered(restored([PAID], OWING)["receipts"][0], event="p9")
    assert keys(restored([PAID], OWING, issued=[other])) == [("restore|p1", 1)]


def test_refused_and_known_events_are_left_out() -> None:
    issued = registered(restored([PAID], OWING)["receipts"][0])
    refused = restored([PAID | {"tenders": {"bank_transfer": 0}}], OWING, issued=[issued])
    assert (errors(refused), refused["receipts"]) == (["amount_must_be_positive"], [])
    known = restored([PAID], OWING, issued=[issued], processed_keys=["p1"])
    assert (known["duplicates"], known["receipts"]) == (["p1"], [])


TWO = [account("A", advance_lots=[lot(20000, "2026-04-01")]), account("B", advance_lots=[lot(30000, "2026-04-01")])]
TWO_CHARGES = [
    {"account": "A", "service": "internet", "amount": 20000},
    {"account": "B", "service": "internet", "amount": 30000},
]


def test_consolidated_receipt_that_only_lacks_something_is_completed_by_the_difference() -> None:
    replay = [close("2026-05", "c5", TWO_CHARGES)]
    whole = restored(replay, TWO)["receipts"][0]
    line = whole["items"][0]
    part = registered(whole) | {"items": [line | {"1043": 20000, "1079": 20000}], "1020": 20000, "1215": 20000}
    (only,) = restored(replay, TWO, issued=[part])["receipts"]
    assert (only["event"], only["consolidated"], only["1174"]) == ("restore|c5", "2026-05", {"1178": "2026-05-31"})
    assert (lines(only), forms(only)) == ([(4, 11, 30000)], {"1215": 30000})


def test_consolidated_receipt_that_holds_too_much_is_made_anew() -> None:
    replay = [close("2026-05", "c5", TWO_CHARGES)]
    whole = restored(replay, TWO)["receipts"][0]
    more = registered(whole) | {"items": [whole["items"][0] | {"1043": 60000, "1079": 60000}], "1020": 60000}
    assert keys(restored(replay, TWO, issued=[more | {"1215": 60000}])) == [("restore|c5", 2), ("restore|c5", 1)]


def test_second_restoration_produces_nothing() -> None:
    first = restored([PAID], OWING)
    assert restored([PAID], OWING, processed_keys=["restore|p1"])["receipts"] == []
    again = registered(first["receipts"][0]) | {"event": "restore|p1", "kind": "correction"}
    assert restored([PAID], OWING, issued=[again])["receipts"] == []


def test_correction_is_never_dated_before_what_it_restores() -> None:
    late = payment(45000, day="2026-11-18")
    out = restored([late], OWING)
    assert (errors(out), out["receipts"]) == (["correction_before_settlement"], [])
    assert out["accounts"][0]["debts"][0]["amount"] == 45000


def test_ffd_1_05_needs_a_basis() -> None:
    given = event("restoration", "s1", replay=[PAID])
    assert errors(answer([given], OWING, {"ffd": "1.05"})) == ["basis_document_required"]


def test_missing_return_of_ffd_1_05_is_an_ordinary_one_of_today() -> None:
    sent = event("advance_refund", "r1", "2026-06-03", tenders={"bank_transfer": 10000})
    (only,) = restored([sent], [account(advance_lots=[lot(20000, "2026-04-01")])], {"ffd": "1.05"})["receipts"]
    assert (only["kind"], only["1054"], only["event"], lines(only)) == ("receipt", 2, "restore|r1", [(3, 12, 10000)])
    assert not {"1173", "1174", "1192", "deadline"} & only.keys()


def test_days_missing_payments_are_one_document_in_the_place_of_the_first() -> None:
    replay = [PAID, payment(1000, "p2", "2026-06-04"), payment(5000, "p3", "2026-06-03", account="B")]
    replay = [one if "account" in one else one | {"account": "A"} for one in replay]
    first, second = restored(replay, [*OWING, account("B")], DAY_TOTALS)["receipts"]
    assert (first["event"], first["1020"], "account" in first, "items" in first) == (
        "restore|2026-06-03",
        50000,
        False,
        False,
    )
    assert first["1115"] == [{"1199": 11, "1120": 8115}, {"1199": 12, "1120": 902}]
    assert (second["event"], second["1020"]) == ("restore|2026-06-04", 1000)


def test_days_total_leaves_consolidated_receipts_apart() -> None:
    replay = [payment(5000, "p1", "2026-05-31", account="A"), close("2026-05", "c5", TWO_CHARGES)]
    found = restored(replay, TWO, DAY_TOTALS)["receipts"]
    assert [(one["event"], one.get("consolidated"), one["1020"]) for one in found] == [
        ("restore|2026-05-31", None, 5000),
        ("restore|2026-05-31", "2026-05", 50000),
    ]


def test_ffd_1_2_has_a_correction_for_each_settlement_whatever_the_granularity() -> None:
    merchant = {"policies": {"restoration_granularity": "per_day_total"}, "services": [INTERNET, HEATING]}
    replay = [PAID, payment(1000, "p2", "2026-06-03")]
    assert keys(restored(replay, OWING, merchant)) == [("restore|p1", 1), ("restore|p2", 1)]


def test_documents_come_in_the_order_of_time() -> None:
    replay = [close("2026-05", "c5", TWO_CHARGES[:1]), payment(100, "p1", "2026-05-14")]
    accounts = [account("A")]
    found = restored([one | ({"account": "A"} if one["type"] == "payment" else {}) for one in replay], accounts)
    assert [one["event"] for one in found["receipts"]] == ["restore|p1", "restore|c5"]


def test_money_held_in_a_replay_is_released_by_the_day_of_the_restoration() -> None:
    merchant = {"policies": {"unknown_payer": "hold_until_deadline"}}
    out = restored([payment(100, "p1", "2026-05-14", account=None)], None, merchant)
    assert keys(out) == [("restore|p1", 1)]
    assert "held" not in out


@pytest.mark.parametrize("contact", [CONTACT, None])
def test_restored_receipt_has_the_contact_it_would_have_had(contact: str | None) -> None:
    owner = {"id": "A", "debts": [debt("2026-05")]} | ({"contact": contact} if contact else {})
    assert restored([PAID], [owner])["receipts"][0].get("1008") == contact
