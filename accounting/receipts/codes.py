"""The enumerations of the fiscal tags that a receipt's content uses.

Values are those of the tags themselves (FFD, order ЕД-7-20/662@ and its amendments), so they go to the wire unchanged.
"""

from enum import IntEnum


class SettlementSign(IntEnum):
    """Tag 1054, признак расчёта: which way the money goes."""

    INCOME = 1
    INCOME_RETURN = 2
    EXPENSE = 3
    EXPENSE_RETURN = 4


class SettlementMethod(IntEnum):
    """Tag 1214, признак способа расчёта: how the money relates to the delivery."""

    FULL_PREPAYMENT = 1
    PREPAYMENT = 2
    ADVANCE = 3
    FULL_SETTLEMENT = 4
    PARTIAL_SETTLEMENT_AND_CREDIT = 5
    CREDIT = 6
    CREDIT_PAYMENT = 7


PREPAYMENTS = frozenset({SettlementMethod.FULL_PREPAYMENT, SettlementMethod.PREPAYMENT, SettlementMethod.ADVANCE})
"""Methods of money that came before the delivery."""


class SubjectType(IntEnum):
    """Tag 1212, признак предмета расчёта: what is paid for."""

    GOODS = 1
    EXCISE_GOODS = 2
    WORK = 3
    SERVICE = 4
    BET = 5
    GAMBLING_PRIZE = 6
    LOTTERY_TICKET = 7
    LOTTERY_PRIZE = 8
    INTELLECTUAL_PROPERTY = 9
    PAYMENT = 10
    AGENT_FEE = 11
    COMPOSITE = 12
    OTHER = 13
    PROPERTY_RIGHT = 14
    NON_OPERATING_INCOME = 15
    OTHER_PAYMENT = 16
    TRADE_FEE = 17
    RESORT_FEE = 18
    DEPOSIT = 19
    EXPENSE = 20
    PENSION_CONTRIBUTION_ENTREPRENEUR = 21
    PENSION_CONTRIBUTION = 22
    MEDICAL_CONTRIBUTION_ENTREPRENEUR = 23
    MEDICAL_CONTRIBUTION = 24
    SOCIAL_CONTRIBUTION = 25
    CASINO_PAYMENT = 26
    CASH_ISSUE = 27
    NOT_ASSIGNED_28 = 28  # the case format has 1..33 without gaps
    NOT_ASSIGNED_29 = 29
    EXCISE_MARKED_UNCODED = 30
    EXCISE_MARKED = 31
    GOODS_MARKED_UNCODED = 32
    GOODS_MARKED = 33


class VatCode(IntEnum):
    """Tag 1199, ставка НДС. *Ordinary* codes belong to deliveries, *calculated* ones (x/(100+x)) to advances."""

    VAT_20 = 1
    VAT_10 = 2
    VAT_20_120 = 3
    VAT_10_110 = 4
    VAT_0 = 5
    NO_VAT = 6
    VAT_5 = 7
    VAT_7 = 8
    VAT_5_105 = 9
    VAT_7_107 = 10
    VAT_22 = 11
    VAT_22_122 = 12


class TaxationSystem(IntEnum):
    """Tag 1055, применяемая система налогообложения: exactly one bit in a receipt."""

    GENERAL = 1
    SIMPLIFIED_INCOME = 2
    SIMPLIFIED_INCOME_EXPENSE = 4
    IMPUTED = 8
    AGRICULTURAL = 16
    PATENT = 32


class FfdVersion(IntEnum):
    """Tag 1209, номер версии ФФД."""

    FFD_1_05 = 2
    FFD_1_1 = 3
    FFD_1_2 = 4


class DocumentForm(IntEnum):
    """Code of a document's form: the tag of its outer STLV."""

    REGISTRATION = 1
    SHIFT_OPENING = 2
    RECEIPT = 3
    BSO = 4
    SHIFT_CLOSING = 5
    FN_CLOSING = 6
    OPERATOR_CONFIRMATION = 7
    RE_REGISTRATION = 11
    SETTLEMENTS_REPORT = 21
    CORRECTION_RECEIPT = 31
    BSO_CORRECTION = 41
