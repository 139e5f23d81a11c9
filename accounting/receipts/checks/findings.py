"""A finding of the control, and the list that gathers them."""

import msgspec

from accounting.receipts.checks.rules import RULES, Severity
from accounting.receipts.wording import translated


class Finding(msgspec.Struct, frozen=True):
    """A broken rule: which, how bad, where it comes from, what is wrong in this receipt and what to do about it.

    ``source`` is a section of the receipt rules with its mark of certainty; ``line`` counts from 0, None is the receipt
    as a whole.
    """

    rule: str
    severity: Severity
    source: str
    message: str
    action: str
    line: int | None = None


class Findings:
    """Findings in the order in which they were made."""

    def __init__(self) -> None:
        self.rows: list[Finding] = []

    def add(self, rule_id: str, line: int | None = None, **values: object) -> None:
        """One more, with the values that its message needs."""
        rule = RULES[rule_id]
        message = translated(rule.message, **values)
        source, action = translated(rule.source), translated(rule.action)
        self.rows.append(Finding(rule.id, rule.severity, source, message, action, line))
