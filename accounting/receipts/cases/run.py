"""Cases: the state before, the events, and what must come out, as JSON (the case format of the receipt rules).

``run_case`` answers one, ``compare_out`` says how an answer differs from what was expected.
"""

from typing import Any

import msgspec

from accounting.receipts.cases.input import CaseInput, books_of, with_only_account
from accounting.receipts.cases.names import check_names
from accounting.receipts.cases.output import case_output
from accounting.receipts.cases.schema import check_case
from accounting.receipts.compute import Engine, EngineUse, compute

_FORMS = ("1031", "1081", "1215", "1216", "1217")
_DEFAULT_LOT_METHOD = 3


def decode_case(case: dict[str, Any]) -> CaseInput:
    """The case's ``in``. Raises msgspec.ValidationError with the path of what is wrong."""
    check_case(case)
    try:
        return msgspec.convert(case["in"], CaseInput)
    except msgspec.ValidationError as error:
        # The decoder's paths begin inside ``in``.
        raise msgspec.ValidationError(str(error).replace("`$", "`$.in", 1)) from None


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """The ``out`` of a case by the rules; an ``out`` that it brings is ignored. Raises msgspec.ValidationError."""
    return run_case_by(Engine.REFERENCE, case)[0]


def run_case_by(engine: Engine, case: dict[str, Any]) -> tuple[dict[str, Any], EngineUse]:
    """The ``out`` of a case, and who computed what of it. Raises as ``run_case`` and ``compute`` do."""
    given = decode_case(case)
    check_names(given)
    rules = given.merchant.rules()
    books = books_of(given, rules)
    events = [with_only_account(event, given.accounts) for event in given.events]
    issued = [row.issued() for row in given.issued]
    outcome = compute(rules, books, events, as_of=given.as_of, issued=issued, engine=engine)
    return case_output(rules, books, outcome), outcome.engines


def compare_out(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    """Differences of two ``out``, each with its path; empty when they agree (case format 3)."""
    found: list[str] = []
    _compare_lists(
        "receipts",
        [_receipt(row) for row in expected.get("receipts", [])],
        [_receipt(row) for row in actual.get("receipts", [])],
        found,
    )
    _compare_accounts(expected.get("accounts", []), actual.get("accounts", []), found)
    lists = ("suspense", "held", "pending_refunds", "allocation", "unfiscalised", "expected_foreign_receipts")
    for name in (*lists, "withdrawn", "duplicates", "errors", "anomalies"):
        left = sorted(_canonical(row) for row in expected.get(name, []))
        right = sorted(_canonical(row) for row in actual.get(name, []))
        if left != right:
            found.append(f"{name}: expected {left}, got {right}")
    return found


def _compare_lists(path: str, expected: list[Any], actual: list[Any], found: list[str]) -> None:
    if len(expected) != len(actual):
        found.append(f"{path}: expected {len(expected)}, got {len(actual)}")
    for place, (left, right) in enumerate(zip(expected, actual, strict=False)):
        _compare(f"{path}[{place}]", left, right, found)


def _compare(path: str, expected: Any, actual: Any, found: list[str]) -> None:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            _compare(f"{path}.{key}", expected.get(key), actual.get(key), found)
    elif isinstance(expected, list) and isinstance(actual, list):
        _compare_lists(path, expected, actual, found)
    elif expected != actual:
        found.append(f"{path}: expected {expected!r}, got {actual!r}")


def _compare_accounts(expected: list[Any], actual: list[Any], found: list[str]) -> None:
    left = {row["id"]: _account(row) for row in expected if len(_account(row)) > 1}
    right = {row["id"]: _account(row) for row in actual if len(_account(row)) > 1}
    for account in sorted(left.keys() | right.keys()):
        _compare(f"accounts[{account}]", left.get(account), right.get(account), found)


def _account(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if value}
    if "advance_lots" in kept:
        kept["advance_lots"] = [{"method": _DEFAULT_LOT_METHOD} | lot for lot in kept["advance_lots"]]
    return kept


_HEAD = ("kind", "event", "account", "consolidated", "part", "register_group", "deadline")


def _is_compared(name: str) -> bool:
    return name.isdigit() or name in _HEAD or name in ("items", "service", "period")


def _receipt(row: dict[str, Any]) -> dict[str, Any]:
    """A receipt with its defaults filled in and what is not compared left out."""
    kept = {name: value for name, value in row.items() if _is_compared(name)}
    for form in _FORMS:
        kept.setdefault(form, 0)
    if "items" in kept:
        kept["items"] = [_line(line) for line in kept["items"]]
    return kept


def _line(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if _is_compared(name) and name != "1030"}
    kept.setdefault("1023", "1")
    kept.setdefault("1079", kept.get("1043"))
    for name in ("1200", "2108"):
        if kept.get(name) == 0:
            del kept[name]
    return kept


def _canonical(row: Any) -> str:
    if isinstance(row, dict):
        row = {name: value for name, value in row.items() if name != "field" and value is not None}
        if row.get("method") == _DEFAULT_LOT_METHOD:
            del row["method"]
    return msgspec.json.encode(row, order="sorted").decode()
