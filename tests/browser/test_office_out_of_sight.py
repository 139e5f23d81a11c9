"""An accountant with one client: nothing of another client is found by address, list, count, search, file or export."""

import re

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel
from tests.browser.people import ORIGIN, Browser, new_browser, open_office
from tests.clients import Clients

OTHER = "Чужая пекарня"
LISTS = (
    "/clients", "/clients/totals", "/clients/export?format=csv", "/tasks", "/tasks/totals", "/tasks/export?format=csv",
    "/tasks/mine", "/tasks/board?owner=all", "/tasks/month?owner=all", "/tasks/new", "/deadlines", "/projects",
    "/slips", "/slips/new", "/contracts", "/contracts/export?format=csv", "/handbooks?q=Amortisation",
    "/contracts/month", "/search?q=%D0%BF%D0%B5%D0%BA",
)  # fmt: skip
_SHOWN = re.compile(r'name="shown" value="([^"]+)"')
_OWN_ADDRESS = re.compile(r'(?:href|action)="(/(?:clients|tasks|projects|contracts|deadlines)/\d[^"#?]*)"')


async def posted(panel: Panel, path: str, **fields: str) -> str:
    """Where it leads."""
    answer = await panel.post(path, data=fields, headers=ORIGIN, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def annexed(panel: Panel, contract: str) -> str:
    """The contract signed by both, and an annex to it."""
    terms = {"version": "1", "number": "17", "dated": "2026-01-12", "starts_on": "2026-01-01", "notice_days": "30"}
    await posted(panel, contract, **terms)
    await posted(panel, f"{contract}/lines", own_service="Акт", period="month", due_rule="M+1:WD03", shift="none")
    await posted(panel, f"{contract}/step", step="agree")
    for side in ("office", "client"):
        await posted(panel, f"{contract}/step", step="sign", side=side, signed_on="2026-01-14", method="paper")
    return await posted(panel, f"{contract}/annexes", dated="2026-01-15")


async def furnish(panel: Panel, client: int) -> set[str]:
    """A client with one of everything; gives the addresses that its pages name."""
    card = f"/clients/{client}"
    shown = _SHOWN.search((await panel.get("/deadlines/plan")).text)
    assert shown is not None
    await posted(panel, "/deadlines/plan", shown=shown.group(1))
    case = await posted(
        panel, "/tasks/new", title="Секрет", client=str(client), kind="one_off", role="lead", mode="one"
    )
    project = await posted(panel, "/projects", goal="Секрет", client=str(client))
    contract = await posted(panel, f"{card}/contracts")
    handbook = (await posted(panel, "/handbooks", name="Политика", whose="all")).rpartition("/")[2]
    entry = f"{card}/handbooks/{handbook}"
    await posted(panel, entry, text="Amortisation", read="0")
    annex = await annexed(panel, contract)
    pages = {card, case, project, contract, annex, entry}
    found = set(pages)
    for page in pages:
        found.update(_OWN_ADDRESS.findall((await panel.get(page)).text))
    return {one for one in found if one.count("/") > 1}


async def sign_in(browser: Browser, email: str) -> None:
    assert (await browser.sign_in(email)).status_code == 303


async def test_nothing_of_a_client_of_others_is_found(clients: Clients, database: str, clock: VirtualClock) -> None:
    async with open_office(database, clock) as office:
        junior = await office.person("j@example.ru", [Role.ACCOUNTANT], name="Юлия")
    own = await clients.client("Своя кофейня", lead=junior)
    other = await clients.client(OTHER, lead=await clients.person("Олег"))
    async with new_browser(database, clock, admin_login=False) as everybody:
        addresses = await furnish(everybody.panel, other)
        assert OTHER in (await everybody.panel.get("/tasks")).text
    assert len(addresses) > 10
    async with new_browser(database, clock) as browser:
        await sign_in(browser, "j@example.ru")
        assert (await browser.get(f"/clients/{own}")).status_code == 200
        for address in sorted(addresses):
            assert (await browser.get(address)).status_code in (403, 404, 405), address
        for address in LISTS:
            answer = await browser.get(address)
            assert answer.status_code == 200, address
            assert OTHER not in answer.text, address
            assert f"/{other}" not in answer.text, address
            assert "Секрет" not in answer.text, address
        for address in (f"/slips/new?client={other}", f"/deadlines?client={other}"):
            assert OTHER not in (await browser.get(address)).text, address
        for path, fields in (
            ("/tasks/new", {"title": "x", "client": str(other), "kind": "one_off", "role": "lead", "mode": "one"}),
            ("/projects", {"goal": "x", "client": str(other)}),
            (f"/clients/{other}/events", {"what": "first_hire", "start": "2026-01-12"}),
        ):
            assert (await browser.post(path, page="/tasks/new", **fields)).status_code in (404, 422), path
