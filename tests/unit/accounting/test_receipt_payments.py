"""Payments: who needs a receipt, how money meets debts, what the receipt looks like (receipt rules 3.1-3.3, 4.1)."""

from tests.unit.accounting.receipt_scene import (
    CONTACT,
    HEATING,
    INTERNET,
    account,
    answer,
    debt,
    errors,
    forms,
    lines,
    lot,
    payment,
)

BOTH = {"services": [INTERNET, HEATING]}


def policies(**keys: object) -> dict[str, object]:
    return {"policies": keys}


def test_partial_payment_is_split_by_largest_remainder() -> None:
    debts = [debt(amount=100), debt(amount=100, service="heating")]
    out = answer([payment(101)], [account(debts=debts)], BOTH)
    assert lines(out["receipts"][0]) == [(4, 11, 51), (4, 6, 50)]


def test_bills_are_paid_by_their_earliest_due_date() -> None:
    debts = [
        debt("2026-09", 100, due_date="2026-12-01"),
        debt("2026-10", 100, due_date="2026-11-30"),
        debt("2026-10", 100, service="heating", due_date="2026-12-30"),
    ]
    out = answer([payment(150)], [account(debts=debts)], BOTH)
    assert [(item["period"], item["1043"]) for item in out["receipts"][0]["items"]] == [
        ("2026-10", 75),
        ("2026-10", 75),
    ]


def test_current_debt_is_paid_before_the_oldest_when_so_chosen() -> None:
    debts = [debt("2026-08", 100), debt("2026-09", 100), debt("2026-10", 100)]
    out = answer([payment(150)], [account(debts=debts)], policies(allocation="current_first"))
    assert [(item["period"], item["1043"]) for item in out["receipts"][0]["items"]] == [
        ("2026-10", 100),
        ("2026-08", 50),
    ]


def test_priority_services_are_paid_first() -> None:
    merchant = BOTH | policies(allocation="priority_list", allocation_priority=["heating"])
    debts = [debt("2026-08", 100), debt("2026-10", 100, service="heating")]
    out = answer([payment(150)], [account(debts=debts)], merchant)
    assert [(item["service"], item["1043"]) for item in out["receipts"][0]["items"]] == [
        ("heating", 100),
        ("internet", 50),
    ]


def test_time_barred_debt_takes_no_money_unless_its_period_is_named() -> None:
    old = debt("2023-09", 100)
    out = answer([payment(100)], [account(debts=[old])])
    assert lines(out["receipts"][0]) == [(3, 12, 100)]
    named = answer([payment(100, designation={"period": "2023-09"})], [account(debts=[old])])
    assert lines(named["receipts"][0]) == [(4, 1, 100)]
    by_service = answer([payment(100, designation={"service": "internet"})], [account(debts=[old])])
    assert lines(by_service["receipts"][0]) == [(3, 12, 100)]


def test_debt_is_time_barred_only_after_three_full_years() -> None:
    out = answer([payment(100, day="2026-10-10")], [account(debts=[debt("2023-09", 100)])])
    assert lines(out["receipts"][0]) == [(4, 1, 100)]


def test_written_off_debt_is_reached_by_its_period_after_the_open_ones() -> None:
    state = account(debts=[debt("2026-03", 100)], off_balance=[debt("2026-03", 300)])
    out = answer([payment(250, designation={"period": "2026-03"})], [state])
    assert out["accounts"] == [{"id": "A", "off_balance": [debt("2026-03", 150, vat_code=11)]}]
    assert [row["to"] for row in out["allocation"]] == ["debt", "off_balance"]


def test_money_named_as_advance_leaves_the_debt_alone() -> None:
    out = answer([payment(100, designation={"purpose": "advance"})], [account(debts=[debt()])])
    assert lines(out["receipts"][0]) == [(3, 12, 100)]


def test_named_penalty_comes_before_costs_and_debts() -> None:
    state = account(debts=[debt(amount=100)], penalty=30, costs=20)
    out = answer([payment(100, designation={"purpose": "penalty"})], [state])
    assert [(row["to"], row["amount"]) for row in out["allocation"]] == [("penalty", 30), ("costs", 20), ("debt", 50)]


def test_penalty_gets_a_line_without_vat_when_so_chosen() -> None:
    out = answer([payment(130)], [account(debts=[debt(amount=100)], penalty=30)], policies(penalty_receipt="line"))
    assert lines(out["receipts"][0]) == [(4, 11, 100), (4, 6, 30)]
    assert out["receipts"][0]["items"][1]["1212"] == 10
    assert "unfiscalised" not in out


def test_unfiscalised_money_leaves_the_noncash_part_first() -> None:
    event = payment(0) | {"tenders": {"cash": 60, "card_present": 60}}
    out = answer([event], [account(debts=[debt(amount=50)], costs=70)])
    assert forms(out["receipts"][0]) == {"1031": 50}
    assert out["receipts"][0]["deadline"] == "at_settlement"


def test_cash_meets_the_lines_before_the_card() -> None:
    event = payment(0) | {"tenders": {"cash": 120, "card_present": 60}}
    out = answer([event], [account(debts=[debt(amount=100)])], policies(overpay="separate_receipt"))
    assert [forms(receipt) for receipt in out["receipts"]] == [{"1031": 100}, {"1031": 20, "1081": 60}]


def test_legal_payer_gets_no_receipt_for_a_transfer_but_for_cash() -> None:
    state = account(payer_kind="legal", debts=[debt(amount=100)])
    out = answer([payment(60), payment(40, "p2", way="cash")], [state])
    assert [receipt["event"] for receipt in out["receipts"]] == ["p2"]
    assert out["unfiscalised"] == [{"event": "p1", "account": "A", "reason": "legal_payer", "amount": 60}]


def test_exempt_advance_keeps_its_mark() -> None:
    out = answer([payment(60)], [account(payer_kind="legal")])
    assert out["accounts"][0]["advance_lots"] == [lot(60, "2026-11-17", exempt="legal_payer")]


def test_payer_kind_of_the_payment_is_stronger_than_the_account() -> None:
    out = answer([payment(60, payer_kind="individual")], [account(payer_kind="legal")])
    assert len(out["receipts"]) == 1


def test_agent_that_takes_cash_still_makes_the_receipt_itself() -> None:
    out = answer([payment(60, way="cash", agent_fiscalises=True, agent_sign=2)])
    assert out["receipts"] == []
    assert out["expected_foreign_receipts"] == [{"event": "p1", "account": "A", "amount": 60, "1054": 1, "1222": 2}]


def test_contact_of_the_payment_is_stronger_and_may_be_none() -> None:
    out = answer([payment(1, contact="b@example.com"), payment(1, "p2", contact=None), payment(1, "p3")])
    assert [receipt.get("1008") for receipt in out["receipts"]] == ["b@example.com", None, CONTACT]


def test_contact_of_last_resort_is_not_used_at_the_desk() -> None:
    events = [payment(1), payment(1, "p2", way="card_present"), payment(1, "p3", way="card_online")]
    out = answer(events, [{"id": "A"}], policies(contact_fallback="none"))
    assert [receipt.get("1008") for receipt in out["receipts"]] == ["none", None, "none"]
    assert out["anomalies"] == [{"rule": "internet_sale_without_contact", "event": "p3", "account": "A"}]


def test_site_payment_before_september_2025_needs_no_contact() -> None:
    out = answer([payment(1, day="2025-08-31", way="card_online")], [{"id": "A"}])
    assert "anomalies" not in out


def test_register_date_counts_for_transfers_when_it_is_earlier() -> None:
    merchant = policies(settlement_date_source="register")
    out = answer([payment(100, day="2026-01-02", register_date="2025-12-29")], merchant=merchant)
    assert out["receipts"][0]["deadline"] == "2025-12-30"
    assert lines(out["receipts"][0]) == [(3, 3, 100)]
    card = answer([payment(100, day="2026-01-02", register_date="2025-12-29", way="card_online")], merchant=merchant)
    assert lines(card["receipts"][0]) == [(3, 12, 100)]


def test_plan_makes_a_full_prepayment_only_for_whole_prices() -> None:
    state = account(plan={"service": "internet", "price": 45000})
    merchant = policies(prepaid_sign="full_prepayment")
    out = answer([payment(90000), payment(50000, "p2")], [state], merchant)
    assert [receipt["items"][0]["1214"] for receipt in out["receipts"]] == [1, 2]
    assert [lot["method"] for lot in out["accounts"][0]["advance_lots"]] == [1, 2]


def test_advance_of_different_treatments_without_history_takes_the_highest_rate() -> None:
    assert lines(answer([payment(100)], merchant=BOTH)["receipts"][0]) == [(3, 12, 100)]


def test_advance_follows_the_subscribed_services_only() -> None:
    out = answer([payment(100)], [account(services=["heating"])], BOTH)
    assert lines(out["receipts"][0]) == [(3, 6, 100)]


def test_single_treatment_of_advances_is_followed_by_date() -> None:
    merchant = BOTH | policies(advance_vat="single", advance_vat_code=11)
    out = answer([payment(100, day="2025-11-17"), payment(100, "p2")], merchant=merchant)
    assert [lines(receipt)[0] for receipt in out["receipts"]] == [(3, 3, 100), (3, 12, 100)]


def test_lines_of_two_regimes_go_to_two_receipts() -> None:
    merchant = {"services": [INTERNET, HEATING | {"taxation": 2, "register_group": "b"}]}
    debts = [debt(amount=100), debt(amount=100, service="heating")]
    out = answer([payment(250)], [account(debts=debts)], merchant)
    assert [(receipt["1055"], receipt.get("register_group"), receipt["1020"]) for receipt in out["receipts"]] == [
        (1, None, 150),
        (2, "b", 100),
    ]


def test_receipt_with_too_many_lines_is_cut_line_by_line() -> None:
    debts = [debt(f"2026-0{month}", 100) for month in range(1, 6)]
    out = answer([payment(500)], [account(debts=debts)], policies(max_lines=2))
    assert [(receipt["part"], receipt["1020"]) for receipt in out["receipts"]] == [
        ("1/3", 200),
        ("2/3", 200),
        ("3/3", 100),
    ]


def test_line_above_the_largest_sum_uses_up_its_forms_in_tag_order() -> None:
    event = payment(0) | {"tenders": {"cash": 120, "card_present": 130}}
    out = answer([event], [account(debts=[debt(amount=250)])], policies(max_sum=100))
    assert [forms(receipt) for receipt in out["receipts"]] == [{"1031": 100}, {"1031": 20, "1081": 80}, {"1081": 50}]


def test_agent_sign_of_the_receipt_needs_all_lines_in_old_format() -> None:
    agent = {"1222": 64, "1226": "7700000000"}
    merchant = {"ffd": "1.05", "services": [INTERNET, HEATING | {"agent": agent}]}
    heating = debt(amount=100, service="heating")
    alone = answer([payment(100)], [account(debts=[heating])], merchant)
    mixed = answer([payment(200)], [account(debts=[heating, debt(amount=100)])], merchant)
    assert alone["receipts"][0]["1057"] == 64
    assert "1057" not in mixed["receipts"][0]


def test_own_services_stand_before_those_of_suppliers() -> None:
    agent = {"1222": 64, "1226": "7700000000"}
    merchant = {"services": [HEATING | {"agent": agent}, INTERNET]}
    debts = [debt(amount=100, service="heating"), debt(amount=100)]
    out = answer([payment(200)], [account(debts=debts)], merchant)
    assert [item["service"] for item in out["receipts"][0]["items"]] == ["internet", "heating"]


def test_credit_is_paid_with_7_even_after_the_policy_changed() -> None:
    out = answer([payment(45000)], [account(debts=[debt(credited=True)])])
    assert [(item["1214"], item["1212"]) for item in out["receipts"][0]["items"]] == [(7, 10)]


def test_money_never_meets_an_undelivered_debt_under_credit_pair() -> None:
    state = account(debts=[debt(delivered=False)])
    assert lines(answer([payment(45000)], [state], policies(postpaid_mode="credit_pair"))["receipts"][0])[0][0] == 3
    assert lines(answer([payment(45000)], [state])["receipts"][0])[0][0] == 4


def test_volume_is_shown_only_when_it_fits_the_amount() -> None:
    volume = {"quantity": "2.500", "price": "223.4", "measure": 50}
    state = account(debts=[debt(amount=558, volume=volume)])
    whole = answer([payment(558)], [state])["receipts"][0]["items"][0]
    part = answer([payment(557)], [state])["receipts"][0]["items"][0]
    assert (whole["1023"], whole["1079"], whole["2108"]) == ("2.5", 223, 50)
    assert (part["1023"], part["1079"]) == ("1", 557)


def test_held_money_identified_in_time_is_a_payment_of_its_own_day() -> None:
    merchant = policies(unknown_payer="hold_until_deadline")
    events = [
        payment(45000, account=None),
        {"type": "payment_identification", "key": "i1", "date": "2026-11-18", "payment": "p1"},
    ]
    out = answer(events, [account(debts=[debt()])], merchant)
    assert [(receipt["event"], receipt["deadline"]) for receipt in out["receipts"]] == [("p1", "2026-11-18")]
    assert lines(out["receipts"][0]) == [(4, 11, 45000)]


def test_held_money_becomes_an_unknown_advance_when_the_deadline_has_come() -> None:
    merchant = policies(unknown_payer="hold_until_deadline")
    held = answer([payment(45000, account=None)], merchant=merchant)
    assert held["receipts"] == []
    assert held["held"] == [{"payment": "p1", "date": "2026-11-17", "amount": 45000, "deadline": "2026-11-18"}]
    released = answer([payment(45000, account=None)], merchant=merchant, as_of="2026-11-18")
    assert lines(released["receipts"][0]) == [(3, 12, 45000)]
    assert released["suspense"][0]["payment"] == "p1"


def test_tender_of_zero_is_refused_beside_a_good_one() -> None:
    out = answer([payment(0) | {"tenders": {"cash": 100, "bank_transfer": 0}}])
    assert errors(out) == ["amount_must_be_positive"]


def test_refused_event_leaves_its_key_free() -> None:
    out = answer([payment(0), payment(100)])
    assert errors(out) == ["amount_must_be_positive"]
    assert len(out["receipts"]) == 1


def test_same_key_with_other_content_is_a_conflict() -> None:
    out = answer([payment(100), payment(101), payment(100)])
    assert errors(out) == ["key_conflict"]
    assert out["duplicates"] == ["p1"]


def test_missing_and_unknown_accounts_are_told_apart() -> None:
    out = answer([payment(1), payment(1, "p2", account="C")], [account("A"), account("B")])
    assert errors(out) == ["account_required", "unknown_account"]


def test_small_payment_that_unblocks_a_debtor_is_an_anomaly() -> None:
    state = account(debts=[debt()], plan={"service": "internet", "price": 45000})
    assert "anomalies" not in answer([payment(5001, unblocks=True)], [state])
    assert answer([payment(5000, unblocks=True)], [state])["anomalies"][0]["rule"] == "micro_payment_unlock"
