"""The marks of the receipt rules are kept: what is from memory [M] or inferred [I] says so in docstrings and to users.

The list of marks stands in ``data/receipt-rule-marks.csv``. What is compared: sections, and single items where the
product names them one by one: policies.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounting.receipts.checks.rules import RULES
from accounting.receipts.explanation import rule_texts as explain_rules
from accounting.receipts.explanation import sentences as explain_texts
from accounting.receipts.policy import POLICY_KEYS
from accounting.receipts.which import deadlines as which_deadlines
from accounting.receipts.which.table import ROWS

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "accounting" / "receipts").rglob("*.py"))
SECTION = r"(?<![\w.])(?:[257]|3\.[1-7]|4\.[1-5]|6\.[1-3])(?![\d.]*\d)"

Marked = set[tuple[str, str]]


def _listed() -> list[dict[str, str]]:
    text = (ROOT / "tests" / "data" / "receipt-rule-marks.csv").read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


LISTED = _listed()

NOT_COMPUTED = {
    ("8", "M"): "what registers and their owners must do: no receipt's content",
    ("8", "I"): "the same",
    ("7", "M"): "the income up to which a company has no VAT: its catalogue says which rate it has",
    ("6.3", "M"): "fines and their limitation: no document depends on them",
}
NOT_SHOWN = NOT_COMPUTED | {
    ("4.5", "M"): "an advance for exempt services has no VAT: the text says that there is none, which nobody doubts",
    ("5", "M"): "that telecom may have consolidated receipts stands in the law of the explanation, without the section",
    ("3.4", "M"): "the prepaid sign: in the words of the policy, see below",
    ("4.2", "I"): "properties of the split, which tests prove",
    ("3.7", "I"): "the same rules as notes in pseudo-code: told as 3.5",
    ("3.6", "I"): "order and repeats of events: no receipt tells of them",
}


def _marks(text: str) -> set[str]:
    return set(re.findall(r"\[([MI])\]", text))


def _cited(text: str) -> Iterator[tuple[str, str]]:
    """Marks of each citation, given to the sections since the mark before."""
    for citation in re.findall(r"rules (\d[^()\n]*)", text):
        sections: list[str] = []
        marked = False
        for token in re.findall(rf"{SECTION}|\[[MI]\]", citation):
            if token.startswith("["):
                yield from ((section, token[1]) for section in sections)
                marked = True
            else:
                sections = [token] if marked else [*sections, token]
                marked = False


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)


def _told(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        for section, marks in re.findall(rf"п\. ({SECTION})[^\[\]]*((?:\[[C1MIP]\][ ,;]*)+)", text):
            yield from ((section, mark) for mark in _marks(marks))


def _shown() -> Marked:
    modules = (explain_rules, explain_texts, which_deadlines)
    texts = [text for module in modules for value in vars(module).values() for text in _texts(value)]
    found = set(_told([*texts, *(rule.source for rule in RULES.values())]))
    for row in ROWS:
        found |= {
            (section, mark)
            for section in re.findall(SECTION, re.sub(r"(\d\.\d)\.\d", r"\1", row.rule))
            for mark in _marks(row.law)
        }
    for key in POLICY_KEYS:
        found |= {(section, mark) for section in re.findall(SECTION, key.source) for mark in _marks(key.source)}
        found |= {("3.4", mark) for mark in _marks(key.source)}
    return found


IN_DOCSTRINGS: Marked = {pair for path in SOURCES for pair in _cited(path.read_text("utf-8"))}
SHOWN: Marked = _shown()
OF_REFERENCE: Marked = {(row["section"], row["mark"]) for row in LISTED}


def test_the_list_is_whole() -> None:
    """123 marks in sections 2 to 8; a list that lost rows would prove less and nobody would see it."""
    assert sum(int(row["count"]) for row in LISTED) == 123
    assert len(OF_REFERENCE) == 29


@pytest.mark.parametrize(("section", "mark"), sorted(OF_REFERENCE - NOT_COMPUTED.keys()))
def test_a_docstring_keeps_the_mark_of_its_rule(section: str, mark: str) -> None:
    assert (section, mark) in IN_DOCSTRINGS


@pytest.mark.parametrize(("section", "mark"), sorted(OF_REFERENCE - NOT_SHOWN.keys()))
def test_an_explanation_shows_the_mark_of_its_rule(section: str, mark: str) -> None:
    assert (section, mark) in SHOWN


def test_no_exception_is_idle_and_no_mark_invented() -> None:
    assert NOT_SHOWN.keys() <= OF_REFERENCE
    assert IN_DOCSTRINGS.isdisjoint(NOT_COMPUTED)
    assert IN_DOCSTRINGS <= OF_REFERENCE
    assert SHOWN <= OF_REFERENCE


def test_every_policy_is_marked_as_its_row() -> None:
    marks: dict[str, set[str]] = defaultdict(set)
    for row in LISTED:
        if row["section"] == "3.4":
            marks[row["item"]].add(row["mark"])
    assert {key.key: found for key in POLICY_KEYS if (found := _marks(key.source))} == dict(marks)


WHOLLY_INFERRED = re.compile(r"rules [^()\n]*(?:3\.3|3\.5 [a-l]\b|3\.6|4\.5)[^()\n]*")


def test_no_docstring_cites_an_inferred_rule_without_saying_so() -> None:
    silent = [
        f"{path.name}: {found}"
        for path in SOURCES
        for found in WHOLLY_INFERRED.findall(path.read_text("utf-8"))
        if "[I]" not in found
    ]
    assert silent == []
