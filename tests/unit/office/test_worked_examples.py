"""Examples of the office domain that several rooms make together, number by number.

Others: leads 3.1 in `test_leads.py` and `tests/browser/test_leads.py`; a price 3.6 in `test_price.py`; pay, cost and
margin 3.7 in `test_cost.py`; letters 3.16 in `test_reminders.py` and `tests/browser/test_notices.py`; terms 4.4 in
`test_due_dates.py`; the golden company 5.4 in `test_planning.py`.
"""

from datetime import date

import pytest

from accounting.office.clients import Occasion, Payer
from accounting.office.cost import cost_price, fee_for_margin
from accounting.office.periods import PeriodKind, month_of, periods_of_year
from accounting.office.price import calculate
from accounting.office.rounding import up_to_step
from accounting.office.vat_limit import vat_duty
from tests.unit.office.organisations import GOLDEN_PROFILE, client, days_of, planned, profile
from tests.unit.office.test_cost import CAFE, RULES
from tests.unit.office.test_price import CAFE as ANSWERS
from tests.unit.office.test_price import USN_STANDARD, VALID_UNTIL

ROUBLE = 100
MILLION = 1_000_000 * ROUBLE


def test_25_million_in_may_are_vat_from_june_and_a_declaration_by_27_july() -> None:
    """3.3: income reaches 25 mln in May, over the limit of 20."""
    duty = vat_duty(2026, {1: 9 * MILLION, 4: 9 * MILLION, 5: 7 * MILLION})
    assert (duty.income_kopecks, duty.since) == (25 * MILLION, date(2026, 6, 1))
    simplified = profile(Payer.ORG, "USN_D")
    charged = profile(Payer.ORG, "USN_D", vat_payer=True)
    made = planned(client("grown", simplified).with_profile(charged, duty.since))
    first, day = next(iter(days_of(made, "RU-VAT-DECL").items()))
    assert (first, day) == ("2026-Q2", date(2026, 7, 27))
    assert date(2026, 7, 25).strftime("%a") == "Sat"


def test_price_of_3_6_is_the_fee_that_3_7_counts_with() -> None:
    fees = [stage.total_kopecks for stage in calculate(USN_STANDARD, ANSWERS, VALID_UNTIL).stages]
    costs = [cost_price(RULES, fee, CAFE) for fee in fees]
    assert [(fee, one.cost_kopecks, one.margin_kopecks) for fee, one in zip(fees, costs, strict=True)] == [
        (1_782_000, 1_657_865, 124_135),
        (1_980_000, 1_726_234, 253_766),
    ]


def test_fee_for_a_quarter_of_margin_is_the_formula_of_3_7() -> None:
    """(k × fixed + tools) / (1 − t − k × p − o), in ten-thousandths: k 1.302, fixed 7,700, t 0.25, p and o 0.15."""
    above = 13_020 * 7_700 * ROUBLE + 400 * ROUBLE * 10_000
    below = 10_000 - 2_500 - 13_020 * 1_500 // 10_000 - 1_500
    fee = fee_for_margin(RULES, CAFE, 2_500)
    assert fee == (above + below // 2) // below == 2_576_081
    assert up_to_step(fee, 10 * ROUBLE) == 25_770 * ROUBLE


def test_sole_trader_of_5_4_has_these_ten() -> None:
    trader = profile(Payer.IP, "USN_D", income_kopecks=300_000 * ROUBLE + 1, advance_kopecks=1)
    made = planned(client("trader", trader))
    assert {(one.what.due.strftime("%m-%d"), one.what.template.code, one.what.period_key()) for one in
            made.obligations} == {
        ("04-27", "RU-USN-DECL-IP", "2025"),
        ("04-27", "RU-USN-NOTICE", "2026-Q1"),
        ("04-28", "RU-USN-PAY-IP", "2025"),
        ("04-28", "RU-USN-ADV", "2026-Q1"),
        ("07-01", "RU-IP-1PCT", "2025"),
        ("07-27", "RU-USN-NOTICE", "2026-H1"),
        ("07-28", "RU-USN-ADV", "2026-H1"),
        ("10-26", "RU-USN-NOTICE", "2026-9M"),
        ("10-28", "RU-USN-ADV", "2026-9M"),
        ("12-28", "RU-IP-FIX", "2026"),
    }  # fmt: skip
    poor = profile(Payer.IP, "USN_D", income_kopecks=300_000 * ROUBLE, advance_kopecks=1)
    assert len(planned(client("poor", poor)).obligations) == 9, "300,000 and no more: nothing for the 1 %"


@pytest.mark.parametrize(
    ("name", "choice", "code", "days"),
    [
        ("fns_demand", None, "RU-FNS-RECEIPT", 6),
        ("fns_demand", "explanation", "RU-FNS-EXPLAIN", 5),
        ("fns_demand", "documents", "RU-FNS-DOCS", 10),
        ("fns_demand", "counterparty", "RU-FNS-COUNTER", 5),
        ("fns_demand", "deal", "RU-FNS-DEAL", 10),
        ("hr_event", "hire", "RU-EFS1-11-D", 1),
        ("hr_event", "dismissal", "RU-EFS1-11-D", 1),
    ],
)
def test_clock_of_5_5_runs_so_many_working_days(name: str, choice: str | None, code: str, days: int) -> None:
    """From Monday 1 June 2026: the 12th of that month is a day off."""
    working = [date(2026, 6, day) for day in (2, 3, 4, 5, 8, 9, 10, 11, 15, 16)]
    event = Occasion(name=name, id="1", start=date(2026, 6, 1), choice=choice)
    started = days_of(planned(client("golden", GOLDEN_PROFILE, event)), code)
    assert started == {f"{name}/1": working[days - 1]}


def test_periods_have_the_keys_of_4_2() -> None:
    assert month_of(date(2026, 4, 9)).key == "2026-04"
    assert periods_of_year(PeriodKind.HALF1, 2026)[3].key == "2026-04/01-22"
    assert periods_of_year(PeriodKind.HALF2, 2026)[3].key == "2026-04/23-30"
    assert periods_of_year(PeriodKind.QUARTER, 2026)[1].key == "2026-Q2"
    assert [one.key for one in periods_of_year(PeriodKind.YTD, 2026)] == ["2026-Q1", "2026-H1", "2026-9M", "2026-Y"]
    assert [one.key for one in periods_of_year(PeriodKind.YEAR, 2026)] == ["2026"]
