"""Sheets become receipts: the VAT of all lines and totals of a computation is worked out in columns (rules 4.4)."""

from accounting.receipts.books import MerchantRules
from accounting.receipts.checks.invariants import broken_invariants
from accounting.receipts.codes import FfdVersion, TaxationSystem, VatCode
from accounting.receipts.draft import Line, Sheet, shown_volume
from accounting.receipts.model import QUANTITY_ONE, Receipt, ReceiptLine, Tenders, VatTotal
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.policy import VatTotalRule
from accounting.receipts.vat import NO_TAX, Rate, taxes, taxes_of_groups


class _Columns:
    """Lines of all sheets one after another, and their VAT groups: one a sheet, code and rate."""

    def __init__(self, sheets: list[Sheet]) -> None:
        self.amounts: list[int] = []
        self.rates: list[Rate] = []
        self.groups: list[int] = []
        self.group_rates: list[Rate] = []
        self.group_codes: list[VatCode] = []
        self.group_ends: list[int] = []  # a sheet: the place after its last group
        for sheet in sheets:
            self._add(sheet.lines)

    def _add(self, lines: tuple[Line, ...]) -> None:
        known: dict[tuple[VatCode, Rate], int] = {}
        for line in lines:
            key = (line.code, line.rate)
            group = known.get(key)
            if group is None:
                group = known[key] = len(self.group_codes)
                self.group_codes.append(line.code)
                self.group_rates.append(line.rate)
            self.amounts.append(line.amount_kopecks)
            self.rates.append(line.rate)
            self.groups.append(group)
        self.group_ends.append(len(self.group_codes))

    def group_totals(self, line_taxes: list[int], rule: VatTotalRule) -> list[int]:
        """VAT of each group; for codes without tax the turnover."""
        totals = (
            taxes_of_groups(self.amounts, self.groups, self.group_rates)
            if rule is VatTotalRule.FROM_TOTAL
            else [0] * len(self.group_rates)
        )
        if rule is VatTotalRule.SUM_LINES:
            for group, tax in zip(self.groups, line_taxes, strict=True):
                totals[group] += tax
        for amount, group in zip(self.amounts, self.groups, strict=True):
            if self.group_rates[group] == NO_TAX:
                totals[group] += amount
        return totals


def assemble(rules: MerchantRules, drafts: list[Sheet | ComputedReceipt]) -> list[ComputedReceipt]:
    """Finished receipts in the order of their drafts; each keeps the invariants."""
    sheets = [draft for draft in drafts if isinstance(draft, Sheet)]
    columns = _Columns(sheets)
    line_taxes = taxes(columns.amounts, columns.rates)
    totals = columns.group_totals(line_taxes, rules.policies.vat_total)
    result: list[ComputedReceipt] = []
    line_at = group_at = sheet_at = 0
    for draft in drafts:
        if not isinstance(draft, Sheet):
            result.append(draft)
            continue
        group_end = columns.group_ends[sheet_at]
        line_end = line_at + len(draft.lines)
        vat_totals = _vat_totals(columns.group_codes[group_at:group_end], totals[group_at:group_end])
        result.append(_computed(rules, draft, line_taxes[line_at:line_end], vat_totals))
        line_at, group_at, sheet_at = line_end, group_end, sheet_at + 1
    return result


def _vat_totals(codes: list[VatCode], amounts: list[int]) -> tuple[VatTotal, ...]:
    """One total a code, ascending: two rates under one code are added up (receipt rules 2 [I])."""
    if len(codes) == 1:
        return (VatTotal(codes[0], amounts[0]),)
    sums: dict[VatCode, int] = {}
    for code, amount in zip(codes, amounts, strict=True):
        sums[code] = sums.get(code, 0) + amount
    return tuple(VatTotal(code, sums[code]) for code in sorted(sums))


def _computed(
    rules: MerchantRules, sheet: Sheet, line_taxes: list[int], vat_totals: tuple[VatTotal, ...]
) -> ComputedReceipt:
    head = sheet.head
    forms = _forms(sheet.lines)
    receipt = Receipt(
        sign=head.sign,
        taxation=TaxationSystem(sheet.taxation),
        lines=()
        if sheet.totals_only
        else tuple(
            [_receipt_line(line, tax, sheet, rules.ffd) for line, tax in zip(sheet.lines, line_taxes, strict=True)]
        ),
        tenders=forms,
        total_kopecks=forms.total(),
        vat_totals=vat_totals,
        contact=head.contact,
        agent_sign=_agent_sign(sheet.lines) if rules.ffd is FfdVersion.FFD_1_05 else None,
        additional=sheet.additional,
        correction=sheet.correction,
    )
    broken = broken_invariants(receipt)
    assert not broken, (head.event_key, broken)
    return ComputedReceipt(
        receipt=receipt,
        event_key=head.event_key,
        account=head.account,
        consolidated=head.consolidated,
        part=sheet.part,
        deadline=head.deadline,
        at_settlement=head.at_settlement,
        register_group=sheet.register_group,
    )


def _forms(lines: tuple[Line, ...]) -> Tenders:
    if len(lines) == 1:
        return lines[0].forms
    forms = [line.forms for line in lines]
    return Tenders(
        sum([form.cash for form in forms]),
        sum([form.electronic for form in forms]),
        sum([form.prepaid for form in forms]),
        sum([form.credit for form in forms]),
        sum([form.provision for form in forms]),
    )


def _receipt_line(line: Line, tax: int, sheet: Sheet, ffd: FfdVersion) -> ReceiptLine:
    service = line.service
    shown = shown_volume(line, sheet.head, ffd) if line.volume_of is not None else None
    return ReceiptLine(
        name=line.name,
        price_kopecks=line.amount_kopecks if shown is None else shown.price_kopecks,
        sum_kopecks=line.amount_kopecks,
        method=line.method,
        subject=line.subject,
        vat_code=line.code,
        quantity_micro=QUANTITY_ONE if shown is None else shown.quantity_micro,
        vat_kopecks=tax,
        measure=0 if shown is None else shown.measure,
        agent=None if service is None else service.agent,
        service=None if service is None else service.id,
        period=line.period,
        account=line.account,
    )


def _agent_sign(lines: tuple[Line, ...]) -> int | None:
    """Tag 1057 of FFD 1.05: when all lines carry the same 1222 (receipt rules 2 [I])."""
    signs = {line.service.agent.sign if line.service and line.service.agent else None for line in lines}
    return signs.pop() if len(signs) == 1 else None
