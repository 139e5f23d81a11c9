"""A form of the office that makes something, sent twice as it was drawn, makes it once and leads to the same place."""

import httpx
import pytest

from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of
from tests.browser.test_cases import case_of, plan
from tests.browser.test_contracts import ANSWERS, done, tariff
from tests.browser.test_office_forms_refused import Forms
from tests.clients import Clients
from tests.storage.test_office_contracts import contract

PDF = ("договор.pdf", b"%PDF-1.7 one", "application/pdf")
TABLE = ("список.csv", "Компания;Телефон\nООО «Кафе»;+7 900 000-00-05\n".encode(), "text/csv")
LEAD = {"name": "Ольга", "phone": "89000000001", "source": "site", "legal_form": "org"}
SERVICE = {"own_service": "Акт", "period": "month", "due_rule": "M+1:WD03", "shift": "none", "price": "1"}
DAYS = {"person": "{anna}", "substitute": "{oleg}", "first_day": "2026-02-02", "last_day": "2026-02-06"}
POWER = {"kind": "electronic", "body": "FNS", "number": "1", "representative": "Анна", "issued_on": "2026-01-12"}
MAKING = {
    "/leads/new": ("/leads/new", LEAD),
    "/clients/new": ("/clients/new", {"short_name": "Пекарня", "kind": "org"}),
    "contact": ("{client}", {"name": "Ольга", "role": "owner", "email": "o@example.ru"}),
    "assignment": ("{client}", {"role": "payroll", "since": "2026-01-12"}),
    "event": ("{client}", {"start": "2026-01-12"}),
    "power": ("{client}", POWER),
    "draft": ("{client}", {}),
    "line": ("{draft}", SERVICE),
    "annex": ("{signed}", {"dated": "2026-01-15"}),
    "annex change": ("{annex}", {"kind": "add", "on_day": "2026-02-01", **SERVICE}),
    "contract file": ("{signed}", {"file": PDF}),
    "/tasks/new": ("/tasks/new", {"title": "Сверка", "kind": "one_off", "role": "lead", "mode": "one"}),
    "/tasks/templates": ("/tasks/templates", {"name": "Закрытие", "role": "lead", "points": "Банк"}),
    "comment": ("{case}", {"text": "Клиент прислал документы"}),
    "point": ("{case}", {"title": "Сверить"}),
    "time": ("{case}", {"day": "2026-01-15", "hours": "1", "note": "сверка"}),
    "case file": ("{case}", {"file": PDF}),
    "/projects": ("/projects", {"goal": "Порядок"}),
    "/absences": ("/absences", DAYS),
    "/handbooks": ("/handbooks", {"name": "Регламенты", "whose": "all"}),
    "handbook entry": ("{entry}", {"text": "Пропуск на проходной"}),
    "handbook file": ("{entry}", {"file": PDF}),
    "/slips/new": ("/slips/new?client={number}", {"amount": "36400,00"}),
    "correction": ("{slip}", {"amount": "100,00"}),
    "/prices/new": ("/prices/new?client={number}&tariff={tariff}&try=1&a_employees=4", ANSWERS),
    "/services": ("/services", {"code": "act", "name": "Акт", "area": "tax", "unit": "month", "role": "lead",
                                "period": "month", "due_rule": "M+1:WD03", "shift": "none"}),
    "/tariffs/new": ("/tariffs/new", {"code": "own"}),
    "tariff": ("/tariffs/{tariff}/edit", {}),
    "/settings/contract-templates": ("/settings/contract-templates/new", {"name": "Договор", "text": "Текст"}),
    "/leads/import": ("/leads/import", {"file": TABLE}),
    "/slips/import": ("/slips/import", {"file": TABLE}),
    "/contracts/numbers/skip": ("/contracts/numbers", {"first_count": "40", "reason": "испорчен бланк"}),
}  # fmt: skip
"""What is made, by its address or in a word: the page with the form, and what is typed into it."""
ENDS = {
    "contact": "/contacts", "assignment": "/people", "event": "/events", "power": "/powers", "draft": "/contracts",
    "line": "/lines", "annex": "/annexes", "annex change": "/changes", "contract file": "/files",
    "comment": "/comments", "point": "/points", "time": "/time", "case file": "/files", "handbook entry": "/entry",
    "handbook file": "/files", "correction": "/correct", "tariff": "/edit",
}  # fmt: skip
"""How the address of a form ends that is one of many of its kind."""


async def world_of(panel: Panel, clients: Clients, page: str) -> dict[str, object]:
    """What a page needs, by the names in its address."""
    anna, oleg = await clients.person("Анна"), await clients.person("Олег")
    number = await clients.client("Кафе", lead=oleg)
    made: dict[str, object] = {"number": number, "client": f"/clients/{number}", "anna": anna, "oleg": oleg}
    if "{draft}" in page:
        made["draft"] = await done(panel, f"/clients/{number}/contracts")
    if "{signed}" in page or "{annex}" in page:
        made["signed"] = f"/contracts/{await contract(clients, number)}"
    if "{annex}" in page:
        made["annex"] = await done(panel, f"{made['signed']}/annexes", dated="2026-01-15")
    if "{case}" in page or "slip" in page:
        await plan(clients)
        made["case"] = await case_of(clients, "RU-SV-PAY", "2025-12")
    if "{entry}" in page:
        made["entry"] = f"/clients/{number}{await done(panel, '/handbooks', name='Регламенты', whose='all')}"
    if "{slip}" in page:
        form = filled((await panel.get(f"/slips/new?client={number}")).text, "/slips/new", {"amount": "36400,00"})
        made["slip"] = await done(panel, "/slips/new", **form)
    if "{tariff}" in page:
        made["tariff"] = await tariff(clients)
    return made


def filled(page: str, action: str, typed: dict[str, object]) -> dict[str, object]:
    """The form of a page as a browser sends it: what stands there, and what is typed."""
    forms = [one for one in Forms(page).forms if one.method == "post" and one.action == action]
    form = max(forms, key=lambda one: len(typed.keys() & {field.name for field in one.fields}))
    return {one.name: typed.get(one.name, one.value) for one in form.fields} | typed


async def sent(panel: Panel, action: str, form: dict[str, object]) -> httpx.Response:
    files = {name: value for name, value in form.items() if isinstance(value, tuple)}
    data = {name: value for name, value in form.items() if name not in files}
    return await panel.post(action, data=data, files=files or None, follow_redirects=False)


async def rows(clients: Clients) -> dict[str, int]:
    """How many there are in each table of the office, but for what is known of forms."""
    async with clients.change() as db:
        names = [row[0] for row in await db.fetch("select tablename from pg_tables where schemaname = 'office'")]
        seen = [one for one in names if await db.fetchval("select has_table_privilege($1, 'select')", f"office.{one}")]
        counted = {one: await db.fetchval(f"select count(*) from office.{one}") for one in seen}
    return {name: count for name, count in counted.items() if name != "sent_form"}


@pytest.mark.parametrize("what", MAKING)
async def test_a_form_that_is_sent_twice_makes_one(panel: Panel, clients: Clients, what: str) -> None:
    page, wanted = MAKING[what]
    made = await world_of(panel, clients, page)
    typed = {name: value.format(**made) if isinstance(value, str) else value for name, value in wanted.items()}
    address = page.format(**made)
    drawn = (await panel.get(address)).text
    path = address.partition("?")[0]
    end = ENDS.get(what, "")
    action = what if what.startswith("/") else path if end in ("/entry", "/edit") else path + end
    form = filled(drawn, action, typed)
    counted = [await rows(clients)]
    answers = []
    for _ in range(2):
        answers.append(await sent(panel, action, form))
        counted.append(await rows(clients))
    first, second = answers
    assert [first.status_code, second.status_code] == [303, 303], text_of(first.text) + text_of(second.text)
    assert first.headers["location"] == second.headers["location"]
    before, once, twice = counted
    assert before != once == twice
    assert (await panel.get(first.headers["location"].partition("#")[0])).status_code == 200


async def test_other_words_out_of_the_same_drawing_make_something_else(panel: Panel, clients: Clients) -> None:
    client = f"/clients/{await clients.client('Кафе')}"
    form = filled((await panel.get(client)).text, f"{client}/powers", POWER)
    for number, count in (("1", 1), ("1", 1), ("2", 2), ("1", 2)):  # the browser's way back shows the same drawing
        await done(panel, f"{client}/powers", **form | {"number": number})
        assert (await rows(clients))["power_of_attorney"] == count


async def test_a_form_that_was_refused_has_made_nothing_and_may_be_sent_again(panel: Panel, clients: Clients) -> None:
    form = filled((await panel.get("/leads/new")).text, "/leads/new", LEAD)
    await done(panel, "/leads/new", **LEAD)
    for _ in range(2):  # somebody with this telephone is there already
        refused = await sent(panel, "/leads/new", form)
        assert (refused.status_code, "Возможно, это уже есть" in refused.text) == (422, True)
    card = await done(panel, "/leads/new", **form, despite="1")
    assert await done(panel, "/leads/new", **form, despite="1") == card
    assert (await rows(clients))["lead"] == 2


async def test_forms_are_known_for_a_day_and_a_form_without_its_field_is_done_each_time(
    panel: Panel, clients: Clients, clock: VirtualClock
) -> None:
    form = filled((await panel.get("/handbooks")).text, "/handbooks", {"name": "Регламенты", "whose": "all"})
    await done(panel, "/handbooks", **form)
    await clock.advance(25 * 3600)
    await done(panel, "/handbooks", **form | {"name": "Пропуска"})
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.sent_form") == 1
    async with clients.look(await clients.person("Анна")) as db:  # each sees their own
        assert await db.fetchval("select count(*) from office.sent_form") == 0
    for _ in range(2):
        await done(panel, "/handbooks", name="Регламенты", whose="all")
    assert (await rows(clients))["handbook"] == 4
