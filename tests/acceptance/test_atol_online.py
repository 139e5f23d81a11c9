"""The dialect of ATOL Online end to end: documents over HTTP in, reports and callbacks out, real FNs in between."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.atol_client import Json, Refused, correction_v4, correction_v5, sale_v4, sale_v5
from tests.acceptance.atol_site import GROUP, INN, open_desk
from tests.storage.scene import RULES
from tests.world import World, world

SALES: dict[int, Any] = {4: sale_v4, 5: sale_v5}
CORRECTIONS: dict[int, Any] = {4: correction_v4, 5: correction_v5}
FFD = {4: ("1.05", 2), 5: ("1.2", 4)}


def _world(database: str, folder: Path, version: int) -> Any:
    text, number = FFD[version]
    return world(database, folder, ffd=number, rules={**RULES, "ffd": text})


def _check_done(packet: Json, scene: World, external_id: str) -> None:
    assert (packet["status"], packet["error"], packet["external_id"]) == ("done", None, external_id)
    assert packet["group_code"] == GROUP
    assert isinstance(packet["daemon_code"], str)
    assert isinstance(packet["device_code"], str)
    payload = packet["payload"]
    [entry] = [one for one in scene.boxes[0].receipts() if one.fd_number == payload["fiscal_document_number"]]
    assert payload["fiscal_document_attribute"] == entry.fiscal_sign
    assert payload["fn_number"] == scene.boxes[0].number
    assert (payload["total"], payload["shift_number"]) == (450, 1)
    assert isinstance(payload["fiscal_receipt_number"], int)
    assert re.fullmatch(r"[0-9]{16}", payload["ecr_registration_number"])
    assert re.fullmatch(r"\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}:\d{2}", payload["receipt_datetime"])


@pytest.mark.parametrize("version", [4, 5])
async def test_a_client_written_from_the_description_goes_all_the_way(
    database: str, tmp_path: Path, version: int
) -> None:
    sale, correction = SALES[version], CORRECTIONS[version]
    async with (
        _world(database, tmp_path, version) as scene,
        open_desk(database, tmp_path, scene.db, scene.clock, scene.merchant, version) as desk,
        scene.dispatching(),
    ):
        client = desk.client
        first = await client.register("sell", sale("order-1", INN))
        assert await client.register("sell", sale("order-1", INN)) == first
        _check_done(await client.wait_for(first), scene, "order-1")
        back = await client.register("sell_refund", sale("refund-1", INN))
        _check_done(await client.wait_for(back), scene, "refund-1")
        corrected = await client.register("sell_correction", correction("fix-1", INN))
        _check_done(await client.wait_for(corrected), scene, "fix-1")
        await scene.until_delivered()
        assert [entry.form for entry in scene.boxes[0].receipts()] == [3, 3, 31]
        await scene.check_clean()


async def test_every_operation_of_the_later_version_makes_its_document(database: str, tmp_path: Path) -> None:
    async with (
        _world(database, tmp_path, 5) as scene,
        open_desk(database, tmp_path, scene.db, scene.clock, scene.merchant, 5) as desk,
        scene.dispatching(),
    ):
        for operation in ("sell", "sell_refund", "buy", "buy_refund"):
            await desk.client.wait_for(await desk.client.register(operation, sale_v5(operation, INN)))
            operation = f"{operation}_correction"
            await desk.client.wait_for(await desk.client.register(operation, correction_v5(operation, INN)))
        made = await scene.db_values("select (form, sign)::text from fiscal.receipt order by id")
        assert made == [f"({form},{sign})" for sign in (1, 2, 3, 4) for form in (3, 31)]
        await scene.until_delivered()
        await scene.check_clean()


async def test_repeats_in_parallel_make_each_document_once(database: str, tmp_path: Path) -> None:
    async with (
        _world(database, tmp_path, 5) as scene,
        open_desk(database, tmp_path, scene.db, scene.clock, scene.merchant, 5) as desk,
    ):
        await desk.client.get_token()
        names = [f"order-{n}" for n in range(40)] * 5
        uuids = await asyncio.gather(*(desk.client.register("sell", sale_v5(name, INN)) for name in names))
        by_name = {name: {uuid for n, uuid in zip(names, uuids, strict=True) if n == name} for name in names}
        assert all(len(found) == 1 for found in by_name.values())
        assert len(set(uuids)) == 40
        assert (await scene.counts()).computed == 40


async def test_what_a_device_refuses_fails_in_the_codes_of_drivers_and_is_never_made(
    database: str, tmp_path: Path
) -> None:
    """The FN is registered for the general system alone: it refuses a receipt of another one (19h)."""
    async with (
        _world(database, tmp_path, 5) as scene,
        open_desk(database, tmp_path, scene.db, scene.clock, scene.merchant, 5) as desk,
        scene.dispatching(),
    ):
        company = {**sale_v5("x", INN)["receipt"]["company"], "sno": "patent"}
        uuid = await desk.client.register("sell", sale_v5("wrong", INN, company=company))
        packet = await desk.client.wait_for(uuid)
        assert (packet["status"], packet["payload"]) == ("fail", None)
        assert (packet["error"]["code"], packet["error"]["type"]) == (195, "driver")
        assert await scene.waiting() == {"CANCELLED": 1}
        right = await desk.client.register("sell", sale_v5("right", INN))
        _check_done(await desk.client.wait_for(right), scene, "right")
        assert len(scene.boxes[0].receipts()) == 1


async def test_a_token_of_somebody_else_does_not_open_a_group(database: str, tmp_path: Path) -> None:
    async with (
        _world(database, tmp_path, 5) as scene,
        open_desk(database, tmp_path, scene.db, scene.clock, scene.merchant, 5) as desk,
    ):
        desk.client._token = "A" * 43
        uuid = await desk.client.register("sell", sale_v5("order-1", INN))  # after error 11 it asks for another one
        with pytest.raises(Refused) as caught:
            await desk.client.report(uuid[:-1] + ("0" if uuid[-1] != "0" else "1"))
        assert (caught.value.status, caught.value.code) == (400, 30)
