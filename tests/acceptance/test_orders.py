"""What people order of KKTs: over HTTP or the command line in, carried out on emulated FNs, answered."""

from pathlib import Path

from accounting.receipts.codes import DocumentForm
from fiscal_server.storage import requests
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.acceptance.ordering import WHO, api, command
from tests.acceptance.site import check_problem
from tests.world import world


async def test_a_paused_kkt_makes_nothing_until_it_is_resumed(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, api(scene, tmp_path) as client, scene.dispatching():
        [kkt] = (await client.get("/v1/kkts")).json()
        posted = await client.post(f"/v1/kkts/{kkt['id']}/orders", json={"kind": "pause", **WHO})
        assert posted.status_code == 202
        order = posted.json()
        assert (order["kind"], order["answer"]) == ("pause", None)

        async def answered() -> bool:
            return (await client.get(f"/v1/kkts/{kkt['id']}/orders/{order['id']}")).json()["answer"] is not None

        await scene.until(answered)
        [listed] = (await client.get(f"/v1/kkts/{kkt['id']}/orders")).json()
        assert listed["answer"] == {"done": {"paused": True}}
        [paused] = (await client.get("/v1/kkts")).json()
        assert paused["state"] == "READY"
        assert paused["paused_since"] is not None
        assert "cassette_empty" in [alarm["code"] for alarm in (await client.get("/v1/alarms")).json()]
        await scene.pay(2)
        assert await scene.waiting() == {"QUEUED": 2}
        assert await scene.order(1, "resume") == {"done": {"paused": False}}
        await scene.until_delivered()
        await scene.check_clean()


async def test_a_pause_hands_over_to_the_next_slot_and_a_rotation_is_for_good(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=3) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
            await scene.order(1, "pause")
            assert [slot.state for slot in await scene.slots()] == ["READY", "ACTIVE", "READY"]
            assert (await scene.order(1, "rotate"))["refused"].startswith("the slot is READY")
            assert (await scene.order(2, "rotate"))["done"]["state"] == "DRAINING"
            await scene.states_become("READY", "CLOSED", "ACTIVE")
            assert (await scene.order(3, "rotate"))["refused"].startswith("no other slot of the cassette is ready")
            await scene.pay(2, start=1)
            await scene.until_delivered()
        opened = [entry.form for entry in scene.boxes[2].archive()]
        assert opened[:3] == [1, 2, 3]
        await scene.check_clean()


async def test_a_shift_is_closed_by_order_and_the_next_one_opened(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
            assert await scene.order(1, "close_shift") == {"done": {"shift_number": 1, "last_fd": 4}}
            await scene.pay(1, start=1)
            await scene.until_delivered()
        assert [entry.form for entry in scene.boxes[0].archive()] == [1, 2, 3, 5, 2, 3]
        await scene.check_clean()


async def test_an_order_of_a_later_version_waits_for_it_and_holds_up_nothing(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.change("alter table fiscal.kkt_request drop constraint kkt_request_kind_check")
        [slot] = await scene.slots()
        async with scene.db.write() as db:
            await requests.add_request(db, 1, scene.merchant.id, slot.id, "sing", scene.clock.now())
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
            assert "done" in await scene.order(1, "close_shift")
        assert await scene.db_values("select kind from fiscal.kkt_request where finished_at is null") == ["sing"]
        await scene.check_clean()


async def test_an_order_that_needs_a_device_out_of_reach_is_answered_so(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].stop()
        async with scene.dispatching():
            assert list(await scene.order(1, "close_shift")) == ["failed"]
            assert await scene.order(1, "pause") == {"done": {"paused": True}}


async def test_a_stopped_slot_returns_when_its_fn_agrees_and_not_before(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        first, second = scene.boxes
        addresses = await scene.db_values("select address from fiscal.kkt order by slot")
        await scene.change("update fiscal.kkt set address = $1 where slot = 1", addresses[1])
        async with scene.dispatching():
            await scene.states_become("FAULTY", "ACTIVE")
            refused = (await scene.order(1, "return_to_service"))["refused"]
            assert refused.startswith(f"other_fn: FN {second.number} answers")
            assert "return to service first" in (await scene.order(1, "pause"))["refused"]
            await scene.change("update fiscal.kkt set address = $1 where slot = 1", addresses[0])
            assert (await scene.order(1, "return_to_service"))["done"] == {"state": "READY"}
            assert await scene.order(2, "rotate")
            await scene.pay(2)
            await scene.until_delivered()
        assert len(first.receipts()) == 2
        assert (await scene.slots())[0].fault is None
        await scene.check_clean()


async def test_a_broken_fn_does_not_return(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.change("update fiscal.kkt set state = 'FAULTY', fault = 'fault: проверка'")
        await scene.boxes[0].restart(FaultRule("30h", Fault.REFUSE, nth=0))
        async with scene.dispatching():
            assert "(code 03h, fault)" in (await scene.order(1, "return_to_service"))["refused"]
        assert [slot.state for slot in await scene.slots()] == ["FAULTY"]


async def test_a_slot_at_work_hears_an_order_before_the_next_receipt(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.boxes[0].restart(FaultRule("16h", Fault.STALL, nth=0, ms=150))
        await scene.pay(50)
        async with scene.dispatching():
            await scene.until_registered(2)
            before = len(scene.boxes[0].receipts())
            await scene.order(1, "pause")
            assert len(scene.boxes[0].receipts()) <= before + 10


async def test_a_slot_with_an_address_that_is_none_answers_its_return(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.change("update fiscal.kkt set address = 'fn+tcp://nowhere'")
        async with scene.dispatching():
            await scene.states_become("FAULTY")
            assert "nowhere" in (await scene.order(1, "return_to_service"))["failed"]


async def test_an_fn_at_its_end_returns_to_be_emptied(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, capacity=24) as scene:
        refuse = (FaultRule(command, Fault.REFUSE, nth=0, code=0x12) for command in ("13h", "23h", "22h", "21h"))
        await scene.boxes[0].restart(*refuse)
        await scene.pay(20)
        async with scene.dispatching():
            await scene.states_become("FAULTY", "ACTIVE")
            await scene.boxes[0].restart()
            answer = (await scene.order(1, "return_to_service"))["done"]
            assert answer["at_its_end"].startswith("memory_full: ")
            await scene.states_become("CLOSED", "ACTIVE")
            await scene.until_delivered()
        await scene.check_clean()


async def test_orders_are_refused_that_name_nothing_or_nobody(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, api(scene, tmp_path) as client:
        [kkt] = (await client.get("/v1/kkts")).json()
        orders = f"/v1/kkts/{kkt['id']}/orders"
        check_problem(await client.post("/v1/kkts/7/orders", json={"kind": "pause", **WHO}), 404, "unknown-kkt")
        for body in ({"kind": "explode", **WHO}, {"kind": "pause", "asked_by": "", "reason": "x"}, {"kind": "pause"}):
            check_problem(await client.post(orders, json=body), 422, "invalid-body")
        check_problem(await client.get(f"{orders}/5"), 404, "not-found")
        check_problem(await client.post("/v1/receipts/5/retry", json=WHO), 404, "unknown-receipt")


async def test_a_kkt_is_paused_and_listed_from_the_command_line(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene, scene.dispatching():
        await scene.states_become("ACTIVE", "READY")
        number = scene.boxes[0].number
        code, words = await command(scene, "kkt", "pause", number, "--reason", "ремонт", "--by", "Петров")
        assert (code, words) == (0, "done: paused True\n")
        code, words = await command(scene, "kkt", "list")
        assert code == 0
        assert "paused since" in next(line for line in words.splitlines() if number in line)
        code, words = await command(scene, "kkt", "rotate", number, "--reason", "ремонт")
        assert code == 1
        assert "refused: the slot is READY: only an active one can give way" in words
        code, words = await command(scene, "kkt", "pause", "77", "--reason", "ремонт")
        assert code == 1
        assert "0 FNs of this merchant end with '77'" in words


async def test_rules_of_a_cassette_and_the_hour_of_a_merchant_are_set_from_the_command_line(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        code, words = await command(scene, "cassette", "rules", "--set", "refusals=7")
        assert code == 0
        assert ["refusals", "7", "3"] in [line.split() for line in words.splitlines()]
        assert await scene.db_values("select rules from fiscal.cassette") == [{"refusals": 7}]
        for wrong in ("refusals=0", "refusals=viele", "patience=1"):
            code, _ = await command(scene, "cassette", "rules", "--set", wrong)
            assert code == 2
        code, words = await command(scene, "merchant", "shift-hour", "--at", "23:50", "--timezone", "Asia/Omsk")
        assert (code, words) == (0, "shifts are closed at 23:50 (Asia/Omsk)\n")
        assert [str(at) for at in await scene.db_values("select shift_closes_at from fiscal.merchant")] == ["23:50:00"]
        code, words = await command(scene, "merchant", "shift-hour", "--timezone", "Asia/Nowhere")
        assert (code, "there is no time zone 'Asia/Nowhere'" in words) == (2, True)


async def test_how_many_slots_work_and_whether_their_fns_are_closed_is_set_from_the_command_line(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=3) as scene, scene.dispatching():
        await scene.states_become("ACTIVE", "READY", "READY")
        code, words = await command(scene, "cassette", "rules", "--parallel", "2", "--keep-archive")
        shown = [line.split() for line in words.splitlines()]
        assert (code, ["parallel", "2", "1"] in shown, ["close_archive", "False", "True"] in shown) == (0, True, True)
        await scene.states_become("ACTIVE", "ACTIVE", "READY")
        await scene.pay(10)
        await scene.until_delivered()
        assert [bool(box.receipts()) for box in scene.boxes] == [True, True, False]
        assert (await scene.order(1, "rotate"))["done"]["successor"] == str((await scene.slots())[2].id)
        await scene.states_become("CLOSED", "ACTIVE", "ACTIVE")
        assert DocumentForm.FN_CLOSING not in [entry.form for entry in scene.boxes[0].archive()]
        code, _ = await command(scene, "cassette", "rules", "--parallel", "1")
        assert (code, [slot.state for slot in await scene.slots()]) == (0, ["CLOSED", "ACTIVE", "ACTIVE"])
        await scene.order(3, "pause")
        await scene.states_become("CLOSED", "ACTIVE", "READY")
        assert (await command(scene, "cassette", "rules", "--parallel", "0"))[0] == 2


async def test_an_order_to_a_closed_slot_is_answered_whatever_stands_in_its_place(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        async with scene.dispatching():
            await scene.states_become("ACTIVE", "READY")
            await scene.order(1, "rotate")
            await scene.states_become("CLOSED", "ACTIVE")
        address = (await scene.slots())[1].address
        await scene.change("update fiscal.kkt set address = $1 where slot = 1", address)  # the next FN took its place
        async with scene.dispatching():
            assert (await scene.order(1, "rotate"))["done"] == {"state": "CLOSED"}
            for kind in ("pause", "resume", "close_shift", "return_to_service"):
                assert (await scene.order(1, kind))["refused"].startswith("the slot is CLOSED")
        assert (await scene.slots())[0].fault is None
        assert (await scene.slots())[0].unreachable_since is None
