"""The plan of an order: which documents would be issued, why, and what cannot be done. For people, before or after."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.checks.findings import Finding
from accounting.receipts.compute import Outcome
from accounting.receipts.corrections.events import ReceiptCorrection
from accounting.receipts.events import AnyEvent
from accounting.receipts.explanation.explain import explain
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.batch import Problem

EXPLAINED: Final = 20
"""Documents of a restoration that are explained: each explanation replays the events before it."""


class PlannedDocument(msgspec.Struct, frozen=True):
    """A document that would be issued. ``corrects``: the receipt that is wrong; ``unsound``: why it could not go.

    ``explanation``: why it looks as it does; null beyond the first 20 of a restoration.
    """

    event_key: str
    account: str | None
    corrects: str | None
    receipt: Receipt
    explanation: str | None
    unsound: list[str]


class CorrectionPlan(msgspec.Struct, frozen=True):
    """What would be issued, in order, and what cannot be done with its reason. Issued it is only when nothing is
    refused and nothing unsound."""

    documents: list[PlannedDocument]
    refused: list[Problem]


class Planned(msgspec.Struct, frozen=True):
    """An order computed: everything that a plan is told from. ``unsound``: what the control says, by event key."""

    rules: MerchantRules
    books: Books
    events: Sequence[AnyEvent]
    issued: Sequence[IssuedReceipt]
    outcome: Outcome
    refused: list[Problem]
    unsound: dict[str, list[Finding]]

    def words(self, one: ComputedReceipt) -> str:
        """Why one of its documents looks as it does."""
        return explain(self.rules, self.books, self.events, self.outcome, one, tuple(self.issued)).text()


def plan(planned: Planned) -> CorrectionPlan:
    """The documents, each explained and with what the control says of it."""
    documents = [_document(planned, place, one) for place, one in enumerate(planned.outcome.receipts)]
    return CorrectionPlan(documents, planned.refused)


def unsound_documents(planned: Planned, place_of: Callable[[str], str]) -> list[Problem]:
    """Documents that may not go to a device, as problems; ``place_of``: the field of an event key."""
    return [
        Problem("unsound_receipt", " ".join(_said(one) for one in findings), place_of(key), None, key)
        for key, findings in planned.unsound.items()
    ]


def _said(finding: Finding) -> str:
    return f"{finding.message} {finding.action}"


def _document(planned: Planned, place: int, one: ComputedReceipt) -> PlannedDocument:
    corrects = corrected_by(planned.events, one.event_key)
    text = planned.words(one) if corrects is not None or place < EXPLAINED else None
    return PlannedDocument(
        event_key=one.event_key,
        account=one.account,
        corrects=corrects,
        receipt=one.receipt,
        explanation=text,
        unsound=[_said(finding) for finding in planned.unsound.get(one.event_key, ())],
    )


def corrected_by(events: Sequence[AnyEvent], key: str) -> str | None:
    """The receipt that the event of this key corrects."""
    return next((one.receipt for one in events if isinstance(one, ReceiptCorrection) and one.key == key), None)
