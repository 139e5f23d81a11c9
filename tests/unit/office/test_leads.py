from datetime import date

from accounting.office.leads import neglected_on
from accounting.working_days import BusinessCalendar, CalendarRules

RUSSIA = BusinessCalendar(CalendarRules())


def test_lead_of_friday_before_a_holiday_is_neglected_on_tuesday_evening() -> None:
    assert neglected_on(date(2026, 3, 6), True, RUSSIA) == date(2026, 3, 10)  # the 9th is a day off


def test_lead_that_was_cared_for_waits_three_working_days() -> None:
    assert neglected_on(date(2026, 3, 6), False, RUSSIA) == date(2026, 3, 12)
