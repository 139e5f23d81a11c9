from datetime import date, timedelta
from itertools import pairwise

import pytest

from accounting.office.periods import END_MONTHS, PeriodKind, month_of, period_ending, periods_of_year


@pytest.mark.parametrize(
    ("kind", "month", "key", "start", "end"),
    [
        (PeriodKind.MONTH, 4, "2026-04", date(2026, 4, 1), date(2026, 4, 30)),
        (PeriodKind.HALF1, 4, "2026-04/01-22", date(2026, 4, 1), date(2026, 4, 22)),
        (PeriodKind.HALF2, 2, "2026-02/23-28", date(2026, 2, 23), date(2026, 2, 28)),
        (PeriodKind.HALF2DEC, 12, "2026-12/23-31", date(2026, 12, 23), date(2026, 12, 31)),
        (PeriodKind.QUARTER, 6, "2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        (PeriodKind.YTD, 3, "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (PeriodKind.YTD, 12, "2026-Y", date(2026, 1, 1), date(2026, 12, 31)),
        (PeriodKind.YTD_Q, 9, "2026-9M", date(2026, 1, 1), date(2026, 9, 30)),
        (PeriodKind.HALFYEAR1, 6, "2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        (PeriodKind.YEAR, 12, "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_period_has_its_days_and_its_name(kind: PeriodKind, month: int, key: str, start: date, end: date) -> None:
    period = period_ending(kind, 2026, month)
    assert (period.key, period.start, period.end) == (key, start, end)


def test_leap_february_ends_on_the_29th() -> None:
    assert period_ending(PeriodKind.HALF2, 2028, 2).key == "2028-02/23-29"


@pytest.mark.parametrize("kind", END_MONTHS)
def test_names_of_one_kind_are_all_different(kind: PeriodKind) -> None:
    keys = [period.key for year in (2026, 2027) for period in periods_of_year(kind, year)]
    assert len(set(keys)) == len(keys) == 2 * len(END_MONTHS[kind])


@pytest.mark.parametrize("kind", [PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR])
def test_periods_follow_each_other_without_gaps(kind: PeriodKind) -> None:
    periods = [*periods_of_year(kind, 2026), *periods_of_year(kind, 2027)]
    for before, after in pairwise(periods):
        assert after.start == before.end + timedelta(days=1)


def test_kinds_of_occasions_do_not_come_round() -> None:
    assert periods_of_year(PeriodKind.PATENT, 2026) == ()


def test_no_half_year_ends_in_december() -> None:
    with pytest.raises(ValueError, match="month 12"):
        period_ending(PeriodKind.HALFYEAR1, 2026, 12)


def test_month_of_a_day() -> None:
    assert month_of(date(2026, 4, 30)).key == "2026-04"
