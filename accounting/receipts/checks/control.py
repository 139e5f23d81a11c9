"""The control of what a computation made, before any of it is stored: nothing unsound reaches a device."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import HeldPayment, MerchantRules
from accounting.receipts.checks.findings import Finding
from accounting.receipts.checks.receipt import check_receipt
from accounting.receipts.checks.rules import Severity
from accounting.receipts.corrections.corrector import KEY_PREFIX, is_reversal
from accounting.receipts.corrections.events import ReceiptCorrection
from accounting.receipts.events import AnyEvent, Restoration
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.outcome import ComputedReceipt


class Control:
    """Knows the settlement day of every event, so that taxes are judged by the date they belong to.

    ``issued``: the receipts that corrections among the events refer to.
    """

    def __init__(
        self,
        rules: MerchantRules,
        events: Sequence[AnyEvent],
        held: Iterable[HeldPayment] = (),
        issued: Sequence[IssuedReceipt] = (),
    ) -> None:
        self._ffd = rules.ffd
        self._days: dict[str, date] = {one.payment.key: one.paid_on for one in held}
        self._settled: dict[str, date] = {}  # of documents of today about something of then
        self._wrong: dict[str, IssuedReceipt] = {}
        ordered = in_order(events, rules.policies.settlement_date_source, {})
        self._days |= {event.key: day for day, event in ordered}
        known = {one.id: one for one in issued}
        for event in events:
            if isinstance(event, ReceiptCorrection) and event.receipt in known:
                self._wrong[event.key] = known[event.receipt]
                self._settled[event.key] = known[event.receipt].settlement_day()
            elif isinstance(event, Restoration):
                for day, replayed in in_order(event.replay, rules.policies.settlement_date_source, {}):
                    key = f"{KEY_PREFIX}{replayed.key}"
                    self._days[key], self._settled[key] = event.restored_on, day

    def unsound(self, receipts: Iterable[ComputedReceipt]) -> dict[str, list[Finding]]:
        """Errors by the key of the event that made the receipt; empty when all may be registered."""
        found: dict[str, list[Finding]] = {}
        for computed in receipts:
            errors = self._errors(computed)
            if errors:
                found.setdefault(computed.event_key, []).extend(errors)
        return found

    def _errors(self, computed: ComputedReceipt) -> list[Finding]:
        key, receipt = computed.event_key, computed.receipt
        day = self._days.get(key)
        if receipt.correction is None:
            day = self._settled.get(key, day)
        findings = check_receipt(receipt, ffd=self._ffd, settled_on=day)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR] if findings else findings
        wrong = self._wrong.get(key)
        if errors and wrong is not None and is_reversal(receipt, wrong.document.receipt):
            # It copies tag by tag what the tax service has accepted, mistakes and all (receipt rules 6.1).
            return [finding for finding in errors if finding.rule in _OF_CORRECTIONS]
        return errors


_OF_CORRECTIONS: Final = frozenset(
    {"1173", "1178", "1179", "correction_lines", "form31_sign", "form31_lines", "cp866", "control_characters"}
)
"""What makes a document a correction, and texts that no device takes: what was registered cannot have had those."""
