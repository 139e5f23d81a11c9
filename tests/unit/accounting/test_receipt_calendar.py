from datetime import date
from importlib import resources

from accounting.receipts.calendar import (
    BusinessCalendar,
    CalendarRules,
    consolidated_deadline,
    default_due_date,
    years_later,
)

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


def test_consolidated_deadline_counts_calendar_days() -> None:
    assert consolidated_deadline("2026-10") == date(2026, 11, 10)
    assert consolidated_deadline("2026-12") == date(2027, 1, 10)


def test_due_date_moves_from_the_10th_to_the_15th_in_march_2026() -> None:
    assert default_due_date("2026-01") == date(2026, 2, 10)
    assert default_due_date("2026-02") == date(2026, 3, 15)


def test_three_years_after_29_february_is_the_28th() -> None:
    assert years_later(date(2024, 2, 29), 3) == date(2027, 2, 28)


def test_published_calendar_lies_in_a_package_of_its_own() -> None:
    # Only then does a built wheel carry it.
    assert (resources.files("accounting.receipts.data") / "__init__.py").is_file()
    assert (resources.files("accounting.receipts.data") / "production-calendar-ru.csv").is_file()
