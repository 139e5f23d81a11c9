"""Every choice the law leaves open, with its default (the first value) and why it is open (receipt rules 3.4 [M] [I]).

A policy is data of a merchant: it is never a constant of the computation. ``POLICY_KEYS`` explains each key to the
people who choose; the texts are theirs and therefore Russian.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from accounting.receipts.codes import VatCode
from accounting.receipts.vat import ORDINARY


class PostpaidMode(StrEnum):
    ON_PAYMENT = "on_payment"
    CREDIT_PAIR = "credit_pair"


class PrepaidSign(StrEnum):
    ADVANCE = "advance"
    FULL_PREPAYMENT = "full_prepayment"
    PREPAYMENT = "prepayment"


class OffsetTiming(StrEnum):
    PERIOD_CONSOLIDATED = "period_consolidated"
    PER_ACCOUNT_AT_CLOSE = "per_account_at_close"
    PER_CHARGE = "per_charge"


class ConsolidatedLines(StrEnum):
    BY_SERVICE_RATE = "by_service_rate"
    PER_ACCOUNT = "per_account"


class PartialDelivery(StrEnum):
    OFFSET_ONLY = "offset_only"
    METHOD5 = "method5"
    SPLIT_LINES = "split_lines"


class CreditPaymentVat(StrEnum):
    AS_SUPPLY = "as_supply"
    NONE = "none"


class Overpay(StrEnum):
    SAME_RECEIPT = "same_receipt"
    SEPARATE_RECEIPT = "separate_receipt"


class Reoffset(StrEnum):
    RESTORE_ADVANCE = "restore_advance"
    PAIR_COUNTER = "pair_counter"
    PAIR_MONEY = "pair_money"
    NONE = "none"


class RefundOfOffset(StrEnum):
    TWO_STEP = "two_step"
    DIRECT_MONEY = "direct_money"


class RefundTiming(StrEnum):
    INDIVIDUAL = "individual"
    PERIOD_CONSOLIDATED = "period_consolidated"


class RefundLotOrder(StrEnum):
    NEWEST_FIRST = "newest_first"
    OLDEST_FIRST = "oldest_first"


class PenaltyReceipt(StrEnum):
    NONE = "none"
    LINE = "line"


class WriteOff(StrEnum):
    NONE = "none"
    REVERSE_CREDIT = "reverse_credit"


class TransferBetweenAccounts(StrEnum):
    LEDGER_ONLY = "ledger_only"
    PAIR_COUNTER = "pair_counter"


class UnknownPayer(StrEnum):
    ADVANCE_UNKNOWN = "advance_unknown"
    HOLD_UNTIL_DEADLINE = "hold_until_deadline"


class AdvanceVat(StrEnum):
    SPLIT_BY_LAST_BILL = "split_by_last_bill"
    MAX_RATE = "max_rate"
    SINGLE = "single"


class VatTotalRule(StrEnum):
    FROM_TOTAL = "from_total"
    SUM_LINES = "sum_lines"


class ContactFallback(StrEnum):
    OMIT = "omit"
    NONE = "none"
    COMPANY_EMAIL = "company_email"


class AllocationOrder(StrEnum):
    DESIGNATION_THEN_BILL_THEN_OLDEST = "designation_then_bill_then_oldest"
    OLDEST_FIRST = "oldest_first"
    BILL_PROPORTIONAL = "bill_proportional"
    CURRENT_FIRST = "current_first"
    PRIORITY_LIST = "priority_list"


class RestorationGranularity(StrEnum):
    PER_PAYMENT = "per_payment"
    PER_DAY_TOTAL = "per_day_total"


class SettlementDateSource(StrEnum):
    CREDIT = "credit"
    REGISTER = "register"


class Policies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A merchant's choices. Raises ValueError (msgspec: ValidationError with the path) on a senseless combination."""

    postpaid_mode: PostpaidMode = PostpaidMode.ON_PAYMENT
    prepaid_sign: PrepaidSign = PrepaidSign.ADVANCE
    offset_timing: OffsetTiming = OffsetTiming.PERIOD_CONSOLIDATED
    consolidated_lines: ConsolidatedLines = ConsolidatedLines.BY_SERVICE_RATE
    max_lines: Annotated[int, msgspec.Meta(ge=1)] = 90
    max_sum: Annotated[int, msgspec.Meta(ge=1)] = 9_999_999_999  # kopecks, for a line and for a receipt
    partial_delivery: PartialDelivery = PartialDelivery.OFFSET_ONLY
    credit_payment_vat: CreditPaymentVat = CreditPaymentVat.AS_SUPPLY
    overpay: Overpay = Overpay.SAME_RECEIPT
    reoffset: Reoffset = Reoffset.RESTORE_ADVANCE
    refund_of_offset: RefundOfOffset = RefundOfOffset.TWO_STEP
    refund_timing: RefundTiming = RefundTiming.INDIVIDUAL
    refund_lot_order: RefundLotOrder = RefundLotOrder.NEWEST_FIRST
    penalty_receipt: PenaltyReceipt = PenaltyReceipt.NONE
    write_off: WriteOff = WriteOff.NONE
    transfer_between_accounts: TransferBetweenAccounts = TransferBetweenAccounts.LEDGER_ONLY
    unknown_payer: UnknownPayer = UnknownPayer.ADVANCE_UNKNOWN
    advance_vat: AdvanceVat = AdvanceVat.SPLIT_BY_LAST_BILL
    advance_vat_code: VatCode | None = None  # a treatment; only for ``single``
    vat_total: VatTotalRule = VatTotalRule.FROM_TOTAL
    contact_fallback: ContactFallback = ContactFallback.OMIT
    allocation: AllocationOrder = AllocationOrder.DESIGNATION_THEN_BILL_THEN_OLDEST
    allocation_priority: tuple[str, ...] = ()  # service ids; only for ``priority_list``
    restoration_granularity: RestorationGranularity = RestorationGranularity.PER_PAYMENT
    restore_only_missing: bool = True
    settlement_date_source: SettlementDateSource = SettlementDateSource.CREDIT
    skip_time_barred: bool = True

    def __post_init__(self) -> None:
        if self.advance_vat is AdvanceVat.SINGLE and self.advance_vat_code is None:
            raise ValueError("advance_vat = single needs advance_vat_code")
        if self.advance_vat_code is not None and self.advance_vat_code not in ORDINARY:
            raise ValueError("advance_vat_code must be an ordinary code")
        if len(set(self.allocation_priority)) != len(self.allocation_priority):
            raise ValueError("allocation_priority names a service twice")


class PolicyKey(msgspec.Struct, frozen=True):
    """A key for the people who choose: the question in their words, and where the law leaves it open."""

    key: str
    question: str
    source: str


POLICY_KEYS: tuple[PolicyKey, ...] = (
    PolicyKey(
        "postpaid_mode",
        "Услуга оказана, но не оплачена: чек сразу «в долг» или один чек при оплате?",
        "3.4, ФНС 07.10.2019",
    ),
    PolicyKey("prepaid_sign", "Деньги вперед за известную услугу: аванс или предоплата?", "3.4 [M] [I]"),
    PolicyKey("offset_timing", "Когда выдавать чек о списании с переплаты?", "3.4 [I], 54-ФЗ ст. 1.2 п. 2.1"),
    PolicyKey("consolidated_lines", "Строки общего чека за месяц: по услугам или по лицевым счетам?", "5 [I]"),
    PolicyKey("max_lines", "Сколько строк помещается в один чек?", "5 [I]"),
    PolicyKey("max_sum", "Какая сумма чека и строки наибольшая?", "4.3"),
    PolicyKey("partial_delivery", "Переплаты хватило на часть начисления: как показать остаток?", "3.5 c [I]"),
    PolicyKey(
        "credit_payment_vat", "НДС в чеке о погашении долга: как при оказании или без НДС?", "3.4, АБ-4-20/11248@"
    ),
    PolicyKey("overpay", "Переплата в том же чеке или отдельным?", "3.5 l"),
    PolicyKey("reoffset", "Уменьшили оплаченное начисление, деньги остались: какой чек?", "3.5 f [I]"),
    PolicyKey("refund_of_offset", "Возврат услуги, списанной с переплаты: в два шага или сразу деньгами?", "3.5 e"),
    PolicyKey("refund_timing", "Возврат переплаты: своим чеком или общим за месяц?", "5"),
    PolicyKey("refund_lot_order", "Какую переплату возвращать первой: последнюю или первую?", "3.5 d [I]"),
    PolicyKey("penalty_receipt", "Пени: без чека или строкой в чеке?", "3.1 п. 8"),
    PolicyKey("write_off", "Списали безнадежный долг: отменять ли чек «в долг»?", "3.5 k [I]"),
    PolicyKey("transfer_between_accounts", "Переплату перенесли на другой счет: нужны ли два чека?", "3.5 h [I]"),
    PolicyKey("unknown_payer", "Плательщик неизвестен: чек сразу или ждать до крайнего срока?", "3.5 i [I]"),
    PolicyKey("advance_vat", "Какой НДС у переплаты, если услуги облагаются по-разному?", "4.5"),
    PolicyKey("advance_vat_code", "Какой НДС у переплаты, если он один для всех?", "4.5"),
    PolicyKey("vat_total", "НДС чека: с общей суммы или сложением строк?", "4.4"),
    PolicyKey("contact_fallback", "Нет телефона и почты покупателя: что писать в чеке?", "3.3"),
    PolicyKey("allocation", "В каком порядке платеж гасит долги?", "4.1 [I], ГК ст. 319, 319.1"),
    PolicyKey("allocation_priority", "Какие услуги гасятся первыми?", "4.1"),
    PolicyKey("restoration_granularity", "Пропущенные чеки: по платежу или одним за день?", "6.3"),
    PolicyKey("restore_only_missing", "Не трогать выданные чеки, если итоги сходятся?", "6.3"),
    PolicyKey("settlement_date_source", "День расчета: зачисление или реестр банка?", "3.2"),
    PolicyKey(
        "skip_time_barred", "Не направлять деньги на долги старше трех лет, если плательщик их не назвал?", "4.1"
    ),
)
