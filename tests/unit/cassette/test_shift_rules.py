"""How long a shift lasts, and what its totals must be."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounting.receipts.codes import SettlementSign
from fiscal_server.cassette.shift import differing_totals, must_close
from fiscal_server.storage.slots import ShiftSum
from kkt_drivers.ffd.shift_report import ShiftTotals

MOSCOW, OMSK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Omsk")
MORNING = datetime(2026, 10, 20, 5, 0, tzinfo=UTC)  # 8:00 in Moscow, 11:00 in Omsk


@pytest.mark.parametrize(("hours", "closed"), [(0, False), (23, False), (23.5, True), (24 * 9, True)])
def test_a_shift_lasts_23_hours_and_a_half_at_the_most(hours: float, closed: bool) -> None:
    assert must_close(MORNING, MORNING + timedelta(hours=hours)) is closed


def test_what_is_not_open_is_not_closed() -> None:
    assert not must_close(None, MORNING)


@pytest.mark.parametrize(
    ("hour", "zone", "closes_at"),
    [
        (time(23, 50), MOSCOW, datetime(2026, 10, 20, 20, 50, tzinfo=UTC)),
        (time(23, 50), OMSK, datetime(2026, 10, 20, 17, 50, tzinfo=UTC)),
        (time(0, 0), MOSCOW, datetime(2026, 10, 20, 21, 0, tzinfo=UTC)),  # midnight
        (time(7, 0), MOSCOW, datetime(2026, 10, 21, 4, 0, tzinfo=UTC)),  # the next morning
        (
            time(8, 0),
            MOSCOW,
            MORNING + timedelta(hours=23, minutes=30),
        ),  # opened at that very hour: 24 hours are too long
    ],
)
def test_a_shift_ends_at_the_merchants_first_hour_after_its_opening(
    hour: time, zone: ZoneInfo, closes_at: datetime
) -> None:
    assert not must_close(MORNING, closes_at - timedelta(seconds=1), hour, zone)
    assert must_close(MORNING, closes_at, hour, zone)
    assert must_close(MORNING, closes_at + timedelta(days=3), hour, zone)  # everything was off meanwhile


BOOKS = [ShiftSum(3, 1, 2, 90_000), ShiftSum(3, 2, 1, 45_000), ShiftSum(31, 1, 1, 700)]
NOTHING = dict.fromkeys(SettlementSign, (0, 0))
RECEIPTS = {**NOTHING, SettlementSign.INCOME: (2, 90_000), SettlementSign.INCOME_RETURN: (1, 45_000)}
CORRECTIONS = {**NOTHING, SettlementSign.INCOME: (1, 700)}


def test_totals_that_agree_say_nothing() -> None:
    assert differing_totals(BOOKS, ShiftTotals(4, RECEIPTS, CORRECTIONS)) == []
    assert differing_totals(BOOKS, ShiftTotals(4, None, None)) == []
    assert differing_totals([], ShiftTotals(0, NOTHING, NOTHING)) == []


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (ShiftTotals(5, None, None), "receipts: 4 in the books, 5 in the report"),
        (
            ShiftTotals(4, {**RECEIPTS, SettlementSign.INCOME: (2, 90_001)}, CORRECTIONS),
            "receipts of sign 1: 2 of 90000 kopecks in the books, 2 of 90001 in the report",
        ),
        (
            ShiftTotals(4, RECEIPTS, NOTHING),
            "corrections of sign 1: 1 of 700 kopecks in the books, 0 of 0 in the report",
        ),
    ],
)
def test_every_total_that_differs_is_named(report: ShiftTotals, words: str) -> None:
    assert differing_totals(BOOKS, report) == [words]
