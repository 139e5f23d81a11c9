"""Plans of obligations in the database: shown before they are made, made once, moved, taken back."""

import json
from datetime import date, timedelta

import pytest

from accounting.office.clients import Occasion, TaxProfile
from accounting.office.obligation_templates import OneOffDate
from admin.office import planning
from admin.office.planning import PlanIsOld, Who, horizon
from admin.storage.office import profiles, schedule
from admin.storage.office.schedule import ListedObligation, Run
from tests.clients import ALONE, CAFE, Clients

APRIL = (date(2026, 4, 1), date(2026, 4, 30))


async def plan(office: Clients, **more: object) -> Run:
    who = Who(person_id=None, person="Анна", reason="проверка", now=office.clock.now())
    async with office.change() as db:
        return await planning.apply(db, office.db.ids.take, office.today, who, **more)  # type: ignore[arg-type]


async def owed(office: Clients, client: int, first: date, last: date) -> list[ListedObligation]:
    async with office.look() as db:
        return await schedule.obligations_between(db, [client], first, last)


async def change(office: Clients, client: int, profile: TaxProfile, since: date) -> None:
    async with office.change() as db:
        await profiles.change_profile(db, office.db.ids.next(), client, profile, since, office.clock.now(), None)


async def test_the_golden_company_owes_in_april_what_the_domain_says(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    await plan(office)
    april = [(one.due.day, one.code) for one in await owed(office, cafe, *APRIL)]
    # Office domain 5.4, without the confirmation of the main activity: a draft until somebody has checked it.
    assert sorted(april) == [
        (3, "RU-NDFL-NOTICE-B"),
        (6, "RU-NDFL-PAY-B"),
        (15, "RU-NS-PAY"),
        (27, "RU-6NDFL-Q"),
        (27, "RU-EFS1-2"),
        (27, "RU-NDFL-NOTICE-A"),
        (27, "RU-RSV"),
        (27, "RU-USN-NOTICE"),
        (28, "RU-NDFL-PAY-A"),
        (28, "RU-SV-PAY"),
        (28, "RU-USN-ADV"),
    ]


async def test_a_draft_that_somebody_confirmed_is_planned(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    async with office.change() as db:
        await schedule.confirm_rule(db, "RU-OVED", office.clock.now(), None, "Анна")
    await plan(office)
    assert "RU-OVED" in {one.code for one in await owed(office, cafe, *APRIL)}


async def test_planning_twice_changes_nothing(office: Clients) -> None:
    await office.client("ООО «Кафе»")
    first = await plan(office)
    assert first.created > 20
    assert (first.moved, first.cancelled, first.organisations) == (0, 0, 1)
    second = await plan(office)
    assert (second.created, second.moved, second.cancelled) == (0, 0, 0)


async def test_a_preview_changes_nothing_and_says_what_will_be_done(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    async with office.look() as db:
        prepared = await planning.prepare(db, office.today)
    counts = prepared.by_client()[str(cafe)]
    assert await owed(office, cafe, office.today, date(2027, 1, 1)) == []
    run = await plan(office, shown=prepared.fingerprint)
    assert run.created == counts["created"] == len(await owed(office, cafe, office.today, date(2027, 1, 1)))


async def test_what_was_shown_and_is_true_no_longer_is_not_done(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    async with office.look() as db:
        shown = (await planning.prepare(db, office.today)).fingerprint
    await change(office, cafe, ALONE, date(2026, 1, 1))
    with pytest.raises(PlanIsOld):
        await plan(office, shown=shown)
    assert await owed(office, cafe, office.today, date(2027, 1, 1)) == []


async def test_a_profile_that_changes_and_changes_back_restores_the_plan_under_its_numbers(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    await plan(office)
    before = await owed(office, cafe, office.today, date(2027, 1, 1))
    await change(office, cafe, ALONE, date(2026, 1, 1))
    run = await plan(office)
    assert run.cancelled > 10
    assert len(await owed(office, cafe, office.today, date(2027, 1, 1))) < len(before)
    await change(office, cafe, CAFE, date(2026, 1, 1))
    await plan(office)
    assert await owed(office, cafe, office.today, date(2027, 1, 1)) == before


async def test_a_later_profile_leaves_earlier_periods_alone(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    await change(office, cafe, ALONE, date(2026, 4, 1))
    async with office.look() as db:
        spans = (await profiles.profiles_of(db, [cafe]))[cafe]
    assert [(span.valid_from, span.valid_to) for span in spans] == [
        (date(2025, 1, 1), date(2026, 4, 1)),
        (date(2026, 4, 1), None),
    ]
    await plan(office)
    codes = {one.code for one in await owed(office, cafe, *APRIL)}
    assert "RU-RSV" in codes  # of the first quarter, when it had employees
    assert "RU-NDFL-PAY-A" not in codes  # of April itself


async def test_an_authority_moves_a_day_and_the_story_says_so(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    await plan(office)
    (report,) = [one for one in await owed(office, cafe, *APRIL) if one.code == "RU-RSV"]
    put_off = OneOffDate(code="RU-RSV", period=report.period, due=date(2026, 5, 12), document="Приказ № 1")
    who = Who(person_id=None, person="Анна", reason="приказ", now=office.clock.now())
    async with office.change() as db:
        await planning.set_own_date(db, office.db.ids.next(), put_off, who)
    run = await plan(office)
    assert (run.created, run.moved, run.cancelled) == (0, 1, 0)
    async with office.look() as db:
        card = await schedule.obligation_by_id(db, report.id)
        events = await schedule.events_of_obligation(db, report.id)
    assert card is not None
    assert card.due == date(2026, 5, 12)
    assert "Приказ № 1" in card.passports["ru"]["law"]
    assert [(one.change, one.was, one.becomes) for one in events] == [
        ("created", None, report.due),
        ("moved", report.due, date(2026, 5, 12)),
    ]


@pytest.mark.parametrize(("code", "period"), [("RU-RSV", "2026-Q7"), ("RU-NONE", "2026"), ("XX-RSV", "2026-Q1")])
async def test_a_day_of_nothing_is_refused_and_stops_no_plan(office: Clients, code: str, period: str) -> None:
    await office.client("ООО «Кафе»")
    who = Who(person_id=None, person="Анна", reason="приказ", now=office.clock.now())
    wrong = OneOffDate(code=code, period=period, due=date(2026, 5, 12), document="Приказ")
    async with office.change() as db:
        with pytest.raises(ValueError, match=code):
            await planning.set_own_date(db, office.db.ids.next(), wrong, who)
    assert (await plan(office)).created > 0


async def test_a_day_of_one_client_is_nobody_else_s(office: Clients) -> None:
    cafe, tea = await office.client("ООО «Кафе»"), await office.client("ООО «Чай»")
    own = OneOffDate(
        code="RU-USN-ADV", period="2026-Q1", due=date(2026, 4, 30), document="Решение", client=str(cafe)
    )  # fmt: skip
    who = Who(person_id=None, person="Анна", reason="решение", now=office.clock.now())
    async with office.change() as db:
        await planning.set_own_date(db, office.db.ids.next(), own, who)
    await plan(office)
    due = {
        client: [one.due.day for one in await owed(office, client, *APRIL) if one.code == "RU-USN-ADV"]
        for client in (cafe, tea)
    }
    assert due == {cafe: [30], tea: [28]}


async def test_what_somebody_has_begun_is_a_conflict_and_stays(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    await plan(office)
    (report,) = [one for one in await owed(office, cafe, *APRIL) if one.code == "RU-RSV"]
    async with office.change() as db:
        assert await schedule.mark_obligation(db, report.id, ["planned"], "begun")
        assert not await schedule.mark_obligation(db, report.id, ["planned"], "begun")
    await change(office, cafe, ALONE, date(2026, 1, 1))
    run = await plan(office)
    assert run.conflicts == 1
    assert report.id in {one.id for one in await owed(office, cafe, *APRIL)}


async def test_an_event_of_a_client_starts_its_own_term(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»")
    hire = Occasion(name="hr_event", id=str(office.db.ids.next()), start=date(2026, 1, 16), choice="hire")
    async with office.change() as db:
        await profiles.add_occasion(db, cafe, hire, office.clock.now(), None)
    await plan(office)
    (report,) = await owed(office, cafe, date(2026, 1, 16), date(2026, 1, 20))
    assert report.code.startswith("RU-EFS1-1")
    assert report.due == date(2026, 1, 19)  # the next working day after a Friday


async def test_a_passport_is_kept_in_every_language_and_once_for_all_who_share_it(office: Clients) -> None:
    first, second = await office.client("ООО «Кафе»"), await office.client("ООО «Чай»")
    await plan(office)
    (report,) = [one for one in await owed(office, first, *APRIL) if one.code == "RU-USN-NOTICE"]
    async with office.look() as db:
        card = await schedule.obligation_by_id(db, report.id)
        rows = await db.fetch("select due_date_id, count(*) from office.obligation group by 1")
    assert card is not None
    assert card.passports["ru"]["nominal"] == "25.04.2026"
    assert "суббота" in card.passports["ru"]["moved"]
    assert "Saturday" in card.passports["en"]["moved"]
    assert set(card.passports) == {"ru", "en", "pl", "pt_BR"}
    assert {row[1] for row in rows} == {2}
    assert json.dumps(card.passports, ensure_ascii=False).count("RU-USN-NOTICE") == 4
    assert second != first


async def test_only_clients_that_are_served_are_planned(office: Clients) -> None:
    gone = await office.client("ООО «Бывшие»")
    async with office.change() as db:
        await db.execute("update office.organisation set status = 'former' where id = $1", gone)
    assert (await plan(office)).organisations == 0


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 1, 15), date(2026, 4, 30)),
        (date(2026, 1, 20), date(2026, 5, 31)),
        (date(2026, 9, 1), date(2026, 12, 31)),
        (date(2026, 11, 30), date(2027, 3, 31)),
    ],
)
def test_the_horizon_is_three_months_and_grows_on_the_twentieth(today: date, last: date) -> None:
    assert horizon(today) == last
    assert (last + timedelta(days=1)).day == 1
