"""Texts that are longer than any document takes: they are judged, and nothing of them stays in memory."""

import msgspec

from accounting.receipts.checks import invariants, texts
from accounting.receipts.checks.receipt import check_receipt
from tests.unit.accounting.test_receipt_checks import GOOD, LINE


def rules(**fields: object) -> set[str]:
    receipt = msgspec.structs.replace(GOOD, lines=(msgspec.structs.replace(LINE, **fields),))
    return {finding.rule for finding in check_receipt(receipt)}


def test_long_texts_are_judged_as_short_ones_and_not_kept() -> None:
    """Thousands of texts are remembered; were they a megabyte each, they would be gigabytes."""
    assert rules() == set()
    kept = texts._is_clean.cache_info().currsize, invariants._is_printable.cache_info().currsize
    long = "О" * 1_000_000
    assert {"1030", "1191"} <= rules(name=long, additional=long)
    assert "cp866" not in rules(name=long)
    assert "control_characters" in rules(additional=long + "\n")
    assert (texts._is_clean.cache_info().currsize, invariants._is_printable.cache_info().currsize) == kept
    assert "cp866" in rules(additional="₽" + long)
