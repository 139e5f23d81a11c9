"""What people read of obligations is in their own language, as far as it is ours to say."""

import re

import pytest

from accounting.office.balance_map import shipped_map
from accounting.office.obligation_templates import ObligationTemplate
from accounting.office.obligation_words import codes_called, name_of, name_of_planned, notes_of
from accounting.office.pack_files import COUNTRIES, shipped_one_off_dates, shipped_pack
from accounting.receipts.wording import in_language

RUSSIAN = re.compile("[А-Яа-яЁё]")
ENGLISH_WORDS = re.compile(
    r"\b(the|of|and|for|from|by|is|are|not|only|order|decree|letter|published|see)\b", re.IGNORECASE
)
TEMPLATES = {country: {one.code: one for one in shipped_pack(country).templates} for country in COUNTRIES}
VAT, POLISH, BRAZILIAN = TEMPLATES["RU"]["RU-VAT-PAY"], TEMPLATES["PL"]["PL-JPK-V7M"], TEMPLATES["BR"]["BR-DAS-MEI"]


@pytest.mark.parametrize(
    ("template", "titles"),
    [(VAT, {"ru"}), (POLISH, {"ru", "pl"}), (BRAZILIAN, {"ru", "pt_BR"})],
)
def test_official_title_is_for_those_who_read_it(template: ObligationTemplate, titles: set[str]) -> None:
    for language in ("ru", "en", "pl", "pt_BR"):
        with in_language(language):
            expected = template.name if language in titles else template.name_en
            assert name_of(template) == name_of_planned(template.code, template.name) == expected


def test_notes_are_russian_for_russian_readers_and_english_for_others() -> None:
    assert notes_of(VAT) == VAT.notes
    assert notes_of(BRAZILIAN) == ""
    drafts = [one for one in TEMPLATES["PL"].values() if one.notes_en]
    assert drafts, "drafts of other countries have English notes alone"
    assert all(notes_of(one) == one.notes_en for one in drafts)
    for language in ("en", "pl", "pt_BR"):
        with in_language(language):
            assert notes_of(VAT) == VAT.notes_en


def test_what_was_planned_under_another_title_keeps_it_and_is_translated_by_its_code() -> None:
    assert name_of_planned(VAT.code, "НДС: уплата (старое название)") == "НДС: уплата (старое название)"
    assert name_of_planned(VAT.code) == VAT.name
    assert name_of_planned("W:books", "Ведение учёта") == "Ведение учёта"
    with in_language("en"):
        assert name_of_planned(VAT.code, "НДС: уплата (старое название)") == VAT.name_en
        assert name_of_planned("W:books", "Ведение учёта") == "Ведение учёта"


def test_codes_are_found_by_the_words_that_the_reader_reads() -> None:
    assert "RU-USN-ADV" in codes_called("авансовый")
    with in_language("en"):
        assert VAT.code in codes_called(VAT.name_en.upper())
        assert codes_called("авансовый") == []


def test_russian_calendar_speaks_russian_to_russian_readers() -> None:
    for one in TEMPLATES["RU"].values():
        assert bool(one.notes) == bool(one.notes_en), one.code
        assert not one.notes or RUSSIAN.search(one.notes), one.code
        assert not ENGLISH_WORDS.search(f"{one.name} {one.notes} {one.source} {one.form}"), one.code
        assert not RUSSIAN.search(one.name_en), one.code
    assert all(not ENGLISH_WORDS.search(one.document) for one in shipped_one_off_dates())


def test_balance_sheet_has_its_notes_in_both_languages() -> None:
    for line in shipped_map().lines:
        assert bool(line.notes) == bool(line.notes_en), line.code
        assert not ENGLISH_WORDS.search(f"{line.name} {line.notes}"), line.code
