"""Amounts, numbers and times as people read them in their language; no space inside of them breaks."""

import re
from datetime import date, datetime, timedelta, tzinfo

from accounting.office.attributes import ATTRIBUTES
from accounting.receipts.wording import MONTHS, day_text, separators
from admin.texts import say, say_form

_SPACE = "\u00a0"
_KOPECKS_A_ROUBLE = 100
_DAYS = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])/([0-9]{2})-([0-9]{2})")
_LONG_NUMBER = 3
OCCASIONS = {one.name: one for one in ATTRIBUTES if one.of_occasion}
_MONTHS_SHORT = ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
_WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")


def format_count(number: int) -> str:
    """12345 -> «12 345»."""
    between, _ = separators()
    return f"{number:,}".replace(",", between).replace(" ", _SPACE)


def format_kopecks(kopecks: int, currency: str = "₽") -> str:
    """123450 -> «1 234,50 ₽»; other currencies have hundredths too."""
    roubles, rest = divmod(abs(kopecks), _KOPECKS_A_ROUBLE)
    sign = "−" if kopecks < 0 else ""
    _, before_kopecks = separators()
    return f"{sign}{format_count(roubles)}{before_kopecks}{rest:02}{_SPACE}{currency}"


def counted(number: int, forms: str) -> str:
    """1234, «чек|чека|чеков» -> «1 234 чека», in the reader's language."""
    return f"{format_count(number)}{_SPACE}{say_form(number, forms)}"


def format_day(day: date) -> str:
    """«14.09.2027»."""
    return day_text(day)


def format_device_time(at: datetime) -> str:
    """What a device's own clock said, which has no zone: «14.09.2027 14:05»."""
    return f"{day_text(at.date())} {at:%H:%M}"


def format_period(key: str) -> str:
    """What something is about, in words: «октябрь 2026», «1–22 апреля 2026», «2 квартал 2026, часть 1», «2025 год»;
    a day; an event of a client («Кадровое событие»). What is none of these stays as it is."""
    whole, _, part = key.partition("/")
    if whole in OCCASIONS:
        return say(OCCASIONS[whole].label)
    if days := _DAYS.fullmatch(key):
        year, month, first, last = days.groups()
        return f"{int(first)}–{int(last)} {say(_MONTHS[int(month) - 1])} {year}"
    told = _format_whole(whole)
    if not part.isdecimal():
        return key if part or told is None else told
    if told is None:
        return key
    # A second piece of work of one month bears the number of its line: that tells people nothing.
    return say("{period}, часть {number}", period=told, number=part) if len(part) < _LONG_NUMBER else told


def _format_whole(key: str) -> str | None:
    year, _, rest = key.partition("-")
    if not (len(year) == 4 and year.isdecimal()):
        return None
    match rest:
        case "" | "Y":
            return say("{year} год", year=year)
        case "H1":
            return say("полугодие {year}", year=year)
        case "9M":
            return say("9 месяцев {year}", year=year)
        case "Q1" | "Q2" | "Q3" | "Q4":
            return say("{quarter} квартал {year}", quarter=rest[1], year=year)
        case _ if len(rest) == 2 and rest.isdecimal() and 1 <= int(rest) <= 12:
            return f"{say(MONTHS[int(rest) - 1])} {year}"
    try:
        return format_day(date.fromisoformat(key))
    except ValueError:
        return None


def format_fn(number: str) -> str:
    """Sixteen digits in fours, so that two FNs can be told apart at a glance."""
    return _SPACE.join(number[start : start + 4] for start in range(0, len(number), 4))


class Moments:
    """Times as seen at one moment from one zone."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self._zone = zone
        self.now = now.astimezone(zone)
        self.midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)

    def clock(self) -> str:
        """«14:05:07»."""
        return f"{self.now:%H:%M:%S}"

    def today(self) -> str:
        """«21 ноября 2026, суббота»."""
        month, weekday = say(_MONTHS[self.now.month - 1]), say(_WEEKDAYS[self.now.weekday()])
        return f"{self.now.day} {month} {self.now.year}, {weekday}"

    def moment(self, at: datetime) -> str:
        """«14:05:07» today, «20 ноя 14:05» this year, «20.11.2025 14:05» before."""
        local = at.astimezone(self._zone)
        if local.date() == self.now.date():
            return f"{local:%H:%M:%S}"
        if local.year == self.now.year:
            return f"{local.day}{_SPACE}{say(_MONTHS_SHORT[local.month - 1])} {local:%H:%M}"
        return self.dated(at)

    def dated(self, at: datetime) -> str:
        """«20.11.2025 14:05», whatever day it is: where people keep what they read."""
        local = at.astimezone(self._zone)
        return f"{day_text(local.date())} {local:%H:%M}"

    def exact(self, at: datetime) -> str:
        """ISO 8601 with the zone's offset, for machines and for doubts."""
        return at.astimezone(self._zone).isoformat(timespec="seconds")

    def elapsed(self, since: datetime) -> timedelta:
        """From a moment until now; never negative, clocks differ."""
        return max(self.now - since, timedelta())

    def hours(self, since: datetime) -> int:
        """Whole hours since a moment."""
        return self.elapsed(since) // timedelta(hours=1)

    def days_until(self, day: date) -> int:
        """Whole days until a date; negative when it is past."""
        return (day - self.now.date()).days

    def age(self, since: datetime) -> str:
        """«< 1 мин», «12 мин», «3 ч 12 мин», «2 дн 4 ч»."""
        minutes = self.elapsed(since) // timedelta(minutes=1)
        hours, days = minutes // 60, minutes // 1440
        if minutes < 1:
            return _tied("< 1 мин")
        if hours < 1:
            return _tied("{minutes} мин", minutes=minutes)
        if days < 1:
            rest = minutes % 60
            return _tied("{hours} ч", hours=hours) + (" " + _tied("{minutes} мин", minutes=rest) if rest else "")
        rest = hours % 24
        return _tied("{days} дн", days=days) + (" " + _tied("{hours} ч", hours=rest) if rest else "")


def _tied(msgid: str, **values: int) -> str:
    """A text that does not break between a number and its unit."""
    return say(msgid, **values).replace(" ", _SPACE)
