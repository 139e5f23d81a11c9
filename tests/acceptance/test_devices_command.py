"""`fiscal-server devices` beside `fiscal-server emulate fn --pty`, as two programs of one machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until

NUMBER = "9999078900005488"
PROGRAM = (sys.executable, "-m", "fiscal_server")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Path]:
    port, announced = tmp_path / "ttyFN0", tmp_path / "announced"
    command = [*PROGRAM, "emulate", "fn", "--pty", str(port), "--number", NUMBER, "--announce", str(announced)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as emulator:
        try:
            wait_until(announced.exists)
            assert announced.read_text().strip() == f"serial://{port}"
            yield port
        finally:
            emulator.terminate()


def devices(*options: str) -> str:
    done = subprocess.run([*PROGRAM, "devices", *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def at(port: Path, report: str) -> dict[str, Any]:
    parsed = json.loads(report)
    place = next(n for n, device in enumerate(parsed["devices"]) if str(port) in device["device"]["address"])
    return {**parsed["devices"][place], "settings": parsed["addresses"][place]}


def test_an_fn_at_a_port_is_listed_with_the_address_to_use(port: Path) -> None:
    found = at(port, devices("--port", str(port), "--json", "--timeout-ms", "300"))
    assert (found["state"], found["fn"]["fn_number"], found["fn"]["emulated"]) == ("fn", NUMBER, True)
    assert found["settings"] == f"fn+serial://{port}?timezone=Europe/Moscow"
    table = devices("--port", str(port), "--timeout-ms", "300")
    assert NUMBER in table
    assert "emulated" in table
    assert f"fn+serial://{port}?timezone=Europe/Moscow" in table
    unasked = at(port, devices("--port", str(port), "--json", "--no-probe", "--timezone", "+05:00"))
    assert (unasked["state"], unasked["fn"]) == ("not asked", None)
    assert unasked["settings"].endswith("?timezone=%2B05:00")


def test_the_watch_tells_when_a_port_comes_and_an_fn_answers_at_it(port: Path) -> None:
    command = [*PROGRAM, "devices", "--port", str(port), "--watch", "--json", "--timeout-ms", "300", "--every", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        try:
            assert watching.stdout is not None
            for text in watching.stdout:
                change = json.loads(text)
                if str(port) in change["device"]["device"]["address"]:
                    break
            assert (change["plugged"], change["device"]["fn"]["fn_number"]) == (True, NUMBER)
        finally:
            watching.terminate()


def test_a_time_zone_that_does_not_exist_is_said() -> None:
    done = subprocess.run([*PROGRAM, "devices", "--timezone", "Mars"], capture_output=True, text=True, check=False)
    assert (done.returncode, "time zone 'Mars'" in done.stderr) == (2, True)
