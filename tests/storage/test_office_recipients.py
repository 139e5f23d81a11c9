"""Who reads of a client's money: whoever can be written to, whoever still belongs to it, whoever confirms first."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from admin.storage.office import confirmations, contacts
from fiscal_server.clock import VirtualClock
from fiscal_server.storage.pool import WriteConnection
from tests.storage.letters_scene import Story, in_moscow, open_story
from tests.waiting import wait_until_async


@pytest.fixture
async def story(database: str, clock: VirtualClock) -> AsyncIterator[Story]:
    async with open_story(database, clock) as story:
        yield story


async def two_wait(db: WriteConnection) -> bool:
    """Whether two transactions wait for locks."""
    return bool(await db.fetchval("select count(*) = 2 from pg_locks where not granted"))


async def test_of_two_people_of_a_client_who_confirm_at_once_one_has_confirmed_for_both(story: Story) -> None:
    await story.contact("Пётр", "petr@example.ru")
    await story.tell(await story.draft(3_640_000))
    await story.work.look()
    now = story.office.clock.now()

    async def confirm(number: int) -> bool:
        async with story.office.change() as db:
            token_hash = await db.fetchval("select token_hash from office.notice_attempt where notice_id = $1", number)
            linked = await confirmations.notice_by_token(db, token_hash)
            assert linked is not None
            opened = await confirmations.bill_behind(db, linked)
            return await confirmations.acknowledge(db, opened, now, "127.0.0.1", "")

    numbers = [row[0] for row in await story.rows("select id from office.notice order by id desc")]
    async with asyncio.TaskGroup() as tasks, story.panel.change() as db:
        await db.execute("select set_config('office.sees_all', 'yes', true)")
        await db.fetch("select id from office.notice for update")
        both = [tasks.create_task(confirm(one)) for one in numbers]
        await wait_until_async(lambda: two_wait(db))
    assert sorted(one.result() for one in both) == [False, True]
    assert await story.rows("select count(*) from office.acknowledgement") == [(1,)]
    assert {state for state, _ in await story.states()} == {"acknowledged"}


@pytest.mark.parametrize("address", ["olga@[example.ru", "группа:olga@пример.ру", "olga@пример.ру"])
async def test_an_address_that_no_letter_can_bear_is_refused_at_once_and_holds_up_no_other(
    story: Story, address: str
) -> None:
    async with story.office.change() as db:
        await db.execute("update office.contact set emails = array[$1]", address)
    await story.contact("Пётр", "petr@example.ru")
    await story.tell(await story.draft(3_640_000))
    await story.work.look()
    assert [mail["To"] for mail in story.box.mails] == ["petr@example.ru"]
    assert await story.outcomes() == ["refused", "accepted"]
    assert await story.states() == [("escalated", "call"), ("sent", "none")]


async def test_whoever_left_the_client_is_told_no_more_and_if_nobody_else_is_somebody_calls(story: Story) -> None:
    await story.contact("Пётр", "petr@example.ru")
    await story.tell(await story.draft(3_640_000))
    await story.until(in_moscow(21, 11))
    assert len(story.box.mails) == 4

    async def leaves(name: str) -> None:
        query = "select l.id from office.organisation_contact l join office.contact c on c.id = l.contact_id"
        ((link,),) = await story.rows(f"{query} where c.name = $1", name)
        async with story.office.change() as db:
            assert await contacts.close_link(db, story.cafe, link, story.office.today)

    await leaves("Ольга")
    await story.until(in_moscow(22, 11))
    assert [mail["To"] for mail in story.box.mails[4:]] == ["petr@example.ru"]
    assert await story.states() == [("cancelled", "none"), ("sent", "none")]
    await leaves("Пётр")
    await story.until(in_moscow(23, 11))
    assert len(story.box.mails) == 5
    assert await story.states() == [("cancelled", "none"), ("escalated", "call")]
    ((note,),) = await story.rows("select note from office.task_event")
    assert "другому" in note
    assert "petr@example.ru" not in note
    assert not await story.work.sender.send_now(
        (await story.rows("select max(id) from office.notice"))[0][0], "Анна", 3
    )
