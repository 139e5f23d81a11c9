"""What obligations are called and what is noted of them, in the language of the call.

``name`` of a rule is the official title, in the language of its country. Russian readers, who plan all calendars, and
readers of the country's own language get it; everybody else gets ``name_en``. Notes have no official wording: Russian
ones where they are written, else English.
"""

from functools import cache
from typing import Final

from accounting.office.obligation_templates import ObligationTemplate
from accounting.office.pack_files import COUNTRIES, shipped_pack
from accounting.receipts.wording import SOURCE_LANGUAGE, current_language

_SPOKEN: Final = {"RU": "ru", "PL": "pl", "BR": "pt_BR"}


def name_of(template: ObligationTemplate) -> str:
    """Its name for the reader."""
    return template.name if _reads_titles(template.code) else template.name_en


def notes_of(template: ObligationTemplate) -> str:
    """What is noted of it for the reader; empty: nothing."""
    own = template.notes if current_language() == SOURCE_LANGUAGE else template.notes_en
    return own or template.notes_en or template.notes


def name_of_planned(code: str, title: str = "") -> str:
    """The name for the reader of what was planned under an official title, kept with it; "": today's title.

    What no calendar knows, as the work of contracts, is called as it is kept.
    """
    versions = _templates().get(code, ())
    if not versions or (title and _reads_titles(code)):
        return title or code
    return name_of(next((one for one in versions if one.name == title), versions[-1]))


def codes_called(words: str) -> list[str]:
    """Codes of what the reader knows by a name with such words in it, whatever their case."""
    return [
        code
        for code, versions in _templates().items()
        if any(words.lower() in name_of(one).lower() for one in versions)
    ]


def _reads_titles(code: str) -> bool:
    return current_language() in (SOURCE_LANGUAGE, _SPOKEN.get(code.partition("-")[0]))


@cache
def _templates() -> dict[str, tuple[ObligationTemplate, ...]]:
    """All versions of every code, in the order of their packs."""
    found: dict[str, tuple[ObligationTemplate, ...]] = {}
    for country in COUNTRIES:
        for template in shipped_pack(country).templates:
            found[template.code] = (*found.get(template.code, ()), template)
    return found
