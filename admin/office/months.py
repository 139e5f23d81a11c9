"""A month that a page shows, with its neighbours."""

from datetime import date, timedelta

import msgspec

from admin.office.addressed import AddressRefused


class Month(msgspec.Struct, frozen=True):
    """Both days belong to it."""

    first: date
    last: date

    @property
    def key(self) -> str:
        """«2026-04»."""
        return f"{self.first:%Y-%m}"

    @property
    def before(self) -> str:
        """The key of the month before."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The key of the next one."""
        return f"{self.last + timedelta(days=1):%Y-%m}"


def month_of(day: date) -> Month:
    """The month of a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Month(first, following - timedelta(days=1))


def month_asked(text: str | None, today: date) -> Month:
    """«2026-04» of an address; the month of today for none. Raises AddressRefused for no month of these centuries."""
    if not text:
        return month_of(today)
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise AddressRefused("month", text) from None
    if not 2000 <= asked.year <= 2100:
        raise AddressRefused("month", text)
    return month_of(asked)
