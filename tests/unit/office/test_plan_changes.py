from datetime import date

from accounting.office.clients import Client, Payer
from accounting.office.obligation_templates import OneOffDate
from accounting.office.pack_files import shipped_pack
from accounting.office.plan_changes import Cancelled, Conflict, compare
from accounting.office.planning import ObligationKey, Plan, plan
from tests.unit.office.organisations import YEAR_2026, client, profile

RUSSIA = shipped_pack("RU")
EMPTY = Plan(())
NEW_YEAR = date(2026, 1, 1)
WITHOUT_VAT = client("c", profile(Payer.ORG, "USN_D"))
WITH_VAT = WITHOUT_VAT.with_profile(profile(Payer.ORG, "USN_D", vat_payer=True), date(2026, 6, 1))


def _plan(one: Client, *dates: OneOffDate) -> Plan:
    return plan([one], {"RU": RUSSIA.with_dates(dates)}, *YEAR_2026)


def _extended(due: date) -> OneOffDate:
    return OneOffDate(code="RU-VAT-DECL", period="2026-Q2", due=due, document="постановление")


def test_first_plan_creates_everything() -> None:
    new = _plan(WITH_VAT)
    change = compare({}, new, today=NEW_YEAR)
    assert change.created == new.obligations
    assert (change.moved, change.cancelled, change.unchanged) == ((), (), 0)


def test_the_same_plan_again_changes_nothing() -> None:
    new = _plan(WITH_VAT)
    change = compare(new.dates(), new, today=NEW_YEAR)
    assert change.is_nothing()
    assert change.unchanged == len(new.obligations)


def test_new_profile_creates_what_it_brings() -> None:
    change = compare(_plan(WITHOUT_VAT).dates(), _plan(WITH_VAT), today=date(2026, 6, 10))
    assert {one.what.template.code for one in change.created} == {"RU-VAT-DECL", "RU-VAT-PAY"}
    assert (change.moved, change.cancelled) == ((), ())


def test_profile_taken_back_cancels_it_and_restores_the_plan() -> None:
    before, after = _plan(WITHOUT_VAT), _plan(WITH_VAT)
    there = compare(before.dates(), after, today=NEW_YEAR)
    back = compare(after.dates(), before, today=NEW_YEAR)
    assert {one.key for one in back.cancelled} == {one.key() for one in there.created}
    assert back.applied_to(there.applied_to(before.dates())) == before.dates()


def test_date_of_an_authority_moves_a_term_and_says_from_where() -> None:
    change = compare(_plan(WITH_VAT).dates(), _plan(WITH_VAT, _extended(date(2026, 8, 25))), today=NEW_YEAR)
    (moved,) = change.moved
    assert (moved.was, moved.obligation.what.due) == (date(2026, 7, 27), date(2026, 8, 25))
    assert moved.obligation.what.one_off is not None
    assert (change.created, change.cancelled) == ((), ())


def test_past_is_never_touched() -> None:
    today = date(2026, 8, 1)
    change = compare(_plan(WITH_VAT).dates(), _plan(WITHOUT_VAT), today=today)
    assert change.cancelled
    assert min(one.was for one in change.cancelled) >= today
    assert all(one.what.due >= today for one in compare({}, _plan(WITH_VAT), today=today).created)


def test_authority_may_put_off_what_is_past_and_open() -> None:
    change = compare(_plan(WITH_VAT).dates(), _plan(WITH_VAT, _extended(date(2026, 8, 25))), today=date(2026, 8, 1))
    assert [one.was for one in change.moved] == [date(2026, 7, 27)]


def test_term_put_off_beyond_the_horizon_is_moved_and_nothing_beyond_it_is_created() -> None:
    horizon = date(2026, 9, 30)
    old = plan([WITH_VAT], {"RU": RUSSIA}, NEW_YEAR, horizon).dates()
    change = compare(old, _plan(WITH_VAT, _extended(date(2026, 12, 1))), today=NEW_YEAR, until=horizon)
    assert [one.obligation.what.due for one in change.moved] == [date(2026, 12, 1)]
    assert (change.created, change.cancelled) == ((), ())


def test_work_that_has_begun_is_a_conflict_not_a_change() -> None:
    key = ObligationKey("c", "RU-VAT-DECL", "2026-Q2", 0)
    old = _plan(WITH_VAT).dates()
    moved = compare(old, _plan(WITH_VAT, _extended(date(2026, 8, 25))), today=NEW_YEAR, begun=[key])
    assert moved.conflicts == (Conflict(key, date(2026, 7, 27), date(2026, 8, 25)),)
    assert moved.is_nothing()
    gone = compare(old, EMPTY, today=NEW_YEAR, begun=[key])
    assert gone.conflicts == (Conflict(key, date(2026, 7, 27), None),)
    assert Cancelled(key, date(2026, 7, 27)) not in gone.cancelled
    assert gone.unchanged == 0


def test_done_case_keeps_its_day_when_the_rule_changes() -> None:
    done = ObligationKey("c", "RU-VAT-DECL", "2026-Q2", 0)
    old = _plan(WITH_VAT).dates()
    after = compare(old, _plan(WITH_VAT, _extended(date(2026, 8, 25))), today=NEW_YEAR, begun=[done]).applied_to(old)
    assert after[done] == date(2026, 7, 27)


def test_a_told_sum_stays_and_is_a_conflict_of_its_own_also_when_its_case_is_begun() -> None:
    key = ObligationKey("c", "RU-VAT-DECL", "2026-Q2", 0)
    old = _plan(WITH_VAT).dates()
    for begun in ([], [key]):
        gone = compare(old, EMPTY, today=NEW_YEAR, begun=begun, told=[key])
        assert gone.conflicts == (Conflict(key, old[key], None, is_told=True),)
        assert key not in {one.key for one in gone.cancelled}
        assert gone.applied_to(old) == {key: old[key]}
