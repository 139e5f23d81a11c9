"""Choices that decide nothing beside the others: each with the reason (receipt rules 3.4). Texts are msgids.

They are notices and no errors: what was chosen is computed all the same, but who chose it expected something else.
Combinations that cannot be computed at all are refused by ``Policies`` itself.
"""

from collections.abc import Iterator
from datetime import date

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.catalogue import Service
from accounting.receipts.checks.sums import MAX_SUM_KOPECKS
from accounting.receipts.codes import FfdVersion
from accounting.receipts.policy import (
    AdvanceVat,
    AllocationOrder,
    ConsolidatedLines,
    ContactFallback,
    OffsetTiming,
    PrepaidSign,
    RefundTiming,
    RestorationGranularity,
)
from accounting.receipts.vat import ordinary_code
from accounting.receipts.wording import translated


class PolicyNotice(msgspec.Struct, frozen=True):
    """A key that decides nothing, and why. The reason is a msgid."""

    key: str
    reason: str

    def text(self) -> str:
        """The reason in the language of the call."""
        return translated(self.reason)


def notices(rules: MerchantRules) -> list[PolicyNotice]:
    """What of a merchant's choices has no effect; empty for choices that fit each other."""
    return [PolicyNotice(key, reason) for key, reason in (*_of_advances(rules), *_of_documents(rules))]


def _of_advances(rules: MerchantRules) -> Iterator[tuple[str, str]]:
    policies = rules.policies
    if policies.advance_vat_code is not None and policies.advance_vat is not AdvanceVat.SINGLE:
        yield "advance_vat_code", "Ставка переплаты названа, но она нужна только при advance_vat = single."
    if len({_taxed(service) for service in rules.services}) == 1 and policies.advance_vat is AdvanceVat.MAX_RATE:
        yield "advance_vat", "Все услуги облагаются одинаково: выбирать ставку переплаты не из чего."
    by_list = policies.allocation is AllocationOrder.PRIORITY_LIST
    if policies.allocation_priority and not by_list:
        yield "allocation_priority", "Список первых услуг есть, но он нужен только при allocation = priority_list."
    if by_list and not policies.allocation_priority:
        yield "allocation", "Список первых услуг пуст: долги гасятся просто по сроку, как при oldest_first."
    unknown = [one for one in policies.allocation_priority if all(service.id != one for service in rules.services)]
    if unknown:
        yield "allocation_priority", "В списке первых услуг есть такие, которых нет в справочнике."
    if policies.prepaid_sign is PrepaidSign.PREPAYMENT and len(rules.services) > 1:
        yield "prepaid_sign", "Предоплата видна только у счетов с тарифным планом, у остальных будет аванс."


def _taxed(service: Service) -> tuple[object, ...]:
    """How a service is taxed at all times; codes 1 and 11 are the same general rate (receipt rules 7)."""
    changes = sorted((change.since, change.vat_code) for change in service.vat_changes)
    return tuple((since, ordinary_code(code, date.max)) for since, code in ((date.min, service.vat_code), *changes))


def _of_documents(rules: MerchantRules) -> Iterator[tuple[str, str]]:
    policies = rules.policies
    never_consolidated = (
        policies.offset_timing is not OffsetTiming.PERIOD_CONSOLIDATED
        and policies.refund_timing is RefundTiming.INDIVIDUAL
    )
    if policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT and never_consolidated:
        yield "consolidated_lines", "Общих чеков не будет: и зачеты, и возвраты идут своими."
    if policies.contact_fallback is ContactFallback.COMPANY_EMAIL and not rules.email:
        yield "contact_fallback", "Почта организации не указана: в чеке не будет контакта."
    in_1_05 = rules.ffd is FfdVersion.FFD_1_05
    if policies.restoration_granularity is RestorationGranularity.PER_DAY_TOTAL and not in_1_05:
        yield "restoration_granularity", "Одной суммой за день восстанавливают только в ФФД 1.05."
    if policies.max_sum > MAX_SUM_KOPECKS:
        yield "max_sum", "Предел больше, чем вмещает чек: 99 999 999,99 ₽."
