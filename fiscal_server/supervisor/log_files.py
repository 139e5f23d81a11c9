"""The children's output: one file a child under data_dir/log, looked at when something is wrong."""

import os
from pathlib import Path

_ROTATE_AT_BYTES = 16 * 1024 * 1024
_KEPT = 3
_TAIL_BYTES = 8 * 1024


def open_log(folder: Path, name: str) -> int:
    """File descriptor to append to; the caller closes it. Rotates a big file first: name.log -> name.log.1 -> ... .3.

    Size is looked at on each start of a child only: a file is never moved under a writer, so no line is lost and the
    children need no logging of ours.
    """
    folder.mkdir(mode=0o750, exist_ok=True)
    path = log_path(folder, name)
    if path.exists() and path.stat().st_size > _ROTATE_AT_BYTES:
        for number in range(_KEPT - 1, 0, -1):
            older = path.with_name(f"{name}.log.{number}")
            if older.exists():
                older.rename(path.with_name(f"{name}.log.{number + 1}"))
        path.rename(path.with_name(f"{name}.log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)


def log_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def last_lines(path: Path, since: int, count: int = 15) -> list[str]:
    """The last lines written after byte `since`."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(since, end - _TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
