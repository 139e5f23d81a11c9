"""Events in, receipts on FNs and with the operator: the whole way, and what happens when something breaks on it."""

from pathlib import Path
from typing import Any

import pytest

from fiscal_server.storage import documents, kkts, queue
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.storage.scene import RULES
from tests.world import world


async def test_a_payment_becomes_a_receipt_that_the_operator_has(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(3)
        async with scene.dispatching():
            counts = await scene.until_delivered()
        assert (counts.computed, counts.registered, counts.ofd_acked) == (3, 3, 3)
        assert {entry.total_kopecks for entry in scene.boxes[0].receipts()} == {45_000}
        await scene.check_clean()


@pytest.mark.parametrize(("ffd", "version"), [(2, "1.05"), (4, "1.2")])
async def test_a_full_fn_gives_way_to_the_next_one(database: str, tmp_path: Path, ffd: int, version: str) -> None:
    rules = {**RULES, "ffd": version}
    async with world(database, tmp_path, fns=3, ffd=ffd, capacity=30, rules=rules) as scene:
        await scene.pay(60)
        async with scene.dispatching():
            await scene.until_delivered()
        async with scene.db.read() as db:
            assert await documents.count_rotations(db) == 2
            states = [slot.state for slot in await kkts.list_kkts(db)]
        assert states[2] == "ACTIVE"
        assert all(len(box.receipts()) < 30 for box in scene.boxes)
        await scene.check_clean()


async def test_without_a_ready_slot_receipts_wait_and_nothing_is_lost(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=1, capacity=24) as scene:
        await scene.pay(40)
        async with scene.dispatching(), scene.db.read() as db:
            while (await kkts.list_kkts(db))[0].state != "CLOSED":
                await scene.clock.sleep(0.02)
        counts = await scene.counts()
        async with scene.db.read() as db:
            waiting = await queue.count_queue(db)
        assert waiting == {"QUEUED": 40 - counts.registered}
        await scene.check_clean()


FAULTS: dict[str, FaultRule] = {
    "the answer to 16h is lost": FaultRule("16h", Fault.LOSE_ANSWER, nth=2),
    "the answer to 16h is garbled": FaultRule("16h", Fault.GARBLE_ANSWER, nth=2),
    "16h never arrives": FaultRule("16h", Fault.LOSE_REQUEST, nth=2),
    "the FN loses power before it writes": FaultRule("16h", Fault.POWER_OFF_BEFORE_WRITE, nth=2),
    "the FN loses power after it wrote": FaultRule("16h", Fault.POWER_OFF_AFTER_WRITE, nth=2),
    "the answer to 07h is lost": FaultRule("07h", Fault.LOSE_ANSWER, nth=3),
    "the cable is pulled": FaultRule("16h", Fault.UNPLUG, nth=2, ms=200),
    "the answer comes twice": FaultRule("16h", Fault.ANSWER_TWICE, nth=2),
    "the shift's opening is not answered": FaultRule("12h", Fault.LOSE_ANSWER, nth=1),
    "the confirmation's answer is lost": FaultRule("26h", Fault.LOSE_ANSWER, nth=2),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_whatever_the_wire_does_every_receipt_is_made_once(database: str, tmp_path: Path, fault: Any) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].stop()
        await scene.boxes[0].start(fault)
        await scene.pay(5)
        async with scene.dispatching():
            await scene.until_delivered()
        assert len(scene.boxes[0].receipts()) == 5
        await scene.check_clean()


async def test_an_fn_that_was_off_is_waited_for(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].stop()
        await scene.pay(3)
        async with scene.dispatching():
            await scene.clock.sleep(0.3)
            await scene.boxes[0].start()
            await scene.until_delivered()
        await scene.check_clean()


async def test_another_fn_at_the_same_address_stops_the_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        first, second = scene.boxes
        await scene.pay(2)
        for box in (first, second):
            await box.stop()
        first.port, second.port = second.port, first.port
        for box in (first, second):
            await box.start()
        async with scene.dispatching(), scene.db.read() as db:
            while {slot.state for slot in await kkts.list_kkts(db)} != {"FAULTY"}:
                await scene.clock.sleep(0.02)
            slots = await kkts.list_kkts(db)
        assert all((slot.fault or "").startswith("other_fn: FN ") for slot in slots)
        assert first.receipts() == second.receipts() == []


async def test_a_dispatcher_that_stops_leaves_work_for_the_next_one(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(30)
        async with scene.dispatching():
            await scene.until_registered(5)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()


async def test_receipts_of_one_account_keep_their_order(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        async with scene.db.write() as db:
            await db.execute("update fiscal.cassette set parallel = 2")
        await scene.post([], [{"id": "A1"}, {"id": "A2"}])
        for n in range(10):
            await scene.post(
                [
                    {"type": "payment", "key": f"p{n}-{code}", "account": code, "date": f"2026-10-{n + 1:02}",
                     "tenders": {"bank_transfer": 100 + n}}
                    for code in ("A1", "A2")
                ]
            )  # fmt: skip
        async with scene.dispatching():
            await scene.until_delivered()
        async with scene.db.read() as db:
            rows = await db.fetch(
                "select r.account_id, r.id, d.recorded_at from fiscal.receipt r"
                " join fiscal.fiscal_document d using (merchant_id, id) order by r.account_id, d.recorded_at"
            )
        for account in {row["account_id"] for row in rows}:
            ids = [row["id"] for row in rows if row["account_id"] == account]
            assert ids == sorted(ids)
        await scene.check_clean()
