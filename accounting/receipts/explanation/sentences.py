"""Msgids of the explanations (``explain``): what people read about a receipt. Marks: beginning of the receipt rules."""

from typing import Final

HEADINGS: Final = {
    "document": "Какой это чек",
    "event": "Что произошло",
    "owed": "Что было до этого",
    "division": "Как разошлись деньги",
    "reasons": "Почему именно так",
    "vat": "НДС",
    "policies": "Что решили настройки",
    "laws": "На чем основано",
    "due": "Срок",
}
MARKS_HEADING: Final = "Пометки"

DOCUMENT: Final = "{kind}: {sign} на {amount} ({forms})."
RECEIPT: Final = "Кассовый чек"
CORRECTION_RECEIPT: Final = "Чек коррекции"
SIGNS: Final = {1: "приход", 2: "возврат прихода", 3: "расход", 4: "возврат расхода"}
FORMS: Final = {
    "cash": "наличными {amount}",
    "electronic": "безналичными {amount}",
    "prepaid": "зачетом переплаты {amount}",
    "credit": "в долг {amount}",
    "provision": "взаимозачетом {amount}",
}
ACCOUNT: Final = "Лицевой счет {account}."
CONSOLIDATED: Final = "Общий чек за {period} по лицевым счетам, абонентам не выдается."
NOBODYS: Final = "Лицевой счет неизвестен."
OF_THE_DAY: Final = "Один чек за весь день, без лицевых счетов."
PART: Final = "Часть {part}: чек разделен, весь он больше допустимого (п. 5 [I])."

EVENTS: Final = {
    "charge": "Начислено за {period}, {service}: {amount}.",
    "period_close": "Закрыли месяц {period}: услуги оказаны.",
    "payment": "Поступил платеж {amount} от {day}: {ways}.",
    "payment_reversal": "Банк отменил платеж {payment}, {day}.",
    "payment_identification": "Плательщик неизвестного платежа {payment} найден {day}.",
    "counter_offset": "Взаимозачет на {amount}, {day}.",
    "recalculation": "Перерасчет от {day}: увеличили начисление за {period}, {service}, на {amount}.",
    "recalculation_down": "Перерасчет от {day}: уменьшили начисление за {period}, {service}, на {amount}.",
    "advance_refund": "Вернули переплату {amount}, деньги отправлены {day}: {ways}.",
    "service_refund": "Вернули деньги за услугу {service} за {period}: {amount}, отправлены {day}: {ways}.",
    "advance_transfer": "Перенесли переплату {amount} со счета {source} на счет {target}, {day}.",
    "advance_set_off": "Зачли переплату {amount} в долги того же счета {source}, {day}.",
    "debt_write_off": "Списали безнадежный долг, {day}.",
    "advance_write_off": "Списали невостребованную переплату, {day}.",
    "restoration": "Восстановили пропущенные чеки за прошлые события, {day}.",
    "day_total_restoration": "За {of_day} чеков не было, известна только сумма дня: {amount}.",
    "receipt_correction": "Исправляют выданный чек {receipt}, {day}.",
}
CHARGED: Final = "Начислено: {service}, {amount}."
RESTORED: Final = "Чека за это событие не было; его восстанавливают {day}, ключ восстановления {key} (п. 6.3 [I])."
WRONG: Final = "Выданный чек {receipt}: {sign} на {amount}, подпись {fiscal_sign}."
QUARANTINED: Final = "Налоговая этот чек не приняла, он считается невыданным (п. 6.1 [C])."

WAYS: Final = {
    "cash": "наличные",
    "card_present": "карта предъявлена",
    "card_online": "карта на сайте",
    "bank_transfer": "перевод через банк",
}

DEBT: Final = "Долг за {period}, {service}: {amount}, срок оплаты {due}."
CREDITED_DEBT: Final = "Долг за {period}, {service}: {amount}, срок оплаты {due}; на него уже есть чек «в долг»."
CHARGE: Final = "Начислено за {period}, {service}: {amount}, месяц еще не закрыт."
OFF_BALANCE: Final = "Ранее списанный долг за {period}, {service}: {amount}."
PENALTY_OWED: Final = "Пени: {amount}."
COSTS_OWED: Final = "Судебные расходы: {amount}."
LOT: Final = "Переплата от {day}: {amount}."
SETTLED: Final = {
    "cash": "Оплачено наличными за {period}, {service}: {amount}.",
    "noncash": "Оплачено безналично за {period}, {service}: {amount}.",
    "advance": "Списано с переплаты за {period}, {service}: {amount}.",
    "counter": "Закрыто взаимозачетом за {period}, {service}: {amount}.",
}
NOTHING_OWED: Final = "Ни долгов, ни переплаты не было."
LEDGER_STAYS: Final = "Долги и переплаты исправление чека не меняет (п. 6.1 [I])."
OFFSET_OF_ALL: Final = "Переплата была у лицевых счетов: {count}; списано с них за месяц: {amount}."
RETURNED_OF_ALL: Final = "За месяц возвращено переплат: {count}, на {amount}."

TARGETS: Final = {
    "debt": "{amount} в долг за {period}, {service}",
    "off_balance": "{amount} в ранее списанный долг за {period}, {service}",
    "costs": "{amount} в судебные расходы: это не оплата услуг, в чек не входит",
    "penalty": "{amount} в пени, строкой в чеке",
    "penalty_without_line": "{amount} в пени: в чек не входит",
    "advance": "{amount} осталось переплатой",
    "advance_by_rate": "{amount} осталось переплатой ({rate})",
    "suspense": "{amount} учтено как аванс неизвестного плательщика",
}

LINES: Final = {
    1: "{name}: {amount}, известная услуга оплачена вперед полностью (способ 1)",
    2: "{name}: {amount}, известная услуга оплачена вперед частично (способ 2)",
    3: "{name}: {amount}, деньги вперед (способ 3)",
    4: "{name}: {amount}, услуга оказана и рассчитана (способ 4)",
    5: "{name}: {amount}, часть рассчитана, остальное в долг (способ 5)",
    6: "{name}: {amount}, услуга оказана в долг (способ 6)",
    7: "{name}: {amount}, погашен долг, на который уже был чек (способ 7)",
}
RETURNED_LINES: Final = {
    1: "{name}: {amount}, возвращается предоплата (способ 1)",
    2: "{name}: {amount}, возвращается предоплата (способ 2)",
    3: "{name}: {amount}, возвращается аванс (способ 3)",
    4: "{name}: {amount}, отменяется рассчитанная услуга (способ 4)",
    5: "{name}: {amount}, отменяется услуга, часть которой в долг (способ 5)",
    6: "{name}: {amount}, снимается переданное в долг (способ 6)",
    7: "{name}: {amount}, отменяется погашение долга (способ 7)",
}
RATE: Final = "НДС {rate}"
NO_VAT: Final = "без НДС"
MORE_LINES: Final = "и еще строк: {count}, на {amount}"
TOTALS_ONLY: Final = "Строк в таком чеке нет, только итоги."
