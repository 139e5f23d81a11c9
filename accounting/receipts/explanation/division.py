"""Where the money went, why there, and with which tax: the middle of an explanation (``explain``)."""

from collections.abc import Iterator
from datetime import date

from accounting.receipts.calendar import last_day
from accounting.receipts.checks.invariants import CALCULATED, WITHOUT_TAX
from accounting.receipts.codes import SettlementMethod, SettlementSign, VatCode
from accounting.receipts.explanation import rule_texts as rules
from accounting.receipts.explanation import sentences as texts
from accounting.receipts.explanation.scene import Role, Scene
from accounting.receipts.model import Receipt, ReceiptLine, VatTotal
from accounting.receipts.outcome import AllocationRow
from accounting.receipts.policy import PenaltyReceipt
from accounting.receipts.vat import rate_of
from accounting.receipts.wording import month_text, roubles, translated

LINES_MOST = 12
"""Lines that are told one by one; a consolidated receipt has many more."""

_RETURNS = frozenset({SettlementSign.INCOME_RETURN, SettlementSign.EXPENSE_RETURN})


def division(scene: Scene) -> Iterator[str]:
    """How incoming money was divided; of a receipt without incoming money its lines."""
    if scene.role in (Role.ORDINARY, Role.MISSING) and scene.rows:
        by_rate = sum(row.target == "advance" for row in scene.rows) > 1
        for row in scene.rows:
            yield _part(scene, row, by_rate=by_rate)
        return
    receipt = scene.computed.receipt
    if not receipt.lines:
        yield translated(texts.TOTALS_ONLY)
    told = receipt.lines if len(receipt.lines) <= LINES_MOST else receipt.lines[: LINES_MOST - 2]
    for line in told:
        yield _line(receipt, line)
    rest = receipt.lines[len(told) :]
    if rest:
        yield translated(texts.MORE_LINES, count=len(rest), amount=roubles(sum(line.sum_kopecks for line in rest)))


def _part(scene: Scene, row: AllocationRow, *, by_rate: bool) -> str:
    target: str = row.target
    if target == "penalty" and scene.rules.policies.penalty_receipt is PenaltyReceipt.NONE:
        target = "penalty_without_line"
    if target == "advance" and by_rate and row.vat_code is not None:
        target = "advance_by_rate"
    return translated(
        texts.TARGETS[target],
        amount=roubles(row.amount_kopecks),
        period=month_text(row.period) if row.period else "",
        service=scene.service(row.service),
        rate=_rate_of_part(row.vat_code),
    )


def _rate_of_part(code: VatCode | None) -> str:
    if code is None or code is VatCode.NO_VAT:
        return translated(texts.NO_VAT)
    return translated(texts.RATE, rate=rate_text(code, None))


def _line(receipt: Receipt, line: ReceiptLine) -> str:
    words = texts.RETURNED_LINES if receipt.sign in _RETURNS else texts.LINES
    amount = roubles(line.sum_kopecks)
    if line.method is None:
        return f"{line.name}: {amount}"
    return translated(words[line.method], name=line.name, amount=amount)


def rate_text(code: VatCode, on: date | None) -> str:
    """A rate as people write it: 22%, 22/122, 18% before 2019."""
    part, whole = rate_of(code, on or date.max)
    return f"{part}/{whole}" if code in CALCULATED else f"{part}%"


def vat(scene: Scene) -> Iterator[str]:
    """Each VAT total of the receipt: rate, tax, amount, and which day the rate belongs to."""
    receipt = scene.computed.receipt
    for total in receipt.vat_totals:
        lines = [line for line in receipt.lines if line.vat_code is total.code]
        yield _total(scene, total, lines)


def _total(scene: Scene, total: VatTotal, lines: list[ReceiptLine]) -> str:
    receipt = scene.computed.receipt
    periods = sorted({line.period for line in lines if line.period is not None})
    if total.code in WITHOUT_TAX:
        kind = "zero" if total.code is VatCode.VAT_0 else "untaxed"
        if any(line.method is SettlementMethod.CREDIT_PAYMENT and line.vat_code is VatCode.NO_VAT for line in lines):
            kind = "credit_payment"
    elif scene.role.corrects():
        kind = "correction"
    elif receipt.sign in _RETURNS:
        kind = "return"
    elif total.code in CALCULATED:
        kind = "advance"
    else:
        kind = "delivery" if periods else "delivery_undated"
    amount = sum(line.sum_kopecks for line in lines) or receipt.total_kopecks
    without_tax = total.code in WITHOUT_TAX
    return translated(
        rules.VAT[kind],
        rate=rate_text(total.code, _rate_day(scene, periods)),
        tax=roubles(total.kopecks),
        amount=roubles(total.kopecks if without_tax else amount),
        periods=", ".join(month_text(period) for period in periods),
    )


def _rate_day(scene: Scene, periods: list[str]) -> date | None:
    """A day on which the rate was in force: 18 and 20 per cent share their codes."""
    if periods:
        return last_day(periods[-1])
    correction = scene.computed.receipt.correction
    if correction is not None:
        return correction.settled_on
    return getattr(scene.event, "paid_on", None)
