"""A KKT is registered anew by order: once, whatever is lost, while receipts wait or another slot makes them."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from kkt_drivers.emulator.faults import Fault, FaultRule
from tests import applications
from tests.acceptance.ordering import WHO
from tests.acceptance.site import Client, check_problem
from tests.storage.scene import RULES
from tests.world import World, world


@contextlib.asynccontextmanager
async def admin(scene: World, folder: Path) -> AsyncIterator[Client]:
    key = await create_api_key(scene.db, scene.merchant.id, "admin", scopes=tuple(Scope))
    with applications.api(Settings(data_dir=folder), scene.dsn, scene.clock) as app:
        async with AsyncTestClient(app) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            yield client


def change(scene: World, **other: Any) -> dict[str, Any]:
    """Another place of settlements; the rest as it was registered."""
    given = {
        "reasons": ["place"], "user_name": "Пример", "address": "Москва", "place": "https://pay.example",
        "taxation_systems": 1, "ofd_inn": "7700000000", "ofd_name": "Эмулятор ОФД",
        "ofd_address": scene.ofd_address, "sender_email": RULES.get("email") or "none",
    }  # fmt: skip
    return {**given, **other}


async def registered(scene: World) -> dict[str, Any]:
    """What the FN itself says it is registered with."""
    answer: dict[str, Any] = (await scene.order(1, "read_registration"))["done"]["registered"]
    return answer


async def ordered(scene: World, client: Client, wanted: dict[str, Any]) -> dict[str, Any]:
    """The answer to an order that comes twice under one key."""
    kkt = (await client.get("/v1/kkts")).json()[0]
    orders = f"/v1/kkts/{kkt['id']}"
    for _ in range(2):
        sent = await client.post(
            f"{orders}/registration-changes", json={"registration": wanted, **WHO}, headers={"Idempotency-Key": "one"}
        )
        assert sent.status_code == 202, sent.text
    path = f"{orders}/orders/{sent.json()['id']}"

    async def done() -> bool:
        return bool((await client.get(path)).json()["finished_at"])

    await scene.until(done)
    answer: dict[str, Any] = (await client.get(path)).json()["answer"]
    return answer


def reports(scene: World) -> int:
    return [entry.form for entry in scene.boxes[0].archive()].count(11)


async def test_changed_data_are_registered_once_and_receipts_go_on(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
            before = (await registered(scene))["parameters"]
            assert before["user_name"] == "Пример"
            done = (await ordered(scene, client, change(scene)))["done"]["re_registered"]
            last = scene.boxes[0].archive()[4]
            assert [entry.form for entry in scene.boxes[0].archive()][:5] == [1, 2, 3, 5, 11]
            assert (done["fd_number"], done["fn_number"]) == (5, scene.boxes[0].number)
            assert done["fiscal_sign"] == last.fiscal_sign
            assert (await registered(scene))["parameters"] == {**before, "place": "https://pay.example"}
            await scene.pay(1, start=1)
            await scene.until_delivered()
        await scene.check_clean()


async def test_another_slot_serves_meanwhile_and_this_one_is_a_spare_afterwards(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene, admin(scene, tmp_path) as client, scene.dispatching():
        await scene.states_become("ACTIVE", "READY")
        assert "done" in await ordered(scene, client, change(scene))
        await scene.states_become("READY", "ACTIVE")
        assert await scene.db_values("select paused_since from fiscal.kkt order by slot") == [None, None]
        await scene.pay(2)
        await scene.until_delivered()
        assert len(scene.boxes[1].receipts()) == 2
        await scene.check_clean()


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.POWER_OFF_AFTER_WRITE, Fault.POWER_OFF_BEFORE_WRITE])
async def test_a_lost_answer_is_asked_of_the_fn_and_never_repeated(database: str, tmp_path: Path, fault: Fault) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client:
        await scene.boxes[0].restart(FaultRule("A3h", fault))
        async with scene.dispatching():
            done = (await ordered(scene, client, change(scene)))["done"]["re_registered"]
        assert (reports(scene), done["fd_number"]) == (
            1,
            [entry.form for entry in scene.boxes[0].archive()].index(11) + 1,
        )
        await scene.check_clean()


async def test_a_process_that_died_after_the_report_leaves_its_answer_to_the_next(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client:
        async with scene.dispatching():
            await ordered(scene, client, change(scene))
        # As it stood between the report and its answer, which the next process finds.
        await scene.change("""
            update fiscal.kkt_request set finished_at = null, answer = null where kind = 're_register'""")
        await scene.change("update fiscal.kkt set paused_since = now(), state = 'READY'")

        async def answered() -> bool:
            return await scene.db_values("select count(*) from fiscal.kkt_request where finished_at is null") == [0]

        async with scene.dispatching():
            await scene.until(answered)
            await scene.states_become("ACTIVE")
        [answer] = await scene.db_values("select answer from fiscal.kkt_request")
        assert answer["done"]["re_registered"]["fd_number"] == 2
        assert reports(scene) == 1
        await scene.check_clean()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reasons": ["user_name"]}, "the change lacks the reason place; nothing changes for the reason user_name"),
        ({"user_name": "ООО «世界»"}, "the change lacks the reason user_name"),
        ({"place": "世界"}, "1187"),
    ],
)
async def test_what_does_not_agree_with_what_is_registered_is_refused_and_leaves_nothing(
    database: str, tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client, scene.dispatching():
        await scene.states_become("ACTIVE")
        assert words in (await ordered(scene, client, change(scene, **wrong)))["refused"]
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE"]
        assert reports(scene) == 0


async def test_an_fn_that_takes_no_more_reports_says_so(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client:
        await scene.boxes[0].restart(FaultRule("A3h", Fault.REFUSE, nth=0, code=0x12))
        async with scene.dispatching():
            assert "12h" in (await ordered(scene, client, change(scene)))["refused"]
            await scene.states_become("ACTIVE")
            await scene.pay(1)
            await scene.until_delivered()
        await scene.check_clean()


async def test_with_another_operator_the_old_one_gets_everything_before(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client:
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_registered(3)
            port = scene.ofd_address.rpartition(":")[2]
            wanted = change(
                scene, reasons=["ofd"], place="https://provider.example", ofd_inn="7700000001", ofd_name="Другой",
                ofd_address=f"localhost:{port}",
            )  # fmt: skip
            done = (await ordered(scene, client, wanted))["done"]["re_registered"]
            assert [entry.form for entry in scene.boxes[0].archive()][:7] == [1, 2, 3, 3, 3, 5, 11]
            assert (await scene.slots())[0].acked_fd >= done["fd_number"] - 1
        assert await scene.db_values("select ofd_address from fiscal.kkt") == [f"localhost:{port}"]


async def test_only_a_key_of_administration_orders_it_and_only_whole(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, admin(scene, tmp_path) as client:
        [kkt] = (await client.get("/v1/kkts")).json()
        path = f"/v1/kkts/{kkt['id']}/registration-changes"
        for wrong in ({"reasons": []}, {"reasons": ["fn_replaced"]}, {"ofd_inn": "77"}, {"ofd_address": "nowhere"}):
            body = {"registration": change(scene, **wrong), **WHO}
            check_problem(await client.post(path, json=body), 422, "invalid-body")
        body = {"registration": change(scene), **WHO}
        check_problem(await client.post("/v1/kkts/7/registration-changes", json=body), 404, "unknown-kkt")
        check_problem(
            await client.post(f"/v1/kkts/{kkt['id']}/orders", json={"kind": "re_register", **WHO}), 422, "invalid-body"
        )
        weak = await create_api_key(scene.db, scene.merchant.id, "weak", scopes=(Scope.READ, Scope.OPERATE))
        refused = await client.post(path, json=body, headers={"Authorization": f"Bearer {weak}"})
        check_problem(refused, 403, "forbidden")
