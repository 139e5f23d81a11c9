"""A lock that proves the death of the process before us: the kernel gives a file's lock back when its holder ends.

A connection that breaks proves nothing (the database may have restarted), nor does a silent heartbeat (the process may
be stopped and go on later). The id that stands in the file, together with the boot of this machine, says that it is the
same lock that the process before held: not a copy of the disk, not another container's folder.
"""

import contextlib
import fcntl
import os
import uuid
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class LockFile:
    """Held from the first ``take`` that succeeds until ``release`` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._id: str | None = None

    def take(self) -> str | None:
        """The lock's id once we hold it; None while somebody else does, or when there can be no such file."""
        if self._id is not None:
            return self._id
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            log.warning("no_lock_file", path=str(self._path), reason=error.strerror)
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._id = f"{_BOOT_ID.read_text().strip()}/{_id_in(descriptor)}"
            self._descriptor = descriptor
        except OSError:  # held by somebody else, or a file system that keeps no locks
            os.close(descriptor)
        return self._id

    def release(self) -> None:
        """Nothing that the lock stood for goes on."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
        self._descriptor = self._id = None


def _id_in(descriptor: int) -> str:
    """What stands in the file; a new one gets an id."""
    found = os.pread(descriptor, 64, 0).decode(errors="replace").strip()
    if not found:
        found = str(uuid.uuid4())
        os.pwrite(descriptor, f"{found}\n".encode(), 0)
    return found
