"""When a client is told of a tax due, and told again until it confirms (office domain 3.16, rules 1, 2 and 8 [D]).

The first message goes at once inside the sending window. It repeats once a day until something stops it; after some
repeats, or when the last working day before the due date has come, people call. What stops it (confirmed, paid,
replaced, cancelled, contract closed) is one moment to this module. Messages end with the due date: from the next day on
it is the accountant's matter.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from accounting.working_days import BusinessCalendar

_ONE_DAY: Final = timedelta(days=1)


class ReminderRules(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of an office and the wishes of a recipient. Times are the recipient's own."""

    repeat_at: time = time(10)
    window_opens: time = time(9)
    window_closes: time = time(19)
    working_days_only: bool = False
    silent_weekdays: frozenset[int] = frozenset()
    """Days on which the recipient wants to hear nothing; Monday is 0."""
    call_after_repeats: int = 3
    head_after_repeats: int = 5


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """One message. ``repeat`` 0 is the first; ``call``: a case to call the client; ``head``: the head is told too."""

    at: datetime
    repeat: int
    call: bool
    head: bool


def reminders(
    published_at: datetime,
    due: date,
    zone: ZoneInfo,
    calendar: BusinessCalendar,
    rules: ReminderRules,
    stopped_at: datetime | None = None,
) -> Iterator[Reminder]:
    """The messages of one slip in their order, until it is stopped or the due date is over.

    ``published_at`` and ``stopped_at`` know their zones; the moments that come out are in the recipient's. On the last
    day the first message may be late: then it goes on the next day of the window, or not at all.
    """
    following = first_reminder(published_at, due, zone, calendar, rules)
    while following is not None and (stopped_at is None or following.at < stopped_at):
        yield following
        following = next_reminder(following.at, following.repeat + 1, due, zone, calendar, rules)


def first_reminder(
    published_at: datetime, due: date, zone: ZoneInfo, calendar: BusinessCalendar, rules: ReminderRules, repeat: int = 0
) -> Reminder | None:
    """The next moment at which something may be said, from now on; None: the due date is over before it."""
    return _at_or_after(_first(published_at.astimezone(zone), rules), repeat, due, calendar, rules)


def next_reminder(
    after: datetime, repeat: int, due: date, zone: ZoneInfo, calendar: BusinessCalendar, rules: ReminderRules
) -> Reminder | None:
    """The message behind one that was sent at ``after``, on another day; None: the due date is over before it."""
    tomorrow = after.astimezone(zone).date() + _ONE_DAY
    return _at_or_after(datetime.combine(tomorrow, rules.repeat_at, zone), repeat, due, calendar, rules)


def sent_now(repeat: int, day: date, due: date, calendar: BusinessCalendar, rules: ReminderRules) -> tuple[bool, bool]:
    """Whether a message that is sent on a day has a call beside it, and whether the head is told: the ladder."""
    at_the_end = day >= calendar.earlier(due, 1)
    return repeat >= rules.call_after_repeats or at_the_end, repeat >= rules.head_after_repeats or at_the_end


def _at_or_after(
    moment: datetime, repeat: int, due: date, calendar: BusinessCalendar, rules: ReminderRules
) -> Reminder | None:
    while moment.date() <= due:
        if _may_send(moment.date(), calendar, rules):
            call, head = sent_now(repeat, moment.date(), due, calendar, rules)
            return Reminder(at=moment, repeat=repeat, call=call, head=head)
        moment = datetime.combine(moment.date() + _ONE_DAY, rules.repeat_at, moment.tzinfo)
    return None


def _first(published_at: datetime, rules: ReminderRules) -> datetime:
    """At once inside the window; before it when it opens for repeats; after it on the next day."""
    if rules.window_opens <= published_at.time() < rules.window_closes:
        return published_at
    day = published_at.date()
    if published_at.time() >= rules.window_closes:
        day += _ONE_DAY
    return datetime.combine(day, rules.repeat_at, published_at.tzinfo)


def _may_send(day: date, calendar: BusinessCalendar, rules: ReminderRules) -> bool:
    if day.weekday() in rules.silent_weekdays:
        return False
    return calendar.is_business_day(day) if rules.working_days_only else True


def is_digest_time(moment: datetime, calendar: BusinessCalendar, rules: ReminderRules) -> bool:
    """Whether a colleague's letter of the day may go now: from ``repeat_at`` on, inside the window, on working days.

    ``moment`` is in the colleague's zone. Letters of a day that is over are not sent on the next one: it has its own.
    """
    if not rules.repeat_at <= moment.time() < rules.window_closes:
        return False
    return calendar.is_business_day(moment.date()) and moment.weekday() not in rules.silent_weekdays
