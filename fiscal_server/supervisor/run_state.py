"""Who runs in a data folder: `run.lock` (the truth) and `run.json` (what others may want to know about it).

The lock is a kernel lock on an open file: it vanishes with its owner, however that dies. run.json may be left behind by
a `run` that was killed; `read_run_state` therefore believes it only while the lock is held.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fiscal_server.supervisor.errors import AlreadyRunning


@dataclass(frozen=True, slots=True)
class RunState:
    """A running instance."""

    pid: int
    """Of the supervisor."""
    children: dict[str, int] = field(default_factory=dict)
    """Name -> pid; a child between two lives is absent."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Name -> where it answers: an http:// or postgresql:// address."""


def read_run_state(data_dir: Path) -> RunState | None:
    """The instance that runs in this folder now; None if none does."""
    if not is_locked(data_dir):
        return None
    try:
        found = json.loads((data_dir / "run.json").read_bytes())
        return RunState(pid=found["pid"], children=found["children"], addresses=found["addresses"])
    except FileNotFoundError:
        return None  # it has the lock, and has not come further yet


def write_run_state(data_dir: Path, state: RunState) -> None:
    """Replace run.json in one step: a reader sees the old one or the new one whole."""
    temporary = data_dir / "run.json.new"
    temporary.write_text(json.dumps(asdict(state), indent=2) + "\n")
    temporary.rename(data_dir / "run.json")


def forget_run_state(data_dir: Path) -> None:
    (data_dir / "run.json").unlink(missing_ok=True)


def lock_data_dir(data_dir: Path) -> int:
    """Become the owner of the folder until the returned file descriptor is closed. Raises AlreadyRunning."""
    descriptor = os.open(data_dir / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode().strip()
        os.close(descriptor)
        raise AlreadyRunning(
            f"fiscal-server already runs in {data_dir} (process {owner or 'unknown'}); "
            "stop it first, or give this one another FISCAL_DATA_DIR"
        ) from None
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def is_locked(data_dir: Path) -> bool:
    try:
        descriptor = os.open(data_dir / "run.lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
