from datetime import date

import msgspec
import pytest

from accounting.office.clients import Occasion, Payer, whole_months
from accounting.office.obligation_templates import OneOffDate
from accounting.office.planning import plan
from tests.unit.office.organisations import (
    GOLDEN_PROFILE,
    RUSSIA,
    YEAR_2026,
    client,
    confirmed,
    days_of,
    planned,
    profile,
)

GOLDEN = client("golden", GOLDEN_PROFILE)
GENERAL = profile(Payer.ORG, "OSNO", vat_payer=True)
GENERAL_WITH_PEOPLE = profile(Payer.ORG, "OSNO", employees=True, pays_individuals=True)


def test_date_for_one_client_moves_its_term_alone() -> None:
    own = OneOffDate(code="RU-VAT-DECL", period="2026-Q1", due=date(2026, 5, 8), document="письмо ФНС", client="a")
    made = planned(client("a", GENERAL), client("b", GENERAL), packs={"RU": RUSSIA.with_dates([own])})
    days = {one.client: one.what.due for one in made.obligations if one.what.period_key() == "2026-Q1"
            and one.what.template.code == "RU-VAT-DECL"}  # fmt: skip
    assert days == {"a": date(2026, 5, 8), "b": date(2026, 4, 27)}


@pytest.mark.parametrize("client_id", [None, "a"])
def test_one_off_date_wins_over_the_shift_and_brings_a_term_into_the_window(client_id: str | None) -> None:
    own = OneOffDate(
        code="RU-VAT-PAY", period="2026-Q1", instalment=2, due=date(2027, 1, 2), document="закон", client=client_id
    )
    pack = RUSSIA.with_dates([own])
    later = plan([client("a", GENERAL)], {"RU": pack}, date(2027, 1, 1), date(2027, 1, 10))
    assert days_of(later, "RU-VAT-PAY") == {"2026-Q1/2": date(2027, 1, 2)}
    assert "2026-Q1/2" not in days_of(planned(client("a", GENERAL), packs={"RU": pack}), "RU-VAT-PAY")


def test_later_one_off_date_of_the_same_thing_wins() -> None:
    first, second = (
        OneOffDate(code="RU-VAT-DECL", period="2026-Q1", due=date(2026, 5, day), document="акт") for day in (8, 12)
    )
    made = planned(client("a", GENERAL), packs={"RU": RUSSIA.with_dates([first]).with_dates([second])})
    assert days_of(made, "RU-VAT-DECL")["2026-Q1"] == date(2026, 5, 12)


@pytest.mark.parametrize(
    ("code", "period", "instalment"),
    [
        ("RU-NONE", "2026-Q1", 0),
        ("RU-VAT-DECL", "2026-03", 0),
        ("RU-VAT-DECL", "first quarter", 0),
        ("RU-VAT-DECL", "2026-Q1", 1),
        ("RU-VAT-PAY", "2026-Q1", 0),
        ("RU-VAT-PAY", "2026-Q1", 4),
    ],
)
def test_one_off_date_of_what_there_is_not_is_refused(code: str, period: str, instalment: int) -> None:
    own = OneOffDate(code=code, period=period, instalment=instalment, due=date(2026, 5, 8), document="акт")
    with pytest.raises(ValueError, match=code):
        RUSSIA.with_dates([own])


def test_date_of_a_table_is_planned_when_there_is_one() -> None:
    pack = confirmed("BR")
    brazil = msgspec.structs.replace(client("b", profile(Payer.ORG, "SIMPLES")), country="BR")
    assert days_of(plan([brazil], {"BR": pack}, *YEAR_2026), "BR-ICMS") == {}
    sao_paulo = OneOffDate(code="BR-ICMS", period="2026-03", due=date(2026, 4, 20), document="Portaria da SEFAZ")
    assert days_of(plan([brazil], {"BR": pack.with_dates([sao_paulo])}, *YEAR_2026), "BR-ICMS") == {
        "2026-03": date(2026, 4, 20)
    }


def test_patent_of_a_year_is_paid_in_two_parts_and_a_short_one_at_its_end() -> None:
    year = Occasion(name="patent", id="1", start=date(2026, 1, 1), end=date(2026, 12, 31))
    short = Occasion(name="patent", id="2", start=date(2026, 2, 1), end=date(2026, 6, 30))
    made = planned(client("trader", profile(Payer.IP, "PSN"), year, short))
    assert days_of(made, "RU-PSN-1") == {"patent/1": date(2026, 4, 1)}
    assert days_of(made, "RU-PSN-2") == {"patent/1": date(2026, 12, 28)}
    assert days_of(made, "RU-PSN-FULL") == {"patent/2": date(2026, 6, 30)}


def test_demand_of_the_tax_service_starts_its_clocks() -> None:
    demand = Occasion(name="fns_demand", id="15", start=date(2026, 4, 29), choice="explanation")
    made = planned(client("general", GENERAL, demand))
    started = {
        one.what.template.code: one.what.due for one in made.obligations if one.what.period.key == "fns_demand/15"
    }
    assert started == {"RU-FNS-RECEIPT": date(2026, 5, 8), "RU-FNS-EXPLAIN": date(2026, 5, 7)}


def test_several_events_of_a_month_are_one_report_of_the_month() -> None:
    events = [Occasion(name="hr_event", id=str(n), start=date(2026, 3, n), choice="transfer") for n in (2, 3, 4)]
    made = planned(client("golden", GOLDEN_PROFILE, *events))
    assert days_of(made, "RU-EFS1-11-M") == {"2026-03": date(2026, 4, 27)}
    assert len(made.dates()) == len(made.obligations), "once, not once an event"


def test_which_of_several_events_comes_first_in_the_list_says_nothing() -> None:
    events = [Occasion(name="hr_event", id=str(n), start=date(2026, 3, n), choice="transfer") for n in (20, 4)]
    one = client("golden", GOLDEN_PROFILE, *events).with_profile(GENERAL_WITH_PEOPLE, date(2026, 3, 10))
    turned = msgspec.structs.replace(one, occasions=tuple(reversed(one.occasions)))
    made = [[it.profile_since for it in planned(it).obligations if it.what.template.code == "RU-EFS1-11-M"]
            for it in (one, turned)]  # fmt: skip
    assert made == [[date(2024, 1, 1)]] * 2, "the earliest event started the report"


def test_event_outside_every_profile_starts_nothing() -> None:
    early = Occasion(name="hr_event", id="1", start=date(2023, 12, 29), choice="hire")
    assert (
        plan([client("golden", GOLDEN_PROFILE, early)], {"RU": RUSSIA}, date(2023, 12, 1), date(2024, 1, 31)).dates()
        == {}
    )


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 1), date(2026, 6, 30), 6),
        (date(2026, 1, 1), date(2026, 6, 29), 5),
        (date(2026, 1, 10), date(2026, 7, 9), 6),
        (date(2026, 1, 31), date(2026, 2, 27), 1),
        (date(2026, 1, 31), date(2026, 2, 1), 0),
        (date(2026, 1, 1), date(2026, 12, 31), 12),
    ],
)
def test_patent_lasts_so_many_whole_months(start: date, end: date, months: int) -> None:
    assert whole_months(start, end) == months
