"""Where things stand, for whoever waits for a change: marks that differ when something has happened."""

from collections.abc import Sequence
from typing import Final

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("marks")

TOPICS: Final = ("queue", "cassette", "jobs")
"""What somebody may wait for."""


async def marks_of(db: ReadConnection, merchants: Sequence[int]) -> dict[tuple[int, str], str | None]:
    """The mark of each merchant and topic."""
    rows = await db.fetch(SQL["marks_of"], merchants)
    return {(row["merchant_id"], topic): row[topic] for row in rows for topic in TOPICS}
