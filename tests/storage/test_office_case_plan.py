"""Cases follow obligations: one each, to people by role and date, moved and cancelled until begun, never copied."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounting.office.obligation_templates import OneOffDate
from admin.office import planning
from admin.office.planning import Who
from admin.storage import people
from admin.storage.office import case_plan, cases, organisations, profiles
from tests.clients import ALONE, SINCE, Clients


async def plan(office: Clients) -> None:
    who = Who(person_id=None, person="Анна", reason="проверка", now=office.clock.now())
    async with office.change() as db:
        await planning.apply(db, office.db.ids.take, office.today, who)


async def follow(office: Clients) -> case_plan.Followed:
    async with office.change() as db:
        return await case_plan.follow(db, office.db.ids.take, office.today, office.clock.now(), (None, "Анна"))


async def assign(office: Clients, client: int, person: int, role: str, since: date = SINCE) -> None:
    async with office.change() as db:
        number = office.db.ids.next()
        await organisations.assign(db, number, client, person, role, since, office.clock.now(), None)


async def rows(office: Clients, query: str, *arguments: Any) -> list[Any]:
    async with office.look() as db:
        return list(await db.fetch(query, *arguments))


CASE = (
    "select t.id, t.state, t.legal_date, t.target_date, o.name as owner, r.name as reviewer from office.task t "
    "join office.obligation b on b.id = t.obligation_id left join office.person o on o.id = t.owner_id "
    "left join office.person r on r.id = t.reviewer_id where b.code = $1 and b.period = $2"
)


async def test_every_obligation_becomes_one_case_with_both_days_for_its_role(office: Clients) -> None:
    anna, olga = await office.person("Анна"), await office.person("Ольга")
    cafe = await office.client("ООО «Кафе»", lead=anna)
    await assign(office, cafe, olga, "payroll")
    await plan(office)
    planned, cases = [await rows(office, f"select count(*) from office.{one}") for one in ("obligation", "task")]
    assert planned[0][0] == cases[0][0] > 20
    (report,) = await rows(office, CASE, "RU-RSV", "2026-Q1")
    assert (report["legal_date"], report["target_date"]) == (date(2026, 4, 27), date(2026, 4, 22))
    assert (report["state"], report["owner"], report["reviewer"]) == ("planned", "Ольга", "Анна")
    (payment,) = await rows(office, CASE, "RU-USN-ADV", "2026-Q1")
    assert (payment["owner"], payment["reviewer"]) == ("Анна", None)
    (near,) = await rows(office, CASE, "RU-NDFL-NOTICE-A", "2026-01/01-22")
    assert near["state"] == "open"
    assert await follow(office) == case_plan.Followed(0, 0, 0, 0)


async def test_who_takes_a_role_over_later_gets_the_cases_of_later_days(office: Clients) -> None:
    anna, olga = await office.person("Анна"), await office.person("Ольга")
    cafe = await office.client("ООО «Кафе»", lead=anna)
    await plan(office)
    await assign(office, cafe, olga, "lead", date(2026, 3, 1))
    assert (await follow(office)).resolved > 0
    (february,), (april,) = [await rows(office, CASE, *one) for one in
                             (("RU-SV-PAY", "2026-01"), ("RU-SV-PAY", "2026-03"))]  # fmt: skip
    assert (february["owner"], april["owner"]) == ("Анна", "Ольга")


async def test_a_case_given_by_hand_to_somebody_who_is_shut_out_goes_to_its_role_again(office: Clients) -> None:
    anna, olga, vera = [await office.person(name) for name in ("Анна", "Ольга", "Вера")]
    await office.client("ООО «Кафе»", lead=anna)
    await plan(office)
    chosen = {("RU-RSV", "2026-Q1"): (olga, olga), ("RU-SV-PAY", "2026-03"): (vera, None),
              ("RU-SV-PAY", "2026-02"): (vera, olga), ("RU-SV-PAY", "2026-01"): (olga, vera)}  # fmt: skip
    for one, by_hand in chosen.items():
        (found,) = await rows(office, CASE, *one)
        async with office.change() as db:
            await cases.set_people(db, found["id"], *by_hand)
    assert (await follow(office)).resolved == 0
    async with office.change() as db:
        await people.change_person(db, olga, "Ольга", [], "ru", office.clock.now())
    assert ((await follow(office)).resolved, (await follow(office)).resolved) == (3, 0)
    found = [(await rows(office, CASE, *one))[0] for one in chosen]
    assert [(one["owner"], one["reviewer"]) for one in found] == [
        ("Анна", None), ("Вера", None), ("Вера", "Анна"), ("Анна", "Вера"),
    ]  # fmt: skip


async def test_cases_move_and_go_with_their_obligations_and_come_back_under_their_numbers(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»", lead=await office.person("Анна"))
    await plan(office)
    (before,) = await rows(office, CASE, "RU-RSV", "2026-Q1")
    one = OneOffDate(code="RU-RSV", period="2026-Q1", instalment=0, due=date(2026, 4, 30), document="Приказ 1")
    async with office.change() as db:
        who = Who(person_id=None, person="Анна", reason="", now=office.clock.now())
        await planning.set_own_date(db, office.db.ids.next(), one, who)
    await plan(office)
    (moved,) = await rows(office, CASE, "RU-RSV", "2026-Q1")
    assert (moved["id"], moved["legal_date"]) == (before["id"], date(2026, 4, 30))
    for profile, state in ((ALONE, "cancelled"), (None, "planned")):
        async with office.change() as db:
            spans = (await profiles.profiles_of(db, [cafe]))[cafe]
            number = office.db.ids.next()
            given = profile or spans[0].profile
            await profiles.change_profile(db, number, cafe, given, date(2026, 1, 1), office.clock.now(), None)
        await plan(office)
        (now,) = await rows(office, CASE, "RU-RSV", "2026-Q1")
        assert (now["id"], now["state"]) == (before["id"], state)
    story = await rows(office, "select transition, state, note from office.task_event where task_id = $1 order by id",
                       before["id"])  # fmt: skip
    assert [tuple(one) for one in story] == [
        ("replan", "planned", "30.04.2026"),
        ("replan", "cancelled", "30.04.2026"),
        ("replan", "planned", "30.04.2026"),
    ]


async def test_what_is_begun_or_done_is_never_touched_nor_copied(office: Clients) -> None:
    cafe = await office.client("ООО «Кафе»", lead=await office.person("Анна"))
    await plan(office)
    (one,) = await rows(office, CASE, "RU-RSV", "2026-Q1")
    async with office.change() as db:
        await db.execute("update office.task set state = 'done' where id = $1", one["id"])
        await db.execute("update office.obligation b set state = 'done' from office.task t "
                         "where t.id = $1 and b.id = t.obligation_id", one["id"])  # fmt: skip
        number = office.db.ids.next()
        await profiles.change_profile(db, number, cafe, ALONE, date(2026, 1, 1), office.clock.now(), None)
    await plan(office)
    assert [tuple(row)[:2] for row in await rows(office, CASE, "RU-RSV", "2026-Q1")] == [(one["id"], "done")]


async def test_the_work_of_a_day_is_claimed_with_what_it_does(office: Clients) -> None:
    day = office.today

    async def fall() -> None:
        async with office.change() as db:
            assert await case_plan.claim_daily_work(db, day, "plan", office.clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fall()
    async with office.change() as db:
        assert await case_plan.claim_daily_work(db, day, "plan", office.clock.now())
        assert not await case_plan.claim_daily_work(db, day, "plan", office.clock.now())
    async with office.look() as db:
        assert await case_plan.is_daily_work_done(db, day, "plan")
        assert not await case_plan.is_daily_work_done(db, day + timedelta(days=1), "plan")
