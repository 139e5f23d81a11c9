"""The worked cases of the receipt rules (section 9): every number must come out as it stands there."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from accounting.receipts.cases.run import compare_out, decode_case, run_case

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "receipt-cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_worked_case_comes_out_as_written(case: dict[str, Any]) -> None:
    assert compare_out(case["out"], run_case(case)) == []


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_state_that_came_out_can_go_in_again(case: dict[str, Any]) -> None:
    out = run_case(case)
    fixed = {row["id"]: row for row in case["in"].get("accounts", [])}
    kept = ("contact", "payer_kind", "member", "services", "plan")
    accounts = [
        row | {name: fixed[row["id"]][name] for name in kept if name in fixed[row["id"]]} for row in out["accounts"]
    ]
    given = {"merchant": case["in"]["merchant"], "accounts": accounts, "events": []}
    given |= {name: out[name] for name in ("suspense", "pending_refunds") if name in out}
    again = run_case({"id": case["id"], "in": given})
    expected = {name: out[name] for name in ("accounts", "suspense", "pending_refunds") if name in out}
    assert compare_out(expected, again) == []


def test_difference_is_named_with_its_path() -> None:
    case = CASES[1]
    expected = json.loads(json.dumps(case["out"]))
    expected["receipts"][0]["items"][0]["1043"] += 1
    found = compare_out(expected, run_case(case))
    assert [text.split(":")[0] for text in found] == ["receipts[0].items[0].1043"]


def test_text_of_a_line_is_not_compared() -> None:
    expected = json.loads(json.dumps(CASES[1]["out"]))
    expected["receipts"][0]["items"][0]["1030"] = "другое название"
    assert compare_out(expected, run_case(CASES[1])) == []


def test_unknown_field_is_refused_with_its_path() -> None:
    case = json.loads(json.dumps(CASES[1]))
    case["in"]["events"][0]["amout"] = 1
    with pytest.raises(msgspec.ValidationError, match=r"amout.*events\[0\]|events\[0\]"):
        decode_case(case)


def test_fractional_amount_is_refused() -> None:
    case = json.loads(json.dumps(CASES[1]))
    case["in"]["events"][0]["tenders"]["bank_transfer"] = 1.5
    with pytest.raises(msgspec.ValidationError, match=r"tenders\.bank_transfer"):
        decode_case(case)
