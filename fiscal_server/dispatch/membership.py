"""A dispatch process as a node: it has the node's number, shows that it lives, and gives the number back.

The row of the number is ours while it bears our incarnation. A new process may have it when the one before stopped in
order, is known to be dead (we hold the lock file that it held), or has shown no sign of life for as long as it could
act.
"""

import asyncio
from datetime import datetime

import msgspec
import structlog

from fiscal_server.clock import Clock
from fiscal_server.dispatch.lock_file import LockFile
from fiscal_server.dispatch.stillness import Stillness
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage import nodes
from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.storage.nodes import NodeClaim, NodeHolder
from fiscal_server.storage.pool import Database, WriteConnection

log = structlog.get_logger()

_POLL_S = 0.1
_PATIENT_POLL_S = 0.5
_PATIENT_AFTER_S = 2.0
"""A process that stops in order gives the number up within seconds; silence lasts longer than a lease. A fleet that
waits for it must not ask the database ten times a second."""

_BEATS_OF_THE_LIVING = 2
"""One beat may have been on its way when the process before us was stopped; another one shows that it goes on."""


class NodeTaken(FiscalServerError):
    """Another dispatch process runs under this node number."""


class Identity(msgspec.Struct, frozen=True):
    """What a node tells of itself; ``hold_s``: how long after its last beat something of it may still be under way."""

    number: int
    hold_s: float
    host: str
    process: int
    version: str


class Membership:
    """The number of this process. ``claim`` first; everything else while it is ours."""

    def __init__(self, identity: Identity, clock: Clock, lock: LockFile | None) -> None:
        self._identity = identity
        self._clock = clock
        self._lock = lock
        self._incarnation = 0

    @property
    def number(self) -> int:
        """The node's number."""
        return self._identity.number

    async def claim(self, database: Database, stopping: asyncio.Event) -> bool:
        """Wait until the number is ours; False when ``stopping`` came first. Raises NodeTaken."""
        watched, first, began = Stillness(self._clock), None, self._clock.monotonic()
        while not stopping.is_set():
            async with database.read() as db:
                holder = await nodes.read_node(db, self.number)
            if self._may_have_it(holder, watched) and await self._take(database, holder):
                return True
            if holder is not None and first is None:
                first = holder
                log.info("node_number_awaited", node=self.number, host=holder.host, process=holder.process)
            self._refuse_the_living(first, holder)
            patient = self._clock.monotonic() - began >= _PATIENT_AFTER_S
            await self._clock.sleep(_PATIENT_POLL_S if patient else _POLL_S)
        return False

    async def _take(self, database: Database, seen: NodeHolder | None) -> bool:
        """By compare and set: False when the number is not as it was seen any more."""
        async with database.write() as db:
            incarnation = await nodes.claim_node(db, self._claim(), seen, self._clock.now())
            if incarnation is None:
                return False
            await announce_kkts(db)
        self._incarnation = incarnation
        return True

    def _may_have_it(self, holder: NodeHolder | None, watched: Stillness) -> bool:
        if holder is None or holder.stopped:
            return True
        lock_id = self._lock.take() if self._lock is not None else None
        if lock_id is not None and lock_id == holder.lock_id:
            return True
        return watched.seconds(self.number, (holder.incarnation, holder.beat)) * 1000 >= holder.hold_ms

    def _refuse_the_living(self, first: NodeHolder | None, holder: NodeHolder | None) -> None:
        if first is None or holder is None or holder.stopped:
            return
        if holder.beat - first.beat >= _BEATS_OF_THE_LIVING:
            raise NodeTaken(
                f"another dispatch process runs as node {self.number}: {holder.process} on {holder.host};"
                " every node needs a FISCAL_NODE_ID of its own"
            )

    def _claim(self) -> NodeClaim:
        me = self._identity
        return NodeClaim(me.number, round(me.hold_s * 1000), self._lock_id(), me.host, me.process, me.version)

    def _lock_id(self) -> str | None:
        return self._lock.take() if self._lock is not None else None

    async def beat(self, db: WriteConnection, now: datetime) -> bool:
        """Show that we live; gives whether the node drains. Raises NodeTaken: nothing here is ours any more."""
        draining = await nodes.beat(db, self.number, self._incarnation, self._lock_id(), now)
        if draining is None:
            raise NodeTaken(f"another dispatch process has become node {self.number}")
        return draining

    async def stop(self, db: WriteConnection, now: datetime) -> None:
        """Nothing of this node is under way any more."""
        await nodes.stop_node(db, self.number, self._incarnation, now)

    def let_go(self) -> None:
        """Release the lock file; the workers have ended."""
        if self._lock is not None:
            self._lock.release()
