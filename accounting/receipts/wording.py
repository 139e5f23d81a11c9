"""Texts for people: Russian msgids, and the one place where a translation would come in.

A msgid is the Russian text itself, as gettext has it; ``{names}`` in it are filled in after the translation. There is
no catalogue of translations yet, so ``translated`` gives the msgid.
"""

from typing import Final

from accounting.receipts.money import text_from_kopecks

MARKS: Final = {
    "C": "подтверждено несколькими источниками",
    "1": "один источник",
    "M": "по памяти о норме, текст не сверен",
    "I": "вывод, прямой нормы нет",
    "P": "закон оставляет выбор: настройка",
}
"""The marks of certainty that stand behind every law and rule shown to users (receipt rules, beginning)."""


def translated(msgid: str, /, **values: object) -> str:
    """The text of a msgid with its values filled in."""
    return msgid.format(**values) if values else msgid


def roubles(kopecks: int) -> str:
    """An amount for people: 4500000 -> "45 000,00 ₽"."""
    whole, fraction = text_from_kopecks(kopecks).split(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    groups: list[str] = []
    while len(digits) > 3:
        groups.insert(0, digits[-3:])
        digits = digits[:-3]
    return f"{sign}{' '.join([digits, *groups])},{fraction} ₽"
