"""Sums to pay as people of the office write and tell them, and as somebody of the client confirms a letter."""

import re

import httpx

from tests.browser.client import text_of
from tests.browser.people import ORIGIN
from tests.clients import Clients

Panel = httpx.AsyncClient


async def post(panel: Panel, path: str, **fields: object) -> httpx.Response:
    return await panel.post(path, data=fields, follow_redirects=False)


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, name
    return found[1]


async def cafe(panel: Panel, clients: Clients, language: str = "ru") -> int:
    """A client with its plan and somebody who gets letters."""
    number = await clients.client("ООО «Кафе»", lead=await clients.person("Анна"))
    who = {"name": "Ольга", "role": "owner", "email": "olga@example.ru", "receives": "slips", "can_acknowledge": "1"}
    assert (await post(panel, f"/clients/{number}/contacts", **who, language=language)).status_code == 303
    plan = (await panel.get("/deadlines/plan")).text
    assert (await post(panel, "/deadlines/plan", shown=field(plan, "shown"))).status_code == 303
    return number


async def draft(panel: Panel, client: int, amount: str = "36400,00", what: str = "УСН") -> str:
    """The address of a slip that waits."""
    page = (await panel.get(f"/slips/new?client={client}")).text
    (obligation,) = re.findall(rf'<option value="(\d+)">28\.04\.2026 · [^<]*{what}', page)
    made = await post(
        panel, "/slips/new", client=client, obligation=obligation, amount=amount, explanation="Налог с дохода"
    )
    assert made.status_code == 303, text_of(made.text)
    return made.headers["location"]


async def tell(panel: Panel, slip: str) -> str:
    """After a look at the letters; the words of that page."""
    number = slip.rpartition("/")[2]
    preview = await panel.get(f"/slips/preview?slip={number}")
    shown = field(preview.text, "shown")
    assert (await post(panel, "/slips/publish", slip=number, shown=shown)).headers["location"] == slip
    return text_of(preview.text)


async def confirm(panel: Panel, link: str) -> httpx.Response:
    """As somebody of the client does it: opens the page of the letter and presses its button."""
    page = await panel.get(link)
    return await panel.post(link, data={"notice": field(page.text, "notice")}, headers=ORIGIN)
