"""What happened, in order: a fingerprint of everything, and the last lines in words."""

import hashlib
import logging
import traceback
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

_REMEMBERED = 400


class Trace:
    """Two runs with one fingerprint did the same things at the same times."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=12)
        self._lines: deque[str] = deque(maxlen=_REMEMBERED)
        self.closed = False
        self.keep: list[str] | None = None  # all lines, for looking into one run

    def note(self, at: float, who: Any, what: str, data: bytes = b"") -> None:
        """``data`` enters the fingerprint and not the words."""
        if self.closed:
            return
        line = f"{at:11.6f} {who} {what}"
        self._hash.update(line.encode() + data)
        self._lines.append(line)
        if self.keep is not None:
            self.keep.append(line)

    @property
    def fingerprint(self) -> str:
        return self._hash.hexdigest()

    @property
    def last_lines(self) -> list[str]:
        return list(self._lines)


_OUR_MISTAKES = frozenset({"worker_failed", "worker_died"})
"""What the product logs when something happened that it was not written for."""


@contextmanager
def logging_into(trace: Trace, time: Callable[[], float]) -> Iterator[list[str]]:
    """The product's log becomes part of the story; gives the list of its own mistakes."""
    mistakes: list[str] = []

    def note(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        error = event.pop("exc_info", None)
        if isinstance(error, BaseException):
            event["error"] = "".join(traceback.format_exception(error))
        elif error:
            event["error"] = traceback.format_exc()
        name = str(event.pop("event"))
        words = " ".join(f"{key}={value}" for key, value in event.items())
        if name in _OUR_MISTAKES and not trace.closed:
            mistakes.append(f"{name} {words}")
        trace.note(time(), "log", f"{name} {words}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[note], wrapper_class=structlog.BoundLogger)
    logging.disable(logging.CRITICAL)
    try:
        yield mistakes
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)
