"""What an FN can still take, known without asking it before each receipt."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fiscal_server.cassette.rotation import end_is_near, is_overdue, reason_to_rotate
from fiscal_server.dispatch.session import KktSession
from fiscal_server.storage.slots import Condition, find_next, record_condition
from fiscal_server.troubles import Trouble, tell

LOOK_EVERY: Final = 250
"""Documents between two looks; documents left are counted down in between."""

LOOK_AT_WARNED_EVERY: Final = 10
"""The same while the FN warns: its answers say that some flag is set, and only a look tells when another one joins."""

LOOK_EVERY_S: Final = 3600.0
"""Seconds between two looks where few documents are made: days go by without any."""


class FnResources:
    """The last look at an FN, and how long it is good for."""

    def __init__(self, session: KktSession) -> None:
        self._session = session
        self._known: Condition | None = None
        self._since_look = 0
        self._looked_at = 0.0  # monotonic
        self._day: tuple[str, date, datetime, datetime] | None = None  # time zone, the day there, from when until when

    def count_made(self) -> None:
        """The FN has one document more."""
        self._since_look += 1

    def must_look(self) -> bool:
        """Whether the FN must be asked before the next receipt.

        Always when its answers began or ceased to warn, or when the last look, counted down, reaches the reserve.
        """
        known = self._known
        if known is None or self._session.kkt.warned != bool(known.warnings):
            return True
        if self._since_look >= (LOOK_AT_WARNED_EVERY if known.warnings else LOOK_EVERY):
            return True
        if self._session.rooms.clock.monotonic() - self._looked_at >= LOOK_EVERY_S:
            return True
        return known.documents_left is not None and self._reason(self._counted_down(known)) is not None

    async def reason_to_rotate(self) -> str | None:
        """Why this slot must take no more receipts; the FN is asked if it must be. Raises what the driver raises."""
        row = self._session.row
        if is_overdue(row.unconfirmed_since, row.rules, self._session.now()) and await self._has_successor():
            return tell(Trouble.BACKLOG_OLD, f"the operator lacks documents since {row.unconfirmed_since}")
        return self._reason(await self.look()) if self.must_look() else None

    async def _has_successor(self) -> bool:
        """Without one an FN is worth its last days: it takes receipts until it refuses by itself."""
        async with self._session.rooms.db.read() as db:
            return await find_next(db, self._session.row) is not None

    def end_is_near(self) -> bool:
        """Whether the next slot should get ready."""
        known = self._known
        return known is not None and end_is_near(self._counted_down(known), self._session.row.rules, self._today())

    async def look(self) -> Condition:
        """Ask the FN and keep what it says in the books. Raises what the driver raises."""
        session = self._session
        status = await session.kkt.status()
        resource = await session.kkt.resource()
        self._known = Condition(resource.documents_left, resource.valid_until, int(status.warnings))
        self._since_look = 0
        self._looked_at = session.rooms.clock.monotonic()
        async with session.rooms.db.write() as db:
            await record_condition(db, session.owner, self._known, session.now())
        return self._known

    def at_its_end(self) -> str | None:
        """Why the FN takes no more receipts by the last look."""
        return None if self._known is None else self._reason(self._known)

    def _counted_down(self, known: Condition) -> Condition:
        left = None if known.documents_left is None else known.documents_left - self._since_look
        return Condition(left, known.valid_until, known.warnings)

    def _reason(self, condition: Condition) -> str | None:
        return reason_to_rotate(condition, self._session.row.rules, self._today())

    def _today(self) -> date:
        """Asked before every receipt, and worked out once a day.

        Its bounds are kept in UTC as ``now`` is: times of two zones are compared by asking both zones.
        """
        now, name, day = self._session.now(), self._session.row.timezone, self._day
        if day is None or day[0] != name or not day[2] <= now < day[3]:
            zone = ZoneInfo(name)
            today = now.astimezone(zone).date()
            midnights = (datetime.combine(one, time.min, zone) for one in (today, today + timedelta(days=1)))
            begins, ends = (midnight.astimezone(UTC) for midnight in midnights)
            day = self._day = (name, today, begins, ends)
        return day[1]
