"""Every address: the headers of its answer, and words of an attacker in each place where a list reads any."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Final

import httpx
import pytest

from admin.security import HEADERS
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, make_panel
from tests.browser.people import Browser, Office, new_browser
from tests.browser.routes import routes
from tests.browser.scene import Scene, payment
from tests.clients import Clients

HOSTILE: Final = """x' or 1=1;--"%\\_{{7*7}} onfocus=alert(1) '"><script>alert(1)</script>"""
ENDLESS: Final = "9" * 5_000
EDGES: Final = ("99999999999.1.1", "-1\0", "9" * 18, "9" * 30, "9999-12-31")
"""What a number, a day or the place of a page could be read wrongly from."""
ELSEWHERE: Final = (
    "behind", "ahead", "first", "order", "column", "format", "q", "month", "begins", "state", "client", "owner",
    "from", "edit", "code", "try", "country", "slip", "what", "key", "contact", "pay", "on", "not_accepted",
)  # fmt: skip
"""Parameters that no form of the lists has."""
STRICT: Final = {
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "img-src 'self'",
    "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
}  # fmt: skip


class Anatomy(HTMLParser):
    """What of a page would run, and the parameters of its forms that ask."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.asks: list[tuple[str, str]] = []
        self._action: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.runs += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.runs += [f"{tag} {value}" for value in given.values() if value.strip().lower().startswith("javascript:")]
        if tag == "style" or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.runs.append(tag)
        if tag == "form":
            self._action = given.get("action", "") if given.get("method", "get").lower() == "get" else None
        if tag in ("input", "select", "textarea") and self._action is not None and "name" in given:
            self.asks.append((self._action, given["name"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._action = None


@pytest.fixture
async def browser(database: str, clock: VirtualClock, api: str) -> AsyncIterator[Browser]:
    async with new_browser(database, clock, api_url=api) as browser:
        yield browser


@pytest.fixture
async def panel(database: str, clock: VirtualClock, api: str) -> AsyncIterator[Panel]:
    async with make_panel(database, clock, api_url=api) as panel:
        yield panel


def check(answer: httpx.Response) -> Anatomy:
    """Below 500, and nothing in it runs."""
    where = str(answer.request.url)[:200]
    assert answer.status_code < 500, where
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return Anatomy("")
    found = Anatomy(answer.text)
    assert found.runs == [], where
    return found


async def test_every_answer_forbids_what_pages_never_do(
    browser: Browser, office: Office, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.receipt(merchant, payment(100))
    assert set(HEADERS["Content-Security-Policy"].split("; ")) == STRICT
    await office.person("anna@example.ru")
    for is_known in (False, True):
        if is_known:
            await browser.sign_in("anna@example.ru")
        for method, path, opt in routes(clock, merchant):
            if method != "GET" or (not is_known and "open" not in opt):
                continue
            answer = await browser.get(path)
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
            check(answer)
            if answer.status_code == 200 and "action" in opt and "text/html" in answer.headers["content-type"]:
                assert answer.headers["cache-control"] == "no-store", path
    for path in ("/no-such-page", "/static/no-such-file.js", "/receipts/x", "/receipts?merchant=7"):
        answer = await browser.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path


@pytest.mark.proof
async def test_no_parameter_of_a_list_reaches_the_page_or_the_database_as_anything_but_a_value(
    panel: Panel, scene: Scene, clients: Clients, clock: VirtualClock
) -> None:
    for name in ("ООО «Тёплый дом»", "ООО «Провайдер»"):
        await scene.receipt(await scene.merchant(name), payment(100))
    await clients.client("Кафе «Ромашка»")
    pages = [path for method, path, opt in routes(clock) if method == "GET" and "action" in opt and "7" not in path]
    tried: set[tuple[str, str]] = set()
    for path in [one for one in pages if one != "/live"]:
        asks = check(await panel.get(path)).asks
        names = {name for action, name in asks if action.partition("?")[0] in ("", path)}
        for name in names:
            check(await panel.get(path, params={name: HOSTILE}))
        tried |= {(path, name) for name in names}
        others = [*ELSEWHERE, *sorted(names - {"merchant"})]
        for edge in (HOSTILE, *EDGES):
            check(await panel.get(path, params=dict.fromkeys(others, edge)))
        for place in range(0, len(others), 12):  # as much as an address may hold
            check(await panel.get(path, params=dict.fromkeys(others[place : place + 12], ENDLESS)))
        for edge in (HOSTILE, ENDLESS):
            check(await panel.get(path, params={"merchant": edge}))
    assert {("/receipts", "account"), ("/accounts", "code"), ("/clients", "words"), ("/tasks", "state")} <= tried
    assert len(tried) > 60
