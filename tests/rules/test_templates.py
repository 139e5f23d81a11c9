"""Every text of a template can be translated: Russian letters stand in `_()`, in `counted()` and in comments alone."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.rules.sources import files, place
from tools.messages import TEMPLATE_KEYWORDS

_RUSSIAN = re.compile("[А-Яа-яЁё]")
_ENVIRONMENT = Environment(autoescape=True)
TEMPLATES = files(".html", "admin")


def untranslated(source: str) -> list[str]:
    """What is said in Russian outside of the functions that translate."""
    found: list[str] = []
    calls: list[bool] = []
    last = ""
    for _, kind, text in _ENVIRONMENT.lex(source):
        if kind == "data":
            found += _lines(text)
        elif kind == "operator" and text == "(":
            calls.append(last in TEMPLATE_KEYWORDS or any(calls))
        elif kind == "operator" and text == ")":
            calls.pop()
        elif kind == "string" and not any(calls):
            found += _lines(text)
        if kind != "whitespace":
            last = text
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if _RUSSIAN.search(line)]


@pytest.mark.parametrize("path", TEMPLATES, ids=place)
def test_every_text_of_a_template_is_translated(path: Path) -> None:
    assert untranslated(path.read_text("utf-8")) == []


def test_the_rule_sees_what_stands_outside_and_lets_be_what_stands_inside() -> None:
    assert untranslated("{# Пояснение. #}{{ _('Чек') }} {{ counted(1, \"чек|чека|чеков\") }}") == []
    assert untranslated("<p>Чек</p>{{ 'Срок' if late else _('Долг', how=(1)) }}") == ["<p>Чек</p>", "'Срок'"]
