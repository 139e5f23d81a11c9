from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from accounting.office.counting import (
    calendar_days_after,
    clamped,
    in_time,
    month_after,
    months_after,
    working_days_after,
)
from accounting.working_days import BusinessCalendar, CalendarRules

RUSSIA = BusinessCalendar(CalendarRules())


def test_receipt_for_a_demand_is_due_in_six_working_days() -> None:
    # 30 April, 4, 5, 6, 7 and 8 May.
    assert working_days_after(date(2026, 4, 29), 6, RUSSIA) == date(2026, 5, 8)


def test_next_working_day_after_a_hire() -> None:
    assert working_days_after(date(2026, 4, 30), 1, RUSSIA) == date(2026, 5, 4)


def test_working_saturday_counts_and_day_off_by_transfer_does_not() -> None:
    assert working_days_after(date(2027, 2, 19), 1, RUSSIA) == date(2027, 2, 20)
    assert working_days_after(date(2026, 12, 30), 1, RUSSIA) == date(2027, 1, 11)


def test_day_that_begins_a_term_is_not_counted() -> None:
    assert calendar_days_after(date(2026, 1, 1), 90) == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 15), 3, date(2027, 2, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_term_in_months_ends_on_the_same_day_or_on_the_last_one(day: date, months: int, last: date) -> None:
    assert months_after(day, months) == last


def test_months_go_over_the_year_both_ways() -> None:
    assert month_after(2026, 12, 1) == (2027, 1)
    assert month_after(2026, 1, -1) == (2025, 12)
    assert clamped(2028, 2, 30) == date(2028, 2, 29)


def test_last_minute_of_the_day_is_in_time_where_the_organisation_is() -> None:
    due = date(2026, 4, 27)
    done_at = datetime(2026, 4, 27, 20, 30, tzinfo=UTC)  # 23:30 in Moscow, 04:30 of the 28th in Vladivostok
    assert in_time(done_at, due, ZoneInfo("Europe/Moscow"))
    assert not in_time(done_at, due, ZoneInfo("Asia/Vladivostok"))


def test_midnight_is_the_next_day_already() -> None:
    midnight = datetime(2026, 4, 27, 21, 0, tzinfo=UTC)
    assert not in_time(midnight, date(2026, 4, 27), ZoneInfo("Europe/Moscow"))


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        in_time(datetime(2026, 4, 27, 12, 0), date(2026, 4, 27), ZoneInfo("Europe/Moscow"))  # noqa: DTZ001
