"""Every route with every role: the table of permissions is what happens, and rows of others stay out of sight."""

from datetime import timedelta

import asyncpg
import msgspec
import pytest

from admin.access import FORM_HEADER
from admin.database import PanelDatabase
from admin.permissions import ROLES, Action, Role, may
from admin.sign_in import tokens
from admin.storage import audit, bulk, saved_views, uploads
from admin.storage.bulk import NewJob
from admin.storage.saved_views import NewView
from admin.storage.uploads import NewUpload, Options
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.people import ORIGIN, Browser, Office
from tests.browser.routes import routes
from tests.browser.scene import Scene, payment

LISTS_OF_MERCHANTS = (
    *("/", "/today/live", "/today/money", "/cassettes"),
    *("/receipts", "/receipts/totals", "/receipts/codes", "/receipts/export"),
    *("/accounts", "/accounts/totals", "/accounts/export"),
    *("/money", "/money/totals", "/money/export", "/money/batches", "/money/batches/totals", "/money/batches/export"),
    *("/corrections", "/corrections/totals", "/corrections/export"),
    *("/corrections/jobs", "/corrections/jobs/totals", "/corrections/jobs/export"),
)
"""Pages and files that show the rows of all merchants in sight, or of the one that their address names."""


async def ask(browser: Browser, method: str, path: str, **headers: str) -> int:
    answer = await browser.panel.request(method, path, headers=ORIGIN | headers, follow_redirects=False)
    return answer.status_code


def test_every_route_says_for_whom_it_is(clock: VirtualClock) -> None:
    for method, path, opt in routes(clock):
        assert len({"open", "action", "half_signed_in"} & opt.keys()) == 1, (method, path)


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_what_the_table_says_and_nothing_else(
    browser: Browser, office: Office, clock: VirtualClock, role: Role
) -> None:
    await office.person("anna@example.ru", [role])
    cookie = (await browser.sign_in("anna@example.ru")).cookies["session"]
    for method, path, opt in routes(clock):
        if "action" not in opt:
            continue
        status = await ask(browser, method, path, **{FORM_HEADER: tokens.form_token(cookie)})
        assert (status == 403) == (not may([role], opt["action"])), (method, path, status)
        assert status < 500, (method, path)


async def test_who_has_not_signed_in_is_led_to_the_door(browser: Browser, clock: VirtualClock) -> None:
    for method, path, opt in routes(clock):
        if "open" not in opt:
            assert await ask(browser, method, path) == 303, (method, path)


async def test_what_changes_something_comes_from_our_own_forms_only(
    browser: Browser, office: Office, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    for method, path, opt in routes(clock):
        if method == "GET":
            continue
        if "action" in opt:
            assert await ask(browser, method, path) == 403, path
            assert await ask(browser, method, path, **{FORM_HEADER: "0" * 64}) == 403, path
        assert await ask(browser, method, path, Origin="https://evil.example") == 403, path
        assert await ask(browser, method, path, Origin="null") == 403, path
    assert (await browser.get("/me")).status_code == 200


async def test_a_form_of_another_session_is_a_foreign_form(browser: Browser, office: Office) -> None:
    await office.person("anna@example.ru")
    first = (await browser.sign_in("anna@example.ru")).cookies["session"]
    await browser.sign_in("anna@example.ru")
    assert await ask(browser, "POST", "/me/language", **{FORM_HEADER: tokens.form_token(first)}) == 403


def test_the_panel_s_own_role_may_not_change_what_was_written_down() -> None:
    assert Action.MANAGE_PEOPLE not in ROLES[Role.DIRECTOR].actions
    assert Action.SEE_RECEIPTS not in ROLES[Role.SYSTEM_ADMINISTRATOR].actions


async def test_merchants_that_were_not_given_are_out_of_sight(browser: Browser, office: Office, scene: Scene) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    for merchant in (own, other):
        await scene.receipt(merchant, payment(100))
    await office.person("anna@example.ru", [Role.ACCOUNTANT], [own])
    await browser.sign_in("anna@example.ru")
    page = (await browser.get("/")).text
    assert "ООО «Своя»" in page
    assert "ООО «Чужая»" not in page
    assert (await browser.get(f"/?merchant={other}")).status_code == 404
    assert (await browser.get(f"/today/live?merchant={other}")).status_code == 404


async def test_the_database_itself_hides_the_rows_of_others(database: str, clock: VirtualClock, scene: Scene) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    panel = PanelDatabase(database, clock)
    async with panel.look([own]) as db:
        assert [row["id"] for row in await db.fetch("select id from fiscal.merchant")] == [own]
    async with panel.read() as db:
        assert await db.fetch("select id from fiscal.merchant") == []
    assert {one.id for one in await panel.merchants()} == {own, other}
    await panel.close()


async def test_the_database_itself_hides_the_files_of_others(database: str, clock: VirtualClock, scene: Scene) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    panel = PanelDatabase(database, clock)
    new = NewUpload(id=1, merchant_id=other, person_id=None, form_key="k", file_name="f", size=1, kind="unknown",
                    options=Options())  # fmt: skip
    async with panel.change(merchants=[other]) as db:
        assert await uploads.add_upload(db, new, clock.now())
        await uploads.add_piece(db, 1, 0, b"x")
    async with panel.look([own]) as db:
        assert (await uploads.read_upload(db, 1), await uploads.read_piece(db, 1, 0)) == (None, None)
    async with panel.change(merchants=[own]) as db:
        assert not await uploads.forget(db, 1)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await uploads.add_upload(db, msgspec.structs.replace(new, id=2, form_key="l"), clock.now())
    async with panel.change() as db:
        await uploads.forget_old(db, clock.now() + timedelta(days=9))
    async with panel.look([other]) as db:
        assert await uploads.read_upload(db, 1) is None
    await panel.close()


@pytest.mark.parametrize("how_many", [1, 2])
async def test_a_list_of_a_merchant_out_of_sight_is_not_found(
    browser: Browser, office: Office, scene: Scene, clock: VirtualClock, how_many: int
) -> None:
    """Whether the viewer has a merchant to choose or but one: another's is never answered with one's own rows."""
    own = [await scene.merchant(f"ООО «Своя {number}»") for number in range(how_many)]
    other = await scene.merchant("ООО «Чужая»")
    await office.person("anna@example.ru", [Role.LEAD_ACCOUNTANT], own)
    await browser.sign_in("anna@example.ru")
    there = {path for method, path, _ in routes(clock) if method == "GET"}
    lists = [path for path in LISTS_OF_MERCHANTS if path in there]
    assert lists == list(LISTS_OF_MERCHANTS)
    for path in lists:
        assert await ask(browser, "GET", f"{path}?merchant={own[0]}&format=csv") == 200, path
        assert await ask(browser, "GET", f"{path}?merchant={other}&format=csv") == 404, path
        assert await ask(browser, "GET", f"{path}?merchant=x&format=csv") in (400, 404), path


async def test_the_database_itself_hides_views_and_jobs_of_others(
    database: str, clock: VirtualClock, scene: Scene
) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    panel = PanelDatabase(database, clock)
    for number, person_id in enumerate((7, 8, None), 1):
        job = NewJob(id=number, person_id=person_id, person="п", form_key=f"k{number}", kind="retry", reason="р")
        view = NewView(list="/receipts", person_id=person_id, person="п", merchant_id=own, name="в", query="")
        async with panel.change_own(person_id) as db:
            assert await bulk.add_job(db, job, [bulk.Row(own, 1, "чек")], clock.now())
            await saved_views.save_view(db, number, view, clock.now())
    tables = ("office.bulk_job", "office.bulk_item", "office.saved_view")
    for number, person_id in enumerate((7, 8, None), 1):
        async with panel.look_at_own(person_id, [other]) as db:
            seen = [[tuple(row) for row in await db.fetch(f"select * from {table}")] for table in tables]
        assert [[row[0] for row in rows] for rows in seen] == [[number]] * 3
    for out_of_sight in (panel.read(), panel.look([own])):
        async with out_of_sight as db:
            assert [await db.fetch(f"select * from {table}") for table in tables[:2]] == [[], []]
    async with panel.look_at_own(9, [own]) as db:
        assert len(await db.fetch("select id from office.saved_view")) == 3
    async with panel.change_own(9) as db:
        for table in tables:
            assert await db.execute(f"delete from {table}") == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await saved_views.save_view(db, 9, msgspec.structs.replace(view, person_id=7, name="ч"), clock.now())
    await panel.close()


async def test_what_was_done_is_written_down_and_cannot_be_taken_back(
    browser: Browser, office: Office, database: str, clock: VirtualClock
) -> None:
    await office.person("anna@example.ru")
    await browser.sign_in("anna@example.ru")
    form = {"name": "Борис", "email": "boris@example.ru", "role": "manager", "language": "ru"}
    answer = await browser.post("/settings/people/new", page="/settings/people/new", **form)
    assert "/password/" in answer.text
    (row,) = await office.rows("select * from office.audit where action = 'person.invited'")
    assert (row["person"], row["object"], row["after"]["roles"]) == ("Анна", "boris@example.ru", ["manager"])
    panel = PanelDatabase(database, clock)
    for statement in ("update office.audit set object = ''", "delete from office.audit", "truncate office.audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with panel.change() as db:
                await db.execute(statement)
    await panel.close()
    async with office.db.write() as db:
        assert await audit.broken_links(db) == []  # type: ignore[arg-type]
        await db.execute("update office.audit set object = 'eve@example.ru' where number = $1", row["number"])
        assert await audit.broken_links(db) == [row["number"]]  # type: ignore[arg-type]
        await db.execute("delete from office.audit where number = 1")
        assert await audit.broken_links(db) == [2]  # type: ignore[arg-type]
    journal = text_of((await browser.get("/settings/journal?words=eve")).text)
    assert "пригласил eve@example.ru" in journal
    assert "вошёл" not in journal
