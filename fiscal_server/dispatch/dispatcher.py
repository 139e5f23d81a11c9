"""The dispatch process: takes the KKTs that it may have and runs a worker for each.

Leases are taken and renewed here; a KKT whose lease is lost loses its worker at once. The node's number is held under
an advisory lock, so a process that was killed is known to be dead when its successor gets the number, and the
successor takes its KKTs over without waiting.
"""

import asyncio
from datetime import timedelta
from typing import Final

import asyncpg
import msgspec
import structlog

from fiscal_server.cassette.rotation import stop_slot
from fiscal_server.clock import Clock
from fiscal_server.dispatch.journal import Journal
from fiscal_server.dispatch.retry import DATABASE_DELAYS_S, delays
from fiscal_server.dispatch.session import KktSession, Lease, Rooms
from fiscal_server.dispatch.worker import KktWorker
from fiscal_server.errors import FiscalServerError
from fiscal_server.metrics import METRICS
from fiscal_server.storage import kkts, queue, requests, slots
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, close_connection, is_heard, open_connection
from fiscal_server.storage.queue import Owner
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.address import open_kkt

log = structlog.get_logger()

LEASE_S: Final = 30.0
RENEW_S: Final = 5.0
PARTITIONS_EVERY_S: Final = 6 * 3600.0

_NODE_LOCK = 0x4E4F4445
"""First half of the advisory lock on a node's number: the letters NODE."""

_NUMBER_WITHIN_S = 3.0
_NUMBER_POLL_S = 0.1


class NodeTaken(FiscalServerError):
    """Another dispatch process runs under this node number."""


class DispatchOptions(msgspec.Struct, frozen=True):
    """What a dispatch process is told at its start."""

    dsn: str
    node: int
    heard_within_s: float = 5.0  # how long the connection that holds our number may leave a question unanswered


class _Post(msgspec.Struct):
    """A KKT that is ours, with who works on it."""

    owner: Owner
    lease: Lease
    worker: KktWorker
    task: asyncio.Task[None]


class Dispatcher:
    """Runs until ``stop``."""

    def __init__(self, options: DispatchOptions, db: Database, clock: Clock) -> None:
        self._options = options
        self._db = db
        self._clock = clock
        self._journal = Journal(db, clock)
        self._posts: dict[int, _Post] = {}
        self._stopping = asyncio.Event()
        self._round_wanted = asyncio.Event()
        self._partitions_at = 0.0

    def stop(self) -> None:
        """Finish the documents in hand, give the leases back, end."""
        self._stopping.set()
        self._round_wanted.set()

    async def run(self) -> None:
        """Take KKTs and keep them until stopped. Raises NodeTaken."""
        listener = await self._listen()
        journal = asyncio.create_task(self._journal.run())
        waits = delays(DATABASE_DELAYS_S)
        try:
            while not self._stopping.is_set():
                pause = RENEW_S
                try:
                    # Before any lease is renewed: without our number we may hold none.
                    if not await is_heard(listener, self._options.heard_within_s):
                        listener.terminate()
                        listener = await self._listen()
                    await self._round()
                    waits = delays(DATABASE_DELAYS_S)
                except DATABASE_ERRORS as error:
                    log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
                    pause = next(waits)
                await self._pause(pause)
        finally:
            await self._end_posts()
            journal.cancel()
            await asyncio.gather(journal, return_exceptions=True)
            await close_connection(listener)

    # --- rounds -------------------------------------------------------------------------------------------------------

    async def _round(self) -> None:
        """Renew what we hold, drop what was lost, take what is free."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        until = now + timedelta(seconds=LEASE_S)
        async with self._db.write() as db:
            if monotonic >= self._partitions_at:
                await make_partitions(db, now)
            held = [post.owner for post in self._posts.values() if not post.task.done()]
            await kkts.release_leases(db, [post.owner for post in self._posts.values() if post.task.done()])
            renewed = await kkts.renew_leases(db, held, until)
            taken = await kkts.lease_kkts(db, self._options.node, [o.kkt_id for o in held], now, until)
        await self._measure_queue()
        if monotonic >= self._partitions_at:
            self._partitions_at = monotonic + PARTITIONS_EVERY_S
        for kkt_id, post in list(self._posts.items()):
            if post.task.done():
                del self._posts[kkt_id]
                self._report_end(post)
            elif kkt_id in renewed:
                post.lease.until = monotonic + LEASE_S
            else:
                post.lease.until = monotonic
                post.worker.stop()
        for owner in taken:
            await self._begin(owner, monotonic + LEASE_S)

    async def _measure_queue(self) -> None:
        async with self._db.read() as db:
            for cassette_id, receipts in (await queue.count_by_cassette(db)).items():
                METRICS.queued_receipts.labels(str(cassette_id)).set(receipts)

    async def _begin(self, owner: Owner, lease_until: float) -> None:
        async with self._db.write() as db:
            row = await kkts.read_kkt(db, owner.merchant_id, owner.kkt_id)
            await slots.fill_cassette(db, owner.merchant_id, row.cassette_id, self._clock.now())
        lease = Lease(self._clock, lease_until)
        try:
            kkt = open_kkt(row.address)
        except ValueError as error:
            log.error("slot_stopped", kkt=owner.kkt_id, reason=str(error))
            await stop_slot(self._db, row, tell(Trouble.BAD_ADDRESS, str(error)), self._clock.now())
            await self._refuse_orders(owner, str(error))
            return
        session = KktSession(Rooms(self._db, self._clock, self._journal), kkt, owner, lease)
        worker = KktWorker(session)
        task = asyncio.create_task(self._serve(worker), name=f"kkt-{owner.kkt_id}")
        self._posts[owner.kkt_id] = _Post(owner, lease, worker, task)
        log.info("kkt_taken", kkt=owner.kkt_id, address=row.address, fn=row.fn_number, state=row.state)

    async def _refuse_orders(self, owner: Owner, reason: str) -> None:
        """Nobody can carry out what people ordered of this KKT."""
        async with self._db.write() as db:
            await queue.hold_kkt(db, owner)
            for order in await requests.open_orders(db, owner.merchant_id, owner.kkt_id):
                await requests.finish_request(db, owner.merchant_id, order.id, {"failed": reason}, self._clock.now())

    async def _serve(self, worker: KktWorker) -> None:
        try:
            await worker.run()
        finally:
            await worker.close()

    def _report_end(self, post: _Post) -> None:
        if not post.task.cancelled() and (error := post.task.exception()) is not None:
            log.error("worker_died", kkt=post.owner.kkt_id, exc_info=error)

    async def _end_posts(self) -> None:
        for post in self._posts.values():
            post.worker.stop()
        if self._posts:
            await asyncio.wait([post.task for post in self._posts.values()])
        try:
            async with self._db.write() as db:
                await kkts.release_leases(db, [post.owner for post in self._posts.values()])
        except DATABASE_ERRORS as error:
            log.warning("leases_left_to_expire", reason=str(error))

    # --- being woken --------------------------------------------------------------------------------------------------

    async def _listen(self) -> asyncpg.Connection:
        """The connection that brings notifications and holds the lock on our node's number. Raises NodeTaken."""
        connection = await open_connection(self._options.dsn)
        try:
            await self._take_number(connection)
            connection.add_termination_listener(self._on_number_lost)
            await connection.add_listener("fiscal_queue", self._on_receipts)
            await connection.add_listener("fiscal_kkts", self._on_kkts)
        except BaseException:
            await close_connection(connection)
            raise
        return connection

    async def _take_number(self, connection: asyncpg.Connection) -> None:
        """A process that has just died, or a connection just cut, may hold it a moment longer."""
        give_up_at = self._clock.monotonic() + _NUMBER_WITHIN_S
        while not await connection.fetchval("select pg_try_advisory_lock($1, $2)", _NODE_LOCK, self._options.node):
            if self._clock.monotonic() >= give_up_at:
                raise NodeTaken(f"another dispatch process runs as node {self._options.node}")
            await self._clock.sleep(_NUMBER_POLL_S)

    def _on_number_lost(self, _connection: object) -> None:
        """Who gets our number now may take our KKTs without waiting: not one document more under these leases."""
        for post in self._posts.values():
            post.lease.until = self._clock.monotonic()
        self._round_wanted.set()

    def _on_receipts(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for post in self._posts.values():
            if str(post.owner.merchant_id) == payload:
                post.worker.receipts_came()

    def _on_kkts(self, _connection: object, _pid: int, _channel: str, _payload: object) -> None:
        self._round_wanted.set()
        for post in self._posts.values():
            post.worker.wake()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._round_wanted.wait()
        except TimeoutError:
            pass
        if not self._stopping.is_set():
            self._round_wanted.clear()
