"""Message catalogues: every text stands in the template, every language has all of them, and they say the same."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.rules.sources import place
from tools.messages import DOMAINS, Domain, begin, mo_bytes, po_bytes, template, texts_of, updated

CATALOGUES = [(domain, path) for domain in DOMAINS for path in domain.catalogues()]
each_catalogue = pytest.mark.parametrize(("domain", "path"), CATALOGUES, ids=[place(path) for _, path in CATALOGUES])
VALUES = re.compile(r"{\w+}")
MARKS = re.compile(r"\[[C1MIP]\]")
NUMBERS = re.compile(r"\d+")
NUMBER_FORMS = {"en": 2, "pl": 3, "pt_BR": 2}
"""How many forms a word has that agrees with a number, in each language of the panel (``admin.texts.plural_form``)."""


def _rows(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def test_there_is_a_second_language() -> None:
    assert {path.parents[1].name for _, path in CATALOGUES} >= {"en"}


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_template_holds_every_text_of_the_sources(domain: Domain) -> None:
    """`make messages` was run after the last change of a text."""
    assert domain.template.read_bytes() == po_bytes(template(domain))


@each_catalogue
def test_catalogue_is_complete(domain: Domain, path: Path) -> None:
    assert path.read_bytes() == updated(domain, path.parents[1].name, path.read_bytes())
    assert [row.id for row in _rows(path) if not row.string or row.fuzzy] == []


@each_catalogue
def test_compiled_catalogue_is_that_of_its_source(domain: Domain, path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == mo_bytes(path.read_bytes())


@each_catalogue
def test_translation_keeps_values_marks_and_numbers(domain: Domain, path: Path) -> None:
    for row in _rows(path):
        for kept in (VALUES, MARKS, NUMBERS):
            assert sorted(kept.findall(row.id)) == sorted(kept.findall(row.string)), row.id


@each_catalogue
def test_nothing_is_left_in_russian(domain: Domain, path: Path) -> None:
    assert [row.string for row in _rows(path) if re.search("[А-Яа-яЁё]", row.string)] == []


@pytest.mark.parametrize(
    "path", [path for domain, path in CATALOGUES if domain.name == "panel"], ids=lambda path: path.parents[1].name
)
def test_words_beside_a_number_have_all_forms_of_the_language(path: Path) -> None:
    """«чек|чека|чеков» has as many forms as the language needs, none of them empty; other texts have one."""
    needed = NUMBER_FORMS[path.parents[1].name]
    for row in _rows(path):
        forms = row.string.split("|")
        assert len(forms) == (needed if "|" in row.id else 1), row.id
        assert all(form.strip() for form in forms), row.id


def test_text_in_an_f_string_is_refused() -> None:
    with pytest.raises(ValueError, match="f-string"):
        list(texts_of('f"Чек {number}"'))


def test_docstrings_and_latin_texts_are_no_messages() -> None:
    source = '"""Описание."""\nname = "receipt"\nTEXT = "Чек."\ndef one():\n    "Описание."\n    return "Срок"\n'
    assert list(texts_of(source)) == [(3, "Чек."), (6, "Срок")]


def test_another_language_begins_empty_and_is_filled_by_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "texts_for_people.py").write_text('TEXT = "Чек выдан {day}."\n', "utf-8")
    domain = Domain("messages", tmp_path, frozenset())
    (tmp_path / "locale").mkdir()
    begin(domain, "pl")
    (path,) = domain.catalogues()
    (row,) = _rows(path)
    assert (row.id, row.string) == ("Чек выдан {day}.", "")
    filled = path.read_bytes().rstrip().removesuffix(b'msgstr ""') + b'msgstr "Paragon z {day}."\n'
    assert b"Paragon z {day}." in updated(domain, "pl", filled)
