"""`kill -9` of the supervisor leaves nothing behind: no child, no grandchild, no lock."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fiscal_server.supervisor import read_run_state
from tests.unit.house.processes import is_alive, wait_dead

_RUN = """
import asyncio, json, sys
from pathlib import Path
from fiscal_server.supervisor import ChildSpec, Supervisor

folder = Path(sys.argv[1])
worker = folder / "worker"

async def has_worker(pid):
    return worker.exists()

async def main():
    async with Supervisor(folder, lambda line: None) as supervisor:
        script = f"trap '' TERM; sleep 600 & echo $! > {worker}.new; mv {worker}.new {worker}; wait"
        await supervisor.start(ChildSpec("api", ("sh", "-c", script), ready_check=has_worker))
        await supervisor.start(ChildSpec("jobs", ("sleep", "600")))
        pids = [supervisor.pid("api"), supervisor.pid("jobs"), int(worker.read_text()), supervisor._warden.pid]
        print(json.dumps(pids), flush=True)
        await supervisor.wait_stopped()

asyncio.run(main())
"""


@contextmanager
def _running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A supervisor that runs, with the pids of all that belong to it."""
    with subprocess.Popen([sys.executable, "-c", _RUN, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())


def test_a_killed_supervisor_takes_children_and_grandchildren_with_it(tmp_path: Path) -> None:
    with _running(tmp_path) as (process, pids):
        assert all(is_alive(pid) for pid in pids)
        process.kill()
        process.wait()
        assert all(wait_dead(pid) for pid in pids)
        assert read_run_state(tmp_path) is None


def test_the_folder_of_a_killed_supervisor_can_be_used_at_once(tmp_path: Path) -> None:
    with _running(tmp_path) as (process, _):
        process.kill()
        process.wait()
        with _running(tmp_path) as (again, pids):
            again.send_signal(signal.SIGTERM)
            assert again.wait(timeout=30) == 0
            assert all(wait_dead(pid) for pid in pids)
