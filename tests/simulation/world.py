"""One world from its seed to its audit: machines come up, work arrives, everything breaks, everything is repaired."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fiscal_server.dispatch.dispatcher import DispatchOptions
from fiscal_server.dispatch.verify import verify
from fiscal_server.storage import documents, kkts, queue, receipt_search
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, connect
from fiscal_server.troubles import Trouble
from kkt_drivers.emulator.faults import Fault, FaultPlan, FaultRule
from kkt_drivers.emulator.memory import ArchiveEntry, read_archive
from kkt_drivers.emulator.ofd import EmulatedOfd, read_ofd_archive
from kkt_drivers.emulator.ofd_faults import OfdFaultSource
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import serve_ofd
from tests.simulation.auditor import Auditor, Reported
from tests.simulation.backend import Pool
from tests.simulation.billing import Billing
from tests.simulation.loop import Host, HostClock, SimulatedLoop
from tests.simulation.machines import DSN, Api, FnBox, Node
from tests.simulation.mishaps import Mishaps
from tests.simulation.network import Listening, Network
from tests.simulation.person import MAY_RETURN, Person
from tests.simulation.plan import FOR_GOOD, Plan
from tests.simulation.restoring import Restoring
from tests.simulation.sessions import Sessions
from tests.simulation.setting import set_up
from tests.simulation.story import PERIOD, Story

START = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
MUST_END_WITHIN_S = 450.0
"""After the repair every receipt is with the operator within this."""

_LOOK_EVERY_S = 4.0
_VERIFY_EVERY = 4
"""``fiscal-server verify`` reads every byte of every FN, a third of a world's steps: worlds by turns. The auditor's own
look at the archives is in each."""

_PERSON_LOOKS_EVERY_S = 8.0
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
        self.nodes = [Node(loop, self.network, self._options(n)) for n in range(plan.nodes)]
        self.apis = [Api(loop, self.network, n) for n in range(plan.apis)]
        self.boxes = [
            FnBox(loop, self.network, folder, n, self._parameters(n), plan.timing) for n in range(1, plan.fns + 1)
        ]
        self.billing = Billing(loop, self.apis, self._promised)
        self.faults: Counter[str] = Counter()
        self.operator: EmulatedOfd
        self.database: Listening
        self.merchant: MerchantRow
        self.db: Database  # the people's
        self.clock = HostClock(loop, loop.observer)
        self.person = Person(self)
        self.restoring = Restoring(self)

    def _options(self, node: int) -> DispatchOptions:
        lock_file = self.folder / f"node-{node}.lock"
        lock_file.write_text(f"{node}\n")  # its id, which would be drawn
        return DispatchOptions(
            DSN,
            node,
            lease_s=self.plan.lease_s,
            longest_command_s=self.plan.longest_command_s,
            lock_file=lock_file if self.plan.locked else None,
        )

    def _parameters(self, n: int) -> FnParameters:
        plan = self.plan
        return FnParameters(
            number=f"999907890000{n:04d}",
            ffd=plan.ffd,
            # An FN whose backlog is old gives way to a spare and ends: where it is the last one, others have the room.
            capacity_documents=plan.capacity if n < plan.fns and not plan.aged[-1] else _ROOM_FOR_ALL,
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
        await self.reconnect()
        await set_up(self)
        mishaps = Mishaps(self)
        work = [asyncio.create_task(one) for one in self._work()]
        watching = asyncio.create_task(self._watch())
        for node in self.nodes:
            node.start()
        await mishaps.happen()
        await mishaps.repair()
        person = asyncio.create_task(self._be_the_person())
        until = self.loop.time() + MUST_END_WITHIN_S
        while not self.auditor.problems and not await self._is_done():
            for task in (watching, person, *work):
                if task.done():
                    task.result()
            if self.loop.time() > until:
                await self._tell_what_is_left()
                break
            await asyncio.sleep(2)
        for node in self.nodes:
            await node.stop()
        for task in (watching, person, *work):
            task.cancel()
        await asyncio.gather(*work, watching, person, return_exceptions=True)
        await self._close()

    def _work(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What comes to the server."""
        story = Story(self.plan, self.merchant.id, self.loop.chance, self.auditor.ask)
        for sending in story.sendings:
            yield self.billing.send(sending)
        if self.plan.charged:
            self.auditor.closed_kopecks = story.charged_kopecks
            yield self.billing.close(self.merchant.id, PERIOD, behind="charges")
        if self.plan.restored:
            yield self.restoring.back_up(self.loop.chance.uniform(0.0, self.plan.trouble_s * 0.8))

    def note(self, whom: str, what: str) -> None:
        """Into the story of the world."""
        self.loop.trace.note(self.loop.time(), whom, what)

    async def reconnect(self) -> None:
        """A pool of the people's own."""
        self.db = await connect(DSN, self.clock, size=2)

    async def start_database(self) -> None:
        """PostgreSQL takes connections."""
        if ("postgres", 5432) not in self.network.listening:
            serving = self.network.create_server(self.sessions.protocol, "postgres", 5432)
            self.database = await self.loop.start_on(Host("postgres"), serving)

    def device_faults(self, box: FnBox) -> FaultPlan:
        """Bad luck for an FN that is switched on."""
        chances = self.plan.device_chances
        if box is self.boxes[-1]:
            chances = {fault: chance for fault, chance in chances.items() if fault not in FOR_GOOD}
        seed = self.loop.chance.getrandbits(32)
        return FaultPlan(self._decay(box), seed, chances, ms=1500, code=self.plan.refusal)

    def lasting_faults(self, box: FnBox) -> FaultPlan:
        """What no repair mends."""
        return FaultPlan(self._decay(box))

    def _decay(self, box: FnBox) -> tuple[FaultRule, ...]:
        barren = self.plan.barren
        return barren.rules() if barren is not None and self.boxes.index(box) in barren.fns else ()

    def _promised(self, batch: str, answer: bytes) -> None:
        for event in json.loads(answer)["events"]:
            made = event.get("receipts", [])
            if event["status"] == "accepted" and len(made) == (event["key"] in self.auditor.asked):
                for receipt_id in made:
                    self.auditor.promise(event["key"], receipt_id)
            elif event["status"] != "duplicate":
                self.auditor.problems.append(f"{batch} was answered {event}")

    # --- looking ------------------------------------------------------------------------------------------------------

    def archives(self) -> dict[str, list[ArchiveEntry]]:
        """Every FN's own file."""
        return {box.parameters.number: read_archive(box.memory) for box in self.boxes}

    def dead_fns(self) -> set[str]:
        """FNs that hand nothing over any more."""
        return {box.parameters.number for box in self.boxes if box.gone or box.is_broken}

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if not any(node.up for node in self.nodes):
                continue
            with contextlib.suppress(*DATABASE_ERRORS):
                await self._look()

    async def _be_the_person(self) -> None:
        while True:
            await self.person.clear_up()
            await asyncio.sleep(_PERSON_LOOKS_EVERY_S)

    async def _look(self) -> list[Reported]:
        async with self.db.read() as connection:
            rows, _ = await receipt_search.find_receipts(
                connection, self.merchant.id, receipt_search.ReceiptFilter(), 1000
            )
        shown = [
            Reported(
                str(r.id),
                r.event_key,
                r.state.value,
                r.fn_number,
                r.fd_number,
                r.fiscal_sign,
                r.total_kopecks,
                r.ofd_code,
            )
            for r in rows
        ]
        self.auditor.hear(shown, self.archives())
        return shown

    async def _is_done(self) -> bool:
        """All is with the operator, withdrawn, or in an FN that cannot hand it over; no slot waits for a word."""
        if self.billing.unanswered:
            return False
        async with self.db.read() as connection:
            counts = await documents.count_receipts(connection)
            slots = await kkts.list_kkts(connection)
        dead = self.dead_fns()
        if any((slot.fault or "").startswith(MAY_RETURN) and slot.fn_number not in dead for slot in slots):
            return False
        return counts.computed == counts.ofd_acked or all(
            one.state in ("OFD_ACKED", "CANCELLED")
            or (one.state == "REGISTERED" and (one.refused_with or one.fn_number in dead))
            for one in await self._look()
        )

    async def _tell_what_is_left(self) -> None:
        async with self.db.read() as connection:
            counts = await documents.count_receipts(connection)
            waiting = await queue.count_queue(connection)
            slots = await kkts.list_kkts(connection)
        self.auditor.problems.append(
            f"work stands still: {self.billing.unanswered} batch(es) unanswered, {counts}, {waiting}, "
            + "; ".join(f"{s.fn_number} {s.state} fd {s.last_fd} acked {s.acked_fd} {s.fault or ''}" for s in slots)
        )

    async def _close(self) -> None:
        await self._look()
        dead = self.dead_fns()
        if self.plan.seed % _VERIFY_EVERY == 0:
            report = await verify(self.db, self.clock)
            self.auditor.problems += report.differences
            away = {box.parameters.number for box in self.boxes if box.gone}
            unread = {fn: why for fn, why in report.out_of_reach.items() if fn not in away}
            self.auditor.problems += [f"FN {fn} is out of reach: {why}" for fn, why in unread.items()]
        async with self.db.read() as connection:
            slots = await kkts.list_kkts(connection)
        # An FN that a fault plan filled up while it was spare is of no use any more, and its slot says so.
        full = Fault.FILL_UP in self.plan.device_chances
        self.auditor.problems += [
            f"FN {slot.fn_number} stands still: {slot.fault}"
            for slot in slots
            if slot.fault and slot.fn_number not in dead and not (full and slot.fault.startswith(Trouble.EXHAUSTED))
        ]
        self.auditor.out_of_service = dead
        self.auditor.close(self.archives(), read_ofd_archive(self.folder / "operator.log"))
        await self.db.close()
