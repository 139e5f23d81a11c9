"""Forms of the office that are refused: the page says what is wrong with which field, and nothing typed is lost.

As a browser without scripts sends them, whatever the attributes of the fields would have stopped there.
"""

from collections.abc import AsyncIterator
from html.parser import HTMLParser

import msgspec
import pytest

from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of
from tests.browser.people import ORIGIN, new_browser
from tests.clients import Clients
from tests.storage.test_office_contracts import contract

GOOD = {"date": "2026-12-24", "email": "someone@example.ru", "tel": "89000000077"}
WRONG = {"date": ("9999-12-31", ""), "email": ("not an address",), "tel": ("not a number",), "select": ("no such",)}


class Field(msgspec.Struct):
    """A field of a form; ``kind``: its type, «number» when a number is asked for."""

    name: str
    kind: str
    value: str
    is_required: bool


class Form(msgspec.Struct):
    """Where it goes, and what stands in it."""

    method: str
    action: str
    fields: list[Field]


class Forms(HTMLParser):
    """The forms of a page, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._field: Field | None = None
        self._option_seen = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("method", "get"), given.get("action", ""), []))
        elif tag == "option" and self._field is not None:
            if not self._option_seen or "selected" in given:
                self._field.value = given.get("value", "")
            self._option_seen = True
        elif tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self._begin(tag, given)

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        kind = "number" if kind == "text" and "inputmode" in given else kind
        field = Field(given["name"], kind, given.get("value", ""), "required" in given)
        self.forms[-1].fields.append(field)
        if tag != "input":
            self._field, self._option_seen = field, False

    def handle_data(self, data: str) -> None:
        if self._field is not None and self._field.kind == "textarea":
            self._field.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._field = None


def filled(field: Field) -> str:
    if field.kind in ("text", "textarea"):
        return f"typed {field.name}"
    return GOOD.get(field.kind, "77" if field.kind == "number" else field.value)


def wrongs(field: Field) -> tuple[str, ...]:
    """What cannot be meant in a field; empty for what must be filled."""
    if field.kind == "date" and not field.is_required:
        return WRONG["date"][:1]
    return WRONG.get(field.kind, ("",) if field.kind in ("text", "textarea") and field.is_required else ())


def bad_fillings(form: Form) -> list[tuple[str, dict[str, list[str]]]]:
    """Each with one field wrong: its name, and what is sent."""
    found = []
    for wrong in form.fields:
        for value in wrongs(wrong):
            sent: dict[str, list[str]] = {}
            for field in form.fields:
                if field.kind != "file":
                    sent.setdefault(field.name, []).append(value if field is wrong else filled(field))
            found.append((wrong.name, sent))
    return found


@pytest.fixture
async def panel(clients: Clients, database: str, clock: VirtualClock) -> AsyncIterator[Panel]:
    async with new_browser(database, clock, admin_login=False) as browser:
        yield browser.panel


async def posted(panel: Panel, path: str, **fields: str) -> str:
    """Where it leads."""
    answer = await panel.post(path, data=fields, headers=ORIGIN, follow_redirects=False)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


async def place(panel: Panel, clients: Clients, name: str) -> str:
    """The page of a name, with what it needs."""
    client = f"/clients/{await clients.client('Кафе', lead=await clients.person('Олег'))}"
    match name:
        case "client" | "edit":
            return client if name == "client" else f"{client}/edit"
        case "lead":
            return await posted(panel, "/leads/new", name="Анна", phone="89000000001", source="site", legal_form="org")
        case "handbook":
            return await posted(panel, "/handbooks", name="Политика", whose="all")
        case "contract":
            return await posted(panel, f"{client}/contracts")
        case "annex":
            number = await contract(clients, int(client.rpartition("/")[2]))
            return await posted(panel, f"/contracts/{number}/annexes", dated="2026-01-15")
        case "case":
            return await posted(panel, "/tasks/new", title="Акт", client=client.rpartition("/")[2], kind="one_off",
                                role="lead", mode="one")  # fmt: skip
        case _:
            return name


@pytest.mark.parametrize(
    "name",
    ["/leads/new", "lead", "/clients/new", "client", "edit", "contract", "annex", "case", "/tasks/new",
     "/tasks/templates", "/projects", "/absences", "/calendar", "handbook", "/services", "/tariffs/new"],
)  # fmt: skip
async def test_a_refused_form_says_why_and_keeps_what_was_typed(panel: Panel, clients: Clients, name: str) -> None:
    page = await place(panel, clients, name)
    tried = 0
    for form in Forms((await panel.get(page)).text).forms:
        for wrong, sent in bad_fillings(form) if form.method == "post" else ():
            answer = await panel.post(form.action, data=sent, headers=ORIGIN, follow_redirects=False)
            if answer.status_code in (200, 303):
                continue  # the field may be anything, or a preview asks again
            where = f"{form.action}, {wrong}={sent[wrong]}"
            assert answer.status_code in (409, 422), where
            assert 'role="alert"' in answer.text, where
            kept = {(one.name, one.value.strip()) for again in Forms(answer.text).forms for one in again.fields}
            typed = [(one.name, filled(one)) for one in form.fields
                     if one.kind in ("text", "textarea", "number", *GOOD) and one.name != wrong]  # fmt: skip
            assert [one for one in typed if one not in kept] == [], where
            tried += 1
    assert tried > 0, page
