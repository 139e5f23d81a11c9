"""The keys of the panel: one table. ``static/keys.js`` names the same; a browser test compares the two."""

from typing import Final

import msgspec


class Key(msgspec.Struct, frozen=True):
    """What some keys do. ``names``: as browsers name them; ``shown``: as they are written on keyboards."""

    names: tuple[str, ...]
    shown: tuple[str, ...]
    does: str


class KeyGroup(msgspec.Struct, frozen=True):
    """Keys that work in one place."""

    title: str
    keys: tuple[Key, ...]


KEYS: Final = (
    KeyGroup(
        "На каждой странице",
        (
            Key(("Ctrl+k",), ("Ctrl", "K"), "найти, перейти, сделать"),
            Key(("?",), ("?",), "эта подсказка"),
            Key(("Escape",), ("Esc",), "закрыть окно, уйти из поля"),
        ),
    ),
    KeyGroup(
        "В списках",
        (
            Key(("j", "ArrowDown"), ("J", "↓"), "следующая строка"),
            Key(("k", "ArrowUp"), ("K", "↑"), "предыдущая строка"),
            Key(("Enter",), ("Enter",), "открыть строку"),
            Key(("x",), ("X",), "отметить строку; мышью с Shift: все между двумя"),
            Key(("/",), ("/",), "к условиям списка"),
            Key(("n",), ("N",), "следующая страница"),
            Key(("p",), ("P",), "предыдущая страница"),
        ),
    ),
)
