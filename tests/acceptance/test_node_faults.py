"""Real nodes that freeze, are cut off, or whose clock jumps: no lease is freed or kept wrongly, nothing is lost."""

import signal
from pathlib import Path

import pytest

from kkt_drivers.emulator.line import Delivery, FnLine
from kkt_drivers.fn.frame import Frame
from tests.acceptance.node_process import NodeProcess, cable, database_cable, nodes
from tests.world import World, world

LEASE_S = 3
HOLD_S = LEASE_S + 20
PATIENCE_S = 60.0


async def generations(scene: World) -> list[int]:
    return await scene.db_values("select lease_generation from fiscal.kkt order by slot")


async def holder(scene: World) -> int | None:
    [node] = await scene.db_values("select lease_node from fiscal.kkt")
    return None if node is None else int(node)


def freezing(node: NodeProcess, code: int, nth: int) -> type[FnLine]:
    """An FN whose answer to the ``nth`` command of this code finds the node frozen."""

    class Freezing(FnLine):
        seen = 0

        def _deliver(self, request: Frame) -> Delivery:
            answer = super()._deliver(request)
            if request.code == code:
                Freezing.seen += 1
                if Freezing.seen == nth:
                    node.signal(signal.SIGSTOP)
            return answer

    return Freezing


@pytest.mark.proof
@pytest.mark.parametrize("code", [0x07, 0x16], ids=["before the document is made", "before its answer is heard"])
async def test_a_node_that_froze_for_longer_than_its_lease_creates_and_writes_nothing(
    database: str, tmp_path: Path, code: int
) -> None:
    """It stops in the middle of a document, another node makes the rest, and it goes on as if nothing had been."""
    async with world(database, tmp_path) as scene:
        frozen, other = (NodeProcess(tmp_path, database, number, lease_s=LEASE_S) for number in (1, 2))
        await scene.boxes[0].restart(wire=freezing(frozen, code, 8))
        async with nodes(frozen):
            await frozen.holds(scene, 1)
            await scene.pay(60)
            await scene.until_registered(5)
            async with nodes(other):
                await other.holds(scene, 1)
                await scene.until_delivered(PATIENCE_S)
                owned = await generations(scene)
                frozen.signal(signal.SIGCONT)

                async def knows() -> bool:
                    return "lease_lost" in frozen.log() or "worker_starts_again" in frozen.log()

                await scene.until(knows, PATIENCE_S)
                await scene.pay(10, start=60)
                await scene.until_delivered(PATIENCE_S)
                assert await generations(scene) == owned == [2], "the one that had frozen takes nothing back"
                await other.stop()
            await frozen.stop()
        assert len(scene.boxes[0].receipts()) == 70
        await scene.check_clean()


@pytest.mark.proof
async def test_a_node_that_is_killed_gives_its_network_kkts_to_another_one(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        first, second = (NodeProcess(tmp_path, database, number, lease_s=LEASE_S) for number in (1, 2))
        async with nodes(first):
            await first.holds(scene, 1)
            async with nodes(second):
                await scene.pay(40)
                await scene.until_registered(5)
                await first.kill()
                killed_at = scene.clock.monotonic()
                await second.holds(scene, 1)
                assert scene.clock.monotonic() - killed_at >= HOLD_S - LEASE_S
                await scene.until_delivered(PATIENCE_S)
                await second.stop()
        await scene.check_clean()


async def test_a_node_that_is_killed_and_started_again_has_its_kkts_at_once(database: str, tmp_path: Path) -> None:
    """Its lock file says that the process before has died; nobody need wait."""
    async with world(database, tmp_path) as scene:
        node = NodeProcess(tmp_path, database, 1)
        async with nodes(node):
            await scene.pay(20)
            await scene.until_registered(5)
            await node.kill()
            [before] = await generations(scene)
            await node.start()
            await scene.until_delivered()
            assert await generations(scene) == [before + 1]
            await node.stop()
        await scene.check_clean()


@pytest.mark.proof
async def test_two_nodes_that_want_one_kkt_have_it_one_after_the_other(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        both = [NodeProcess(tmp_path, database, number) for number in (1, 2)]
        await scene.pay(40)
        async with nodes(*both):
            await scene.until_registered(10)
            first = await holder(scene)
            [generation] = await generations(scene)
            assert (first in (1, 2), generation) == (True, 1)
            await both[(first or 1) - 1].stop()
            await scene.until_delivered()
            assert (await holder(scene), await generations(scene)) == (3 - (first or 1), [2])
            await both[2 - (first or 1)].stop()
        await scene.check_clean()


@pytest.mark.proof
async def test_a_clock_that_jumps_an_hour_either_way_frees_no_lease_and_keeps_none(
    database: str, tmp_path: Path
) -> None:
    """The owner's clock on, the other's on and back: only silence moves a KKT. (An owner's clock that goes
    back stops the slot: its FN has documents of the future. See test_slots.)"""
    async with world(database, tmp_path) as scene:
        owner, other = (
            NodeProcess(tmp_path, database, number, lease_s=LEASE_S, module="tests.acceptance.clock_process")
            for number in (1, 2)
        )
        async with nodes(owner):
            await owner.holds(scene, 1)
            async with nodes(other):
                await other.holds(scene, 0)
                jumps = [(owner, signal.SIGUSR1), (other, signal.SIGUSR1), (other, signal.SIGUSR2)]
                for n, (whose, jump) in enumerate(jumps, 1):
                    whose.signal(jump)
                    await scene.pay(5, start=5 * n)
                    await scene.until_registered(5 * n)
                    await beats(scene, 2)
                    assert (await holder(scene), await generations(scene)) == (1, [1])
                await owner.stop()

                async def other_took_it() -> bool:
                    return await generations(scene) == [2]

                await scene.until(other_took_it)  # and lets go at once: by its clock the FN has documents of the future
                await other.stop()
        await scene.check_clean()


async def beats(scene: World, count: int) -> None:
    """Wait until every node has shown so often that it lives."""
    before = await scene.db_values("select beat from fiscal.node order by number")

    async def so() -> bool:
        now = await scene.db_values("select beat from fiscal.node order by number")
        return all(later >= earlier + count for earlier, later in zip(before, now, strict=True))

    await scene.until(so)


@pytest.mark.proof
async def test_a_node_that_is_cut_off_from_the_database_goes_on_when_it_is_back(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, database_cable(database) as (wire, way):
        node = NodeProcess(tmp_path, way, 1)
        async with nodes(node):
            await scene.pay(60)
            for made in (5, 20, 35):
                await scene.until_registered(made)
                wire.cut()
                wire.mend()
            await scene.until_delivered()
            await node.stop()
        await scene.check_clean()


@pytest.mark.proof
async def test_a_node_that_is_cut_off_for_longer_than_its_lease_loses_its_kkt_to_another(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, database_cable(database) as (wire, way):
        away = NodeProcess(tmp_path, way, 1, lease_s=LEASE_S)
        other = NodeProcess(tmp_path, database, 2, lease_s=LEASE_S)
        async with nodes(away):
            await away.holds(scene, 1)
            async with nodes(other):
                await scene.pay(60)
                await scene.until_registered(5)
                wire.cut()
                await other.holds(scene, 1)
                wire.mend()
                await scene.until_delivered(PATIENCE_S)
                await other.stop()
                await away.holds(scene, 1)
                await scene.pay(10, start=60)
                await scene.until_delivered(PATIENCE_S)
                await away.stop()
        await scene.check_clean()


async def test_a_network_fn_that_is_cut_off_and_unplugged_makes_every_receipt_once(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        box = scene.boxes[0]
        async with cable("127.0.0.1", box.port) as wire:
            await scene.change(
                "update fiscal.kkt set address = replace(address, $1, $2)", f":{box.port}?", f":{wire.port}?"
            )
            node = NodeProcess(tmp_path, database, 1)
            async with nodes(node):
                await scene.pay(60)
                for made in (5, 20):
                    await scene.until_registered(made)
                    wire.cut()
                    wire.mend()
                await scene.until_registered(35)
                await box.stop()
                await box.start()
                await scene.until_delivered(PATIENCE_S)
                await node.stop()
            await scene.check_clean()
