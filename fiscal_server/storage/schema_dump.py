"""The schema as one text to read: what all migrations together have made, by pg_dump, without its boilerplate.

The text is made from a database, never written by hand; a test holds ``schema.sql`` against the migrations of today.
"""

import re
import subprocess
from importlib.resources import files
from pathlib import Path

from fiscal_server.errors import StorageError

HEADER = """\
-- The schema of today, to be read: the sum of the files in migrations/. Written by `make schema`, not by hand.
-- Partitions are left out: fiscal.event_key has eight by hash, the big tables one a month (fiscal.make_partitions).
"""

# Settings of the session that would load a dump, psql's own words, pg_dump's remarks on what follows.
_BOILERPLATE = re.compile(r"^(--.*|SET .*;|SELECT pg_catalog\.set_config\(.*;|\\.*)$")


def dump_schema(dsn: str, pg_dump: Path) -> str:
    """The text for ``schema.sql`` of the database at ``dsn``. Raises StorageError with pg_dump's words."""
    command = (
        str(pg_dump), "--schema-only", "--no-owner", "--schema=fiscal", "--schema=office",
        "--exclude-table=fiscal.event_key_*", dsn,
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StorageError(f"pg_dump failed: {done.stderr.strip()}")
    lines = [line.rstrip() for line in done.stdout.splitlines() if not _BOILERPLATE.match(line)]
    return HEADER + re.sub(r"\n{3,}", "\n\n", "\n" + "\n".join(lines).strip() + "\n")


def packaged_schema() -> str:
    """The text that ships with this version."""
    return files("fiscal_server.storage").joinpath("schema.sql").read_text(encoding="utf-8")
