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
where n.nspname in ('fiscal', 'office') and c.relkind = 'r'
order by 1
"""

_EMPTY = """
do $$ declare used text; begin
    set local session_replication_role = replica;  -- some tables let nobody take rows away
    select string_agg(format('%I.%I', n.nspname, c.relname), ', ' order by 1) into used
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('fiscal', 'office') and c.relkind = 'r' and pg_relation_size(c.oid) > 0;
    if used is not null then execute 'truncate ' || used || ' cascade'; end if;
end $$
"""
"""A table that never had a row is as it was; emptying all of them would take longer than the world."""


class Books:
    """Real sessions, and a way to begin anew. What happens by time alone (autovacuum) does not happen here."""

    def __init__(self, dsn: str) -> None:
        asyncio.run(_prepare(dsn))
        self.pool = Pool(dsn)

    def empty(self) -> None:
        self.pool.carry_out(_EMPTY)

    def close(self) -> None:
        self.pool.close()


async def _prepare(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await make_partitions(WriteConnection(connection), START)  # type: ignore[arg-type]
        for row in await connection.fetch(_TABLES):
            await connection.execute(f"alter table {row[0]} set (autovacuum_enabled = off)")
    finally:
        await connection.close()
