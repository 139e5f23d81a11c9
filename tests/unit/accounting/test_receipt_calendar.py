from datetime import date

from accounting.receipts.calendar import (
    consolidated_deadline,
    default_due_date,
    years_later,
)


def test_consolidated_deadline_counts_calendar_days() -> None:
    assert consolidated_deadline("2026-10") == date(2026, 11, 10)
    assert consolidated_deadline("2026-12") == date(2027, 1, 10)


def test_due_date_moves_from_the_10th_to_the_15th_in_march_2026() -> None:
    assert default_due_date("2026-01") == date(2026, 2, 10)
    assert default_due_date("2026-02") == date(2026, 3, 15)


def test_three_years_after_29_february_is_the_28th() -> None:
    assert years_later(date(2024, 2, 29), 3) == date(2027, 2, 28)
