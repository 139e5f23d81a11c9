"""The dialect's names and the values of the tags that they stand for. Vendor's descriptions of v4 and v5."""

from typing import Final

from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode

_S = SettlementSign

OPERATIONS: Final[dict[int, dict[str, tuple[SettlementSign, bool]]]] = {
    4: {
        "sell": (_S.INCOME, False),
        "sell_refund": (_S.INCOME_RETURN, False),
        "sell_correction": (_S.INCOME, True),
        "buy": (_S.EXPENSE, False),
        "buy_refund": (_S.EXPENSE_RETURN, False),
        "buy_correction": (_S.EXPENSE, True),
    }
}
"""Version -> operation -> sign of the settlement (1054), and whether it is a correction."""
OPERATIONS[5] = OPERATIONS[4] | {
    "sell_refund_correction": (_S.INCOME_RETURN, True),
    "buy_refund_correction": (_S.EXPENSE_RETURN, True),
}

TAXATIONS: Final = {
    "osn": TaxationSystem.GENERAL,
    "usn_income": TaxationSystem.SIMPLIFIED_INCOME,
    "usn_income_outcome": TaxationSystem.SIMPLIFIED_INCOME_EXPENSE,
    "envd": TaxationSystem.IMPUTED,
    "esn": TaxationSystem.AGRICULTURAL,
    "patent": TaxationSystem.PATENT,
}

METHODS: Final = {
    "full_prepayment": SettlementMethod.FULL_PREPAYMENT,
    "prepayment": SettlementMethod.PREPAYMENT,
    "advance": SettlementMethod.ADVANCE,
    "full_payment": SettlementMethod.FULL_SETTLEMENT,
    "partial_payment": SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT,
    "credit": SettlementMethod.CREDIT,
    "credit_payment": SettlementMethod.CREDIT_PAYMENT,
}

SUBJECTS: Final = {
    "commodity": SubjectType.GOODS,
    "excise": SubjectType.EXCISE_GOODS,
    "job": SubjectType.WORK,
    "service": SubjectType.SERVICE,
    "gambling_bet": SubjectType.BET,
    "gambling_prize": SubjectType.GAMBLING_PRIZE,
    "lottery": SubjectType.LOTTERY_TICKET,
    "lottery_prize": SubjectType.LOTTERY_PRIZE,
    "intellectual_activity": SubjectType.INTELLECTUAL_PROPERTY,
    "payment": SubjectType.PAYMENT,
    "agent_commission": SubjectType.AGENT_FEE,
    "award": SubjectType.COMPOSITE,
    "another": SubjectType.OTHER,
    "property_right": SubjectType.PROPERTY_RIGHT,
    "non-operating_gain": SubjectType.NON_OPERATING_INCOME,
    "insurance_premium": SubjectType.OTHER_PAYMENT,
    "sales_tax": SubjectType.TRADE_FEE,
    "resort_fee": SubjectType.RESORT_FEE,
    "deposit": SubjectType.DEPOSIT,
    "expense": SubjectType.EXPENSE,
    "pension_insurance_ip": SubjectType.PENSION_CONTRIBUTION_ENTREPRENEUR,
    "pension_insurance": SubjectType.PENSION_CONTRIBUTION,
    "medical_insurance_ip": SubjectType.MEDICAL_CONTRIBUTION_ENTREPRENEUR,
    "medical_insurance": SubjectType.MEDICAL_CONTRIBUTION,
    "social_insurance": SubjectType.SOCIAL_CONTRIBUTION,
    "casino_payment": SubjectType.CASINO_PAYMENT,
}
"""v4; in v5 the number of tag 1212 stands there. ``composite`` was withdrawn; its number, 12, is a payout (выплата)
now, and an ``award`` is one."""
SUBJECTS_BY_NUMBER: Final = {int(subject): subject for subject in SubjectType}

VATS: Final = {
    "none": VatCode.NO_VAT,
    "vat0": VatCode.VAT_0,
    "vat5": VatCode.VAT_5,
    "vat7": VatCode.VAT_7,
    "vat10": VatCode.VAT_10,
    "vat18": VatCode.VAT_20,
    "vat20": VatCode.VAT_20,
    "vat22": VatCode.VAT_22,
    "vat105": VatCode.VAT_5_105,
    "vat107": VatCode.VAT_7_107,
    "vat110": VatCode.VAT_10_110,
    "vat118": VatCode.VAT_20_120,
    "vat120": VatCode.VAT_20_120,
    "vat122": VatCode.VAT_22_122,
}
"""All fourteen in both versions (inferred). 18 % had the codes that 20 % has now."""

OLD_VATS: Final = frozenset({"vat18", "vat118"})
OLD_RATE: Final = (18, 118)
OLD_VATS_REFUSED: Final = (
    "Передана некорректная ставка налога. С 01.04.2019 ставки НДС 18 и 18/118 не могут использоваться в чеках"
    " sell(приход) и buy(расход)"
)

AGENTS: Final = {
    "bank_paying_agent": 1,
    "bank_paying_subagent": 2,
    "paying_agent": 4,
    "paying_subagent": 8,
    "attorney": 16,
    "commission_agent": 32,
    "another": 64,
}
"""Tag 1222, one bit."""

CORRECTIONS: Final = {"self": 0, "instruction": 1}
"""Tag 1173."""

MEASURES: Final = frozenset(
    {0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255}
)
"""Tag 2108."""

UNITS: Final = {
    "шт": 0, "ед": 0, "г": 10, "гр": 10, "кг": 11, "т": 12, "см": 20, "дм": 21, "м": 22, "кв. см": 30, "кв. дм": 31,
    "кв. м": 32, "м2": 32, "мл": 40, "л": 41, "куб. м": 42, "м3": 42, "квт*ч": 50, "квт·ч": 50, "квтч": 50, "гкал": 51,
    "сут": 70, "ч": 71, "час": 71, "мин": 72, "с": 73, "кбайт": 80, "мбайт": 81, "гбайт": 82, "тбайт": 83,
}  # fmt: skip
"""What v4 writes as words, for a register of FFD 1.2; the rest is 255, other (inferred)."""
OTHER_UNIT: Final = 255
