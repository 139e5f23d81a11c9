"""The ways through the panel, in the order of a working day."""

from typing import Final
from urllib.parse import urlencode

import msgspec


class Section(msgspec.Struct, frozen=True):
    """One entry of the main navigation; ``key`` is how pages say where they are."""

    key: str
    title: str
    path: str


SECTIONS: Final = (
    Section("today", "Сегодня", "/"),
    Section("receipts", "Чеки", "/receipts"),
    Section("accounts", "Лицевые счета", "/accounts"),
)
"""A section stands here when it has a page."""


def address(path: str, **parameters: object) -> str:
    """A path with its parameters; those that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value is not None and value != ""}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path
