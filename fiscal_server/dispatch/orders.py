"""What people order of one KKT, carried out and answered by its worker.

An answer is ``{"done": ...}``, ``{"refused": why}`` when the order makes no sense where the slot stands, or
``{"failed": why}`` when the device would not. An order that was carried out by a process that died before it could
answer is found done by the next one.
"""

from collections import Counter
from typing import Any, Final

import structlog

from fiscal_server.cassette.rotation import pause, take_back
from fiscal_server.dispatch.bench import Bench
from fiscal_server.dispatch.journal import BooksDisagree
from fiscal_server.dispatch.recovery import recover
from fiscal_server.dispatch.registration_orders import RegistrationOrders, order_words
from fiscal_server.dispatch.session import SlotFault
from fiscal_server.dispatch.taking_out import ended, taken_out
from fiscal_server.lifecycle import SlotEvent
from fiscal_server.storage import slots
from fiscal_server.storage.kkts import KktRow
from fiscal_server.storage.requests import READ_ARCHIVE, Order, OrderKind, finish_request, open_orders
from fiscal_server.troubles import Trouble, read, tell
from kkt_drivers.errors import KktError, KktRefused
from kkt_drivers.kkt import FnPhase

log = structlog.get_logger()

Answer = dict[str, Any]

ATTEMPTS: Final = 3
"""After so many failures of the device an order is answered: people wait for it."""

SUCCESSOR_WITHIN_S: Final = 10.0
"""How long a slot that is ordered to give way waits for the next one to open its shift."""

_NEEDS_DEVICE: Final = frozenset(
    {OrderKind.CLOSE_SHIFT, OrderKind.RETURN_TO_SERVICE, OrderKind.READ_REGISTRATION, OrderKind.RE_REGISTER}
)


class Orders:
    """The orders of one KKT, oldest first, one a step."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._failures: Counter[int] = Counter()
        self._registration = RegistrationOrders(bench)

    async def step(self) -> bool:
        """Carry out the next order of a slot at work; False when there is none that can be done now.

        Raises what the driver raises, SlotFault, LeaseLost.
        """
        order = await self._next()
        if order is None:
            return False
        try:
            answer = await self._carry_out(order)
        except KktError as error:
            await self.failed(order, error)
            raise
        return await self._answered(order, answer)

    async def out_of_reach(self, error: KktError) -> None:
        """The device does not answer: carry out what needs no device, and say so of the rest. Raises LeaseLost.

        Taking it out comes before all: an order that only the FN can answer would be in its way for ever.
        """
        order = await self._next(before_all=OrderKind.TAKE_OUT)
        if order is None:
            return
        if order.kind in _NEEDS_DEVICE:
            await self.failed(order, error)
        else:
            await self._answered(order, await self._carry_out(order))

    async def of_faulty(self) -> bool:
        """The next order of a slot that stands still: only a return and its end are possible.

        False when there is none (any more). Raises what the driver raises, LeaseLost.
        """
        order = await self._next()
        if order is None:
            return False
        if order.kind is OrderKind.TAKE_OUT:
            return await self._answered(order, await taken_out(self._bench.session, order))
        if order.kind is not OrderKind.RETURN_TO_SERVICE:
            await self._registration.give_up(order)
            return await self._answered(order, {"refused": "the slot stands still: order its return to service first"})
        try:
            answer = await self._return(order)
        except KktRefused as refusal:  # it answers, and what it says will not change
            answer = {"refused": str(refusal)}
        except KktError as error:
            await self.failed(order, error)
            raise
        return await self._answered(order, answer)

    async def of_closed(self) -> bool:
        """Every order of a slot that has ended: its device is not asked, another FN may stand in its place. True."""
        while (order := await self._next()) is not None:
            await self._answered(order, _of_the_ended(order, self._bench.session.row))
        return True

    async def failed(self, order: Order, error: KktError) -> None:
        """The device would not: the order is tried again, and in the end answered with the device's words."""
        if await self._registration.may_exist(order, error):
            return  # only the FN can answer this one
        self._failures[order.id] += 1
        if self._failures[order.id] >= ATTEMPTS:
            await self._registration.give_up(order)
            await self._answered(order, {"failed": str(error)})

    async def _next(self, before_all: OrderKind | None = None) -> Order | None:
        session = self._bench.session
        if not any(kind != READ_ARCHIVE for kind in session.row.orders):
            return None
        async with session.rooms.db.read() as db:
            orders = await open_orders(db, session.owner.merchant_id, session.owner.kkt_id)
        return next((order for order in orders if order.kind is before_all), orders[0] if orders else None)

    async def _answered(self, order: Order, answer: Answer | None) -> bool:
        if answer is None:
            return False
        session = self._bench.session
        async with session.books() as db:
            await finish_request(db, session.owner.merchant_id, order.id, answer, session.now())
        self._failures.pop(order.id, None)
        log.info("order_answered", kkt=session.owner.kkt_id, order=order.kind, asked_by=order.asked_by, answer=answer)
        await session.reload()
        return True

    async def _carry_out(self, order: Order) -> Answer | None:
        """The answer; None when it must wait a little."""
        if self._bench.session.row.state == "CLOSED":
            return _of_the_ended(order, self._bench.session.row)
        match order.kind:
            case OrderKind.PAUSE:
                return await self._pause(order)
            case OrderKind.RESUME:
                return await self._resume()
            case OrderKind.CLOSE_SHIFT:
                return await self._close_shift()
            case OrderKind.ROTATE:
                return await self._rotate(order)
            case OrderKind.RETURN_TO_SERVICE:
                return {"done": {"state": self._bench.session.row.state}}
            case OrderKind.TAKE_OUT:
                await self._bench.session.settle()
                return await taken_out(self._bench.session, order)
            case OrderKind.READ_REGISTRATION:
                return await self._registration.read()
            case OrderKind.RE_REGISTER:
                return await self._registration.change(order)

    async def _pause(self, order: Order) -> Answer:
        session = self._bench.session
        if session.row.state == "DRAINING":
            return {"refused": "the slot takes no receipts any more: it is being emptied"}
        if session.row.paused_since is None:
            await session.settle()
            await pause(session.rooms.db, session.row, order_words(order), session.now())
        return {"done": {"paused": True}}

    async def _resume(self) -> Answer:
        await self._bench.resume()
        return {"done": {"paused": False}}

    async def _close_shift(self) -> Answer:
        session = self._bench.session
        if session.row.shift_opened_at is not None:
            await self._bench.shift.close()
        return {"done": {"shift_number": session.row.shift_number, "last_fd": session.last_fd}}

    async def _rotate(self, order: Order) -> Answer | None:
        session = self._bench.session
        if session.row.state == "DRAINING":
            return {"done": {"state": session.row.state}}
        if session.row.state != "ACTIVE":
            return {"refused": f"the slot is {session.row.state}: only an active one can give way"}
        async with session.rooms.db.read() as db:
            following = await slots.find_next(db, session.row)
        if following is None:
            return {"refused": "no other slot of the cassette is ready to take over: add one, or return one to service"}
        if not following.shift_open and (session.now() - order.created_at).total_seconds() < SUCCESSOR_WITHIN_S:
            await self._bench.warm_next()
            return None
        await self._bench.give_way(order_words(order))
        return {"done": {"state": session.row.state, "successor": str(following.kkt_id)}}

    async def _return(self, order: Order) -> Answer:
        """FN identity, last FD and shift are compared by recovery; whatever was in hand is settled by it."""
        session = self._bench.session
        accepts_totals = read(session.row.fault or "")[0] is Trouble.TOTALS_DIFFER
        try:
            await recover(session)
        except SlotFault as fault:
            return {"refused": tell(fault.trouble, str(fault))}
        except BooksDisagree as fault:
            return {"refused": tell(Trouble.BOOKS_DIFFER, str(fault))}
        await self._bench.resources.look()
        at_its_end = self._bench.resources.at_its_end()
        if (await session.kkt.status()).phase is not FnPhase.FISCAL:
            at_its_end = at_its_end or tell(Trouble.EXHAUSTED, "the FN's archive is closed")
        async with session.books() as db:
            if accepts_totals:
                await slots.note_checked(db, session.owner, session.row.shift_number)
            event = SlotEvent.RETURNED_AT_ITS_END if at_its_end else SlotEvent.RETURNED
            await slots.note_reach(db, session.owner, None)
            await slots.move_slot(db, session.row, event, session.now())
        await take_back(session.rooms.db, session.row, session.now())
        await session.reload()
        log.warning("slot_returned", kkt=session.owner.kkt_id, asked_by=order.asked_by, reason=order.reason)
        return {"done": {"state": session.row.state, **({"at_its_end": at_its_end} if at_its_end else {})}}


def _of_the_ended(order: Order, row: KktRow) -> Answer:
    if order.kind is OrderKind.TAKE_OUT:
        return {"done": ended(row)}
    if order.kind is OrderKind.ROTATE:
        return {"done": {"state": "CLOSED"}}
    return {"refused": "the slot is CLOSED: it has ended"}
