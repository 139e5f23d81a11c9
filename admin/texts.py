"""Words of the panel in the reader's language: Russian msgids, translated by gettext when a page is drawn.

The language is that of the request (``wording.in_language``). Texts that the rules say themselves (reasons, alarms,
advice) stand in their own catalogue, which is asked when the panel's has no such text.
"""

import gettext
from functools import cache
from pathlib import Path
from typing import Final

from accounting.receipts import wording
from accounting.receipts.wording import SOURCE_LANGUAGE, current_language, use_language

DOMAIN: Final = "panel"
LOCALE: Final = Path(__file__).with_name("locale")
LANGUAGES: Final = {"ru": "Русский", "en": "English", "pl": "Polski", "pt_BR": "Português (Brasil)"}
"""What the panel is to be had in, each by its own name."""

__all__ = ["LANGUAGES", "current_language", "retyped", "say", "say_form", "use_language"]

_RETYPED: Final = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё")

_BETWEEN_FORMS: Final = "|"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == SOURCE_LANGUAGE or not gettext.find(DOMAIN, LOCALE, [language]):
        own = gettext.NullTranslations()
    else:
        own = gettext.translation(DOMAIN, LOCALE, [language])
    own.add_fallback(wording.catalogue(language))
    return own


def say(msgid: str, /, **values: object) -> str:
    """The text of a msgid in the reader's language; ``{names}`` in it are filled in after the translation."""
    text = _catalogue(current_language()).gettext(msgid) if msgid else ""
    return text.format(**values) if values else text


def plural_form(number: int, language: str) -> int:
    """Which of a language's forms agrees with a number (CLDR, whole numbers): Russian and Polish have three, 0-2."""
    number = abs(number)
    tens, ones = number % 100, number % 10
    few = 2 <= ones <= 4 and not 12 <= tens <= 14
    if language == "ru":
        return 0 if ones == 1 and tens != 11 else 1 if few else 2
    if language == "pl":
        return 0 if number == 1 else 1 if few else 2
    if language == "pt_BR":
        return 0 if number <= 1 else 1
    return 0 if number == 1 else 1


def say_form(number: int, msgid: str) -> str:
    """The form of «чек|чека|чеков» that agrees with a number; a translation has its language's own forms."""
    forms = say(msgid).split(_BETWEEN_FORMS)
    translated = _catalogue(current_language()).gettext(msgid) != msgid
    language = current_language() if translated else SOURCE_LANGUAGE
    return forms[min(plural_form(number, language), len(forms) - 1)]


def retyped(text: str) -> str:
    """Small letters typed while the keyboard did not speak Russian: «xtrb» is «чеки»."""
    return text.translate(_RETYPED)
