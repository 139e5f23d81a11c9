"""Who may do what: one table. A route names its action, a person has roles; nothing else decides.

Roles are those of the office (levels of access, each with its own branch) and the cash-desk operator, who knows devices
and no books. Somebody may have several: in a small company the director also keeps the system.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec


class Role(StrEnum):
    """What somebody is in the office."""

    CLIENT_VIEWER = "client_viewer"
    CLIENT_MEMBER = "client_member"
    CLIENT_ADMINISTRATOR = "client_administrator"
    CASH_DESK_OPERATOR = "cash_desk_operator"
    ACCOUNTANT = "accountant"
    LEAD_ACCOUNTANT = "lead_accountant"
    DEPARTMENT_HEAD = "department_head"
    MANAGER = "manager"
    DIRECTOR = "director"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"


class Action(StrEnum):
    """What a route does."""

    OWN = "own"
    """One's own password, sessions and language: everybody who has signed in."""

    SEE_TODAY = "see_today"
    SEE_RECEIPTS = "see_receipts"
    SEE_ACCOUNTS = "see_accounts"
    SEE_CASSETTES = "see_cassettes"
    SEE_MONEY_IN = "see_money_in"
    SEE_CLOSES = "see_closes"
    SEE_SETTINGS = "see_settings"
    EXPORT = "export"
    SHARE_VIEWS = "share_views"
    """Show colleagues of a merchant one's own saved view of a list."""
    SUBMIT_MONEY = "submit_money"
    CORRECT_RECEIPTS = "correct_receipts"
    CLOSE_MONTHS = "close_months"
    ORDER_DEVICES = "order_devices"
    SETTLE_RECEIPTS = "settle_receipts"
    ADD_KKTS = "add_kkts"
    SET_POLICIES = "set_policies"
    MANAGE_KEYS = "manage_keys"
    MANAGE_PEOPLE = "manage_people"
    READ_AUDIT = "read_audit"
    BREAK_GLASS = "break_glass"
    """See a merchant or a client that was not given to one, in an emergency: for a reason, for hours, and its people
    see it."""
    SEE_CLIENTS = "see_clients"
    """Clients of the office and what they owe: those that one is assigned to, or all."""
    WORK_ON_CASES = "work_on_cases"
    """Mark obligations and cases of clients in sight as begun and done."""
    CHANGE_CLIENTS = "change_clients"
    """Tax profile and contacts of clients in sight, and their plans."""
    MANAGE_CLIENTS = "manage_clients"
    """Take clients in, give them to people, say which merchants they are."""
    WORK_ON_LEADS = "work_on_leads"
    SEE_FEES = "see_fees"
    """What clients pay, and what the office asks: fees of contracts, prices, tariffs."""
    WORK_ON_CONTRACTS = "work_on_contracts"
    """Prices and contracts of clients in sight, from the draft to the end."""
    SET_TARIFFS = "set_tariffs"
    """The catalogue of services, and tariffs."""
    SET_TEMPLATES = "set_templates"
    """Templates of contracts, and who the office is in them."""
    TELL_CLIENTS = "tell_clients"
    """Tell clients in sight what they have to pay, and say that it is paid."""


class _RoleRow(msgspec.Struct, frozen=True):
    title: str
    sees_all: bool
    """All merchants, not only those that were given to the person."""
    actions: frozenset[Action]


_OWN = frozenset({Action.OWN})
_VIEWING = _OWN | {Action.SEE_TODAY, Action.SEE_RECEIPTS, Action.SEE_ACCOUNTS, Action.EXPORT}
_BOOKS = _VIEWING | {Action.SEE_CASSETTES, Action.SEE_MONEY_IN, Action.SEE_CLOSES}
_SERVING = frozenset({Action.SEE_CLIENTS, Action.WORK_ON_CASES})
_AGREEING = frozenset({Action.SEE_FEES, Action.WORK_ON_CONTRACTS, Action.SET_TARIFFS, Action.SET_TEMPLATES})
_LEADS = frozenset({Action.CHANGE_CLIENTS, Action.MANAGE_CLIENTS, Action.WORK_ON_LEADS})
_TAKING_IN = _SERVING | _AGREEING | _LEADS | {Action.SHARE_VIEWS}
_ACCOUNTING = _BOOKS | _SERVING | {Action.SUBMIT_MONEY, Action.CORRECT_RECEIPTS, Action.SHARE_VIEWS}
_LEADING = _ACCOUNTING | {Action.CLOSE_MONTHS, Action.SETTLE_RECEIPTS, Action.SEE_SETTINGS}
_LEADING |= {Action.CHANGE_CLIENTS, Action.TELL_CLIENTS}
_DEVICES = frozenset({Action.SEE_CASSETTES, Action.ORDER_DEVICES, Action.SETTLE_RECEIPTS, Action.ADD_KKTS})

ROLES: Final[dict[Role, _RoleRow]] = {
    Role.CLIENT_VIEWER: _RoleRow("Клиент: просмотр", False, _VIEWING),
    Role.CLIENT_MEMBER: _RoleRow("Клиент: участник", False, _VIEWING),
    Role.CLIENT_ADMINISTRATOR: _RoleRow("Клиент: администратор", False, _VIEWING | {Action.SHARE_VIEWS}),
    Role.CASH_DESK_OPERATOR: _RoleRow(
        "Оператор касс", False, _OWN | _DEVICES | {Action.SEE_TODAY, Action.SEE_RECEIPTS}
    ),
    Role.ACCOUNTANT: _RoleRow("Бухгалтер", False, _ACCOUNTING),
    Role.LEAD_ACCOUNTANT: _RoleRow("Ведущий бухгалтер", False, _LEADING),
    Role.DEPARTMENT_HEAD: _RoleRow("Начальник отдела", False, _LEADING | {Action.SET_POLICIES, Action.SEE_FEES}),
    Role.MANAGER: _RoleRow("Менеджер", True, _BOOKS | _TAKING_IN | {Action.SEE_SETTINGS}),
    Role.DIRECTOR: _RoleRow(
        "Директор", True, _LEADING | _DEVICES | _TAKING_IN | {Action.SET_POLICIES, Action.READ_AUDIT}
    ),
    Role.AUDITOR: _RoleRow(
        "Аудитор", True, _BOOKS | {Action.SEE_SETTINGS, Action.READ_AUDIT, Action.SEE_CLIENTS, Action.SEE_FEES}
    ),
    # Keeps people and keys; sees no money of anybody's unless another role gives it.
    Role.SYSTEM_ADMINISTRATOR: _RoleRow(
        "Администратор системы",
        False,
        _OWN
        | {Action.SEE_SETTINGS, Action.MANAGE_PEOPLE, Action.MANAGE_KEYS, Action.READ_AUDIT}
        | {Action.BREAK_GLASS},
    ),
}

_ENDING = frozenset({Action.OWN, Action.BREAK_GLASS})
IN_EMERGENCY: Final = (_BOOKS - {Action.EXPORT}) | _ENDING
"""All that somebody may who has broken the glass before a merchant, whatever the roles are, until it is given back."""

IN_EMERGENCY_OF_CLIENT: Final = _ENDING | {Action.SEE_CLIENTS}
"""The same before a client of the office: no fees."""

EVERYTHING: Final = (Role.DIRECTOR, Role.SYSTEM_ADMINISTRATOR)
"""Roles of the first person, and of whoever sits at a machine whose panel asks nobody to sign in."""


def may(roles: Iterable[Role], action: Action) -> bool:
    """Whether one of the roles allows it."""
    return any(action in ROLES[role].actions for role in roles)


def in_emergency(of_client: bool) -> frozenset[Action]:
    """What breaking the glass allows."""
    return IN_EMERGENCY_OF_CLIENT if of_client else IN_EMERGENCY


def roles_that_may(action: Action) -> tuple[Role, ...]:
    """Those whose people can be asked to do it."""
    return tuple(role for role in Role if action in ROLES[role].actions)


def sees_all(roles: Iterable[Role]) -> bool:
    """Whether every merchant is in sight."""
    return any(ROLES[role].sees_all for role in roles)
