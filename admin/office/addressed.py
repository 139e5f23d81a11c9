"""What addresses ask of the office's pages, beside lists with conditions: months, people, states.

What cannot be understood is refused with its place: a page that answers another question than the one that was asked
would be believed.
"""

from collections.abc import Container, Mapping
from typing import Final

from litestar.exceptions import HTTPException

from admin.office.field_names import FIELD_NAMES
from admin.texts import say

ADDRESSED: Final = {
    "client": "Клиент",
    "country": "Страна",
    "edit": "Услуга",
    "month": "Месяц",
    "owner": "Исполнитель",
    "project": "Проект",
    "state": "Состояние",
}
"""How parts of addresses are called; msgids."""

assert all(FIELD_NAMES.get(name, title) == title for name, title in ADDRESSED.items()), "one name, one word"


class AddressRefused(HTTPException):
    """400 with the part of the address that is not understood, in the reader's language."""

    status_code = 400

    def __init__(self, name: str, text: str) -> None:
        self.told = say("В адресе страницы ошибка: {name} — «{text}».", name=say(ADDRESSED[name]), text=text[:40])
        super().__init__(self.told)


def choice_asked(query: Mapping[str, str], name: str, choices: Container[str]) -> str | None:
    """One of the choices; None where nothing is asked. Raises AddressRefused."""
    text = query.get(name) or None
    if text is not None and text not in choices:
        raise AddressRefused(name, text)
    return text


def number_asked(query: Mapping[str, str], name: str) -> int | None:
    """The number of a row; None where nothing is asked. Raises AddressRefused."""
    text = query.get(name) or None
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise AddressRefused(name, text)
    return int(text)
