"""What the API finds wrong, field by field, in the reader's language where it says so in English only."""

from typing import Final

import msgspec

from admin.texts import say
from fiscal_server.client.types import Fault

_REASONS: Final[dict[str, str]] = {
    "unknown_receipt": "Такого чека нет.",
    "not_registered": "Чек ещё не оформлен: исправлять нечего. Если он лишний, отмените его.",
    "already_corrected": "Этот чек уже исправлен. Ошибка осталась? Исправьте чек, который выдан вместо него.",
    "payment_reversed": "Платёж отозван, и возврат по этому чеку уже оформлен.",
    "nothing_to_issue": "Налоговая этот чек не приняла, сторнировать нечего: напишите, каким он должен быть.",
    "amount_too_large": "Сумма больше, чем вмещает чек.",
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
    if known is None:
        return FaultWords(fault.code, fault.reason, fault.field, fault.key, "")
    return FaultWords(fault.code, say(known), "", fault.key, f"{fault.field} {fault.reason}".strip())
