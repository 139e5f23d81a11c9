import time
from collections import Counter
from datetime import date
from itertools import product

import msgspec
import pytest

from accounting.office.attributes import ATTRIBUTES, AttributeKind
from accounting.office.clients import Client, Coverage, Payer, ProfileSpan
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
    rows_of,
)

GOLDEN = client("golden", GOLDEN_PROFILE)
GENERAL = profile(Payer.ORG, "OSNO", vat_payer=True)


def test_golden_company_has_its_111_obligations_month_by_month() -> None:
    made = planned(GOLDEN, packs={"RU": RUSSIA.confirmed(["RU-OVED"])})
    assert len(made.obligations) == 111
    by_month = Counter(one.what.due.month for one in made.obligations)
    assert [by_month[month] for month in range(1, 13)] == [7, 7, 13, 12, 8, 8, 11, 8, 8, 11, 8, 10]


def test_golden_company_has_its_april_in_full() -> None:
    made = planned(GOLDEN, packs={"RU": RUSSIA.confirmed(["RU-OVED"])})
    april = {
        (o.what.due.day, o.what.template.code, o.what.period_key()) for o in made.obligations if o.what.due.month == 4
    }
    assert april == {
        (3, "RU-NDFL-NOTICE-B", "2026-03/23-31"),
        (6, "RU-NDFL-PAY-B", "2026-03/23-31"),
        (15, "RU-NS-PAY", "2026-03"),
        (15, "RU-OVED", "2025"),
        (27, "RU-6NDFL-Q", "2026-Q1"),
        (27, "RU-RSV", "2026-Q1"),
        (27, "RU-EFS1-2", "2026-Q1"),
        (27, "RU-USN-NOTICE", "2026-Q1"),
        (27, "RU-NDFL-NOTICE-A", "2026-04/01-22"),
        (28, "RU-NDFL-PAY-A", "2026-04/01-22"),
        (28, "RU-SV-PAY", "2026-03"),
        (28, "RU-USN-ADV", "2026-Q1"),
    }


def test_rule_nobody_confirmed_is_notplanned() -> None:
    assert len(planned(GOLDEN).obligations) == 110
    assert days_of(planned(GOLDEN), "RU-OVED") == {}


def test_sole_trader_without_employees_has_ten() -> None:
    trader = profile(Payer.IP, "USN_D", income_kopecks=30_000_001, advance_kopecks=1)
    made = planned(client("trader", trader))
    assert [(one.what.due.month, one.what.due.day) for one in made.obligations] == [
        (4, 27),
        (4, 27),
        (4, 28),
        (4, 28),
        (7, 1),
        (7, 27),
        (7, 28),
        (10, 26),
        (10, 28),
        (12, 28),
    ]


def _everybody() -> list[Client]:
    """Payers of all kinds and systems with everything that a condition may ask, and with its opposite."""
    flags = {one.name: True for one in ATTRIBUTES if one.kind is AttributeKind.FLAG and not one.of_occasion}
    numbers = {one.name: 10**9 for one in ATTRIBUTES if one.kind is AttributeKind.NUMBER and not one.of_occasion}
    systems = ("OSNO", "USN_D", "ESHN", "PSN", "AUSN", "NPD")
    return [
        client(
            f"{payer} {system} {employees} {mode} {big}",
            profile(payer, system, employees=employees, profit_mode=mode, **{**flags, **numbers, **opposite}),
        )
        for payer, system, employees in product(Payer, systems, (True, False))
        for mode in ("quarterly", "monthly_advance", "actual_monthly")
        for big, opposite in enumerate(({}, {"small_business": False, "vat_payer": False}))
    ]


def test_all_golden_dates_are_planned_for_those_who_owe_them_and_no_others() -> None:
    made = planned(*_everybody(), packs={"RU": confirmed("RU")})
    expected = {(row["code"], row["period"], row["due_date"]) for row in rows_of("office-due-dates-ru-2026.csv")}
    assert {(o.what.template.code, o.what.period_key(), str(o.what.due)) for o in made.obligations} == expected


def test_vat_payer_from_june_declares_first_for_the_second_quarter() -> None:
    before = profile(Payer.ORG, "USN_D")
    after = profile(Payer.ORG, "USN_D", vat_payer=True)
    made = planned(client("grown", before).with_profile(after, date(2026, 6, 1)))
    assert days_of(made, "RU-VAT-DECL") == {"2026-Q2": date(2026, 7, 27), "2026-Q3": date(2026, 10, 26)}
    assert next(iter(days_of(made, "RU-VAT-PAY"))) == "2026-Q2/1"


def test_profile_of_the_last_day_of_a_period_decides_over_all_of_it() -> None:
    made = planned(client("moved", GENERAL).with_profile(profile(Payer.ORG, "OSNO"), date(2026, 6, 30)))
    assert list(days_of(made, "RU-VAT-DECL")) == ["2025-Q4", "2026-Q1"]


def test_client_without_a_profile_on_the_last_day_owes_nothing_for_the_period() -> None:
    span = ProfileSpan(profile=GENERAL, valid_from=date(2026, 2, 1), valid_to=date(2026, 8, 1))
    made = planned(Client(id="short", history=(span,)))
    assert list(days_of(made, "RU-VAT-DECL")) == ["2026-Q1", "2026-Q2"]


def test_obligation_says_which_profile_selected_it() -> None:
    grown = client("grown", profile(Payer.ORG, "OSNO")).with_profile(GENERAL, date(2026, 6, 1))
    since = {one.what.template.code: one.profile_since for one in planned(grown).obligations}
    assert since["RU-VAT-DECL"] == date(2026, 6, 1)
    assert since["RU-PROFIT-DECL-Y"] == date(2024, 1, 1)


def test_planning_the_same_twice_gives_the_same_keys_anddays_of() -> None:
    clients = [GOLDEN, client("general", GENERAL)]
    first = planned(*clients)
    assert first.dates() == planned(*reversed(clients)).dates()
    assert len(first.dates()) == len(first.obligations)


def test_two_windows_side_by_side_give_what_one_gives() -> None:
    first = plan([GOLDEN], {"RU": RUSSIA}, date(2026, 1, 1), date(2026, 4, 27))
    second = plan([GOLDEN], {"RU": RUSSIA}, date(2026, 4, 28), date(2026, 12, 31))
    assert first.dates() | second.dates() == planned(GOLDEN).dates()
    assert not first.dates().keys() & second.dates().keys()


def test_obligations_stand_in_the_order_of_theirdays_of() -> None:
    made = planned(GOLDEN, client("general", GENERAL))
    days = [one.what.due for one in made.obligations]
    assert days == sorted(days)


def test_version_of_a_rule_is_that_of_the_periods_end() -> None:
    pack = confirmed("PL")
    facts = {"tax_group": True, "files_jpk_v7m": True}
    company = msgspec.structs.replace(client("p", profile(Payer.ORG, "CIT", **facts)), country="PL")
    made = plan([company], {"PL": pack}, date(2026, 1, 1), date(2027, 12, 31))
    assert days_of(made, "PL-JPK-CIT") == {"2025": date(2026, 7, 31), "2026": date(2027, 3, 31)}


def test_work_that_no_contract_covers_is_marked() -> None:
    lines = (
        Coverage(codes=frozenset({"RU-VAT-DECL"}), valid_from=date(2026, 1, 1), valid_to=date(2026, 9, 30)),
        Coverage(codes=frozenset({"RU-PROFIT-DECL-Y"}), valid_from=date(2025, 1, 1)),
    )
    made = planned(msgspec.structs.replace(client("general", GENERAL), coverage=lines))
    inside = {one.what.period_key() for one in made.obligations if not one.outside_contract}
    assert inside == {"2026-Q1", "2026-Q2", "2025"}
    assert not any(one.outside_contract for one in planned(GOLDEN).obligations)


def test_region_moves_a_federal_term_only_by_the_setting() -> None:
    importer = profile(Payer.ORG, "USN_D", imports_from_eaeu=True)
    bashkiria = msgspec.structs.replace(client("ufa", importer), region="RU-BA")
    plain = plan([bashkiria], {"RU": RUSSIA}, *YEAR_2026)
    regional = plan([bashkiria], {"RU": RUSSIA}, *YEAR_2026, regional_days=True)
    assert days_of(plain, "RU-VAT-EAEU-PAY")["2026-02"] == date(2026, 3, 20)  # a holiday of the region, a Friday
    assert days_of(regional, "RU-VAT-EAEU-PAY")["2026-02"] == date(2026, 3, 23)


def test_client_of_a_country_without_a_calendar_is_refused() -> None:
    with pytest.raises(KeyError, match="PL"):
        planned(msgspec.structs.replace(GOLDEN, country="PL"))


def test_two_profiles_of_one_day_are_refused() -> None:
    open_end = ProfileSpan(profile=GENERAL, valid_from=date(2024, 1, 1))
    with pytest.raises(ValueError, match="two tax profiles hold on 2026-01-01"):
        Client(id="c", history=(ProfileSpan(profile=GENERAL, valid_from=date(2026, 1, 1)), open_end))


def test_year_of_300_organisations_is_planned_in_less_than_a_second() -> None:
    facts = ("has_vehicles", "has_land", "vat_payer", "has_property_avg_cost", "region_advance")
    profiles = [
        profile(Payer.ORG, "OSNO" if number % 3 else "USN_D", employees=True, pays_individuals=True,
                **{name: bool(number & 1 << bit) for bit, name in enumerate(facts)})
        for number in range(32)
    ]  # fmt: skip
    clients = [client(f"client {number}", profiles[number % 32]) for number in range(300)]
    pack = confirmed("RU")
    begun = time.process_time()
    made = plan(clients, {"RU": pack}, *YEAR_2026)
    assert time.process_time() - begun < 1
    assert len(made.obligations) > 25_000
