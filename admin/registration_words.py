"""What people read about the registration data of a KKT; texts are msgids."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from admin.texts import say
from fiscal_server.storage.requests import OrderKind, RegistrationTold
from kkt_drivers.kkt import Registration

CHANGE_REASONS: Final[dict[str, tuple[int, str]]] = {
    "ofd": (1, "замена ОФД"),
    "user_name": (2, "изменение наименования пользователя"),
    "place": (3, "изменение адреса или места расчётов"),
    "kkt_model_version": (6, "изменение версии модели ККТ"),
    "taxation_systems": (7, "изменение перечня систем налогообложения"),
    "no_longer_internet": (13, "переход от расчётов только в Интернете к печати чеков"),
    "now_internet": (14, "переход от печати чеков к расчётам только в Интернете"),
    "other": (31, "иные причины"),
}
"""Bit of tag 1205 and its words, those that the form can bring about; the names are those of ``Reason``."""

REPLACEMENT_REASONS: Final = {name: words for name, words in CHANGE_REASONS.items() if name != "no_longer_internet"}
"""Those that may come with a new FN, which is registered for settlements on the Internet only."""

TAXATION_BITS: Final[dict[int, str]] = {
    1: "ОСН",
    2: "УСН доход",
    4: "УСН доход минус расход",
    16: "ЕСХН",
    32: "Патент",
}
"""Tag 1062; ЕНВД, bit 3, has ended."""

_ENDED: Final[dict[int, str]] = {8: "ЕНВД"}

TITLES: Final[dict[str, tuple[str, int | None]]] = {
    "user_name": ("Организация", 1048),
    "address": ("Адрес расчётов", 1009),
    "place": ("Место расчётов", 1187),
    "taxation_systems": ("Системы налогообложения", 1062),
    "internet_only": ("Расчёты только в Интернете", 1108),
    "ofd_inn": ("ИНН оператора", 1017),
    "ofd_name": ("Название оператора", 1046),
    "ofd_address": ("Адрес оператора", None),
    "sender_email": ("Почта отправителя чека", 1117),
}
"""What may change, in the order of the form: title and tag; None: no document has it."""


class Difference(msgspec.Struct, frozen=True):
    """One datum that changes, said already."""

    title: str  # a msgid
    tag: int | None
    before: str
    after: str


class Known(msgspec.Struct, frozen=True):
    """What a KKT is registered with, as it said itself; ``data``: title (a msgid), tag and words of each datum."""

    told_at: datetime
    data: list[tuple[str, int | None, str]]
    report: dict[str, Any] | None  # of the last change: ``fd_number``, ``fiscal_sign``, ``issued_at``


_NOT_ON_CARD: Final = ("user_name", "ofd_address")
"""The card has them from the books."""


def known(told: Mapping[OrderKind, RegistrationTold]) -> Known | None:
    """Out of the last reading and the last change, whichever came later; None: nobody ever asked."""
    changed, read = told.get(OrderKind.RE_REGISTER), told.get(OrderKind.READ_REGISTRATION)
    newest = max((one for one in (changed, read) if one is not None), key=lambda one: one.id, default=None)
    if newest is None:
        return None
    values = newest.details if newest is changed else newest.done["registered"]["parameters"]
    data = [
        (title, tag, _said(name, values[name])) for name, (title, tag) in TITLES.items() if name not in _NOT_ON_CARD
    ]
    return Known(newest.finished_at, data, None if changed is None else changed.done["re_registered"])


def papers(told: Mapping[OrderKind, RegistrationTold]) -> dict[str, str]:
    """Of the papers of a KKT, what it said itself; what changed after it was read is as it was changed."""
    changed, read = told.get(OrderKind.RE_REGISTER), told.get(OrderKind.READ_REGISTRATION)
    if read is None:
        return {}
    said = read.done["registered"]["parameters"]
    if changed is not None and changed.id > read.id:
        said = {**said, **changed.details}
    return {"serial": said["kkt_serial_number"], "ofd_inn": said["ofd_inn"], "ofd_name": said["ofd_name"]}


def taxation_words(systems: int) -> str:
    """The systems of a bit set of tag 1062, in the reader's language."""
    named = sorted((TAXATION_BITS | _ENDED).items())
    return ", ".join(say(title) for bit, title in named if systems & bit)


def differences(registered: Registration, ofd_address: str, typed: Mapping[str, Any]) -> list[Difference]:
    """What of the form is not as it is registered; ``ofd_address``: where documents go until now."""
    before = {**msgspec.to_builtins(registered), "ofd_address": ofd_address}
    return [
        Difference(title, tag, _said(name, before[name]), _said(name, typed[name]))
        for name, (title, tag) in TITLES.items()
        if before[name] != typed[name]
    ]


def _said(name: str, value: Any) -> str:
    if name == "taxation_systems":
        return taxation_words(value)
    if name == "internet_only":
        return say("да") if value else say("нет")
    return str(value)
