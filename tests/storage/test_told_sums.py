"""Sums that clients were told, and plans that would move or cancel what they are for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from accounting.office.obligation_templates import OneOffDate
from admin.office import planning
from admin.office.notices.telling import NotTold
from admin.office.planning import Prepared, Who
from admin.storage.office import attention, profiles
from admin.storage.office.schedule import Run
from fiscal_server.clock import VirtualClock
from fiscal_server.storage.pool import WriteConnection
from tests.clients import ALONE, CAFE
from tests.storage.letters_scene import DUE, Story, in_moscow, open_story
from tests.waiting import wait_until_async

CODE = "RU-SV-PAY"
"""Nobody owes it without employees."""
DECISIONS = "select state, owner_id, legal_date from office.task where title like 'Клиенту уже сказано%'"
NOTES = "select note from office.task_event e join office.task t on t.id = e.task_id where t.obligation_id is null"


@pytest.fixture
async def story(database: str, clock: VirtualClock) -> AsyncIterator[Story]:
    async with open_story(database, clock) as story:
        yield story


async def without_employees(story: Story, profile: Any = ALONE) -> None:
    async with story.office.change() as db:
        ids, now = story.office.db.ids, story.office.clock.now()
        await profiles.change_profile(db, ids.next(), story.cafe, profile, date(2026, 1, 1), now, None)


async def put_off(story: Story, day: date) -> None:
    one = OneOffDate(code=CODE, period="2026-03", due=day, document="Приказ № 1")
    who = Who(person_id=None, person="Анна", reason="приказ", now=story.office.clock.now())
    async with story.office.change() as db:
        await planning.set_own_date(db, story.office.db.ids.next(), one, who)


async def plan(story: Story) -> Run:
    who = Who(person_id=None, person="Анна", reason="проверка", now=story.office.clock.now())
    async with story.office.change() as db:
        return await planning.apply(db, story.office.db.ids.take, story.office.today, who)


async def shown(story: Story) -> Prepared:
    async with story.office.look() as db:
        return await planning.prepare(db, story.office.today)


async def owed(story: Story) -> tuple[str, date]:
    rows = await story.rows("select state, due from office.obligation where code = $1 and period = '2026-03'", CODE)
    return rows[0]


async def test_a_told_payment_that_is_owed_no_longer_stays_and_its_lead_decides_once(story: Story) -> None:
    slip = await story.draft(100_000, CODE)
    await story.tell(slip)
    await without_employees(story)
    prepared = await shown(story)
    counts = prepared.by_client()[str(story.cafe)]
    assert (counts["told"], counts["conflicts"]) == (1, 0)
    assert counts["cancelled"] > 1
    run = await plan(story)
    assert (run.conflicts, await owed(story)) == (1, ("planned", DUE))
    assert await story.rows(DECISIONS) == [("open", story.anna, DUE)]
    assert await story.rows("select id from office.task where title like 'Клиенту уже сказано%'") == [(slip,)]
    await plan(story)
    assert len(await story.rows(NOTES)) == 1


async def test_a_told_payment_that_is_put_off_keeps_the_day_its_letters_name(story: Story) -> None:
    await story.tell(await story.draft(100_000, CODE))
    await put_off(story, date(2026, 5, 12))
    assert (await plan(story)).moved == 0
    assert await owed(story) == ("planned", DUE)
    ((note,),) = await story.rows(NOTES)
    assert "28.04.2026 теперь 12.05.2026" in note
    # Another day is another question, also for whoever has answered the first one.
    async with story.office.change() as db:
        await db.execute("update office.task set state = 'done', closed_at = now() where obligation_id is null")
    await plan(story)
    assert await story.rows(DECISIONS) == [("done", story.anna, DUE)]
    await without_employees(story)
    await plan(story)
    assert (await story.rows(DECISIONS))[0][0] == "in_progress"


async def test_a_withdrawn_sum_lets_the_next_plan_cancel_what_it_was_for(story: Story) -> None:
    slip = await story.draft(100_000, CODE)
    await story.tell(slip)
    await without_employees(story)
    await plan(story)
    async with story.office.change() as db:
        await db.execute("update office.slip set state = 'cancelled' where id = $1", slip)
    await plan(story)
    assert (await owed(story))[0] == "cancelled"


async def test_a_draft_of_what_is_owed_no_longer_is_told_to_nobody(story: Story) -> None:
    draft = await story.draft(100_000, CODE)
    await without_employees(story)
    assert (await plan(story)).conflicts == 0
    with pytest.raises(NotTold, match="пересчёт отменил этот срок"):
        await story.tell(draft)
    await without_employees(story, CAFE)
    await plan(story)
    await story.tell(draft)
    assert await story.states() == [("scheduled", "none")]


async def test_letters_about_what_a_person_found_not_required_are_told_to_the_lead(story: Story) -> None:
    await story.tell(await story.draft(100_000, CODE))
    await story.work.look()

    async def concerns() -> list[tuple[str, str]]:
        async with story.office.look() as db:
            found = await attention.concerns_of(db, [story.anna], in_moscow(20).date(), 50)
        return [(one.kind, one.detail) for one in found if one.kind == "told_gone"]

    assert await concerns() == []
    async with story.office.change() as db:
        await db.execute("update office.obligation set state = 'not_required' where code = $1 and due = $2", CODE, DUE)
    assert await concerns() == [("told_gone", CODE)]


async def test_a_sum_is_not_told_while_a_plan_cancels_what_it_is_for(story: Story) -> None:
    draft = await story.draft(100_000, CODE)
    await without_employees(story)
    who = Who(person_id=None, person="Анна", reason="проверка", now=story.office.clock.now())

    async def waits(db: WriteConnection) -> bool:
        return bool(await db.fetchval("select count(*) > 0 from pg_locks where not granted"))

    with pytest.RaisesGroup(pytest.RaisesExc(NotTold, match="пересчёт отменил этот срок")):
        async with asyncio.TaskGroup() as tasks, story.office.change() as db:
            await planning.apply(db, story.office.db.ids.take, story.office.today, who)
            tasks.create_task(story.tell(draft))
            await wait_until_async(lambda: waits(db))
    assert await story.rows("select state from office.slip") == [("draft",)]
