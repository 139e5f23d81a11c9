"""One world from its seed to its audit: machines come up, work arrives, everything breaks, everything is repaired."""

import asyncio
import contextlib
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from fiscal_server.dispatch.enrol import Enrolment, Papers, enrol, registration_of
from fiscal_server.dispatch.verify import verify
from fiscal_server.intake.accept import BatchRequest
from fiscal_server.storage import documents, kkts, queue, receipt_search, requests
from fiscal_server.storage.merchants import MerchantRow, add_merchant
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, ReadConnection, connect
from fiscal_server.storage.requests import OrderKind
from fiscal_server.troubles import Trouble
from kkt_drivers.emulator.faults import Fault, FaultPlan
from kkt_drivers.emulator.memory import ArchiveEntry, read_archive
from kkt_drivers.emulator.ofd import EmulatedOfd, read_ofd_archive
from kkt_drivers.emulator.ofd_faults import OfdFaultSource
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import serve_ofd
from kkt_drivers.ffd.rnm import registration_number
from tests.simulation.auditor import Asked, Auditor, Reported
from tests.simulation.backend import Pool
from tests.simulation.loop import Host, HostClock, SimulatedLoop
from tests.simulation.machines import DSN, Api, Billing, FnBox, Node
from tests.simulation.mishaps import Mishaps
from tests.simulation.network import Listening, Network
from tests.simulation.plan import Plan
from tests.simulation.sessions import Sessions
from tests.storage.scene import RULES, payment

START = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
MUST_END_WITHIN_S = 900.0
"""After the repair every receipt is with the operator within this."""

_LOOK_EVERY_S = 2.0
_PERSON_LOOKS_EVERY_S = 20.0
_ROOM_FOR_ALL = 400


class SimulatedWorld:
    """What a run is made of."""

    def __init__(self, plan: Plan, pool: Pool, folder: Path, loop: SimulatedLoop) -> None:
        self.plan = plan
        self.folder = folder
        self.loop = loop
        self.network = Network(loop)
        self.sessions = Sessions(loop, pool)
        self.auditor = Auditor()
        self.nodes = [Node(loop, self.network, n) for n in range(plan.nodes)]
        self.apis = [Api(loop, self.network, n) for n in range(plan.apis)]
        self.boxes = [
            FnBox(loop, self.network, folder, n, self._parameters(n), plan.timing) for n in range(1, plan.fns + 1)
        ]
        self.billing = Billing(loop, self.apis, self._promised)
        self.faults: Counter[str] = Counter()
        self.operator: EmulatedOfd
        self.database: Listening
        self.merchant: MerchantRow
        self._payments: dict[str, tuple[str, int]] = {}
        self._clock = HostClock(loop, loop.observer)

    def _parameters(self, n: int) -> FnParameters:
        plan = self.plan
        return FnParameters(
            number=f"999907890000{n:04d}",
            ffd=plan.ffd,
            capacity_documents=plan.capacity if n < plan.fns else _ROOM_FOR_ALL,
            message_area_kib=plan.message_area_kib,
        )

    # --- the run ------------------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """From nothing to the audit."""
        await self.start_database()
        self.operator = EmulatedOfd(
            self.folder / "operator.log",
            faults=OfdFaultSource(self.plan.operator_rules),
            utc_seconds=lambda: self.loop.wall().timestamp(),
        )
        await self.loop.start_on(Host("operator"), serve_ofd(self.operator, "tcp://operator:7790"))
        db = await connect(DSN, self._clock, size=2)
        await self._set_up(db)
        mishaps = Mishaps(self)
        sending = [asyncio.create_task(self.billing.send(*batch)) for batch in self._batches()]
        watching = asyncio.create_task(self._watch(db))
        for node in self.nodes:
            node.start()
        await mishaps.happen()
        await mishaps.repair()
        person = asyncio.create_task(self._be_the_person(db))
        until = self.loop.time() + MUST_END_WITHIN_S
        while not await self._is_done(db):
            if watching.done():
                watching.result()
            if self.loop.time() > until:
                await self._tell_what_is_left(db)
                break
            await asyncio.sleep(1)
        for node in self.nodes:
            await node.stop()
        watching.cancel()
        person.cancel()
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, watching, person, return_exceptions=True)
        await self._close(db)

    async def start_database(self) -> None:
        """PostgreSQL takes connections."""
        if ("postgres", 5432) not in self.network.listening:
            serving = self.network.create_server(self.sessions.protocol, "postgres", 5432)
            self.database = await self.loop.start_on(Host("postgres"), serving)

    def device_faults(self, box: FnBox) -> FaultPlan:
        """Bad luck for an FN that is switched on."""
        chances = self.plan.device_chances
        if box is self.boxes[-1]:
            chances = {fault: chance for fault, chance in chances.items() if fault is not Fault.FILL_UP}
        return FaultPlan(seed=self.loop.chance.getrandbits(32), probabilities=chances, ms=1500)

    async def _set_up(self, db: Database) -> None:
        async with db.write() as connection:
            await make_partitions(connection, self._clock.now())
            self.merchant = MerchantRow(
                db.ids.next(), "Пример", RULES, 1084, "КАССИР", "https://provider.example", "Москва"
            )
            await add_merchant(connection, self.merchant, self._clock.now())
        for n, box in enumerate(self.boxes, 1):
            await box.switch_on(slow=False)
            papers = Papers(
                serial=f"{n:08d}",
                registration_number=registration_number("0000000001", RULES["inn"], f"{n:08d}"),
                ofd_inn="7700000000",
                ofd_name="Эмулятор ОФД",
            )
            enrolment = Enrolment(
                merchant_id=self.merchant.id,
                cassette="main",
                address=box.address,
                ofd_address="operator:7790",
                registration=registration_of(self.merchant, papers),
                parallel=self.plan.parallel,
            )
            await enrol(db, self._clock, enrolment)
            box.switch_off()
            await box.switch_on(self.device_faults(box))

    def _batches(self) -> list[tuple[BatchRequest, float]]:
        chance = self.loop.chance
        requests: list[tuple[BatchRequest, float]] = []
        for n, (at, payments) in enumerate(self.plan.batches):
            events, accounts = [], {}
            for i in range(payments):
                account, kopecks = f"A{chance.randrange(self.plan.accounts)}", chance.randrange(1, 90_000)
                key = f"pay-{n}-{i}"
                self._payments[key] = (account, kopecks)
                events.append(payment(key, account, kopecks=kopecks))
                accounts[account] = {"id": account, "contact": "+79000000001"}
            body = json.dumps({"accounts": list(accounts.values()), "events": events}).encode()
            requests.append((BatchRequest(self.merchant.id, f"batch-{n}", body), at))
        return requests

    def _promised(self, request: BatchRequest, answer: bytes) -> None:
        for event in json.loads(answer)["events"]:
            account, kopecks = self._payments[event["key"]]
            if event["status"] != "accepted" or len(event["receipts"]) != 1:
                self.auditor.problems.append(f"{request.idempotency_key} was answered {event}")
                continue
            self.auditor.promise(Asked(event["key"], account, kopecks, event["receipts"][0]))

    # --- looking ------------------------------------------------------------------------------------------------------

    def archives(self) -> dict[str, list[ArchiveEntry]]:
        """Every FN's own file."""
        return {box.parameters.number: read_archive(box.memory) for box in self.boxes}

    async def _watch(self, db: Database) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if not any(node.up for node in self.nodes):
                continue
            with contextlib.suppress(*DATABASE_ERRORS):
                await self._look(db)

    async def _be_the_person(self, db: Database) -> None:
        """A slot whose FN has a document of a clock that was ahead stops by design: somebody sends it back to work."""
        while True:
            async with db.write() as connection:
                for slot in await kkts.list_kkts(ReadConnection(connection)):
                    if slot.state == "FAULTY" and (slot.fault or "").startswith(Trouble.WRONG_DATE):
                        self.faults["slot returned to service after a wrong date"] += 1
                        order = (db.ids.next(), slot.merchant_id, slot.id, OrderKind.RETURN_TO_SERVICE)
                        await requests.add_request(connection, *order, self._clock.now(), asked_by="simulation")
                        await kkts.announce_kkts(connection)
            await asyncio.sleep(_PERSON_LOOKS_EVERY_S)

    async def _look(self, db: Database) -> None:
        async with db.read() as connection:
            rows, _ = await receipt_search.find_receipts(
                connection, self.merchant.id, receipt_search.ReceiptFilter(), 1000
            )
        shown = [
            Reported(str(r.id), r.state.value, r.fn_number, r.fd_number, r.fiscal_sign, r.total_kopecks) for r in rows
        ]
        self.auditor.hear(shown, self.archives())

    async def _is_done(self, db: Database) -> bool:
        if self.billing.unanswered:
            return False
        async with db.read() as connection:
            counts = await documents.count_receipts(connection)
        return counts.computed == counts.ofd_acked

    async def _tell_what_is_left(self, db: Database) -> None:
        async with db.read() as connection:
            counts = await documents.count_receipts(connection)
            waiting = await queue.count_queue(connection)
            slots = await kkts.list_kkts(connection)
        self.auditor.problems.append(
            f"work stands still: {self.billing.unanswered} batch(es) unanswered, {counts}, {waiting}, "
            + "; ".join(f"{s.fn_number} {s.state} fd {s.last_fd} acked {s.acked_fd} {s.fault or ''}" for s in slots)
        )

    async def _close(self, db: Database) -> None:
        await self._look(db)
        report = await verify(db, self._clock)
        self.auditor.problems += report.differences
        self.auditor.problems += [f"FN {fn} is out of reach: {why}" for fn, why in report.out_of_reach.items()]
        async with db.read() as connection:
            slots = await kkts.list_kkts(connection)
        # An FN that a fault plan filled up while it was spare is of no use any more, and its slot says so.
        full = Fault.FILL_UP in self.plan.device_chances
        self.auditor.problems += [
            f"FN {slot.fn_number} stands still: {slot.fault}"
            for slot in slots
            if slot.fault and not (full and slot.fault.startswith(Trouble.EXHAUSTED))
        ]
        self.auditor.close(self.archives(), read_ofd_archive(self.folder / "operator.log"))
        await db.close()
