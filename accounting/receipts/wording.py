"""Texts for people: Russian msgids, translated by gettext when they are said.

A msgid is the Russian text itself; ``{names}`` in it are filled in after the translation, so a translation may move
them. The catalogues lie beside this file, ``locale/<language>/LC_MESSAGES/receipts.mo``; a folder more is a language
more. The language belongs to the call: a context variable, Russian unless ``in_language`` says otherwise.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from accounting.receipts.money import text_from_kopecks

DOMAIN: Final = "receipts"
LOCALE: Final = Path(__file__).with_name("locale")
SOURCE_LANGUAGE: Final = "ru"
"""The language of the msgids: it has no catalogue."""

MARKS: Final = {
    "C": "подтверждено несколькими источниками",
    "1": "один источник",
    "M": "по памяти о норме, текст не сверен",
    "I": "вывод, прямой нормы нет",
    "P": "закон оставляет выбор: настройка",
}
"""The marks of certainty that stand behind every law and rule shown to users (receipt rules, beginning)."""

MONTHS: Final = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)

UNKNOWN_YEAR: Final = (
    "Праздники и переносы {year} года программе неизвестны: учтены только выходные недели. Проверьте дату по календарю "
    "этого года."
)
"""Stands beside every date that hangs on a calendar that we do not have (``BusinessCalendar.is_known``)."""

_NUMBERS: Final = {"ru": (" ", ","), "pl": (" ", ","), "pt_BR": (".", ",")}  # between thousands, before kopecks
_DATES: Final = {"ru": "%d.%m.%Y", "pl": "%d.%m.%Y", "pt_BR": "%d/%m/%Y"}

_language: ContextVar[str] = ContextVar("language_of_texts", default=SOURCE_LANGUAGE)


@cache
def languages() -> tuple[str, ...]:
    """Languages that texts can be had in, Russian first."""
    return (SOURCE_LANGUAGE, *sorted(path.parents[1].name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")))


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Texts said inside are in that language. Raises ValueError for one that has no catalogue."""
    if language not in languages():
        raise ValueError(f"no texts in {language!r}, there are: {', '.join(languages())}")
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def use_language(language: str) -> None:
    """From here on, in this task, texts are said in that language; without a catalogue they stay Russian."""
    _language.set(language)


def current_language() -> str:
    """The language of the call."""
    return _language.get()


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language; none for Russian, and for one that has none."""
    if language not in languages() or language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [language])


def translated(msgid: str, /, **values: object) -> str:
    """The text of a msgid in the language of the call, with its values filled in."""
    # The empty msgid is the catalogue's own header.
    text = catalogue(_language.get()).gettext(msgid) if msgid else ""
    return text.format(**values) if values else text


def separators() -> tuple[str, str]:
    """What stands between thousands and before the fraction in the language of the call."""
    return _NUMBERS.get(_language.get(), (",", "."))


def roubles(kopecks: int) -> str:
    """An amount for people: 4500000 -> "45 000,00 ₽"."""
    between, before_kopecks = separators()
    whole, fraction = text_from_kopecks(kopecks).split(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    groups: list[str] = []
    while len(digits) > 3:
        groups.insert(0, digits[-3:])
        digits = digits[:-3]
    return f"{sign}{between.join([digits, *groups])}{before_kopecks}{fraction} ₽"


def unknown_year(year: int) -> str:
    """What a date hangs on whose year's days off are not known."""
    return translated(UNKNOWN_YEAR, year=year)


def day_text(day: date) -> str:
    """A day for people: 17.11.2026."""
    return day.strftime(_DATES.get(_language.get(), "%Y-%m-%d"))


def month_text(period: str) -> str:
    """A month for people: "2026-10" -> "октябрь 2026"."""
    year, month = period.split("-")
    return f"{translated(MONTHS[int(month) - 1])} {year}"
