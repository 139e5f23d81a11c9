"""Contracts, services and tariffs in people's words. All texts are msgids."""

from typing import Final

from accounting.office.due_rules import parse_due_rule
from accounting.office.passport import term_text

STEPS: Final = {
    "agree": "Согласовать",
    "send": "Отправить на подпись",
    "sign": "Подписать",
    "activate": "Начать обслуживание",
    "suspend": "Приостановить",
    "resume": "Возобновить",
    "give_notice": "Расторгнуть",
    "close": "Закрыть",
    "back": "Вернуть в черновик",
    "cancel": "Отменить договор",
}
EVENTS: Final = {
    **STEPS,
    "create": "Создан",
    "change": "Изменён",
    "renew": "Сделано продление",
    "original": "Оригинал вернулся",
    "file": "Добавлен файл",
    "file_gone": "Убран файл",
    "line": "Добавлена услуга",
    "line_gone": "Убрана услуга",
    "line_price": "Изменена цена услуги",
    "annex": "Начато соглашение",
    "annex_sign": "Подписано соглашение",
    "annex_in_force": "Вступило в силу соглашение",
    "annex_cancel": "Отменено соглашение",
    "text": "Составлен текст",
}
SIDES: Final = {"office": "мы", "client": "клиент"}
ANNEX_STATES: Final = {"draft": "готовится", "signed": "в силе", "cancelled": "отменено"}
ANNEX_CHANGES: Final = {
    "add": "добавить услугу",
    "end": "закончить услугу",
    "price": "новая цена услуги",
    "fee": "новая плата за месяц",
}
METHODS: Final = {
    "paper": "на бумаге",
    "simple": "простая электронная подпись",
    "qualified": "квалифицированная электронная подпись",
}
MARKS: Final = {
    "client": "не подписал клиент",
    "office": "не подписали мы",
    "original": "оригинал не вернулся",
    "ends": "кончается за 60 дней",
    "over": "срок прошёл",
}
PERIODS: Final = {
    "month": "каждый месяц",
    "quarter": "каждый квартал",
    "year": "раз в год",
    "event": "один раз",
}
SHIFTS: Final = {"none": "с выходного не переносится", "next": "с выходного вперёд", "prev": "с выходного назад"}
AREAS: Final = {
    "tax": "налоги",
    "payroll": "зарплата",
    "primary": "первичные документы",
    "personnel": "кадры",
    "statements": "отчётность",
    "consulting": "консультации",
    "legal": "юридические услуги",
    "receipts": "чеки",
}
UNITS: Final = {"month": "месяц", "document": "документ", "employee": "сотрудник", "hour": "час", "piece": "штука"}
LINE_KINDS: Final = {
    "base": "в месяц",
    "per_unit": "за каждую единицу",
    "bracket": "ступенями",
    "flag": "надбавка",
    "coefficient": "коэффициент",
    "discount": "скидка",
}
PARAMETER_KINDS: Final = {"number": "число", "flag": "да или нет", "choice": "выбор"}
CHOICES: Final = {
    "org": "организация",
    "ip": "индивидуальный предприниматель",
    "person": "самозанятый",
    "client": "клиент",
    "office": "мы",
    "services": "услуги",
    "trade": "торговля",
    "catering": "общественное питание",
    "production": "производство",
    "construction": "строительство",
    "transport": "перевозки",
    "other": "другое",
    "USN_D": "УСН «доходы»",
    "USN_DR": "УСН «доходы минус расходы»",
    "OSNO": "ОСНО",
    "ESHN": "ЕСХН",
    "PSN": "патент",
    "AUSN": "АУСН",
    "NPD": "НПД",
}
TARIFF_STATUSES: Final = {"draft": "черновик", "active": "действует", "retired": "больше не действует"}


def rule_text(rule: str) -> str:
    """When work is due, in the reader's language: «5-й рабочий день следующего месяца». ``rule``: one that was taken.

    Raises BadText."""
    return "; ".join(term_text(term) for term in parse_due_rule(rule))
