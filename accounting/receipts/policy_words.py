"""What each value of a policy means, in the words of those who choose (receipt rules 3.4). Texts are msgids."""

from typing import Final

WORDS: Final = {
    "postpaid_mode": {"on_payment": "один чек при оплате", "credit_pair": "чек «в долг» и чек при оплате"},
    "prepaid_sign": {
        "advance": "аванс",
        "full_prepayment": "предоплата, полная за целое число месяцев",
        "prepayment": "частичная предоплата",
    },
    "offset_timing": {
        "period_consolidated": "общим чеком за месяц",
        "per_account_at_close": "при закрытии месяца, каждому счету свой",
        "per_charge": "при каждом начислении",
    },
    "consolidated_lines": {"by_service_rate": "по услугам и ставкам", "per_account": "по лицевым счетам"},
    "partial_delivery": {
        "offset_only": "в чеке только зачтенное",
        "method5": "одной строкой: часть зачтена, часть в долг",
        "split_lines": "двумя строками: зачтенное и в долг",
    },
    "credit_payment_vat": {"as_supply": "как при оказании", "none": "без НДС"},
    "overpay": {"same_receipt": "в том же чеке", "separate_receipt": "отдельным чеком"},
    "reoffset": {
        "restore_advance": "возврат услуги зачетом, деньги снова переплата",
        "pair_counter": "возврат услуги и новый аванс, оба взаимозачетом",
        "pair_money": "возврат услуги и новый аванс, оба деньгами",
        "none": "без чека, только учет",
    },
    "refund_of_offset": {"two_step": "в два шага", "direct_money": "сразу деньгами"},
    "refund_timing": {"individual": "своим чеком", "period_consolidated": "общим чеком за месяц"},
    "refund_lot_order": {"newest_first": "последнюю", "oldest_first": "первую"},
    "penalty_receipt": {"none": "без чека", "line": "строкой в чеке"},
    "write_off": {"none": "не отменять", "reverse_credit": "отменять"},
    "transfer_between_accounts": {"ledger_only": "не нужны, только учет", "pair_counter": "нужны, взаимозачетом"},
    "unknown_payer": {"advance_unknown": "чек сразу", "hold_until_deadline": "ждать до крайнего срока"},
    "advance_vat": {
        "split_by_last_bill": "делить по последнему счету",
        "max_rate": "самая высокая ставка",
        "single": "одна ставка для всех",
    },
    "vat_total": {"from_total": "с общей суммы", "sum_lines": "сложением строк"},
    "contact_fallback": {"omit": "ничего", "none": "слово none", "company_email": "почту организации"},
    "allocation": {
        "designation_then_bill_then_oldest": "счет за счетом, внутри счета пропорционально",
        "oldest_first": "сначала с ранним сроком",
        "bill_proportional": "на все долги пропорционально",
        "current_first": "сначала последний",
        "priority_list": "по списку услуг",
    },
    "restoration_granularity": {"per_payment": "на каждый платеж", "per_day_total": "одним за день"},
    "restore_only_missing": {"True": "не трогать", "False": "отменять и выдавать заново"},
    "settlement_date_source": {"credit": "зачисление на счет", "register": "реестр, если он раньше"},
    "skip_time_barred": {"True": "не направлять", "False": "направлять"},
}
"""Key -> value -> words. Keys whose value is a number or a list say it as it is."""


def words_of(key: str, value: object) -> str:
    """The msgid of a value, or the value itself where the key has no words."""
    return WORDS.get(key, {}).get(str(value), str(value))
