"""The orders that are about a KKT's registration: say what is registered, and register something else (form 11).

The report is made once. The FD number that it will have is kept with the order before the FN is asked for it; a process
that takes the order up again, after a lost answer or instead of one that died, first reads the document of this number
from the FN, and makes one only if there is none.

While it happens the slot is paused: another one of the cassette makes the receipts, or they wait. The shift is closed
first, because a re-registration needs it closed (FN protocol 6). With a change of operator the old one gets everything
before: that the FN demands this is in no source, but what stands unsent would go to an operator whom it does not name.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
import structlog

from accounting.receipts.codes import DocumentForm
from fiscal_server.cassette.registration_change import bits_of, changed, changes_operator, judge
from fiscal_server.cassette.rotation import pause
from fiscal_server.dispatch.bench import Bench
from fiscal_server.storage.kkts import change_operator
from fiscal_server.storage.registration_changes import RegistrationChange
from fiscal_server.storage.requests import Order, OrderKind, note_order_progress, open_orders
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.errors import KktError, KktOutcomeUnknown, KktRefused, Refusal
from kkt_drivers.kkt import ArchivedDocument, Registered

log = structlog.get_logger()

Answer = dict[str, Any]

TRIES: Final = 3
"""So often the report is begun before the order is answered with the device's failure."""

OPERATOR_WITHIN_S: Final = 600.0
"""How long receipts may wait for the old operator to take what is unsent."""


class Progress(msgspec.Struct, frozen=True):
    """How far a change has come."""

    since: datetime  # receipts go elsewhere or wait
    pauses: bool  # the pause is this order's own: it ends with it
    fd_number: int | None = None  # of the report that may exist
    tries: int = 0


class RegistrationOrders:
    """Registration orders of one KKT."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def read(self) -> Answer:
        """The registration in force. Raises what the driver raises."""
        registered = await self._bench.session.kkt.registered()
        return {"done": {"registered": msgspec.to_builtins(registered)}}

    async def change(self, order: Order) -> Answer | None:
        """One step of a change of registration data; None: it must wait a little. Raises what the driver raises."""
        session, change = self._bench.session, msgspec.convert(order.details, RegistrationChange)
        progress = None if order.progress is None else msgspec.convert(order.progress, Progress)
        if progress is not None and progress.fd_number is not None:
            if (found := await self._found(progress.fd_number)) is not None:
                return await self._in_force(change, progress, found)
            progress = msgspec.structs.replace(progress, fd_number=None)
            await self._note(order, progress)
        if session.row.state not in ("ACTIVE", "READY"):
            return {"refused": f"the slot is {session.row.state}: only one in service is registered anew"}
        registered = await session.kkt.registered()
        refusal = _refusal(registered, change)
        if refusal is None and progress is not None:
            refusal = self._gives_up(registered, change, progress)
        if refusal is not None:
            await self._end(progress)
            return {"refused": refusal}
        if progress is None:
            progress = await self._set_aside(order)
        if not await self._is_at_rest(registered, change):
            return None
        if progress.tries >= TRIES:
            await self._end(progress)
            return {"failed": f"the device has begun the report {progress.tries} times and made none"}
        return await self._make(order, registered, change, progress)

    async def may_exist(self, order: Order, error: KktError) -> bool:
        """Whether the report may have been made although the device failed: then the order waits for the FN's word."""
        if order.kind is not OrderKind.RE_REGISTER:
            return False
        progress = await self._progress(order)
        return isinstance(error, KktOutcomeUnknown) or (progress is not None and progress.fd_number is not None)

    async def give_up(self, order: Order) -> None:
        """The order ends without its report: a pause of its own ends too. Raises LeaseLost."""
        if order.kind is OrderKind.RE_REGISTER:
            await self._end(await self._progress(order))

    async def _progress(self, order: Order) -> Progress | None:
        session = self._bench.session
        async with session.rooms.db.read() as db:
            orders = await open_orders(db, session.owner.merchant_id, session.owner.kkt_id)
        noted = next((one.progress for one in orders if one.id == order.id), None)
        return None if noted is None else msgspec.convert(noted, Progress)

    async def _note(self, order: Order, progress: Progress) -> None:
        session = self._bench.session
        async with session.books() as db:
            await note_order_progress(db, session.owner.merchant_id, order.id, msgspec.to_builtins(progress))

    def _gives_up(self, registered: Registered, change: RegistrationChange, progress: Progress) -> str | None:
        """Why the old operator is waited for no longer; None while he may be."""
        session = self._bench.session
        if not (changes_operator(registered.parameters, change) and session.backlog):
            return None
        if (session.now() - progress.since).total_seconds() < OPERATOR_WITHIN_S:
            return None
        return f"the operator of until now lacks {session.backlog} document(s): another one cannot take over yet"

    async def _set_aside(self, order: Order) -> Progress:
        """Let another slot take the receipts, or have them wait."""
        session = self._bench.session
        progress = Progress(since=session.now(), pauses=session.row.paused_since is None)
        await session.settle()
        await self._note(order, progress)
        if progress.pauses:
            await pause(session.rooms.db, session.row, order_words(order), session.now())
            await session.reload()
        return progress

    async def _is_at_rest(self, registered: Registered, change: RegistrationChange) -> bool:
        """Shift closed and its totals agreed; with another operator to come, everything delivered. One step there."""
        session, shift = self._bench.session, self._bench.shift
        if session.row.shift_opened_at is not None:
            await shift.close_soon()
            return False
        if not await shift.keep(wanted=False):
            return False
        return not (session.backlog and changes_operator(registered.parameters, change))

    async def _make(
        self, order: Order, registered: Registered, change: RegistrationChange, progress: Progress
    ) -> Answer:
        session, fd_number = self._bench.session, self._bench.session.last_fd + 1
        progress = msgspec.structs.replace(progress, fd_number=fd_number, tries=progress.tries + 1)
        await session.settle()
        await self._note(order, progress)
        wanted, reasons = changed(registered.parameters, change), bits_of(change.reasons)
        try:
            await session.make(DocumentForm.RE_REGISTRATION, lambda at: session.kkt.re_register(wanted, at, reasons))
        except KktRefused as refusal:  # it made nothing, and would say the same again
            await session.not_made(None)
            await self._end(progress)
            return {"refused": str(refusal)}
        self._bench.resources.count_made()
        found = await self._found(fd_number)
        assert found is not None, "the FN has just given this number"
        return await self._in_force(change, progress, found)

    async def _found(self, fd_number: int) -> ArchivedDocument | None:
        """The report as the FN has it; None when it has none of this number."""
        try:
            found = await self._bench.session.kkt.read_document(fd_number)
        except KktRefused as refusal:
            if refusal.kind is Refusal.NO_DATA:
                return None
            raise
        return found if found.form is DocumentForm.RE_REGISTRATION else None

    async def _in_force(self, change: RegistrationChange, progress: Progress, found: ArchivedDocument) -> Answer:
        """The FN has the report: documents go to the operator whom it names."""
        session = self._bench.session
        if session.row.ofd_address != change.ofd_address:
            await self._bench.operator.stop()
            async with session.books() as db:
                await change_operator(db, session.owner.merchant_id, session.owner.kkt_id, change.ofd_address)
            await session.reload()
        await self._end(progress)
        log.warning("kkt_registered_anew", kkt=session.owner.kkt_id, fd_number=found.fd_number)
        made = {
            "fn_number": session.row.fn_number,
            "fd_number": found.fd_number,
            "fiscal_sign": found.fiscal_sign,
            "issued_at": found.issued_at.isoformat(),
        }
        return {"done": {"re_registered": made}}

    async def _end(self, progress: Progress | None) -> None:
        if progress is not None and progress.pauses and self._bench.session.row.paused_since is not None:
            await self._bench.resume()


def _refusal(registered: Registered, change: RegistrationChange) -> str | None:
    """Why such a report is not made of this registration; None when it may be."""
    if registered.other_modes:
        return "it is registered with working modes that this server does not keep: another report would lose them"
    if registered.reports_left == 0:
        return "the FN takes no more registration reports: only another FN can be registered with other data"
    judged = judge(registered, change)
    return None if judged.fits else str(judged)


def order_words(order: Order) -> str:
    """Why something happened to a slot: who ordered it, and his reason."""
    return tell(Trouble.ORDERED, f"{order.asked_by}: {order.reason}" if order.asked_by else order.reason)
