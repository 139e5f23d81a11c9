"""What the work of one slot has at hand, whichever state the slot is in."""

import asyncio

import msgspec
import structlog

from fiscal_server.cassette.rotation import rotate, take_back
from fiscal_server.dispatch.keeper import ShiftKeeper
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.session import KktSession
from fiscal_server.operator.exchange import OperatorExchange
from fiscal_server.storage import slots
from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.errors import KktRefused, Refusal

log = structlog.get_logger()


class Bench(msgspec.Struct, frozen=True):
    """One KKT with its books, its shift, its operator; made once a worker."""

    session: KktSession
    operator: OperatorExchange
    resources: FnResources
    shift: ShiftKeeper
    receipts: asyncio.Event  # there may be receipts to make that were not there when it was looked last
    stopped: asyncio.Event  # the worker has been asked to end
    asked: asyncio.Event  # the slot may have become another one, or somebody ordered something: look at the books

    async def give_way(self, reason: str) -> None:
        """Drain this slot; the next one takes over in the same commit. Raises LeaseLost."""
        await self.session.settle()
        successor = await rotate(self.session.rooms.db, self.session.row, reason, self.session.now())
        await self.session.reload()
        log.info("slot_rotated", kkt=self.session.owner.kkt_id, successor=successor, reason=reason)

    async def resume(self) -> None:
        """End a pause: where its cassette lacks a slot, this one is a candidate again. Raises LeaseLost."""
        session = self.session
        async with session.books() as db:
            await slots.pause_slot(db, session.owner, None)
        await take_back(session.rooms.db, session.row, session.now())
        await session.reload()

    async def warm_next(self) -> None:
        """Have a spare of its own open its shift now, that takes over from this slot next. Raises LeaseLost."""
        session = self.session
        async with session.rooms.db.read() as db:
            if await slots.has_successor(db, session.row) or await slots.find_next(db, session.row) is None:
                return
        async with session.rooms.db.write() as db:
            if (warmed := await slots.warm_slot(db, session.row, session.now())) is not None:
                await announce_kkts(db)
                log.info("slot_warmed", kkt=warmed, instead_of=session.owner.kkt_id)


def end_of_service(refusal: KktRefused) -> str:
    """Why an FN makes no more documents, when it refused one for its own sake."""
    trouble = Trouble.EXHAUSTED if refusal.kind is Refusal.EXHAUSTED else Trouble.FAULT
    return tell(trouble, str(refusal))
