"""VAT of a finished receipt: code against method and date, tax of lines, totals (receipt rules 2, 7 [I]; 4.4)."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from accounting.receipts.calendar import last_day
from accounting.receipts.checks.findings import Findings
from accounting.receipts.checks.invariants import OF_PREPAYMENT, WITHOUT_TAX, suits
from accounting.receipts.codes import SettlementSign, TaxationSystem, VatCode
from accounting.receipts.model import Receipt, ReceiptLine, VatTotal
from accounting.receipts.vat import (
    GENERAL_20_FROM,
    GENERAL_22_FROM,
    NO_TAX,
    SIMPLIFIED_5_7_FROM,
    Rate,
    rate_of,
    tax_plain,
)
from accounting.receipts.wording import roubles

_UNTIL_2025: Final = frozenset({VatCode.VAT_20, VatCode.VAT_20_120})
_FROM_2026: Final = frozenset({VatCode.VAT_22, VatCode.VAT_22_122})
_OF_SIMPLIFIED: Final = frozenset({VatCode.VAT_5, VatCode.VAT_7, VatCode.VAT_5_105, VatCode.VAT_7_107})
_SIMPLIFIED: Final = frozenset({TaxationSystem.SIMPLIFIED_INCOME, TaxationSystem.SIMPLIFIED_INCOME_EXPENSE})
_RETURNS: Final = frozenset({SettlementSign.INCOME_RETURN, SettlementSign.EXPENSE_RETURN})
_SPECIAL: Final = _SIMPLIFIED | {TaxationSystem.IMPUTED, TaxationSystem.PATENT}


def check_vat(receipt: Receipt, found: Findings, settled_on: date | None) -> None:
    """Every line's code and tax, then the totals."""
    if receipt.correction is not None and receipt.lines:
        # The code is that of the corrected settlement, whose day the document names (receipt rules 6.2 [I]).
        settled_on = receipt.correction.settled_on
    possible: list[tuple[Rate, ...]] = []
    for place, line in enumerate(receipt.lines):
        code = line.vat_code
        if code is None:
            found.add("1199", place)
            continue
        if not suits(code, line.method):
            found.add("1199/1214", place, code=int(code), method=int(line.method or 0))
        _check_regime(receipt, code, place, found, settled_on)
        day = settled_on if line.period is None else _belongs_to(line, settled_on)
        if settled_on is not None:
            _check_date(receipt, line, code, place, found, day or settled_on)
        rates = _rates(receipt.sign, line, code, day)
        possible.append(rates)
        if line.vat_kopecks:  # tag 1200 is optional: nothing is said of a line that has none
            _check_tax(line, code, rates, place, found)
    _check_totals(receipt, possible, found)


def _belongs_to(line: ReceiptLine, settled_on: date | None) -> date | None:
    """A delivery belongs to the last day of its period, everything else to the settlement (receipt rules 7 [I])."""
    if line.period is not None and line.method not in OF_PREPAYMENT:
        return last_day(line.period)
    return settled_on


def _first_day(code: VatCode) -> date | None:
    if code in _FROM_2026:
        return GENERAL_22_FROM
    return SIMPLIFIED_5_7_FROM if code in _OF_SIMPLIFIED else None


def _check_date(receipt: Receipt, line: ReceiptLine, code: VatCode, place: int, found: Findings, day: date) -> None:
    first = _first_day(code)
    if first is not None and day < first:
        found.add("vat_date", place, code=int(code), date=day)
    if code not in _UNTIL_2025 or day < GENERAL_22_FROM:
        return
    if receipt.sign not in (SettlementSign.INCOME, SettlementSign.EXPENSE):
        return  # a return keeps the code of what it returns, however old
    if line.method in OF_PREPAYMENT or line.period is not None:
        found.add("vat_date", place, code=int(code), date=day)
    else:
        found.add("vat_date_unknown", place, code=int(code), date=day)


def _check_regime(receipt: Receipt, code: VatCode, place: int, found: Findings, settled_on: date | None) -> None:
    early = settled_on is not None and settled_on < SIMPLIFIED_5_7_FROM
    untaxed_by_law = early and receipt.taxation in _SPECIAL and code is not VatCode.NO_VAT
    if untaxed_by_law or (code in _OF_SIMPLIFIED and receipt.taxation not in _SIMPLIFIED):
        found.add("vat_regime", place, code=int(code), taxation=int(receipt.taxation))


def _rates(sign: SettlementSign, line: ReceiptLine, code: VatCode, day: date | None) -> tuple[Rate, ...]:
    """Rates that may stand behind the code on the day it belongs to, the lowest first; the line's own tax tells them
    apart."""
    may_be_old = False
    if line.period is None and day is not None:
        # Money of 2018 goes back at 18/118 however late; a year on, deliveries were still settled at 18 %.
        may_be_old = sign in _RETURNS or day.year == GENERAL_20_FROM.year
    possible = _rates_of(code, day, may_be_old)
    if len(possible) > 1 and line.vat_kopecks:
        return tuple(rate for rate in possible if tax_plain(line.sum_kopecks, rate) == line.vat_kopecks) or possible
    return possible


@lru_cache(maxsize=4096)
def _rates_of(code: VatCode, day: date | None, may_be_old: bool) -> tuple[Rate, ...]:
    """18 % is possible when the day is early or the money may be old."""
    rates = {rate_of(code, day or GENERAL_22_FROM)}
    if code in _UNTIL_2025 and may_be_old:
        rates.add((18, 118))
    return tuple(sorted(rates))


def _check_tax(line: ReceiptLine, code: VatCode, rates: tuple[Rate, ...], place: int, found: Findings) -> None:
    """Tag 1200 of a line that has one."""
    expected = [0 if code in WITHOUT_TAX else tax_plain(line.sum_kopecks, rate) for rate in rates]
    if line.vat_kopecks in expected:
        return
    nearest = min(expected, key=lambda tax: abs(tax - line.vat_kopecks))
    rule = "1200_kopeck" if nearest and abs(nearest - line.vat_kopecks) == 1 else "1200"
    found.add(rule, place, tax=roubles(line.vat_kopecks), expected=roubles(nearest))


def _check_totals(receipt: Receipt, possible: Sequence[tuple[Rate, ...]], found: Findings) -> None:
    """``possible``: rates of each line, when all have a code."""
    codes = [total.code for total in receipt.vat_totals]
    if len(codes) > 1 and codes != sorted(set(codes)):
        found.add("vat_totals")
    if not receipt.lines:
        for total in receipt.vat_totals:
            if not 0 <= total.kopecks <= receipt.total_kopecks:
                found.add("vat_total", code=int(total.code), total=roubles(total.kopecks), expected=roubles(0))
        return
    if len(possible) != len(receipt.lines):
        return  # said already (1199); what the others add up to decides nothing
    by_code: dict[VatCode | None, list[tuple[ReceiptLine, tuple[Rate, ...]]]] = {}
    for line, rates in zip(receipt.lines, possible, strict=True):
        by_code.setdefault(line.vat_code, []).append((line, rates))
    if by_code.keys() != set(codes):
        found.add(
            "vat_totals=lines",
            totals=", ".join(str(int(code)) for code in codes) or "-",
            lines=", ".join(str(int(code)) for code in sorted({line.vat_code or 0 for line in receipt.lines})) or "-",
        )
    for total in receipt.vat_totals:
        if lines := by_code.get(total.code):
            _check_total(total, lines, found)


def _check_total(given: VatTotal, lines: Sequence[tuple[ReceiptLine, tuple[Rate, ...]]], found: Findings) -> None:
    """From the sum of the lines, or the sum of their taxes; both lie within half a kopeck a line (4.4).

    ``lines``: those with its code, each with the rates that may stand behind it.
    """
    code, total = given.code, given.kopecks
    by_rate: dict[Rate, int] = {}
    for line, possible in lines:
        by_rate[possible[0]] = by_rate.get(possible[0], 0) + line.sum_kopecks
    expected = 0
    for rate, amount in by_rate.items():
        expected += amount if rate == NO_TAX else tax_plain(amount, rate)
    if total == expected:
        return
    if total == sum([tax_plain(line.sum_kopecks, possible[0]) for line, possible in lines]):
        return
    uncertain = any(len(possible) > 1 for _, possible in lines)
    most = sum(tax_plain(line.sum_kopecks, possible[-1]) for line, possible in lines)
    if uncertain and expected * 2 - len(lines) <= total * 2 <= most * 2 + len(lines):
        return  # lines without a tax of their own: some at the old rate, some at the new one
    near = code not in WITHOUT_TAX and abs(total - expected) * 2 <= len(lines)
    found.add(
        "vat_total_kopecks" if near else "vat_total",
        code=int(code),
        total=roubles(total),
        expected=roubles(expected),
    )
