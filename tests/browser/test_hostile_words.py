"""Every page that can be asked for, with what an attacker would write: in addresses, and stored by somebody before."""

import re
from collections.abc import AsyncIterator

import pytest

from admin.security import HEADERS
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of
from tests.browser.scene import Scene, payment
from tests.browser.test_permissions import routes
from tests.clients import Clients, open_clients

MARKUP = '"><script>alert(1)</script>'
HOSTILE = MARKUP + "'; drop table fiscal.receipt; --"
FORMULA = '=HYPERLINK("http://evil.example","Кафе")'
NAMES = (
    "account", "ahead", "before", "begins", "behind", "code", "column", "contact", "country", "fd", "first", "from",
    "goal", "kind", "lead", "money", "month", "number", "on", "only", "order", "own", "pay", "person", "q", "reason",
    "state", "sum_from", "sum_to", "system", "to", "value", "way", "what", "words",
)  # fmt: skip
"""Of every parameter of every page but `merchant`, which decides before the others are read."""

_LIVE = ("/live", "/password/x")


@pytest.fixture
async def clients(database: str, clock: VirtualClock) -> AsyncIterator[Clients]:
    async with open_clients(database, clock) as clients:
        yield clients


@pytest.mark.parametrize("text", [HOSTILE, "\0", "9" * 40])
async def test_words_in_an_address_are_words_on_every_page(
    panel: Panel, scene: Scene, clock: VirtualClock, text: str
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, "9999078900000101")
    receipt = await scene.receipt(merchant, payment(100), await scene.account(merchant, "x"))
    for method, route, _ in routes(clock):
        if method != "GET" or route in _LIVE:
            continue
        path = route.replace("/receipts/7/7", f"/receipts/{merchant}/{receipt}")
        path = path.replace("/kkts/7/7", f"/kkts/{merchant}/{kkt}").replace("/7", f"/{merchant}")
        for given in (dict.fromkeys(NAMES, text), {"merchant": text}):
            answer = await panel.get(path, params=given, follow_redirects=False)
            assert answer.status_code < 500, (path, given, answer.text)
            assert "<script>alert" not in answer.text, path
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    assert await scene.db.fetchval("select count(*) from fiscal.receipt") == 1


async def test_what_people_of_the_office_wrote_is_text_and_never_markup(panel: Panel, clients: Clients) -> None:
    anna = await clients.person(MARKUP)
    card = f"/clients/{await clients.client(MARKUP, lead=anna)}"
    lead = dict.fromkeys(("name", "organisation_name", "features", "activity", "region"), MARKUP) | {
        "phone": "89000000002", "email": "o@example.ru", "source": "site", "legal_form": "org", "despite": "1",
    }  # fmt: skip
    story = (await panel.post("/leads/new", data=lead, follow_redirects=False)).headers["location"]
    contact = {"name": MARKUP, "position": MARKUP, "phone": "89000000001", "role": "director"}
    await panel.post(f"{card}/contacts", data=contact, follow_redirects=False)
    shown = 0
    for path in (
        "/clients", card, "/deadlines", "/deadlines/plan", "/leads", story, "/absences", "/settings/people",
        f"/settings/people/{anna}", "/settings/journal", "/search?q=script",
    ):  # fmt: skip
        answer = await panel.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert not re.search(r"\son\w+=", answer.text), path
        shown += text_of(answer.text).count("<script>alert(1)") > 0
    assert shown >= 8


async def test_a_list_of_clients_leaves_without_formulas(panel: Panel, clients: Clients) -> None:
    await clients.client(FORMULA)
    file = (await panel.get("/clients/export?format=csv")).content.decode("utf-8-sig")
    assert file.splitlines()[1].startswith("\"'=HYPERLINK")
