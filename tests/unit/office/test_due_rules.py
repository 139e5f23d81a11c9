from datetime import date

import pytest

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
    Tabled,
    ValidTo,
    WorkingDay,
    counts_working_days,
    nominal_date,
    parse_due_rule,
)
from accounting.office.mistakes import BadText
from accounting.receipts.wording import in_language
from accounting.working_days import BusinessCalendar, CalendarRules

RUSSIA = BusinessCalendar(CalendarRules())


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("M+1:D25", AfterMonths(1, DayOfMonth(25))),
        ("M+0:DL", AfterMonths(0, LastDay())),
        ("M+0:WDL", AfterMonths(0, LastWorkingDay())),
        ("M+2:WD10", AfterMonths(2, WorkingDay(10))),
        ("Y+1:03-25", AfterYears(1, 3, DayOfMonth(25))),
        ("Y+0:12-28", AfterYears(0, 12, DayOfMonth(28))),
        ("Y+1:07-DL", AfterYears(1, 7, LastDay())),
        ("Y+1:02-WDL", AfterYears(1, 2, LastWorkingDay())),
        ("E:+5W", AfterEvent(5, True)),
        ("E:+15C", AfterEvent(15, False)),
        ("P0:+90C", AfterPatentStart(90)),
        ("P1:+0C", AfterPatentEnd(0)),
        ("poa.valid_to", ValidTo("poa")),
        ("TABLE", Tabled()),
        ("E:+10W<=Y+0:12-31", NotLaterThan(AfterEvent(10, True), AfterYears(0, 12, DayOfMonth(31)))),
        ("M+3:D15<=M+3:WDL", NotLaterThan(AfterMonths(3, DayOfMonth(15)), AfterMonths(3, LastWorkingDay()))),
    ],
)
def test_term_is_read(text: str, term: object) -> None:
    assert parse_due_rule(text) == (term,)


def test_instalments_are_terms_in_their_order() -> None:
    assert parse_due_rule("INST(M+1:D28, M+2:D28,M+3:DL)") == (
        AfterMonths(1, DayOfMonth(28)),
        AfterMonths(2, DayOfMonth(28)),
        AfterMonths(3, LastDay()),
    )


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 0, "Непонятный срок"),
        ("next month", 0, "Непонятный срок «next month»"),
        ("M+1:D32", 4, "Непонятный день «D32»"),
        ("M+1:D00", 4, "Непонятный день «D00»"),
        ("M+1:WD24", 4, "Непонятный день «WD24»"),
        ("Y+1:13-01", 4, "Нет месяца с номером 13"),
        ("Y+1:02-XX", 7, "Непонятный день «XX»"),
        ("E:+0W", 3, "не короче одного дня"),
        ("INST(M+1:D28, M+2:D99)", 18, "Непонятный день «D99»"),
        ("INST(M+1:D28, nonsense)", 14, "Непонятный срок «nonsense»"),
        ("E:+10W<=", 8, "Непонятный срок «»"),
        ("E:+10W<=Y+0:12-99", 15, "Непонятный день «99»"),
        ("INST(M+1:D28,M+2:D28<=E:+5W)", 22, "Предельный срок «E:+5W» не подходит"),
        ("TABLE<=Y+0:12-31", 0, "Предельный срок «Y+0:12-31» не подходит"),
        ("E:+10W<=Y+0:12-31<=M+1:DL", 15, "Непонятный день «31<=M+1:DL»"),
    ],
)
def test_mistake_says_its_place_and_reason(text: str, position: int, said: str) -> None:
    with pytest.raises(BadText) as refused:
        parse_due_rule(text)
    assert refused.value.position == position
    assert said in refused.value.reason()


def test_mistake_is_told_in_the_language_of_the_call() -> None:
    with pytest.raises(BadText) as refused:
        parse_due_rule("Y+1:13-01")
    with in_language("en"):
        assert refused.value.reason() == "There is no month number 13."


@pytest.mark.parametrize(
    ("text", "start", "end", "nominal"),
    [
        ("M+1:D31", date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 30)),  # a month shorter than the day
        ("M+1:D30", date(2028, 1, 1), date(2028, 1, 31), date(2028, 2, 29)),  # a leap year
        ("M+1:D30", date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 28)),
        ("M+2:D05", date(2026, 11, 1), date(2026, 11, 30), date(2027, 1, 5)),
        ("Y+1:02-DL", date(2027, 1, 1), date(2027, 12, 31), date(2028, 2, 29)),
        ("M+0:WDL", date(2026, 12, 23), date(2026, 12, 31), date(2026, 12, 30)),
        ("M+1:WD04", date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 7)),
        ("P0:+90C", date(2026, 1, 1), date(2026, 12, 31), date(2026, 4, 1)),
        ("P1:+0C", date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 28)),  # art. 346.51
        ("P1:+0C", date(2026, 1, 1), date(2026, 11, 30), date(2026, 11, 30)),
        ("P1:+5C", date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 5)),
        ("E:+15C", date(2026, 6, 30), date(2026, 6, 30), date(2026, 7, 15)),
        ("poa.valid_to", date(2026, 1, 1), date(2026, 5, 9), date(2026, 5, 9)),
        ("E:+10W<=Y+0:12-31", date(2026, 4, 29), date(2026, 4, 29), date(2026, 5, 15)),
        ("E:+10W<=Y+0:12-31", date(2026, 12, 24), date(2026, 12, 24), date(2026, 12, 31)),
    ],
)
def test_nominal_date_of_a_term(text: str, start: date, end: date, nominal: date) -> None:
    assert nominal_date(parse_due_rule(text)[0], start, end, RUSSIA) == nominal


def test_table_names_no_date_by_itself() -> None:
    assert nominal_date(Tabled(), date(2026, 1, 1), date(2026, 1, 31), RUSSIA) is None


@pytest.mark.parametrize(("text", "counts"), [("M+1:WD04", True), ("Y+1:02-WDL", True), ("E:+3W", True),
                                             ("E:+3C<=M+0:WDL", True), ("E:+3C<=M+0:DL", False)])  # fmt: skip
def test_terms_that_name_a_working_day_say_so(text: str, counts: bool) -> None:
    assert counts_working_days(parse_due_rule(text)[0]) is counts
    assert not counts_working_days(AfterMonths(1, DayOfMonth(25)))
    assert not counts_working_days(AfterEvent(3, False))
