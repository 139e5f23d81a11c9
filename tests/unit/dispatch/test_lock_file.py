"""The lock that proves a death: held by one, the same again for the next, another one elsewhere."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from fiscal_server.dispatch.lock_file import LockFile

HOLD = """
import sys, time
from pathlib import Path
from fiscal_server.dispatch.lock_file import LockFile
print(LockFile(Path(sys.argv[1])).take(), flush=True)
time.sleep(600)
"""


def test_the_next_holder_gets_the_same_lock_only_when_the_one_before_has_died(tmp_path: Path) -> None:
    path = tmp_path / "dispatch-0.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        theirs = holder.stdout.readline().strip()
        next_one = LockFile(path)
        assert next_one.take() is None
        os.kill(holder.pid, signal.SIGSTOP)
        assert next_one.take() is None, "a process that is stopped may go on"
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert next_one.take() == theirs


def test_a_lock_elsewhere_is_another_lock(tmp_path: Path) -> None:
    one, other = LockFile(tmp_path / "one"), LockFile(tmp_path / "other")
    assert None not in (one.take(), other.take())
    assert one.take() != other.take()


def test_a_lock_that_was_released_is_free(tmp_path: Path) -> None:
    one, other = LockFile(tmp_path / "lock"), LockFile(tmp_path / "lock")
    first = one.take()
    assert other.take() is None
    one.release()
    assert other.take() == first


def test_where_there_can_be_no_lock_file_there_is_no_proof(tmp_path: Path) -> None:
    assert LockFile(tmp_path / "missing" / "lock").take() is None
