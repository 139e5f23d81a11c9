"""A real PostgreSQL session, asked by blocking round trips: one burst of messages in, all of its answer out.

The wire protocol as far as needed: a message of the server is a letter, an int32 length and a body; a burst of a client
is answered up to ReadyForQuery ("Z"), or up to CopyInResponse ("G") or, behind a Flush, up to the description of a row.
A session that waits for a lock of another one is recognised by ``pg_locks``, and stopped (SIGSTOP) until it is looked
at again: so never two sessions run at once, and the order of steps alone decides who gets what.
"""

import os
import signal
import socket
import struct
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

_LOOK_S = 0.003
"""After so long without an answer the session is asked whether it waits for a lock."""

_LOOK = struct.pack("ll", 0, round(_LOOK_S * 1e6))
_FOR_EVER = struct.pack("ll", 0, 0)

_SETTINGS = (
    "-c deadlock_timeout=1h -c synchronous_commit=off -c jit=off -c max_parallel_workers_per_gather=0"
    " -c plan_cache_mode=force_generic_plan"
)
"""Deadlocks are found here (``Sessions``), not by a timer; each client's plans are made anew."""

BEGIN_NAME = b"sim_begin"
"""The statement that every session has prepared."""

_AS_NEW = "close all; unlisten *; reset all; discard plans; select pg_advisory_unlock_all()"


class Place:
    """Where the server is."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        query = parse_qs(parts.query)
        self.path = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"
        self.user = parts.username or query.get("user", ["postgres"])[0]
        self.database = parts.path.strip("/")


def messages(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Whole messages as (letter, body); a torn one at the end is left out."""
    at = 0
    while at + 5 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 5], "big")
        if at + 1 + size > len(data):
            return
        yield data[at : at + 1], data[at + 5 : at + 1 + size]
        at += 1 + size


def message(letter: bytes, body: bytes = b"") -> bytes:
    return letter + struct.pack("!I", len(body) + 4) + body


def query(text: str) -> bytes:
    """A simple query."""
    return message(b"Q", text.encode() + b"\0")


class Backend:
    """One session of the server."""

    def __init__(self, place: Place) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(place.path)
        words = ("user", place.user, "database", place.database, "client_encoding", "utf-8", "options", _SETTINGS)
        body = struct.pack("!I", 196608) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
        self._socket.sendall(struct.pack("!I", len(body) + 4) + body)
        self._received = b""
        self._patient = True  # waits for an answer without end
        self.stopped = False
        greeting = self.finish(b"Z")
        self.parameters = b"".join(message(letter, text) for letter, text in messages(greeting) if letter == b"S")
        self.prepared: set[bytes] = set()
        self.send(message(b"P", BEGIN_NAME + b"\0begin\0\0\0") + message(b"S"))
        self.finish(b"Z")
        self.pid = next(int.from_bytes(text[:4], "big") for letter, text in messages(greeting) if letter == b"K")
        os.sched_setaffinity(self.pid, os.sched_getaffinity(0))

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def finish(self, ends: bytes) -> bytes:
        """All until one of the letters of ``ends``; for what cannot wait for anybody."""
        while (answer := self.answer(ends, None)) is None:
            pass
        return answer

    def ask(self, text: str) -> list[tuple[bytes, bytes]]:
        """A query that waits for nobody."""
        self.send(query(text))
        return list(messages(self.finish(b"Z")))

    def answer(self, ends: bytes, within_s: float | None = _LOOK_S) -> bytes | None:
        """All until one of the letters of ``ends``, or None when nothing ended within the time."""
        while True:
            at = 0
            while at + 5 <= len(self._received):
                letter = self._received[at : at + 1]
                end = at + 1 + int.from_bytes(self._received[at + 1 : at + 5], "big")
                if end > len(self._received):
                    break
                if letter in ends:
                    answer, self._received = self._received[:end], self._received[end:]
                    return answer
                at = end
            if (data := self._receive(within_s)) is None:
                return None
            if not data:
                raise ConnectionError("PostgreSQL has ended the session")
            self._received += data

    def _receive(self, within_s: float | None) -> bytes | None:
        """One call of the kernel; None when nothing came within the time."""
        if within_s is not None and self._patient:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _LOOK)
        elif within_s is None and not self._patient:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _FOR_EVER)
        self._patient = within_s is None
        try:
            return self._socket.recv(1 << 18)
        except BlockingIOError:
            return None

    def stop(self) -> None:
        """It waits for a lock: it must not go on before it is looked at."""
        os.kill(self.pid, signal.SIGSTOP)
        self.stopped = True

    def let_run(self) -> None:
        if self.stopped:
            os.kill(self.pid, signal.SIGCONT)
            self.stopped = False

    def forget(self, *, copying: bool) -> None:
        """As new: no transaction, no lock, nobody listened to."""
        if copying:
            self.send(message(b"f", b"\0"))
            self.finish(b"Z")
        self.send(message(b"S") + query("rollback") + query(_AS_NEW))
        for _ in range(3):
            self.finish(b"Z")
        self._received = b""

    def close(self) -> None:
        self.let_run()
        self._socket.close()


class Pool:
    """Sessions of the server that wait for a client, and one that looks at their locks.

    They and we are never at work at once, so all share one core: to wake another one takes ten times as long as the
    answer to most questions.
    """

    def __init__(self, dsn: str) -> None:
        self._cpus = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {sorted(self._cpus)[os.getpid() % len(self._cpus)]})
        self._place = Place(dsn)
        self._free: list[Backend] = []
        self.known: dict[bytes, bytes] = {}  # answers that are always the same, for all sessions (statements.py)
        self.monitor = Backend(self._place)

    def take(self) -> Backend:
        return self._free.pop() if self._free else Backend(self._place)

    def give_back(self, backend: Backend) -> None:
        self._free.append(backend)

    def is_blocked(self, pid: int) -> bool:
        rows = self.monitor.ask(f"select from pg_locks where pid = {pid} and not granted")
        return any(letter == b"D" for letter, _ in rows)

    def blockers(self, pid: int) -> list[int]:
        rows = self.monitor.ask(f"select unnest(pg_blocking_pids({pid}))")
        return [int(body[6:]) for letter, body in rows if letter == b"D"]

    def cancel(self, pid: int) -> None:
        self.monitor.ask(f"select pg_cancel_backend({pid})")

    def carry_out(self, text: str) -> None:
        """Behind everybody's back, between two steps."""
        answer = self.monitor.ask(text)
        assert [letter for letter, _ in answer if letter == b"E"] == [], answer

    def close(self) -> None:
        for backend in [*self._free, self.monitor]:
            backend.close()
        os.sched_setaffinity(0, self._cpus)
