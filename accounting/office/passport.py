"""The passport of a date: which rule, which nominal day, what moved it and why, by which law, how sure (for people).

Every text is said in the language of the call; laws keep the wording of their country.
"""

from datetime import date
from typing import Final

import msgspec

from accounting.office.due_dates import DueDate, Move
from accounting.office.due_rules import (
    AfterEvent,
    AfterMonths,
    AfterPatentEnd,
    AfterPatentStart,
    AfterYears,
    DayOfMonth,
    LastDay,
    LastWorkingDay,
    NotLaterThan,
    PlaceInMonth,
    Tabled,
    Term,
    ValidTo,
    WorkingDay,
)
from accounting.office.obligation_templates import Certainty, Shift
from accounting.office.obligation_words import name_of
from accounting.receipts.wording import MONTHS, day_text, translated, unknown_year
from accounting.working_days import BusinessCalendar

WEEKDAYS: Final = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")

CERTAINTY: Final = {
    Certainty.HIGH: "подтверждено законом и опубликованными календарями",
    Certainty.MEDIUM: "известно из одного источника, проверьте",
    Certainty.LOW: "не подтверждено, проверьте",
}

SHIFTS: Final = {
    Shift.NEXT: "с выходного срок переносится вперед, на ближайший рабочий день",
    Shift.PREV: "с выходного срок переносится назад, на предыдущий рабочий день",
    Shift.NONE: "с выходного срок не переносится",
}


UNPUBLISHED: Final = "Календарь года {year} еще не утвержден: дату пересчитают."


class Passport(msgspec.Struct, frozen=True, kw_only=True):
    """The answers, in the order of the questions people ask. Empty: there is nothing to say."""

    what: str
    period: str
    rule: str
    nominal: str
    moved: str
    due: str
    law: str
    certainty: str
    version: str
    warnings: tuple[str, ...]


def passport(what: DueDate, calendar: BusinessCalendar) -> Passport:
    """The passport of a due date. ``calendar``: the one it was counted by, for the names of days off."""
    template = what.template
    return Passport(
        what=f"{name_of(template)} ({template.code})",
        period=what.period_key(),
        rule=f"{term_text(what.term)}; {translated(SHIFTS[template.shift])}",
        nominal="" if what.nominal is None else day_text(what.nominal),
        moved=_moved(what, calendar),
        due=day_text(what.due),
        law=template.source if what.one_off is None else what.one_off.document,
        certainty=translated(CERTAINTY[template.certainty]),
        version=template.version,
        warnings=_warnings(what),
    )


def _moved(what: DueDate, calendar: BusinessCalendar) -> str:
    days = ", ".join(f"{day_text(day)} — {_day_off(day, calendar)}" for day in what.passed_over)
    match what.move:
        case Move.SET_BY_AUTHORITY:
            return translated("Дату на этот раз назначило ведомство.")
        case Move.FORWARD:
            return translated("Перенесено вперед на рабочий день {day}: {days}.", day=day_text(what.due), days=days)
        case Move.BACK if isinstance(what.term, NotLaterThan) and what.template.shift is Shift.NEXT:
            text = "Предельный срок не переносится вперед; рабочий день перед ним — {day}: {days}."
            return translated(text, day=day_text(what.due), days=days)
        case Move.BACK:
            return translated("Перенесено назад на рабочий день {day}: {days}.", day=day_text(what.due), days=days)
        case Move.NONE:
            return ""


def _day_off(day: date, calendar: BusinessCalendar) -> str:
    return calendar.name_of(day) or translated(WEEKDAYS[day.weekday()])


def _warnings(what: DueDate) -> tuple[str, ...]:
    warnings = []
    for year in what.unpublished:
        warnings.append(unknown_year(year) if year in what.unknown else translated(UNPUBLISHED, year=year))
    if what.money_leaves_by is not None and what.money_leaves_by != what.due:
        text = "Банки {due} не платят: отправьте деньги не позднее {day}."
        warnings.append(translated(text, due=day_text(what.due), day=day_text(what.money_leaves_by)))
    return tuple(warnings)


def term_text(term: Term) -> str:
    """A term in words: «25-е число следующего месяца»."""
    match term:
        case NotLaterThan(counted, cap):
            return translated("{term}, но не позднее: {cap}", term=term_text(counted), cap=term_text(cap))
        case AfterMonths(0, place):
            return translated("{place} того же месяца", place=_place_text(place))
        case AfterMonths(1, place):
            return translated("{place} следующего месяца", place=_place_text(place))
        case AfterMonths(count, place):
            return translated("{place}, через месяцев: {count}", place=_place_text(place), count=count)
        case AfterYears(0, month, place):
            return translated("{place}, {month} того же года", place=_place_text(place), month=_month(month))
        case AfterYears(1, month, place):
            return translated("{place}, {month} следующего года", place=_place_text(place), month=_month(month))
        case AfterYears(count, month, place):
            text = "{place}, {month}, через лет: {count}"
            return translated(text, place=_place_text(place), month=_month(month), count=count)
        case AfterEvent(count, working):
            text = "рабочих дней после события: {count}" if working else "календарных дней после события: {count}"
            return translated(text, count=count)
        case AfterPatentStart(count):
            return translated("календарных дней после начала патента: {count}", count=count)
        case AfterPatentEnd(count):
            return translated("календарных дней после окончания патента: {count}", count=count)
        case ValidTo():
            return translated("день окончания документа")
        case Tabled():
            return translated("по таблице ведомства")


def _place_text(place: PlaceInMonth) -> str:
    match place:
        case DayOfMonth(number):
            return translated("{number}-е число", number=number)
        case LastDay():
            return translated("последний день")
        case WorkingDay(number):
            return translated("{number}-й рабочий день", number=number)
        case LastWorkingDay():
            return translated("последний рабочий день")


def _month(number: int) -> str:
    return translated(MONTHS[number - 1])
