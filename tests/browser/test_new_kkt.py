"""The wizard that adds a KKT: over the real API, a real dispatcher and an emulated FN."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kkt_drivers.ffd.rnm import registration_number
from tests.browser.client import text_of
from tests.browser.serving import panel_over
from tests.storage.scene import RULES
from tests.world import World, world

_KEY = re.compile(r'name="key" value="([\w-]+)"')


@pytest.fixture
async def scene(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(database, tmp_path) as scene, scene.dispatching():
        await scene.states_become("ACTIVE")
        yield scene


@pytest.fixture
async def panel(scene: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with panel_over(scene.dsn, tmp_path) as address, httpx.AsyncClient(base_url=address, timeout=30) as panel:
        yield panel


async def papers(scene: World) -> dict[str, str]:
    [box] = await scene.more_boxes()
    return {
        "address": box.address, "ofd_address": scene.ofd_address, "serial": "00000002", "ofd_inn": "7700000000",
        "registration_number": registration_number("0000000001", RULES["inn"], "00000002"), "ofd_name": "Оператор",
        "cassette": "main", "reason": "запас", "node": "0", "sure": "1",
    }  # fmt: skip


async def keyed(panel: httpx.AsyncClient, page: str) -> str:
    found = _KEY.findall((await panel.get(page)).text)
    return str(found[-1])


async def answered(scene: World, panel: httpx.AsyncClient, path: str) -> str:
    """The part of the page once nothing is awaited any more."""
    text = ""

    async def done() -> bool:
        nonlocal text
        text = (await panel.get(path, headers={"X-Part": "1"})).text
        return "data-awaited" not in text

    await scene.until(done)
    return text


async def test_a_new_fn_is_registered_once_however_often_the_form_comes(scene: World, panel: httpx.AsyncClient) -> None:
    page, form = f"/cassettes/{scene.merchant.id}/new", await papers(scene)
    text = text_of((await panel.get(page)).text)
    assert "Это нельзя отменить" in text
    assert f'name="ofd_address" inputmode="text" required maxlength="256" value="{scene.ofd_address}"' in (
        await panel.get(page)
    ).text  # fmt: skip
    form["key"] = await keyed(panel, page)
    first, again = [await panel.post(page, data=form) for _ in range(2)]
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    text = await answered(scene, panel, first.headers["location"])
    assert "зарегистрирована и встала в кассету" in text
    assert "чеками по закону не являются" in text
    [_, slot] = await scene.slots()
    assert f'href="/kkts/{scene.merchant.id}/{slot.id}"' in text
    assert await scene.db_values("select count(*) from fiscal.device_order") == [1]
    assert await scene.db_values("select object from office.audit where action = 'kkt.added'") == [form["address"]]
    assert "запас" in text_of((await panel.get(first.headers["location"])).text)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"registration_number": "0000000001000000"}, "номер не сходится с ИНН организации"),
        ({"registration_number": "17"}, "нужны 16 цифр из карточки регистрации"),
        ({"sure": ""}, "подтвердите, что данные проверены"),
        ({"ofd_name": " "}, "заполните это поле"),
        ({"node": "900"}, "выберите узел, который работает"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_ordered(
    scene: World, panel: httpx.AsyncClient, wrong: dict[str, str], words: str
) -> None:
    page, form = f"/cassettes/{scene.merchant.id}/new", await papers(scene)
    answer = await panel.post(page, data={**form, "key": "k", **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{form["serial"]}"' in answer.text
    assert await scene.db_values("select count(*) from fiscal.device_order") == [0]


async def test_what_the_node_refuses_is_told_with_its_words(scene: World, panel: httpx.AsyncClient) -> None:
    page, form = f"/cassettes/{scene.merchant.id}/new", await papers(scene)
    form["address"] = "carrier-pigeon://roof"
    sent = await panel.post(page, data={**form, "key": "k"})
    text = await answered(scene, panel, sent.headers["location"])
    assert "Не вышло: проверьте данные" in text
    assert "carrier-pigeon" in text


async def test_devices_that_were_found_lead_to_the_form_with_their_address(
    scene: World, panel: httpx.AsyncClient
) -> None:
    page = f"/cassettes/{scene.merchant.id}/new"
    sent = await panel.post(f"{page}/find", data={"key": "k", "node": "0"})
    await answered(scene, panel, sent.headers["location"])
    fn: dict[str, Any] = {"fn_number": "9999078900000077", "phase": "ready", "last_fd_number": 0, "ffd": "1.2"}
    device = {"address": "fn+serial:///dev/ttyUSB0?timezone=Europe/Moscow", "title": "FT232R", "place": "1-2",
              "state": "fn", "reason": "", "fn": {**fn, "emulated": True}}  # fmt: skip
    silent = {**device, "state": "in use", "reason": "held by fiscal", "fn": None}
    answer = {"done": {"devices": [device, silent], "notes": ["libusb is missing"]}}
    await scene.change("update fiscal.device_order set answer = $1", answer)
    text = (await panel.get(sent.headers["location"])).text
    for words in ("9999 0789 0000 0077", "эмулятор", "libusb is missing", "занято другой программой"):
        assert words in text_of(text).replace("\u00a0", " "), words
    chosen = re.findall(r'href="(/cassettes/\d+/new\?address=[^"]+)"', text)
    assert len(chosen) == 1
    form = (await panel.get(chosen[0].replace("&amp;", "&"))).text
    assert f'value="{device["address"]}"' in form


async def test_without_a_node_at_work_the_wizard_says_what_to_start(scene: World, panel: httpx.AsyncClient) -> None:
    await scene.change("update fiscal.node set draining = true")
    text = text_of((await panel.get(f"/cassettes/{scene.merchant.id}/new")).text)
    assert "Ни один узел сейчас не работает" in text
    assert (await panel.get(f"/cassettes/{scene.merchant.id}/new/7")).status_code == 404
    assert (await panel.get("/cassettes/7/new")).status_code == 404


async def test_a_device_that_stands_in_a_cassette_already_leads_to_the_change_of_its_registration(
    scene: World, panel: httpx.AsyncClient
) -> None:
    [slot] = await scene.slots()
    page, change = f"/cassettes/{scene.merchant.id}/new", f'href="/kkts/{scene.merchant.id}/{slot.id}/registration"'
    assert change not in (await panel.get(page)).text
    assert change in (await panel.get(page, params={"address": slot.address})).text
    sent = await panel.post(f"{page}/find", data={"key": "k", "node": "0"})
    await answered(scene, panel, sent.headers["location"])
    used = {"fn_number": slot.fn_number, "phase": "fiscal", "last_fd_number": 5, "ffd": "1.2", "emulated": True}
    device = {"address": "fn+serial:///dev/ttyUSB0", "title": "", "place": "", "state": "fn", "reason": "", "fn": used}
    for fn, address, is_ours in (
        (used, "fn+serial:///dev/ttyUSB0", True),
        (None, slot.address, True),  # held by the dispatcher: nobody asks which FN is there
        ({**used, "fn_number": "9999078900000077"}, slot.address, False),
    ):
        found = {**device, "fn": fn, "address": address, "state": "fn" if fn else "in use"}
        await scene.change("update fiscal.device_order set answer = $1", {"done": {"devices": [found], "notes": []}})
        text = (await panel.get(sent.headers["location"])).text
        assert (change in text, "Взять эту" in text) == (is_ours, not is_ours)
        assert ("Она уже делала документы" in text) is not is_ours


async def test_papers_for_an_fn_that_is_a_slot_already_lead_to_its_registration(
    scene: World, panel: httpx.AsyncClient
) -> None:
    [slot] = await scene.slots()
    page, form = f"/cassettes/{scene.merchant.id}/new", await papers(scene)
    sent = await panel.post(page, data={**form, "address": slot.address, "key": "k"})
    text = await answered(scene, panel, sent.headers["location"])
    assert "Не вышло: проверьте данные" in text
    assert f'href="/kkts/{scene.merchant.id}/{slot.id}/registration"' in text
