"""Documents on their way to the operator (ОФД), for an FN that the server drives itself.

One document at a time, in the order of their numbers (OFD protocol 4). The FN is busy only while the message is read
and while the confirmation is handed over; the network part runs beside it, so receipts are made in between.
"""

import asyncio
from collections.abc import Callable, Iterator

import structlog

from accounting.receipts.codes import FfdVersion
from fiscal_server.clock import Clock
from fiscal_server.dispatch.retry import OPERATOR_DELAYS_S, delays
from fiscal_server.dispatch.session import KktSession
from fiscal_server.storage import kkts
from kkt_drivers.errors import CodecError, KktRefused, Refusal
from kkt_drivers.ofd.client import OfdError, OfdLink
from kkt_drivers.ofd.confirmation import ACCEPTED, confirmation_code

log = structlog.get_logger()


ANSWER_WITHIN_S = 30.0
"""How long the operator may think about one document."""


class OperatorExchange:
    """The exchange of one FN; ``step`` does what can be done now."""

    def __init__(self, session: KktSession, wake: Callable[[], None]) -> None:
        self._session = session
        self._wake = wake  # called when the network part has ended
        self._clock: Clock = session.rooms.clock
        self._link = OfdLink(session.rooms.ofd_keep_open_s)
        self._delivery: asyncio.Task[bytes] | None = None
        self._not_before = 0.0
        self._delays: Iterator[float] = delays(OPERATOR_DELAYS_S)

    def ready(self) -> bool:
        """Whether ``step`` would do something now."""
        if self._delivery is not None:
            return self._delivery.done()
        return self._session.backlog > 0 and self._clock.monotonic() >= self._not_before

    async def turn(self) -> bool:
        """Whatever can be done now, with its result soon in the books; False when there was nothing to do.

        Raises what the driver raises.
        """
        busy = self.ready()
        if busy:
            await self.step()
        await self._session.settle_in_time()
        return busy

    async def step(self) -> None:
        """Hand over the answer that came, if one was awaited, and send the next message off: the way is free.

        So who takes a step after each receipt passes on as many documents as he makes. Raises what the driver raises.
        """
        if not self.ready():
            return
        if self._delivery is not None:
            delivery, self._delivery = self._delivery, None
            await self._hand_over(delivery)
        if self.ready():
            await self._send_next()

    async def stop(self) -> None:
        """Forget what is on its way: the operator confirms the same document again next time."""
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)
            self._delivery = None
        self._link.close()

    async def _send_next(self) -> None:
        try:
            message = await self._session.kkt.read_ofd_message()
        except KktRefused as refusal:
            if refusal.kind is not Refusal.NO_DATA:
                raise
            self._wait_longer()
            return
        row = self._session.row
        self._delivery = asyncio.create_task(
            self._link.deliver(row.ofd_address, message, FfdVersion(row.ffd), row.fn_number, ANSWER_WITHIN_S)
        )
        self._delivery.add_done_callback(lambda _: self._wake())

    async def _hand_over(self, delivery: asyncio.Task[bytes]) -> None:
        fd_number = self._session.acked_fd + 1
        try:
            answer = delivery.result()
        except (OfdError, ValueError) as error:  # ValueError: the address in the books is none
            log.warning("ofd_unreachable", fn=self._session.row.fn_number, fd_number=fd_number, error=str(error))
            self._wait_longer()
            return
        refused_with = code_of(answer)
        if refused_with:
            await self._note(fd_number, refused_with)
        try:
            code = await self._session.kkt.accept_ofd_answer(answer, stay_connected=self._goes_on())
        except KktRefused as refusal:
            if refusal.kind is not Refusal.OFD_ANSWER:
                raise
            if refused_with:
                await self._note(fd_number, None)
            log.warning("ofd_answer_refused", fn=self._session.row.fn_number, fd_number=fd_number, error=str(refusal))
            self._wait_longer()
            return
        self._session.confirm(fd_number, code)
        if code:
            log.error("ofd_rejected_document", fn=self._session.row.fn_number, fd_number=fd_number, code=code)
        self._delays = delays(OPERATOR_DELAYS_S)

    def _goes_on(self) -> bool:
        """Whether the FN need not hear of an end: the connection stays, or the next document makes another at once."""
        return self._link.stays_open or self._session.backlog > 1

    async def _note(self, fd_number: int, code: int | None) -> None:
        """Keep the operator's no before the FN hears of it, or drop it: the FN forgets the code as soon as it told us.

        Were the FN's answer lost, nobody could tell a document that the operator has from one that he refused.
        """
        await self._session.settle()
        async with self._session.books() as db:
            if code is None:
                await kkts.forget_refusal(db, self._session.row, fd_number)
            else:
                await kkts.note_refusal(db, self._session.row, fd_number, code, self._session.now())

    def _wait_longer(self) -> None:
        self._not_before = self._clock.monotonic() + next(self._delays)


def code_of(answer: bytes) -> int:
    """The operator's code (tag 1022) in a container that the FN has yet to judge; ACCEPTED when it cannot be read."""
    try:
        return confirmation_code(answer)
    except CodecError:
        return ACCEPTED
