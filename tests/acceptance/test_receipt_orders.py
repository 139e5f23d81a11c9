"""What people order of receipts: parked ones sent again or given up, uncertain ones settled by hand."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kkt_drivers.emulator.faults import Fault, FaultRule
from tests.acceptance.ordering import WHO, api, command
from tests.acceptance.site import check_problem
from tests.world import World, world

BAD_VALUE = 0x09


async def one_uncertain(scene: World) -> int:
    """A receipt that an FN was making when it was unplugged for good; its id."""
    await scene.rule(unreachable_s=0.2)
    await scene.boxes[0].restart(FaultRule("16h", Fault.UNPLUG))
    await scene.pay(1)
    await scene.until(lambda: scene.none_of("QUEUED", "REGISTERING"))
    await scene.boxes[0].stop()

    async def missed() -> bool:
        return (await scene.slots())[0].unreachable_since is not None

    await scene.until(missed)
    [receipt_id] = await scene.db_values("select receipt_id from fiscal.queue where state = 'UNCERTAIN'")
    return int(receipt_id)


async def one_parked(scene: World) -> str:
    await scene.rule(refusals=1)
    await scene.boxes[0].restart(FaultRule("16h", Fault.REFUSE, code=BAD_VALUE))
    await scene.pay(1)
    async with scene.dispatching():
        await scene.until(lambda: scene.none_of("QUEUED", "REGISTERING"))
    [receipt_id] = await scene.db_values("select receipt_id from fiscal.queue where state = 'REFUSED'")
    return str(receipt_id)


async def test_a_parked_receipt_is_sent_again_and_made(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, api(scene, tmp_path) as client:
        receipt_id = await one_parked(scene)
        answer = await client.post(f"/v1/receipts/{receipt_id}/retry", json=WHO)
        assert (answer.status_code, answer.json()["state"]) == (200, "QUEUED")
        async with scene.dispatching():
            await scene.until_delivered()
        check_problem(await client.post(f"/v1/receipts/{receipt_id}/retry", json=WHO), 409, "order-refused")
        [kept] = (await client.get(f"/v1/receipts/{receipt_id}/orders")).json()
        assert (kept["kind"], kept["asked_by"], kept["state_before"]) == ("retry", "Иванова", "REFUSED")
        assert kept["error_before"].startswith("bad_request: ")
        await scene.check_clean()


async def test_a_parked_receipt_is_given_up(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        receipt_id = await one_parked(scene)
        code, words = await command(scene, "receipts", "cancel", receipt_id, "--reason", "двойная оплата", "--by", "Я")
        assert (code, words) == (0, f"receipt {receipt_id} is CANCELLED now\n")
        assert await scene.waiting() == {"CANCELLED": 1}
        code, words = await command(scene, "receipts", "retry", receipt_id, "--reason", "всё же")
        assert code == 1
        assert "is CANCELLED: retry is for one that is REFUSED" in words
        assert await scene.db_values("select kind from fiscal.receipt_order") == ["cancel"]


async def test_what_people_did_with_receipts_is_never_changed(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        receipt_id = await one_parked(scene)
        await command(scene, "receipts", "cancel", receipt_id, "--reason", "двойная оплата")
        for statement in ("update fiscal.receipt_order set reason = 'иначе'", "delete from fiscal.receipt_order"):
            with pytest.raises(asyncpg.RaiseError, match="written once"):
                await scene.change(statement)


async def test_an_uncertain_receipt_is_settled_as_not_made_and_made_by_the_next_slot(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2) as scene, api(scene, tmp_path) as client, scene.dispatching():
        receipt_id = await one_uncertain(scene)
        answer = await client.post(f"/v1/receipts/{receipt_id}/settle", json={**WHO, "document": None})
        assert (answer.status_code, answer.json()["state"]) == (200, "QUEUED")
        await scene.until_registered(1)
        await scene.boxes[0].start()
        await scene.until_delivered()
        assert [len(box.receipts()) for box in scene.boxes] == [0, 1]
        await scene.check_clean()


async def test_an_uncertain_receipt_is_settled_with_the_document_on_paper(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, api(scene, tmp_path) as client, scene.dispatching():
        await scene.boxes[0].restart(FaultRule("16h", Fault.POWER_OFF_AFTER_WRITE))
        await scene.change("update fiscal.kkt set state = 'READY'")
        receipt_id = await one_uncertain(scene)
        paper: dict[str, Any] = {"fd_number": 3, "fiscal_sign": 1234567890, "issued_at": "2026-10-20T12:00:00"}
        settle = f"/v1/receipts/{receipt_id}/settle"
        wrong = {**WHO, "document": {**paper, "fd_number": 9}}
        assert "would be FD 3" in check_problem(await client.post(settle, json=wrong), 409, "order-refused")["detail"]
        assert (await client.post(settle, json={**WHO, "document": paper})).json()["state"] == "REGISTERED"
        document = (await client.get(f"/v1/receipts/{receipt_id}")).json()["fiscal_document"]
        assert {name: document[name] for name in paper} == paper
        [kept] = (await client.get(f"/v1/receipts/{receipt_id}/orders")).json()
        assert (kept["kind"], kept["state_before"], kept["fd_number"]) == ("settle_made", "UNCERTAIN", 3)
        # The FN has no such document: when it is back, nothing is guessed.
        await scene.boxes[0].start()
        await scene.states_become("FAULTY")


async def test_an_uncertain_receipt_is_not_settled_by_hand_while_its_device_can_be_asked(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, api(scene, tmp_path) as client:
        async with scene.dispatching():
            receipt_id = await one_uncertain(scene)
        await scene.change("update fiscal.kkt set unreachable_since = null")
        answer = await client.post(f"/v1/receipts/{receipt_id}/settle", json={**WHO, "document": None})
        assert "it is asked" in check_problem(answer, 409, "order-refused")["detail"]
        await scene.boxes[0].start()
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.check_clean()
