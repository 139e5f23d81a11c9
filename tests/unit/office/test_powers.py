"""Until when a power of attorney acts, and whether one stands behind what is handed in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from accounting.office.pack_files import shipped_pack
from accounting.office.powers import (
    ANY_BODY,
    BODIES,
    ENDING_BEFORE,
    Check,
    Power,
    PowerKind,
    Standing,
    bodies_of,
    check_power,
    last_day_without_term,
    must_be_notarised,
    standing_of,
)

ISSUED = date(2026, 2, 1)
LAST = date(2027, 1, 31)
POWER = Power(kind=PowerKind.ELECTRONIC, body="FNS", issued_on=ISSUED, valid_to=LAST)
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("issued_on", "last"),
    [(date(2026, 2, 1), date(2027, 2, 1)), (date(2028, 2, 29), date(2029, 2, 28))],
)
def test_a_power_without_a_term_acts_for_a_year(issued_on: date, last: date) -> None:
    assert last_day_without_term(issued_on) == last


def test_a_power_is_said_to_end_sixty_days_before_its_last_day() -> None:
    one = timedelta(days=1)
    days = (ISSUED - one, ISSUED, LAST - ENDING_BEFORE - one, LAST - ENDING_BEFORE, LAST, LAST + one)
    assert [standing_of(POWER, day) for day in days] == [
        Standing.COMING, Standing.ACTING, Standing.ACTING, Standing.ENDING, Standing.ENDING, Standing.ENDED,
    ]  # fmt: skip
    revoked = structs.replace(POWER, revoked_on=date(2026, 5, 5))
    assert [standing_of(revoked, day) for day in (date(2026, 5, 4), date(2026, 5, 5), LAST + one)] == [
        Standing.ACTING, Standing.REVOKED, Standing.REVOKED,
    ]  # fmt: skip


@given(DAYS, DAYS | st.none())
def test_a_power_acts_just_when_it_is_neither_coming_nor_over(day: date, revoked_on: date | None) -> None:
    power = structs.replace(POWER, revoked_on=revoked_on)
    assert power.acts_on(day) == (standing_of(power, day) in (Standing.ACTING, Standing.ENDING))


def test_what_is_handed_in_needs_a_power_once_any_is_kept() -> None:
    day = date(2026, 6, 1)
    assert check_power([], ["FNS"], day) is Check.NOT_KEPT
    assert check_power([POWER], ["FNS"], day) is Check.THERE
    assert check_power([POWER], ["SFR"], day) is Check.MISSING
    assert check_power([POWER], ["FNS"], LAST + timedelta(days=1)) is Check.ENDED
    assert check_power([structs.replace(POWER, body=ANY_BODY)], ["SFR"], day) is Check.THERE
    assert check_power([POWER], ["FNS", "SFR"], day) is Check.MISSING, "each authority needs one"
    renewed = structs.replace(POWER, issued_on=LAST, valid_to=LAST + timedelta(days=300))
    assert check_power([POWER, renewed], ["FNS"], LAST + timedelta(days=1)) is Check.THERE


def test_paper_of_a_sole_trader_needs_a_notary_before_the_tax_service_alone() -> None:
    assert must_be_notarised("ip", PowerKind.PAPER, "FNS")
    assert must_be_notarised("ip", PowerKind.PAPER, ANY_BODY)
    assert not must_be_notarised("org", PowerKind.PAPER, "FNS")
    assert not must_be_notarised("ip", PowerKind.PAPER, "SFR")
    assert not must_be_notarised("ip", PowerKind.ELECTRONIC, "FNS")


@pytest.mark.parametrize("country", sorted(BODIES))
def test_every_authority_that_reports_go_to_can_be_named_in_a_power(country: str) -> None:
    nobody = {"OFFICE", "EMPLOYEE", "PPK"}
    for template in shipped_pack(country).templates:
        if template.kind in ("report", "notice", "event_report") and template.authority not in nobody:
            assert bodies_of(template.authority, country) == tuple(template.authority.split("/")), template.code
