"""Rows of ``which`` for refunds, recalculations, write-offs, offsets, transfers and reversals (receipt rules 3.5 [I]).

``money`` among the tags is 1031 or 1081, by the way of payment. Texts are msgids.
"""

from typing import Final

from accounting.receipts.which.advice import Row

_OURS = "cash card_present card_online bank_transfer"
_ORDINARY = {"1054": "1", "1214": "4", "1212": "4"}
_RETURN = {"1054": "2", "1214": "4", "1212": "4"}

RETURNS: Final = (
    Row(
        {"event": "refund_advance", "way": _OURS},
        "п. 3.5 строка 7a",
        "Возврат аванса: способ и ставка той переплаты, которую возвращают (refund_lot_order, refund_timing).",
        "возврат [C], ставка [I]",
        {"1054": "2", "1214": "3", "1212": "10", "money": "сумма", "1199": "расчетная ставка той переплаты"},
        "refund",
    ),
    Row(
        {"event": "refund_service", "way": _OURS, "settled": "money"},
        "п. 3.5 строка 7b",
        "Возврат услуги.",
        "возврат прихода по исходной ставке [C]",
        {**_RETURN, "money": "сумма", "1199": "ставка исходного чека"},
        "refund",
    ),
    Row(
        {"event": "refund_service", "way": _OURS, "settled": "advance"},
        "п. 3.5 строка 7c",
        "Два возврата: услуги зачетом 1215 и аванса деньгами (refund_of_offset = two_step).",
        "вывод [I]; выбор refund_of_offset [P]",
        {
            "1054": "2 и 2",
            "1214": "4 и 3",
            "1212": "4 и 10",
            "1215": "сумма",
            "money": "сумма",
            "1199": "ставка исходного чека; расчетная ставка аванса",
        },
        "refund",
    ),
    Row({"event": "recalculation_down", "settled": "unpaid"}, "п. 3.5 строка 8a", "Чека не будет.", "вывод [I]"),
    Row(
        {"event": "recalculation_down", "settled": "credit"},
        "п. 3.5 строка 8b",
        "Возврат прихода на снятую часть долга.",
        "вывод [I]",
        {"1054": "2", "1214": "6", "1212": "4", "1216": "сумма", "1199": "ставка месяца услуги"},
        "act",
    ),
    Row(
        {"event": "recalculation_down", "settled": "stays"},
        "п. 3.5 строка 8c",
        "Возврат услуги, деньги становятся переплатой (reoffset = restore_advance).",
        "вывод [I]; выбор reoffset [P]",
        {**_RETURN, "1215": "сумма", "1199": "ставка месяца услуги"},
        "act",
    ),
    Row(
        {"event": "recalculation_down", "settled": "money advance", "way": _OURS},
        "п. 3.5 строка 8d",
        "Возврат услуги деньгами, как строки 7b и 7c.",
        "возврат прихода по исходной ставке [C]",
        {**_RETURN, "money": "сумма", "1199": "ставка исходного чека"},
        "refund",
    ),
    Row(
        {"event": "recalculation_up"},
        "п. 3.5 строка 8e",
        "Как новое начисление того же месяца: зачет, долг или чек «в долг».",
        "вывод [I]",
        {"1054": "1", "1214": "4 или 6", "1212": "4", "1199": "ставка месяца услуги"},
        "act",
    ),
    Row({"event": "write_off", "settled": "unpaid"}, "п. 3.5 строка 9", "Чека не будет.", "вывод [I]"),
    Row(
        {"event": "write_off", "settled": "credit"},
        "п. 3.5 строка 9",
        "По умолчанию чека не будет; при write_off = reverse_credit чек «в долг» отменяют.",
        "вывод [I]; выбор write_off [P]",
        {"1054": "2", "1214": "6", "1212": "4", "1216": "сумма", "1199": "ставка месяца услуги"},
        "act",
    ),
    Row(
        {"event": "counter_offset", "settled": "unpaid"},
        "п. 3.5 строка 12",
        "Чек с встречным предоставлением.",
        "54-ФЗ ст. 1.1 [M]",
        {**_ORDINARY, "1217": "сумма", "1199": "ставка месяца услуги"},
        "act",
    ),
    Row(
        {"event": "counter_offset", "settled": "credit"},
        "п. 3.5 строка 12",
        "Погашение долга встречным предоставлением.",
        "54-ФЗ ст. 1.1 [M]",
        {"1054": "1", "1214": "7", "1212": "10", "1217": "сумма", "1199": "ставка месяца услуги"},
        "act",
    ),
    Row(
        {"event": "transfer"},
        "п. 3.5 h",
        "На сам перенос чека нет (transfer_between_accounts = ledger_only); зачет долга получателя идет формой 1215.",
        "вывод [I]; выбор transfer_between_accounts [P]",
    ),
    Row(
        {"event": "reversal", "formed": "no"},
        "п. 3.5 строка 14",
        "Чека не будет: он отзывается до выдачи.",
        "вывод [I]",
    ),
    Row(
        {"event": "reversal", "formed": "yes"},
        "п. 3.5 строка 14",
        "Зеркальный возврат: те же строки, формы и контакт.",
        "вывод [I]",
        {"1054": "2", "1214": "как в чеке", "1212": "как в чеке", "1199": "как в чеке"},
        "act",
    ),
)
