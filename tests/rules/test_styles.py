"""Style sheets close what they open: a brace lost in one rule silently swallows all that stand below it."""

import re
from pathlib import Path

import pytest

from tests.rules.sources import files, place

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SHEETS = files(".css", "admin/static")


def unclosed(sheet: str) -> list[str]:
    """Rules inside of which, without being a group of rules (@media), another one begins; or a brace too many."""
    opened: list[str] = []
    found: list[str] = []
    for before, brace in re.findall(r"([^{}]*)([{}])", _COMMENT.sub("", sheet)):
        head = before.rpartition(";")[2].strip()
        if brace == "{":
            found += [one for one in opened if not one.startswith("@")]
            opened.append(head)
        elif not opened:
            found.append(head)
        else:
            opened.pop()
    return found + opened


@pytest.mark.parametrize("path", SHEETS, ids=place)
def test_every_rule_of_a_style_sheet_is_closed(path: Path) -> None:
    assert unclosed(path.read_text("utf-8")) == []


def test_the_rule_sees_a_rule_that_is_not_closed() -> None:
    assert unclosed("@media print { a { color: red; } } /* { */ b { margin: 0; }") == []
    assert unclosed("a { margin: 0; b { color: red; }") == ["a", "a"]
