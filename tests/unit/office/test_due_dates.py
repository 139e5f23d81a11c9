from collections import Counter
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from accounting.office.clients import Occasion
from accounting.office.due_dates import (
    Calendars,
    DueDate,
    Move,
    due_dates_of_occasion,
    due_dates_of_years,
    legal_date,
    one_off_dates,
    shifted,
)
from accounting.office.due_rules import nominal_date, parse_due_rule
from accounting.office.obligation_templates import Pack, Shift
from tests.unit.office.organisations import confirmed, rows_of

CALENDARS = Calendars()
PACKS = {country: confirmed(country) for country in ("RU", "PL", "BR")}


def _all_of_2026(pack: Pack) -> list[DueDate]:
    dates = one_off_dates(pack)
    return [
        due
        for template in pack.active()
        for due in due_dates_of_years(
            template, CALENDARS.of(pack.country, None, template.saturdays), range(2024, 2028), dates
        )
        if due.due.year == 2026
    ]


def _one(code: str, period: str) -> DueDate:
    (due,) = [d for d in _all_of_2026(PACKS[code[:2]]) if (d.template.code, d.period_key()) == (code, period)]
    return due


def test_all_412_dates_of_russia_come_out_and_no_others() -> None:
    expected = rows_of("office-due-dates-ru-2026.csv")
    found = {
        (due.template.code, due.period_key(), str(due.nominal), str(due.due), "n" if due.due == due.nominal else "y")
        for due in _all_of_2026(PACKS["RU"])
    }
    assert len(expected) == 412
    assert found == {
        (row["code"], row["period"], row["nominal_date"], row["due_date"], row["shifted"]) for row in expected
    }


@pytest.mark.parametrize("country", ["PL", "BR"])
def test_all_dates_of_poland_and_brazil_come_out_and_no_others(country: str) -> None:
    expected = Counter(
        (row["code"], row["due_date"])
        for row in rows_of("office-due-dates-pl-br-2026.csv")
        if row["code"].startswith(country)
    )
    found = Counter((due.template.code, str(due.due)) for due in _all_of_2026(PACKS[country]))
    pay = {key: count for key, count in found.items() if key[0] == "BR-SALARY"}
    assert sum(expected.values()) > 150
    assert found - Counter(pay) == expected


def test_pay_in_brazil_counts_saturdays() -> None:
    assert _one("BR-SALARY", "2026-05").due == date(2026, 6, 6)  # 1, 2, 3, 5 and 6 June; the 4th is a holiday


@pytest.mark.parametrize(
    ("code", "period", "nominal", "due", "move"),
    [
        ("RU-VAT-DECL", "2026-Q1", date(2026, 4, 25), date(2026, 4, 27), Move.FORWARD),
        ("RU-NDFL-PAY-A", "2026-02/01-22", date(2026, 2, 28), date(2026, 3, 2), Move.FORWARD),
        ("RU-SV-PAY", "2026-01", date(2026, 2, 28), date(2026, 3, 2), Move.FORWARD),
        ("RU-NDFL-PAY-DEC", "2026-12/23-31", date(2026, 12, 30), date(2026, 12, 30), Move.NONE),
        ("RU-NDFL-NOTICE-B", "2026-04/23-30", date(2026, 5, 3), date(2026, 5, 4), Move.FORWARD),
        ("RU-USN-PAY-ORG", "2025", date(2026, 3, 28), date(2026, 3, 30), Move.FORWARD),
        ("RU-USN-PAY-IP", "2025", date(2026, 4, 28), date(2026, 4, 28), Move.NONE),
        ("RU-VAT-PAY", "2025-Q4/1", date(2026, 1, 28), date(2026, 1, 28), Move.NONE),
        ("RU-VAT-PAY", "2025-Q4/2", date(2026, 2, 28), date(2026, 3, 2), Move.FORWARD),
        ("RU-VAT-PAY", "2025-Q4/3", date(2026, 3, 28), date(2026, 3, 30), Move.FORWARD),
        ("RU-STAT-P4", "2026-01", date(2026, 2, 15), date(2026, 2, 27), Move.SET_BY_AUTHORITY),
        ("PL-VAT-OSS", "2025-Q4", date(2026, 1, 31), date(2026, 1, 31), Move.NONE),
        ("BR-FGTS", "2026-05", date(2026, 6, 20), date(2026, 6, 19), Move.BACK),
        ("BR-DAS", "2026-10", date(2026, 11, 20), date(2026, 11, 23), Move.FORWARD),
        ("BR-EFD-CONTRIB", "2025-12", date(2026, 2, 13), date(2026, 2, 13), Move.NONE),
    ],
)
def test_worked_example_with_its_nominal_date_and_move(
    code: str, period: str, nominal: date, due: date, move: Move
) -> None:
    found = _one(code, period)
    assert (found.nominal, found.due, found.move) == (nominal, due, move)


YEAR_OF_PATENT = Occasion(name="patent", id="7", start=date(2026, 1, 1), end=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("code", "occasion", "due"),
    [
        ("RU-PSN-1", YEAR_OF_PATENT, date(2026, 4, 1)),
        (
            "RU-PSN-2",
            YEAR_OF_PATENT,
            date(2026, 12, 28),
        ),
        ("RU-FNS-RECEIPT", Occasion(name="fns_demand", id="15", start=date(2026, 4, 29)), date(2026, 5, 8)),
        ("RU-EFS1-11-D", Occasion(name="hr_event", id="3", start=date(2026, 4, 30), choice="hire"), date(2026, 5, 4)),
        (
            "RU-EFS1-11-M",
            Occasion(name="hr_event", id="4", start=date(2026, 3, 2), choice="transfer"),
            date(2026, 4, 27),
        ),
        ("RU-POA-EXPIRY", Occasion(name="poa", id="9", start=date(2025, 5, 9), end=date(2026, 5, 9)), date(2026, 5, 9)),
    ],
)
def test_worked_example_that_an_occasion_starts(code: str, occasion: Occasion, due: date) -> None:
    (template,) = [one for one in PACKS["RU"].templates if one.code == code]
    (found,) = due_dates_of_occasion(template, CALENDARS.of("RU", None), occasion, {})
    assert found.due == due


@pytest.mark.parametrize(
    ("report", "due", "move"),
    [
        (date(2026, 4, 29), date(2026, 5, 15), Move.NONE),  # 1 and 11 May are days off
        (date(2026, 12, 15), date(2026, 12, 29), Move.NONE),  # the tenth working day
        (date(2026, 12, 16), date(2026, 12, 30), Move.NONE),
        (date(2026, 12, 17), date(2026, 12, 30), Move.BACK),  # the tenth is in January; 31 December is a day off
        (date(2026, 12, 30), date(2026, 12, 30), Move.BACK),
        (date(2026, 12, 31), date(2026, 12, 31), Move.NONE),  # not before the report itself
    ],
)
def test_audit_report_is_due_in_ten_working_days_and_never_after_the_year(report: date, due: date, move: Move) -> None:
    (template,) = [one for one in PACKS["RU"].templates if one.code == "RU-BFO-AUDIT"]
    event = Occasion(name="audit_report", id="1", start=report)
    (found,) = due_dates_of_occasion(template, CALENDARS.of("RU", None), event, {})
    assert (found.due, found.move) == (due, move)


@given(
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["E:+10W", "E:+40C", "M+1:D31", "Y+1:01-01"]),
    st.sampled_from(["Y+0:12-31", "M+0:DL", "M+1:WDL", "M+1:D08"]),
    st.sampled_from(Shift),
)
def test_no_shift_carries_a_term_past_its_cap(day: date, counted: str, cap: str, shift: Shift) -> None:
    calendar = CALENDARS.of("RU", None)
    (term,) = parse_due_rule(f"{counted}<={cap}")
    latest = nominal_date(parse_due_rule(cap)[0], day, day, calendar)
    nominal = nominal_date(term, day, day, calendar)
    assert nominal is not None
    assert latest is not None
    due = legal_date(term, nominal, day, shift, calendar)
    assert due <= latest
    own = nominal_date(parse_due_rule(counted)[0], day, day, calendar)
    if own is not None and shifted(own, shift, calendar) <= latest:
        assert due == shifted(own, shift, calendar), "a cap that is not reached changes nothing"


def test_event_reported_by_the_month_is_of_the_month_and_others_of_the_event() -> None:
    by_month, at_once = [one for one in PACKS["RU"].templates if one.code in ("RU-EFS1-11-M", "RU-EFS1-11-D")][::-1]
    event = Occasion(name="hr_event", id="4", start=date(2026, 3, 2), choice="transfer")
    calendar = CALENDARS.of("RU", None)
    assert [due.period_key() for due in due_dates_of_occasion(by_month, calendar, event, {})] == ["2026-03"]
    assert [due.period_key() for due in due_dates_of_occasion(at_once, calendar, event, {})] == ["hr_event/4"]


def test_days_passed_over_are_all_days_off() -> None:
    for due in (due for pack in PACKS.values() for due in _all_of_2026(pack)):
        calendar = CALENDARS.of(due.template.code[:2], None, due.template.saturdays)
        assert not any(map(calendar.is_business_day, due.passed_over))
        assert bool(due.passed_over) == (due.move in (Move.FORWARD, Move.BACK))


def test_own_date_of_the_office_lies_so_many_working_days_before() -> None:
    vat = _one("RU-VAT-DECL", "2026-Q1")
    assert vat.template.lead_days == 3
    assert vat.target == date(2026, 4, 22)


def test_money_leaves_before_banks_close_and_reports_need_none() -> None:
    assert _one("BR-IRPJ-M", "2026-11").due == date(2026, 12, 31)
    assert _one("BR-IRPJ-M", "2026-11").money_leaves_by == date(2026, 12, 30)
    assert _one("RU-VAT-PAY", "2025-Q4/1").money_leaves_by == date(2026, 1, 28)
    assert _one("RU-VAT-DECL", "2026-Q1").money_leaves_by is None


def test_date_that_hangs_on_an_unpublished_calendar_is_preliminary() -> None:
    (template,) = [one for one in PACKS["RU"].templates if one.code == "RU-VAT-DECL"]
    dates = {d.period.key: d for d in due_dates_of_years(template, CALENDARS.of("RU", None), range(2026, 2028), {})}
    assert not dates["2026-Q3"].preliminary
    assert dates["2026-Q4"].preliminary


def test_date_that_no_calendar_moves_is_never_preliminary() -> None:
    (template,) = [one for one in PACKS["PL"].templates if one.code == "PL-VAT-OSS"]
    dates = due_dates_of_years(template, CALENDARS.of("PL", None), range(2031, 2032), {})
    assert [due.preliminary for due in dates] == [False] * 4


def test_regional_day_off_moves_only_where_it_is_asked_for() -> None:
    day = date(2026, 10, 12)
    assert shifted(day, Shift.NEXT, CALENDARS.of("RU", None)) == day
    assert shifted(day, Shift.NEXT, CALENDARS.of("RU", "RU-BA")) == date(2026, 10, 13)
