"""Which policies chose something in a receipt, and which way (receipt rules 3.4)."""

from collections.abc import Iterator, Sequence

from accounting.receipts import explain_texts as texts
from accounting.receipts.codes import SettlementMethod, SettlementSign
from accounting.receipts.outcome import AllocationRow, ComputedReceipt
from accounting.receipts.policy import POLICY_KEYS, Policies
from accounting.receipts.wording import translated

_BY_KEY = {row.key: row for row in POLICY_KEYS}


def policies_that_chose(policies: Policies, receipt: ComputedReceipt, rows: Sequence[AllocationRow]) -> list[str]:
    """A sentence for each policy whose value shows in the receipt; the values stand as settings write them."""
    found = []
    for key in dict.fromkeys(_keys(receipt, rows)):
        row = _BY_KEY[key]
        value = str(getattr(policies, key))
        found.append(
            translated(texts.POLICY, question=translated(row.question), value=value, key=key, source=row.source)
        )
    return found


def _keys(receipt: ComputedReceipt, rows: Sequence[AllocationRow]) -> Iterator[str]:
    content = receipt.receipt
    methods = {line.method for line in content.lines}
    targets = {row.target for row in rows}
    if {"debt", "off_balance"} & targets:
        yield "allocation"
    if methods & {SettlementMethod.CREDIT, SettlementMethod.CREDIT_PAYMENT} or "debt" in targets:
        yield "postpaid_mode"
    if SettlementMethod.CREDIT_PAYMENT in methods:
        yield "credit_payment_vat"
    if SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT in methods:
        yield "partial_delivery"
    if "advance" in targets:
        yield "prepaid_sign"
        yield "overpay"
    if "suspense" in targets:
        yield "unknown_payer"
    if "penalty" in targets:
        yield "penalty_receipt"
    if content.tenders.prepaid and content.sign is SettlementSign.INCOME:
        yield "offset_timing"
    if receipt.consolidated is not None:
        yield "consolidated_lines"
    if len(content.lines) > 1:
        yield "vat_total"
