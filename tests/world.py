"""A small world for tests: a merchant, emulated FNs and an emulated operator in this process, the real dispatcher.

The wire is real TCP on the loopback, the database a real PostgreSQL. ``FnBox`` can be killed and woken like a device.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from fiscal_server.clock import Clock, SystemClock, VirtualClock
from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions
from fiscal_server.dispatch.enrol import Enrolled, Enrolment, Papers, enrol, registration_of
from fiscal_server.dispatch.verify import verify
from fiscal_server.intake.accept import BatchRequest, Intake, accept_batch
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage import documents, kkts, queue, requests
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import Database, connect
from kkt_drivers.emulator.faults import FaultPlan, FaultRule, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.memory import ArchiveEntry, read_archive
from kkt_drivers.emulator.ofd import EmulatedOfd
from kkt_drivers.emulator.ofd_faults import OfdFaultRule, OfdFaultSource
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import TcpServer, serve_fn, serve_ofd
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.ffd.rnm import registration_number
from tests.storage.scene import RULES, payment


class FnBox:
    """One emulated FN: serve, kill, wake."""

    def __init__(self, folder: Path, n: int, *, ffd: int, capacity: int, message_area_kib: int) -> None:
        self.number = f"999907890000{n:04d}"
        self.memory = folder / f"fn-{n}.memory"
        self._parameters = FnParameters(
            number=self.number,
            ffd=ffd,
            capacity_documents=capacity,
            term_days=470,
            message_area_kib=message_area_kib,
        )
        self._fn: EmulatedFn | None = None
        self._server: TcpServer | None = None
        self.port = 0

    @property
    def address(self) -> str:
        return f"fn+tcp://127.0.0.1:{self.port}?timezone=Europe/Moscow&timeout_ms=1000"

    async def start(self, *rules: FaultRule, plan: FaultPlan | None = None, wire: type[FnLine] = FnLine) -> None:
        """Switch it on, with faults to come if given; on the port that it had before."""
        self._fn = EmulatedFn(self._parameters, self.memory)
        line = wire(self._fn, FaultSource(plan or FaultPlan(script=rules)))
        self._server = await serve_fn(line, f"tcp://127.0.0.1:{self.port}", lambda _: None)
        self.port = int(self._server.address.rpartition(":")[2])

    async def restart(self, *rules: FaultRule, plan: FaultPlan | None = None, wire: type[FnLine] = FnLine) -> None:
        """Off and on again, with other faults to come."""
        await self.stop()
        await self.start(*rules, plan=plan, wire=wire)

    async def stop(self) -> None:
        """Pull the plug."""
        if self._server is not None:
            await self._server.close()
            self._server = None
        if self._fn is not None:
            self._fn.close()
            self._fn = None

    def archive(self) -> list[ArchiveEntry]:
        return read_archive(self.memory)

    def receipts(self) -> list[ArchiveEntry]:
        return [entry for entry in self.archive() if entry.form in (3, 31)]


def slot_of(merchant: MerchantRow, box: FnBox, n: int, ofd_address: str, inn: str = RULES["inn"]) -> Enrolment:
    """What is needed to put ``box`` into the merchant's cassette as its ``n``-th KKT."""
    papers = Papers(
        serial=f"{n:08d}",
        registration_number=registration_number("0000000001", inn, f"{n:08d}"),
        ofd_inn="7700000000",
        ofd_name="Эмулятор ОФД",
    )
    return Enrolment(
        merchant_id=merchant.id,
        cassette="main",
        address=box.address,
        ofd_address=ofd_address,
        registration=registration_of(merchant, papers),
    )


class World:
    """What a test of the whole works with."""

    ofd_address: str = ""

    def __init__(self, dsn: str, db: Database, merchant: MerchantRow, boxes: list[FnBox]) -> None:
        self.dsn = dsn
        self.db = db
        self.clock = SystemClock()
        self.merchant = merchant
        self.boxes = boxes
        self.dispatch_task: asyncio.Task[None] | None = None
        self._batches = 0

    async def more_boxes(self, count: int = 1, *, capacity: int = 1000) -> list[FnBox]:
        """FNs that are switched on and belong to nobody yet."""
        known = len(self.boxes)
        folder = self.boxes[0].memory.parent
        for n in range(known + 1, known + count + 1):
            box = FnBox(folder, n, ffd=4, capacity=capacity, message_area_kib=32_768)
            await box.start()
            self.boxes.append(box)
        return self.boxes[known:]

    async def join(self, box: FnBox) -> Enrolled:
        """Put an FN into the merchant's cassette."""
        n = self.boxes.index(box) + 1
        return await enrol(self.db, self.clock, slot_of(self.merchant, box, n, self.ofd_address))

    async def post(self, events: list[dict[str, Any]], accounts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Send a batch as a billing system does, without HTTP."""
        self._batches += 1
        body = json.dumps({"accounts": accounts or [], "events": events}).encode()
        request = BatchRequest(self.merchant.id, f"batch-{self._batches}", body)
        answer: dict[str, Any] = json.loads(
            await accept_batch(self.db, Intake(self.clock, ZoneInfo("Europe/Moscow")), request)
        )
        return answer

    async def pay(self, count: int, *, kopecks: int = 45_000, start: int = 0) -> None:
        """``count`` advances, one an account."""
        codes = [f"A{n}" for n in range(start, start + count)]
        await self.post(
            [payment(f"pay-{code}", code, kopecks=kopecks) for code in codes],
            [{"id": code, "contact": "+79000000001"} for code in codes],
        )

    @asynccontextmanager
    async def dispatching(
        self, node: int = 0, dsn: str | None = None, *, clock: Clock | None = None, size: int = 4, **options: Any
    ) -> AsyncIterator[Dispatcher]:
        """A dispatcher that works meanwhile; over another way to the database if ``dsn`` is given."""
        clock = clock or self.clock
        db = await connect(dsn or self.dsn, clock, size=size)
        dispatcher = Dispatcher(DispatchOptions(dsn or self.dsn, node, **options), db, clock)
        task = self.dispatch_task = asyncio.create_task(dispatcher.run())
        try:
            yield dispatcher
        finally:
            dispatcher.stop()
            if self.dispatch_task is task or not task.done():  # else a test has seen it end
                await task
            await db.close()

    async def rule(self, **rules: Any) -> None:
        """Every cassette works by these rules."""
        await self.change("update fiscal.cassette set rules = $1", rules)

    async def order(self, slot: int, kind: str, reason: str = "проверка") -> dict[str, Any]:
        """A person orders something of a slot and waits for the answer of a dispatcher."""
        [row] = [row for row in await self.slots() if row.slot == slot and row.merchant_id == self.merchant.id]
        order_id = self.db.ids.next()
        async with self.db.write() as db:
            await requests.add_request(
                db, order_id, row.merchant_id, row.id, kind, self.clock.now(), asked_by="Иванова", reason=reason
            )
            await kkts.announce_kkts(db)

        async def answered() -> bool:
            async with self.db.read() as db:
                return (await requests.read_request(db, row.merchant_id, order_id))[0] is not None

        await self.until(answered)
        async with self.db.read() as db:
            answer: dict[str, Any] = (await requests.read_request(db, row.merchant_id, order_id))[1]
        return answer

    async def states_become(self, *wanted: str) -> None:
        """Wait until the slots stand so."""

        async def so() -> bool:
            return [slot.state for slot in await self.slots()] == list(wanted)

        await self.until(so)

    async def slots(self) -> list[kkts.SlotRow]:
        """The cassette as people see it."""
        async with self.db.read() as db:
            return await kkts.list_kkts(db)

    async def change(self, statement: str, *values: Any) -> None:
        """Change the database behind the program's back."""
        async with self.db.write() as db:
            await db.execute(statement, *values)

    async def db_values(self, query: str) -> list[Any]:
        """The first column of a query."""
        async with self.db.read() as db:
            return [row[0] for row in await db.fetch(query)]

    async def waiting(self) -> dict[str, int]:
        """Unfinished receipts by state."""
        async with self.db.read() as db:
            return await queue.count_queue(db)

    async def none_of(self, *states: str) -> bool:
        """Whether no receipt stands in any of these."""
        return not set(states) & (await self.waiting()).keys()

    async def until(self, what: Callable[[], Awaitable[bool]], within_s: float = 30.0) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(within_s):
            while not await what():
                await self.clock.sleep(0.02)

    async def counts(self) -> documents.ReceiptCounts:
        async with self.db.read() as db:
            return await documents.count_receipts(db)

    async def until_delivered(self, within_s: float = 30.0) -> documents.ReceiptCounts:
        """Wait until every receipt is with the operator."""
        return await self._until(lambda c: c.computed == c.ofd_acked, within_s)

    async def until_registered(self, count: int, within_s: float = 30.0) -> documents.ReceiptCounts:
        """Wait until so many receipts are registered."""
        return await self._until(lambda c: c.registered >= count, within_s)

    async def check_clean(self) -> None:
        """Every receipt exactly once, by the FNs' own memories and by ``verify``."""
        ids = [receipt_id_of(entry.tlv) for box in self.boxes for entry in box.receipts()]
        assert len(set(ids)) == len(ids) == (await self.counts()).registered
        report = await verify(self.db, self.clock)
        assert report.differences == []
        assert report.out_of_reach == {}

    async def _until(self, done: Any, within_s: float) -> documents.ReceiptCounts:
        async with asyncio.timeout(within_s):
            while not done(counts := await self.counts()):
                await self.clock.sleep(0.02)
        return counts


@asynccontextmanager
async def world(
    dsn: str,
    folder: Path,
    *,
    fns: int = 1,
    ffd: int = 4,
    capacity: int = 1000,
    message_area_kib: int = 32_768,
    parallel: int = 1,
    rules: dict[str, Any] | None = None,
    operator_faults: tuple[OfdFaultRule, ...] = (),
    enrolled_ago: timedelta = timedelta(0),
) -> AsyncIterator[World]:
    """A merchant with a cassette of ``fns`` emulated FNs, ``parallel`` of them at work at once."""
    clock = SystemClock()
    db = await connect(dsn, clock, size=4)
    operator = EmulatedOfd(folder / "operator.log", "7700000000", OfdFaultSource(operator_faults))
    ofd = await serve_ofd(operator, "tcp://127.0.0.1:0", lambda _: None)
    boxes = [FnBox(folder, n, ffd=ffd, capacity=capacity, message_area_kib=message_area_kib) for n in range(1, fns + 1)]
    try:
        async with db.write() as connection:
            await make_partitions(connection, clock.now())
        merchant = await create_merchant(
            db, NewMerchant(name="Пример", rules=rules or RULES, place="https://provider.example", address="Москва")
        )
        for n, box in enumerate(boxes, 1):
            await box.start()
            enrolment = slot_of(merchant, box, n, ofd.address.removeprefix("tcp://"))
            enrolment = msgspec.structs.replace(enrolment, parallel=parallel)
            await enrol(db, VirtualClock(clock.now() - enrolled_ago), enrolment)
        scene = World(dsn, db, merchant, boxes)
        scene.ofd_address = ofd.address.removeprefix("tcp://")
        yield scene
        db = scene.db  # a test may have come to it anew
    finally:
        for box in boxes:
            with contextlib.suppress(Exception):
                await box.stop()
        await ofd.close()
        operator.close()
        await db.close()
