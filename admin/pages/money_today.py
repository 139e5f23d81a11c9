"""Money of today against yesterday and the same day a month ago: a chart, and a table that says the same."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, part
from admin.pages.choosing import chosen_merchants
from admin.permissions import Action
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage.money import money_by_time
from fiscal_server.storage.pool import ReadConnection

PIECE: Final = timedelta(minutes=10)
PIECES_AN_HOUR: Final = 6
PAST_KEPT_S: Final = 600.0
"""Days that are over change only when a bank takes money back."""
TODAY_KEPT_S: Final = 20.0
_KEPT_MAX: Final = 500


class DayOfMoney(msgspec.Struct, frozen=True):
    """What had come by the end of each piece of a day, in kopecks; of today only the pieces that are over."""

    day: date
    sums: list[int]
    payments: int

    def by(self, pieces: int) -> int:
        """What had come after so many pieces."""
        return self.sums[min(pieces, len(self.sums)) - 1] if pieces and self.sums else 0

    def at_hour(self, hour: int) -> int | None:
        """What had come by the end of an hour (1 to 24); None: that is still to come."""
        pieces = hour * PIECES_AN_HOUR
        return self.by(pieces) if pieces <= len(self.sums) else None


class MoneyKept:
    """Days that were added up, kept a while: a page asks every minute, and a day of many merchants is many payments."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone
        self._kept: dict[tuple[tuple[int, ...], date], tuple[float, DayOfMoney]] = {}

    async def day(self, db: ReadConnection, merchants: Sequence[int], day: date) -> DayOfMoney:
        """Of merchants whose rows ``db`` shows."""
        now = self._clock.monotonic()
        key = tuple(sorted(merchants)), day
        is_over = day < self._clock.now().astimezone(self._zone).date()
        kept = self._kept.get(key)
        if kept is not None and 0 <= now - kept[0] < (PAST_KEPT_S if is_over else TODAY_KEPT_S):
            return kept[1]
        found = await self._read(db, merchants, day)
        while len(self._kept) >= _KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept.pop(key, None)
        self._kept[key] = now, found
        return found

    async def _read(self, db: ReadConnection, merchants: Sequence[int], day: date) -> DayOfMoney:
        begins = datetime.combine(day, time.min, self._zone)
        ends = datetime.combine(day + timedelta(days=1), time.min, self._zone)
        until = min(ends, self._clock.now())
        pieces = int((until.timestamp() - begins.timestamp()) // PIECE.total_seconds())
        rows = await money_by_time(db, merchants, begins, ends, PIECE)
        sums = [0] * pieces
        for row in rows:
            if row.piece < pieces:
                sums[row.piece] = row.kopecks
        for place in range(1, pieces):
            sums[place] += sums[place - 1]
        return DayOfMoney(day, sums, sum(row.payments for row in rows if row.piece < pieces))


def month_before(day: date) -> date:
    """The same day of the month before, or the last day of it: 31.03 -> 28.02."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


@get("/today/money", opt=doing(Action.SEE_ACCOUNTS))
async def money_today(
    request: Request[Any, Any, State],
    state: State,
    viewer: NamedDependency[Viewer],
    merchant: FromQuery[int | None] = None,
) -> Template:
    """The chart's figures; of all merchants in sight, or of one."""
    clock: Clock = state["clock"]
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    kept: MoneyKept = state["money"]
    _, merchants = chosen_merchants(viewer, None if merchant is None else str(merchant))
    at = Moments(clock.now(), settings.zone)
    today = at.now.date()
    async with panel.look(merchants) as db:
        days = [await kept.day(db, merchants, day) for day in (today, today - timedelta(days=1), month_before(today))]
    pieces = len(days[0].sums)
    return part(
        request,
        "today/money.html",
        viewer,
        "today",
        crumbs=[Crumb("Сегодня", "/" if merchant is None else f"/?merchant={merchant}")],
        days=days,
        pieces=pieces,
        until=at.midnight + pieces * PIECE,
        hours=range(1, 25),
        series=msgspec.json.encode([one.sums for one in days]).decode(),
        merchants=len(merchants),
    )
