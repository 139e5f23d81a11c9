"""An FN that broke down for good: its slot ends by a person's order, its KKT gets a new FN, receipts are made once."""

import signal
from pathlib import Path

import msgspec
import pytest

from fiscal_server.dispatch.adopt import adopt
from fiscal_server.dispatch.verify import verify
from fiscal_server.storage import adoption, requests
from fiscal_server.storage.receipt_orders import ReceiptOrder, ReceiptOrderKind, carry_out
from kkt_drivers.change_reasons import ChangeReason
from tests.acceptance.node_process import NodeProcess, database_cable
from tests.acceptance.ordering import WHO, api, command
from tests.acceptance.test_fn_replacement import papers, reasons_in, replaced
from tests.acceptance.test_receipt_orders import one_uncertain
from tests.acceptance.test_restore import ALL_KNOWN
from tests.world import FnBox, World, world

BROKEN = "update fiscal.kkt set state = 'FAULTY', fault = 'fault: проверка' where slot = 1"


async def check_made_once(scene: World, *, dead: FnBox) -> None:
    """``check_clean``, but that the dead FN cannot be read."""
    report = await verify(scene.db, scene.clock)
    assert (report.differences, list(report.out_of_reach)) == ([], [dead.number])
    made = [entry.fiscal_sign for box in scene.boxes for entry in box.receipts()]
    assert len(set(made)) == len(made) == (await scene.counts()).registered


async def one_stopped(scene: World) -> FnBox:
    """The first slot has made a receipt, and stands still; its FN is unplugged for good."""
    await scene.pay(1)
    async with scene.dispatching():
        await scene.until_delivered()
    await scene.boxes[0].stop()
    await scene.change(BROKEN)
    return scene.boxes[0]


async def test_a_broken_fn_is_taken_out_and_its_kkt_gets_a_new_one(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene, api(scene, tmp_path) as client:
        dead = await one_stopped(scene)
        [new] = await scene.more_boxes()
        async with scene.dispatching():
            await scene.states_become("FAULTY", "ACTIVE")
            assert "`take_out` if it will never work" in (await replaced(scene, papers(scene, new)))["refused"]
            assert new.archive() == []
            assert (await scene.order(1, "take_out"))["done"] == {"state": "CLOSED", "unconfirmed": 0}
            await scene.states_become("CLOSED", "ACTIVE")
            assert (await scene.slots())[0].fault == "taken_out: Иванова: проверка (before: fault: проверка)"
            alarms = [alarm["code"] for alarm in (await client.get("/v1/alarms")).json()]
            assert not {"slot_stopped", "slot_unreachable", "operator_backlog"} & set(alarms)
            assert "done" in await replaced(scene, papers(scene, new))
            await scene.states_become("CLOSED", "ACTIVE", "READY")
            await scene.order(2, "rotate")
            await scene.states_become("CLOSED", "CLOSED", "ACTIVE")
            await scene.pay(2, start=1)
            await scene.until_delivered()
        assert (len(dead.receipts()), len(new.receipts())) == (1, 2)
        assert await reasons_in(new) == ChangeReason.FN_REPLACED
        await check_made_once(scene, dead=dead)


async def test_what_the_operator_lacks_is_said_and_stays_counted(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await one_stopped(scene)
        await scene.change("update fiscal.kkt set acked_fd = acked_fd - 2")
        async with scene.dispatching():
            done = (await scene.order(1, "take_out"))["done"]
            assert (done["state"], done["unconfirmed"]) == ("CLOSED", 2)
            assert "ask the tax service" in done["note"]
            assert (await scene.order(1, "take_out"))["done"] == done  # once more: it is so already
        [slot] = await scene.slots()
        assert slot.last_fd - slot.acked_fd == 2


async def test_an_fn_that_falls_silent_for_good_is_taken_out_once_its_receipt_is_settled(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, scene.dispatching():
        receipt_id = await one_uncertain(scene)
        refused = (await scene.order(1, "take_out"))["refused"]
        assert refused.startswith("receipts that it has in hand: 1;")
        assert "fiscal-server receipts settle" in refused
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE"]
        order = ReceiptOrder(
            id=scene.db.ids.next(), merchant_id=scene.merchant.id, receipt_id=receipt_id,
            kind=ReceiptOrderKind.SETTLE_NOT_MADE, **WHO,
        )  # fmt: skip
        async with scene.db.write() as db:
            await carry_out(db, order, scene.clock.now())
            await db.execute("update fiscal.cassette set rules = $1", {"unreachable_s": 3600})
            # Nobody takes the receipt before the order: it is a matter of one commit here.
            await db.execute("update fiscal.kkt set state = 'FAULTY', fault = 'fault: silent'")
        assert "done" in await scene.order(1, "take_out")
        await scene.states_become("CLOSED")
        [new] = await scene.more_boxes()
        assert "done" in await replaced(scene, papers(scene, new))
        await scene.until_delivered()
        assert (len(scene.boxes[0].receipts()), len(new.receipts())) == (0, 1)
        await check_made_once(scene, dead=scene.boxes[0])


async def test_a_slot_out_of_reach_is_taken_out_and_the_next_one_takes_over(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[0].stop()
        async with scene.dispatching():
            done = (await scene.order(1, "take_out"))["done"]
            assert (done["state"], done["unconfirmed"]) == ("CLOSED", 1)  # its registration report
            await scene.states_become("CLOSED", "ACTIVE")
            await scene.pay(2)
            await scene.until_delivered()
        assert len(scene.boxes[1].receipts()) == 2
        await check_made_once(scene, dead=scene.boxes[0])


async def test_an_order_that_only_the_dead_fn_could_answer_is_in_nobodys_way(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.boxes[0].stop()
        [slot, _] = await scene.slots()
        async with scene.db.write() as db:
            await requests.add_request(db, 1, scene.merchant.id, slot.id, "re_register", scene.clock.now(), details={})
            begun = {"since": scene.clock.now().isoformat(), "pauses": False, "fd_number": 9}
            await requests.note_order_progress(db, scene.merchant.id, 1, begun)
        async with scene.dispatching():
            assert (await scene.order(1, "take_out"))["done"]["state"] == "CLOSED"
            await scene.states_become("CLOSED", "ACTIVE")


async def test_an_fn_that_answers_is_not_taken_out_nor_one_that_may_be_ahead(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, scene.dispatching():
        await scene.states_become("ACTIVE")
        assert (await scene.order(1, "take_out"))["refused"].startswith("the slot is ACTIVE and its device answers")
        await scene.change(BROKEN)
        await scene.change(
            "insert into fiscal.hold (merchant_id, since, reason) select id, now(), 'x' from fiscal.merchant"
        )
        assert "verify --adopt" in (await scene.order(1, "take_out"))["refused"]
        assert [slot.state for slot in await scene.slots()] == ["FAULTY"]


async def test_books_that_were_put_back_do_not_trust_the_end_of_an_fn_that_nobody_read(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        dead = await one_stopped(scene)
        async with scene.dispatching():
            assert "done" in await scene.order(1, "take_out")
        async with scene.db.write() as db:
            await adoption.hold_merchant(db, scene.merchant.id, "restored", scene.clock.now())
        report = await adopt(scene.db, scene.clock, ALL_KNOWN)
        assert (list(report.out_of_reach), report.held) == ([dead.number], [scene.merchant.id])
        lost = msgspec.structs.replace(ALL_KNOWN, without=(dead.number, "сгорела"))
        assert (await adopt(scene.db, scene.clock, lost)).released == [scene.merchant.id]
        assert [slot.state for slot in await scene.slots()] == ["CLOSED", "ACTIVE"]


async def test_a_broken_fn_is_taken_out_from_the_command_line(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        dead = await one_stopped(scene)
        async with scene.dispatching():
            code, words = await command(scene, "kkt", "take-out", dead.number, "--reason", "сгорела", "--by", "Петров")
            assert (code, words) == (0, "done: state CLOSED, unconfirmed 0\n")
        code, words = await command(scene, "kkt", "list")
        assert "taken_out: Петров: сгорела (before: fault: проверка)" in words


@pytest.mark.parametrize("heard", [False, True])
async def test_a_node_killed_at_the_commit_of_the_end_is_answered_for_by_the_next(
    database: str, tmp_path: Path, heard: bool
) -> None:
    """Killed at each commit of its life in turn: before it, or after it and before it is known."""
    async with world(database, tmp_path) as scene:
        await one_stopped(scene)
        async with database_cable(scene.dsn) as (wire, way):
            process = NodeProcess(tmp_path, way, 1)
            order_id = await _ordered(scene)
            wire.at_last = lambda: process.signal(signal.SIGKILL)
            try:
                seen = set()
                for last in range(1, 40):
                    wire.mend()
                    wire.commits, wire.last, wire.answered = 0, last, heard
                    await process.start()
                    assert await process.ended() == -signal.SIGKILL, process.log()
                    state = (await scene.slots())[0].state
                    answered = await _answer(scene, order_id) is not None
                    seen.add((state, answered))
                    if answered:
                        break
                wire.last = None
                wire.mend()
                await process.start()
                await scene.until(lambda: _is_answered(scene, order_id))
            finally:
                await process.kill()
        assert ("CLOSED", False) in seen  # the deed without its answer
        assert await _answer(scene, order_id) == {"done": {"state": "CLOSED", "unconfirmed": 0}}
        await check_made_once(scene, dead=scene.boxes[0])


async def _ordered(scene: World) -> int:
    [kkt] = await scene.slots()
    order_id = scene.db.ids.next()
    await scene.change(
        "insert into fiscal.kkt_request (merchant_id, id, kkt_id, kind, created_at, asked_by, reason)"
        " values ($1, $2, $3, 'take_out', $4, 'Иванова', 'проверка')",
        kkt.merchant_id, order_id, kkt.id, scene.clock.now(),
    )  # fmt: skip
    return order_id


async def _answer(scene: World, order_id: int) -> object:
    [answer] = await scene.db_values(f"select answer from fiscal.kkt_request where id = {order_id}")
    return answer


async def _is_answered(scene: World, order_id: int) -> bool:
    return await _answer(scene, order_id) is not None
