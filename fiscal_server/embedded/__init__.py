"""A real PostgreSQL 18 as a child of ours, for those who bring none.

    postgres = EmbeddedPostgres(data_dir)
    await supervisor.start(postgres.child())
    pool = await asyncpg.create_pool(postgres.dsn("fiscal"))

Only the binaries of the wheel are used. Its own life-cycle code starts a daemon that outlives us; here `postgres` runs
in the foreground, as a child like the others (fiscal_server/supervisor).
"""

from fiscal_server.embedded.errors import EmbeddedPostgresError
from fiscal_server.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
