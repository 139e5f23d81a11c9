"""Months of the big tables: made ahead, by range of id. Old ones detach and drop."""

from datetime import UTC, datetime

from fiscal_server.clock import Clock
from fiscal_server.ids import first_id_at
from fiscal_server.storage.pool import Database, WriteConnection

MONTHS_AHEAD = 2


def _month_after(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


async def make_partitions(connection: WriteConnection, now: datetime) -> None:
    """Partitions for the month of ``now`` (aware), the one before it and ``MONTHS_AHEAD`` after."""
    start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = [start.replace(year=start.year - (start.month == 1), month=(start.month - 2) % 12 + 1)]
    for _ in range(MONTHS_AHEAD + 2):
        months.append(_month_after(months[-1]))
    await connection.execute(
        "select fiscal.make_partitions(m.suffix, m.first_id, m.next_id)"
        " from unnest($1::text[], $2::bigint[], $3::bigint[]) as m (suffix, first_id, next_id)",
        [month.strftime("%Y_%m") for month in months[:-1]],
        [first_id_at(month) for month in months[:-1]],
        [first_id_at(month) for month in months[1:]],
    )


async def keep_partitions(database: Database, clock: Clock) -> None:
    """The same in a transaction of its own: for every process that stores, before it stores anything."""
    async with database.write() as connection:
        await make_partitions(connection, clock.now())
