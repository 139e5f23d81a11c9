"""How the story of deeds calls what was changed, and how it says the values."""

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any, Final

import msgspec

from accounting.receipts.policy import POLICY_KEYS
from accounting.receipts.policy_words import words_of
from accounting.receipts.wording import translated
from admin.cassette_rule_words import RULES
from admin.formatters import format_day, format_kopecks
from admin.office.field_names import FIELD_NAMES
from admin.registration_words import TITLES
from admin.texts import say

_OF_TABLES: Final = {name: rule.title for name, rule in RULES.items()} | {
    name: title for name, (title, _) in TITLES.items()
}
"""Rules of cassettes, registration data of KKTs."""

_OF_LEADS: Final = {f"next_{name}": title for name, title in (("action", "Что дальше"), ("action_on", "Когда"))}
"""Put together, because a literal that begins so is taken for the name of a query."""

FIELDS: Final[dict[str, str]] = (
    FIELD_NAMES
    | _OF_TABLES
    | _OF_LEADS
    | {
        "adapter": "Формат",
        "again": "Загружен ещё раз",
        "amount_kopecks": "Сумма",
        "basis_number": "Номер акта или предписания",
        "basis_on": "Дата акта или предписания",
        "cancelled": "Отменено",
        "cashier": "Кассир",
        "channel": "Через кого пришли деньги",
        "client": "Клиент",
        "close": "Закрытие месяца",
        "close_archive": "Закрывать архив памяти, которую сменили",
        "created": "Создано",
        "credited_on": "Когда деньги зачислены",
        "description": "Для чего",
        "disabled": "Отключён",
        "disabled_at": "Отключён с",
        "done": "Сделано",
        "enabled": "Включено",
        "event_types": "О чём сообщать",
        "expires_at": "Действует до",
        "failed": "Отказано",
        "fee_kopecks": "Плата в месяц",
        "file": "Файл",
        "fn_number": "Память (ФН)",
        "indexation_month": "Месяц индексации",
        "job": "Задание",
        "kind": "Что делали",
        "leads": "Будущих клиентов",
        "left": "Осталось",
        "letters": "Знаков в тексте",
        "lines": "Событие на строке",
        "list": "Список",
        "merchants": "Организации",
        "minimum_fee_kopecks": "Наименьшая плата",
        "moved": "Перенесено",
        "name": "Название",
        "node": "Узел",
        "notice": "Письмо",
        "one_off_kopecks": "Разовая сумма",
        "order": "Распоряжение",
        "outcome": "Чем кончилось",
        "overlap_hours": "Прежний ключ работает ещё, часов",
        "owner_id": "Ведёт",
        "parallel": "Сразу работает касс",
        "payment_terms": "Условия оплаты",
        "points": "Пункты",
        "price_kopecks": "Цена",
        "query": "Условия списка",
        "reasons": "Причины",
        "renews_by_months": "Продлевается на, месяцев",
        "restored_on": "Когда чеки оформлены",
        "result": "Что получилось",
        "role": "Роль",
        "roles": "Роли",
        "rows": "Строк",
        "scopes": "Права",
        "second_factor": "Второй шаг входа",
        "shared_at": "Показан коллегам организации",
        "shift_closes_at": "Рабочий день закрывается в",
        "size": "Размер, байт",
        "skip": "Пропускать события с ошибками",
        "slips": "Платёжек",
        "state": "Состояние",
        "status": "Состояние",
        "terms": "Условия",
        "text": "Текст",
        "timezone": "Часовой пояс",
        "title": "Заголовок",
        "types": "О чём сообщать",
        "unknown": "Если лицевой счёт не найден",
        "until": "До",
        "url": "Куда",
    }
)
"""By name; msgids. A name that is not here is shown as it is kept."""

_QUESTIONS: Final = {row.key: row for row in POLICY_KEYS}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


def field_word(name: str) -> str:
    """What a field is called, in the reader's language; of a rule of receipts its question."""
    if name in _QUESTIONS:
        return translated(_QUESTIONS[name].question)
    return say(FIELDS[name]) if name in FIELDS else name


def value_words(name: str, value: Any, zone: tzinfo, vocabulary: Mapping[str, Mapping[str, str]]) -> str:
    """A value as people read it; empty for none. ``vocabulary``: msgids of the values of a field, by its name."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("да") if value else say("нет")
    if name.endswith("_kopecks") and isinstance(value, int):
        return format_kopecks(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value_words(name, one, zone, vocabulary) for one in value)
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if name in _QUESTIONS:
        return translated(words_of(name, value))
    words = vocabulary.get(name, {})
    return say(words[value]) if value in words else _time_words(value, zone)


def _time_words(text: str, zone: tzinfo) -> str:
    """Days and moments as people write them, the latter in their zone; whatever else as it is."""
    try:
        if _DAY.fullmatch(text):
            return format_day(date.fromisoformat(text))
        if _MOMENT.fullmatch(text):
            local = datetime.fromisoformat(text).astimezone(zone)
            return f"{format_day(local.date())} {local:%H:%M}"
    except ValueError:
        pass
    return text
