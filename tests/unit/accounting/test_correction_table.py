"""Which document stands in place of which, row by row of the table of receipt rules 6.1."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.accounting.receipt_scene import CONTACT, Row, answer, errors, lot, payment

TABLE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "correction-table.json").read_text("utf-8"))
ROWS: list[Row] = TABLE["rows"]

LINE: Row = {"1030": "Аванс за услуги связи", "1043": 50000, "1214": 3, "1212": 10, "1199": 12}
ISSUED: Row = {
    "id": "d1", "1012": "2026-11-10", "1077": "1234567890", "kind": "receipt", "event": "p1", "account": "A",
    "1054": 1, "1055": 1, "1008": CONTACT, "items": [LINE | {"1200": 9016}], "1020": 50000, "1081": 50000, "1104": 0,
    "1115": [{"1199": 12, "1120": 9016}],
}  # fmt: skip
RIGHT: Row = {"items": [LINE | {"1043": 45000}]}
COMMON: Row = {"date": "2026-11-17", "basis_document": {"date": "2026-11-16", "number": "12"}}
REFUND: Row = {"type": "advance_refund", "key": "r1", "date": "2026-11-12", "tenders": {"bank_transfer": 50000}}
PAID = [payment(45000, "p1", "2026-06-03"), payment(45000, "p2", "2026-06-04")]
LOTS: Row = {"accounts": [{"id": "A", "contact": CONTACT, "advance_lots": [lot(50000)]}]}


def _restored(*replay: Row) -> Row:
    return COMMON | {"type": "restoration", "key": "s1", "replay": list(replay)}


def _corrected(right: Row | None) -> Row:
    return COMMON | {"type": "receipt_correction", "key": "f1", "receipt": "d1", "right": right}


def _issued(**fields: Any) -> Row:
    return {"issued": [ISSUED | fields]}


DAY: Row = COMMON | {
    "type": "day_total_restoration", "key": "s1", "day": "2026-06-03", "count": 2,
    "tenders": {"bank_transfer": 90000}, "vat": [{"vat_code": 11, "amount": 90000}],
}  # fmt: skip
SITUATIONS: dict[str, tuple[Row, Row]] = {
    "missing": (_restored(PAID[0]), {}),
    "missing return": (_restored(REFUND), LOTS),
    "wrong": (_corrected(RIGHT), _issued()),
    "quarantined": (_corrected(RIGHT), _issued(status="quarantined")),
    "quarantined return": (_corrected(RIGHT), _issued(status="quarantined", **{"1054": 2})),
    "superfluous": (_corrected(None), _issued()),
    "customer returns": (REFUND, LOTS),
    "mass failure, total of the day": (DAY, {}),
    "mass failure, each settlement": (_restored(*PAID), {}),
}  # fmt: skip


def _told(document: Row) -> list[Any]:
    """What the table says of a document."""
    assert ("1173" in document) == ("1174" in document)
    return [
        document["kind"],
        document["1054"],
        "lines" if document.get("items") else "totals",
        "1192" if document.get("1192") == ISSUED["1077"] else "no 1192",
        "1173" if "1173" in document else "no 1173",
    ]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['situation']}, FFD {row['ffd']}" for row in ROWS])
def test_a_situation_is_corrected_as_its_row_says(row: Row) -> None:
    given, state = SITUATIONS[row["situation"]]
    policies = {"restoration_granularity": "per_day_total"} if given["type"] == "day_total_restoration" else {}
    out = answer([given], merchant={"ffd": row["ffd"], "policies": policies}, **state)
    assert errors(out) == ([row["error"]] if "error" in row else [])
    assert [_told(document) for document in out["receipts"]] == row.get("documents", [])


def test_the_table_has_a_row_for_each_situation_and_version() -> None:
    assert {(row["situation"], row["ffd"]) for row in ROWS} == {
        (name, ffd) for name in SITUATIONS for ffd in ("1.05", "1.2")
    }
