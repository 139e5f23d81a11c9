"""What the one who leads a client is reminded of, beside cases: letters, sums, entries of handbooks."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from admin.office.digest import write_letter
from admin.storage.office import attention, handbooks
from admin.storage.office.handbooks import Author, NewEntry, Place
from fiscal_server.clock import VirtualClock
from tests.storage.letters_scene import Story, in_moscow, open_story


@pytest.fixture
async def story(database: str, clock: VirtualClock) -> AsyncIterator[Story]:
    async with open_story(database, clock) as story:
        yield story


async def kinds(story: Story, person: int) -> set[tuple[str, date]]:
    day = story.office.clock.now().date()
    async with story.office.look() as db:
        return {(one.kind, one.day) for one in await attention.concerns_of(db, [person], day, 100)}


async def test_a_sum_is_missed_a_week_ahead_until_it_is_written_and_its_letter_until_it_is_confirmed(
    story: Story,
) -> None:
    await story.until(in_moscow(21, 12))
    due = date(2026, 4, 28)
    assert ("no_sum", due) in await kinds(story, story.anna)
    drafts = []
    for code in [row[0] for row in await story.rows(
        "select b.code from office.obligation b join office.due_date d on d.id = b.due_date_id"
        " where b.due = $1 and d.kind = 'payment'", due)]:  # fmt: skip
        drafts.append(await story.draft(100, code))
    assert {kind for kind, day in await kinds(story, story.anna) if day == due} == set()
    await story.tell(*drafts)
    await story.work.look()
    assert ("unconfirmed", due) in await kinds(story, story.anna)
    other = await story.office.person("Ольга")
    assert await kinds(story, other) == set(), "it is not her client"
    async with story.office.change() as db:
        await db.execute("update office.notice set state = 'acknowledged', next_attempt_at = null")
    assert ("unconfirmed", due) not in await kinds(story, story.anna)


async def test_a_letter_that_may_not_have_gone_is_told_in_the_letter_of_the_morning(story: Story) -> None:
    story.box.answers = [None]
    await story.tell(await story.draft(100))
    await story.work.look()
    day = story.office.clock.now().date()
    assert ("failed", date(2026, 4, 28)) in await kinds(story, story.anna)
    async with story.office.look() as db:
        letter = await write_letter(db, (story.anna,), day, "ru", "http://panel")
    assert letter is not None
    assert "– 28.04.2026 ООО «Кафе»: письмо о платеже не дошло или неизвестно, дошло ли" in letter.text


async def test_an_entry_whose_day_has_come_is_its_readers_concern_until_it_is_written_anew(story: Story) -> None:
    ids, now = story.office.db.ids, story.office.clock.now()
    book, author, today = ids.next(), Author(None, "Анна", now), now.date()
    async with story.office.change() as db:
        made = "insert into office.handbook (id, name, show_in_card, position) values ($1, 'Политика', true, 1)"
        await db.execute(made, book)
        first = ids.next()
        new = NewEntry(text="УСН", review_by=today, pinned=False)
        assert await handbooks.write_entry(db, first, Place(book, story.cafe), new, author, 0)
    assert ("handbook", today) in await kinds(story, story.anna)
    async with story.office.change() as db:
        later = NewEntry(text="УСН", review_by=None, pinned=False)
        assert await handbooks.write_entry(db, ids.next(), Place(book, story.cafe), later, author, first)
    assert ("handbook", today) not in await kinds(story, story.anna)
