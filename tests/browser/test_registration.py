"""Registration data of a KKT changed in the panel: over the real API, a real dispatcher and an emulated FN."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.browser.client import text_of
from tests.browser.serving import panel_over
from tests.world import World, world

_FIELD = re.compile(r'<input name="(\w+)" required maxlength="\d+" value="([^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_TICKED = re.compile(r'<input type="checkbox" name="(\w+)" value="1" checked>')


@pytest.fixture
async def scene(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(database, tmp_path) as scene, scene.dispatching():
        await scene.states_become("ACTIVE")
        yield scene


@pytest.fixture
async def panel(scene: World, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with panel_over(scene.dsn, tmp_path) as address, httpx.AsyncClient(base_url=address) as panel:
        yield panel


async def answered(scene: World, panel: httpx.AsyncClient, path: str) -> str:
    """The part of the page once nothing is awaited any more."""
    text = ""

    async def done() -> bool:
        nonlocal text
        text = (await panel.get(path, headers={"X-Part": "1"})).text
        return "data-awaited" not in text

    await scene.until(done)
    return text


def filled(text: str, **changes: str) -> dict[str, str]:
    """The form as a browser would send it, with what a person changes."""
    form = {name: unescape(value) for name, value in [*_HIDDEN.findall(text), *_FIELD.findall(text)]}
    return {**form, **dict.fromkeys(_TICKED.findall(text), "1"), **changes}


async def form_page(scene: World, panel: httpx.AsyncClient) -> tuple[str, str]:
    """Where the form is, and its text: the register was asked what it is registered with."""
    [slot] = await scene.slots()
    card = f"/kkts/{scene.merchant.id}/{slot.id}"
    assert f'href="{card}/registration"' in (await panel.get(card)).text
    start = (await panel.get(f"{card}/registration")).text
    sent = await panel.post(f"{card}/registration", data=dict(_HIDDEN.findall(start)))
    assert sent.status_code == 303
    path = sent.headers["location"]
    return path, await answered(scene, panel, path)


async def test_what_is_registered_is_changed_once_after_a_question(scene: World, panel: httpx.AsyncClient) -> None:
    path, text = await form_page(scene, panel)
    form = filled(text, place="https://pay.example", reason_place="1", why="новый сайт")
    assert (form["user_name"], form["address"], form["ofd_address"]) == ("Пример", "Москва", scene.ofd_address)
    question = (await panel.post(path, data=form)).text
    words = text_of(question).replace("\u00a0", " ")
    assert "Изменить данные регистрации кассы 9999 0789 0000 0001?" in words
    assert "изменение адреса или места расчётов" in words
    assert scene.boxes[0].archive()[-1].form != 11
    sure = {name: unescape(value) for name, value in _HIDDEN.findall(question)}
    first, again = [await panel.post(path, data=sure) for _ in range(2)]
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    result = await answered(scene, panel, first.headers["location"])
    [made] = [entry for entry in scene.boxes[0].archive() if entry.form == 11]
    assert f"документ № {made.fd_number}, ФП {made.fiscal_sign}" in text_of(result)
    assert "не позднее следующего рабочего дня" in text_of(result)
    action = "select object from office.audit where action = 'kkt.registration_changed'"
    assert await scene.db_values(action) == [scene.boxes[0].number]
    [slot] = await scene.slots()
    assert "данные регистрации изменены" in (await panel.get(f"/kkts/{scene.merchant.id}/{slot.id}")).text


async def test_the_question_names_every_datum_as_it_is_and_as_it_will_be(
    scene: World, panel: httpx.AsyncClient
) -> None:
    path, text = await form_page(scene, panel)
    form = filled(
        text, tax2="1", ofd_inn="7700000001", ofd_name="Другой", ofd_address="ofd.example:7777", reason_ofd="1",
        reason_taxation_systems="1", reason_other="1", sender_email="new@pay.example", why="другой договор",
    )  # fmt: skip
    question = (await panel.post(path, data=form)).text
    rows = [text_of(row).split() for row in re.findall(r"<tr>(.*?)</tr>", question)]
    assert ["Адрес", "оператора", scene.ofd_address, "ofd.example:7777"] in rows
    assert ["ИНН", "оператора", "7700000000", "7700000001"] in rows
    assert "Системы налогообложения ОСН ОСН, УСН доход" in [" ".join(row) for row in rows]
    assert len(rows) == 1 + 5
    for bit in (1, 7, 31):
        assert f"реквизит 1205, бит {bit}" in question
    assert "реквизит 1205, бит 3" not in question.replace("бит 31", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": "https://pay.example", "reason_user_name": "1"}, "названы не все причины"),
        ({"reason_ofd": "1"}, "отмечена причина, для которой ничего не изменено"),
        ({"place": "https://pay.example"}, "выберите причину"),
        ({"user_name": " ", "reason_user_name": "1"}, "заполните это поле"),
        ({"ofd_inn": "77", "reason_ofd": "1"}, "это значение не подходит"),
        ({"place": "世界", "reason_place": "1"}, "такие данные не записать в документ"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_ordered(
    scene: World, panel: httpx.AsyncClient, changes: dict[str, str], words: str
) -> None:
    path, text = await form_page(scene, panel)
    answer = await panel.post(path, data=filled(text, why="новый сайт", sure="1", **changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert await scene.db_values("select count(*) from fiscal.kkt_request where kind = 're_register'") == [0]


async def test_an_order_of_another_kind_is_no_page_of_it(scene: World, panel: httpx.AsyncClient) -> None:
    [slot] = await scene.slots()
    card = f"/kkts/{scene.merchant.id}/{slot.id}"
    assert (await panel.get(f"{card}/registration/7")).status_code == 404
    assert (await panel.post(f"{card}/registration/7", data={})).status_code == 404
    assert (await panel.get(f"{card}/order/re_register")).status_code == 404
