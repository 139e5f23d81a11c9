"""Why a receipt looks as it does: the order of the money, the meaning of the event, the role of a correction."""

from collections.abc import Iterator

from accounting.receipts.codes import PREPAYMENTS, FfdVersion
from accounting.receipts.corrections.events import ReceiptCorrection
from accounting.receipts.events import (
    AdvanceRefund,
    AdvanceTransfer,
    Charge,
    CounterOffset,
    DebtWriteOff,
    Payment,
    PaymentIdentification,
    PaymentReversal,
    PeriodClose,
    Recalculation,
    ServiceRefund,
)
from accounting.receipts.explanation import rule_texts as rules
from accounting.receipts.explanation.scene import Role, Scene
from accounting.receipts.wording import day_text, month_text, translated

_DEBTS = frozenset({"debt", "off_balance"})


def reasons(scene: Scene) -> Iterator[str]:
    """The reasons, the most important first."""
    if scene.role.corrects():
        yield from _correcting(scene)
    if scene.role in (Role.ORDINARY, Role.MISSING):
        yield from _order_of_money(scene)
        yield from _meaning(scene)


def _correcting(scene: Scene) -> Iterator[str]:
    receipt = scene.computed.receipt
    yield translated(_role(scene))
    if receipt.additional is not None:
        yield translated(rules.NAMED_WRONG, fiscal_sign=receipt.additional)
    if receipt.correction is not None:
        text = rules.BASIS_DAY if scene.rules.ffd is FfdVersion.FFD_1_05 else rules.CORRECTED_DAY
        yield translated(text, day=day_text(receipt.correction.settled_on))


def _role(scene: Scene) -> str:
    if scene.role is Role.MISSING:
        if scene.computed.receipt.correction is None:
            return rules.MISSING_RETURN
        return rules.MISSING_TOTALS if scene.rules.ffd is FfdVersion.FFD_1_05 else rules.MISSING_IN_FULL
    if scene.role is Role.REVERSING:
        superfluous = isinstance(scene.event, ReceiptCorrection) and scene.event.right is None
        return rules.SUPERFLUOUS if superfluous else rules.REVERSING
    return rules.NOT_ACCEPTED if scene.role is Role.NOT_ACCEPTED else rules.RIGHT


def _order_of_money(scene: Scene) -> Iterator[str]:
    """Why incoming money went where it went (receipt rules 4.1 [M] [I])."""
    targets: set[str] = {row.target for row in scene.rows}
    yield from _designated(scene)
    if "costs" in targets:
        yield translated(rules.COSTS_FIRST)
    if "debt" in targets:
        enough = scene.paid_debts() >= scene.open_debts()
        yield translated(rules.ENOUGH_FOR_ALL if enough else rules.ALLOCATION[scene.rules.policies.allocation])
    if "off_balance" in targets:
        yield translated(rules.OFF_BALANCE)
    if "penalty" in targets:
        yield translated(rules.PENALTY_LAST)
    if "suspense" in targets:
        yield translated(rules.UNKNOWN_PAYER)
    elif "advance" in targets:
        yield from _advance(scene, targets)
    if sum(row.target == "advance" for row in scene.rows) > 1:
        yield translated(rules.ADVANCE_BY_RATES)


def _designated(scene: Scene) -> Iterator[str]:
    event = scene.event
    designation = event.designation if isinstance(event, Payment | CounterOffset) else None
    if designation is None:
        return
    purpose = getattr(designation, "purpose", None)
    named = [
        month_text(designation.period) if designation.period else "",
        scene.service(designation.service),
        translated(rules.PURPOSES[purpose]) if purpose else "",
    ]
    yield translated(rules.DESIGNATED, named=", ".join(name for name in named if name))


def _advance(scene: Scene, targets: set[str]) -> Iterator[str]:
    designation = scene.event.designation if isinstance(scene.event, Payment) else None
    if designation is not None and designation.purpose == "advance":
        return
    left = [] if scene.before is None else list(scene.before.debts)
    if any(not debt.delivered for debt in left) and scene.paid_debts() < scene.open_debts():
        yield translated(rules.UNDELIVERED)
    elif scene.paid_debts() < scene.open_debts():
        yield translated(rules.TIME_BARRED)
    elif targets == {"advance"}:
        yield translated(rules.BEFORE_DELIVERY)
    else:
        yield translated(rules.REST_IS_ADVANCE)


def _meaning(scene: Scene) -> Iterator[str]:
    """What the event itself asks for (receipt rules 3.5 [I])."""
    receipt = scene.computed.receipt
    before_delivery = any(line.method in PREPAYMENTS for line in receipt.lines)
    if isinstance(scene.event, PeriodClose | Charge):
        if receipt.tenders.prepaid:
            yield translated(rules.LOTS_FIRST_IN)
        if receipt.tenders.credit:
            yield translated(rules.PARTLY_ON_CREDIT if receipt.tenders.prepaid else rules.DELIVERED_ON_CREDIT)
        if before_delivery:
            yield translated(rules.ADVANCE_BACK)
    elif isinstance(scene.event, ServiceRefund):
        yield translated(rules.SERVICE_BACK)
        if receipt.tenders.prepaid or before_delivery:
            yield translated(rules.TWO_STEPS)
    elif isinstance(scene.event, Recalculation):
        yield translated(_recalculated(scene, scene.event))
    else:
        yield from (translated(text) for kind, text in _MEANINGS if isinstance(scene.event, kind))


def _recalculated(scene: Scene, event: Recalculation) -> str:
    if event.amount_kopecks > 0:
        return rules.CHARGE_UP
    return rules.CREDIT_DOWN if scene.computed.receipt.tenders.credit else rules.PAID_DOWN


_MEANINGS = (
    (AdvanceRefund, rules.ADVANCE_BACK),
    (DebtWriteOff, rules.WRITTEN_OFF),
    (PaymentReversal, rules.MIRROR),
    (AdvanceTransfer, rules.TRANSFERRED),
    (PaymentIdentification, rules.IDENTIFIED),
    (CounterOffset, rules.COUNTERED),
)
