"""Access in an emergency: for a reason, for some hours, for looking only, and its merchant's people are told."""

import functools

from admin.access import FORM_HEADER
from admin.permissions import IN_EMERGENCY, IN_EMERGENCY_OF_CLIENT, Action, Role
from admin.sign_in import tokens
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.people import ORIGIN, Browser, Office
from tests.browser.routes import routes
from tests.browser.scene import Scene, payment
from tests.clients import Clients

REASON = "Абонент ждёт чек, а бухгалтер болен"


async def test_an_administrator_looks_for_some_hours_and_everybody_is_told(
    browser: Browser, office: Office, scene: Scene, clock: VirtualClock
) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    receipt = f"/receipts/{other}/{await scene.receipt(other, payment(100))}"
    await office.person("admin@example.ru", [Role.SYSTEM_ADMINISTRATOR, Role.LEAD_ACCOUNTANT], [own], name="Пётр")
    await office.person("anna@example.ru", [Role.ACCOUNTANT], [other])
    await browser.sign_in("admin@example.ru")
    assert (await browser.get(receipt)).status_code == 404
    asked = {"page": "/break-glass", "whose": f"merchant-{other}", "hours": "4"}
    for wrong in (
        {"reason": "надо"},
        {"reason": REASON, "hours": "99"},
        {"reason": REASON, "whose": "merchant-1"},
        {"reason": REASON, "whose": "client-1"},
    ):
        assert (await browser.post("/break-glass", **{**asked, **wrong})).status_code == 422
    assert (await browser.post("/break-glass", **asked, reason=REASON)).status_code == 303

    assert (await browser.get(receipt)).status_code == 200
    assert "ООО «Чужая» · до какого часа, закончить" in text_of((await browser.get("/receipts")).text)
    for closed in (f"/settings/keys/{other}", f"/closes/{other}/2025-12/question", "/settings/people", "/money/new"):
        assert (await browser.get(closed)).status_code == 403, closed
    assert (await browser.get(f"/cassettes/{own}/{own}")).status_code == 404
    assert "Вы видите «ООО «Чужая»» до 16:00" in text_of((await browser.get("/break-glass")).text)

    (deed,) = await office.rows("select * from office.audit where action = 'glass.broken'")
    assert (deed["merchant_id"], deed["reason"], deed["person"]) == (other, REASON, "Пётр")
    clock.jump(4 * 3600 + 1)
    assert (await browser.get(receipt)).status_code == 404
    await browser.sign_in("anna@example.ru")
    assert f"Пётр смотрит эти данные без назначения, 12:00:00 — 16:00:00. Причина: {REASON}" in text_of(
        (await browser.get("/")).text
    )


async def test_whoever_has_broken_the_glass_may_look_and_nothing_else_whatever_the_roles_are(
    browser: Browser, office: Office, scene: Scene, clock: VirtualClock
) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    receipts = {one: await scene.receipt(one, payment(100)) for one in (own, other)}
    await office.person("admin@example.ru", list(Role), [own])
    cookie = (await browser.sign_in("admin@example.ru")).cookies["session"]
    await browser.post("/break-glass", page="/break-glass", whose=f"merchant-{other}", hours="1", reason=REASON)
    send = functools.partial(browser.panel.request, follow_redirects=False)
    headers = ORIGIN | {FORM_HEADER: tokens.form_token(cookie)}
    for method, path, opt in routes(clock):
        if "action" in opt and path not in ("/break-glass/end", "/sign-out"):
            status = (await send(method, path, headers=headers)).status_code
            assert status < 500, (method, path)
            assert opt["action"] in IN_EMERGENCY or status == 403, (method, path, status)
    for one, status in ((own, 404), (other, 403)):
        paper = {"deed": "pdf", "row": f"{one}.{receipts[one]}"}
        assert (await send("POST", "/bulk/receipts", headers=headers, data=paper)).status_code == status
    for one, status in ((own, 404), (other, 403)):
        assert (await send("GET", f"/receipts/{one}/{receipts[one]}/pdf")).status_code == status
    for file in (f"/money/batches/{other}/{other}/errors", f"/corrections/jobs/{other}/{other}/errors"):
        assert (await send("GET", file)).status_code == 403, file
    again = await browser.post("/break-glass", page="/break-glass", whose=f"merchant-{own}", hours="8", reason=REASON)
    assert again.status_code in (303, 422)
    assert (await browser.get(f"/receipts/{own}/{receipts[own]}")).status_code == 404
    assert len(await office.rows("select from office.break_glass")) == 1


async def test_of_the_office_one_client_is_seen_and_its_people_are_told(
    browser: Browser, office: Office, clients: Clients, scene: Scene, clock: VirtualClock
) -> None:
    anna = await clients.person("Анна Бухгалтер")
    own, other = await scene.merchant("ООО «Своя»"), await clients.client("ООО «Кафе»", lead=anna)
    third = await clients.client("ООО «Бар»", lead=anna)
    await office.person("admin@example.ru", [Role.SYSTEM_ADMINISTRATOR, Role.DIRECTOR], [own], name="Пётр")
    cookie = (await browser.sign_in("admin@example.ru")).cookies["session"]
    broken = await browser.post("/break-glass", page="/break-glass", whose=f"client-{other}", hours="1", reason=REASON)
    assert broken.headers["location"] == f"/clients/{other}"
    assert "ООО «Кафе» · до какого часа, закончить" in text_of((await browser.get(f"/clients/{other}")).text)
    assert "ООО «Бар»" not in (await browser.get("/clients")).text
    assert (await browser.get(f"/clients/{third}")).status_code == 404
    headers = ORIGIN | {FORM_HEADER: tokens.form_token(cookie)}
    for method, path, opt in routes(clock):
        if "action" in opt and path not in ("/break-glass/end", "/sign-out"):
            answer = await browser.panel.request(method, path, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, (method, path)
            assert opt["action"] in IN_EMERGENCY_OF_CLIENT or answer.status_code == 403, (method, path)
            seeing = opt["action"] is Action.SEE_CLIENTS
            assert not seeing or method == "GET", f"{path} changes something with the right to look"
    (deed,) = await office.rows("select * from office.audit where action = 'glass.broken'")
    assert (deed["merchant_id"], deed["object"], deed["reason"]) == (None, "ООО «Кафе»", REASON)
    assert (await browser.post("/break-glass/end", page="/break-glass")).status_code == 303
    assert f"Пётр смотрит эти данные без назначения, 12:00:00 — 12:00:00. Причина: {REASON}" in text_of(
        (await browser.get(f"/clients/{other}")).text
    )


async def test_what_was_opened_is_given_back_before_its_time(browser: Browser, office: Office, scene: Scene) -> None:
    other = await scene.merchant("ООО «Чужая»")
    await office.person("admin@example.ru", [Role.SYSTEM_ADMINISTRATOR])
    await browser.sign_in("admin@example.ru")
    await browser.post("/break-glass", page="/break-glass", whose=f"merchant-{other}", hours="1", reason=REASON)
    assert (await browser.get("/receipts")).status_code == 200
    assert (await browser.post("/break-glass/end", page="/break-glass")).status_code == 303
    assert (await browser.get("/receipts")).status_code == 403
    deeds = await office.rows("select action from office.audit where action like 'glass%' order by number")
    assert [one["action"] for one in deeds] == ["glass.broken", "glass.given_back"]
