"""The stories of docs/receipts.md: every number in them comes out of the computation."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from accounting.receipts.cases.run import run_case
from accounting.receipts.money import text_from_kopecks

Row = dict[str, Any]
DOCUMENT = (Path(__file__).parents[3] / "docs" / "receipts.md").read_text("utf-8")
STORY = re.compile(r"^### (.+?)\n.*?^```json\n(.*?)^```\n.*?^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
STORIES: list[tuple[str, str, str]] = STORY.findall(DOCUMENT)
FORMS = ("1031", "1081", "1215", "1216", "1217")


def told(out: Row) -> str:
    """Receipts and what is left, one line each, as the stories print them."""
    rows = [_receipt(receipt) for receipt in out["receipts"]]
    for account in out["accounts"]:
        for debt in account.get("debts", []):
            rows.append(
                f"{account['id']} owes {text_from_kopecks(debt['amount'])} for {debt['service']} {debt['period']}"
            )
        for lot in account.get("advance_lots", []):
            amount = text_from_kopecks(lot["amount"])
            rows.append(f"{account['id']} has {amount} of {lot['date']}, code {lot['vat_code']}")
    return "\n".join(rows) + "\n"


def _receipt(receipt: Row) -> str:
    lines = " + ".join(
        f"{text_from_kopecks(item['1043'])} ({item['1214']}/{item['1212']}/{item['1199']})" for item in receipt["items"]
    )
    forms = " ".join(f"{tag}={text_from_kopecks(receipt[tag])}" for tag in FORMS if receipt[tag])
    taxes = {row["1199"]: row["1120"] for row in receipt.get("1115", [])}
    flat = {tag: receipt[tag] for tag in ("1102", "1103", "1105", "1106", "1107") if tag in receipt}
    vat = " ".join(f"{code}:{text_from_kopecks(tax)}" for code, tax in {**flat, **taxes}.items())
    due = receipt.get("deadline") or f"for {receipt['1174']['1178']}"
    return f"{receipt['event']}: {receipt['kind']} 1054={receipt['1054']} {lines} | {forms} | VAT {vat} | {due}"


def test_there_are_five_stories() -> None:
    assert len(STORIES) == 5


@pytest.mark.parametrize(("title", "case", "expected"), STORIES, ids=[title for title, _, _ in STORIES])
def test_story_is_true(title: str, case: str, expected: str) -> None:
    assert told(run_case({"id": title, "in": json.loads(case)})) == expected
