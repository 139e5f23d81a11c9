"""The loop that sends letters when they are due. Several processes may run it: a letter is one's that took it.

What is due stands in the rows themselves (``notice.next_attempt_at``): there is no queue beside them that could know
otherwise.
"""

import asyncio
from typing import Final

from admin.database import DatabaseAway, PanelDatabase
from admin.office.notices.sending import Sender
from fiscal_server.clock import Clock
from fiscal_server.log import get_logger
from fiscal_server.settings import Settings

LOOKS_EVERY_S: Final = 30.0

log = get_logger("admin")


class NoticeWork:
    """Of one process. Without a mail server nothing is sent by itself."""

    def __init__(self, panel: PanelDatabase, settings: Settings, clock: Clock) -> None:
        self.sender = Sender(panel, settings, clock)
        self._settings = settings
        self._clock = clock
        self._looping: asyncio.Task[None] | None = None
        self._by_hand: set[asyncio.Task[bool]] = set()
        self._turn = asyncio.Lock()
        self._is_closed = False

    @property
    def may_send(self) -> bool:
        """Whether a mail server is set."""
        return self._settings.mail_url is not None

    def start(self) -> None:
        """Looks from now on, twice a minute."""
        if self.may_send:
            self._looping = asyncio.create_task(self._loop())

    async def look(self) -> None:
        """Send everything that is due. Raises DatabaseAway."""
        async with self._turn:
            await self.sender.settle_silent()
            while not self._is_closed and await self.sender.send_next():
                pass

    def send_now(self, notice_id: int, person: str, seen: int) -> None:
        """By hand, behind the page's back: a mail server may take its time. ``seen``: letters that the page showed."""
        task = asyncio.create_task(self._send_now(notice_id, person, seen))
        self._by_hand.add(task)
        task.add_done_callback(self._by_hand.discard)

    async def idle(self) -> None:
        """Until letters sent by hand are on their way."""
        while self._by_hand:
            await asyncio.wait(self._by_hand)

    async def close(self) -> None:
        """The letter that is under way is finished; no other is begun."""
        self._is_closed = True
        async with self._turn:
            if self._looping is not None:
                self._looping.cancel()
        await asyncio.gather(*(one for one in (self._looping,) if one), *self._by_hand, return_exceptions=True)

    async def _send_now(self, notice_id: int, person: str, seen: int) -> bool:
        try:
            return await self.sender.send_now(notice_id, person, seen)
        except DatabaseAway:
            return False  # it is known later that nobody knows
        except Exception:
            log.exception("notice_not_sent", notice=notice_id)
            return False

    async def _loop(self) -> None:
        while True:
            try:
                await self.look()
            except DatabaseAway:
                log.warning("notices_wait", reason="database")
            except Exception:
                log.exception("notices_failed")
            await self._clock.sleep(LOOKS_EVERY_S)
