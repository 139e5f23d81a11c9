"""Something on every page of the office, made through its forms; and where its pages are."""

import re
from typing import Final

from admin.navigation import CLIENT_PAGES, TASK_PAGES
from tests.browser.client import Panel, text_of
from tests.browser.test_cases import case_of, plan
from tests.browser.test_contract_texts import OWN, a_contract, add_template
from tests.browser.test_contracts import ANSWERS, done, tariff
from tests.browser.test_leads import CAFE, QUALIFIED, lead_to_price
from tests.clients import ALONE, Clients


async def furnish(panel: Panel, clients: Clients) -> list[str]:
    """The addresses of all pages, lists first."""
    anna, olga = await clients.person("Анна Смирнова"), await clients.person("Ольга Лебедева")
    cafe = await clients.client("ООО «Кафе на углу с очень длинным названием»", lead=anna, tax_number="7700000024")
    await clients.client("ИП Сидоров", ALONE, lead=olga)
    await plan(clients)
    days = {"first_day": "2026-01-19", "last_day": "2026-01-27"}
    await done(panel, "/absences", person=anna, substitute=olga, **days)
    return [
        *(one.path for one in (*CLIENT_PAGES, *TASK_PAGES)),
        *await _sold(panel, clients),
        *await _served(panel, clients, cafe),
        "/deadlines?month=2026-04", "/deadlines/plan", "/clients/new", f"/clients/{cafe}?month=2026-04",
        f"/clients/{cafe}/edit", "/tasks/board?owner=all", "/tasks/month?month=2026-01&owner=all", "/tasks/new",
        "/clients", "/prices", "/leads/import", "/services", "/tariffs/new", "/slips?month=2026-01", "/slips/import",
        "/confirm/no-such-link", *[await _uploaded(panel, path, file) for path, file in FILES.items()],
    ]  # fmt: skip


FILES: Final = {
    "/leads/import": "Компания;Телефон;Почта;ИНН\nООО «Кафе»;+7 900 000-00-05;;\nБез связи;;;\n",
    "/slips/import": "Клиент;ИНН;Налог;Период;Сумма\nКафе;7700000024;НДС;2026-01;100,00\nНикто;7700000016;НДС;;5\n",
}
"""Lists with something to take in and something wrong."""


async def _uploaded(panel: Panel, path: str, file: str) -> str:
    answer = await panel.post(
        path,
        data={"source": "event"},
        files={"file": ("список.csv", file.encode(), "text/csv")},
        follow_redirects=False,
    )
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


async def _sold(panel: Panel, clients: Clients) -> list[str]:
    """Leads, a price, a contract and the tariff that they come from."""
    number = await tariff(clients)
    lead = await done(panel, "/leads/new", **CAFE, what_next="Позвонить", what_next_on="2026-01-16")
    await done(panel, f"{lead}/move", step="log_contact", note="Звонила")
    await done(panel, f"{lead}/move", **QUALIFIED)
    form = {"lead": lead.rpartition("/")[2], "tariff": str(number), **ANSWERS}
    price = await done(panel, "/prices/new", **form, valid_until="2026-02-15")
    other = {"name": "Пётр", "phone": "+79000000002", "email": "p@example.ru", "tax_number": ""}
    second = await done(panel, "/leads/new", **CAFE | {"organisation_name": "ООО «Пекарня»"} | other)
    await lead_to_price(panel, second)
    client = await done(panel, f"{second}/convert")
    contract = await done(panel, f"{client}/contracts")
    await done(panel, f"{contract}/lines", own_service="Акт", period="month", due_rule="M+1:WD03", shift="none")
    annex = await _annex(panel, client)
    templates = "/settings/contract-templates"
    await done(panel, f"{templates}/own", **OWN)
    template = await add_template(panel)
    written = await a_contract(panel, int(client.rpartition("/")[2]))
    await done(panel, f"{written}/text", template=template.rpartition("/")[2])
    printed = re.search(rf'"({written}/text/\d+)"', (await panel.get(f"{written}/text")).text)
    assert printed is not None
    tried = f"/prices/new?lead={form['lead']}&tariff={number}&try=1&a_employees=4"
    texts = [f"{contract}/text", f"{written}/text", printed[1], f"{client}/contract-details"]
    drafted = f"/tariffs/{await tariff(clients, 'draft')}/edit"
    settings = ["/contracts/numbers", drafted, templates, template, f"{templates}/new?sample=1"]
    settings.append("/contracts/month?month=2026-01")
    return ["/leads/new", lead, second, client, contract, annex, price, tried, f"/tariffs/{number}", *texts, *settings]


async def _annex(panel: Panel, client: str) -> str:
    """A draft with changes, of a contract that both have signed."""
    contract = await done(panel, f"{client}/contracts")
    line = {"own_service": "Бухгалтерское сопровождение", "period": "month", "due_rule": "M+1:WD03", "shift": "none"}
    terms = {"version": "1", "number": "18/2026", "dated": "2026-01-12", "starts_on": "2026-01-01", "notice_days": "30"}
    await done(panel, contract, **terms, fee="19800")
    await done(panel, f"{contract}/lines", **line, price="19800", in_fee="1")
    await done(panel, f"{contract}/step", step="agree")
    for side in ("office", "client"):
        await done(panel, f"{contract}/step", step="sign", side=side, signed_on="2026-01-14", method="paper")
    annex = await done(panel, f"{contract}/annexes", dated="2026-01-15", subject="Оплата до 10-го числа")
    await done(panel, f"{annex}/changes", kind="add", on_day="2026-02-01", **line | {"own_service": "Кадры"}, price="1")
    await done(panel, f"{annex}/changes", kind="fee", on_day="2026-02-01", price="22000")
    return annex


async def _served(panel: Panel, clients: Clients, cafe: int) -> list[str]:
    """A case, a project, a sum to pay and a handbook."""
    case = await case_of(clients, "RU-SV-PAY", "2025-12")
    await done(panel, f"{case}/points", title="Сверить сумму")
    await done(panel, f"{case}/comments", text="Клиент прислал документы")
    await done(panel, f"{case}/step", step="start")
    await done(panel, "/tasks/templates", name="Закрытие месяца", role="lead", points="Банк\nКасса")
    project = await done(panel, "/projects", goal="Навести порядок", client=cafe, due="2026-03-01")
    who = {"name": "Ольга", "role": "owner", "email": "olga@example.ru", "receives": "slips", "can_acknowledge": "1"}
    await done(panel, f"/clients/{cafe}/contacts", **who, language="ru")
    new = f"/slips/new?client={cafe}"
    found = re.search(r'<option value="(\d+)">28\.01\.2026', (await panel.get(new)).text)
    assert found is not None
    slip = await done(panel, "/slips/new", client=cafe, obligation=found[1], amount="36400,00")
    book = await done(panel, "/handbooks", name="Регламенты", whose="all", show_in_card="1")
    async with clients.look() as db:
        owed = await db.fetchval("select id from office.obligation order by due, id limit 1")
    preview = f"/slips/preview?slip={slip.rpartition('/')[2]}"
    return [case, project, new, slip, preview, book, f"/clients/{cafe}{book}", f"/deadlines/{owed}"]
