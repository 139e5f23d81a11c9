from datetime import date

import pytest

from accounting.office.leads import ALIKE_BP, OPEN, TRANSITIONS, is_neglected, likeness_bp, neglected_on, steps_from
from accounting.working_days import BusinessCalendar, CalendarRules

RUSSIA = BusinessCalendar(CalendarRules())


def test_lead_of_friday_before_a_holiday_is_neglected_on_tuesday_evening() -> None:
    assert neglected_on(date(2026, 3, 6), True, RUSSIA) == date(2026, 3, 10)  # the 9th is a day off


def test_lead_that_was_cared_for_waits_three_working_days() -> None:
    assert neglected_on(date(2026, 3, 6), False, RUSSIA) == date(2026, 3, 12)


def test_an_action_to_come_keeps_a_lead_and_one_that_was_missed_counts_from_its_day() -> None:
    friday, wednesday = date(2026, 3, 6), date(2026, 3, 11)
    assert not is_neglected("new", friday, wednesday, wednesday, RUSSIA)
    assert is_neglected("new", friday, None, wednesday, RUSSIA)
    assert not is_neglected("new", friday, date(2026, 3, 10), wednesday, RUSSIA)
    assert is_neglected("new", friday, date(2026, 3, 10), date(2026, 3, 12), RUSSIA)


@pytest.mark.parametrize("state", ["won", "lost", "deferred", "merged"])
def test_nobody_has_to_care_for_a_lead_that_is_not_open(state: str) -> None:
    assert not is_neglected(state, date(2020, 1, 1), None, date(2026, 3, 11), RUSSIA)


def test_every_open_state_leads_on_and_every_step_begins_somewhere() -> None:
    reached = {"new"} | {one.to for one in TRANSITIONS.values()}
    for state in OPEN:
        assert state in reached
        assert len(steps_from(state)) >= 4
    assert steps_from("won") == []
    assert steps_from("lost") == ["reopen"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ООО «Ромашка»", "ромашка, ооо", True),
        ("Тёплый дом", "Теплый  дом", True),
        ("Кафе на углу", "Кафе на угле", True),
        ("Кафе на углу", "Ромашка", False),
        ("ИП Петров", "ИП Сидоров", False),
        ("ООО", "ИП", False),
    ],
)
def test_names_are_alike_by_their_trigrams(one: str, other: str, alike: bool) -> None:
    assert (likeness_bp(one, other) >= ALIKE_BP) == alike
    assert likeness_bp(one, other) == likeness_bp(other, one)
