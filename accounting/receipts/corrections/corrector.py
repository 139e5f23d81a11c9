"""Documents that correct (receipt rules 6.1, 6.2 [I]): what stands in place of a missing, wrong or superfluous receipt.

FFD 1.2 corrects with form 31 in full composition. FFD 1.05 has a form 31 of totals only, for missing income and
expense; whatever the tax service accepted is corrected there by ordinary receipts. The ledger is not touched.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET

from accounting.receipts._reference.purse import Purse
from accounting.receipts._reference.session import other_sign
from accounting.receipts.books import MerchantRules
from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign, SubjectType, VatCode
from accounting.receipts.corrections.events import DayTotalRestoration, ReceiptCorrection
from accounting.receipts.draft import Head, Line, Sheet
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.events import Restoration
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.model import Correction, Receipt
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.policy import RestorationGranularity
from accounting.receipts.vat import rate_of

Draft = Sheet | ComputedReceipt
"""A document on its way: lines that still lack their VAT, or the finished copy of one that was registered."""

KEY_PREFIX: Final = "restore|"
"""Before the key of the event (or the day) that a restored document is made for."""

_UNTIL_2025: Final = frozenset({VatCode.VAT_20, VatCode.VAT_20_120})
_FROM_2026: Final = frozenset({VatCode.VAT_22, VatCode.VAT_22_122})
_FORM_31_OF_1_05: Final = frozenset({SettlementSign.INCOME, SettlementSign.EXPENSE})


class Corrector:
    """Makes the documents of one correcting event: they share its basis (1173, 1174)."""

    def __init__(self, rules: MerchantRules, event: Restoration | DayTotalRestoration | ReceiptCorrection) -> None:
        self._in_full = rules.ffd is not FfdVersion.FFD_1_05
        self._order = None if event.order is UNSET else event.order
        self._document = None if event.basis_document is UNSET else event.basis_document

    def require_basis(self) -> None:
        """FFD 1.05 names the order, else the basis document. Raises EventRefused when there is neither."""
        if not self._in_full and self._order is None and self._document is None:
            raise EventRefused(ErrorCode.BASIS_DOCUMENT_REQUIRED, "basis_document")

    def has_totals_only(self, sign: SettlementSign) -> bool:
        """Whether a document that was never accepted becomes form 31 of FFD 1.05; a return cannot (6.1)."""
        return not self._in_full and sign in _FORM_31_OF_1_05

    def correction(self, settled_on: date) -> Correction:
        """Tags 1173 and 1174: dated by the settlement, in FFD 1.05 by the document that is the basis (6.2)."""
        kind = 0 if self._order is None else 1
        if self._in_full:
            return Correction(kind, settled_on, None if self._order is None else self._order.number)
        basis = self._order or self._document
        assert basis is not None, "require_basis was not asked"
        return Correction(kind, basis.issued_on, None if basis.number is UNSET else basis.number)

    def missing(self, sheet: Sheet, event_key: str, settled_on: date) -> list[Sheet]:
        """What stands for a receipt that was never made or never accepted (6.1 rows 1, 3)."""
        sheet = _under(sheet, event_key)
        if self._in_full:
            return [msgspec.structs.replace(sheet, correction=self.correction(settled_on))]
        if not self.has_totals_only(sheet.head.sign):
            return [sheet]
        head = msgspec.structs.replace(sheet.head, contact=None)
        return [
            msgspec.structs.replace(
                sheet, head=head, lines=lines, correction=self.correction(settled_on), totals_only=True
            )
            for lines in apart_by_rate(sheet.lines)
        ]

    def right(self, sheet: Sheet, event_key: str, settled_on: date, fiscal_sign: str) -> Sheet:
        """The right document beside a reversing one; 1192 names the receipt that was wrong (6.1 row 2)."""
        correction = self.correction(settled_on) if self._in_full else None
        return msgspec.structs.replace(_under(sheet, event_key), correction=correction, additional=fiscal_sign)

    def reversing(self, issued: IssuedReceipt, event_key: str) -> ComputedReceipt:
        """The copy of an accepted receipt, tag by tag, with the other sign (6.1 details)."""
        receipt = msgspec.structs.replace(
            issued.document.receipt,
            sign=other_sign(issued.document.receipt.sign),
            additional=issued.fiscal_sign,
            correction=self.correction(issued.settlement_day()) if self._in_full else None,
        )
        reversed_: ComputedReceipt = msgspec.structs.replace(
            issued.document, receipt=receipt, event_key=event_key, deadline=None, at_settlement=False
        )
        return reversed_


def is_reversal(receipt: Receipt, wrong: Receipt) -> bool:
    """Whether a receipt is the copy of a wrong one with the other sign (6.1 details)."""
    back = msgspec.structs.replace(receipt, sign=wrong.sign, additional=wrong.additional, correction=wrong.correction)
    return receipt.sign is other_sign(wrong.sign) and back == wrong


def _under(sheet: Sheet, event_key: str) -> Sheet:
    """The sheet under the key of its correction; corrections are due as soon as found, so without a date (3.2)."""
    head = msgspec.structs.replace(sheet.head, event_key=event_key, deadline=None, at_settlement=False)
    return msgspec.structs.replace(sheet, head=head)


def apart_by_rate(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """A form 31 of FFD 1.05 never holds 20 % and 22 % together: codes 1 and 3 alone, then the rest (6.2)."""
    codes = {line.code for line in lines}
    if not (codes & _UNTIL_2025 and codes & _FROM_2026):
        return [tuple(lines)]
    return [
        tuple(line for line in lines if line.code in _UNTIL_2025),
        tuple(line for line in lines if line.code not in _UNTIL_2025),
    ]


def plan_day_total(rules: MerchantRules, event: DayTotalRestoration, used_keys: set[str]) -> list[Draft]:
    """A mass failure of which only the day's total is known: form 31 of FFD 1.05 for it (6.3 step 3; E72).

    Adds the key it uses to ``used_keys``; a key already there produces nothing. Raises EventRefused.
    """
    by_payment = rules.policies.restoration_granularity is RestorationGranularity.PER_PAYMENT
    if rules.ffd is not FfdVersion.FFD_1_05 or by_payment:
        raise EventRefused(ErrorCode.ITEMISED_PAYMENTS_REQUIRED, "type")
    corrector = Corrector(rules, event)
    corrector.require_basis()
    if event.restored_on < event.day:
        raise EventRefused(ErrorCode.CORRECTION_BEFORE_SETTLEMENT, "date")
    if not event.tenders.are_positive():
        raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "tenders")
    if event.tenders.total() != sum(row.amount_kopecks for row in event.vat):
        raise EventRefused(ErrorCode.FORMS_DO_NOT_MATCH_TOTAL, "vat")
    key = f"{KEY_PREFIX}{event.day}"
    if key in used_keys:
        return []
    used_keys.add(key)
    purse = Purse(event.tenders.cash(), event.tenders.noncash())
    lines = [_turnover(row.vat_code, row.amount_kopecks, event.day, purse) for row in event.vat]
    sheet = Sheet(
        head=Head(event_key=key, account=None), lines=tuple(lines), taxation=rules.taxation, register_group=""
    )
    return list(corrector.missing(sheet, key, event.day))


def _turnover(code: VatCode, amount_kopecks: int, day: date, purse: Purse) -> Line:
    """A day's turnover under one code; only its sums are printed."""
    return Line(
        name="",
        amount_kopecks=amount_kopecks,
        forms=purse.take(amount_kopecks),
        method=SettlementMethod.FULL_SETTLEMENT,
        subject=SubjectType.SERVICE,
        code=code,
        rate=rate_of(code, day),
    )
