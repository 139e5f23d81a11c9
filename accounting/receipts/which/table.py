"""Rows of ``which`` for money in and month closes (receipt rules 3.5 [I]); all rows together.

``money`` among the tags is 1031 or 1081, by the way of payment. Texts are msgids.
"""

from typing import Final

from accounting.receipts.which.advice import Row
from accounting.receipts.which.corrections import CORRECTIONS
from accounting.receipts.which.returns import RETURNS

_NONCASH = "card_online bank_transfer"
_OURS = "cash card_present card_online bank_transfer"
_ORDINARY = {"1054": "1", "1214": "4", "1212": "4"}


def _payment(purpose: str, rule: str, document: str, law: str, tags: dict[str, str]) -> Row:
    return Row({"event": "payment", "way": _OURS, "purpose": purpose}, rule, document, law, tags, "way")


_MONEY_AND_CLOSES: Final = (
    Row(
        {"event": "payment", "payer": "legal", "way": _NONCASH},
        "п. 3.1.6",
        "Чека не будет: расчет организаций и предпринимателей без предъявления карты.",
        "54-ФЗ ст. 2 [M]",
    ),
    Row(
        {"event": "payment", "payer": "member", "way": _NONCASH},
        "п. 3.1.4",
        "Чека не будет: безналичная оплата членом объединения за услуги по уставу.",
        "54-ФЗ ст. 2 п. 13 [C]",
    ),
    Row(
        {"event": "payment", "way": "agent"},
        "п. 3.1.3, п. 3.5 строка 10b",
        "Нашего чека не будет: его выдает агент, а зачет и возврат потом наши.",
        "103-ФЗ; письма ФНС [C], вывод [I]",
    ),
    _payment(
        "debt",
        "п. 3.5 строка 4",
        "Чек на оплату: полный расчет.",
        "чеки практики 2020 года [1]; выбор postpaid_mode [P]",
        {**_ORDINARY, "money": "сумма", "1199": "ставка месяца услуги"},
    ),
    _payment(
        "credited",
        "п. 3.5 строка 4'",
        "Чек на погашение долга.",
        "ФНС: оплата потом это два чека [C]; предмет 10 [1]; ставка credit_payment_vat [P]",
        {"1054": "1", "1214": "7", "1212": "10", "money": "сумма", "1199": "ставка месяца услуги"},
    ),
    _payment(
        "advance",
        "п. 3.5 строки 3, 5",
        "Чек на аванс.",
        "приказ ЕД-7-20/662@ [C]; ставка АБ-4-20/11248@ [C]",
        {"1054": "1", "1214": "3", "1212": "10", "money": "сумма", "1199": "расчетная ставка на день денег"},
    ),
    _payment(
        "known_service",
        "п. 3.5 строка 3, п. 3.4",
        "Чек на предоплату: способ 1, если оплачено целое число месяцев, иначе 2 (prepaid_sign).",
        "приказ ЕД-7-20/662@ [M]; выбор prepaid_sign [P]",
        {"1054": "1", "1214": "1 или 2", "1212": "4", "money": "сумма", "1199": "расчетная ставка на день денег"},
    ),
    Row(
        {"event": "payment", "way": _OURS, "purpose": "penalty"},
        "п. 3.5 строка 11, п. 3.1.8",
        "Чек не обязателен и не запрещен; со строкой пени (penalty_receipt = line) теги такие.",
        "ответ ФНС 29.03.2022 [1]; выбор penalty_receipt [P]",
        {"1054": "1", "1214": "4", "1212": "10", "money": "сумма", "1199": "6"},
        "way",
    ),
    Row(
        {"event": "payment", "way": _OURS, "purpose": "costs"},
        "п. 4.1",
        "Чека не будет: судебные расходы не оплата услуг.",
        "ГК ст. 319 [1]",
    ),
    _payment(
        "unknown",
        "п. 3.5 строка 15",
        "Чек на аванс неизвестного плательщика (unknown_payer).",
        "вывод: срок идет в любом случае [I]",
        {
            "1054": "1",
            "1214": "3",
            "1212": "10",
            "money": "сумма",
            "1199": "самая высокая расчетная ставка справочника",
        },
    ),
    Row(
        {"event": "close", "payer": "legal member", "covered": "none"},
        "п. 3.1.10",
        "Чека не будет: организациям и членам объединения «в долг» не выдают, чек появится при оплате, если он нужен.",
        "вывод [I]",
    ),
    Row(
        {"event": "close", "payer": "legal", "covered": "full part"},
        "п. 3.1.10, п. 3.5 c",
        "Зачет того, что внесли наличными или картой у кассы: свой чек счета. Безналичные деньги и дальше без чека.",
        "вывод [I]",
        {**_ORDINARY, "1215": "зачтено", "1199": "ставка месяца услуги"},
        "close",
    ),
    Row(
        {"event": "close", "payer": "member", "covered": "full part"},
        "п. 3.1.10, п. 3.5 c",
        "Зачет того, что внесли наличными или картой у кассы: общий чек за месяц. Остальное и дальше без чека.",
        "вывод [I]; выбор offset_timing [P]",
        {**_ORDINARY, "1215": "зачтено", "1199": "ставка месяца услуги"},
        "consolidated",
    ),
    Row(
        {"event": "close", "covered": "full"},
        "п. 3.5 строка 2a",
        "Зачет переплаты: общий чек за месяц (offset_timing).",
        "54-ФЗ ст. 1.2 п. 2.1; форма 1215 [C]; срок [1]",
        {**_ORDINARY, "1215": "сумма", "1199": "ставка месяца услуги"},
        "consolidated",
    ),
    Row(
        {"event": "close", "covered": "part", "partial_delivery": "method5"},
        "п. 3.5 строка 2b'",
        "Один чек на всё начисление: часть зачтена, часть в долг.",
        "формат [C]; выбор partial_delivery [P]",
        {"1054": "1", "1214": "5", "1212": "4", "1215": "зачтено", "1216": "остаток", "1199": "ставка месяца услуги"},
        "close",
    ),
    Row(
        {"event": "close", "covered": "part", "partial_delivery": "split_lines"},
        "п. 3.5 строка 2b'",
        "Один чек, две строки: зачтенное и остаток в долг.",
        "формат [C]; выбор partial_delivery [P]",
        {
            "1054": "1",
            "1214": "4 и 6",
            "1212": "4",
            "1215": "зачтено",
            "1216": "остаток",
            "1199": "ставка месяца услуги",
        },
        "close",
    ),
    Row(
        {"event": "close", "covered": "part", "partial_delivery": "offset_only", "postpaid_mode": "on_payment"},
        "п. 3.5 строка 2b",
        "Зачет покрытой части в общем чеке; на остаток чек при оплате.",
        "вывод [I]; выбор partial_delivery [P]",
        {**_ORDINARY, "1215": "зачтено", "1199": "ставка месяца услуги"},
        "consolidated",
    ),
    Row(
        {"event": "close", "covered": "part", "partial_delivery": "offset_only", "postpaid_mode": "credit_pair"},
        "п. 3.5 строки 2b, 2c'",
        "Зачет покрытой части в общем чеке, и чек «в долг» на остаток.",
        "ФНС: оплата потом это два чека [C]; выбор partial_delivery [P]",
        {"1054": "1", "1214": "6", "1212": "4", "1216": "остаток", "1199": "ставка месяца услуги"},
        "close",
    ),
    Row(
        {"event": "close", "covered": "none", "postpaid_mode": "on_payment"},
        "п. 3.5 строка 2c",
        "Чека не будет: он появится при оплате.",
        "выбор postpaid_mode [P]",
    ),
    Row(
        {"event": "close", "covered": "none", "postpaid_mode": "credit_pair"},
        "п. 3.5 строка 2c'",
        "Чек «в долг».",
        "ФНС: оплата потом это два чека [C]; выбор postpaid_mode [P]",
        {"1054": "1", "1214": "6", "1212": "4", "1216": "сумма", "1199": "ставка месяца услуги"},
        "close",
    ),
)

ROWS: Final = (*_MONEY_AND_CLOSES, *RETURNS, *CORRECTIONS)
