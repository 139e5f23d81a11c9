"""The database of a process that lives through worlds: emptied before each, as it was after the migrations."""

import asyncio

import asyncpg

from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import WriteConnection
from tests.simulation.backend import Pool
from tests.simulation.world import START

_TABLES = """
select format('%I.%I', n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('fiscal', 'office') and c.relkind in ('r', 'p')
order by 1
"""


class Books:
    """Real sessions, and a way to begin anew. What happens by time alone (autovacuum) does not happen here."""

    def __init__(self, dsn: str) -> None:
        self._tables = asyncio.run(_prepare(dsn))
        self.pool = Pool(dsn)

    def empty(self) -> None:
        self.pool.monitor.ask(f"truncate {', '.join(self._tables)}")

    def close(self) -> None:
        self.pool.close()


async def _prepare(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await make_partitions(WriteConnection(connection), START)  # type: ignore[arg-type]
        plain = _TABLES.replace("'r', 'p'", "'r'")
        for row in await connection.fetch(plain):
            await connection.execute(f"alter table {row[0]} set (autovacuum_enabled = off)")
        return [row[0] for row in await connection.fetch(_TABLES)]
    finally:
        await connection.close()
