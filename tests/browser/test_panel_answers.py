"""What goes with every answer of the panel: what browsers may keep, what they must not do, who may ask."""

import re

from admin.security import HEADERS
from tests.browser.client import Panel, words
from tests.browser.scene import Scene, payment


async def test_an_unchanged_page_is_not_sent_again(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    first = await panel.get("/today/live")
    again = await panel.get("/today/live", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["x-panel-time"] == "12:00:00"
    await scene.receipt(merchant, payment(1))
    assert (await panel.get("/today/live", headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_every_answer_forbids_the_browser_the_same_things(panel: Panel) -> None:
    page = (await panel.get("/")).text
    script = re.search(r'src="([^"]+)"', page)
    assert script is not None
    for path in ("/", "/today/live", "/health/live", "/no-such-page", "/?merchant=word", script[1]):
        headers = (await panel.get(path)).headers
        assert {name: headers.get(name) for name in HEADERS} == HEADERS, path
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)|\son\w+=", page)


async def test_static_files_are_kept_for_ever_under_an_address_that_changes_with_them(panel: Panel) -> None:
    page = (await panel.get("/")).text
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(addresses) == 3
    for address in addresses:
        assert "immutable" in (await panel.get(address)).headers["cache-control"]
        assert (await panel.get(address)).headers["content-encoding"] == "gzip"
    older = await panel.get("/static/main-00000000.css")
    assert older.headers["cache-control"] == "no-cache"
    assert (await panel.get("/static/panel-00000000.py")).status_code == 404
    plain = await panel.get(addresses[1], headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (await panel.get(addresses[1])).content


async def test_a_host_name_that_anybody_could_own_is_refused(panel: Panel) -> None:
    assert (await panel.get("/", headers={"Host": "panel.example"})).status_code == 421
    for host in ("localhost:8090", "127.0.0.1", "[::1]:8090", "10.0.0.5:8090"):
        assert (await panel.get("/", headers={"Host": host})).status_code == 200


async def test_a_panel_that_asks_nobody_to_sign_in_says_so(panel: Panel) -> None:
    assert "Вход выключен (FISCAL_ADMIN_LOGIN=0)" in await words(panel)
