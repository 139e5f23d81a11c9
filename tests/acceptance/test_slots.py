"""Slots that stand aside, come back, get warm and come to their end: the next one works, nothing is guessed."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounting.receipts.codes import DocumentForm
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.storage.scene import RULES
from tests.world import World, world

EXHAUSTED = 0x12
CLOCK_MOVED = 0x17


async def reasons(scene: World) -> list[str]:
    """Why slots gave way, by code."""
    return [
        reason.partition(":")[0] for reason in await scene.db_values("select reason from fiscal.rotation order by id")
    ]


# --- out of reach -----------------------------------------------------------------------------------------------------


async def test_an_unplugged_fn_gives_way_and_its_receipt_waits_until_it_was_read(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.rule(unreachable_s=0.3)
        await scene.pay(6)
        await scene.boxes[0].restart(FaultRule("16h", Fault.UNPLUG, nth=3))
        async with scene.dispatching():
            await scene.until_registered(5)
            await scene.states_become("READY", "ACTIVE")
            assert await scene.waiting() == {"UNCERTAIN": 1}
            assert (await scene.slots())[0].unreachable_since is not None
            await scene.boxes[0].restart()
            await scene.until_delivered()
            first, second = await scene.slots()
        assert (first.state, second.state) == ("READY", "ACTIVE")
        assert first.unreachable_since is None
        assert await reasons(scene) == ["unreachable"]
        await scene.check_clean()


async def test_a_receipt_that_the_absent_fn_has_made_is_found_when_it_is_back(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.rule(unreachable_s=0.3)
        written = FaultRule("16h", Fault.POWER_OFF_AFTER_WRITE)
        await scene.boxes[0].restart(written, *(FaultRule(n, Fault.UNPLUG) for n in range(30, 60)))
        await scene.pay(1)
        async with scene.dispatching():

            async def written_and_lost() -> bool:
                return await scene.waiting() == {"UNCERTAIN": 1}

            await scene.until(written_and_lost)
            await scene.boxes[0].stop()
            await scene.states_become("READY", "ACTIVE")
            await scene.pay(2, start=1)
            await scene.until_registered(2)
            await scene.boxes[0].start()
            await scene.until_delivered()
        assert [len(box.receipts()) for box in scene.boxes] == [1, 2]
        await scene.check_clean()


async def test_an_absent_fn_without_a_successor_stays_active(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.rule(unreachable_s=0.1)
        await scene.boxes[0].stop()
        await scene.pay(1)
        async with scene.dispatching():

            async def missed() -> bool:
                return (await scene.slots())[0].unreachable_since is not None

            await scene.until(missed)
            await scene.boxes[0].start()
            await scene.until_delivered()
            [slot] = await scene.slots()
        assert (slot.state, slot.unreachable_since) == ("ACTIVE", None)
        assert await reasons(scene) == []


# --- the end of an FN -------------------------------------------------------------------------------------------------


async def test_the_next_slot_opens_its_shift_before_the_switch(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=3, capacity=40) as scene:
        await scene.rule(warm_documents=25)
        await scene.pay(14)
        async with scene.dispatching():
            await scene.until_delivered()

            async def warm() -> bool:
                return (await scene.slots())[1].shift_opened_at is not None

            await scene.until(warm)
            assert [slot.state for slot in await scene.slots()] == ["ACTIVE", "READY", "READY"]
            await scene.pay(30, start=20)
            await scene.until_delivered()
        assert [entry.form for entry in scene.boxes[1].archive()][:3] == [1, 2, 3]
        await scene.check_clean()


@pytest.mark.parametrize("command", ["13h", "04h"])
async def test_a_draining_fn_that_takes_no_more_reports_ends_closed(
    database: str, tmp_path: Path, command: str
) -> None:
    async with world(database, tmp_path, fns=2, capacity=24) as scene:
        await scene.boxes[0].restart(FaultRule(command, Fault.REFUSE, nth=0, code=EXHAUSTED))
        await scene.pay(20)
        async with scene.dispatching():
            await scene.until_delivered()
            await scene.states_become("CLOSED", "ACTIVE")
        first, _ = await scene.slots()
        assert first.last_fd == first.acked_fd
        assert (first.fault or "").startswith("exhausted: ")
        assert await scene.db_values("select count(*) from fiscal.intent") == [0]
        await scene.check_clean()


async def test_a_draining_fn_that_hands_nothing_over_stops_with_the_reason(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, capacity=24) as scene:
        refuse = (FaultRule(command, Fault.REFUSE, nth=0, code=EXHAUSTED) for command in ("13h", "23h", "22h", "21h"))
        await scene.boxes[0].restart(*refuse)
        await scene.pay(20)
        async with scene.dispatching():
            await scene.until_registered(20)
            await scene.states_become("FAULTY", "ACTIVE")
        first, _ = await scene.slots()
        assert (first.fault or "").startswith("exhausted: it hands over nothing any more, and the operator lacks")


async def test_documents_that_the_operator_lacks_for_too_long_end_a_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set ofd_address = '127.0.0.1:1' where slot = 1")
        old = scene.clock.now() - timedelta(days=28)
        await scene.change(
            "update fiscal.fiscal_document set recorded_at = $1 where fn_number = $2", old, scene.boxes[0].number
        )
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_registered(1)
        assert [slot.state for slot in await scene.slots()] == ["DRAINING", "ACTIVE"]
        assert await reasons(scene) == ["backlog_old"]


async def test_a_term_that_ends_soon_ends_a_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set state = 'ACTIVE' where slot = 1")
        await scene.rule(days_reserved=500)
        await scene.pay(1)
        async with scene.dispatching():
            await scene.states_become("CLOSED", "CLOSED")
        assert await reasons(scene) == ["term_ends", "term_ends"]
        assert await scene.waiting() == {"QUEUED": 1}


# --- what cannot be ---------------------------------------------------------------------------------------------------


async def test_an_fn_from_the_future_stops_its_slot(database: str, tmp_path: Path) -> None:
    ahead = timedelta(hours=-2)  # enrolled two hours from now, by our clock
    async with world(database, tmp_path, fns=1, enrolled_ago=ahead) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.states_become("FAULTY")
        assert ((await scene.slots())[0].fault or "").startswith("wrong_date: the FN made its last document at")
        assert not scene.boxes[0].receipts()
        assert await scene.waiting() == {"QUEUED": 1}


@pytest.mark.parametrize("command", ["16h", "12h"])
async def test_an_fn_that_keeps_refusing_our_time_stops_its_slot(database: str, tmp_path: Path, command: str) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[0].restart(FaultRule(command, Fault.REFUSE, nth=0, code=CLOCK_MOVED))
        await scene.pay(2)
        async with scene.dispatching():
            await scene.until_registered(2)
        first, second = await scene.slots()
        assert (first.state, second.state) == ("FAULTY", "ACTIVE")
        assert (first.fault or "").startswith("wrong_date: the FN takes no document at our time")


@pytest.mark.parametrize(("ffd", "version"), [(2, "1.05"), (4, "1.2")])
async def test_a_shift_whose_totals_differ_stops_the_slot_until_a_person_accepts_them(
    database: str, tmp_path: Path, ffd: int, version: str
) -> None:
    async with world(database, tmp_path, fns=2, ffd=ffd, rules={**RULES, "ffd": version}) as scene:
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
            await scene.change(
                "update fiscal.fiscal_document set form = 21 where id = (select min(id) from fiscal.receipt)"
            )
            assert "done" in await scene.order(1, "close_shift")
            await scene.states_become("FAULTY", "ACTIVE")
            fault = (await scene.slots())[0].fault or ""
            assert fault.startswith("totals_differ: shift 1: receipts: 2 in the books, 3 in the report")
            assert ("of 135000 in the report" in fault) is (version == "1.2")
            assert (await scene.order(1, "return_to_service"))["done"] == {"state": "READY"}
            await scene.states_become("READY", "ACTIVE")
        assert [entry.form for entry in scene.boxes[0].archive()] == [1, 2, 3, 3, 3, DocumentForm.SHIFT_CLOSING]


async def test_a_shift_ends_at_the_merchants_hour(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
        hour = (scene.clock.now() - timedelta(minutes=1)).time().replace(microsecond=0)
        await scene.change("update fiscal.merchant set timezone = 'UTC', shift_closes_at = $1", hour)
        await scene.change("update fiscal.kkt set shift_opened_at = $1", scene.clock.now() - timedelta(minutes=2))
        await scene.pay(1, start=1)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [entry.form for entry in scene.boxes[0].archive()] == [1, 2, 3, 5, 2, 3]
        assert await scene.db_values("select checked_shift from fiscal.kkt") == [1]
        await scene.check_clean()


async def test_an_fn_that_makes_nothing_and_has_no_successor_is_told_of_until_it_does(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        await scene.rule(unreachable_s=0.1)
        await scene.boxes[0].restart(FaultRule("16h", Fault.POWER_OFF_BEFORE_WRITE, nth=0))
        await scene.pay(2)
        async with scene.dispatching():

            async def told_of() -> bool:
                [slot] = await scene.slots()
                return slot.unreachable_since is not None

            await scene.until(told_of)
            attempts = "select attempts from fiscal.queue order by attempts desc limit 1"
            [before] = await scene.db_values(attempts)

            async def tried_again() -> bool:
                assert await told_of()
                return (await scene.db_values(attempts))[0] >= before + 2

            await scene.until(tried_again)
            await scene.boxes[0].restart()
            await scene.until_delivered()

            async def works() -> bool:
                return not await told_of()

            await scene.until(works)
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE"]
        await scene.check_clean()


async def test_an_fn_that_answers_questions_and_makes_nothing_gives_way(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.rule(unreachable_s=0.3)
        await scene.boxes[0].restart(FaultRule("16h", Fault.POWER_OFF_BEFORE_WRITE, nth=0))
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
            first, second = await scene.slots()
        assert (first.state, second.state) == ("READY", "ACTIVE")
        assert await reasons(scene) == ["unreachable"]
        await scene.check_clean()
