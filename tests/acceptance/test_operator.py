"""The way to the operator: what he may answer, what may get lost, and what the books say of it then."""

from datetime import timedelta
from pathlib import Path

import pytest

from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule
from tests.storage.scene import RULES
from tests.world import World, world


async def has_rotated(scene: World) -> bool:
    """The first slot has nothing left to deliver."""
    return [slot.state for slot in await scene.slots()] == ["CLOSED", "ACTIVE"]


async def test_a_ready_slot_delivers_its_registration(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        async with scene.dispatching():

            async def delivered() -> bool:
                return [slot.acked_fd for slot in await scene.slots()] == [2, 1]

            await scene.until(delivered)
        await scene.check_clean()


WRONG_ANSWERS = [fault for fault in OfdFault if fault not in (OfdFault.DELAY, OfdFault.CODE)]


@pytest.mark.parametrize("fault", WRONG_ANSWERS)
async def test_an_answer_that_is_none_confirms_nothing_and_is_asked_for_again(
    database: str, tmp_path: Path, fault: OfdFault
) -> None:
    async with world(database, tmp_path, operator_faults=(OfdFaultRule(3, fault),)) as scene:
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()


@pytest.mark.parametrize("lost", [None, Fault.POWER_OFF_AFTER_WRITE, Fault.POWER_OFF_BEFORE_WRITE])
async def test_an_operators_no_is_kept_even_when_the_fns_answer_to_it_is_lost(
    database: str, tmp_path: Path, lost: Fault | None
) -> None:
    async with world(database, tmp_path, operator_faults=(OfdFaultRule(3, OfdFault.CODE, code=14),)) as scene:
        await scene.boxes[0].restart(*([FaultRule("26h", lost, nth=3)] if lost else []))
        await scene.pay(3)
        async with scene.dispatching():

            async def through() -> bool:
                return [slot.acked_fd for slot in await scene.slots()] == [5]

            await scene.until(through)
        assert await scene.db_values("select code from fiscal.ofd_exchange order by fd_number") == [0, 0, 14, 0, 0]
        assert (await scene.counts()).ofd_acked == 2
        await scene.check_clean()


async def test_receipts_go_on_while_the_operator_is_away(database: str, tmp_path: Path) -> None:
    silent = tuple(OfdFaultRule(n, OfdFault.CLOSE) for n in range(1, 4))
    async with world(database, tmp_path, fns=2, capacity=24, operator_faults=silent) as scene:
        await scene.pay(25)
        async with scene.dispatching():
            await scene.until_registered(25)
            await scene.until_delivered()
            await scene.until(lambda: has_rotated(scene))
        await scene.check_clean()


async def test_an_fn_full_of_unsent_documents_waits_for_the_operator(database: str, tmp_path: Path) -> None:
    silent = tuple(OfdFaultRule(n, OfdFault.CLOSE) for n in range(1, 5))
    async with world(database, tmp_path, message_area_kib=4, operator_faults=silent) as scene:
        await scene.pay(30)
        async with scene.dispatching():
            await scene.until_delivered(60)
        await scene.check_clean()


@pytest.mark.parametrize(("ffd", "version"), [(2, "1.05"), (4, "1.2")])
async def test_an_fn_that_opens_no_shift_for_the_age_of_its_backlog_is_emptied_first(
    database: str, tmp_path: Path, ffd: int, version: str
) -> None:
    rules, long_ago = {**RULES, "ffd": version}, timedelta(days=31)
    async with world(database, tmp_path, ffd=ffd, rules=rules, enrolled_ago=long_ago) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [entry.form for entry in scene.boxes[0].archive()] == [1, 2, 3]
        await scene.check_clean()
