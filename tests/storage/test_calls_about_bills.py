"""The case to call a client who confirms nothing: whoever of the office opens it reads it."""

from collections.abc import AsyncIterator

import pytest

from fiscal_server.clock import VirtualClock
from tests.storage.letters_scene import Story, in_moscow, open_story


@pytest.fixture
async def story(database: str, clock: VirtualClock) -> AsyncIterator[Story]:
    async with open_story(database, clock) as story:
        yield story


async def test_the_case_to_call_is_in_our_language_whatever_the_client_reads(story: Story) -> None:
    async with story.office.change() as db:
        await db.execute("update office.contact set language = 'en'")
    await story.tell(await story.draft(3_640_000))
    await story.until(in_moscow(23, 11))
    assert story.box.mails[0]["Subject"] == "ООО «Кафе»: taxes due by 2026-04-28, 36,400.00 ₽"
    titles = await story.rows("select title from office.task where obligation_id is null")
    assert titles == [("Позвонить: налоги до 28.04.2026, 36\xa0400,00\xa0₽",)]
