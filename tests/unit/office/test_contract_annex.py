from datetime import date

import msgspec
import pytest

from accounting.office.contract_annex import (
    AnnexFacts,
    ChangeKind,
    FeeEffect,
    LineSpan,
    annex_misses,
    fee_effect,
    why_not,
)
from accounting.office.contract_fees import fee_on
from accounting.office.contracts import Contract, FeeChange, Indexation

LINES = {
    1: LineSpan(starts_on=date(2026, 1, 1), ends_on=date(2026, 6, 30), is_one_off=False),
    2: LineSpan(starts_on=date(2026, 1, 12), ends_on=None, is_one_off=True),
}


@pytest.mark.parametrize(
    ("kind", "day", "line", "why"),
    [
        (ChangeKind.ADD, date(2020, 1, 1), None, ""),
        (ChangeKind.FEE, date(2020, 1, 1), None, ""),
        (ChangeKind.END, date(2026, 1, 1), 1, ""),
        (ChangeKind.END, date(2026, 6, 30), 1, ""),
        (ChangeKind.END, date(2026, 7, 1), 1, "не действует"),
        (ChangeKind.END, date(2025, 12, 31), 1, "не действует"),
        (ChangeKind.END, date(2026, 3, 1), 7, "в договоре нет"),
        (ChangeKind.END, date(2026, 3, 1), None, "в договоре нет"),
        (ChangeKind.PRICE, date(2026, 1, 2), 1, ""),
        (ChangeKind.PRICE, date(2026, 1, 1), 1, "только начинается"),
        (ChangeKind.PRICE, date(2026, 7, 1), 1, "не действует"),
        (ChangeKind.PRICE, date(2026, 3, 1), 2, "на один раз"),
        (ChangeKind.END, date(2026, 3, 1), 2, ""),
    ],
)
def test_a_change_is_possible_on_days_that_the_line_serves(
    kind: ChangeKind, day: date, line: int | None, why: str
) -> None:
    found = why_not(kind, day, line, LINES)
    assert why in found
    assert bool(found) == bool(why)


def test_an_annex_is_signed_as_a_draft_of_a_contract_in_force_that_changes_something() -> None:
    good = AnnexFacts(contract_status="active", state="draft", changes=1, subject="")
    assert annex_misses(good) == []
    assert annex_misses(msgspec.structs.replace(good, changes=0, subject="Оплата до 10-го")) == []
    for wrong in ({"changes": 0}, {"state": "signed"}, {"state": "cancelled"}, {"contract_status": "terminating"}):
        assert len(annex_misses(msgspec.structs.replace(good, **wrong))) == 1, wrong


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ([], None),
        ([(ChangeKind.PRICE, False), (ChangeKind.ADD, False)], FeeEffect.STAYS_BESIDE),
        ([(ChangeKind.PRICE, False), (ChangeKind.END, True)], FeeEffect.STAYS),
        ([(ChangeKind.PRICE, True), (ChangeKind.FEE, False)], FeeEffect.BECOMES),
        ([(ChangeKind.FEE, False)], FeeEffect.BECOMES),
    ],
)
def test_a_price_never_moves_the_fee_and_an_annex_says_what_becomes_of_it(
    changes: list[tuple[ChangeKind, bool]], effect: FeeEffect | None
) -> None:
    assert fee_effect(changes) is effect


def test_a_fee_that_an_annex_agreed_on_holds_from_its_day_and_is_indexed_after_it() -> None:
    contract = Contract(
        id="1", client="1", starts_on=date(2026, 1, 1), fee_kopecks=1_000_000,
        indexation=Indexation(rate_bp=1000, month=3),
        fee_changes=(FeeChange(date(2028, 3, 1), 3_000_000), FeeChange(date(2027, 6, 1), 2_000_000)),
    )  # fmt: skip
    for day, fee in (
        (date(2026, 12, 31), 1_000_000),
        (date(2027, 3, 1), 1_100_000),
        (date(2027, 5, 31), 1_100_000),
        (date(2027, 6, 1), 2_000_000),
        (date(2028, 2, 29), 2_000_000),
        (date(2028, 3, 1), 3_000_000),  # agreed for the day of the indexation: it is the fee of that day
        (date(2029, 3, 1), 3_300_000),
    ):
        assert fee_on(contract, day) == fee, day
