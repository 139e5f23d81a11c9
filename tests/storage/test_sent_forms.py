"""Of two who send the same form at once the second waits until it is certain what became of the first."""

import asyncio

from admin.storage.office import sent_forms
from tests.clients import Clients
from tests.waiting import wait_until_async

KEY = b"1" * 32


class Undone(Exception):
    """The first one fails after all."""


async def both(office: Clients, *, fails: bool) -> str | None:
    """What the second is told, which came while the first was under way."""

    async def second() -> str | None:
        async with office.change() as db:
            return await sent_forms.take(db, KEY, "/second", office.clock.now())

    task = None
    try:
        async with office.change() as db:
            assert await sent_forms.take(db, KEY, "/first", office.clock.now()) is None
            task = asyncio.create_task(second())

            async def waits() -> bool:
                return bool(await db.fetchval("select exists (select from pg_locks where not granted)"))

            await wait_until_async(waits)
            if fails:
                raise Undone
    except Undone:
        pass
    assert task is not None
    return await task


async def test_the_second_is_led_to_what_the_first_made(office: Clients) -> None:
    assert await both(office, fails=False) == "/first"


async def test_the_second_makes_it_when_the_first_has_failed(office: Clients) -> None:
    assert await both(office, fails=True) is None
