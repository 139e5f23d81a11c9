"""One command, one answer, one deadline. FN protocol 1, 2, 13.

    open -> discard input -> write -> read until a whole frame or the deadline
                               |          | lost, garbled: ENQ (05h), the FN sends its previous answer again
                               |          | wire cut, or ENQ did not help: the connection is given up
                    nothing was sent      v
                    KktUnavailable     finishing command: KktOutcomeUnknown, any other: KktUnavailable

A command itself is never repeated. ENQ asks for the FN's *last* answer, so if the FN never got our command it sends the
answer to the one before; an answer equal to that one proves nothing and is not taken. ENQ is not used on a connection
on which nothing was answered yet: what the FN said last is then unknown, perhaps to somebody else.

After a lost answer, a cancelled task or an ENQ the next command gets a new connection. On a serial line, and behind a
port server, that alone does not keep away an answer that comes late: frames have no numbers. So a new connection begins
with two questions whose answers look like no others' (31h: sixteen digits; 33h: sixteen characters and a flag). An FN
answers in the order in which it was asked; what comes before those two belongs to the past, even to a past that asked
one of them. The first connection of a program does so too: the program before it may have been killed.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from kkt_drivers.errors import CodecError, KktError, KktOutcomeUnknown, KktUnavailable
from kkt_drivers.fn import commands
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.error_codes import SUCCESS, refusal
from kkt_drivers.fn.frame import ENQ, Frame, FrameReader, encode
from kkt_drivers.fn.values import FN_NUMBER_SIZE
from kkt_drivers.transport.base import Transport, TransportClosed, TransportTimeout

T = TypeVar("T")

_ENQ = bytes((ENQ,))
_CODE_MASK = 0x7F
_BUILD_SIZE = 17


class Exchange:
    """The only user of one transport. ``connection`` counts the connections made: caches of the driver hang on it.

    ``warned``: the last answer said that a warning flag is set (bit 7 of its code). ``owed`` False: nobody has asked
    this FN anything whose answer might still come.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout_s: float = 5.0,
        enq: bool = True,
        enq_attempts: int = 2,
        owed: bool = True,
    ) -> None:
        self._transport = transport
        self._timeout_s = timeout_s
        self._enq_attempts = enq_attempts if enq else 0
        self._reader = FrameReader()
        self._previous: Frame | None = None
        self._open = False
        self._owed = owed  # an answer to something earlier may still come
        self._monotonic: Callable[[], float] | None = None
        self.connection = 0
        self.warned = False

    @property
    def address(self) -> str:
        """Of the transport."""
        return self._transport.address

    async def open(self) -> None:
        """Connect unless connected. Raises KktUnavailable."""
        if self._open:
            return
        # A connection given up may still be half there; closing first is what makes the next one new.
        await self._transport.close()
        try:
            await self._transport.open()
        except (TransportClosed, TransportTimeout) as error:
            raise KktUnavailable(f"{self.address}: {error}") from error
        self._monotonic = asyncio.get_running_loop().time
        self._reader.reset()
        self._previous = None
        self._open = True
        self.connection += 1
        if self._owed:
            await self._settle()

    async def close(self) -> None:
        """Never raises."""
        self._open = False
        await self._transport.close()

    async def ask(self, command: Command[T], data: bytes = b"") -> T:
        """The decoded answer. Raises KktRefused when the FN says no, else as drawn above."""
        request = encode(command.code, data)
        if not self._open:
            await self.open()
        self._transport.discard_input()
        self._reader.reset()
        try:
            self._transport.write(request)
        except TransportClosed as error:
            self._open = False
            raise KktUnavailable(f"{command.name}: {error}") from error
        # Until a whole answer is here this connection is not to be trusted; a cancelled task leaves it so.
        self._open = False
        self._owed = True
        frame = await self._answer(command)
        self._owed = not self._open
        self._previous = frame
        self.warned = bool(frame.code & ~_CODE_MASK)
        if frame.code & _CODE_MASK != SUCCESS:
            raise refusal(frame.code, frame.data, command.code, command.name)
        try:
            return command.decode(frame.data)
        except CodecError as error:
            raise _lost(command, f"unreadable answer: {error}") from error

    async def _settle(self) -> None:
        """Leave answers to earlier commands behind. Raises KktUnavailable: nothing that counts was sent."""
        self._open = False
        self._transport.discard_input()
        for question in (commands.FN_NUMBER.code, commands.BUILD.code):
            try:
                self._transport.write(encode(question))
                self._previous = await self._find_answer(question)
            except (TransportClosed, TransportTimeout) as error:
                raise KktUnavailable(f"{question:02X}h before anything else: {error}") from error
        self._open, self._owed = True, False

    async def _find_answer(self, question: int) -> Frame:
        """The frame that can only answer this question, with whatever came before it dropped."""
        assert self._monotonic is not None
        deadline = self._monotonic() + self._timeout_s
        while (left := deadline - self._monotonic()) > 0:
            for frame in self._reader.feed(await self._transport.read(left)):
                if _tells_itself_apart(question, frame):
                    return frame
        raise TransportTimeout(f"no answer within {self._timeout_s:g} s")

    async def _answer(self, command: Command[T]) -> Frame:
        """The frame that answers ``command``; leaves the connection open only if it came at the first attempt."""
        attempts = self._enq_attempts if self._previous is not None else 0
        timeout_s = max(self._timeout_s, command.patience_s)
        enquired = False
        while True:
            try:
                frame = await self._read_frame(timeout_s)
                if not (enquired and frame == self._previous):
                    self._open = not enquired
                    return frame
                reason = "the FN repeated its answer to the command before"
            except (TransportTimeout, CodecError) as error:
                reason = str(error) or "no answer"
                if attempts == 0:
                    raise _lost(command, reason) from error
            except TransportClosed as error:
                raise _lost(command, str(error) or "the wire was cut") from error
            if attempts == 0:
                raise _lost(command, reason)
            attempts -= 1
            enquired = True
            self._enquire(command)

    def _enquire(self, command: Command[T]) -> None:
        self._reader.reset()
        self._transport.discard_input()
        try:
            self._transport.write(_ENQ)
        except TransportClosed as error:
            raise _lost(command, str(error)) from error

    async def _read_frame(self, timeout_s: float) -> Frame:
        """The first whole frame. Raises TransportTimeout, TransportClosed, or CodecError when one came broken."""
        reader, broken = self._reader, self._reader.broken
        frames = reader.feed(await self._transport.read(timeout_s))
        if not frames and reader.broken == broken:
            assert self._monotonic is not None
            # Long answers come in pieces. The clock starts at the first one: what has begun must end within the time.
            deadline = self._monotonic() + timeout_s
            while not frames and reader.broken == broken:
                left = deadline - self._monotonic()
                if left <= 0:
                    raise TransportTimeout("the answer was not finished in time")
                frames = reader.feed(await self._transport.read(left))
        if frames:
            return frames[0]
        assert reader.last_error is not None
        raise reader.last_error


def _tells_itself_apart(question: int, frame: Frame) -> bool:
    """It can only be the answer to this question."""
    if frame.code & _CODE_MASK != SUCCESS:
        return False
    if question == commands.FN_NUMBER.code:
        return len(frame.data) == FN_NUMBER_SIZE and frame.data.isdigit()
    return len(frame.data) == _BUILD_SIZE and frame.data.isascii() and frame.data[-1] <= 1


def _lost(command: Command[T], reason: str) -> KktError:
    if command.finishes:
        return KktOutcomeUnknown(f"{command.name}: {reason}")
    return KktUnavailable(f"{command.name}: {reason}")
