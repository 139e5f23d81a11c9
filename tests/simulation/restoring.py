"""A backup of the simulated database, and what people do who put an older one back (docs/backup.md).

Not ``pg_dump``: a copy of every table beside it, at one moment, between two steps of everybody. The rest is the
product's own: distrust of the books, the billing sends again, ``verify --adopt`` with the dispatch nodes stopped.
"""

import asyncio
from typing import TYPE_CHECKING

from fiscal_server.dispatch.adopt import adopt
from fiscal_server.dispatch.said import Said
from fiscal_server.storage.restoration import Restoration, distrust_the_books

if TYPE_CHECKING:
    from tests.simulation.world import SimulatedWorld

_LONGER_S = 10.0
"""Than owners of before are waited for: nodes take the KKTs again."""

_USED = """
    select n.nspname as room, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('fiscal', 'office') and c.relkind = 'r' and pg_relation_size(c.oid) > 0
    order by 1, 2
"""

BACKUP = f"""
do $$ declare used record; begin
    drop schema if exists simulated_backup cascade;
    create schema simulated_backup;
    for used in {_USED} loop
        execute format('create table simulated_backup.%I as table %I.%I', used.room || '.' || used.name,
                       used.room, used.name);
    end loop;
end $$
"""

RESTORE = f"""
do $$ declare used record; begin
    set local session_replication_role = replica;  -- a restore fires no triggers
    for used in {_USED} loop
        execute format('truncate %I.%I cascade', used.room, used.name);
    end loop;
    for used in select split_part(c.relname, '.', 1) as room, split_part(c.relname, '.', 2) as name
                from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'simulated_backup' and c.relkind = 'r' order by 1, 2 loop
        execute format('insert into %I.%I select * from simulated_backup.%I', used.room, used.name,
                       used.room || '.' || used.name);
    end loop;
    drop schema simulated_backup cascade;
end $$
"""


class Restoring:
    """The backup of one world."""

    def __init__(self, world: "SimulatedWorld") -> None:
        self._world = world
        self._taken = False

    async def back_up(self, at: float) -> None:
        """Once, when this much time has passed."""
        await asyncio.sleep(at)
        self._world.sessions.pool.carry_out(BACKUP)
        self._taken = True
        self._world.note("backup", "** backup")

    async def put_back(self) -> None:
        """The nodes are down and everything else works."""
        if not self._taken:
            self._world.sessions.pool.carry_out(BACKUP)
        world = self._world
        world.database.close()
        for end in world.network.ends_of("postgres"):  # those too that have not said who they are
            world.network.cut_end(end)
        await asyncio.sleep(1)  # longer than any message is on its way
        assert not world.sessions.all(), "nobody is connected"
        world.sessions.pool.carry_out(RESTORE)
        world.faults["older backup restored"] += 1
        world.note("backup", "** restored")
        world.auditor.restored()
        await world.start_database()
        await world.reconnect()
        hold_ms = round(world.plan.hold_s * 1000)
        restored = Restoration(world.db.ids.next(), world.clock.now(), None, "backup", hold_ms)
        async with world.db.write() as connection:
            await distrust_the_books(connection, restored)

    async def send_again(self) -> None:
        """The billing, everything; and then some time goes by."""
        await self._world.billing.send_all_again()
        await asyncio.sleep(self._world.plan.hold_s + _LONGER_S)

    async def adopt(self) -> None:
        """``fiscal-server verify --adopt`` while no node runs."""
        world = self._world
        report = await adopt(world.db, world.clock, Said(by="person", no_newer_fns="none was added"))
        world.note("backup", f"adopted {report}")
        world.auditor.problems += [f"nobody can place {one}" for one in report.unlinked]
        if report.held or report.out_of_reach:
            world.auditor.problems.append(f"after --adopt the merchant is still on hold: {report}")
