"""The ways through the panel, in the order of a working day, and what can be begun from anywhere."""

from typing import Final
from urllib.parse import urlencode

import msgspec

from admin.permissions import Action


class Section(msgspec.Struct, frozen=True):
    """One entry of the main navigation; ``key`` is how pages say where they are."""

    key: str
    title: str
    path: str
    action: Action
    """Who may not do this does not see the entry."""
    is_of_merchant: bool = False
    """Its pages are those of one merchant: /path/{merchant}."""


SECTIONS: Final = (
    Section("today", "Сегодня", "/", Action.SEE_TODAY),
    Section("receipts", "Чеки", "/receipts", Action.SEE_RECEIPTS),
    Section("accounts", "Лицевые счета", "/accounts", Action.SEE_ACCOUNTS),
    Section("money", "Поступления", "/money", Action.SEE_MONEY_IN),
    Section("cassettes", "Кассеты", "/cassettes", Action.SEE_CASSETTES),
    Section("closes", "Закрытие месяца", "/closes", Action.SEE_CLOSES),
    Section("corrections", "Исправления", "/corrections", Action.SEE_RECEIPTS),
    Section("clients", "Клиенты", "/clients", Action.SEE_CLIENTS),
    Section("tasks", "Дела", "/tasks/mine", Action.SEE_CLIENTS),
    Section("settings", "Настройки", "/settings", Action.SEE_SETTINGS),
)
"""A section stands here when it has a page."""

CLIENT_PAGES: Final = (
    Section("deadlines", "Сроки клиентов", "/deadlines", Action.SEE_CLIENTS),
    Section("slips", "Платёжки клиентов", "/slips", Action.SEE_CLIENTS),
    Section("handbooks", "Справочники", "/handbooks", Action.SEE_CLIENTS),
    Section("leads", "Будущие клиенты", "/leads", Action.WORK_ON_LEADS),
    Section("contracts", "Договоры", "/contracts", Action.SEE_CLIENTS),
    Section("tariffs", "Услуги и тарифы", "/tariffs", Action.SEE_FEES),
    Section("calendar", "Правила сроков", "/calendar", Action.CHANGE_CLIENTS),
    Section("absences", "Замещение", "/absences", Action.SEE_CLIENTS),
)
"""Tabs of the clients, behind their list."""

TASK_PAGES: Final = (
    Section("mine", "Мои дела", "/tasks/mine", Action.SEE_CLIENTS),
    Section("list", "Все дела", "/tasks", Action.SEE_CLIENTS),
    Section("board", "Доска", "/tasks/board", Action.SEE_CLIENTS),
    Section("month", "Календарь", "/tasks/month", Action.SEE_CLIENTS),
    Section("projects", "Проекты", "/projects", Action.SEE_CLIENTS),
    Section("templates", "Шаблоны дел", "/tasks/templates", Action.SEE_CLIENTS),
)
"""Tabs of the cases."""

SETTINGS_PAGES: Final = (
    Section("merchant", "Организация", "/settings/merchant", Action.SEE_SETTINGS, is_of_merchant=True),
    Section("policies", "Правила чеков", "/settings/policies", Action.SEE_SETTINGS, is_of_merchant=True),
    Section("keys", "Ключи API", "/settings/keys", Action.MANAGE_KEYS, is_of_merchant=True),
    Section("webhooks", "Уведомления", "/settings/webhooks", Action.SEE_SETTINGS, is_of_merchant=True),
    Section("people", "Пользователи", "/settings/people", Action.MANAGE_PEOPLE),
    Section("contract_templates", "Шаблоны договоров", "/settings/contract-templates", Action.SET_TEMPLATES),
    Section("glass", "Аварийный доступ", "/break-glass", Action.BREAK_GLASS),
    Section("journal", "Журнал действий", "/settings/journal", Action.READ_AUDIT),
    Section("backups", "Резервные копии", "/settings/backups", Action.SEE_SETTINGS),
)
"""Tabs of the settings, in their order; `/settings` leads to the first that the viewer may open."""

OWN_PAGES: Final = (
    Section("me", "Моя учётная запись", "/me", Action.OWN),
    Section("bulk", "Дела со многими строками", "/bulk", Action.OWN),
    Section("keys", "Клавиши", "/keys", Action.OWN),
    Section("search", "Поиск", "/search", Action.OWN),
)
"""Pages of everybody, reached from the frame."""

DEEDS: Final = (
    Section("refused", "Разобрать чеки, которые ждут человека", "/receipts?state=REFUSED", Action.SETTLE_RECEIPTS),
    Section("new_task", "Новое дело", "/tasks/new", Action.WORK_ON_CASES),
    Section("need", "Разобрать кассеты, где нужен человек", "/cassettes?only=need", Action.SEE_CASSETTES),
    Section("load", "Загрузить выписку, реестр или пакет", "/money/new", Action.SUBMIT_MONEY),
    Section("unknown", "Назвать неизвестных плательщиков", "/money?look=yes", Action.SUBMIT_MONEY),
    Section("close", "Закрыть месяц", "/closes", Action.CLOSE_MONTHS),
    Section("restore", "Восстановить чеки списком", "/corrections/new", Action.CORRECT_RECEIPTS),
    Section("invite", "Пригласить пользователя", "/settings/people/new", Action.MANAGE_PEOPLE),
    Section("password", "Сменить пароль", "/me#password", Action.OWN),
    Section("language", "Сменить язык", "/me#language", Action.OWN),
    Section("factor", "Включить вход в два шага", "/me/second-factor", Action.OWN),
)
"""What can be begun: each leads to the form where it is done, nothing happens on the way."""

MERCHANT_DEEDS: Final = (
    Section("add_kkt", "Добавить кассу", "/cassettes/{merchant}/new", Action.ADD_KKTS),
    Section("close_of", "Закрыть месяц", "/closes/{merchant}", Action.CLOSE_MONTHS),
    Section("load_for", "Загрузить выписку, реестр или пакет", "/money/new?merchant={merchant}", Action.SUBMIT_MONEY),
)
"""Those that begin with a merchant."""


def section_at(path: str) -> Section:
    """The section that a page belongs to, by its address."""
    within = (one for one in SECTIONS if one.path == path or path.startswith((f"{one.path}/", f"{one.path}?")))
    return next(within, SECTIONS[0])


def address(path: str, **parameters: object) -> str:
    """A path with its parameters; those that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value is not None and value != ""}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path
