from datetime import date

import pytest

from accounting.office.clients import Occasion
from accounting.office.due_dates import Calendars, due_dates_of_occasion, due_dates_of_years, one_off_dates
from accounting.office.due_rules import parse_due_rule
from accounting.office.passport import Passport, passport, term_text
from accounting.receipts.wording import in_language
from tests.unit.office.organisations import confirmed

CALENDARS = Calendars()


def _passport(code: str, period: str, year: int = 2026) -> Passport:
    pack = confirmed(code[:2])
    (template,) = [one for one in pack.templates if one.code == code]
    calendar = CALENDARS.of(pack.country, None, template.saturdays)
    dates = due_dates_of_years(template, calendar, range(year - 1, year + 1), one_off_dates(pack))
    (due,) = [one for one in dates if one.period_key() == period]
    return passport(due, calendar)


def test_passport_says_rule_day_shift_and_law() -> None:
    told = _passport("RU-VAT-DECL", "2026-Q1")
    assert told.what == "Декларация по НДС (RU-VAT-DECL)"
    assert told.rule == ("25-е число следующего месяца; с выходного срок переносится вперед, на ближайший рабочий день")
    assert (told.nominal, told.due) == ("25.04.2026", "27.04.2026")
    assert told.moved == (
        "Перенесено вперед на рабочий день 27.04.2026: 25.04.2026 — суббота, 26.04.2026 — воскресенье."
    )
    assert told.law == "НК РФ ст. 174 п. 5"
    assert told.certainty == "подтверждено законом и опубликованными календарями"
    assert (told.version, told.warnings) == ("2026.2", ())


def test_passport_names_official_days_off() -> None:
    told = _passport("RU-STAT-P4NZ", "2025-Q4")
    assert told.moved.startswith("Перенесено вперед на рабочий день 12.01.2026: 08.01.2026 — Новогодние каникулы")
    assert "09.01.2026 — Перенос с субботы 3 января" in told.moved
    assert told.certainty == "известно из одного источника, проверьте"


def test_date_that_did_not_move_says_nothing_of_moving() -> None:
    assert _passport("RU-USN-PAY-IP", "2025").moved == ""


def test_passport_of_a_one_off_date_names_the_act() -> None:
    told = _passport("RU-STAT-P4", "2026-01")
    assert told.moved == "Дату на этот раз назначило ведомство."
    assert told.law.startswith("приказ Росстата от 02.02.2026 № 48")
    assert (told.nominal, told.due) == ("15.02.2026", "27.02.2026")


def test_passport_warns_of_an_unpublished_calendar_and_of_closed_banks() -> None:
    assert _passport("RU-VAT-DECL", "2026-Q4").warnings == ("Календарь года 2027 еще не утвержден: дату пересчитают.",)
    assert _passport("BR-IRPJ-M", "2026-11").warnings == (
        "Банки 31.12.2026 не платят: отправьте деньги не позднее 30.12.2026.",
    )


def test_passport_of_a_year_without_a_calendar_says_that_weekends_alone_were_counted() -> None:
    (warning,) = _passport("RU-VAT-DECL", "2030-Q1", 2031).warnings
    assert warning.startswith("Праздники и переносы 2030 года программе неизвестны: учтены только выходные недели.")
    assert _passport("RU-VAT-DECL", "2025-Q1", 2026).warnings == ()
    in_january = _passport("RU-VAT-DECL", "2027-Q4", 2028).warnings  # the 25th of January of an unknown year
    assert [text[:29] for text in in_january] == ["Праздники и переносы 2028 год"]


def test_passport_warns_of_every_year_that_days_are_counted_through() -> None:
    (template,) = [one for one in confirmed("RU").templates if one.code == "RU-FNS-DOCS"]
    demand = Occasion(name="fns_demand", id="1", start=date(2027, 12, 27), choice="documents")
    (due,) = due_dates_of_occasion(template, CALENDARS.of("RU", None), demand, {})
    assert (due.due.year, due.unpublished, due.unknown) == (2028, (2027, 2028), (2028,))
    preliminary, unknown = passport(due, CALENDARS.of("RU", None)).warnings
    assert preliminary == "Календарь года 2027 еще не утвержден: дату пересчитают."
    assert "2028" in unknown


def test_passport_is_told_in_the_language_of_the_call() -> None:
    with in_language("en"):
        told = _passport("BR-FGTS", "2026-05")
        assert _passport("RU-VAT-DECL", "2026-Q1").what == "VAT declaration (RU-VAT-DECL)"
    assert told.rule == "day 20 of the next month; a term on a day off moves back, to the business day before it"
    assert told.moved == "Moved back to the business day 2026-06-19: 2026-06-20 — Saturday."


def _audit_passport(day: date) -> Passport:
    (template,) = [one for one in confirmed("RU").templates if one.code == "RU-BFO-AUDIT"]
    event = Occasion(name="audit_report", id="8", start=day)
    (due,) = due_dates_of_occasion(template, CALENDARS.of("RU", None), event, {})
    return passport(due, CALENDARS.of("RU", None))


def test_passport_says_the_cap_and_why_a_term_went_back_from_it() -> None:
    told = _audit_passport(date(2026, 12, 24))
    assert told.rule == (
        "рабочих дней после события: 10, но не позднее: 31-е число, декабрь того же года;"
        " с выходного срок переносится вперед, на ближайший рабочий день"
    )
    assert (told.nominal, told.due, told.law) == ("31.12.2026", "30.12.2026", "402-ФЗ ст. 18")
    assert told.moved.startswith(
        "Предельный срок не переносится вперед; рабочий день перед ним — 30.12.2026: 31.12.2026 — Перенос"
    )
    with in_language("en"):
        assert _audit_passport(date(2026, 12, 24)).rule.startswith(
            "working days after the event: 10, but not later than: day 31, December of the same year"
        )


def test_passport_of_a_term_that_its_cap_does_not_touch_says_nothing_of_moving() -> None:
    told = _audit_passport(date(2026, 4, 29))
    assert (told.nominal, told.due, told.moved) == ("15.05.2026", "15.05.2026", "")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("E:+10W<=M+1:DL", "рабочих дней после события: 10, но не позднее: последний день следующего месяца"),
        ("M+0:WDL", "последний рабочий день того же месяца"),
        ("M+1:WD04", "4-й рабочий день следующего месяца"),
        ("M+2:D20", "20-е число, через месяцев: 2"),
        ("Y+0:12-28", "28-е число, декабрь того же года"),
        ("Y+1:03-DL", "последний день, март следующего года"),
        ("Y+2:03-01", "1-е число, март, через лет: 2"),
        ("E:+6W", "рабочих дней после события: 6"),
        ("E:+15C", "календарных дней после события: 15"),
        ("P0:+90C", "календарных дней после начала патента: 90"),
        ("P1:+0C", "календарных дней после окончания патента: 0"),
        ("fn.valid_to", "день окончания документа"),
        ("TABLE", "по таблице ведомства"),
    ],
)
def test_term_is_said_in_words(rule: str, text: str) -> None:
    assert term_text(parse_due_rule(rule)[0]) == text
