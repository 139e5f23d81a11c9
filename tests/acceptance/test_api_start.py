"""What an api process loads before it is ready: no more than it needs."""

import json
import os
import subprocess
import sys

import pytest

LOADED = """
import sys
from pathlib import Path
import fiscal_server.commands.serve
from fiscal_server.app import create_app
from fiscal_server.clock import SystemClock
from fiscal_server.settings import Settings
create_app(Settings(data_dir=Path("/nowhere")), "postgresql://nowhere", SystemClock())
print(*sys.modules)
"""

LOGGED = f"""
import logging
import threading
from fiscal_server.log import configure_log
configure_log("json", "info")
{LOADED}
logging.getLogger("somebody").warning("line %d", 7)
assert threading.active_count() == 1, threading.enumerate()
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return set(
        subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize(
    "unwanted",
    ["pydantic", "jinja2", "serial", "usb", "segno", "typst", "admin", "fiscal_server.api.contract.document"],
)
def test_an_api_process_is_ready_without_what_few_requests_need(loaded: set[str], unwanted: str) -> None:
    assert "fiscal_server.api.front" in loaded
    assert unwanted not in loaded


def test_a_server_that_starts_without_options_loads_nothing_that_reads_or_draws_them() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "fiscal_server", "api"]
    ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "FISCAL_API_PORT": "none"})
    said = [line for line in ended.stderr.splitlines() if not line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert (ended.returncode, len(said)) == (2, 1)
    assert said[0].startswith("fiscal-server: FISCAL_API_PORT")
    assert {"litestar", "asyncpg"} < loaded
    assert not loaded & {"pydantic", "rich.console", "pygments", "httpx"}


def test_what_libraries_log_stays_in_our_own_form_and_needs_no_thread() -> None:
    said = subprocess.run([sys.executable, "-c", LOGGED], capture_output=True, text=True, check=True).stderr
    line = json.loads(said)
    assert (line["event"], line["room"], line["level"]) == ("line 7", "somebody", "warning")
