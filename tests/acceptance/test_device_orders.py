"""Orders to a node over HTTP: what is plugged in, and an FN that is registered and joins a cassette."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from fiscal_server.app import create_app
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from kkt_drivers.ffd.rnm import registration_number
from tests.acceptance.site import Client, check_problem
from tests.storage.scene import RULES
from tests.world import World, world

WHO = {"asked_by": "Иванова", "reason": "новая память"}


@pytest.fixture
async def scene(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(database, tmp_path) as scene:
        yield scene


@pytest.fixture
async def client(scene: World, tmp_path: Path) -> AsyncIterator[Client]:
    key = await create_api_key(scene.db, scene.merchant.id, "devices", scopes=tuple(Scope))
    async with AsyncTestClient(create_app(Settings(data_dir=tmp_path), scene.dsn, scene.clock)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


async def papers(scene: World, **other: Any) -> dict[str, Any]:
    """Of a second FN that is switched on."""
    [box] = await scene.more_boxes()
    return {
        "address": box.address,
        "ofd_address": scene.ofd_address,
        "serial": "00000002",
        "registration_number": registration_number("0000000001", RULES["inn"], "00000002"),
        "ofd_inn": "7700000000",
        "ofd_name": "Эмулятор ОФД",
        **other,
    }


async def answered(scene: World, client: Client, body: dict[str, Any], key: str = "once") -> dict[str, Any]:
    """The answer of the node to an order that comes twice."""

    async def works() -> bool:
        return await scene.db_values("select count(*) from fiscal.node where stopped_at is null") == [1]

    await scene.until(works)
    for _ in range(2):
        order = await client.post(
            "/v1/device-orders", json={"node": 0, **WHO, **body}, headers={"Idempotency-Key": key}
        )
        assert order.status_code == 202, order.text
    path = f"/v1/device-orders/{order.json()['id']}"

    async def done() -> bool:
        return bool((await client.get(path)).json()["finished_at"])

    await scene.until(done)
    answer: dict[str, Any] = (await client.get(path)).json()["answer"]
    return answer


async def test_a_new_fn_is_registered_and_joins_the_cassette_once(scene: World, client: Client) -> None:
    kkt = await papers(scene)
    async with scene.dispatching():
        answer = await answered(scene, client, {"kind": "add_kkt", "kkt": kkt})
        assert answer == {"done": {"fn_number": scene.boxes[1].number}}
        await scene.states_become("ACTIVE", "READY")
        again = await answered(scene, client, {"kind": "add_kkt", "kkt": kkt}, key="other")
        assert "is a slot of" in again["refused"]
    assert await scene.db_values("select count(*) from fiscal.device_order") == [2]
    assert len(await scene.slots()) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"registration_number": "0000000001000000"}, "does not belong to this INN"),
        ({"address": "carrier-pigeon://roof"}, "carrier-pigeon"),
    ],
)
async def test_what_cannot_join_is_refused_before_any_fn_is_registered(
    scene: World, client: Client, wrong: dict[str, str], words: str
) -> None:
    async with scene.dispatching():
        answer = await answered(scene, client, {"kind": "add_kkt", "kkt": await papers(scene, **wrong)})
    assert words in answer["refused"]
    assert scene.boxes[1].archive() == []


async def test_a_device_that_does_not_answer_fails_the_order(scene: World, client: Client) -> None:
    kkt = await papers(scene)
    await scene.boxes[1].stop()
    async with scene.dispatching():
        assert "failed" in await answered(scene, client, {"kind": "add_kkt", "kkt": kkt})


async def test_the_node_lists_what_is_plugged_into_it(scene: World, client: Client) -> None:
    async with scene.dispatching():
        answer = await answered(scene, client, {"kind": "find_devices"})
    assert answer["done"].keys() == {"devices", "notes"}


async def test_an_order_to_no_node_or_without_its_papers_is_refused(scene: World, client: Client) -> None:
    async def post(**body: Any) -> Any:
        return await client.post("/v1/device-orders", json={**WHO, **body})

    check_problem(await post(kind="find_devices", node=7), 409, "order-refused")
    for wrong in ({"kind": "add_kkt"}, {"kind": "find_devices", "kkt": await papers(scene)}, {"kind": "burn"}):
        check_problem(await post(node=0, **wrong), 422, "invalid-body")
    check_problem(await client.get("/v1/device-orders/7"), 404, "not-found")
    key = await create_api_key(scene.db, scene.merchant.id, "weak", scopes=(Scope.READ, Scope.OPERATE))
    refused = await client.post(
        "/v1/device-orders", json={"kind": "find_devices", "node": 0, **WHO}, headers={"Authorization": f"Bearer {key}"}
    )
    check_problem(refused, 403, "forbidden")


async def test_an_order_that_a_later_version_wrote_waits_and_the_rest_is_done(scene: World, client: Client) -> None:
    async with scene.dispatching():
        assert "done" in await answered(scene, client, {"kind": "find_devices"})
        await scene.change(
            "insert into fiscal.device_order (merchant_id, id, node, kind, details, asked_by, reason, created_at)"
            " select merchant_id, 1, node, 'add_kkt', '{\"voice\": 1}', asked_by, reason, created_at"
            " from fiscal.device_order"
        )
        assert "done" in await answered(scene, client, {"kind": "find_devices"}, key="another")
    assert await scene.db_values("select id from fiscal.device_order where finished_at is null") == [1]
