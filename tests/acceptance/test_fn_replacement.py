"""A new FN takes the place of one that has ended: reported once (form 11), whatever answer is lost and whoever dies."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.dispatch.enrol import CannotEnrol, enrol
from fiscal_server.dispatch.replacement import Replacement
from fiscal_server.storage import adoption, device_orders, kkts
from fiscal_server.storage.device_orders import DeviceOrderKind, KktPapers, NewDeviceOrder, list_device_orders
from fiscal_server.storage.registration_changes import Reason
from kkt_drivers.address import open_kkt
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.ffd.rnm import registration_number
from kkt_drivers.fn.driver import FnKkt
from tests.acceptance.deadly import Deadly
from tests.acceptance.node_process import NodeProcess, database_cable
from tests.storage.scene import RULES
from tests.world import FnBox, World, slot_of, world

LIVES_AT_LEAST = 4
"""Number, round, the slot, the answer."""


@pytest.fixture
async def scene(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The first FN has worked, given way and ended."""
    async with world(database, tmp_path, fns=2) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
            await scene.states_become("ACTIVE", "READY")
            await scene.order(1, "rotate")
            await scene.states_become("CLOSED", "ACTIVE")
        yield scene


def papers(scene: World, box: FnBox, **other: Any) -> dict[str, Any]:
    """Of the KKT whose FN has ended, and where the new one is."""
    return {
        "address": box.address,
        "ofd_address": scene.ofd_address,
        "serial": "00000001",
        "registration_number": registration_number("0000000001", RULES["inn"], "00000001"),
        "ofd_inn": "7700000000",
        "ofd_name": "Эмулятор ОФД",
        "replaces": scene.boxes[0].number,
        **other,
    }


async def order(scene: World, node: int, given: dict[str, Any]) -> int:
    """Its number. The node is at work, or will be."""
    number = scene.db.ids.next()
    new = NewDeviceOrder(
        merchant_id=scene.merchant.id, id=number, node=node, kind=DeviceOrderKind.ADD_KKT,
        details=msgspec.convert(given, KktPapers), asked_by="Иванова", reason="память кончилась",
    )  # fmt: skip
    async with scene.db.write() as db:
        await device_orders.add_device_order(db, new, scene.clock.now())
        await kkts.announce_kkts(db)
    return number


async def answer(scene: World, number: int) -> Any:
    async with scene.db.read() as db:
        [row] = await list_device_orders(db, scene.merchant.id, number)
    return row.answer


async def answered(scene: World, number: int) -> Any:
    async def so() -> bool:
        return await answer(scene, number) is not None

    await scene.until(so)
    return await answer(scene, number)


async def works(scene: World, node: int) -> None:
    async def so() -> bool:
        return await scene.db_values(
            f"select number from fiscal.node where number = {node} and stopped_at is null and not draining"
        ) == [node]

    await scene.until(so)


async def replaced(scene: World, given: dict[str, Any]) -> Any:
    """The answer of a dispatcher."""
    await works(scene, 0)
    return await answered(scene, await order(scene, 0, given))


async def reasons_in(box: FnBox) -> int:
    """Tag 1205 of its first report, as the FN keeps it."""
    kkt = open_kkt(box.address)
    assert isinstance(kkt, FnKkt)
    await kkt.open()
    try:
        return (await kkt.registration(1)).reasons or 0
    finally:
        await kkt.close()


async def check_in_place(scene: World, box: FnBox) -> None:
    """Reported once, by form 11 and no other, in the slot that follows, with the number of the same KKT."""
    assert [entry.form for entry in box.archive() if entry.form in (1, 11)] == [DocumentForm.RE_REGISTRATION]
    slots = await scene.slots()
    assert [slot.fn_number for slot in slots] == [one.number for one in scene.boxes]
    assert slots[-1].registration_number == slots[0].registration_number
    await scene.check_clean()


async def test_a_new_fn_takes_the_place_and_makes_receipts(scene: World) -> None:
    [box] = await scene.more_boxes()
    async with scene.dispatching():
        done = await replaced(scene, papers(scene, box))
        assert done == {"done": {"fn_number": box.number, "replaced": scene.boxes[0].number}}
        await scene.states_become("CLOSED", "ACTIVE", "READY")
        await scene.order(2, "rotate")
        await scene.states_become("CLOSED", "CLOSED", "ACTIVE")
        await scene.pay(2, start=1)
        await scene.until_delivered()
        assert len(box.receipts()) == 2
    await check_in_place(scene, box)
    assert await reasons_in(box) == ChangeReason.FN_REPLACED


async def test_books_on_hold_let_no_new_fn_of_a_known_kkt_in_as_a_new_one(scene: World) -> None:
    [box] = await scene.more_boxes()
    async with scene.db.write() as db:
        await adoption.hold_merchant(db, scene.merchant.id, "restored", scene.clock.now())
    async with scene.dispatching():
        for given in (papers(scene, box, replaces=None), papers(scene, box, replaces="9999078900000099")):
            given["registration_number"] += " "  # a blank behind it makes it no other number
            assert "refused" in await replaced(scene, given)
    assert box.archive() == []


async def test_a_new_fn_at_the_place_of_the_old_one_is_no_trouble(scene: World) -> None:
    [box] = await scene.more_boxes()
    await box.stop()
    box.port = scene.boxes[0].port
    await scene.boxes[0].stop()
    await box.start()
    async with scene.dispatching():
        given = papers(scene, box, reasons=["ofd", "place"])
        assert "done" in await replaced(scene, given)
        await scene.states_become("CLOSED", "ACTIVE", "READY")
    assert await reasons_in(box) == ChangeReason.FN_REPLACED | ChangeReason.OFD | ChangeReason.PLACE


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.POWER_OFF_AFTER_WRITE, Fault.POWER_OFF_BEFORE_WRITE])
async def test_a_lost_answer_is_asked_of_the_fn_and_never_repeated(scene: World, fault: Fault) -> None:
    [box] = await scene.more_boxes()
    await box.restart(FaultRule("A3h", fault))
    async with scene.dispatching():
        assert "done" in await replaced(scene, papers(scene, box))
    await check_in_place(scene, box)


async def test_an_fn_that_is_out_of_reach_after_its_report_joins_by_another_order(scene: World) -> None:
    [box] = await scene.more_boxes()
    unplugged: list[asyncio.Task[None]] = []
    Deadly.lurk(lambda: unplugged.append(asyncio.create_task(box.stop())), carried_out=True)
    await box.restart(wire=Deadly)
    async with scene.dispatching():
        assert "failed" in await replaced(scene, papers(scene, box))
        await asyncio.gather(*unplugged)
        await box.start()
        assert "done" in await replaced(scene, papers(scene, box))
    await check_in_place(scene, box)


async def _rejected(scene: World, box: FnBox, **wrong: Any) -> str:
    async with scene.dispatching():
        await scene.states_become("CLOSED", "ACTIVE")
        refused = (await replaced(scene, papers(scene, box, **wrong)))["refused"]
    assert box.archive() == []
    return str(refused)


async def test_what_cannot_replace_is_refused_before_anything_is_reported(scene: World) -> None:
    [box] = await scene.more_boxes()
    second = registration_number("0000000001", RULES["inn"], "00000002")
    at_work = {"registration_number": second, "serial": "00000002"}
    assert "is ACTIVE" in await _rejected(scene, box, **at_work, replaces=scene.boxes[1].number)
    assert "not in" in await _rejected(scene, box, **at_work)
    assert "no slot of this merchant" in await _rejected(scene, box, replaces="9999078900000099")
    assert "Internet only" in await _rejected(scene, box, reasons=["no_longer_internet"])
    assert "replacement of that one" in await _rejected(scene, box, replaces=None)


async def test_one_kkt_gets_one_new_fn(scene: World) -> None:
    [box, other] = await scene.more_boxes(2)
    async with scene.dispatching():
        assert "done" in await replaced(scene, papers(scene, box))
        assert "has been replaced already" in (await replaced(scene, papers(scene, other)))["refused"]
    assert other.archive() == []


async def test_an_fn_registered_as_something_else_does_not_join_as_it(scene: World) -> None:
    [box] = await scene.more_boxes()
    enrolment = msgspec.structs.replace(slot_of(scene.merchant, box, 1, scene.ofd_address), slot_id=None)
    kkt = open_kkt(box.address)
    await kkt.open()
    await kkt.register(enrolment.registration, scene.clock.now())
    await kkt.close()
    replaces = Replacement(scene.boxes[0].number)
    with pytest.raises(CannotEnrol, match="that of a new KKT"):
        await enrol(scene.db, scene.clock, msgspec.structs.replace(enrolment, replaces=replaces))


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_node_killed_between_the_command_and_its_answer_reports_once(
    scene: World, tmp_path: Path, carried_out: bool
) -> None:
    [box] = await scene.more_boxes()
    process = NodeProcess(tmp_path, scene.dsn, 1)
    Deadly.lurk(lambda: process.signal(signal.SIGKILL), carried_out=carried_out)
    await box.restart(wire=Deadly)
    try:
        await process.start()
        await works(scene, 1)
        number = await order(scene, 1, papers(scene, box))
        assert await process.ended() == -signal.SIGKILL, process.log()
        assert (len(box.archive()), await answer(scene, number)) == (int(carried_out), None)
        await process.start()
        assert "done" in await answered(scene, number), process.log()
        await process.holds(scene, 2)
        await process.stop()
    finally:
        await process.kill()
    assert Deadly.met == (1 if carried_out else 2)
    await check_in_place(scene, box)


@pytest.mark.proof
@pytest.mark.parametrize("heard", [False, True])
async def test_a_node_killed_at_every_commit_reports_once(scene: World, tmp_path: Path, heard: bool) -> None:
    lives = await _killed_at_commits(scene, tmp_path, ((last, heard) for last in itertools.count(1)))
    assert lives >= LIVES_AT_LEAST


async def _killed_at_commits(scene: World, folder: Path, lasts: Iterable[tuple[int, bool]]) -> int:
    [box] = await scene.more_boxes()
    async with database_cable(scene.dsn) as (wire, way):
        process, lives = NodeProcess(folder, way, 1), 0
        try:
            await process.start()
            await works(scene, 1)
            await process.kill()
            number = await order(scene, 1, papers(scene, box))
            wire.at_last = lambda: process.signal(signal.SIGKILL)
            for last, heard in lasts:
                wire.mend()
                wire.commits, wire.last, wire.answered = 0, last, heard
                await process.start()
                assert await process.ended() == -signal.SIGKILL, process.log()
                lives += 1
                if await answer(scene, number) is not None:
                    break
            wire.last = None
            wire.mend()
            assert (await answered_by(scene, process, number))["done"]["fn_number"] == box.number
        finally:
            await process.kill()
    await check_in_place(scene, box)
    return lives


async def answered_by(scene: World, process: NodeProcess, number: int) -> Any:
    """The answer once a process lives that can give it."""
    await process.start()
    given = await answered(scene, number)
    await process.holds(scene, 2)
    await process.stop()
    return given


async def test_the_reasons_are_written_with_the_order_alone_when_there_are_some(scene: World) -> None:
    [box] = await scene.more_boxes()
    plain = msgspec.to_builtins(msgspec.convert(papers(scene, box, replaces=None), KktPapers))
    assert not {"replaces", "reasons"} & plain.keys()  # an older node reads it too
    given = msgspec.convert(papers(scene, box, reasons=["ofd"]), KktPapers)
    assert (given.replaces, given.reasons) == (scene.boxes[0].number, (Reason.OFD,))
