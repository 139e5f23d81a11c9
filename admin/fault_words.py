"""What the API finds wrong, field by field, in the reader's language where it says so in English only."""

from typing import Final

import msgspec

from accounting.receipts.errors import MESSAGES, ErrorCode
from accounting.receipts.wording import SOURCE_LANGUAGE, current_language
from admin.texts import say
from fiscal_server.client.types import Fault

_REASONS: Final[dict[str, str]] = {
    "unknown_receipt": "Такого чека нет.",
    "not_registered": "Чек ещё не оформлен: исправлять нечего. Если он лишний, отмените его.",
    "already_corrected": "Этот чек уже исправлен. Ошибка осталась? Исправьте чек, который выдан вместо него.",
    "payment_reversed": "Платёж отозван, и возврат по этому чеку уже оформлен.",
    "nothing_to_issue": "Налоговая этот чек не приняла, сторнировать нечего: напишите, каким он должен быть.",
    "amount_too_large": "Сумма больше, чем вмещает чек.",
    "event_stored": "Это событие уже в учёте, и чек за него тоже.",
    "day_restored": "Этот день уже восстановлен. Если тот заказ ошибочный, сначала отмените его.",
    "period_close_under_way": "Месяц этой организации сейчас закрывают: дождитесь конца и отправьте ещё раз.",
    "period_close_too_large": "Счетов слишком много, чтобы закрыть месяц событием: закройте его на странице «Закрытие "
    "месяца».",
    "too_many_events": "Событий слишком много для одного раза: разделите их.",
    "too_many_accounts": "Лицевых счетов слишком много для одного раза: разделите их.",
    "name_taken": "Организация с таким названием уже есть.",
    "service_in_use": "Услугу нельзя убрать: за неё есть долги, оплата или подключённые счета.",
    "kkt_registered": "На этот ИНН или формат уже зарегистрированы кассы: изменить его здесь нельзя.",
    "unknown_cassette": "Такой кассеты нет.",
    "cassette_of_another_ffd": "В этой кассете другая версия формата чеков (ФФД).",
    "itemised_payments_required": "Итог дня оформляют по ФФД 1.05. По новым версиям нужен чек коррекции на каждый "
    "платёж: «Нет чека за платёж» или «Восстановление списком».",
}
_INVALID: Final[dict[str, str]] = {
    "url": "Нужен адрес в интернете, который начинается с https://",
    "date": "Этот день не подходит.",
    "day": "Этот день не подходит.",
    "basis_document.date": "Документ не может быть выписан в этот день.",
    "order.date": "Предписание не может быть выписано в этот день.",
}
"""Of faults whose code says no more than that a value does not fit, by field."""


_OF_EVENTS: Final[dict[str, str]] = {code.value: text for code, text in MESSAGES.items() if isinstance(code, ErrorCode)}
"""Refusals of the rules: the API says them in Russian."""
_UNSOUND: Final = "unsound_receipt"
"""The API names the broken rules, in Russian, in the words that ``receipts.checks`` makes of amounts and lines."""
_BREAKS_RULES: Final = "Чек нарушил бы правила, поэтому его не будет."


class FaultWords(msgspec.Struct, frozen=True):
    """A fault for a page. ``official``: the API's field and words when ``reason`` is ours, empty when those stand."""

    code: str
    reason: str
    field: str
    key: str | None
    official: str


def worded(fault: Fault) -> FaultWords:
    """In the reader's language; the API's own words where there are no others."""
    known = _INVALID.get(fault.field) if fault.code == "invalid" else _REASONS.get(fault.code)
    if known is None and fault.code in _OF_EVENTS:
        return FaultWords(fault.code, say(_OF_EVENTS[fault.code]), fault.field, fault.key, "")
    if known is None and fault.code == _UNSOUND and current_language() != SOURCE_LANGUAGE:
        return FaultWords(fault.code, say(_BREAKS_RULES), fault.field, fault.key, fault.reason)
    if known is None:
        return FaultWords(fault.code, fault.reason, fault.field, fault.key, "")
    return FaultWords(fault.code, say(known), "", fault.key, f"{fault.field} {fault.reason}".strip())
