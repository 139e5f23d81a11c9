"""What a receipt may not be, looked at before it is written: the rules of ``check.py`` that cost nothing. FFD 3.3, 3.4.

These run for every receipt on its way to a device, so they are integer arithmetic on the typed receipt; the whole
tables are for documents that exist already.
"""

from functools import lru_cache

from accounting.receipts.codes import FfdVersion, SettlementSign, VatCode
from accounting.receipts.model import QUANTITY_ONE, Agent, Correction, Receipt, ReceiptLine
from accounting.receipts.vat import total_tag
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.meanings import meaning, meanings
from kkt_drivers.ffd.text import encode_text
from kkt_drivers.kkt import ReceiptOrder

MAX_PASSED = 30 * 1024
"""Most bytes that an FN takes by 07h for a receipt or a correction. FN protocol 7."""

BY_ORDER = 1
"""Value of 1173: the tax office ordered the correction."""

_KINDS = (0, BY_ORDER)
_SIGNS_OF_1_05_CORRECTION = (SettlementSign.INCOME, SettlementSign.EXPENSE)


@lru_cache(maxsize=1024)
def is_inn(text: str) -> bool:
    """Whether this could be an INN: 10 digits of an organisation or 12 of a person, spaces at the ends passed over."""
    inn = text.strip(" ")
    return inn.isascii() and inn.isdigit() and len(inn) in (10, 12)


@lru_cache(maxsize=1024)
def is_filled(text: str | None) -> bool:
    """Whether something can be read of it once it is written. Raises CodecError for a character without a stand-in."""
    return bool(text) and bool(encode_text(text or "").strip(b" "))


def refuse_receipt(order: ReceiptOrder, ffd: FfdVersion, *, with_lines: bool) -> None:
    """Raises CodecError with the tag, what is wrong and what the rule is.

    Receipts that others made are let through as far as the tables go: lines without method (1214), subject (1212) or
    VAT code (1199), which are conditional or optional, and a total that lacks the kopecks of its lines.
    """
    receipt = order.receipt
    if receipt.correction is not None:
        _refuse_correction(receipt.correction, order.filler_1179, ffd)
    elif receipt.agent_sign is not None and receipt.agent_sign.bit_count() != 1:
        raise CodecError(f"a receipt has one agent sign, not {receipt.agent_sign:#x}", tag=1057)
    total = receipt.total_kopecks
    paid = receipt.tenders.total()
    if paid != total:
        raise CodecError(
            f"the five forms of payment are {paid} kopecks, the total is {total}: they must agree", tag=1020
        )
    if total >> 48:
        raise CodecError(f"{total} kopecks do not fit into 6 bytes", tag=1020)
    if not receipt.vat_totals:
        raise CodecError(
            "a receipt has at least one VAT total; without VAT it is code 6 with the receipt's sum", tag=1105
        )
    for entry in receipt.vat_totals:
        _refuse_rate(entry.code)
    if with_lines:
        _refuse_lines(receipt, ffd)
    elif receipt.sign not in _SIGNS_OF_1_05_CORRECTION:
        raise CodecError("a correction of FFD 1.05 is income or expense only", tag=1054)


def _refuse_correction(correction: Correction, filler: str, ffd: FfdVersion) -> None:
    if correction.kind not in _KINDS:
        raise CodecError(f"a correction is of kind 0 or 1, not {correction.kind}", tag=1173)
    if is_filled(correction.order_number):
        return
    if correction.kind == BY_ORDER:
        raise CodecError("a correction by order names the order's number", tag=1179)
    if ffd is FfdVersion.FFD_1_05 and not is_filled(filler):
        raise CodecError("a correction of FFD 1.05 has a number: filler_1179 must not be empty", tag=1179)


def _refuse_lines(receipt: Receipt, ffd: FfdVersion) -> None:
    if not receipt.lines:
        raise CodecError(f"a receipt of {ffd.name} has at least one line", tag=1059)
    of_lines = 0
    for number, line in enumerate(receipt.lines, start=1):
        of_lines += line.sum_kopecks
        _refuse_line(number, line, ffd)
    total = receipt.total_kopecks
    if of_lines // 100 != total // 100:
        rule = f"the lines are {of_lines} kopecks, the total is {total}: only the kopecks may differ"
        raise CodecError(rule, tag=1020)
    codes = {line.vat_code for line in receipt.lines}
    if None not in codes:  # else nothing can be said
        for code in codes - {entry.code for entry in receipt.vat_totals}:
            rule = f"lines have the rate {meaning(1199, code or 0)}, and its total is missing"
            raise CodecError(rule, tag=total_tag(VatCode(code or 0)))


def _refuse_line(number: int, line: ReceiptLine, ffd: FfdVersion) -> None:
    if abs(line.price_kopecks * line.quantity_micro - line.sum_kopecks * QUANTITY_ONE) > QUANTITY_ONE:
        rule = f"line {number}: price by quantity is not {line.sum_kopecks} kopecks, give or take one"
        raise CodecError(rule, tag=1043)
    if line.vat_code is not None:
        _refuse_rate(line.vat_code)
    if line.subject is not None and line.subject not in meanings(1212):
        raise CodecError(f"line {number}: the order has no subject {line.subject:d}", tag=1212)
    if ffd is not FfdVersion.FFD_1_05 and line.measure not in meanings(2108):
        raise CodecError(f"line {number}: the order has no measure {line.measure}", tag=2108)
    if line.agent is not None:
        _refuse_agent(number, line.agent)


def _refuse_rate(code: int) -> None:
    if code not in meanings(1199):
        raise CodecError(f"the order has no VAT rate {code:d}", tag=1199)


def _refuse_agent(number: int, agent: Agent) -> None:
    if agent.sign.bit_count() != 1:
        raise CodecError(f"line {number}: one agent sign, not {agent.sign:#x}", tag=1222)
    operator = None if agent.data is None else agent.data.transfer_operator_inn
    for tag, inn in ((1226, agent.supplier_inn), (1016, operator or None)):
        if inn is not None and not is_inn(inn):
            raise CodecError(f"line {number}: {inn!r} is no INN of 10 or 12 digits", tag=tag)
