"""A case may say what its schema allows, and nothing else."""

import copy
import json
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from accounting.receipts.cases.run import decode_case, run_case
from tests.unit.accounting.schema_variants import fields, form_of, wrong

DATA = Path(__file__).parents[2] / "data"
SCHEMA: dict[str, Any] = json.loads((DATA / "receipt-case.schema.json").read_text("utf-8"))
CASE: dict[str, Any] = json.loads((DATA / "receipt-case-everything.json").read_text("utf-8"))
INPUT = SCHEMA["$defs"]["in"]


def test_product_has_the_published_schema() -> None:
    shipped = resources.files("accounting.receipts.data").joinpath("receipt-case.schema.json").read_text("utf-8")
    assert json.loads(shipped) == SCHEMA


def _named(schema: Any) -> set[str]:
    """Names of all fields that an ``in`` can have."""
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= schema.get("properties", {}).keys() if isinstance(schema.get("properties"), dict) else set()
        for value in schema.values():
            found |= _named(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= _named(value)
    return found


def _used(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*[_used(inner) for inner in value.values()])
    return set().union(*[_used(inner) for inner in value]) if isinstance(value, list) else set()


def test_case_of_the_test_uses_every_field_of_the_schema() -> None:
    defined = {name: rule for name, rule in SCHEMA["$defs"].items() if name not in ("out", "case", "receipt")}
    assert _named(defined) - _used(CASE["in"]) == set()


def test_case_that_uses_everything_is_computed() -> None:
    out = run_case(CASE)
    assert out["receipts"]


VARIANTS = list(wrong(CASE["in"], INPUT, SCHEMA, "$.in"))


@pytest.mark.parametrize("step", [pytest.param(7, id="slice"), pytest.param(1, id="all", marks=pytest.mark.proof)])
def test_every_wrong_variant_is_refused_with_a_path(step: int) -> None:
    assert len(VARIANTS) > 2000
    accepted = []
    for path, given in VARIANTS[::step]:
        try:
            decode_case({"id": "x", "in": given})
        except msgspec.ValidationError as error:
            if path not in str(error):
                accepted.append(f"{path}: the path is not in {error}")
        else:
            accepted.append(f"{path}: accepted")
    assert accepted == []


def _smaller(value: Any, schema: Any) -> list[Any]:
    """Right variants: each leaves out one optional field or an element of a list."""
    schema = form_of(value, schema, SCHEMA)
    found: list[Any] = []
    if isinstance(value, dict) and not schema.get("minProperties"):
        properties, required, _ = fields(schema, SCHEMA)
        for name in value:
            inner = properties[name]
            if name not in required and name not in ("services", "lot", "advance_vat_code"):
                found.append({key: kept for key, kept in value.items() if key != name})
            found.extend(value | {name: other} for other in _smaller(value[name], inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            found.extend([*value[:place], other, *value[place + 1 :]] for other in _smaller(inner, schema["items"]))
    return found


def test_every_optional_field_can_be_left_out() -> None:
    variants = _smaller(CASE["in"], INPUT)
    assert len(variants) > 150
    for given in variants:
        run_case({"id": "x", "in": given})


@pytest.mark.parametrize("subject", range(1, 34))
def test_every_subject_of_the_schema_is_known(subject: int) -> None:
    case = copy.deepcopy(CASE)
    case["in"]["merchant"]["services"][0]["subject"] = subject
    decode_case(case)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": "payments"}, r"\$\.in\.events\[2\]\.type"),
        ({"type": 5}, r"\$\.in\.events\[2\]\.type"),
        ({"designation": {"purpose": "costs", "period": "2026-09"}}, r"\$\.in\.events\[2\]\.designation"),
    ],
)
def test_refusal_speaks_of_the_event_that_was_meant(change: dict[str, Any], path: str) -> None:
    case = copy.deepcopy(CASE)
    case["in"]["events"][2] |= change
    with pytest.raises(msgspec.ValidationError, match=path):
        decode_case(case)


@pytest.mark.parametrize(
    ("place", "name", "path"),
    [
        (("accounts", 0, "debts", 0), "service", r"\$\.in\.accounts\[0\]\.debts\[0\]\.service"),
        (("accounts", 0, "plan"), "service", r"\$\.in\.accounts\[0\]\.plan\.service"),
        (("pending_refunds", 0), "service", r"\$\.in\.pending_refunds\[0\]\.service"),
    ],
)
def test_state_that_names_an_unknown_service_is_refused(place: tuple[Any, ...], name: str, path: str) -> None:
    case = copy.deepcopy(CASE)
    row = case["in"]
    for step in place:
        row = row[step]
    row[name] = "gas"
    with pytest.raises(msgspec.ValidationError, match=path):
        run_case(case)


@pytest.mark.parametrize(("lists", "path"), [(("merchant", "services"), "services"), (("accounts",), "accounts")])
def test_id_that_is_there_twice_is_refused(lists: tuple[str, ...], path: str) -> None:
    case = copy.deepcopy(CASE)
    rows = case["in"]
    for step in lists:
        rows = rows[step]
    rows.append(rows[0])
    with pytest.raises(msgspec.ValidationError, match=rf"{path}\[2\]\.id"):
        run_case(case)


@pytest.mark.parametrize("case", [{"in": CASE["in"]}, {"id": "", "in": CASE["in"]}, {"id": "x"}, [], {"id": 1}])
def test_case_without_id_or_input_is_refused(case: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$"):
        run_case(case)
