"""The control of what a computation made, before any of it is stored: nothing unsound reaches a device."""

from collections.abc import Iterable, Sequence
from datetime import date

from accounting.receipts._reference.order import in_order
from accounting.receipts.books import HeldPayment, MerchantRules
from accounting.receipts.check_findings import Finding
from accounting.receipts.check_rules import Severity
from accounting.receipts.checks import check_receipt
from accounting.receipts.events import AnyEvent
from accounting.receipts.outcome import ComputedReceipt


class Control:
    """Knows the settlement day of every event, so that taxes are judged by the date they belong to."""

    def __init__(self, rules: MerchantRules, events: Sequence[AnyEvent], held: Iterable[HeldPayment] = ()) -> None:
        self._ffd = rules.ffd
        self._days: dict[str, date] = {one.payment.key: one.paid_on for one in held}
        ordered = in_order(events, rules.policies.settlement_date_source, {})
        self._days |= {event.key: day for day, event in ordered}

    def unsound(self, receipts: Iterable[ComputedReceipt]) -> dict[str, list[Finding]]:
        """Errors by the key of the event that made the receipt; empty when all may be registered."""
        found: dict[str, list[Finding]] = {}
        for computed in receipts:
            day = self._days.get(computed.event_key)
            findings = check_receipt(computed.receipt, ffd=self._ffd, settled_on=day)
            errors = [finding for finding in findings if finding.severity is Severity.ERROR] if findings else findings
            if errors:
                found.setdefault(computed.event_key, []).extend(errors)
        return found
