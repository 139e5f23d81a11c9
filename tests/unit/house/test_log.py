"""One renderer for our events and for the libraries' lines."""

import io
import json
import logging
import os
from collections.abc import Iterator

import asyncpg
import pytest
import structlog

from fiscal_server.log import configure_log, get_logger
from fiscal_server.settings import LogFormat


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_an_event_is_one_json_object_with_its_fields() -> None:
    stream = io.StringIO()
    configure_log("json", "info", stream)
    get_logger("dispatch").info("receipt_registered", receipt_id=7, kkt="shtrih+tcp://10.0.0.5:7778")
    event = json.loads(stream.getvalue())
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "level": "info",
        "event": "receipt_registered",
        "room": "dispatch",
        "receipt_id": 7,
        "kkt": "shtrih+tcp://10.0.0.5:7778",
    }


def test_a_library_that_logs_the_usual_way_looks_the_same() -> None:
    stream = io.StringIO()
    configure_log("json", "info", stream)
    logging.getLogger("granian").warning("worker %d is slow", 3)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["room"], event["level"]) == ("worker 3 is slow", "granian", "warning")


def test_a_traceback_stays_inside_its_object() -> None:
    stream = io.StringIO()
    configure_log("json", "info", stream)
    try:
        raise ValueError("no such tag")
    except ValueError:
        get_logger("ffd").exception("decode_failed")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: no such tag" in json.loads(line)["exception"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_row_that_the_database_refused_is_not_shown(log_format: LogFormat) -> None:
    stream = io.StringIO()
    configure_log(log_format, "info", stream)
    refused = asyncpg.CheckViolationError('new row for "account" violates "sound"')
    refused.detail = "Failing row contains (1, payer@example.com,\n+79001234567)."
    refused.hint = "Look at it."
    try:
        try:
            raise asyncpg.DataError("invalid input for query argument $2: 'buyer@example.com' (an integer is required)")
        except asyncpg.DataError:
            raise refused  # noqa: B904
    except asyncpg.CheckViolationError:
        get_logger("api").exception("request_failed")
    told = stream.getvalue()
    for words in ('violates "sound"', "Look at it.", "query argument $2", "left out"):
        assert words in told.replace("\\", "")
    for words in ("payer@", "buyer@", "9001234567"):
        assert words not in told


def test_what_is_less_severe_than_the_level_is_not_written() -> None:
    stream = io.StringIO()
    configure_log("json", "warning", stream)
    get_logger("dispatch").info("receipt_registered")
    logging.getLogger("granian").info("hello")
    assert stream.getvalue() == ""


def test_console_is_for_eyes() -> None:
    stream = io.StringIO()
    configure_log("console", "info", stream)
    get_logger("dispatch").info("receipt_registered", receipt_id=7)
    assert "receipt_registered" in stream.getvalue()
    assert "receipt_id=7" in stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_full_disk_costs_lines_and_never_the_work(log_format: LogFormat) -> None:
    with open("/dev/full", "w", buffering=1) as full:
        configure_log(log_format, "info", full)
        get_logger("dispatch").info("receipt_registered", receipt_id=7)
        logging.getLogger("granian").warning("worker %d is slow", 3)
        with pytest.raises(OSError, match="No space left"):
            full.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())
