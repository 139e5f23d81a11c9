"""What FNs refuse: the receipt waits or is parked, the FN goes on, gives way or stands still, whichever is to blame."""

from pathlib import Path

import pytest

from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.world import world

WRONG_STATE = 0x02
BAD_VALUE = 0x09


async def test_a_receipt_refused_as_often_as_allowed_is_parked_and_the_rest_goes_on(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        await scene.rule(refusals=2)
        refuse = (FaultRule("16h", Fault.REFUSE, nth=n, code=BAD_VALUE) for n in (1, 2))
        await scene.boxes[0].restart(*refuse)
        await scene.pay(4)
        async with scene.dispatching():
            await scene.until_registered(3)
        assert await scene.waiting() == {"REFUSED": 1}
        assert await scene.db_values("select refusals from fiscal.queue") == [2]
        [words] = await scene.db_values("select error from fiscal.queue")
        assert words.startswith("bad_request: ")
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE"]


async def test_a_receipt_refused_once_is_made_at_the_next_try(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].restart(FaultRule("16h", Fault.REFUSE, code=WRONG_STATE))
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()


async def test_an_fn_that_refuses_one_receipt_after_the_other_stops_its_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.rule(refusals=1)
        await scene.boxes[0].restart(FaultRule("16h", Fault.REFUSE, nth=0, code=WRONG_STATE))
        await scene.pay(5)
        async with scene.dispatching():
            await scene.until_registered(4)
            await scene.states_become("FAULTY", "ACTIVE")
        assert ((await scene.slots())[0].fault or "").startswith("refuses: ")
        assert await scene.waiting() == {"REFUSED": 1}


async def test_a_receipt_over_which_fns_stumble_is_parked_before_it_ends_them_all(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=4) as scene:
        await scene.rule(refusals=2)
        for box in scene.boxes:
            await box.restart(FaultRule("16h", Fault.REFUSE))  # 03h, to the first receipt that each is given
        await scene.pay(1)
        async with scene.dispatching():

            async def parked() -> bool:
                return await scene.waiting() == {"REFUSED": 1}

            await scene.until(parked)
            await scene.pay(2, start=1)
            await scene.until_registered(2)
        assert [slot.state for slot in await scene.slots()][1:] == ["ACTIVE", "READY", "READY"]
        [words] = await scene.db_values("select error from fiscal.queue")
        assert words.startswith("fault: ")


async def test_an_answer_that_nobody_knows_ends_no_fn(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[0].restart(FaultRule("16h", Fault.REFUSE, nth=2, code=0x7E))
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE", "READY"]
        await scene.check_clean()


@pytest.mark.parametrize("command", ["12h", "14h", "05h"])
async def test_an_fn_that_refuses_a_report_again_and_again_stops_its_slot(
    database: str, tmp_path: Path, command: str
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[0].restart(FaultRule(command, Fault.REFUSE, nth=0, code=BAD_VALUE))
        await scene.pay(2)
        async with scene.dispatching():
            await scene.until_delivered()
            if command != "12h":
                await scene.order(1, "rotate")
            await scene.states_become("FAULTY", "ACTIVE")
        assert ((await scene.slots())[0].fault or "").startswith("refuses: it refuses a report again and again: ")
