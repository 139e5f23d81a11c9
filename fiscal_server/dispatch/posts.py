"""The KKTs in the hands of a dispatch process, each with the worker that serves it."""

import asyncio
from collections.abc import Callable, Collection

import msgspec
import structlog

from fiscal_server.cassette.rotation import stop_slot
from fiscal_server.dispatch.session import KktSession, Lease, Rooms
from fiscal_server.dispatch.worker import KktWorker
from fiscal_server.errors import LeaseLost
from fiscal_server.storage import kkts, queue, requests, slots
from fiscal_server.storage.kkts import KktRow
from fiscal_server.storage.queue import Owner
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.address import open_kkt

log = structlog.get_logger()


class Post(msgspec.Struct):
    """A KKT that is ours, with who works on it. ``ending``: it is asked to finish its document and end."""

    owner: Owner
    lease: Lease
    worker: KktWorker
    task: asyncio.Task[None]
    ending: bool = False


class Posts:
    """``on_given_back`` is called when a KKT that was to be given back has nothing under way any more."""

    def __init__(self, rooms: Rooms, on_given_back: Callable[[], None]) -> None:
        self._rooms = rooms
        self._on_given_back = on_given_back
        self._posts: dict[int, Post] = {}

    # --- what there is ------------------------------------------------------------------------------------------------

    def ended(self) -> list[Post]:
        """Those with nothing under way any more: their leases may be released."""
        return [post for post in self._posts.values() if post.task.done()]

    def running(self) -> list[Post]:
        """All others."""
        return [post for post in self._posts.values() if not post.task.done()]

    def working(self) -> set[int]:
        """KKTs that are worked with and not about to be given back."""
        return {kkt_id for kkt_id, post in self._posts.items() if not post.ending and not post.task.done()}

    # --- what happens -------------------------------------------------------------------------------------------------

    async def begin(self, owner: Owner, lease_until: float) -> None:
        """A worker for a KKT whose lease was just taken; ``lease_until`` on the clock that counts suspend."""
        clock = self._rooms.clock
        try:
            row = await self._look(owner)
        except msgspec.ValidationError as error:  # rules of another version: its trouble is not the other KKTs'
            log.error("cassette_unreadable", kkt=owner.kkt_id, reason=str(error))
            return
        if row.owner != owner:
            log.warning("lease_lost", kkt=owner.kkt_id, reason="it was taken before its worker could begin")
            return
        lease = Lease(clock, lease_until)
        try:
            kkt = open_kkt(row.address, convoy=self._rooms.convoy)
        except ValueError as error:
            await self._stop_unreadable(owner, row, str(error))
            return
        kkt.guard(lease.check)
        worker = KktWorker(KktSession(self._rooms, kkt, owner, lease))
        task = asyncio.create_task(_serve(worker), name=f"kkt-{owner.kkt_id}")
        post = self._posts[owner.kkt_id] = Post(owner, lease, worker, task)
        task.add_done_callback(lambda _: self._on_given_back() if post.ending else None)
        log.info("kkt_taken", kkt=owner.kkt_id, address=row.address, fn=row.fn_number, state=row.state)

    async def _look(self, owner: Owner) -> KktRow:
        """The KKT as the books have it, once its cassette has as many slots at work as it can."""
        async with self._rooms.db.write() as db:
            row = await kkts.read_kkt(db, owner.merchant_id, owner.kkt_id)
            if row.owner == owner:
                await slots.fill_cassette(db, owner.merchant_id, row.cassette_id, self._rooms.clock.now())
        return row

    async def _stop_unreadable(self, owner: Owner, row: KktRow, words: str) -> None:
        """Nobody can work at such an address; somebody may have taken the KKT in the meantime, and sees it himself."""
        log.error("slot_stopped", kkt=owner.kkt_id, reason=words)
        try:
            await stop_slot(self._rooms.db, row, tell(Trouble.BAD_ADDRESS, words), self._rooms.clock.now())
            await self._refuse_orders(owner, words)
        except LeaseLost as error:
            log.warning("lease_lost", kkt=owner.kkt_id, reason=str(error))

    async def _refuse_orders(self, owner: Owner, reason: str) -> None:
        """Nobody can carry out what people ordered of this KKT."""
        async with self._rooms.db.write() as db:
            await queue.hold_kkt(db, owner)
            for order in await requests.open_orders(db, owner.merchant_id, owner.kkt_id):
                now = self._rooms.clock.now()
                await requests.finish_request(db, owner.merchant_id, order.id, {"failed": reason}, now)

    def renew(self, renewed: Collection[int], until: float) -> int:
        """``renewed`` are ours until then; what else is running has another owner. Gives how many were lost."""
        lost = 0
        for post in self.running():
            if post.owner.kkt_id in renewed:
                post.lease.until = until
            else:
                self._void(post)
                lost += 1
        return lost

    def give_back(self, kkt_id: int) -> None:
        """Finish the document in hand and end."""
        post = self._posts[kkt_id]
        post.ending = True
        post.worker.stop()

    def void(self) -> None:
        """Others may act on our KKTs from now on: not one document more."""
        for post in self.running():
            self._void(post)

    def _void(self, post: Post) -> None:
        post.lease.until = self._rooms.clock.monotonic()
        post.ending = True
        post.worker.stop()

    def forget(self, posts: Collection[Post]) -> None:
        """Their leases are released."""
        for post in posts:
            if self._posts.get(post.owner.kkt_id) is post:
                del self._posts[post.owner.kkt_id]
            if not post.task.cancelled() and (error := post.task.exception()) is not None:
                log.error("worker_died", kkt=post.owner.kkt_id, exc_info=error)

    async def some_end(self) -> None:
        """Wait until at least one of those that run has ended."""
        await asyncio.wait([post.task for post in self.running()], return_when=asyncio.FIRST_COMPLETED)

    # --- waking -------------------------------------------------------------------------------------------------------

    def receipts_came(self, merchant_id: int) -> None:
        """A merchant has receipts to make."""
        for post in self._posts.values():
            if post.owner.merchant_id == merchant_id:
                post.worker.receipts_came()

    def wake(self) -> None:
        """Somebody may have asked for something."""
        for post in self._posts.values():
            post.worker.wake()


async def _serve(worker: KktWorker) -> None:
    try:
        await worker.run()
    finally:
        await worker.close()
