"""A policy shown at work: one small case, computed with each of its values by the rules themselves. Pure."""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.cases.input import books_of, with_only_account
from accounting.receipts.cases.run import decode_case
from accounting.receipts.compute import compute
from accounting.receipts.explanation.explain import explain
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.policy import Policies
from accounting.receipts.policy_words import WORDS
from accounting.receipts.vat import ORDINARY
from accounting.receipts.wording import MARKS, translated
from admin import words
from admin.pages.explained import Section, sections_of

_MARK: Final = re.compile(r"\[(\w)\]")
CHOICE: Final = "P"


class Shown(msgspec.Struct, frozen=True):
    """A receipt of an example, with the reasons for it."""

    computed: ComputedReceipt
    kind: words.Wording
    sections: list[Section]


class Example(msgspec.Struct, frozen=True):
    """What a value of a policy leads to; ``receipts`` empty: to none. ``refusals``: why the rules refuse the case."""

    value: str
    receipts: list[Shown]
    refusals: list[str]


@cache
def _cases() -> dict[str, Any]:
    text = files("admin").joinpath("policy_examples.json").read_text("utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def has_example(key: str) -> bool:
    """Whether a policy shows in the receipts of a case: some govern imports and restorations alone."""
    return key in _cases()


def choices_of(key: str) -> list[str]:
    """Values to choose from, as they are written; empty for numbers and lists."""
    if key == "advance_vat_code":
        return ["", *(str(int(code)) for code in sorted(ORDINARY))]
    return list(WORDS.get(key, {}))


def marks_of(source: str) -> list[tuple[str, str]]:
    """How certain the ground of a policy is: mark and words; a key without one is a choice that the law leaves open."""
    found = _MARK.findall(source) or [CHOICE]
    return [(mark, translated(MARKS[mark])) for mark in found if mark in MARKS]


def show(rules: MerchantRules, key: str, value: str, policies: Policies) -> Example:
    """The case of a policy by ``policies``, a merchant's choices with this value in its place."""
    case = _cases()[key]
    chosen: dict[str, Any] = msgspec.to_builtins(policies)
    chosen |= case.get("with", {}) | case.get("value", {}).get(value, {})
    merchant = {"services": _cases()["services"], "policies": chosen, "inn": rules.inn, "email": rules.email}
    given = decode_case(
        {"id": key, "in": {"merchant": merchant, "accounts": case["accounts"], "events": case["events"]}}
    )
    ruled = given.merchant.rules()
    books = books_of(given, ruled)
    events = [with_only_account(event, given.accounts) for event in given.events]
    outcome = compute(ruled, books, events, as_of=given.as_of)
    receipts = [
        Shown(one, words.kind_of(3, one.receipt), sections_of(explain(ruled, books, events, outcome, one).text()))
        for one in outcome.receipts
    ]
    return Example(value, receipts, [error.message for error in outcome.errors])


def differ(examples: Sequence[Example]) -> bool:
    """Whether the values of a policy lead to different receipts in its case, the other choices being as they are."""
    first, *others = ([one.computed for one in example.receipts] for example in examples)
    return any(other != first for other in others)
