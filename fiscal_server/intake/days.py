"""Which days an event may have: a mistyped one must not become a deadline, a VAT rate or a receipt of its own."""

from datetime import date, timedelta
from typing import Final, get_args

import msgspec

from accounting.receipts.calendar import period_of
from accounting.receipts.events import Charge, Event, Payment, PeriodClose

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Bills and due dates lie between them, as periods do."""

FIRST_ACT: Final = date(2017, 2, 1)
"""Money of earlier days went through registers without an FN: no receipt of today is about it [M: 290-FZ art. 7]."""

AHEAD: Final = timedelta(days=1)
"""How far an act may lie ahead of our clock: the day begins nine hours earlier in the east of the country."""


def _days_of(kind: type) -> list[tuple[str, str, bool]]:
    return [
        (field.encode_name, field.name, kind is not Charge and field.name != "due_on")
        for field in msgspec.structs.fields(kind)
        if date in (field.type, *get_args(field.type))
    ]


_DAYS: Final[dict[type, list[tuple[str, str, bool]]]] = {kind: _days_of(kind) for kind in get_args(Event)}
"""Fields of each event type that are days: name on the wire, name in the struct, whether it is the day of an act."""


def bad_day(event: Event) -> tuple[str, str] | None:
    """The first day of an event that no event can have: its name on the wire, and what is wrong with it."""
    for wire_name, name, is_act in _DAYS[type(event)]:
        day = getattr(event, name)
        if isinstance(day, date) and (reason := _reason(day, is_act=is_act)):
            return wire_name, reason
    if isinstance(event, PeriodClose):
        for place, charge in enumerate(event.charges):
            if isinstance(charge.due_on, date) and (reason := _reason(charge.due_on, is_act=False)):
                return f"charges[{place}].due_date", reason
    return None


def _reason(day: date, *, is_act: bool) -> str | None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return f"{day} is not between the years {FIRST_YEAR} and {LAST_YEAR}"
    if is_act and day < FIRST_ACT:
        return f"{day} is before {FIRST_ACT}, when registers with an FN began"
    return None


def day_ahead(event: Event, today: date) -> tuple[str, str] | None:
    """The day of an act that has not happened yet: its name on the wire, and what is wrong with it.

    A month may be closed before its last day, and not before its first one. Bills may be written beforehand: the day of
    a charge and due dates are free. A bank's register may come before its money does (receipt rules 3.2), so of a
    payment's two days the earlier one is the act.
    """
    latest = today + AHEAD
    if isinstance(event, PeriodClose) and event.period > period_of(latest):
        return "period", f"{event.period} has not begun yet: today is {today}"
    if (
        isinstance(event, Payment)
        and isinstance(event.registered_on, date)
        and (min(event.paid_on, event.registered_on) <= latest)
    ):
        return None
    for wire_name, name, is_act in _DAYS[type(event)]:
        day = getattr(event, name)
        if is_act and isinstance(day, date) and day > latest:
            return wire_name, f"{day} has not come yet: today is {today}"
    return None
