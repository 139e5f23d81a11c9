"""The told stories reach what they claim: a story without held money proves nothing about held money."""

from collections import Counter

import pytest

from accounting.receipts.cases.run import run_case
from tests.storage.random_stories import Teller

STORIES = 60


@pytest.fixture(scope="module")
def reached() -> "Counter[str]":
    """In how many stories each part of the answer was not empty."""
    found: Counter[str] = Counter()
    for number in range(STORIES):
        out = run_case({"id": "story", "in": Teller(number).history()})
        found.update(name for name, rows in out.items() if rows)
        found.update({row["rule"] for row in out.get("anomalies", [])})
        found.update({row["code"] for row in out.get("errors", [])})
    return found


@pytest.mark.parametrize(
    "name",
    ["held", "suspense", "pending_refunds", "withdrawn", "unfiscalised", "expected_foreign_receipts",
     "micro_payment_unlock", "internet_sale_without_contact", "payment_no_longer_reversible"],
)  # fmt: skip
def test_stories_reach(name: str, reached: "Counter[str]") -> None:
    assert reached[name] >= 2
