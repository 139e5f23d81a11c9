"""The control of receipts that others made, just as they stand: nothing is derived, nothing is put right.

An import (``receipt_dialects``) takes receipts over and fills what they lack; here the question is only what is wrong
with them. FFD 1.05 unless the receipt itself shows 1.2: that is the version in which such receipts come.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast

import msgspec

from accounting.receipts.checks.findings import Finding
from accounting.receipts.checks.receipt import check_receipt, may_be_registered
from accounting.receipts.codes import FfdVersion, TaxationSystem
from accounting.receipts.model import Receipt, ReceiptLine
from accounting.reconciliation.foreign_reading import read_receipt
from accounting.reconciliation.foreign_receipt import ForeignLine, ForeignReceipt
from accounting.reconciliation.import_findings import Refused


class CheckedReceipt(msgspec.Struct, frozen=True):
    """One line of a file, by its number from 1. ``unreadable`` says why nothing could be checked."""

    number: int
    findings: tuple[Finding, ...] = ()
    unreadable: str | None = None

    def has_errors(self) -> bool:
        """Whether a register must not take it."""
        return self.unreadable is not None or not may_be_registered(list(self.findings))

    def is_clean(self) -> bool:
        """Whether nothing at all was found."""
        return self.unreadable is None and not self.findings


class RuleCount(msgspec.Struct, frozen=True):
    """How often a rule is broken; ``example`` is the message of the first finding."""

    rule: str
    severity: str
    source: str
    receipts: int
    findings: int
    example: str
    action: str


def as_printed(foreign: ForeignReceipt) -> Receipt:
    """The receipt with every value that it states and no other; an unknown 1055 is 0."""
    # A zero total beside lines of other codes is how services fill a field, not what the receipt says.
    on_lines = {line.vat_code for line in foreign.lines}
    taxation = foreign.taxation if foreign.taxation is not None else cast(TaxationSystem, 0)
    return Receipt(
        sign=foreign.sign,
        taxation=taxation,
        lines=tuple(_line(line) for line in foreign.lines),
        tenders=foreign.tenders,
        total_kopecks=foreign.total_kopecks,
        vat_totals=tuple(total for total in foreign.vat_totals if total.kopecks or total.code in on_lines),
        contact=foreign.contact,
        agent_sign=foreign.agent_sign,
        user_requisite=foreign.user_requisite,
        additional=foreign.additional,
        internet=foreign.internet,
        sender_email=foreign.sender_email,
    )


def _line(line: ForeignLine) -> ReceiptLine:
    return ReceiptLine(
        name=line.name,
        price_kopecks=line.price_kopecks,
        sum_kopecks=line.sum_kopecks,
        method=line.method,
        subject=line.subject,
        vat_code=line.vat_code,
        quantity_micro=line.quantity_micro,
        vat_kopecks=line.vat_kopecks,
        measure=line.measure,
        measure_text=line.measure_text,
        agent=line.agent,
        additional=line.additional,
    )


def check_file(lines: Iterable[bytes]) -> Iterator[CheckedReceipt]:
    """Each line as a checked receipt, in order; empty lines are passed over. Never raises for what a line holds."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            foreign = read_receipt(line.strip())
        except Refused as refused:
            met = f" ({refused.detail})" if refused.detail else ""
            yield CheckedReceipt(number, unreadable=f"{refused.field}: {refused.reason}{met}")
            continue
        in_1_2 = any(line.measure for line in foreign.lines)
        ffd = FfdVersion.FFD_1_2 if in_1_2 else FfdVersion.FFD_1_05
        yield CheckedReceipt(number, tuple(check_receipt(as_printed(foreign), ffd=ffd, settled_on=foreign.settled_on)))


def count_rules(checked: Iterable[CheckedReceipt]) -> list[RuleCount]:
    """Broken rules, errors first, inside that the commonest first."""
    receipts: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    first: dict[str, Finding] = {}
    for one in checked:
        receipts.update({finding.rule for finding in one.findings})
        findings.update(finding.rule for finding in one.findings)
        for finding in one.findings:
            first.setdefault(finding.rule, finding)
    counts = [
        RuleCount(
            rule, finding.severity, finding.source, receipts[rule], findings[rule], finding.message, finding.action
        )
        for rule, finding in first.items()
    ]
    return sorted(counts, key=lambda count: (count.severity, -count.receipts, count.rule))
