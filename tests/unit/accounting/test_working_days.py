from datetime import date, timedelta
from importlib import resources

import pytest

from accounting.working_days import SATURDAY, BusinessCalendar, CalendarRules, published

RUSSIA = BusinessCalendar(CalendarRules())


def test_new_year_holidays_move_the_deadline_behind_them() -> None:
    # 31.12.2026 is a day off by decree; 8 January 2027, the last holiday, is a Friday.
    assert RUSSIA.next_business_day(date(2026, 12, 30)) == date(2027, 1, 11)


def test_working_saturday_is_a_business_day() -> None:
    assert RUSSIA.next_business_day(date(2027, 2, 19)) == date(2027, 2, 20)


def test_year_without_data_has_monday_to_friday() -> None:
    assert RUSSIA.next_business_day(date(2031, 1, 2)) == date(2031, 1, 3)


def test_regional_day_off_counts_only_in_its_region() -> None:
    bashkiria = BusinessCalendar(CalendarRules(region="RU-BA"))
    assert RUSSIA.next_business_day(date(2026, 10, 9)) == date(2026, 10, 12)
    assert bashkiria.next_business_day(date(2026, 10, 9)) == date(2026, 10, 13)


def test_own_days_are_stronger_than_published_ones() -> None:
    own = BusinessCalendar(CalendarRules(working=(date(2026, 11, 4),), nonworking=(date(2026, 11, 5),)))
    assert own.next_business_day(date(2026, 11, 3)) == date(2026, 11, 4)
    assert own.next_business_day(date(2026, 11, 4)) == date(2026, 11, 6)


def test_country_has_its_own_days_off() -> None:
    poland, brazil = BusinessCalendar(CalendarRules(), "PL"), BusinessCalendar(CalendarRules(), "BR")
    assert not poland.is_business_day(date(2026, 12, 24))
    assert RUSSIA.is_business_day(date(2026, 12, 24))
    assert brazil.on_or_after(date(2026, 2, 15)) == date(2026, 2, 18)


def test_day_before_and_day_after_agree_with_the_test_of_a_day() -> None:
    assert RUSSIA.on_or_before(date(2026, 12, 31)) == date(2026, 12, 30)
    assert RUSSIA.on_or_after(date(2026, 12, 31)) == date(2027, 1, 11)
    assert RUSSIA.on_or_after(date(2026, 12, 30)) == RUSSIA.on_or_before(date(2026, 12, 30)) == date(2026, 12, 30)


@pytest.mark.parametrize("count", [1, 2, 6, 30])
def test_counting_back_undoes_counting_forward(count: int) -> None:
    day = date(2026, 4, 29)
    assert RUSSIA.earlier(RUSSIA.later(day, count), count) == day


def test_last_and_nth_business_day_of_a_month() -> None:
    assert RUSSIA.last_of_month(2026, 12) == date(2026, 12, 30)
    assert RUSSIA.nth_of_month(2026, 1, 1) == date(2026, 1, 12)
    assert RUSSIA.nth_of_month(2026, 5, 4) == date(2026, 5, 7)


def test_saturday_counts_where_the_week_has_six_days() -> None:
    # Brazil, pay: 2, 3, 5, 6 and 7 January.
    assert BusinessCalendar(CalendarRules(), "BR", SATURDAY).nth_of_month(2026, 1, 5) == date(2026, 1, 7)
    assert BusinessCalendar(CalendarRules(), "BR").nth_of_month(2026, 1, 5) == date(2026, 1, 8)


def test_money_leaves_before_a_day_on_which_banks_are_closed() -> None:
    brazil = BusinessCalendar(CalendarRules(), "BR")
    assert brazil.is_business_day(date(2026, 12, 31))
    assert brazil.last_day_of_payment(date(2026, 12, 31)) == date(2026, 12, 30)


def test_days_off_of_2025_are_those_of_the_governments_decree() -> None:
    days = [date(2025, 1, 1) + timedelta(days=place) for place in range(365)]
    assert sum(map(RUSSIA.is_business_day, days)) == 247  # as published: 247 working days, 118 days off
    assert RUSSIA.next_business_day(date(2025, 1, 1)) == date(2025, 1, 9)
    assert RUSSIA.on_or_after(date(2025, 5, 8)) == date(2025, 5, 12)
    assert RUSSIA.on_or_after(date(2025, 6, 12)) == date(2025, 6, 16)
    assert RUSSIA.is_business_day(date(2025, 11, 1))
    assert RUSSIA.next_business_day(date(2025, 11, 1)) == date(2025, 11, 5)
    assert RUSSIA.next_business_day(date(2025, 12, 30)) == date(2026, 1, 12)


def test_year_that_nobody_told_is_not_known() -> None:
    known = {year for year in range(2020, 2035) if RUSSIA.is_known(year)}
    assert known == {2025, 2026, 2027}
    assert not BusinessCalendar(CalendarRules(region="RU-BA"), "PL").is_known(2025)


def test_year_is_preliminary_until_its_act_is_seen() -> None:
    assert not RUSSIA.is_preliminary(2025)
    assert not RUSSIA.is_preliminary(2026)
    assert RUSSIA.is_preliminary(2027)  # taken from a library, not from the decree
    assert RUSSIA.is_preliminary(2031)  # not there at all


def test_days_off_have_names() -> None:
    assert RUSSIA.name_of(date(2026, 1, 9)) == "Перенос с субботы 3 января"
    assert RUSSIA.name_of(date(2026, 4, 25)) == ""


def test_published_days_bear_their_sources_and_stand_once() -> None:
    assert all(row.source for row in published())
    places = [(row.country, row.region, row.date) for row in published()]
    assert len(set(places)) == len(places)
    assert {row.day_type for row in published()} == {"nonworking", "working_weekend", "short", "bank_closed"}
    assert {row.status for row in published()} == {"published", "preliminary"}


def test_published_calendar_lies_in_a_package_of_its_own() -> None:
    # Only then does a built wheel carry it.
    assert (resources.files("accounting.data") / "__init__.py").is_file()
    assert (resources.files("accounting.data") / "production-calendar.csv").is_file()
