"""PostgreSQL as a host of the simulated network: every burst that arrives is one step, carried out to its end.

A burst that waits for a lock is parked and the others go on; whenever a step has ended, the parked ones are looked at,
in an order that is drawn. Whoever would close a circle of waiting loses, as in PostgreSQL. Notifications are collected
from the listening sessions after each commit that sent some. Sessions are real and used again, for every one is as new.
"""

import re
from collections.abc import Callable

from tests.simulation.backend import Pool, message, messages
from tests.simulation.loop import SimulatedLoop
from tests.simulation.session import Session
from tests.simulation.statements import DISK_FULL

_STATEMENT_NAME = re.compile(rb"__asyncpg_[a-z]+_[0-9a-f]+__")


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
                if letter == b"C":
                    session.has_done(body)
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
