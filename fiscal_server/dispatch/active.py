"""An ACTIVE slot: receipts while there are any, the operator in the gaps, and giving way in time."""

import structlog

from fiscal_server.dispatch.bench import Bench, end_of_service
from fiscal_server.dispatch.session import SlotFault
from fiscal_server.storage.queue import ClaimedReceipt
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.errors import KktOutcomeUnknown, KktRefused, KktUnavailable, Refusal

log = structlog.get_logger()

LOOK_AGAIN_S = 0.25
"""Where no receipt waited, none is looked for between two steps of the operator's exchange, unless it is announced."""

LEFT_TO_OTHERS_S = 2.0
"""So long a slot that fails again and again takes no receipt: others of its cassette have looked for one by then."""

RECEIPTS_A_TURN = 50
"""Receipts made before the worker looks up: its row may have changed; who asks for something calls sooner."""


class ActiveSlot:
    """The work of one slot while it is ACTIVE."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._session = bench.session
        self._full_since: int | None = None  # confirmations there were when the FN took no more unsent documents
        self._empty_until = 0.0  # monotonic: no receipt waited when it was looked last
        self._left_until = 0.0  # monotonic: receipts are left to other slots
        self._parked_in_vain = False  # a receipt was parked for a refusal that may be the FN's own, and none made since

    async def step(self) -> bool:
        """Receipts while there are any, then the operator; False when there is nothing to do."""
        bench = self._bench
        if reason := await bench.resources.reason_to_rotate():
            await bench.give_way(reason)
            return True
        if bench.resources.end_is_near():
            await bench.warm_next()
        kept = await bench.shift.keep(wanted=True)
        if self._is_full():
            return await bench.operator.turn()
        if not kept:
            return True
        for _ in range(RECEIPTS_A_TURN):
            if not self._may_make_more():
                break
            claim = await self._next_receipt()
            if claim is None:
                await bench.operator.turn()
                return bench.operator.ready()  # his answer wakes the worker: till then there is nothing to look for
            await self._make(claim)
            if bench.operator.ready() and self._operator_has_waited():
                await bench.operator.step()
        await self._session.settle()
        return True

    def leave_to_others(self) -> None:
        """Take no receipt for a moment. Nobody may be there to take over from a device that makes nothing, but another
        one may be at work beside it: the receipt given back is not to come to the same device for ever."""
        self._left_until = self._session.rooms.clock.monotonic() + LEFT_TO_OTHERS_S

    def leaves_to_others(self) -> bool:
        """Whether it does so now."""
        return self._session.rooms.clock.monotonic() < self._left_until

    async def _next_receipt(self) -> ClaimedReceipt | None:
        """A receipt to make; None when there is none, or was none a moment ago and nobody has announced one since."""
        came, now = self._bench.receipts, self._session.rooms.clock.monotonic()
        if now < self._left_until or (now < self._empty_until and not came.is_set()):
            return None
        came.clear()
        claim = await self._session.next_receipt()
        self._empty_until = 0.0 if claim is not None else now + LOOK_AGAIN_S
        return claim

    def _may_make_more(self) -> bool:
        row = self._session.row
        called = self._bench.stopped.is_set() or self._bench.asked.is_set()
        in_service = row.state == "ACTIVE" and row.shift_opened_at is not None and not called
        return in_service and not self._bench.resources.must_look() and not self._is_full()

    def _is_full(self) -> bool:
        """Whether the FN takes no more unsent documents: it was so, and the operator has confirmed none since."""
        refused = self._full_since == self._session.acked_fd and self._session.backlog > 0
        return refused or self._bench.shift.waits()

    def _operator_has_waited(self) -> bool:
        """Whether his traffic goes between two receipts now, and not only when none waits."""
        session = self._session
        if session.backlog >= session.row.rules.operator_documents:
            return True
        since = session.row.unconfirmed_since
        return since is not None and (session.now() - since).total_seconds() >= session.row.rules.operator_age_s

    async def _make(self, claim: ClaimedReceipt) -> None:
        session = self._session
        try:
            await session.make_receipt(claim)
            self._bench.resources.count_made()
            self._parked_in_vain = False
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
                await session.refused(claim.receipt_id, tell(Trouble.BAD_REQUEST, str(refusal)))
            case Refusal.SHIFT_EXPIRED:
                await session.not_made(claim.receipt_id)
                await self._bench.shift.close_soon()
            case Refusal.EXHAUSTED:
                await session.not_made(claim.receipt_id)
                await self._bench.give_way(end_of_service(refusal))
            case Refusal.FAULT:
                # Counted, or one receipt that FNs stumble over would end a whole cassette, one FN after the other.
                words = end_of_service(refusal)
                if not await session.refused(claim.receipt_id, words):
                    await self._bench.give_way(words)
            case Refusal.OFD_BACKLOG:
                await session.not_made(claim.receipt_id)
                if not session.backlog:
                    raise refusal
                self._full_since = session.acked_fd
            case Refusal.CLOCK:  # no receipt's fault: recovery looks at the clocks
                await session.not_made(claim.receipt_id)
                raise refusal
            case _:
                await self._refused_by_its_state(claim, refusal)

    async def _refused_by_its_state(self, claim: ClaimedReceipt, refusal: KktRefused) -> None:
        """The FN is not where we believed, or so it says: begin anew. The receipt may still be the cause, so in the end
        it is parked; when the next one fares no better, it is the FN."""
        session = self._session
        words = tell(Trouble.REFUSES, str(refusal))
        if await session.refused(claim.receipt_id, words, park=not self._parked_in_vain):
            self._parked_in_vain = True
        elif self._parked_in_vain:
            raise SlotFault(Trouble.REFUSES, f"it refuses one receipt after the other: {refusal}")
        raise refusal
