"""What the panel does by itself once a day: plans go on, cases go to today's people, letters of the morning are sent.

Any process of the panel may do it, and several at once: work is claimed with a row. Planning is one transaction with
its row, so that a process that dies leaves nothing half done. A letter is claimed before it is sent, so that nobody
gets it twice: not one that was claimed by a process that died, nor one at whose text the mail server fell silent. Its
cases stand in the panel.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Final, Literal

from accounting.office.due_dates import Calendars
from accounting.office.notices import Outcome
from accounting.office.reminders import ReminderRules, is_digest_time
from admin.addresses import panel_url
from admin.database import DatabaseAway, PanelDatabase
from admin.formatters import Moments
from admin.mail import Mailer
from admin.office import planning
from admin.office.digest import write_letter
from admin.office.planning import Who
from admin.permissions import Action, Role, may, sees_all
from admin.storage.office import case_plan, cases
from admin.storage.office.case_plan import Reader
from admin.storage.office.sight import Sight, let_see
from fiscal_server.clock import Clock
from fiscal_server.log import get_logger
from fiscal_server.settings import Settings

EVERY_S: Final = 60.0
PLANNED_WITHIN_S: Final = 60.0
RULES: Final = ReminderRules(repeat_at=time(8), working_days_only=True)
COUNTRY: Final = "RU"
"""Whose working days the letters keep to."""
_ITSELF: Final = "fiscal-server"
_BECAME: Final[dict[Outcome, Literal["sent", "unknown"]]] = {Outcome.ACCEPTED: "sent", Outcome.UNKNOWN: "unknown"}
"""Anything else surely did not go."""

log = get_logger("admin")


@contextmanager
def _told(work: str) -> Iterator[None]:
    """What fails stands in the log, and what is behind it is done all the same. Raises DatabaseAway."""
    try:
        yield
    except DatabaseAway:
        raise
    except Exception:
        log.exception("daily_work_failed", work=work)


class Daily:
    """The one loop of a process."""

    def __init__(self, panel: PanelDatabase, mailer: Mailer, clock: Clock, settings: Settings) -> None:
        self._panel = panel
        self._mailer = mailer
        self._clock = clock
        self._settings = settings
        self._calendar = Calendars().of(COUNTRY, None, saturdays=False)

    async def run(self) -> None:
        """Until it is cancelled. What fails is tried again a minute later."""
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self.look()
            except DatabaseAway:
                continue
            except Exception:
                log.exception("daily_work_failed")

    async def look(self) -> None:
        """Does what is to be done by now and nobody has done. Raises DatabaseAway.

        A plan that cannot be made keeps no letter back, nor does a letter that cannot be written the next one.
        """
        now = Moments(self._clock.now(), self._settings.zone).now
        with _told("plan"):
            await self._plan(now)
        if self._mailer.is_there and is_digest_time(now, self._calendar, RULES):
            await self._write(now)

    async def _is_done(self, now: datetime, name: str) -> bool:
        async with self._panel.read() as db:
            return await case_plan.is_daily_work_done(db, now.date(), name)

    async def _plan(self, now: datetime) -> None:
        """New obligations only: what would move or go is shown to a person first."""
        if await self._is_done(now, "plan"):
            return
        ids = await self._panel.ids()
        async with self._panel.change(PLANNED_WITHIN_S) as db:
            if not await case_plan.claim_daily_work(db, now.date(), "plan", self._clock.now()):
                return
            await let_see(db, Sight(person_id=None, today=now.date(), all=True))
            who = Who(person_id=None, person=_ITSELF, reason="daily", now=self._clock.now())
            run = await planning.apply(db, ids.take, now.date(), who, only_new=True)
        log.info("office_planned", created=run.created, until=str(run.until))

    async def _write(self, now: datetime) -> None:
        async with self._panel.read() as db:
            readers = await case_plan.readers_of_digests(db, now.date(), now.hour, self._clock.now())
        for one in readers:
            with _told("letter"):
                await self._write_to(one, now)

    async def _write_to(self, reader: Reader, now: datetime) -> None:
        roles, day = [Role(one) for one in reader.roles], now.date()
        if not may(roles, Action.WORK_ON_CASES):
            return
        async with self._panel.read() as db, db.transaction(isolation="repeatable_read", readonly=True):
            await let_see(db, Sight(person_id=reader.id, today=day, all=sees_all(roles)))
            people = tuple(await cases.acting_for(db, reader.id, day))
            letter = await write_letter(
                db, people, day, reader.language, panel_url(self._settings), even_empty=reader.wish == "always"
            )
        async with self._panel.change() as changing:
            if not await case_plan.claim_digest(changing, reader.id, day, self._clock.now()):
                return
            if letter is None:
                await case_plan.end_digest(changing, reader.id, day, "nothing")
                return
        outcome = await self._mailer.send(reader.email, letter.subject, letter.text)
        async with self._panel.change() as changing:
            await case_plan.end_digest(changing, reader.id, day, _BECAME.get(outcome, "failed"))


def start(panel: PanelDatabase, mailer: Mailer, clock: Clock, settings: Settings) -> asyncio.Task[None]:
    """The loop; to be stopped before the database goes."""
    return asyncio.create_task(Daily(panel, mailer, clock, settings).run())


async def stop(running: asyncio.Task[None] | None) -> None:
    """What it was at is undone, or was claimed."""
    if running is not None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
