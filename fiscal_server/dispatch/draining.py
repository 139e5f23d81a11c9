"""A DRAINING slot: its backlog goes to the operator, its shift is closed, its archive too if the cassette says so."""

import structlog

from accounting.receipts.codes import DocumentForm
from fiscal_server.dispatch.bench import Bench, end_of_service
from fiscal_server.dispatch.session import SlotFault
from fiscal_server.lifecycle import SlotEvent
from fiscal_server.storage.slots import move_slot
from fiscal_server.troubles import Trouble
from kkt_drivers.errors import KktRefused, Refusal
from kkt_drivers.kkt import FnPhase

log = structlog.get_logger()

_BEFORE_CLOSING = (FnPhase.READY, FnPhase.FISCAL)


class DrainingSlot:
    """The work of one slot while it is DRAINING."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._takes_no_more: str | None = None  # its words: an FN at its end may refuse even its last reports

    async def step(self) -> bool:
        """One step towards a closed slot; False while the operator has to be waited for.

        Raises SlotFault when the FN does not even hand its documents over to the operator.
        """
        session = self._bench.session
        if self._takes_no_more is None and await self._made_a_report():
            return True
        if session.backlog:
            return await self._deliver()
        async with session.books() as db:
            await move_slot(db, session.row, SlotEvent.EMPTIED, session.now(), fault=self._takes_no_more)
        session.stir()
        log.info("slot_closed", kkt=session.owner.kkt_id, documents=session.last_fd, reason=self._takes_no_more)
        return True

    async def _made_a_report(self) -> bool:
        """Close the shift at once, the archive when the operator has everything. False: nothing to make (yet)."""
        session, shift = self._bench.session, self._bench.shift
        try:
            if session.row.shift_opened_at is not None:
                await shift.close_soon()
                return not shift.waits()
            if not await shift.keep(wanted=False):
                return True
            closes = not session.backlog and session.row.close_archive
            if closes and (await session.kkt.status()).phase in _BEFORE_CLOSING:
                await shift.report(DocumentForm.FN_CLOSING, lambda at: session.kkt.close_fn(at, session.row.cashier))
                return True
        except KktRefused as refusal:
            if refusal.kind is not Refusal.EXHAUSTED:
                raise
            await session.not_made(None)
            self._takes_no_more = end_of_service(refusal)
            log.warning("fn_takes_no_more_reports", kkt=session.owner.kkt_id, reason=str(refusal))
        return False

    async def _deliver(self) -> bool:
        try:
            return await self._bench.operator.turn()
        except KktRefused as refusal:
            if refusal.kind is not Refusal.EXHAUSTED:
                raise
            await self._bench.session.settle()  # what he has confirmed until now; nobody may ask this FN again
            waiting = self._bench.session.backlog
            raise SlotFault(
                Trouble.EXHAUSTED,
                f"it hands over nothing any more, and the operator lacks {waiting} documents: {refusal}",
            ) from refusal
