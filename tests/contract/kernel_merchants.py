"""Merchants of every policy, made of chance: catalogues with suppliers, changing rates, other regimes and registers."""

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import TypeVar

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.catalogue import Service, VatChange
from accounting.receipts.codes import FfdVersion, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import Agent, AgentData
from accounting.receipts.policy import (
    AdvanceVat,
    AllocationOrder,
    ContactFallback,
    CreditPaymentVat,
    OffsetTiming,
    Overpay,
    PartialDelivery,
    PenaltyReceipt,
    Policies,
    PostpaidMode,
    PrepaidSign,
    RefundLotOrder,
    RefundTiming,
    Reoffset,
    VatTotalRule,
)

T = TypeVar("T")
AGENTS = (
    Agent(sign=64, supplier_inn="7707083893"),
    Agent(
        sign=4,
        supplier_inn="7707083800",
        supplier_name="Тепло",
        supplier_phones=("+79000000001",),
        data=AgentData(operation="x"),
    ),
)


class Chance:
    """Dice with a seed."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, of: int) -> bool:
        """True once in so many times."""
        return self.random.randrange(of) == 0

    def pick(self, values: Iterable[T]) -> T:
        """Any of them."""
        return self.random.choice(list(values))


def random_rules(chance: Chance) -> MerchantRules:
    """A merchant."""
    services = _services(chance)
    return MerchantRules(
        services=services,
        inn="7707083893",
        email="bill@example.org",
        ffd=chance.pick((FfdVersion.FFD_1_2, FfdVersion.FFD_1_05)),
        exempt_noncash_members=chance.one(4),
        policies=_policies(chance, services),
    )


def _services(chance: Chance) -> tuple[Service, ...]:
    pick = chance.pick
    heating = "Отопление " * chance.random.randrange(1, 20)
    services = [
        Service(id="internet", vat_code=VatCode.VAT_22, name="Доступ «в сеть» №1"),
        Service(id="heating", vat_code=VatCode.NO_VAT, name=heating),
    ]
    if chance.one(2):
        subject = pick((SubjectType.SERVICE, SubjectType.OTHER))
        services.append(Service(id="tv", vat_code=VatCode.VAT_10, agent=pick(AGENTS), subject=subject))
    if chance.one(2):
        change = VatChange(since=date(2026, 1, 1), vat_code=VatCode.VAT_5)
        agent = pick((None, *AGENTS))
        services.append(Service(id="repair", vat_code=VatCode.VAT_7, vat_changes=(change,), agent=agent))
    if chance.one(3):
        patent = TaxationSystem.PATENT
        services.append(Service(id="sim", vat_code=VatCode.VAT_0, taxation=patent, register_group="shop"))
    chance.random.shuffle(services)
    return tuple(services)


def _policies(chance: Chance, services: tuple[Service, ...]) -> Policies:
    pick = chance.pick
    advance_vat = pick(AdvanceVat)
    return Policies(
        postpaid_mode=pick(PostpaidMode),
        prepaid_sign=pick(PrepaidSign),
        offset_timing=pick(OffsetTiming),
        max_lines=pick((90, 90, 2)),
        max_sum=pick((9_999_999_999, 9_999_999_999, 200_000)),
        partial_delivery=pick(PartialDelivery),
        credit_payment_vat=pick(CreditPaymentVat),
        overpay=pick(Overpay),
        reoffset=pick((Reoffset.RESTORE_ADVANCE, Reoffset.RESTORE_ADVANCE, *Reoffset)),
        refund_timing=pick((RefundTiming.INDIVIDUAL, *RefundTiming)),
        refund_lot_order=pick(RefundLotOrder),
        penalty_receipt=pick(PenaltyReceipt),
        advance_vat=advance_vat,
        advance_vat_code=VatCode.VAT_10 if advance_vat is AdvanceVat.SINGLE else None,
        vat_total=pick(VatTotalRule),
        contact_fallback=pick(ContactFallback),
        allocation=pick(AllocationOrder),
        allocation_priority=tuple(chance.random.sample([service.id for service in services], 2)),
        skip_time_barred=chance.one(2),
    )


def with_consolidation(rules: MerchantRules, *, max_sum: int) -> MerchantRules:
    """The merchant with a consolidated receipt by service and rate at each close, split at that sum."""
    policies = msgspec.structs.replace(rules.policies, offset_timing=OffsetTiming.PERIOD_CONSOLIDATED, max_sum=max_sum)
    return msgspec.structs.replace(rules, policies=policies)
