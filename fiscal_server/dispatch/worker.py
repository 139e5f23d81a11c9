"""One worker a KKT: whatever its slot is for now, one thing at a time.

READY slots keep in touch with the operator and open their shift when they are needed soon; the ACTIVE one makes
receipts; a DRAINING one empties itself, closes its shift and its archive; a FAULTY one waits for a person's order.
Whenever something goes wrong in the middle, the worker starts again with ``recover``.
"""

import asyncio
from collections.abc import Coroutine

import structlog

from fiscal_server.cassette.rotation import stand_aside, stop_slot, take_back
from fiscal_server.dispatch.active import ActiveSlot
from fiscal_server.dispatch.archive import ArchiveRequests
from fiscal_server.dispatch.bench import Bench, end_of_service
from fiscal_server.dispatch.draining import DrainingSlot
from fiscal_server.dispatch.journal import BooksDisagree
from fiscal_server.dispatch.keeper import ShiftKeeper
from fiscal_server.dispatch.orders import Orders
from fiscal_server.dispatch.recovery import recover
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.retry import DEVICE_DELAYS_S, Failing, Patience, Rest, wait_for
from fiscal_server.dispatch.session import KktSession, SlotFault
from fiscal_server.errors import LeaseLost
from fiscal_server.operator.exchange import OperatorExchange
from fiscal_server.storage.pool import DATABASE_ERRORS
from fiscal_server.storage.queue import mark_intended_uncertain
from fiscal_server.storage.slots import cassette_works, note_reach
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.errors import KktError, KktRefused, Refusal

log = structlog.get_logger()

IDLE_POLL_S = 1.0
"""A worker without work looks again after this, whatever NOTIFY brought."""


class KktWorker:
    """Runs until its slot is closed, its lease is lost, or ``stop`` was asked for."""

    def __init__(self, session: KktSession) -> None:
        self._session = session
        self._wake = asyncio.Event()
        self._receipts = asyncio.Event()
        self._stopped = asyncio.Event()
        self._asked = asyncio.Event()
        resources = FnResources(session)
        self._bench = Bench(
            session,
            OperatorExchange(session, self._wake.set),
            resources,
            ShiftKeeper(session, resources),
            self._receipts,
            self._stopped,
            self._asked,
        )
        self._requests = ArchiveRequests(session)
        self._orders = Orders(self._bench)
        self._slot = ActiveSlot(self._bench)
        self._draining = DrainingSlot(self._bench)
        self._active = False
        self._in_reach = False  # the device has answered all that recovery asked in this life
        self._away_since: float | None = None  # monotonic
        self._failing = Failing()
        self._rest_of_device = Rest()
        self._clock_refusals = (0, 0)  # last FD number, and how often the FN has refused our time since

    @property
    def _stopping(self) -> bool:
        return self._stopped.is_set()

    def receipts_came(self) -> None:
        """There may be receipts to make."""
        self._receipts.set()
        if self._active:
            self._wake.set()

    def wake(self) -> None:
        """The slot may have become another one, or somebody may have asked for something."""
        self._asked.set()
        self._receipts.set()
        self._session.stir()
        self._wake.set()

    def stop(self) -> None:
        """Finish the document in hand and end."""
        self._stopped.set()
        self._wake.set()

    async def run(self) -> None:
        """The worker's life."""
        session = self._session
        patience = Patience(DEVICE_DELAYS_S)
        while not self._stopping and not await self._one_life():
            self._active = False
            await self._bench.operator.stop()
            await session.kkt.close()
            await wait_for(self._stopped, patience.wait_s((session.last_fd, session.acked_fd)))

    async def _one_life(self) -> bool:
        """From recovery until something goes wrong; True when there is nothing more to do."""
        self._in_reach = False
        try:
            await self._session.reload()
            if self._session.row.state == "FAULTY":
                return await self._wait_for_return()
            if self._session.row.state == "CLOSED":
                return await self._orders.of_closed()
            await recover(self._session)
            await self._came_into_reach()
            if self._failing.again:
                self._slot.leave_to_others()
            await self._work()
        except LeaseLost as error:
            log.warning("lease_lost", kkt=self._session.owner.kkt_id, reason=str(error))
        except SlotFault as fault:
            return await self._in_the_books(self._stop_slot(tell(fault.trouble, str(fault))))
        except BooksDisagree as fault:
            return await self._in_the_books(self._stop_slot(tell(Trouble.BOOKS_DIFFER, str(fault))))
        except KktRefused as refusal:
            self._log_restart(refusal)
            return await self._in_the_books(self._give_way(refusal))
        except KktError as error:
            self._log_restart(error)
            return await self._in_the_books(self._failed(error))
        except DATABASE_ERRORS as error:
            self._log_restart(error)
            return False
        except Exception:  # a mistake of ours: it must be seen, and it must not take the KKT out of service for good
            log.exception("worker_failed", kkt=self._session.owner.kkt_id)
            return False
        return True

    async def _in_the_books(self, ended: Coroutine[None, None, bool]) -> bool:
        """What ``ended`` says; False when the books cannot be reached just now, True when they are no longer ours."""
        try:
            return await ended
        except LeaseLost:
            return True
        except DATABASE_ERRORS as error:
            self._log_restart(error)
            return False

    def _log_restart(self, error: Exception) -> None:
        log.warning("worker_starts_again", kkt=self._session.owner.kkt_id, reason=f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Let go of the device."""
        await self._bench.operator.stop()
        await self._session.kkt.close()

    async def _work(self) -> None:
        while not self._stopping:
            if self._asked.is_set():
                self._asked.clear()
                await self._session.reload()
            self._wake.clear()
            self._active = self._session.row.state == "ACTIVE"
            asked = await self._orders.step() or await self._requests.step()
            match self._session.row.state:
                case "ACTIVE":
                    busy = await self._slot.step()
                case "DRAINING":
                    busy = await self._draining.step()
                case "CLOSED":
                    return
                case _:
                    busy = await self._stand_by()
            if asked:
                self._session.stir()
            if not busy and not asked:
                await self._rest()
            self._failing.end_if_other(self._session.last_fd)
            await self._session.refresh()
            if self._session.row.unreachable_since is not None:
                await self._came_into_reach()
        await self._session.settle()

    async def _rest(self) -> None:
        """Until something happens, or it is time to look again: a timer costs less than a time-out."""
        if not self._slot.leaves_to_others():
            self._failing.end()
        alarm = asyncio.get_running_loop().call_later(IDLE_POLL_S, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()

    async def _stand_by(self) -> bool:
        """A READY slot: its shift is open when it is needed soon, and closed in time whoever opened it."""
        row, shift = self._session.row, self._bench.shift
        if not await shift.keep(wanted=row.warm_since is not None and row.paused_since is None) and not shift.waits():
            return True
        return await self._bench.operator.turn()

    async def _wait_for_return(self) -> bool:
        """A FAULTY slot is in our hands because a person ordered something; True when nothing more is asked of it."""
        while await self._orders.of_faulty():
            if self._session.row.state != "FAULTY":
                return False
        return True

    # --- a device out of reach ----------------------------------------------------------------------------------------

    async def _came_into_reach(self) -> None:
        """The device was read and agrees with the books: what was in hand is settled, the slot may be needed.

        One that failed at everything else until now has yet to make a document, or to be asked for nothing for a while.
        """
        self._in_reach, self._away_since = True, None
        session = self._session
        if session.row.unreachable_since is None or self._failing or not await self._has_rested():
            return
        self._rest_of_device.end()
        async with session.books() as db:
            await note_reach(db, session.owner, None)
        await take_back(session.rooms.db, session.row, session.now())
        await session.reload()
        log.info("device_in_reach", kkt=session.owner.kkt_id, state=session.row.state)

    async def _has_rested(self) -> bool:
        """Whether the slot may be needed; one that is at work does not rest, and any rest is short where none works."""
        session, now = self._session, self._session.rooms.clock.monotonic()
        if session.row.state == "ACTIVE" or self._rest_of_device.is_over(now):
            return True
        if not self._rest_of_device.is_over(now, missed=True):
            return False
        async with session.rooms.db.read() as db:
            return not await cassette_works(db, session.row)

    async def _failed(self, error: KktError) -> bool:
        """A device that answers questions and makes no document is of no more use than one that is silent."""
        if not self._in_reach:
            return await self._out_of_reach(error)
        session, now = self._session, self._session.rooms.clock.monotonic()
        seconds = self._failing.begin_or_go_on(now, session.last_fd)
        if seconds is not None:
            await self._stand_aside_after(seconds, error)
        return False

    async def _stand_aside_after(self, seconds: float, error: KktError) -> None:
        session = self._session
        if session.row.state == "ACTIVE" and seconds >= session.row.rules.unreachable_s:
            reason = tell(Trouble.UNREACHABLE, str(error))
            if await stand_aside(session.rooms.db, session.row, reason, session.now()):
                if self._in_reach:  # one that was out of reach is of use as soon as it answers
                    now = session.rooms.clock.monotonic()
                    self._rest_of_device.begin(now, session.row.rules.unreachable_s, session.last_fd)
                log.warning("slot_stands_aside", kkt=session.owner.kkt_id, reason=str(error))
                return
            async with session.books() as db:  # nobody can take over: people must hear of it all the same
                await note_reach(db, session.owner, session.now())

    async def _out_of_reach(self, error: KktError) -> bool:
        """Keep since when; an active slot stands aside once another one can take over and patience is at its end."""
        session = self._session
        now = session.rooms.clock.monotonic()
        if self._away_since is None:
            async with session.books() as db:
                await note_reach(db, session.owner, session.now())
                # Whether the receipt in its hands was made nobody can ask now: a person may settle it.
                await mark_intended_uncertain(db, session.owner, session.now())
            self._away_since = now
        else:
            await self._stand_aside_after(now - self._away_since, error)
        await session.reload()
        await self._orders.out_of_reach(error)
        return False

    async def _give_way(self, refusal: KktRefused) -> bool:
        """The FN refuses what has nothing to do with a receipt: an active slot drains, so does a spare that is full,
        any other stops."""
        if refusal.kind is Refusal.CLOCK:
            return await self._refused_time(refusal)
        if refusal.kind not in (Refusal.EXHAUSTED, Refusal.FAULT):
            return False
        state = self._session.row.state
        if state == "ACTIVE" or (state == "READY" and refusal.kind is Refusal.EXHAUSTED):
            await self._bench.give_way(end_of_service(refusal))
            return False
        await self._session.settle()
        return await self._stop_slot(end_of_service(refusal))

    async def _refused_time(self, refusal: KktRefused) -> bool:
        """A clock that was set may be set right again; one that stays wrong is a person's business."""
        session = self._session
        last_fd, times = self._clock_refusals
        self._clock_refusals = (session.last_fd, times + 1 if last_fd == session.last_fd else 1)
        if self._clock_refusals[1] < session.row.rules.refusals:
            return False
        return await self._stop_slot(tell(Trouble.WRONG_DATE, f"the FN takes no document at our time: {refusal}"))

    async def _stop_slot(self, fault: str) -> bool:
        """Record why the slot stands still."""
        log.error("slot_stopped", kkt=self._session.owner.kkt_id, reason=fault)
        await stop_slot(self._session.rooms.db, self._session.row, fault, self._session.now())
        return True
