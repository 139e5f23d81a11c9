from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from accounting.office.reminders import Reminder, ReminderRules, is_digest_time, reminders
from accounting.working_days import BusinessCalendar, CalendarRules

RUSSIA = BusinessCalendar(CalendarRules())
MOSCOW = ZoneInfo("Europe/Moscow")
DUE = date(2026, 4, 28)  # the advance of the first quarter, a Tuesday
DAILY = ReminderRules()


def _at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime(2026, 4, day, hour, minute, tzinfo=zone)


def _sent(published_at: datetime, stopped_at: datetime | None = None, rules: ReminderRules = DAILY) -> list[Reminder]:
    return list(reminders(published_at, DUE, MOSCOW, RUSSIA, rules, stopped_at))


def test_worked_example_of_a_slip_confirmed_after_the_third_repeat() -> None:
    sent = _sent(_at(20, 16, 5), stopped_at=_at(23, 12, 17))
    assert [one.at for one in sent] == [_at(20, 16, 5), _at(21, 10), _at(22, 10), _at(23, 10)]
    assert [one.repeat for one in sent] == [0, 1, 2, 3]
    assert [one.call for one in sent] == [False, False, False, True]
    assert not any(one.head for one in sent)


def test_nobody_confirms_and_it_repeats_until_the_due_date() -> None:
    sent = _sent(_at(20, 16, 5))
    assert [one.at.day for one in sent] == list(range(20, 29))
    assert [one.at.day for one in sent if one.head] == [25, 26, 27, 28]  # the fifth repeat is on Saturday


def test_last_working_day_before_the_due_date_calls_the_head_whatever_was_sent() -> None:
    (sunday, monday, tuesday) = _sent(_at(26, 12))
    assert (sunday.call, sunday.head) == (False, False)
    assert (monday.call, monday.head, tuesday.head) == (True, True, True)


def test_slip_of_the_evening_is_told_in_the_morning() -> None:
    assert _sent(_at(20, 19))[0].at == _at(21, 10)
    assert _sent(_at(20, 7))[0].at == _at(20, 10)
    assert _sent(_at(20, 18, 59))[0].at == _at(20, 18, 59)


def test_window_is_that_of_the_recipients_zone() -> None:
    vladivostok = ZoneInfo("Asia/Vladivostok")
    (first, *_) = reminders(_at(20, 16, 5), DUE, vladivostok, RUSSIA, DAILY)
    assert first.at == _at(21, 10, zone=vladivostok)  # 16:05 in Moscow is 23:05 there


def test_working_days_only_leaves_the_weekend_out_and_counts_no_repeats_in_it() -> None:
    sent = _sent(_at(22, 10), rules=ReminderRules(working_days_only=True))
    assert [(one.at.day, one.repeat) for one in sent] == [(22, 0), (23, 1), (24, 2), (27, 3), (28, 4)]


def test_days_that_the_recipient_excluded_are_silent() -> None:
    sent = _sent(_at(20, 12), rules=ReminderRules(silent_weekdays=frozenset({2})))
    assert 22 not in [one.at.day for one in sent]


def test_nothing_is_sent_of_what_was_stopped_before_or_is_over() -> None:
    assert _sent(_at(20, 20), stopped_at=_at(21, 9)) == []
    assert _sent(datetime(2026, 4, 29, 10, tzinfo=MOSCOW)) == []


@given(st.integers(0, 29 * 24 * 60).map(lambda minutes: _at(1, 0) + timedelta(minutes=minutes)), st.booleans())
def test_messages_come_once_a_day_inside_the_window_and_in_order(published_at: datetime, working: bool) -> None:
    sent = _sent(published_at, rules=ReminderRules(working_days_only=working))
    days = [one.at.date() for one in sent]
    assert days == sorted(set(days))
    assert all(one.at >= published_at and 9 <= one.at.hour < 19 and one.at.date() <= DUE for one in sent)
    assert [one.repeat for one in sent] == list(range(len(sent)))


def test_a_letter_of_the_morning_goes_on_working_days_inside_the_window() -> None:
    moments = [_at(27, 9, 59), _at(27, 10), _at(27, 18, 59), _at(27, 19), _at(25, 12)]  # the 25th is a Saturday
    assert [is_digest_time(one, RUSSIA, DAILY) for one in moments] == [False, True, True, False, False]
    assert not is_digest_time(_at(27, 12), RUSSIA, ReminderRules(silent_weekdays=frozenset({0})))
