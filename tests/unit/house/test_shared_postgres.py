"""The PostgreSQL of the test run itself: one for all workers, a fresh database for each test, gone with the run."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.unit.house.processes import wait_dead

_RUN = """
import os, sys
from tests.conftest import TestPostgres
server = TestPostgres.start()
print(server._process.pid, server.folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_gets_a_fresh_database(database: str, turn: int) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CREATE TABLE only_once (turn int)")
        assert await connection.fetchval("SELECT count(*) FROM only_once") == 0
    finally:
        await connection.close()


def test_a_killed_run_leaves_no_server_and_the_next_one_removes_its_folder() -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", _RUN]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True) as first:
        assert first.stdout is not None
        pid, folder = first.stdout.readline().split()
        first.send_signal(signal.SIGKILL)
    assert wait_dead(int(pid))
    assert os.path.exists(folder)
    with subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True) as second:
        assert second.stdout is not None
        second_pid, second_folder = second.stdout.readline().split()
        assert not os.path.exists(folder)
        second.kill()
    assert wait_dead(int(second_pid))
    assert second_folder != folder
    shutil.rmtree(second_folder, ignore_errors=True)  # any other run on this machine may be removing it, too
