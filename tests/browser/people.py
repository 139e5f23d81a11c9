"""People who sign in to the panel, as a browser does it: a cookie, and forms that carry what their page gave them."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar

from admin.permissions import EVERYTHING, Role
from admin.storage import people
from fiscal_server.clock import VirtualClock
from fiscal_server.storage.pool import Database, connect
from tests.applications import panel

PASSWORD = "четыре слова подряд весной"
ORIGIN = {"Origin": "http://127.0.0.1:8090"}
_FIELD = re.compile(r'name="form_token" value="([0-9a-f]+)"')


class Browser:
    """A client of the panel with a cookie jar of its own; ``post`` sends what a form of a page would."""

    def __init__(self, panel: httpx.AsyncClient, app: Litestar) -> None:
        self.panel = panel
        self.app = app

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """Without following redirects."""
        return await self.panel.get(path, follow_redirects=False, **more)

    async def post(self, path: str, *, page: str | None = None, **fields: Any) -> httpx.Response:
        """``page``: where the form stands; its token goes along."""
        if page is not None:
            found = _FIELD.search((await self.panel.get(page)).text)
            assert found is not None, f"{page} has no form"
            fields["form_token"] = found.group(1)
        return await self.panel.post(path, data=fields, headers=ORIGIN, follow_redirects=False)

    async def sign_in(self, email: str, password: str = PASSWORD, goal: str = "/") -> httpx.Response:
        """The form of the door."""
        return await self.post("/sign-in", email=email, password=password, goal=goal)


@asynccontextmanager
async def new_browser(dsn: str, clock: VirtualClock, **settings: Any) -> AsyncIterator[Browser]:
    """Of somebody who has not signed in."""
    with panel(dsn, clock, **settings) as app:
        async with _living(app) as client:
            yield Browser(client, app)


@asynccontextmanager
async def _living(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 50_000))  # type: ignore[arg-type]
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:  # a task of its own: a fixture is entered and left in different ones
        async with app.lifespan():
            started.set()
            await over.wait()

    living = asyncio.create_task(live())
    await started.wait()
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN["Origin"]) as client:
        yield client
    over.set()
    await living


_hashes: list[str] = []


async def _hash_of_password() -> str:
    """Made once a worker: a tenth of a second of work, on purpose."""
    from admin.sign_in.passwords import Passwords

    if not _hashes:
        _hashes.append(await Passwords().make(PASSWORD))
    return _hashes[0]


class Office:
    """Makes people as the command line does, and their passwords by their links."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db = db
        self.clock = clock

    async def person(
        self, email: str, roles: Sequence[Role] = EVERYTHING, merchants: Sequence[int] = (), name: str = "Анна"
    ) -> int:
        """Somebody with PASSWORD."""
        hashed = await _hash_of_password()
        async with self.db.write() as db:
            person_id = self.db.ids.next()
            assert await people.add_person(db, person_id, email, name, roles, "ru", self.clock.now())
            await people.set_password(db, person_id, hashed)
            await people.give_merchants(db, person_id, merchants)
        return person_id

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """What stands in the database."""
        async with self.db.read() as db:
            return list(await db.fetch(query, *arguments))


@asynccontextmanager
async def open_office(dsn: str, clock: VirtualClock) -> AsyncIterator[Office]:
    """The tables of people, as the panel's role has them."""
    db = await connect(dsn, clock, size=2)
    try:
        yield Office(db, clock)
    finally:
        await db.close()
