"""Which policies chose something in a receipt, and which way (receipt rules 3.4)."""

from collections.abc import Iterator

from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign
from accounting.receipts.corrections.events import DayTotalRestoration
from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceTransfer,
    Charge,
    DebtWriteOff,
    Payment,
    PeriodClose,
    Recalculation,
    ServiceRefund,
)
from accounting.receipts.explanation import rule_texts as rules
from accounting.receipts.explanation.scene import Role, Scene
from accounting.receipts.model import ReceiptLine
from accounting.receipts.policy import POLICY_KEYS, AdvanceVat
from accounting.receipts.policy_words import words_of
from accounting.receipts.wording import translated

_BY_KEY = {row.key: row for row in POLICY_KEYS}
_BEFOREHAND = frozenset({SettlementMethod.FULL_PREPAYMENT, SettlementMethod.PREPAYMENT})


def policies_that_chose(scene: Scene) -> Iterator[str]:
    """A sentence for each policy whose value shows in the receipt: in words, and as settings write it."""
    for key in dict.fromkeys(_keys(scene)):
        row = _BY_KEY[key]
        value = getattr(scene.rules.policies, key)
        yield translated(
            rules.POLICY,
            question=translated(row.question),
            words=translated(words_of(key, value)),
            key=key,
            value=str(value),
            source=translated(row.source),
        )


def _keys(scene: Scene) -> Iterator[str]:
    if scene.role in (Role.ORDINARY, Role.MISSING):
        yield from _of_money(scene)
        yield from _of_lines(scene)
        yield from _of_event(scene)
    if scene.restored_on is not None:
        yield "restore_only_missing"
        if scene.rules.ffd is FfdVersion.FFD_1_05:
            yield "restoration_granularity"
    if isinstance(scene.event, DayTotalRestoration):
        yield "restoration_granularity"


def _of_money(scene: Scene) -> Iterator[str]:
    """Policies that divide incoming money."""
    targets = {row.target for row in scene.rows}
    if "debt" in targets and scene.paid_debts() < scene.open_debts():
        yield "allocation"
    if "advance" in targets:
        before = scene.before
        if before is not None and before.plan is not None:
            yield "prepaid_sign"
        if len(targets) > 1:
            yield "overpay"
        if _advance_rate_was_chosen(scene):
            yield "advance_vat"
    if "suspense" in targets:
        yield "unknown_payer"
    if "penalty" in targets:
        yield "penalty_receipt"
    if isinstance(scene.event, Payment) and scene.event.registered_on:
        yield "settlement_date_source"


def _advance_rate_was_chosen(scene: Scene) -> bool:
    by_rate = sum(row.target == "advance" for row in scene.rows) > 1
    return by_rate or scene.rules.policies.advance_vat is AdvanceVat.SINGLE


def _of_lines(scene: Scene) -> Iterator[str]:
    """Policies that the lines, forms and totals show."""
    receipt = scene.computed.receipt
    methods = {line.method for line in receipt.lines}
    if methods & {SettlementMethod.CREDIT, SettlementMethod.CREDIT_PAYMENT} or _pays_debt(scene):
        yield "postpaid_mode"
    if SettlementMethod.CREDIT_PAYMENT in methods:
        yield "credit_payment_vat"
    if methods & _BEFOREHAND:
        yield "prepaid_sign"
    if _share_a_code(receipt.lines):
        yield "vat_total"
    if scene.computed.consolidated is not None:
        yield "consolidated_lines"
    if scene.computed.part is not None:
        yield "max_lines"
        yield "max_sum"
    if receipt.contact == "none" or (receipt.contact is not None and receipt.contact == scene.rules.email):
        yield "contact_fallback"


def _pays_debt(scene: Scene) -> bool:
    return any(row.target in ("debt", "off_balance") for row in scene.rows)


def _share_a_code(lines: tuple[ReceiptLine, ...]) -> bool:
    """Only several lines under one code can be added up in two ways (receipt rules 4.4)."""
    return len({line.vat_code for line in lines}) < len(lines)


def _of_event(scene: Scene) -> Iterator[str]:
    """Policies that only one kind of event knows."""
    event, receipt = scene.event, scene.computed.receipt
    is_return = receipt.sign is SettlementSign.INCOME_RETURN
    if isinstance(event, PeriodClose | Charge) and receipt.tenders.prepaid:
        yield "partial_delivery" if receipt.tenders.credit else "offset_timing"
    elif isinstance(event, PeriodClose) and is_return:
        yield "refund_timing"
    elif isinstance(event, AdvanceRefund):
        yield "refund_lot_order"
        yield "refund_timing"
    elif isinstance(event, ServiceRefund):
        if receipt.tenders.prepaid or any(line.method is SettlementMethod.ADVANCE for line in receipt.lines):
            yield "refund_of_offset"
    elif isinstance(event, Recalculation):
        if event.amount_kopecks < 0 and not receipt.tenders.credit:
            yield "reoffset"
    elif isinstance(event, DebtWriteOff):
        yield "write_off"
    elif isinstance(event, AdvanceTransfer) and event.source != event.target:
        yield "transfer_between_accounts"
