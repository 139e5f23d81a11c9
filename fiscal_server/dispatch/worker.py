"""One worker a KKT: whatever its slot is for now, one thing at a time.

READY slots keep in touch with the operator; the ACTIVE one makes receipts; a DRAINING one empties itself, closes its
shift and its archive. Whenever something goes wrong in the middle, the worker starts again with ``recover``.
"""

import asyncio
from collections.abc import Coroutine

import structlog

from accounting.receipts.codes import DocumentForm
from fiscal_server.cassette.rotation import reason_to_rotate, rotate, stop_slot
from fiscal_server.cassette.shift import must_close
from fiscal_server.dispatch.archive import ArchiveRequests
from fiscal_server.dispatch.journal import BooksDisagree
from fiscal_server.dispatch.recovery import recover
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.retry import DEVICE_DELAYS_S, Patience
from fiscal_server.dispatch.session import KktSession, SlotFault
from fiscal_server.errors import LeaseLost
from fiscal_server.operator.exchange import OperatorExchange
from fiscal_server.storage.kkts import set_slot_state
from fiscal_server.storage.pool import DATABASE_ERRORS
from fiscal_server.storage.queue import ClaimedReceipt
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.errors import KktError, KktOutcomeUnknown, KktRefused, KktUnavailable, Refusal
from kkt_drivers.kkt import FnPhase

log = structlog.get_logger()

_BEFORE_CLOSING = (FnPhase.READY, FnPhase.FISCAL)

RECEIPTS_A_TURN = 50
"""Receipts made before the worker looks up: its row may have changed, somebody may have asked for something."""

IDLE_POLL_S = 1.0
"""A worker without work looks again after this, whatever NOTIFY brought."""

OPERATOR_PATIENCE = 50
"""Unconfirmed documents from which on the operator gets every second turn, even while receipts wait."""


class KktWorker:
    """Runs until its slot is closed, its lease is lost, or ``stop`` was asked for."""

    def __init__(self, session: KktSession) -> None:
        self._session = session
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._operator = OperatorExchange(session, self._wake.set)
        self._requests = ArchiveRequests(session)
        self._resources = FnResources(session)
        self._full_since: int | None = None  # confirmations there were when the FN took no more unsent documents
        self._active = False

    @property
    def _stopping(self) -> bool:
        return self._stopped.is_set()

    def receipts_came(self) -> None:
        """There may be receipts to make."""
        if self._active:
            self._wake.set()

    def wake(self) -> None:
        """The slot may have become another one, or somebody may have asked for something."""
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
            await self._operator.stop()
            await session.kkt.close()
            await _wait(self._stopped, patience.wait_s((session.last_fd, session.acked_fd)))

    async def _one_life(self) -> bool:
        """From recovery until something goes wrong; True when there is nothing more to do."""
        try:
            await recover(self._session)
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
        except (KktError, *DATABASE_ERRORS) as error:
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
        await self._operator.stop()
        await self._session.kkt.close()

    async def _work(self) -> None:
        while not self._stopping:
            self._wake.clear()
            state = self._session.row.state
            self._active = state == "ACTIVE"
            asked = await self._requests.step()
            match state:
                case "ACTIVE":
                    busy = await self._work_actively()
                case "DRAINING":
                    busy = await self._drain()
                case "CLOSED":
                    return
                case _:
                    busy = await self._exchange_with_operator()
            if not busy and not asked:
                await _wait(self._wake, IDLE_POLL_S)
            await self._session.reload()
        await self._session.settle()

    async def _exchange_with_operator(self) -> bool:
        if not self._operator.ready():
            return False
        await self._operator.step()
        await self._session.settle()
        return True

    # --- an active slot -----------------------------------------------------------------------------------------------

    async def _work_actively(self) -> bool:
        """Receipts while there are any, then the operator; False when there is nothing to do."""
        if await self._look_and_rotate():
            return True
        if not await self._keep_shift():
            return True
        if self._is_full():
            return await self._exchange_with_operator()
        for _ in range(RECEIPTS_A_TURN):
            if not self._may_make_more():
                break
            claim = await self._session.next_receipt()
            if claim is None:
                return await self._exchange_with_operator()
            await self._make(claim)
            if self._session.backlog >= OPERATOR_PATIENCE and self._operator.ready():
                await self._operator.step()
        await self._session.settle()
        return True

    def _may_make_more(self) -> bool:
        row = self._session.row
        in_service = row.state == "ACTIVE" and row.shift_opened_at is not None and not self._stopping
        return in_service and not self._resources.must_look() and not self._is_full()

    def _is_full(self) -> bool:
        """Whether the FN takes no more unsent documents: it was so, and the operator has confirmed none since."""
        return self._full_since == self._session.acked_fd and self._session.backlog > 0

    async def _keep_shift(self) -> bool:
        """True when a shift is open and young enough; otherwise one step towards it was made."""
        session = self._session
        if session.row.shift_opened_at is None:
            await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, session.row.cashier))
            self._resources.count_made()
            return False
        if must_close(session.row.shift_opened_at, session.now()):
            await self._close_shift()
            return False
        return True

    async def _close_shift(self) -> None:
        session = self._session
        await session.make(DocumentForm.SHIFT_CLOSING, lambda at: session.kkt.close_shift(at, session.row.cashier))
        self._resources.count_made()

    async def _make(self, claim: ClaimedReceipt) -> None:
        session = self._session
        try:
            await session.make_receipt(claim)
            self._resources.count_made()
        except KktOutcomeUnknown:
            await session.answer_lost(claim.receipt_id)
            raise
        except KktUnavailable:
            await session.not_made(claim.receipt_id)
            raise
        except KktRefused as refusal:
            await self._refused(claim, refusal)
        except ValueError as error:  # the receipt cannot be written as a document at all
            log.error("receipt_unwritable", receipt_id=claim.receipt_id, reason=str(error))
            await session.park(claim.receipt_id, tell(Trouble.UNWRITABLE, str(error)))

    async def _refused(self, claim: ClaimedReceipt, refusal: KktRefused) -> None:
        session = self._session
        log.warning("receipt_refused", receipt_id=claim.receipt_id, kkt=session.owner.kkt_id, reason=str(refusal))
        match refusal.kind:
            case Refusal.BAD_REQUEST:
                await session.park(claim.receipt_id, tell(Trouble.BAD_REQUEST, str(refusal)))
            case Refusal.SHIFT_EXPIRED:
                await session.not_made(claim.receipt_id)
                await self._close_shift()
            case Refusal.EXHAUSTED | Refusal.FAULT:
                await session.not_made(claim.receipt_id)
                await self._rotate(_end_of_service(refusal))
            case Refusal.OFD_BACKLOG:
                await session.not_made(claim.receipt_id)
                if not session.backlog:
                    raise refusal
                self._full_since = session.acked_fd
            case _:
                await session.not_made(claim.receipt_id)
                raise refusal

    # --- resources and rotation ---------------------------------------------------------------------------------------

    async def _look_and_rotate(self) -> bool:
        if self._resources.must_look() and (reason := reason_to_rotate(await self._resources.look())):
            await self._rotate(reason)
            return True
        return False

    async def _rotate(self, reason: str) -> None:
        await self._session.settle()
        successor = await rotate(self._session.rooms.db, self._session.row, reason, self._session.now())
        await self._session.reload()
        log.info("slot_rotated", kkt=self._session.owner.kkt_id, successor=successor, reason=reason)

    async def _drain(self) -> bool:
        """One step towards a closed slot; False while the operator has to be waited for."""
        session = self._session
        if session.row.shift_opened_at is not None:
            await self._close_shift()
            return True
        if session.backlog:
            return await self._exchange_with_operator()
        if session.row.close_archive and (await session.kkt.status()).phase in _BEFORE_CLOSING:
            await session.make(DocumentForm.FN_CLOSING, lambda at: session.kkt.close_fn(at, session.row.cashier))
            return True
        async with session.books() as db:
            await set_slot_state(db, session.row, "DRAINING", "CLOSED", session.now())
        log.info("slot_closed", kkt=session.owner.kkt_id, documents=session.last_fd)
        return True

    async def _give_way(self, refusal: KktRefused) -> bool:
        """The FN refuses what has nothing to do with a receipt: an active slot drains, a broken FN stops its slot."""
        state = self._session.row.state
        if state == "ACTIVE" and refusal.kind in (Refusal.EXHAUSTED, Refusal.FAULT):
            await self._rotate(_end_of_service(refusal))
        elif refusal.kind is Refusal.FAULT:
            return await self._stop_slot(_end_of_service(refusal))
        return False

    async def _stop_slot(self, fault: str) -> bool:
        """Record why the slot stands still."""
        log.error("slot_stopped", kkt=self._session.owner.kkt_id, reason=fault)
        await stop_slot(self._session.rooms.db, self._session.row, fault, self._session.now())
        return True


def _end_of_service(refusal: KktRefused) -> str:
    """Why an FN makes no more documents, when it refused one for its own sake."""
    trouble = Trouble.EXHAUSTED if refusal.kind is Refusal.EXHAUSTED else Trouble.FAULT
    return tell(trouble, str(refusal))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until it happens, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
