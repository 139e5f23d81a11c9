"""docs/obligations.md shows what the program does."""

import re
from pathlib import Path

import pytest

from accounting.office.mistakes import PackRefused
from accounting.office.pack_files import COLUMNS, read_pack
from accounting.receipts.wording import in_language
from tests.unit.office.test_pack_files import GOOD, HEAD, table_of

DOCUMENT = (Path(__file__).parents[3] / "docs/obligations.md").read_text("utf-8")


def test_example_of_the_document_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    exec(compile(example, "docs/obligations.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 11
    assert "2026-04-28 УСН: авансовый платеж 2026-Q1" in printed


def test_mistake_of_the_document_is_told_so() -> None:
    with in_language("en"), pytest.raises(PackRefused) as refused:
        read_pack(HEAD, table_of(GOOD, {**GOOD, "code": "RU-Y", "due_rule": "M+1:D99"}))
    with in_language("en"):
        (mistake,) = refused.value.mistakes
        assert f"```text\n{mistake.text()}\n```" in DOCUMENT


def test_columns_of_the_document_are_those_of_the_files() -> None:
    rows = re.findall(r"^\| (`.*?) \|", DOCUMENT, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named <= set(COLUMNS)
    assert {"due_rule", "shift", "condition", "period", "months"} <= named
