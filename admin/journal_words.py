"""How the story of deeds calls what was changed, and how it says the values."""

from typing import Any, Final

import msgspec

from admin.formatters import format_kopecks
from admin.office.field_names import FIELD_NAMES
from admin.texts import say

FIELDS: Final[dict[str, str]] = FIELD_NAMES | {
    "amount_kopecks": "Сумма",
    "client": "Клиент",
    "close": "Закрытие месяца",
    "disabled_at": "Отключён с",
    "fee_kopecks": "Плата в месяц",
    "file": "Файл",
    "fn_number": "Память (ФН)",
    "indexation_month": "Месяц индексации",
    "job": "Задание",
    "left": "Осталось",
    "merchants": "Организации",
    "minimum_fee_kopecks": "Наименьшая плата",
    "name": "Название",
    "one_off_kopecks": "Разовая сумма",
    "order": "Распоряжение",
    "outcome": "Чем кончилось",
    "payment_terms": "Условия оплаты",
    "points": "Пункты",
    "price_kopecks": "Цена",
    "reasons": "Причины",
    "renews_by_months": "Продлевается на, месяцев",
    "role": "Роль",
    "roles": "Роли",
    "shared_at": "Показан коллегам с",
    "size": "Размер, байт",
    "state": "Состояние",
    "status": "Состояние",
    "terms": "Условия",
    "text": "Текст",
    "title": "Заголовок",
    "until": "До",
}
"""By name; msgids. A name that is not here is shown as it is kept."""


def field_word(name: str) -> str:
    """What a field is called, in the reader's language."""
    return say(FIELDS[name]) if name in FIELDS else name


def value_words(name: str, value: Any) -> str:
    """A value as people read it; empty for none."""
    if value is None:
        return ""
    if name.endswith("_kopecks") and isinstance(value, int) and not isinstance(value, bool):
        return format_kopecks(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
