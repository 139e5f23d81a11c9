"""Making one document on an FN, and what is known of that FN meanwhile. FN protocol 7, 12, 13.

ready -> begin -> hand over ... -> may_create, guard -> finish -> signed
  |        | refused: nothing is open                    | refused: 06h, the document is dropped
  |        '-------- any other failure: 06h -------------| answer lost: left as it is, only the FN knows
  open document found: 06h
"""

from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

import msgspec

from accounting.receipts.codes import FfdVersion
from kkt_drivers.errors import CodecError, KktError, KktOutcomeUnknown, KktRefused, Refusal
from kkt_drivers.fn import commands
from kkt_drivers.fn.answers import Signed
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.error_codes import UNKNOWN_COMMAND
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.talk import Step, in_turn
from kkt_drivers.kkt import KktStatus, ShiftState

OWN_REFUSAL = 0
"""Code of a KktRefused that no FN gave: the content could not be written in its format."""


class DocumentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The commands of one document with their data; ``frames`` go out with 07h each."""

    begin: Command[None]
    begin_data: bytes = b""
    frames: list[bytes]
    finish: Command[Signed]
    finish_data: bytes = b""


def _anything_goes() -> None:
    """Nobody guards what is created."""


class building:
    """Turns a CodecError of the block into KktRefused BAD_REQUEST: another try would give the same answer."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, CodecError):
            raise KktRefused(Refusal.BAD_REQUEST, OWN_REFUSAL, str(error), self._what) from error


class FnSession:
    """What the driver remembers: number of the FN, FFD version, open shift.

    It belongs to one connection and is asked anew after each reconnect: another FN may stand in the slot by then.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._connection = -1
        self._ffd: FfdVersion | None = None
        self._maybe_open = True  # a document may stand open on the device
        self.fn_number = ""
        self.shift_number: int | None = None
        self.guard: Callable[[], None] = _anything_goes

    async def status(self) -> KktStatus:
        """30h; a new connection or another FN makes what was known of it void."""
        status = await self._exchange.ask(commands.STATUS)
        if self._connection != self._exchange.connection or status.fn_number != self.fn_number:
            self._ffd = self.shift_number = None
            self._connection = self._exchange.connection
        self.fn_number = status.fn_number
        self._maybe_open = status.open_document != 0
        if not status.shift_open:
            self.shift_number = None
        return status

    async def shift(self) -> ShiftState:
        """10h; remembers the number of an open shift."""
        state = await self._exchange.ask(commands.SHIFT)
        self.shift_number = state.number if state.open else None
        return state

    async def ffd(self) -> FfdVersion:
        """Version of the registration, or the latest the FN knows when it has none."""
        await self._known()
        if self._ffd is None:
            try:
                support = await self._exchange.ask(commands.FFD_SUPPORT)
            except KktRefused as error:
                if error.code != UNKNOWN_COMMAND:
                    raise
                # An FN of 1.05 does not know 3Ah (FN protocol 8).
                self._ffd = FfdVersion.FFD_1_05
            else:
                self._ffd = support.current or support.latest
        return self._ffd

    def forget(self) -> None:
        """Whatever is known may be wrong: ask anew."""
        self._connection = -1

    def registered(self, ffd: FfdVersion) -> None:
        """The FN was registered for this version just now."""
        self._ffd = ffd

    async def ready(self) -> None:
        """Know the FN of this connection and have no document open on it."""
        await self._known()
        if self._maybe_open:
            await self.cancel()

    async def _known(self) -> None:
        await self._exchange.open()
        if self._exchange.connection != self._connection:
            await self.status()

    async def cancel(self) -> None:
        """06h; that nothing is open (02h) is fine."""
        try:
            await self._exchange.ask(commands.CANCEL, may_send=self.guard)  # it may be somebody else's document
        except KktRefused as error:
            if error.kind is not Refusal.WRONG_STATE:
                raise
        self._maybe_open = False

    async def make(self, plan: DocumentPlan, may_create: Callable[[], Awaitable[None]] | None = None) -> Signed:
        """One document from begin to finish. On KktOutcomeUnknown nothing more is sent."""
        steps: list[Step] = [(plan.begin, plan.begin_data)]
        steps += [(commands.HAND_OVER, frame) for frame in plan.frames]
        await self._hand_over(steps)
        try:
            if may_create is not None:
                await may_create()
            signed = await self._exchange.ask(plan.finish, plan.finish_data, self.guard)
        except KktOutcomeUnknown:
            raise
        except Exception:
            await self._drop()
            raise
        self._maybe_open = False
        return signed

    async def _hand_over(self, steps: Sequence[Step]) -> None:
        """Begin a document, on an FN where another may stand open, and pass on its data."""
        exchange = self._exchange
        self._maybe_open = True
        try:
            await exchange.follow(in_turn(steps), self.guard)
            return
        except KktRefused as error:
            if exchange.answered:
                await self._drop()
                raise
            # Refused is not lost: saying it again after making room is no blind repeat.
            if error.kind is not Refusal.WRONG_STATE or not (await self.status()).open_document:
                self._maybe_open = False
                raise
        except Exception:
            await self._drop()
            raise
        await self.cancel()
        self._maybe_open = True
        try:
            await exchange.follow(in_turn(steps), self.guard)
        except Exception:
            if exchange.answered:
                await self._drop()
            raise

    async def _drop(self) -> None:
        """Cancel without hiding the error that led here; what fails now is made good before the next document."""
        try:
            await self.cancel()
        except KktError:
            pass  # _maybe_open stays set
