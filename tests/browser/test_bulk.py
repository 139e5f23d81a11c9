"""One deed to many rows: the question, the job, its failures, and what a crash in the middle leaves."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from admin.bulk.work import BulkWork
from admin.permissions import Role
from admin.storage import bulk, people
from admin.storage.bulk import NewJob
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.people import ORIGIN, Browser, Office, new_browser
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@pytest.fixture
async def browser(database: str, clock: VirtualClock, api: str) -> AsyncIterator[Browser]:
    async with new_browser(database, clock, api_url=api) as browser:
        yield browser


async def sign_in(
    office: Office, browser: Browser, role: Role, merchants: Sequence[int], email: str = "a@b.ru"
) -> None:
    await office.person(email, [role], merchants, name="Олег Иванов")
    await browser.sign_in(email)


async def parked(scene: Scene, merchant: int, kopecks: int = 12_345) -> int:
    receipt = await scene.receipt(merchant, payment(kopecks))
    await scene.refuse(receipt, "bad_request: the FN refuses tag 1008")
    return receipt


async def token(browser: Browser) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', (await browser.get("/me")).text)
    assert found is not None
    return found[1]


async def send(browser: Browser, path: str, ticked: Sequence[str] = (), **fields: str) -> httpx.Response:
    """A form with a tick for each of the rows."""
    data: dict[str, Any] = {"form_token": await token(browser), **({"row": list(ticked)} if ticked else {}), **fields}
    return await browser.panel.post(path, data=data, headers=ORIGIN, follow_redirects=False)


def form_of(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the question."""
    assert page.status_code == 200, page.text
    fields = dict(_HIDDEN.findall(page.text.partition("data-once>")[2]))
    return {name: value for name, value in fields.items() if name != "form_token"}


async def worked(browser: Browser, answer: httpx.Response) -> str:
    """The page of a job when nothing of it is under way any more."""
    assert answer.status_code == 303, answer.text
    work: BulkWork = browser.app.state["bulk_work"]
    await work.idle()
    return (await browser.get(answer.headers["location"])).text


async def test_parked_receipts_are_retried_once_each_and_what_was_refused_says_why(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    receipts = [await parked(scene, merchant, 10_000 + number) for number in range(3)]
    queued = await scene.receipt(merchant, payment(5))
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [merchant])
    rows = [f"{merchant}.{one}" for one in (*receipts, queued)]
    question = await send(browser, "/bulk/receipts", rows, deed="retry")
    text = text_of(question.text)
    assert "3 чека , вместе 300,03 ₽" in text.replace("\xa0", " ")
    assert "Не войдут: 1." in text
    form = form_of(question)
    assert (await send(browser, "/bulk/receipts/begin", **form, reason=" ")).status_code == 422
    await scene.db.execute("update fiscal.queue set state = 'CANCELLED' where receipt_id = $1", receipts[1])
    form["rows"] = " ".join(f"{merchant}.{one}" for one in receipts)
    answers = [await send(browser, "/bulk/receipts/begin", **form, reason="исправили") for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    page = await worked(browser, answers[0])
    assert "Не войдут" not in text_of(page)
    states = await office.rows("select state::text from fiscal.queue where receipt_id = any ($1) order by 1", receipts)
    assert [row["state"] for row in states] == ["CANCELLED", "QUEUED", "QUEUED"]
    assert len(await office.rows("select from fiscal.receipt_order")) == 2
    assert "data-awaited" not in page
    deeds = await office.rows("select action, reason from office.audit where action like 'bulk.%' order by number")
    assert [tuple(row) for row in deeds] == [("bulk.begun", "исправили"), ("bulk.ended", "исправили")]


async def test_a_job_that_died_says_so_goes_on_and_does_nothing_twice(
    browser: Browser, office: Office, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    receipts = [await parked(scene, merchant) for _ in range(3)]
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [merchant])
    form = form_of(await send(browser, "/bulk/receipts", deed="cancel", all="1", query="sum_from=100"))
    begun = await send(browser, "/bulk/receipts/begin", **form, reason="двойная оплата")
    place = begun.headers["location"]
    await worked(browser, begun)
    # As after a crash between the answer of the API and its note: asked, not written down, and nobody at it.
    await scene.db.execute("update office.bulk_item set outcome = null where place > 1")
    await scene.db.execute("update office.bulk_job set state = 'RUNNING'")
    assert "data-awaited" in (await browser.get(place)).text
    await clock.advance(31)
    page = (await browser.get(f"{place}/progress", headers={"X-Part": "1"})).text
    assert "больше не отвечает. Осталось: 2." in text_of(page)
    page = await worked(browser, await send(browser, f"{place}/resume"))
    assert "3 из 3" in text_of(page)
    assert "сделано" in text_of(page)
    orders = await office.rows("select receipt_id from fiscal.receipt_order")
    assert sorted(row["receipt_id"] for row in orders) == sorted(receipts)


async def test_failures_are_listed_with_their_reason_and_link_and_go_as_a_file(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    receipt = await parked(scene, merchant)
    await scene.db.execute("update fiscal.queue set state = 'CANCELLED'")
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [merchant])
    (person,) = await office.rows("select id from office.person")
    new = NewJob(id=7, person_id=person["id"], person="Олег", form_key="k" * 24, kind="cancel", reason="двойная оплата")
    async with office.db.write() as db:
        await bulk.add_job(db, new, [bulk.Row(merchant, receipt, "=1+1")], scene.clock.now())
        await bulk.end_job(db, 7, bulk.JobState.STOPPED)
    place = "/bulk/7"
    page = await worked(browser, await send(browser, f"{place}/resume"))
    assert "Не получилось: 1" in text_of(page)
    assert f'href="/receipts/{merchant}/{receipt}"' in page
    file = await browser.get(f"{place}/failures")
    head, row = file.content.decode("utf-8-sig").splitlines()
    assert head == "Что;Наш номер;Почему;Слова сервера;Где"
    assert row.startswith("'=1+1;")
    assert row.endswith(f";http://127.0.0.1:8090/receipts/{merchant}/{receipt}")
    assert "сделано не всё" in text_of((await browser.get("/bulk")).text)
    async with office.db.write() as db:
        await people.give_merchants(db, person["id"], [])
    assert "=1+1" not in (await browser.get(place)).text
    assert len((await browser.get(f"{place}/failures")).content.decode("utf-8-sig").splitlines()) == 1


async def test_of_two_who_are_at_a_job_the_one_who_took_it_last_goes_on(office: Office, clock: VirtualClock) -> None:
    new = NewJob(id=7, person_id=None, person="Олег", form_key="k" * 24, kind="cancel", reason="двойная оплата")
    first = clock.now()
    async with office.db.write() as db:
        assert await bulk.add_job(db, new, [bulk.Row(1, 1, "чек")], first)
        assert await bulk.end_job(db, 7, bulk.JobState.STOPPED)
        assert not await bulk.beat(db, 7, first, clock.now())
        clock.jump(1)
        second = clock.now()
        assert await bulk.take_job(db, 7, second)
        assert not await bulk.take_job(db, 7, clock.now())
        assert not await bulk.beat(db, 7, first, clock.now())
        assert not await bulk.end_job(db, 7, bulk.JobState.DONE, first)
        await bulk.end_item(db, 7, 1, "done")
        await bulk.end_item(db, 7, 1, "failed", {"type": None, "detail": ""})
        clock.jump(1)
        assert await bulk.beat(db, 7, second, clock.now())
        assert await bulk.end_job(db, 7, bulk.JobState.DONE, clock.now())
    (item,) = await office.rows("select outcome from office.bulk_item")
    assert item["outcome"] == "done"


async def test_a_form_that_is_sent_twice_at_once_is_one_job(browser: Browser, office: Office, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    rows = [f"{merchant}.{await parked(scene, merchant)}"]
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [merchant])
    form = form_of(await send(browser, "/bulk/receipts", rows, deed="retry"))
    answers = await asyncio.gather(*(send(browser, "/bulk/receipts/begin", **form, reason="исправили") for _ in "12"))
    assert len({one.headers["location"] for one in answers}) == 1
    await worked(browser, answers[0])
    assert len(await office.rows("select from office.bulk_job")) == 1


async def test_rows_and_jobs_of_others_are_out_of_reach(browser: Browser, office: Office, scene: Scene) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    mine, foreign = await parked(scene, own), await parked(scene, other)
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [own])
    for deed in ("retry", "pdf", "csv"):
        assert (await send(browser, "/bulk/receipts", [f"{other}.{foreign}"], deed=deed)).status_code == 404
    assert "Подходящих строк нет" in (await send(browser, "/bulk/receipts", [f"{own}.{foreign}"], deed="retry")).text
    assert (await send(browser, "/bulk/receipts", [f"{own}.x"], deed="retry")).status_code == 400
    assert (await send(browser, "/bulk/receipts", [f"{own}.{mine}"], deed="resume")).status_code == 400
    assert (await send(browser, "/bulk/receipts", deed="retry")).status_code == 422
    form = form_of(await send(browser, "/bulk/receipts", [f"{own}.{mine}"], deed="retry"))
    begun = await send(browser, "/bulk/receipts/begin", **form, reason="исправили")
    await worked(browser, begun)
    await sign_in(office, browser, Role.ACCOUNTANT, [own], "b@b.ru")
    place = begun.headers["location"]
    assert [(await browser.get(place + rest)).status_code for rest in ("", "/progress", "/failures")] == [404] * 3
    assert [(await send(browser, place + rest)).status_code for rest in ("/stop", "/resume")] == [404] * 2
    assert (await send(browser, "/bulk/receipts", [f"{own}.{mine}"], deed="retry")).status_code == 403
    assert (await send(browser, "/bulk/receipts/begin", **form, reason="x")).status_code == 403


async def test_paused_kkts_are_resumed_together(browser: Browser, office: Office, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    now = scene.clock.now()
    paused = [await scene.slot(merchant, 1, REAL_FN, paused_since=now), await scene.slot(merchant, 2, EMULATED_FN)]
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [merchant])
    page = (await browser.get("/cassettes")).text
    assert re.findall(r'name="row" value="([\d.]+)"', page) == [f"{merchant}.{paused[0]}"]
    form = form_of(await send(browser, "/bulk/kkts", deed="resume", all="1"))
    page = await worked(browser, await send(browser, "/bulk/kkts/begin", **form, reason="кабель поменяли"))
    assert "0 из 1" in text_of(page)
    assert "ждут ответа касс" in text_of(page)
    assert "data-awaited" in page
    orders = await office.rows("select kkt_id, kind, reason from fiscal.kkt_request")
    assert [tuple(row) for row in orders] == [(paused[0], "resume", "кабель поменяли")]


ANSWERS = (
    ({"done": {"paused": False}}, "1 из 1", "сделано", 1),
    ({"refused": "not_paused: it is at work"}, "0 из 1", "it is at work", 2),
    ({"failed": "timeout: <no> answer"}, "0 из 1", "timeout: <no> answer", 2),
)


@pytest.mark.parametrize(("answer", "done", "words", "lines"), ANSWERS, ids=["done", "refused", "failed"])
async def test_a_kkt_that_was_ordered_is_followed_to_its_answer(
    browser: Browser, office: Office, scene: Scene, answer: dict[str, Any], done: str, words: str, lines: int
) -> None:
    merchant, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Чужая»")
    await scene.slot(merchant, 1, REAL_FN, paused_since=scene.clock.now())
    await sign_in(office, browser, Role.CASH_DESK_OPERATOR, [merchant])
    form = form_of(await send(browser, "/bulk/kkts", deed="resume", all="1"))
    begun = await send(browser, "/bulk/kkts/begin", **form, reason="кабель поменяли")
    place = begun.headers["location"]
    await worked(browser, begun)
    waiting = text_of((await browser.get(place)).text)
    assert "Ждут ответа кассы: 1" in waiting
    await scene.db.execute(
        "update fiscal.kkt_request set finished_at = $1, answer = $2", scene.clock.now(), json.dumps(answer)
    )
    page = (await browser.get(f"{place}/progress", headers={"X-Part": "1"})).text
    assert done in text_of(page)
    assert words in text_of(page)
    assert "Ждут ответа" not in text_of(page)
    assert "data-awaited" not in page
    assert ("Не получилось: 1" in text_of(page)) == (lines == 2)
    assert done in text_of((await browser.get("/bulk")).text)
    file = await browser.get(f"{place}/failures")
    assert len(file.content.decode("utf-8-sig").splitlines()) == lines
    (person,) = await office.rows("select id from office.person")
    async with office.db.write() as db:
        await people.give_merchants(db, person["id"], [other])
    assert words not in text_of((await browser.get(place)).text) or lines == 1


async def test_papers_and_rows_of_what_is_ticked_come_as_files(browser: Browser, office: Office, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, EMULATED_FN)
    account = await scene.account(merchant, "=1+1")
    issued = [await scene.paid(merchant, account, "=1+1", 1_000 + number) for number in range(2)]
    for number, one in enumerate(issued):
        await scene.register(merchant, one, kkt, 77 + number)
    waiting = await parked(scene, merchant)
    await sign_in(office, browser, Role.ACCOUNTANT, [merchant])
    rows = [f"{merchant}.{one}" for one in (*issued, waiting)]
    papers = await send(browser, "/bulk/receipts", rows, deed="pdf")
    assert papers.headers["content-type"] == "application/pdf"
    assert len(re.findall(rb"/Type/Page\b", papers.content)) == 2
    assert (await send(browser, "/bulk/receipts", [f"{merchant}.{waiting}"], deed="pdf")).status_code == 422
    file = await send(browser, "/bulk/receipts", rows[:2], deed="csv", query="column=account&column=sum")
    assert file.content.decode("utf-8-sig").splitlines()[1:] == ["'=1+1;10,00", "'=1+1;10,01"]
    whole = await send(browser, "/bulk/receipts", deed="xlsx", all="1", query="column=sum&sum_from=5")
    assert whole.headers["location"] == "/receipts/export?sum_from=5&column=sum&format=xlsx"
