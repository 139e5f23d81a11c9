"""The dispatch process: a node that takes the KKTs it may have and runs a worker for each.

A round is one transaction: show that we live, give back what was let go of, renew what we hold, look at all KKTs and
nodes, take what is ours to take. Our own clock says until when we may act under a lease: from before the round that
renewed it. docs/decisions/0009-leases.md says why that is safe.
"""

import asyncio
import os
import platform
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec
import structlog

from fiscal_server.clock import Clock
from fiscal_server.dispatch.device_orders import DeviceOrders
from fiscal_server.dispatch.journal import Journal, JournalEnded
from fiscal_server.dispatch.lock_file import LockFile
from fiscal_server.dispatch.membership import Identity, Membership, NodeTaken
from fiscal_server.dispatch.posts import Post, Posts
from fiscal_server.dispatch.retry import DATABASE_DELAYS_S, delays
from fiscal_server.dispatch.session import Rooms
from fiscal_server.dispatch.sharing import Choice, Standing, choose
from fiscal_server.dispatch.stillness import Stillness
from fiscal_server.dispatch.wakeups import PostgresWakeups, Wakeups
from fiscal_server.metrics import METRICS
from fiscal_server.storage import kkts, leases, nodes, queue
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, WriteConnection
from kkt_drivers.transport.convoy import Convoy

log = structlog.get_logger()

BEATS_A_LEASE: Final = 6
ALIVE_BEATS: Final = 3
"""A node that has missed so many beats has no share of the network KKTs any more."""

PARTITIONS_EVERY_S: Final = 6 * 3600.0


class DispatchOptions(msgspec.Struct, frozen=True):
    """What a dispatch process is told at its start."""

    dsn: str
    node: int
    heard_within_s: float = 5.0  # how long the connection that listens may leave a question unanswered
    lease_s: float = 30.0
    longest_command_s: float = leases.LONGEST_COMMAND_S
    lock_file: Path | None = None  # proves to our successor on this machine that we are dead
    version: str = ""  # of the program, for people
    ofd_keep_open_s: float = 0.0  # see Settings

    @property
    def renew_s(self) -> float:
        """Between two beats."""
        return self.lease_s / BEATS_A_LEASE

    @property
    def hold_s(self) -> float:
        """How long after our last beat others must leave alone what we hold."""
        return self.lease_s + self.longest_command_s


class Dispatcher:
    """Runs until ``stop``."""

    def __init__(self, options: DispatchOptions, db: Database, clock: Clock, *, wakeups: Wakeups | None = None) -> None:
        self._options = options
        self._db = db
        self._clock = clock
        self._journal = Journal(db, clock)
        self._posts = Posts(Rooms(db, clock, self._journal, options.ofd_keep_open_s, Convoy()), self.look_again)
        self._membership = Membership(
            Identity(options.node, options.hold_s, platform.node(), os.getpid(), options.version),
            clock,
            LockFile(options.lock_file) if options.lock_file is not None else None,
        )
        self._device_orders = DeviceOrders(db, clock, options.node)
        self._wakeups = wakeups or PostgresWakeups(
            options.dsn, options.heard_within_s, self.receipts_came, self.kkts_changed
        )
        self._owners = Stillness(clock)
        self._others = Stillness(clock)
        self._stopping = asyncio.Event()
        self._round_wanted = asyncio.Event()
        self._partitions_at = 0.0
        self._measure_at = 0.0

    def stop(self) -> None:
        """Finish the documents in hand, give the leases back, end."""
        self._stopping.set()
        self._round_wanted.set()

    def receipts_came(self, merchant_id: int) -> None:
        """A merchant has receipts to make."""
        self._posts.receipts_came(merchant_id)

    def kkts_changed(self) -> None:
        """There may be KKTs to take, or orders to those that we have."""
        self._posts.wake()
        self.look_again()

    def look_again(self) -> None:
        """Do not wait for the next round's time."""
        self._round_wanted.set()

    async def run(self) -> None:
        """Take KKTs and keep them until stopped. Raises NodeTaken, and JournalEnded when nothing can be made any more:
        then the KKTs are given back, and whoever keeps this process alive starts it anew."""
        journal = asyncio.create_task(self._journal.run())
        journal.add_done_callback(lambda _: self.stop())
        try:
            if await self._membership.claim(self._db, self._stopping):
                await self._keep_rounds()
        except NodeTaken:
            self._posts.void()
            raise
        finally:
            await self._end()
            died = journal.done()
            journal.cancel()
            [cause] = await asyncio.gather(journal, return_exceptions=True)
            await self._wakeups.close()
            self._membership.let_go()
        if died:
            log.critical("journal_ended", exc_info=cause)
            raise JournalEnded("the journal of this process has ended: nothing can be registered without it") from cause

    async def _keep_rounds(self) -> None:
        waits = delays(DATABASE_DELAYS_S)
        while not self._stopping.is_set():
            pause = self._options.renew_s
            try:
                await self._wakeups.keep()  # first: what is announced after the look must not be missed
                await self._round()
                waits = delays(DATABASE_DELAYS_S)
            except DATABASE_ERRORS as error:
                log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
                pause = next(waits)
            await self._pause(pause)

    # --- rounds -------------------------------------------------------------------------------------------------------

    async def _round(self) -> None:
        """Show that we live, renew what we hold, drop what was lost, take what is ours to take."""
        now, began = self._clock.now(), self._clock.monotonic()
        until = began + self._options.lease_s
        ended, running = self._posts.ended(), [post.owner for post in self._posts.running()]
        async with self._db.write() as db:
            draining = await self._membership.beat(db, now)
            if began >= self._partitions_at:
                await make_partitions(db, now)
            await self._release(db, ended)
            renewed = await leases.renew_leases(db, running)
            await self._device_orders.begin(db)
            choice, silent = await self._choose(db, draining=draining)
            taken = await leases.take_leases(db, self._options.node, self._hold_ms, choice.take, now)
        if began >= self._partitions_at:
            self._partitions_at = began + PARTITIONS_EVERY_S
        self._posts.forget(ended)
        METRICS.leases_lost.inc(self._posts.renew(renewed, until))
        for kkt_id in choice.give:
            log.info("kkt_given_back", kkt=kkt_id)
            self._posts.give_back(kkt_id)
        for owner in taken:
            METRICS.leases_taken.labels("silent" if owner.kkt_id in silent else "free").inc()
            await self._posts.begin(owner, until)
        METRICS.kkts_held.labels(str(self._options.node)).set(len(self._posts.running()))
        await self._measure_queue(began)

    @property
    def _hold_ms(self) -> int:
        return round(self._options.hold_s * 1000)

    async def _choose(self, db: WriteConnection, *, draining: bool) -> tuple[Choice, set[int]]:
        """What to take and give, and the KKTs among them whose owner is silent for good."""
        seats = await leases.kkts_in_service(db)
        working = self._posts.working()
        ours = {post.owner.kkt_id for post in (*self._posts.running(), *self._posts.ended())}
        held = [seat for seat in seats if seat.mark.beat is not None and seat.kkt_id not in ours]
        silent = {
            seat.kkt_id for seat in held if self._owners.seconds(seat.kkt_id, seat.mark) * 1000 >= seat.mark.hold_ms
        }
        self._owners.forget_all_but([seat.kkt_id for seat in held])
        ending = {post.owner.kkt_id for post in self._posts.running()} - working
        sharers = 1 + await self._others_alive(db)
        return choose(seats, Standing(self._options.node, working, ending, silent, sharers, draining)), silent

    async def _others_alive(self, db: WriteConnection) -> int:
        others = await nodes.other_nodes(db, self._options.node)
        self._others.forget_all_but(list(others))
        patience_s = ALIVE_BEATS * self._options.renew_s
        return sum(self._others.seconds(number, mark) < patience_s for number, mark in others.items())

    async def _release(self, db: WriteConnection, ended: Collection[Post]) -> None:
        if await leases.release_leases(db, [post.owner for post in ended]):
            await kkts.announce_kkts(db)

    async def _measure_queue(self, at: float) -> None:
        if at < self._measure_at:
            return
        self._measure_at = at + self._options.renew_s
        async with self._db.read() as db:
            for cassette_id, receipts in (await queue.count_by_cassette(db)).items():
                METRICS.queued_receipts.labels(str(cassette_id)).set(receipts)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._round_wanted.wait()
        except TimeoutError:
            pass
        if not self._stopping.is_set():
            self._round_wanted.clear()

    # --- the end ------------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Every KKT is free for others as soon as its own document is finished; then the number is."""
        await self._device_orders.end()
        for kkt_id in self._posts.working():
            self._posts.give_back(kkt_id)
        while self._posts.running():
            await self._posts.some_end()
            await self._give_up_ended()
        if await self._give_up_ended():
            try:
                async with self._db.write() as db:
                    await self._membership.stop(db, self._clock.now())
                    await kkts.announce_kkts(db)
            except DATABASE_ERRORS as error:
                log.warning("number_left_to_silence", reason=str(error))

    async def _give_up_ended(self) -> bool:
        """Release the leases of posts that have ended; False when they must be left to silence."""
        ended = self._posts.ended()
        try:
            async with self._db.write() as db:
                await self._release(db, ended)
        except DATABASE_ERRORS as error:
            log.warning("leases_left_to_silence", reason=str(error))
            return False
        self._posts.forget(ended)
        return True
