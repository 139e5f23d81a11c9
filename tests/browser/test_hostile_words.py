"""What people of the office wrote, in pages and files: it is text there, whatever it looks like."""

import re

from tests.browser.client import Panel, text_of
from tests.clients import Clients

MARKUP = '"><script>alert(1)</script>'
FORMULA = '=HYPERLINK("http://evil.example","Кафе")'


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
