"""A client's connection to the simulated PostgreSQL: its bytes become bursts, each one step (``sessions.py``)."""

import asyncio
import re
import struct
from collections import deque
from typing import TYPE_CHECKING, Any

from tests.simulation.backend import Backend, message, messages
from tests.simulation.network import End
from tests.simulation.statements import Statements

if TYPE_CHECKING:
    from tests.simulation.sessions import Sessions

_CANCEL = 80877102
_ENDINGS = frozenset(b"SQcfH")
"""Messages of a client that the server answers at once: Sync, Query, CopyDone, CopyFail, Flush."""

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
        self.asked = b""  # the statements of its burst
        self.intends = False  # its transaction says what a KKT is about to make
        self.takes = False  # its transaction takes KKTs
        self._buffer = b""
        self._burst = b""
        self.statements = Statements(sessions.pool.known)

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
                self.end.close()
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
        self.catalogue, self.asked = False, b""
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
            self.asked += text
            self.notified |= b"pg_notify" in text
            self.catalogue |= _CATALOGUES.search(text) is not None
        return ends

    def has_done(self, tag: bytes) -> None:
        """A statement is complete; its tag ends with how many rows that were."""
        if not tag.endswith(b" 0\0"):
            self.intends |= b"insert into fiscal.intent" in self.asked
            self.takes |= b"lease_generation + 1" in self.asked
