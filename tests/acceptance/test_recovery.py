"""What a worker finds when it comes back, and what it cannot work with: nothing is guessed, nothing is done twice."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions, NodeTaken
from fiscal_server.storage import queue
from fiscal_server.storage.adoption import held_merchants
from kkt_drivers.address import open_kkt
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.emulator.line import Delivery, FnLine
from kkt_drivers.fn.frame import Frame
from tests.storage.scene import RULES
from tests.world import World, world

# --- lost answers at the end of an FN's life --------------------------------------------------------------------------

LAST_DOCUMENT = 19  # of an FN of 24: registration, shift, 15 receipts, end of shift, closing


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule("05h", Fault.POWER_OFF_AFTER_WRITE),
        FaultRule("05h", Fault.POWER_OFF_BEFORE_WRITE),
        FaultRule("14h", Fault.POWER_OFF_AFTER_WRITE),
        FaultRule("26h", Fault.POWER_OFF_AFTER_WRITE, nth=LAST_DOCUMENT),
        FaultRule("26h", Fault.LOSE_ANSWER, nth=LAST_DOCUMENT),
    ],
    ids=lambda rule: f"{rule.at} {rule.do.value}",
)
async def test_an_fn_is_closed_whatever_answer_is_lost_on_the_way(database: str, tmp_path: Path, rule: Any) -> None:
    async with world(database, tmp_path, capacity=24) as scene:
        await scene.boxes[0].restart(rule)
        await scene.pay(20)
        async with scene.dispatching():
            await scene.states_become("CLOSED")
        archive = scene.boxes[0].archive()
        assert [entry.form for entry in archive][-2:] == [DocumentForm.SHIFT_CLOSING, DocumentForm.FN_CLOSING]
        assert len(archive) == LAST_DOCUMENT
        assert all(entry.confirmed for entry in archive)
        await scene.check_clean()


# --- what only a person can settle ------------------------------------------------------------------------------------


async def make_by_hand(scene: World, documents: int) -> None:
    """Somebody else uses the FN."""
    kkt = open_kkt(scene.boxes[0].address)
    await kkt.open()
    for n in range(documents):
        await (kkt.close_shift if n % 2 else kkt.open_shift)(scene.clock.now(), "ЧУЖОЙ")
    await kkt.close()


@pytest.mark.parametrize("documents", [1, 3, 20])
async def test_documents_that_nobody_here_made_stop_the_slot_and_hold_the_merchant(
    database: str, tmp_path: Path, documents: int
) -> None:
    """Reports of shifts too: where the books lack one document, they may lack another FN's receipts."""
    async with world(database, tmp_path, fns=2) as scene:
        await make_by_hand(scene, documents)
        async with scene.dispatching():
            await scene.states_become("FAULTY", "ACTIVE")
            await scene.pay(2)
            await scene.until(lambda: shift_is_open(scene, 2))
        assert await scene.waiting() == {"QUEUED": 2}
        first = (await scene.slots())[0]
        assert (first.fault or "").startswith(f"fn_ahead: the FN has {documents} document(s) after FD 1")
        async with scene.db.read() as db:
            [hold] = await held_merchants(db)
        assert f"the FN has {documents} document(s)" in hold.reason


async def shift_is_open(scene: World, slot: int) -> bool:
    return (await scene.slots())[slot - 1].shift_opened_at is not None


async def test_an_fn_that_lags_behind_the_books_stops_its_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set last_fd = 3 where slot = 1")
        await scene.pay(2)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [slot.state for slot in await scene.slots()] == ["FAULTY", "ACTIVE"]


async def test_a_receipt_in_the_hands_of_a_stopped_slot_is_uncertain(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        first, second = scene.boxes
        await first.restart(FaultRule("16h", Fault.UNPLUG))
        await scene.pay(1)
        async with scene.dispatching():

            async def lost() -> bool:
                return await scene.waiting() == {"UNCERTAIN": 1}

            await scene.until(lost)
            for box in (first, second):
                await box.stop()
            second.port = first.port
            await second.start()
            await scene.states_become("FAULTY", "ACTIVE")
            assert await scene.waiting() == {"UNCERTAIN": 1}


async def test_a_late_finish_that_overtakes_the_question_is_seen(database: str, tmp_path: Path) -> None:
    """The FN does 16h after it has told the next worker that the document is still open, and before it is cancelled."""

    class LateLine(FnLine):
        held: Frame | None = None
        done = False

        def _deliver(self, request: Frame) -> Delivery:
            if request.code == 0x16 and not self.done:
                self.held, self.done = request, True
                return Delivery(cut=True)
            answer = self.fn.execute(request)
            if request.code == 0x30 and self.held is not None:
                self.fn.execute(self.held)
                self.held = None
            return Delivery(answer)

    async with world(database, tmp_path) as scene:
        await scene.boxes[0].restart(wire=LateLine)
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        assert len(scene.boxes[0].receipts()) == 3
        await scene.check_clean()


# --- one slot's trouble is not the others' ----------------------------------------------------------------------------


async def test_an_address_that_is_none_stops_only_its_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set address = 'fn+tcp://nowhere' where slot = 1")
        await scene.pay(2)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [slot.state for slot in await scene.slots()] == ["FAULTY", "ACTIVE"]


async def test_an_operators_address_that_is_none_keeps_no_receipt_waiting(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        [right] = await scene.db_values("select ofd_address from fiscal.kkt")
        await scene.change("update fiscal.kkt set ofd_address = 'nowhere'")
        await scene.pay(30)
        async with scene.dispatching():
            await scene.until_registered(30)
            [generation] = await scene.db_values("select lease_generation from fiscal.kkt")
            await scene.change("update fiscal.kkt set ofd_address = $1", right)
            await scene.until_delivered()
            assert await scene.db_values("select lease_generation from fiscal.kkt") == [generation]
        await scene.check_clean()


async def test_an_fn_that_can_open_no_shift_gives_way(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, ffd=2, capacity=8, rules={**RULES, "ffd": "1.05"}) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
        a_day_ago = scene.clock.now() - timedelta(hours=24)
        await scene.change("update fiscal.kkt set shift_opened_at = $1 where slot = 1", a_day_ago)
        await scene.pay(1, start=1)
        async with scene.dispatching():
            await scene.until_delivered()
            await scene.states_become("CLOSED", "ACTIVE")
        assert [len(box.receipts()) for box in scene.boxes] == [1, 1]
        await scene.check_clean()


async def test_an_fn_that_breaks_while_it_is_drained_stops_its_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, capacity=24) as scene:
        await scene.boxes[0].restart(FaultRule("13h", Fault.CRITICAL))
        await scene.pay(20)
        async with scene.dispatching():
            await scene.until_registered(20)
            await scene.states_become("FAULTY", "ACTIVE")


async def test_a_broken_fn_gives_way_to_the_next_one(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[0].restart(FaultRule("16h", Fault.CRITICAL, nth=3))
        await scene.pay(6)
        async with scene.dispatching():
            await scene.until_registered(6)
        assert [len(box.receipts()) for box in scene.boxes] == [2, 4]


async def test_a_receipt_that_cannot_be_written_is_parked_and_the_rest_goes_on(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(3)
        await scene.change(
            "update fiscal.receipt set body = '\\x00' where id = (select min(receipt_id) from fiscal.queue)"
        )
        async with scene.dispatching():
            await scene.until_registered(2)
            await scene.until(lambda: scene.none_of("QUEUED", "REGISTERING"))
        assert await scene.waiting() == {"REFUSED": 1}
        assert await scene.db_values("select attempts from fiscal.queue") == [1]


# --- who may work -----------------------------------------------------------------------------------------------------


async def test_two_dispatchers_share_a_node_number_one_after_the_other(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(20)
        async with scene.dispatching() as dispatcher:
            await scene.until_registered(3)
            dispatcher.stop()
            async with scene.dispatching():
                await scene.until_delivered()
        await scene.check_clean()


async def test_without_its_node_number_a_dispatcher_makes_no_document(database: str, tmp_path: Path) -> None:
    """Who has the number now may have our devices too."""
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        async with scene.dispatching() as dispatcher:
            await scene.until_delivered()
            await scene.change("update fiscal.node set incarnation = incarnation + 1")
            dispatcher.look_again()
            assert scene.dispatch_task is not None
            [ended] = await asyncio.gather(scene.dispatch_task, return_exceptions=True)
            assert isinstance(ended, NodeTaken)
            scene.dispatch_task = None
        await scene.change("update fiscal.node set stopped_at = seen_at")  # the other one was here, and went
        await scene.pay(5, start=1)
        assert len(scene.boxes[0].receipts()) == 1
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()


async def test_a_second_process_of_a_living_node_ends_and_says_why(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        async with scene.dispatching() as dispatcher:
            await scene.until(lambda: is_held_by(scene, 0))
            second = Dispatcher(DispatchOptions(database, 0), scene.db, scene.clock)
            ending = asyncio.create_task(second.run())

            async def refused() -> bool:
                dispatcher.look_again()  # its beats come sooner, for the test to be short
                return ending.done()

            await scene.until(refused)
            with pytest.raises(NodeTaken, match="needs a FISCAL_NODE_ID of its own"):
                await ending
            await scene.pay(2)
            await scene.until_delivered()
        await scene.check_clean()


async def is_held_by(scene: World, node: int) -> bool:
    return await scene.db_values("select lease_node from fiscal.kkt") == [node]


async def test_connections_that_are_cut_cost_no_receipt(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene:
        await scene.pay(40)
        async with scene.dispatching():
            for goal in range(5, 40, 5):
                await scene.until_registered(goal)
                async with scene.db.read() as db:
                    await db.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where datname = current_database() and pid <> pg_backend_pid()"
                    )
                await asyncio.sleep(0)
            await scene.until_delivered()
        await scene.check_clean()


async def test_intents_do_not_outlive_what_they_announced(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].restart(FaultRule("16h", Fault.POWER_OFF_BEFORE_WRITE, nth=1))
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        assert await scene.db_values("select count(*) from fiscal.intent") == [0]
        async with scene.db.read() as db:
            assert await queue.count_queue(db) == {}
