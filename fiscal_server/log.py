"""Log events: a constant name plus fields, on stderr, as JSON or for eyes.

    log = get_logger("dispatch")
    log.info("receipt_registered", receipt_id=receipt_id, kkt=kkt, duration_ms=duration_ms)

Names are constant so that a log can be counted by them; whatever varies is a field. Never a buyer's contact, never a
key. Libraries that use the standard `logging` go through the same renderer.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, Final, TextIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from fiscal_server.settings import LogFormat, LogLevel


class _Unbreakable:
    """A stream whose disk may be full, or whose reader may have gone: the line is lost, the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


_OF_A_ROW: Final = re.compile(r"\nDETAIL: (?:(?!\n\n|\nHINT: )[\s\S])*")
_OF_AN_ARGUMENT: Final = re.compile(r"(invalid input for query argument \$\d+): .*")
_LEFT_OUT: Final = "(left out: it may be somebody's)"

_to_json = msgspec.json.Encoder(enc_hook=repr)


def get_logger(room: str) -> structlog.stdlib.BoundLogger:
    """The logger of one room ("dispatch", "intake"); may be called at import time, before `configure_log`."""
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(room=room))


def configure_log(log_format: LogFormat, level: LogLevel, stream: TextIO | None = None) -> None:
    """Call once in each process, before the first event. `stream` is stderr unless a test says otherwise."""
    stream = stream or sys.stderr
    as_json = log_format == "json" or (log_format == "auto" and not stream.isatty())
    renderer: Processor = (
        _render_json
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(),
            exception_formatter=_print_traceback,  # the default prints locals, passwords among them
        )
    )
    out = cast(TextIO, _Unbreakable(stream))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if as_json:
        shared.append(structlog.processors.ExceptionRenderer(_traceback))
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    _route_standard_logging(shared, renderer, level, out)


def _route_standard_logging(shared: list[Processor], renderer: Processor, level: LogLevel, stream: TextIO) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_as_room, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Libraries log their chatter at INFO; ours is what an operator reads.
    for noisy in ("asyncio", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _traceback(exc_info: ExcInfo) -> str:
    """Without the values that a database refused: contacts stand in rows."""
    text = "".join(traceback.format_exception(*exc_info)).rstrip("\n")
    return _OF_AN_ARGUMENT.sub(rf"\1: {_LEFT_OUT}", _OF_A_ROW.sub(f"\nDETAIL:  {_LEFT_OUT}", text))


def _print_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    stream.write("\n" + _traceback(exc_info))


def _name_as_room(logger: Any, method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["room"] = record.name
    return event


def _render_json(logger: Any, method: str, event: EventDict) -> str:
    """One object a line; time, level and event first, as eyes look for them first."""
    first: Mapping[str, Any] = {
        "timestamp": event.pop("timestamp", None),
        "level": event.pop("level", None),
        "event": event.pop("event", None),
    }
    return _to_json.encode({**first, **event}).decode()
