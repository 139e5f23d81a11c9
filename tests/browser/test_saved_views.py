"""Views of lists that people save: whose they are, who sees them, and that their address is all they are."""

import re
from html import unescape

from admin.permissions import Role
from tests.browser.people import Browser, Office
from tests.browser.scene import Scene, payment

QUERY = "state=REFUSED&column=time&column=sum&order=turned"
STANDS = {"list": "/receipts", "at": "/receipts"}


def saved_of(page: str) -> dict[str, str]:
    """Names of the saved views above a list, and where they lead."""
    found = re.findall(r'class="view-saved" href="([^"]*)"[^>]*>([^<]*)<', page)
    return {unescape(name): unescape(href) for href, name in found}


async def sees(browser: Browser, email: str, path: str = "/receipts") -> dict[str, str]:
    """What somebody finds above a list after signing in."""
    await browser.sign_in(email)
    return saved_of((await browser.get(path)).text)


async def number_of(office: Office, name: str) -> int:
    (row,) = await office.rows("select id from office.saved_view where name = $1", name)
    return int(row["id"])


async def test_a_view_is_saved_opened_renamed_shared_and_deleted(
    browser: Browser, office: Office, scene: Scene
) -> None:
    own, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Провайдер»")
    await scene.refuse(await scene.receipt(own, payment(45_000)), "нет")
    await office.person("anna@example.ru", [Role.ACCOUNTANT], [own, other])
    await office.person("boris@example.ru", [Role.CLIENT_VIEWER], [own], name="Борис")
    await office.person("vera@example.ru", [Role.ACCOUNTANT], [other], name="Вера")
    await browser.sign_in("anna@example.ru")
    answer = await browser.post("/views", page="/receipts", name=" Отказы <b>", query=f"{QUERY}&behind=7", **STANDS)
    assert answer.headers["location"] == f"/receipts?{QUERY}"
    page = (await browser.get(answer.headers["location"])).text
    assert saved_of(page) == {"Отказы <b>": f"/receipts?{QUERY}"}
    assert "<b>" not in page.partition('class="view-saved"')[2].partition("</nav>")[0]
    assert re.findall(r'<td class="c-(\w+) ', page) == ["time", "sum"]
    assert await sees(browser, "boris@example.ru") == {}
    await browser.sign_in("anna@example.ru")
    view = f"/views/{await number_of(office, 'Отказы <b>')}"
    await browser.post(view, page="/receipts", name="Отказы", share=str(own), **STANDS)
    assert await sees(browser, "boris@example.ru") == {"Отказы": f"/receipts?{QUERY}"}
    assert (await browser.post(view, page="/receipts", name="Мой", **STANDS)).status_code == 404
    assert await sees(browser, "vera@example.ru") == {}
    await browser.sign_in("anna@example.ru")
    await browser.post(view, page="/receipts", delete="1", **STANDS)
    assert await sees(browser, "anna@example.ru") == {}
    deeds = await office.rows("select action from office.audit where action like 'view.%' order by number")
    assert [row["action"] for row in deeds] == ["view.saved", "view.changed", "view.deleted"]


async def test_what_is_no_form_of_a_list_is_refused(browser: Browser, office: Office, scene: Scene) -> None:
    own, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Провайдер»")
    await office.person("anna@example.ru", [Role.ACCOUNTANT], [own])
    await office.person("boris@example.ru", [Role.CLIENT_VIEWER], [own], name="Борис")
    await browser.sign_in("anna@example.ru")

    async def status(**fields: str) -> int:
        return (
            await browser.post("/views", page="/receipts", **{"name": "x", "query": "", **STANDS, **fields})
        ).status_code

    assert await status(at="//evil.example") == 400
    assert await status(at="/money/imports/1/2\n") == 400
    assert await status(list="/elsewhere") == 400
    assert await status(query="a=" + "x" * 3_000) == 400
    assert await status(query="a=1&" * 200) == 400
    assert await status(share="9" * 5_000) == 404
    assert await status(name="  ") == 422
    assert await status(share=str(other)) == 404
    assert await status(share=str(own), query=f"merchant={other}") == 422
    assert await status(list="/money/imports", at="/money/imports/7/8") == 303
    assert await sees(browser, "boris@example.ru") == {}
    assert await status(share=str(own)) == 403
    assert await status(list="/money", at="/money") == 403
    assert [row["list"] for row in await office.rows("select list from office.saved_view")] == ["/money/imports"]


async def test_the_same_name_replaces_and_another_view_is_not_overwritten_by_a_rename(
    browser: Browser, office: Office, scene: Scene
) -> None:
    await scene.merchant("ООО «Тёплый дом»")
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    for name, query in (("Первый", "state=QUEUED"), ("Второй", "fd=1"), ("Второй", "fd=2")):
        assert (await browser.post("/views", page="/receipts", name=name, query=query, **STANDS)).status_code == 303
    assert saved_of((await browser.get("/receipts")).text) == {
        "Второй": "/receipts?fd=2",
        "Первый": "/receipts?state=QUEUED",
    }
    view = f"/views/{await number_of(office, 'Первый')}"
    assert (await browser.post(view, page="/receipts", name="Второй", **STANDS)).status_code == 422
    async with office.db.write() as db:
        await db.execute(
            "insert into office.saved_view select n, list, person_id, person, null, name || n, query, created_at"
            " from office.saved_view, generate_series(1, 28) n where name = 'Первый'"
        )
    for name, status in (("Первый", 303), ("Тридцать первый", 422)):
        answer = await browser.post("/views", page="/receipts", name=name, query="fd=3", **STANDS)
        assert answer.status_code == status, name
