"""Money that came in, by the time of day."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from fiscal_server.ids import first_id_at
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("money")


class MoneyPiece(msgspec.Struct, frozen=True):
    """What came within one piece of a span, the first being 0; kopecks."""

    piece: int
    kopecks: int
    payments: int


async def money_by_time(
    db: ReadConnection, merchants: Sequence[int], since: datetime, until: datetime, piece: timedelta
) -> list[MoneyPiece]:
    """Between two moments (aware); pieces without money are left out."""
    rows = await db.fetch(
        SQL["money_by_time"], merchants, first_id_at(since), first_id_at(until), piece // timedelta(milliseconds=1)
    )
    return [MoneyPiece(*row) for row in rows]
