"""Texts in another language: by the call, whole, and with amounts and dates as that language writes them."""

import re
import threading
from datetime import date

import pytest

from accounting.receipts.checks.rules import RULES
from accounting.receipts.errors import MESSAGES
from accounting.receipts.policy import POLICY_KEYS, Policies
from accounting.receipts.policy_words import WORDS
from accounting.receipts.which.advice import advise, next_question
from accounting.receipts.which.questions import QUESTIONS
from accounting.receipts.which.table import ROWS
from accounting.receipts.wording import day_text, in_language, languages, month_text, roubles, translated

RUSSIAN = re.compile("[А-Яа-яЁё]")
FOREIGN = [language for language in languages() if language != "ru"]


def test_russian_comes_first_and_english_is_there() -> None:
    assert languages()[0] == "ru"
    assert "en" in languages()


def test_language_lasts_as_long_as_its_block_and_no_longer() -> None:
    assert translated("Без НДС: {amount} (п. 2 [C]).", amount=1) == "Без НДС: 1 (п. 2 [C])."
    with in_language("en"):
        assert translated("Без НДС: {amount} (п. 2 [C]).", amount=1) == "Without VAT: 1 (sec. 2 [C])."
        with in_language("ru"):
            assert translated("Срок") == "Срок"
        assert translated("Срок") == "Deadline"
    assert translated("Срок") == "Срок"


def test_language_of_one_thread_is_not_that_of_another() -> None:
    heard: list[str] = []
    with in_language("en"):
        other = threading.Thread(target=lambda: heard.append(translated("Срок")))
        other.start()
        other.join()
    assert heard == ["Срок"]


def test_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no texts in 'xx', there are: ru, "), in_language("xx"):
        pass


def test_text_that_no_catalogue_knows_is_said_as_it_is() -> None:
    with in_language("en"):
        assert translated("Новый текст {a}", a=1) == "Новый текст 1"
        assert translated("") == ""


def test_amounts_days_and_months_follow_the_language() -> None:
    told = (roubles(-123456789), day_text(date(2026, 11, 5)), month_text("2026-11"))
    assert told == ("-1 234 567,89 ₽", "05.11.2026", "ноябрь 2026")
    with in_language("en"):
        told = (roubles(-123456789), day_text(date(2026, 11, 5)), month_text("2026-11"))
    assert told == ("-1,234,567.89 ₽", "2026-11-05", "November 2026")
    with in_language("pt_BR"):
        told = (roubles(-123456789), day_text(date(2026, 11, 5)), month_text("2026-11"))
    assert told == ("-1.234.567,89 ₽", "05/11/2026", "novembro 2026")


@pytest.mark.parametrize("language", FOREIGN)
def test_every_way_through_which_is_told_in_the_language(language: str) -> None:
    with in_language(language):
        for question in QUESTIONS:
            assert not RUSSIAN.search(translated(question.text) + "".join(map(translated, question.options.values())))
        waiting: list[dict[str, str]] = [{}]
        while waiting:
            answers = waiting.pop()
            asked = next_question(QUESTIONS, ROWS, answers)
            if asked is None:
                assert not RUSSIAN.search(advise(ROWS, answers).text())
            else:
                waiting += [answers | {asked.key: value} for value in asked.options]


@pytest.mark.parametrize("language", FOREIGN)
def test_rules_errors_and_policies_are_told_in_the_language(language: str) -> None:
    texts = [text for rule in RULES.values() for text in (rule.message, rule.action, rule.source)]
    texts += [*MESSAGES.values(), *(key.question for key in POLICY_KEYS), *(key.source for key in POLICY_KEYS)]
    texts += [words for values in WORDS.values() for words in values.values()]
    with in_language(language):
        assert [text for text in texts if RUSSIAN.search(translated(text))] == []


def test_every_value_of_every_policy_has_words() -> None:
    for field in Policies.__struct_fields__:
        value = getattr(Policies(), field)
        if isinstance(value, bool):
            assert set(WORDS[field]) == {"True", "False"}
        elif isinstance(value, str):
            assert set(WORDS[field]) == {str(choice) for choice in type(value)}
