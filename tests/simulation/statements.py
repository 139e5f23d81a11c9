"""What a client asks, put so that PostgreSQL is asked less often for the same.

Two thirds of a client's bursts teach the server nothing that it could not be told later. ``BEGIN`` decides nothing
before the first statement behind it, so it travels with that one. A statement is prepared by each connection of each
process that a world starts; its description is the same every time, so it is prepared once for each real session and
outlives the worlds; its plan does not, and what came before decides nothing. So do answers about types and migrations.
"""

import hashlib
import re
import struct

from tests.simulation.backend import BEGIN_NAME, Backend, message, messages

_RUN_BEGIN = message(b"B", b"\0" + BEGIN_NAME + b"\0" + bytes(6)) + message(b"E", b"\0" + bytes(4))
_BEGUN = message(b"C", b"BEGIN\0") + message(b"Z", b"T")
_BEGUN_BEFORE = message(b"2") + message(b"C", b"BEGIN\0")

_ALWAYS_THE_SAME = re.compile(rb"typeinfo_tree|current_setting\('jit'\)|fiscal_migration")
"""Questions about what no world changes: each new connection asks them."""

_WRITES = re.compile(rb"\b(insert into|update fiscal|copy)\b", re.IGNORECASE)

DISK_FULL = message(
    b"Q",
    b"do $$ begin raise exception using errcode = '53100', message = 'No space left on device'; end $$\0",
)
"""What is carried out instead of a statement: it fails, and its transaction with it, as PostgreSQL says it."""


class Statements:
    """The statements of one client's connection, in the names of its real session."""

    def __init__(self, known: dict[bytes, bytes]) -> None:
        self._known = known  # text of a statement -> its description; question -> answer
        self._texts: dict[bytes, bytes] = {}  # the client's name -> text
        self._begin = False  # a transaction is open for the client, and not for the server yet
        self._begin_sent = False
        self._status = b"I"  # as the client knows it: idle, in a transaction, in a failed one
        self._question: bytes | None = None  # its answer will be known
        self._described: bytes | None = None
        self._parsed: list[bytes] = []  # real names that the server is told of on the way

    def text(self, name: bytes) -> bytes:
        """What the client prepared under this name."""
        return self._texts.get(name, b"")

    def note(self, name: bytes, text: bytes) -> None:
        """The client prepares a statement."""
        self._texts[name] = text

    def writes(self, burst: bytes) -> bool:
        """Whether it puts rows somewhere and can fail by itself: one statement, which is no commit."""
        for letter, body in messages(burst):
            text = body if letter == b"Q" else self.text(body.split(b"\0", 2)[1]) if letter == b"B" else b""
            if _WRITES.search(text):
                return letter == b"Q" or burst[-5:-4] == b"S"
        return False

    def answer_without(self, burst: bytes) -> bytes | None:
        """The answer to what needs no server now; None when it has to be asked."""
        if burst[:1] == b"Q" and burst[5:].rstrip(b"\0") == b"BEGIN;":
            self._begin, self._status = True, b"T"
            return _BEGUN
        text = self._only_described(burst)
        if text is None:
            text = self._question = self._always_the_same(burst)
        return None if text is None else self._known.get(text)

    def _always_the_same(self, burst: bytes) -> bytes | None:
        """A name for the question when its answer depends on nothing that a world does."""
        if burst[:1] not in (b"B", b"Q") or self._status == b"E":
            return None
        name = self._status
        for letter, body in messages(burst):
            if letter == b"B":
                _, statement, rest = body.split(b"\0", 2)
                name += self.text(statement) + rest
            elif letter not in (b"E", b"S"):
                name += body
        return name if _ALWAYS_THE_SAME.search(name) else None

    def to_send(self, burst: bytes, backend: Backend) -> bytes:
        """The burst in the names of the real session, with all that was left out before it."""
        sent, extended, begun = b"", False, self._begin
        self._described, self._parsed = self._only_described(burst), []
        for letter, body in messages(burst):
            extended |= letter == b"B"
            sent += self._translated(letter, body, backend)
        self._begin = False
        self._begin_sent = begun and extended
        if begun and not extended:
            backend.send(message(b"Q", b"BEGIN;\0"))
            backend.finish(b"Z")
        return _RUN_BEGIN + sent if self._begin_sent else sent

    def answer_for_client(self, answer: bytes, backend: Backend) -> bytes:
        """What the server says beyond what the client asked is left out."""
        answer = self._of_what_was_asked(answer, backend)
        if answer[-6:-1] == b"Z\0\0\0\5":
            self._status = answer[-1:]
            if self._question is not None and self._status != b"E":
                self._known[self._question] = answer
        self._question = None
        return answer

    def _of_what_was_asked(self, answer: bytes, backend: Backend) -> bytes:
        if self._described is not None:
            if answer[:1] == b"1":
                self._known[self._described] = answer
                backend.prepared.add(_real_name(self._described))
            self._described = None
            return answer
        if self._begin_sent:
            assert answer.startswith(_BEGUN_BEFORE), answer
            answer, self._begin_sent = answer[len(_BEGUN_BEFORE) :], False
        if self._parsed:
            kept = b""
            for letter, body in messages(answer):
                if letter == b"1" and self._parsed:
                    backend.prepared.add(self._parsed.pop(0))
                else:
                    kept += message(letter, body)
            answer, self._parsed = kept, []
        return answer

    def _only_described(self, burst: bytes) -> bytes | None:
        """The text of a statement when the burst prepares and describes a named one, and does nothing else."""
        if burst[:1] != b"P":
            return None
        size = 1 + int.from_bytes(burst[1:5], "big")
        name, text, _ = burst[5:size].split(b"\0", 2)
        return text if name and burst[size : size + 1] == b"D" and burst[-5:-4] == b"H" else None

    def _translated(self, letter: bytes, body: bytes, backend: Backend) -> bytes:
        match letter:
            case b"P":
                name, text, types = body.split(b"\0", 2)
                if name:
                    return message(letter, _real_name(text) + b"\0" + text + b"\0" + types)
            case b"D" if body[:1] == b"S" and (text := self.text(body[1:].rstrip(b"\0"))):
                return message(letter, b"S" + _real_name(text) + b"\0")
            case b"B":
                portal, name, rest = body.split(b"\0", 2)
                if name and (text := self.text(name)):
                    real = _real_name(text)
                    bind = message(letter, portal + b"\0" + real + b"\0" + rest)
                    if real in backend.prepared or real in self._parsed:
                        return bind
                    self._parsed.append(real)
                    return message(b"P", real + b"\0" + text + b"\0" + struct.pack("!H", 0)) + bind
        return message(letter, body)


def _real_name(text: bytes) -> bytes:
    return b"s" + hashlib.blake2b(text, digest_size=12).hexdigest().encode()
