"""When a recipient may be written to, and where a notice stands after a letter."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from accounting.office.notices import Outcome, counts_as_said, retry_after
from accounting.office.reminders import ReminderRules, first_reminder, next_reminder, sent_now
from accounting.working_days import BusinessCalendar, CalendarRules
from admin.storage.office.notices import NoticeToSend, Standing

RULES: Final = ReminderRules(working_days_only=True)
"""A letter each working day at ten, never before nine or after seven; after three repeats somebody calls."""


class Hours(msgspec.Struct, frozen=True):
    """The recipient's own days and hours."""

    zone: ZoneInfo
    calendar: BusinessCalendar

    def may_begin(self, now: datetime, due: date) -> datetime | None:
        """From when on a letter may go: now, at the next hour for letters, or not before the due date is over."""
        first = first_reminder(now, due, self.zone, self.calendar, RULES)
        return None if first is None else max(first.at, now)

    def day(self, now: datetime) -> date:
        """Which day it is there."""
        return now.astimezone(self.zone).date()

    def after(self, due: date) -> datetime:
        """When it is known that nobody has answered until the due date."""
        return datetime.combine(due + timedelta(days=1), RULES.repeat_at, self.zone)

    def standing(self, notice: NoticeToSend, repeat: int, outcome: Outcome, now: datetime) -> Standing:
        """Where the notice stands after a letter: when the next one goes, and whether somebody calls."""
        if counts_as_said(outcome):
            return self._said(notice, repeat, now)
        failures = notice.failures + 1
        wait = None if outcome is Outcome.REFUSED else retry_after(failures)
        if wait is None or notice.state == "escalated":
            escalation = "head" if notice.escalation == "head" else "call"
            return Standing(
                state="escalated", sent_count=notice.sent_count, failures=failures, escalation=escalation,
                next_attempt_at=None,
            )  # fmt: skip
        return Standing(
            state=notice.state, sent_count=notice.sent_count, failures=failures, escalation=notice.escalation,
            next_attempt_at=now + wait,
        )  # fmt: skip

    def _said(self, notice: NoticeToSend, repeat: int, now: datetime) -> Standing:
        said = max(notice.sent_count, repeat + 1)
        if not notice.needs_answer:
            return Standing(state="sent", sent_count=said, failures=0, escalation="none", next_attempt_at=None)
        call, head = sent_now(repeat, self.day(now), notice.due, self.calendar, RULES)
        escalation = "head" if head else "call" if call else notice.escalation
        following = next_reminder(now, repeat + 1, notice.due, self.zone, self.calendar, RULES)
        over = max(self.after(notice.due), now + timedelta(days=1))
        at = over if following is None else following.at
        return Standing(state="sent", sent_count=said, failures=0, escalation=escalation, next_attempt_at=at)


def hours_of(country: str, region: str | None, time_zone: str | None, office: ZoneInfo) -> Hours:
    """Of a recipient: the working days of the client's country, the clock of the person, or that of the office."""
    return Hours(_zone(time_zone, office), BusinessCalendar(CalendarRules(region=region), country))


def _zone(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    if name is None:
        return otherwise
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return otherwise
