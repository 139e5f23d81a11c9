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
from typing import Any, TypeVar

from kkt_drivers.errors import CodecError, KktError, KktOutcomeUnknown, KktRefused, KktUnavailable
from kkt_drivers.fn import commands
from kkt_drivers.fn.commands import Command, tells_itself_apart
from kkt_drivers.fn.error_codes import SUCCESS, refusal
from kkt_drivers.fn.frame import ENQ, Frame, FrameReader, encode, whole_frame
from kkt_drivers.fn.talk import Course, Talk
from kkt_drivers.transport.base import Gathering, Tapped, Transport, TransportClosed, TransportTimeout, Withheld

T = TypeVar("T")

_ENQ = bytes((ENQ,))
_CODE_MASK = 0x7F


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
        self._tapped = transport if isinstance(transport, Tapped) else None
        self._gathering = transport if isinstance(transport, Gathering) else None
        self._command: Command[Any] = commands.FN_NUMBER  # asked last
        self._sent_at = 0.0  # on the loop's clock
        self._course: Course[Any] | None = None  # None: the next step must wait for our task
        self.answered = 0  # steps of the last ``follow`` that succeeded
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
        if self._tapped is not None:
            self._tapped.tap(self._go_on)
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

    async def ask(self, command: Command[T], data: bytes = b"", may_send: Callable[[], None] | None = None) -> T:
        """The decoded answer. Raises KktRefused when the FN says no, else as drawn above, and what ``may_send`` raises.

        ``may_send`` is asked when nothing but the request is left to do: a connection that is made anew takes time.
        """
        request = encode(command.code, data)
        if not self._open:
            await self.open()
        self._send(command, request, may_send)
        frame = await self._receive()
        return self._decoded(command, frame)

    async def follow(self, talk: Talk[T], may_go_on: Callable[[], None] | None = None) -> T:
        """What a talk comes to; ``may_go_on`` is asked before every step, as in ``ask``.

        Raises what the talk raises, and what ``ask`` raises of the step behind the ``answered`` ones, but refusals go
        into the talk. On a wire that can be tapped our task is woken when all is done, not for each answer.
        """
        course, self.answered = Course(talk, may_go_on), 0
        while course.step is not None:
            command, data = course.step
            request = encode(command.code, data)
            if not self._open:
                await self.open()
            self._send(command, request, may_go_on)
            self._course, course.asked = course, True
            try:
                frame = await self._receive()
            except KktRefused as refusal:
                course.refuse(refusal)
                continue
            finally:
                self._course = None
            if course.asked:
                course.tell(self._decoded(self._command, frame))
                self.answered += 1
        return course.outcome()

    def _go_on(self, data: bytes) -> bool:
        """Shown what came for the step in hand: True when it is done, and the next one is on its way."""
        course = self._course
        if course is None or (frame := whole_frame(data)) is None or frame.code & _CODE_MASK or self._reader.pending:
            return False
        try:
            course.tell(self._command.decode(frame.data))
        except Exception:  # our task reads this answer, and meets the same
            return False
        self.answered += 1
        if course.step is None:
            return False
        command, rest = course.step
        try:
            self._send(command, encode(command.code, rest), course.may_go_on)
        except Exception:  # our task sends it again, and meets the same
            return False
        course.asked = True
        self._previous = frame
        self.warned = frame.code > _CODE_MASK
        return True

    def _send(self, command: Command[Any], request: bytes, may_send: Callable[[], None] | None) -> None:
        """Raises KktUnavailable, and what ``may_send`` raises (or ``_receive`` does, see Gathering): nothing went."""
        self._reader.reset()
        try:
            if self._gathering is not None:
                self._gathering.leave(request, may_send)
            else:
                self._transport.discard_input()
                if may_send is not None:
                    may_send()
                self._transport.write(request)
        except TransportClosed as error:
            self._open = False
            raise KktUnavailable(f"{command.name}: {error}") from error
        # Until a whole answer is here this connection is not to be trusted; a cancelled task leaves it so.
        self._open = False
        self._owed = True
        self._command = command
        assert self._monotonic is not None
        self._sent_at = self._monotonic()

    async def _receive(self) -> Frame:
        """The answer to what was sent last, when it says success. Raises as ``ask``."""
        reader, broken, came = self._reader, self._reader.broken, False
        try:
            frames = reader.feed(await self._transport.read(self._patience_s()))
            came = True
        except (TransportTimeout, TransportClosed):
            frames = []  # the same again, and more can be done about it
        except Withheld as withheld:
            self._open, self._owed = True, False  # as before: nothing has left
            raise withheld.reason from None
        if frames:  # whole and at once, as nearly always
            frame, self._open = frames[0], True
        else:
            frame = await self._answer(broken, came)
        self._owed = not self._open
        self._previous = frame
        code = frame.code
        self.warned = code > _CODE_MASK
        if code & _CODE_MASK != SUCCESS:
            raise refusal(code, frame.data, self._command.code, self._command.name)
        return frame

    def _patience_s(self) -> float:
        return max(self._timeout_s, self._command.patience_s)

    def _decoded(self, command: Command[T], frame: Frame) -> T:
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
                if tells_itself_apart(question, frame):
                    return frame
        raise TransportTimeout(f"no answer within {self._timeout_s:g} s")

    async def _answer(self, broken: int, came: bool) -> Frame:
        """The frame that answers what was sent last; the connection stays open only if it came at the first attempt.

        ``broken``: of the reader before anything came; ``came``: a piece of it has.
        """
        attempts = self._enq_attempts if self._previous is not None else 0
        enquired = False
        while True:
            try:
                frame = await self._read_frame(broken, came)
                if not (enquired and frame == self._previous):
                    self._open = not enquired
                    return frame
                reason = "the FN repeated its answer to the command before"
            except (TransportTimeout, CodecError) as error:
                reason = str(error) or "no answer"
                if attempts == 0:
                    raise _lost(self._command, reason) from error
            except TransportClosed as error:
                raise _lost(self._command, str(error) or "the wire was cut") from error
            if attempts == 0:
                raise _lost(self._command, reason)
            attempts -= 1
            enquired = True
            self._enquire()
            broken, came = self._reader.broken, False

    def _enquire(self) -> None:
        assert self._monotonic is not None
        self._course = None  # what comes now may be the answer to the step before
        self._reader.reset()
        self._transport.discard_input()
        self._sent_at = self._monotonic()
        try:
            self._transport.write(_ENQ)
        except TransportClosed as error:
            raise _lost(self._command, str(error)) from error

    async def _read_frame(self, broken: int, came: bool) -> Frame:
        """The first whole frame. Raises TransportTimeout, TransportClosed, or CodecError when one came broken."""
        assert self._monotonic is not None
        reader, now, timeout_s = self._reader, self._monotonic, self._patience_s()
        began_at = now() if came else 0.0
        while reader.broken == broken:
            # Long answers come in pieces. The clock starts at the first one: what has begun must end within the time.
            # Until then it starts at the request; steps that went on without us have begun theirs later.
            left = (began_at or self._sent_at) + timeout_s - now()
            if left <= 0:
                words = "the answer was not finished in time" if began_at else f"no answer within {timeout_s:g} s"
                raise TransportTimeout(words)
            try:
                frames = reader.feed(await self._transport.read(left))
            except TransportTimeout:
                continue
            if frames:
                return frames[0]
            began_at = began_at or now()
        assert reader.last_error is not None
        raise reader.last_error


def _lost(command: Command[T], reason: str) -> KktError:
    if command.finishes:
        return KktOutcomeUnknown(f"{command.name}: {reason}")
    return KktUnavailable(f"{command.name}: {reason}")
