"""When a lead that nobody cares for is shown as neglected (office domain 3.1)."""

from datetime import date

from accounting.working_days import BusinessCalendar

WORKING_DAYS_IF_NEW = 1
WORKING_DAYS_LATER = 3


def neglected_on(since: date, is_new: bool, calendar: BusinessCalendar) -> date:
    """The day at whose end a lead without a next action is neglected.

    ``since``: the day it came, or entered its state. A new one waits one working day, others three.
    """
    return calendar.later(since, WORKING_DAYS_IF_NEW if is_new else WORKING_DAYS_LATER)
