"""Correcting one registered receipt (receipt rules 6.1 rows 2-4 [I]): the reversing document and the right one."""

from collections.abc import Sequence
from datetime import date

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.calendar import last_day
from accounting.receipts.codes import FfdVersion
from accounting.receipts.corrections.corrector import Corrector, Draft
from accounting.receipts.corrections.events import ReceiptCorrection, RightLine, RightReceipt
from accounting.receipts.draft import Head, Line, Sheet
from accounting.receipts.errors import ErrorCode, EventRefused
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.model import Agent, AgentData, Correction, Receipt, ReceiptLine, Tenders, VatTotal
from accounting.receipts.money import MAX_KOPECKS, micro_from_text
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.policy import VatTotalRule
from accounting.receipts.vat import NO_TAX, rate_of, taxes, taxes_of_groups

_FORM_NAMES = ("cash_kopecks", "electronic_kopecks", "prepaid_kopecks", "credit_kopecks", "provision_kopecks")


def plan_receipt_correction(
    rules: MerchantRules, event: ReceiptCorrection, issued: Sequence[IssuedReceipt]
) -> list[Draft]:
    """Documents that correct a receipt, the reversing one first. Raises EventRefused.

    A quarantined receipt was never accepted: nothing is reversed, and the right one has no 1192. Without ``right`` the
    receipt is superfluous and only reversed.
    """
    wrong = next((receipt for receipt in issued if receipt.id == event.receipt), None)
    if wrong is None:
        raise EventRefused(ErrorCode.UNKNOWN_RECEIPT, "receipt")
    corrector = Corrector(rules, event)
    right = event.right
    old = wrong.document.receipt
    sign = old.sign if right is None or right.sign is None else right.sign
    by_totals = wrong.quarantined and right is not None and corrector.has_totals_only(sign)
    if by_totals:
        corrector.require_basis()
    if event.corrected_on < wrong.settlement_day():
        raise EventRefused(ErrorCode.CORRECTION_BEFORE_SETTLEMENT, "date")
    documents: list[Draft] = [] if wrong.quarantined else [corrector.reversing(wrong, event.key)]
    if right is None:
        return documents
    content = _Content(rules, right, wrong)
    if by_totals:
        sheet = content.sheet(event.key)
        documents.extend(corrector.missing(sheet, event.key, wrong.settlement_day()))
        return documents
    in_full = rules.ffd is not FfdVersion.FFD_1_05
    correction = corrector.correction(wrong.settlement_day()) if in_full else None
    documents.append(content.document(event.key, correction, None if wrong.quarantined else wrong.fiscal_sign))
    return documents


class _Content:
    """A receipt as it should have been: given lines, and totals worked out anew (6.1 details)."""

    def __init__(self, rules: MerchantRules, right: RightReceipt, wrong: IssuedReceipt) -> None:
        self._rules = rules
        self._right = right
        self._wrong = wrong
        self._lines = [line for line in right.lines if line.sum_kopecks]  # lines of nothing are dropped
        if not self._lines:
            raise EventRefused(ErrorCode.AMOUNT_MUST_BE_POSITIVE, "right.items")
        self._total = sum(line.sum_kopecks for line in self._lines)
        if self._total > MAX_KOPECKS:
            raise OverflowError(f"{self._total} kopecks are more than any receipt may be")
        self._forms = _forms(right, wrong.document.receipt.tenders, self._total)
        self._rates = [rate_of(line.vat_code, _belongs_to(line, wrong.settlement_day())) for line in self._lines]

    def document(self, event_key: str, correction: Correction | None, additional: str | None) -> ComputedReceipt:
        old = self._wrong.document.receipt
        right = self._right
        line_taxes = taxes([line.sum_kopecks for line in self._lines], self._rates)
        in_1_2 = self._rules.ffd is not FfdVersion.FFD_1_05
        lines = tuple(
            _receipt_line(line, tax, in_1_2=in_1_2) for line, tax in zip(self._lines, line_taxes, strict=True)
        )
        receipt = Receipt(
            sign=right.sign or old.sign,
            taxation=right.taxation or old.taxation,
            lines=lines,
            tenders=self._forms,
            total_kopecks=self._total,
            vat_totals=self._vat_totals(line_taxes),
            contact=right.contact or old.contact,
            agent_sign=None if in_1_2 else _common_agent_sign(lines),
            additional=additional,
            correction=correction,
            user_requisite=old.user_requisite,
            internet=old.internet,
            sender_email=old.sender_email,
        )
        made: ComputedReceipt = msgspec.structs.replace(
            self._wrong.document, receipt=receipt, event_key=event_key, deadline=None, at_settlement=False
        )
        return made

    def sheet(self, event_key: str) -> Sheet:
        """The same for form 31 of FFD 1.05, which prints no lines; they use up the forms in tag order."""
        document = self._wrong.document
        old = document.receipt
        left = list(msgspec.structs.astuple(self._forms))
        drafted = []
        for line, rate in zip(self._lines, self._rates, strict=True):
            rest, used = line.sum_kopecks, []
            for place, form in enumerate(left):
                part = min(rest, form)
                rest -= part
                left[place] -= part
                used.append(part)
            drafted.append(
                Line(
                    name=line.name,
                    amount_kopecks=line.sum_kopecks,
                    forms=Tenders(*used),
                    method=line.method,
                    subject=line.subject,
                    code=line.vat_code,
                    rate=rate,
                )
            )
        head = Head(
            event_key=event_key,
            account=document.account,
            sign=self._right.sign or old.sign,
            consolidated=document.consolidated,
        )
        taxation = self._right.taxation or old.taxation
        return Sheet(head=head, lines=tuple(drafted), taxation=taxation, register_group=document.register_group)

    def _vat_totals(self, line_taxes: list[int]) -> tuple[VatTotal, ...]:
        """Totals by code, those of two rates under one code added up (receipt rules 2 [I], 4.4)."""
        keys = list(dict.fromkeys(zip((line.vat_code for line in self._lines), self._rates, strict=True)))
        groups = [keys.index((line.vat_code, rate)) for line, rate in zip(self._lines, self._rates, strict=True)]
        amounts = [line.sum_kopecks for line in self._lines]
        if self._rules.policies.vat_total is VatTotalRule.FROM_TOTAL:
            totals = taxes_of_groups(amounts, groups, [rate for _, rate in keys])
        else:
            totals = [0] * len(keys)
            for group, tax in zip(groups, line_taxes, strict=True):
                totals[group] += tax
        sums = dict.fromkeys(sorted({code for code, _ in keys}), 0)
        for (code, rate), total, number in zip(keys, totals, range(len(keys)), strict=True):
            turnover = sum(amount for amount, group in zip(amounts, groups, strict=True) if group == number)
            sums[code] += turnover if rate == NO_TAX else total
        return tuple(VatTotal(code, total) for code, total in sums.items())


def _belongs_to(line: RightLine, settled_on: date) -> date:
    """The date a line's code belongs to: the delivery of its period, else the settlement (receipt rules 7 [I])."""
    return last_day(line.period) if line.period is not None else settled_on


def _forms(right: RightReceipt, old: Tenders, total_kopecks: int) -> Tenders:
    """The forms that are given, else the one form of the wrong receipt. Raises EventRefused when they do not add up."""
    given = [getattr(right, name) for name in _FORM_NAMES]
    if any(form is not None for form in given):
        forms = Tenders(*(form or 0 for form in given))
    else:
        used = [place for place, form in enumerate(msgspec.structs.astuple(old)) if form]
        if len(used) != 1:
            raise EventRefused(ErrorCode.FORMS_DO_NOT_MATCH_TOTAL, "right")
        forms = Tenders(*(total_kopecks if place == used[0] else 0 for place in range(len(_FORM_NAMES))))
    if forms.total() != total_kopecks:
        raise EventRefused(ErrorCode.FORMS_DO_NOT_MATCH_TOTAL, "right")
    return forms


def line_agent(line: RightLine) -> Agent | None:
    """The agent tags of a line that is written by tags; data without 1222 are no agent's."""
    if line.agent_sign is None:
        return None
    data = line.agent_data
    return Agent(
        sign=line.agent_sign,
        supplier_inn=line.supplier_inn or "",
        supplier_name=line.supplier.name if line.supplier else None,
        supplier_phones=line.supplier.phones if line.supplier else (),
        data=AgentData(**msgspec.structs.asdict(data)) if data is not None else None,
    )


def _receipt_line(line: RightLine, tax: int, *, in_1_2: bool) -> ReceiptLine:
    return ReceiptLine(
        name=line.name,
        price_kopecks=line.sum_kopecks if line.price_kopecks is None else line.price_kopecks,
        sum_kopecks=line.sum_kopecks,
        method=line.method,
        subject=line.subject,
        vat_code=line.vat_code,
        quantity_micro=micro_from_text(line.quantity),
        vat_kopecks=tax,
        measure=line.measure if in_1_2 else 0,
        agent=line_agent(line),
        service=line.service,
        period=line.period,
        account=line.account,
    )


def _common_agent_sign(lines: Sequence[ReceiptLine]) -> int | None:
    """Tag 1057 of FFD 1.05: when all lines carry the same 1222 (receipt rules 2 [I])."""
    signs = {line.agent.sign if line.agent else None for line in lines}
    return signs.pop() if len(signs) == 1 else None
