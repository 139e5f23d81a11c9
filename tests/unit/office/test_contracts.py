from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.office.contract_fees import fee_on
from accounting.office.contracts import (
    Contract,
    ContractLine,
    Indexation,
    closes_on,
    contract_cases,
    ends_within,
    last_day_for_notice,
    term_on,
    terms_of,
)
from accounting.office.due_rules import parse_due_rule
from accounting.office.obligation_templates import Shift
from accounting.office.pack_files import shipped_pack
from accounting.office.periods import PeriodKind
from accounting.office.planning import plan
from accounting.working_days import BusinessCalendar, CalendarRules
from tests.unit.office.organisations import GOLDEN_PROFILE, YEAR_2026, client

RUSSIA = BusinessCalendar(CalendarRules())


def _line(name: str, rule: str, **more: object) -> ContractLine:
    fields = {"starts_on": date(2026, 1, 1), "terms": parse_due_rule(rule) if rule else (), **more}
    return ContractLine(id=name, service=name, **fields)  # type: ignore[arg-type]


ACT = _line("act", "M+1:WD03")
INVOICE = _line("invoice", "M+0:D05", shift=Shift.PREV)
BALANCE_SHEET = _line("balance sheet", "Y+1:03-31", period=PeriodKind.YEAR)
OPENING = _line("opening", "E:+5W", period=PeriodKind.EVENT, starts_on=date(2026, 1, 12))
YEARLY = Contract(
    id="17/2026",
    client="golden",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    fee_kopecks=1_980_000,
    lines=(ACT, INVOICE, BALANCE_SHEET, OPENING),
)
RENEWED = msgspec.structs.replace(YEARLY, renews_by_months=12)


def _cases(contract: Contract, first: date = YEAR_2026[0], last: date = YEAR_2026[1]) -> list[tuple[str, str, date]]:
    return [(one.line, one.period, one.due) for one in contract_cases(contract, RUSSIA, first, last)]


def test_cyclic_line_makes_a_case_of_each_month_by_its_day_rule() -> None:
    acts = [(period, due) for line, period, due in _cases(YEARLY) if line == "act"]
    assert acts[0] == ("2026-01", date(2026, 2, 4))
    assert ("2026-04", date(2026, 5, 6)) in acts  # 4, 5 and 6 May
    assert [period for period, _ in acts] == [f"2026-{month:02d}" for month in range(1, 12)]


def test_line_moves_from_a_day_off_only_where_it_says_so() -> None:
    invoices = {period: due for line, period, due in _cases(YEARLY) if line == "invoice"}
    assert invoices["2026-04"] == date(2026, 4, 3)  # the 5th is a Sunday
    assert "2026-01" not in invoices  # the 5th is a holiday, and so are all days before it of the year
    assert ("invoice", "2026-01", date(2025, 12, 30)) in _cases(YEARLY, date(2025, 12, 1), date(2025, 12, 31))
    held = msgspec.structs.replace(YEARLY, lines=(msgspec.structs.replace(INVOICE, shift=Shift.NONE),))
    assert ("invoice", "2026-04", date(2026, 4, 5)) in _cases(held)


def test_balance_sheet_comes_once_a_year_even_after_the_contract_ended() -> None:
    sheets = [case for case in _cases(YEARLY, date(2026, 1, 1), date(2028, 12, 31)) if case[0] == "balance sheet"]
    assert sheets == [("balance sheet", "2026", date(2027, 3, 31))]


def test_one_off_line_makes_one_case_from_its_first_day() -> None:
    assert [case for case in _cases(YEARLY) if case[0] == "opening"] == [("opening", "2026-01-12", date(2026, 1, 19))]


def test_line_that_ended_before_a_period_did_makes_no_case_of_it() -> None:
    short = msgspec.structs.replace(YEARLY, lines=(msgspec.structs.replace(ACT, ends_on=date(2026, 5, 30)),))
    assert [period for line, period, _ in _cases(short) if line] == ["2026-01", "2026-02", "2026-03", "2026-04"]


def test_line_of_some_months_makes_cases_of_those() -> None:
    line = _line("stocktaking", "M+0:DL", months=frozenset({6, 11}))
    assert [case[1:] for case in _cases(msgspec.structs.replace(YEARLY, lines=(line,))) if case[0]] == [
        ("2026-06", date(2026, 6, 30)),
        ("2026-11", date(2026, 11, 30)),
    ]


def test_instalments_of_a_line_are_cases_of_their_own() -> None:
    line = _line("visits", "INST(M+0:D10, M+0:D20)", months=frozenset({2}))
    cases = contract_cases(msgspec.structs.replace(YEARLY, lines=(line,)), RUSSIA, *YEAR_2026)
    assert [one.key() for one in cases if one.line] == [
        ("17/2026", "visits", "2026-02", 1),
        ("17/2026", "visits", "2026-02", 2),
    ]


def test_contract_that_renews_goes_on_making_cases_and_its_ends_make_none() -> None:
    cases = contract_cases(RENEWED, RUSSIA, date(2027, 1, 1), date(2027, 12, 31))
    assert sum(one.line == "act" for one in cases) == 12
    assert {one.line for one in cases} == {"act", "invoice", "balance sheet"}
    assert contract_cases(YEARLY, RUSSIA, date(2028, 1, 1), date(2028, 12, 31)) == []


def test_terms_renew_by_months_and_keep_their_day() -> None:
    monthly = Contract(id="c", client="c", starts_on=date(2025, 12, 31), ends_on=date(2026, 1, 30), renews_by_months=1)
    starts = [term.start for term in terms_of(monthly, date(2026, 4, 30))]
    assert starts == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


@settings(max_examples=60)
@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 400), st.integers(1, 36))
def test_terms_follow_each_other_without_gaps(starts_on: date, days: int, months: int) -> None:
    contract = Contract(
        id="c", client="c", starts_on=starts_on, ends_on=starts_on + timedelta(days=days), renews_by_months=months
    )
    terms = list(terms_of(contract, date(2030, 1, 1)))
    for before, after in pairwise(terms):
        assert before.end is not None
        assert after.start == before.end + timedelta(days=1)
    assert all(term.end is not None and term.end >= term.start for term in terms)
    assert term_on(contract, date(2030, 1, 1)) == terms[-1]


def test_register_finds_what_ends_within_60_days() -> None:
    assert ends_within(YEARLY, date(2026, 11, 1))
    assert not ends_within(YEARLY, date(2026, 10, 31))
    assert not ends_within(YEARLY, date(2027, 1, 1))
    assert not ends_within(msgspec.structs.replace(YEARLY, ends_on=None), date(2026, 11, 1))


def test_notice_ends_a_term_in_time_until_its_last_day() -> None:
    term = term_on(YEARLY, date(2026, 6, 1))
    assert term is not None
    last = last_day_for_notice(YEARLY, term)
    assert last == date(2026, 12, 1)
    assert closes_on(YEARLY, last) == YEARLY.ends_on
    open_ended = msgspec.structs.replace(YEARLY, ends_on=None)
    (only,) = terms_of(open_ended, date(2030, 1, 1))
    assert last_day_for_notice(open_ended, only) is None


def test_fee_grows_on_the_first_day_of_its_month_from_the_second_year() -> None:
    indexed = msgspec.structs.replace(RENEWED, indexation=Indexation(rate_bp=750, month=3))
    assert fee_on(indexed, date(2026, 12, 31)) == 1_980_000
    assert fee_on(indexed, date(2027, 2, 28)) == 1_980_000
    assert fee_on(indexed, date(2027, 3, 1)) == 2_128_500
    assert fee_on(indexed, date(2028, 3, 1)) == 2_288_138  # 2,288,137.5
    assert fee_on(RENEWED, date(2028, 3, 1)) == 1_980_000


def test_obligations_that_no_line_serves_are_outside_the_contract() -> None:
    payroll = _line("payroll", "", obligations=frozenset({"RU-RSV"}), ends_on=date(2026, 6, 30))
    contract = msgspec.structs.replace(YEARLY, lines=(payroll,))
    served = msgspec.structs.replace(client("golden", GOLDEN_PROFILE), coverage=contract.coverage())
    planned = plan([served], {"RU": shipped_pack("RU")}, *YEAR_2026)
    inside = [one.what.period_key() for one in planned.obligations if not one.outside_contract]
    assert inside == ["2026-Q1", "2026-H1"]


@pytest.mark.parametrize(
    ("period", "rule"),
    [(PeriodKind.MONTH, "E:+5W"), (PeriodKind.EVENT, "M+1:D05"), (PeriodKind.PATENT, "P0:+90C")],
)
def test_term_that_does_not_fit_its_period_is_refused(period: PeriodKind, rule: str) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        _line("wrong", rule, period=period)


def test_contract_is_read_back_as_it_was_written() -> None:
    assert msgspec.json.decode(msgspec.json.encode(RENEWED), type=Contract) == RENEWED


def test_planning_contracts_again_gives_the_same_keys() -> None:
    once, again = (contract_cases(RENEWED, RUSSIA, *YEAR_2026) for _ in range(2))
    assert once == again
    assert len({one.key() for one in once}) == len(once)
