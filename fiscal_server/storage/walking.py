"""Lists that are walked in their order: step by step, what is meant picked out, and an end to patience."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("walking")

FIRST_STEP: Final = 200
STEP: Final = 1_000
FEW_MERCHANTS: Final = 20
"""So many are asked one after another; the list of more goes by an index in its own order."""

Row = TypeVar("Row")


class Walked(msgspec.Struct, Generic[Row], frozen=True):
    """``following``: the last row that was looked at, where the walk goes on behind; None at its end."""

    rows: list[Row]
    following: Row | None
    looked_at: int


async def in_index_order(db: ReadConnection) -> None:
    """Before a walk, inside of a transaction: its steps read what they give and no more."""
    await db.execute(SQL["in_index_order"])


async def walk(
    step: Callable[[Row | None, int], Awaitable[Sequence[Row]]],
    meant: Callable[[Sequence[Row]], Awaitable[list[Row]]] | None,
    limit: int,
    look_max: int,
) -> Walked[Row]:
    """Up to ``limit`` rows that are meant (None: all are), after looking at ``look_max`` rows.

    ``step(row, count)`` gives the next ``count`` rows behind that one, in order; fewer at the end.
    """
    found: list[Row] = []
    last: Row | None = None
    looked_at = 0
    while True:
        count = limit + 1 if meant is None else min(STEP if looked_at else FIRST_STEP, look_max - looked_at)
        rows = await step(last, count)
        looked_at += len(rows)
        found += rows if meant is None else await meant(rows)
        if len(found) > limit:
            return Walked(found[:limit], found[limit - 1], looked_at)
        if len(rows) < count:
            return Walked(found, None, looked_at)
        last = rows[-1]
        if looked_at >= look_max:
            return Walked(found, last, looked_at)
