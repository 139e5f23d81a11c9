"""A database as one file: what PostgreSQL's own tools write and read."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from fiscal_server.embedded.binaries import bundled_install
from fiscal_server.errors import FiscalServerError

_PUBLIC_WORDS: Final = 2000
"""Most characters of a tool's own words that are shown."""

_MADE_AT: Final = re.compile(r"^;\s*Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", re.MULTILINE)


class BackupFailed(FiscalServerError):
    """The tool's words."""


def dump(dsn: str, file: Path) -> None:
    """pg_dump into a file that has its name only when it is whole, and that its owner alone can read: it holds personal
    data. Raises BackupFailed, OSError."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _call("pg_dump", "--format=custom", "--no-password", f"--file={temporary}", dsn=dsn)
        _call("pg_restore", "--list", str(temporary))  # the table of contents can be read: it was written to its end
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.rename(file)
    finally:
        temporary.unlink(missing_ok=True)


def made_at(file: Path) -> datetime | None:
    """When a backup was begun, as the file says. Raises BackupFailed when it is none."""
    found = _MADE_AT.search(_call("pg_restore", "--list", str(file)))
    return None if found is None else datetime.fromisoformat(found[1]).replace(tzinfo=UTC)


def fill(dsn: str, file: Path) -> None:
    """Everything that is in a backup into an empty database, or nothing of it. Raises BackupFailed."""
    _call("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", str(file), dsn=dsn)


def tool_address(dsn: str) -> tuple[str, dict[str, str]]:
    """The argument that names a database to PostgreSQL's tools, and its password as an environment: anybody on the
    machine may list arguments."""
    netloc = urlsplit(dsn).netloc
    credentials, at, hosts = netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    argument = "--dbname=" + dsn.replace(f"//{netloc}", f"//{user}{at}{hosts}", 1)
    return argument, {"PGPASSWORD": unquote(password)} if password else {}


def _call(tool: str, *arguments: str, dsn: str | None = None) -> str:
    """What it prints; times are UTC. Raises BackupFailed."""
    address, secret = tool_address(dsn) if dsn is not None else (None, {})
    command = [str(bundled_install() / "bin" / tool), *([address] if address else []), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | secret | {"TZ": "UTC"})
    if done.returncode:
        raise BackupFailed(f"{tool}: {done.stderr.strip()[:_PUBLIC_WORDS]}")
    return done.stdout
