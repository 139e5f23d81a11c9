"""The whole program as its users start it, and ``kill -9`` of one process after another in the middle of its work."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fiscal_server.demo.devices import free_port
from kkt_drivers.emulator.memory import read_archive
from tests.waiting import wait_until

GIVE_UP_S = 150.0
MEMORIES = ("fn-1-1", "fn-1-2", "fn-1-3", "fn-1-4", "fn-2-1", "fn-2-2", "fn-2-3", "fn-2-4")


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fiscal_server", *arguments]


def environment(folder: Path) -> dict[str, str]:
    ports = {"FISCAL_API_PORT": str(free_port()), "FISCAL_ADMIN_PORT": str(free_port())}
    return {**os.environ, "FISCAL_DATA_DIR": str(folder), "FISCAL_LOG_FORMAT": "json", **ports}


class Demo:
    """A running demo: its processes, and how far its FNs have come by their own memories."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process = process
        self.folder = folder / "demo"

    def pids(self) -> dict[str, int]:
        try:
            found: dict[str, int] = json.loads((self.folder / "run.json").read_text())["children"]
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found

    def receipts(self) -> int:
        made = 0
        for name in MEMORIES:
            path = self.folder / "devices" / f"{name}.memory"
            if path.exists():
                made += sum(entry.form == 3 for entry in read_archive(path))
        return made

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        def look() -> bool:
            assert self.process.poll() is None, f"the demo ended while waiting for {what}"
            return done()

        wait_until(look, GIVE_UP_S)

    def wait_for_receipts(self, count: int) -> None:
        self.wait(f"{count} receipts", lambda: self.receipts() >= count)

    def kill(self, name: str) -> None:
        """kill -9, and wait until the supervisor has brought it back."""
        self.wait(f"{name} to run", lambda: name in self.pids())
        victim = self.pids()[name]
        os.kill(victim, signal.SIGKILL)
        self.wait(f"{name} to come back", lambda: self.pids().get(name, victim) != victim)


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[tuple[Demo, dict[str, str]]]:
    env = environment(folder)
    with subprocess.Popen(
        program("demo", "--json", "--realistic", *arguments), env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Demo(process, folder), env
        finally:
            if process.poll() is None:
                process.kill()


def test_whoever_is_killed_every_receipt_is_made_exactly_once(open_folder: Path) -> None:
    with demo(open_folder, "--accounts", "24") as (running, env):
        for goal, victim in ((2, "dispatch"), (5, "api"), (8, "postgres"), (12, "fn-1-1")):
            running.wait_for_receipts(goal)
            running.kill(victim)
        assert running.process.stdout is not None
        result = json.loads(running.process.stdout.readline())
        receipts = result["receipts"]
        assert receipts["computed"] == receipts["registered"] == receipts["ofd_acked"] == running.receipts()
        assert (receipts["refused"], receipts["uncertain"]) == (0, 0)
        verified = subprocess.run(
            program("verify", "--json"),
            env={**env, "FISCAL_DATA_DIR": str(running.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        report = json.loads(verified.stdout)
        assert (verified.returncode, report["differences"], report["out_of_reach"]) == (0, [], {})
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=60) == 0
        assert not [pid for pid in running.pids().values() if Path(f"/proc/{pid}").exists()]


@pytest.mark.proof
@pytest.mark.parametrize("victim", ["dispatch", "api", "postgres", "operator", "fn-1-1", "fn-2-1", "admin"])
def test_a_process_killed_again_and_again_costs_no_receipt(open_folder: Path, victim: str) -> None:
    with demo(open_folder, "--accounts", "120") as (running, _):
        for goal in range(3, 60, 8):
            running.wait_for_receipts(goal)
            running.kill(victim)
        assert running.process.stdout is not None
        receipts = json.loads(running.process.stdout.readline())["receipts"]
        assert receipts["computed"] == receipts["registered"] == receipts["ofd_acked"] == running.receipts()
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=60) == 0
