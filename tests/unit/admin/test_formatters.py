from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounting.office.periods import END_MONTHS, PeriodKind, periods_of_year
from accounting.receipts.wording import in_language
from admin.formatters import Moments, counted, format_count, format_day, format_fn, format_kopecks, format_period
from admin.texts import plural_form

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 21, 11, 5, 7, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("kopecks", "text"),
    [
        (0, "0,00 ₽"),
        (5, "0,05 ₽"),
        (123_450, "1 234,50 ₽"),
        (9_999_999_999, "99 999 999,99 ₽"),
        (-150, "−1,50 ₽"),
    ],
)
def test_sums_are_roubles_with_a_comma_and_thousands_apart(kopecks: int, text: str) -> None:
    assert plain(format_kopecks(kopecks)) == text


def test_a_sum_never_breaks_across_lines() -> None:
    assert " " not in format_kopecks(123_456_789)
    assert " " not in format_count(1_234_567)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 чеков"),
        (1, "1 чек"),
        (3, "3 чека"),
        (11, "11 чеков"),
        (12, "12 чеков"),
        (21, "21 чек"),
        (104, "104 чека"),
        (112, "112 чеков"),
        (1_000, "1 000 чеков"),
    ],
)
def test_words_agree_with_their_number(number: int, text: str) -> None:
    assert plain(counted(number, "чек|чека|чеков")) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOW - timedelta(seconds=7), "14:05:00"),
        (NOW.replace(hour=0), "03:05:07"),
        (NOW - timedelta(days=1), "20 ноя 14:05"),
        (datetime(2026, 11, 20, 20, 59, tzinfo=UTC), "20 ноя 23:59"),
        (datetime(2026, 11, 20, 21, 0, tzinfo=UTC), "00:00:00"),
        (datetime(2025, 12, 31, 12, 0, tzinfo=UTC), "31.12.2025 15:00"),
    ],
)
def test_a_moment_is_as_short_as_it_can_be_in_the_local_zone(at: datetime, text: str) -> None:
    assert plain(Moments(NOW, MOSCOW).moment(at)) == text


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [
        (timedelta(seconds=-5), "< 1 мин"),
        (timedelta(seconds=59), "< 1 мин"),
        (timedelta(minutes=12, seconds=30), "12 мин"),
        (timedelta(hours=3), "3 ч"),
        (timedelta(hours=3, minutes=12), "3 ч 12 мин"),
        (timedelta(days=2, minutes=5), "2 дн"),
        (timedelta(days=2, hours=4), "2 дн 4 ч"),
    ],
)
def test_an_age_has_at_most_two_units(elapsed: timedelta, text: str) -> None:
    assert plain(Moments(NOW, MOSCOW).age(NOW - elapsed)) == text


def test_today_begins_at_local_midnight() -> None:
    moments = Moments(datetime(2026, 11, 21, 21, 30, tzinfo=UTC), MOSCOW)
    assert moments.today() == "22 ноября 2026, воскресенье"
    assert moments.midnight == datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def test_days_until_a_date_count_local_days() -> None:
    assert Moments(NOW, MOSCOW).days_until(date(2026, 12, 21)) == 30
    assert Moments(NOW, MOSCOW).days_until(date(2026, 11, 20)) == -1


def test_numbers_of_fns_stand_in_fours() -> None:
    assert plain(format_fn("9999078900000101")) == "9999 0789 0000 0101"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("2026-10", "октябрь 2026"),
        ("2026-04/01-22", "1–22 апреля 2026"),
        ("2026-02/23-28", "23–28 февраля 2026"),
        ("2026-Q1", "1 квартал 2026"),
        ("2026-Q2/3", "2 квартал 2026, часть 3"),
        ("2026-H1", "полугодие 2026"),
        ("2026-9M", "9 месяцев 2026"),
        ("2026-Y", "2026 год"),
        ("2025", "2025 год"),
        ("2026-01-12", "12.01.2026"),
        ("2026-01/7340032", "январь 2026"),  # the second line of one service, by its number
        ("hr_event/15", "Кадровое событие"),
        ("patent/7", "Патент"),
        *((same, same) for same in ("2026-13", "2026-Q5", "2026-04/soon", "2026-13/01-22", "квартал", "", "/1", "x/1")),
    ],
)
def test_a_period_is_said_in_words_and_anything_else_is_itself(key: str, words: str) -> None:
    assert format_period(key) == words


@pytest.mark.parametrize("kind", END_MONTHS)
def test_no_period_of_the_engine_is_shown_as_its_key(kind: PeriodKind) -> None:
    for period in periods_of_year(kind, 2026):
        assert format_period(period.key) != period.key


def test_a_day_is_a_date() -> None:
    assert format_day(date(2027, 9, 14)) == "14.09.2027"


@pytest.mark.parametrize(
    ("language", "sum_", "day", "month"),
    [
        ("ru", "1 234 567,89 ₽", "14.09.2027", "октябрь 2026"),
        ("en", "1,234,567.89 ₽", "2027-09-14", "October 2026"),
        ("pl", "1 234 567,89 ₽", "14.09.2027", "październik 2026"),
        ("pt_BR", "1.234.567,89 ₽", "14/09/2027", "outubro 2026"),
    ],
)
def test_each_language_has_its_own_numbers_and_dates(language: str, sum_: str, day: str, month: str) -> None:
    with in_language(language):
        assert plain(format_kopecks(123_456_789)) == sum_
        assert format_day(date(2027, 9, 14)) == day
        assert format_period("2026-10") == month
        assert format_period("fns_demand/3") != "Требование налоговой" or language == "ru"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("ru", {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1, 112: 2}),
        ("pl", {1: 0, 2: 1, 5: 2, 12: 2, 21: 2, 22: 1}),
        ("en", {0: 1, 1: 0, 2: 1}),
        ("pt_BR", {0: 0, 1: 0, 2: 1}),
    ],
)
def test_each_language_has_its_own_forms_of_number(language: str, forms: dict[int, int]) -> None:
    assert {number: plural_form(number, language) for number in forms} == forms


def test_what_is_kept_names_its_day_even_today() -> None:
    assert Moments(NOW, MOSCOW).dated(NOW) == f"{NOW.astimezone(MOSCOW):%d.%m.%Y %H:%M}"
