"""What every part of the invented office is made with, and storage functions that need no answer, sent together."""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec

from admin.office.intake import Who
from admin.storage.office.cases import By
from admin.storage.office.contacts import NewContact
from fiscal_server.demo.office_world import PEOPLE, Company
from fiscal_server.ids import IdMaker
from fiscal_server.storage.pool import WriteConnection


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A client with its row. ``place``: among all; what is said of a client hangs on it, never on numbers of
    rows, which time gives."""

    number: int
    place: int
    company: Company
    contact_id: int
    contact: NewContact


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """``start``: the day the story begins; ``workers``: numbers of the people, in the order of ``PEOPLE``."""

    db: WriteConnection
    ids: IdMaker
    now: datetime
    today: date
    start: date
    zone: ZoneInfo
    seed: int
    workers: tuple[int, ...] = ()

    @property
    def take(self) -> Callable[[int], list[int]]:
        """Makes numbers of rows."""
        return self.ids.take

    def chance(self, of: str) -> random.Random:
        """A row of chances of its own for each part, so that one part more does not change the others."""
        return random.Random(f"{self.seed} {of}")

    def at(self, day: date, hour: int = 11, minute: int = 0) -> datetime:
        """A moment of the office's day, never one that is still to come."""
        return min(datetime.combine(day, time(hour, minute), self.zone), self.now)

    def by(self, worker: int, day: date | None = None) -> By:
        """Somebody of ``PEOPLE`` doing something, now or on a day."""
        return By(
            person_id=self.workers[worker], person=PEOPLE[worker].name, now=self.now if day is None else self.at(day)
        )

    def who(self, worker: int, day: date) -> Who:
        """The same as steps of leads and contracts want it."""
        return Who(person_id=self.workers[worker], person=PEOPLE[worker].name, today=day, now=self.at(day))


class Gathered:
    """Takes statements of storage functions as a connection would, and sends each with all its rows at once.

    Rows are what the functions write, so they are what the panel would have written; ten thousand round trips are a
    few. What a statement answers is not known: only for functions that write what cannot be there yet, and read
    nothing. Statements are sent in the order in which each first came.
    """

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    @property
    def db(self) -> WriteConnection:
        """For the storage functions."""
        return cast(WriteConnection, self)

    async def execute(self, query: str, *values: Any) -> None:
        """As of a connection."""
        self._rows.setdefault(query, []).append(values)

    async def fetchval(self, query: str, *values: Any) -> int:
        """As of a connection; whatever is asked, it was done."""
        await self.execute(query, *values)
        return 1

    async def send(self, db: WriteConnection) -> None:
        """Everything that was gathered."""
        rows, self._rows = self._rows, {}
        for query, values in rows.items():
            await db.executemany(query, values)


def working_day(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
