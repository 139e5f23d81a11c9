"""PostgreSQL as a host of the simulated network: every burst that arrives is one step, carried out to its end.

A burst that waits for a lock is parked and the others go on; whenever a step has ended, the parked ones are looked at,
in an order that is drawn. Whoever would close a circle of waiting loses, as in PostgreSQL. Notifications are collected
from the listening sessions after each commit that sent some. Sessions are real and used again, for every one is as new.
"""

import asyncio
import re
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.simulation.backend import Backend, Pool, message, messages
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import End
from tests.simulation.statements import DISK_FULL, Statements

_CANCEL = 80877102
_ENDINGS = frozenset(b"SQcfH")
"""Messages of a client that the server answers at once: Sync, Query, CopyDone, CopyFail, Flush."""

_STATEMENT_NAME = re.compile(rb"__asyncpg_[a-z]+_[0-9a-f]+__")
_CATALOGUES = re.compile(rb"pg_catalog|pg_type|information_schema")
_COPY_IN = re.compile(rb"^\s*copy\s.*\sfrom\s+stdin", re.IGNORECASE | re.DOTALL)


class Session(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, sessions: "Sessions") -> None:
        self._sessions = sessions
        self.backend: Backend | None = None
        self.number = 0
        self.end: End
        self.bursts: deque[bytes] = deque()
        self.burst = b""  # being carried out
        self.waiting_for: bytes | None = None  # the letters that end the answer it is parked for
        self.gone = False
        self.listening = False
        self.notified = False
        self.copying = False
        self.catalogue = False
        self.intends = False  # its transaction says what a KKT is about to make
        self._buffer = b""
        self._burst = b""
        self.statements = Statements(sessions.pool.described)

    # --- what asyncio calls -------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self.end = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self.backend is None and not self._greet():
            return
        while len(self._buffer) >= 5:
            size = 1 + int.from_bytes(self._buffer[1:5], "big")
            if size > len(self._buffer):
                break
            one, self._buffer = self._buffer[:size], self._buffer[size:]
            self._burst += one
            if one[:1] == b"X":
                self.connection_lost(None)
                return
            if one[0] in _ENDINGS:
                self.bursts.append(self._burst)
                self._burst = b""
        self._sessions.work(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.gone = True
        self._sessions.drop(self)

    def _greet(self) -> bool:
        """The first message of a connection; True once this is a session."""
        if len(self._buffer) < 8 or len(self._buffer) < int.from_bytes(self._buffer[:4], "big"):
            return False
        size, code = struct.unpack_from("!II", self._buffer)
        packet, self._buffer = self._buffer[:size], self._buffer[size:]
        if code == _CANCEL:
            self._sessions.cancel(struct.unpack_from("!I", packet, 8)[0])
            self.end.close()
            return False
        self._sessions.open(self)
        assert self.backend is not None
        key = message(b"K", struct.pack("!II", self.number, 0))
        self.end.write(message(b"R", bytes(4)) + self.backend.parameters + key + message(b"Z", b"I"))
        return True

    # --- what a burst asks --------------------------------------------------------------------------------------------

    def look_into(self, burst: bytes) -> bytes:
        """Note what the burst is about; gives the letters that end its answer."""
        self.catalogue = False
        ends = b"Z"
        for letter, body in messages(burst):
            text = b""
            if letter == b"P":
                name, text, *_ = body.split(b"\0", 2)
                self.statements.note(name, text)
            elif letter == b"B":
                text = self.statements.text(body.split(b"\0", 2)[1])
            elif letter == b"Q":
                text = body.rstrip(b"\0")
                self.listening |= text.lstrip()[:6].lower() == b"listen"
                if _COPY_IN.match(text):
                    ends = b"ZG"
            elif letter == b"H":
                ends = b"ZTnE"
            self.intends |= b"insert into fiscal.intent" in text
            self.notified |= b"pg_notify" in text
            self.catalogue |= _CATALOGUES.search(text) is not None
        return ends


class Sessions:
    """All connections of one run; ``pool`` outlives it."""

    def __init__(self, loop: SimulatedLoop, pool: "Pool") -> None:
        self._loop = loop
        self.pool = pool
        self._open: dict[int, Session] = {}
        self._parked: list[Session] = []
        self._numbers = 0
        self.calls = 0
        self.deadlocks = 0
        self.waits = 0
        self.before: Callable[[Session], bool] = lambda session: True
        """Asked before each step: False loses it (the client is gone, or its connection is cut)."""
        self.refuses: Callable[[Session], bool] = lambda session: False
        """Asked before each step that writes: True finds the disk full."""
        self.after: Callable[[Session], None] = lambda session: None
        """Told after each step, when its answer is on its way."""

    def protocol(self) -> Session:
        return Session(self)

    def open(self, session: Session) -> None:
        self._numbers += 1
        session.number = self._numbers
        session.backend = self.pool.take()
        self._open[session.number] = session

    def all(self) -> list[Session]:
        return list(self._open.values())

    def work(self, session: Session) -> None:
        """Carry out what has come, until something waits."""
        while session.bursts and session.waiting_for is None and not session.gone:
            burst = session.burst = session.bursts.popleft()
            if burst[:1] in (b"d", b"c", b"f") and not session.copying:
                continue  # data behind a COPY that was refused: PostgreSQL drops them without a word
            if not self.before(session):
                session.end.deaf = True
                session.bursts.clear()
                return
            self.calls += 1
            self._note(session, f"#{session.number} asks", burst)
            if session.statements.writes(burst) and self.refuses(session):
                burst = DISK_FULL
            ends = session.look_into(burst)
            assert session.backend is not None
            if (answer := session.statements.answer_without(burst)) is None:
                session.backend.send(session.statements.to_send(burst, session.backend))
                answer = self._await(session, ends)
            if answer is None:
                session.waiting_for = ends
                self._parked.append(session)
                self.waits += 1
                self._note(session, f"#{session.number} waits for a lock")
                self._break_circle(session)
            else:
                self._answered(session, answer)

    def _await(self, session: Session, ends: bytes) -> bytes | None:
        """The answer, or None (and it is stopped) when it waits for somebody."""
        backend = session.backend
        assert backend is not None
        backend.let_run()
        while (answer := backend.answer(ends)) is None:
            if self.pool.is_blocked(backend.pid):
                backend.stop()
                return None
        return answer

    def _answered(self, session: Session, answer: bytes) -> None:
        assert session.backend is not None
        answer = session.statements.answer_for_client(answer, session.backend)
        rows = b""
        for letter, body in messages(answer):
            if letter == b"E":
                rows += b"E" + next((field for field in body.split(b"\0") if field[:1] == b"C"), b"")
            elif letter in (b"D", b"C", b"Z") and not session.catalogue:
                rows += letter + body
            session.copying = letter == b"G"
        self._note(session, f"#{session.number} hears", rows)
        if not session.gone:
            session.end.write(answer)
            self.after(session)
        if answer[-6:-1] == b"Z\0\0\0\5" and answer[-1:] == b"I" and session.notified:
            session.notified = False
            self._tell_listeners()
        if answer[-6:-1] == b"Z\0\0\0\5":
            self._look_at_parked()

    def _tell_listeners(self) -> None:
        for session in list(self._open.values()):
            if session.listening and not session.gone and session.waiting_for is None:
                assert session.backend is not None
                for letter, body in session.backend.ask(";"):
                    if letter == b"A":
                        self._note(session, f"#{session.number} is told", body[4:])
                        session.end.write(message(letter, bytes(4) + body[4:]))

    def _look_at_parked(self) -> None:
        """A step has ended: somebody may have got what he waited for."""
        waiting = list(self._parked)
        self._loop.chance.shuffle(waiting)
        for session in waiting:
            if session.waiting_for is None:
                continue
            answer = self._await(session, session.waiting_for)
            if answer is not None:
                self._unpark(session)
                self._answered(session, answer)
                self._go_on(session)

    def _unpark(self, session: Session) -> None:
        session.waiting_for = None
        self._parked.remove(session)

    def _go_on(self, session: Session) -> None:
        if session.gone:
            self._release(session)
        else:
            self._loop.call_soon(self.work, session, context=session.end.context)

    def _break_circle(self, session: Session) -> None:
        assert session.backend is not None
        by_pid = {one.backend.pid: one for one in self._parked if one.backend is not None}
        seen, ask = set(), [session.backend.pid]
        while ask:
            for pid in self.pool.blockers(ask.pop()):
                if pid == session.backend.pid:
                    self.deadlocks += 1
                    self._note(session, f"#{session.number} would wait for ever")
                    self._cancel(session, b"40P01")
                    return
                if pid in by_pid and pid not in seen:
                    seen.add(pid)
                    ask.append(pid)

    def cancel(self, number: int) -> None:
        """A client's request; a session that waits for nothing has nothing to cancel."""
        session = self._open.get(number)
        if session is not None and session.waiting_for is not None:
            self._note(session, f"#{session.number} is cancelled")
            self._cancel(session, b"57014")

    def _cancel(self, session: Session, code: bytes) -> None:
        assert session.backend is not None
        assert session.waiting_for is not None
        session.backend.let_run()
        self.pool.cancel(session.backend.pid)
        answer = session.backend.finish(session.waiting_for)
        self._unpark(session)
        self._answered(session, answer.replace(b"C57014\0", b"C" + code + b"\0"))
        self._go_on(session)

    def drop(self, session: Session) -> None:
        """The client has gone. What it waits for it still gets, as the server does not look at it meanwhile."""
        session.gone = True
        session.bursts.clear()
        if session.waiting_for is None:
            self._release(session)

    def _release(self, session: Session) -> None:
        if self._open.pop(session.number, None) is None:
            return
        self._note(session, f"#{session.number} ends")
        assert session.backend is not None
        session.backend.forget(copying=session.copying)
        self.pool.give_back(session.backend)
        self._look_at_parked()

    def end_all(self) -> None:
        """The run is over: every session as new."""
        for session in list(self._open.values()):
            session.gone = True
            if session.waiting_for is not None:
                self._cancel(session, b"57014")
            self._release(session)

    def _note(self, session: Session, what: str, data: bytes = b"") -> None:
        self._loop.trace.note(self._loop.time(), session.end.name, what, _STATEMENT_NAME.sub(b"", data))
