"""Money and charges going back: refunds, recalculations, transfers, write-offs, reversals (receipt rules 3.5 d-k)."""

from tests.unit.accounting.receipt_scene import account, answer, close, debt, errors, event, forms, lines, lot, payment


def settled(amount: int = 45000, form: str = "noncash", **fields: object) -> dict[str, object]:
    return {"period": "2026-10", "service": "internet", "amount": amount, "form": form, **fields}


def offset(amount: int, day: str = "2026-10-02", **fields: object) -> dict[str, object]:
    return settled(amount, "advance", lot={"date": day, "vat_code": 12}, **fields)


def service_refund(amount: int, way: str = "bank_transfer") -> dict[str, object]:
    return event("service_refund", "r1", period="2026-10", service="internet", tenders={way: amount})


def recalculation(amount: int, **fields: object) -> dict[str, object]:
    return event("recalculation", "k1", period="2026-10", service="internet", amount=amount, **fields)


def shape(out: dict[str, object]) -> list[tuple[object, object, object]]:
    return [(receipt["1054"], lines(receipt), forms(receipt)) for receipt in out["receipts"]]  # type: ignore[index]


def test_refund_takes_the_newest_lot_first_and_keeps_rates_apart() -> None:
    lots = [lot(300, "2018-12-01", 3), lot(300, "2019-02-01", 3)]
    out = answer([event("advance_refund", tenders={"cash": 400})], [account(advance_lots=lots)])
    assert shape(out) == [(2, [(3, 3, 300), (3, 3, 100)], {"1031": 400})]
    assert out["receipts"][0]["1106"] == 50 + 15
    assert out["receipts"][0]["deadline"] == "at_settlement"


def test_refund_of_exempt_money_makes_no_receipt() -> None:
    lots = [lot(300), lot(200, "2026-10-05", exempt="legal_payer")]
    out = answer([event("advance_refund", tenders={"bank_transfer": 400})], [account(advance_lots=lots)])
    assert shape(out) == [(2, [(3, 12, 200)], {"1081": 200})]
    assert out["unfiscalised"] == [{"event": "e1", "account": "A", "reason": "legal_payer", "amount": -200}]


def test_service_refund_mirrors_the_newest_settlement_first() -> None:
    state = account(settlements=[settled(30000, date="2026-11-05"), offset(15000, date="2026-10-31")])
    out = answer([service_refund(40000)], [state])
    assert shape(out) == [
        (2, [(4, 11, 40000)], {"1081": 30000, "1215": 10000}),
        (2, [(3, 12, 10000)], {"1081": 10000}),
    ]


def test_direct_refund_of_an_offset_is_all_money() -> None:
    merchant = {"policies": {"refund_of_offset": "direct_money"}}
    out = answer([service_refund(15000)], [account(settlements=[offset(15000)])], merchant)
    assert shape(out) == [(2, [(4, 11, 15000)], {"1081": 15000})]


def test_refund_above_what_was_settled_is_refused_whole() -> None:
    out = answer([service_refund(45001)], [account(settlements=[settled()])])
    assert errors(out) == ["refund_exceeds_settled"]


def test_lowered_charge_reverses_the_credit_before_it_returns_money() -> None:
    state = account(debts=[debt(amount=5000, credited=True)], settlements=[settled(40000, "cash")])
    out = answer([recalculation(-9000)], [state])
    assert shape(out) == [(2, [(6, 11, 5000)], {"1216": 5000}), (2, [(4, 11, 4000)], {"1215": 4000})]
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(4000, "2026-11-17")]}]


def test_restored_offset_goes_back_to_its_own_lot() -> None:
    state = account(settlements=[offset(15000)], advance_lots=[lot(5000)])
    out = answer([recalculation(-9000)], [state])
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(14000)]}]


def test_pair_of_money_uses_the_forms_of_the_payment() -> None:
    state = account(settlements=[settled(4000, "cash"), settled(5000)])
    out = answer([recalculation(-9000)], [state], {"policies": {"reoffset": "pair_money"}})
    both = {"1031": 4000, "1081": 5000}
    assert shape(out) == [(2, [(4, 11, 9000)], both), (1, [(3, 12, 9000)], both)]


def test_pair_by_counter_provision_makes_a_new_advance_of_the_day() -> None:
    out = answer(
        [recalculation(-9000)], [account(settlements=[offset(9000)])], {"policies": {"reoffset": "pair_counter"}}
    )
    assert shape(out) == [(2, [(4, 11, 9000)], {"1217": 9000}), (1, [(3, 12, 9000)], {"1217": 9000})]
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(9000, "2026-11-17")]}]


def test_exempt_settlement_returns_to_its_lot_without_a_receipt() -> None:
    state = account(settlements=[offset(9000, exempt="legal_payer")])
    out = answer([recalculation(-9000)], [state], {"policies": {"reoffset": "pair_money"}})
    assert out["receipts"] == []
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(9000, exempt="legal_payer")]}]


def test_recalculation_beyond_the_charge_is_refused_whole() -> None:
    out = answer([recalculation(-45001), recalculation(0) | {"key": "k2"}], [account(debts=[debt()])])
    assert errors(out) == ["recalculation_exceeds_charge", "amount_must_not_be_zero"]
    assert out["accounts"][0]["debts"] == [debt(vat_code=11)]


def test_raised_charge_joins_an_open_one_silently() -> None:
    out = answer([recalculation(1000)], [account(debts=[debt(delivered=False)], advance_lots=[lot(500)])])
    assert out["receipts"] == []
    assert out["accounts"][0]["debts"] == [debt(amount=46000, vat_code=11, delivered=False)]


def test_raised_charge_keeps_the_code_it_was_settled_under() -> None:
    state = account(settlements=[settled(vat_code=2)], advance_lots=[lot(500)])
    out = answer([recalculation(800)], [state])
    assert shape(out) == [(1, [(4, 2, 500)], {"1215": 500})]
    assert out["accounts"][0]["debts"] == [debt(amount=300, vat_code=2)]


def test_transfer_to_itself_sets_the_advance_off_against_old_debt() -> None:
    state = account(debts=[debt(amount=300)], advance_lots=[lot(500)])
    move = {"type": "advance_transfer", "key": "t1", "date": "2026-11-17", "from": "A", "to": "A", "amount": 400}
    out = answer([move], [state])
    assert shape(out) == [(1, [(4, 11, 300)], {"1215": 300})]
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(200)]}]


def test_transfer_as_a_pair_returns_and_takes_by_counter_provision() -> None:
    accounts = [account("A", advance_lots=[lot(500)]), account("B", debts=[debt(amount=300)])]
    move = {"type": "advance_transfer", "key": "t1", "date": "2026-11-17", "from": "A", "to": "B", "amount": 500}
    out = answer([move], accounts, {"policies": {"transfer_between_accounts": "pair_counter"}})
    assert [receipt["account"] for receipt in out["receipts"]] == ["A", "B"]
    assert shape(out) == [
        (2, [(3, 12, 500)], {"1217": 500}),
        (1, [(4, 11, 300), (3, 12, 200)], {"1217": 500}),
    ]
    assert out["accounts"] == [{"id": "B", "advance_lots": [lot(200, "2026-11-17")]}]


def test_identified_money_settles_debts_by_offset() -> None:
    suspense = [{"payment": "p0", "date": "2026-11-02", "amount": 500, "vat_code": 12}]
    found = event("payment_identification", "i1", payment="p0")
    out = answer([found], [account(debts=[debt(amount=300)])], suspense=suspense)
    assert shape(out) == [(1, [(4, 11, 300)], {"1215": 300})]
    assert out["accounts"] == [{"id": "A", "advance_lots": [lot(200, "2026-11-02")]}]
    assert "suspense" not in out
    assert errors(answer([event("payment_identification", payment="p9")])) == ["unknown_payment"]


def test_counter_claim_pays_a_credit_with_7_and_never_more_than_is_owed() -> None:
    state = account(debts=[debt(amount=300, credited=True)])
    out = answer([event("counter_offset", amount=300)], [state])
    assert shape(out) == [(1, [(7, 11, 300)], {"1217": 300})]
    assert errors(answer([event("counter_offset", amount=301)], [state])) == ["counter_offset_exceeds_debt"]


def test_write_offs_of_nothing_are_refused() -> None:
    events = [event("debt_write_off"), event("advance_write_off", "e2"), event("advance_write_off", "e3", amount=1)]
    assert errors(answer(events)) == ["nothing_to_write_off", "nothing_to_write_off", "write_off_exceeds_advance"]


def test_written_off_advance_leaves_the_oldest_lot_first() -> None:
    state = account(advance_lots=[lot(300), lot(300, "2026-10-05")])
    out = answer([event("advance_write_off", amount=400)], [state])
    assert out["receipts"] == []
    assert out["accounts"][0]["advance_lots"] == [lot(200, "2026-10-05")]


def test_reversed_payment_is_mirrored_and_the_ledger_goes_back() -> None:
    state = account(debts=[debt()], penalty=500)
    back = event("payment_reversal", "x1", "2026-11-18", payment="p1")
    out = answer([payment(60000), back], [state])
    assert shape(out) == [
        (1, [(4, 11, 45000), (3, 12, 14500)], {"1081": 59500}),
        (2, [(4, 11, 45000), (3, 12, 14500)], {"1081": 59500}),
    ]
    assert out["receipts"][1]["deadline"] == "2026-11-19"
    assert out["accounts"] == [{"id": "A", "debts": [debt(vat_code=11)], "penalty": 500}]
    assert [row["amount"] for row in out["unfiscalised"]] == [500, -500]


def test_payment_reversed_before_its_receipt_is_withdrawn() -> None:
    back = event("payment_reversal", "x1", payment="p1", before_receipt=True)
    out = answer([back, payment(45000)], [account(debts=[debt()])])
    assert (out["receipts"], out["withdrawn"]) == ([], ["p1"])


def test_mirror_shows_the_volume_of_its_receipt() -> None:
    volume = {"quantity": "2", "price": "150"}
    back = event("payment_reversal", "x1", "2026-11-18", payment="p1")
    out = answer([payment(300), back], [account(debts=[debt(amount=300, volume=volume)])])
    assert [receipt["items"][0]["1023"] for receipt in out["receipts"]] == ["2", "2"]


def test_reversal_is_refused_when_the_advance_is_gone() -> None:
    events = [
        payment(45000, day="2026-10-05"),
        close(charges=[{"service": "internet", "amount": 45000}]),
        event("payment_reversal", "x1", payment="p1"),
    ]
    assert errors(answer(events)) == ["payment_no_longer_reversible"]


def test_reversal_is_refused_when_its_settlement_was_lowered() -> None:
    events = [
        payment(45000),
        recalculation(-1) | {"date": "2026-11-18"},
        event("payment_reversal", "x1", "2026-11-19", payment="p1"),
    ]
    assert errors(answer(events, [account(debts=[debt()])])) == ["payment_no_longer_reversible"]


def test_debt_of_a_period_closed_since_comes_back_delivered() -> None:
    bill = {
        "type": "charge",
        "key": "b1",
        "date": "2026-10-05",
        "period": "2026-10",
        "service": "internet",
        "amount": 300,
    }
    events = [bill, payment(300, day="2026-10-06"), close(), event("payment_reversal", "x1", payment="p1")]
    assert answer(events)["accounts"][0]["debts"] == [debt(amount=300, vat_code=11)]


def test_suspended_payment_cannot_be_reversed_after_it_was_identified() -> None:
    events = [
        payment(300, account=None),
        event("payment_identification", "i1", payment="p1", day="2026-11-18"),
        event("payment_reversal", "x1", "2026-11-19", payment="p1"),
    ]
    assert errors(answer(events)) == ["payment_no_longer_reversible"]


def test_agents_payment_taken_back_expects_the_agents_return() -> None:
    events = [payment(300, agent_fiscalises=True), event("payment_reversal", "x1", "2026-11-18", payment="p1")]
    assert [row["1054"] for row in answer(events)["expected_foreign_receipts"]] == [1, 2]
