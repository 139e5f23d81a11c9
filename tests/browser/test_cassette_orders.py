"""Orders from the panel: through the native API, in the person's name, once however often a form comes."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from tests.browser.client import text_of
from tests.browser.people import Browser, Office, new_browser
from tests.browser.scene import REAL_FN, Scene, payment

_KEY = re.compile(r'name="key" value="([\w-]+)"')


@pytest.fixture
async def browser(database: str, clock: VirtualClock, api: str) -> AsyncIterator[Browser]:
    async with new_browser(database, clock, api_url=api) as browser:
        yield browser


async def operator(office: Office, browser: Browser, merchant: int, role: Role = Role.CASH_DESK_OPERATOR) -> None:
    await office.person("oleg@example.ru", [role], [merchant], name="Олег Иванов")
    await browser.sign_in("oleg@example.ru")


async def send(browser: Browser, page: str, times: int = 1, **fields: str) -> list[httpx.Response]:
    """What the form of a page sends when its button is pressed several times."""
    found = _KEY.search((await browser.get(page)).text)
    assert found is not None, page
    return [await browser.post(page, page=page, key=found.group(1), **fields) for _ in range(times)]


async def parked(scene: Scene, merchant: int, kopecks: int = 12_345) -> int:
    receipt = await scene.receipt(merchant, payment(kopecks))
    await scene.refuse(receipt, "bad_request: the FN refuses tag 1008")
    return receipt


async def test_an_order_is_given_once_in_the_persons_name_and_stands_in_the_journal(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    await operator(office, browser, merchant)
    page = f"/kkts/{merchant}/{kkt}/order/pause"
    without = (await send(browser, page, reason=" "))[0]
    assert (without.status_code, "Напишите почему" in without.text) == (422, True)
    answers = await send(browser, page, times=3, reason="меняем кабель")
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, f"/kkts/{merchant}/{kkt}#orders")}
    (row,) = await office.rows("select kind, asked_by, reason from fiscal.kkt_request")
    assert tuple(row) == ("pause", "Олег Иванов", "меняем кабель")
    assert "ждём ответа кассы" in text_of((await browser.get(f"/kkts/{merchant}/{kkt}")).text)
    (deed,) = await office.rows("select * from office.audit where action = 'kkt.ordered'")
    assert (deed["person"], deed["object"], deed["reason"], deed["merchant_id"]) == (
        "Олег Иванов", REAL_FN, "меняем кабель", merchant,
    )  # fmt: skip
    await send(browser, page, reason="ещё раз, нарочно")
    assert len(await office.rows("select from fiscal.kkt_request")) == 2


async def test_a_parked_receipt_is_sent_again_once_however_often_the_form_comes(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    receipt = await parked(scene, merchant)
    await operator(office, browser, merchant)
    page = f"/receipts/{merchant}/{receipt}/order/retry"
    found = _KEY.search((await browser.get(page)).text)
    assert found is not None
    form = {"key": found.group(1), "reason": "исправили название услуги"}
    assert (await browser.post(page, page=page, **form)).status_code == 303
    await scene.refuse(receipt, "bad_request: again")
    assert (await browser.post(page, page=page, **form)).status_code == 303
    assert [row["state"] for row in await office.rows("select state::text from fiscal.queue")] == ["REFUSED"]
    assert len(await office.rows("select from fiscal.receipt_order")) == 1
    assert len(await office.rows("select from office.audit where action = 'receipt.ordered'")) == 1


async def test_a_receipt_is_cancelled_by_who_settles_receipts_and_a_second_time_is_refused_in_words(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    receipt = await parked(scene, merchant)
    await operator(office, browser, merchant, Role.LEAD_ACCOUNTANT)
    page = f"/receipts/{merchant}/{receipt}/order/cancel"
    assert (await send(browser, page, reason="двойная оплата"))[0].status_code == 303
    assert "Человек отменил чек" in text_of((await browser.get(f"/receipts/{merchant}/{receipt}")).text)
    (again,) = await send(browser, page, reason="ещё раз")
    assert again.status_code == 422
    assert "ничего не сделано" in text_of(again.text)
    assert (await browser.get(f"/kkts/{merchant}/7/order/pause")).status_code == 403


@pytest.mark.parametrize("made", [True, False])
async def test_an_uncertain_receipt_is_settled_by_hand_with_its_evidence(
    browser: Browser, office: Office, scene: Scene, clock: VirtualClock, made: bool
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN, "FAULTY", last_fd=7, fault="fault: broken")
    receipt = await scene.receipt(merchant, payment(12_345))
    await scene.db.execute("update fiscal.queue set state = 'UNCERTAIN', kkt_id = $1", kkt)
    await operator(office, browser, merchant)
    page = f"/receipts/{merchant}/{receipt}/order/settle"
    assert "Выберите одно из двух" in (await send(browser, page, reason="по бумаге"))[0].text
    evidence: dict[str, Any] = {
        "outcome": "made",
        "fd_number": "8",
        "fiscal_sign": "x",
        "issued_at": "2026-01-15T12:00",
    }
    (wrong,) = await send(browser, page, reason="по бумаге", **evidence)
    assert (wrong.status_code, 'value="8"' in wrong.text) == (422, True)
    evidence["fiscal_sign"] = "3153580303"
    fields = evidence if made else {"outcome": "not_made"}
    assert (await send(browser, page, reason="по бумаге", **fields))[0].status_code == 303
    (order,) = await office.rows("select * from fiscal.receipt_order")
    assert (order["asked_by"], order["reason"]) == ("Олег Иванов", "по бумаге")
    if made:
        (document,) = await office.rows("select fd_number, fiscal_sign, issued_at from fiscal.fiscal_document")
        assert tuple(document) == (8, 3_153_580_303, datetime(2026, 1, 15, 12))  # noqa: DTZ001 - a KKT's clock
    else:
        assert [row["state"] for row in await office.rows("select state::text from fiscal.queue")] == ["QUEUED"]


async def test_rules_are_changed_one_by_one_and_the_journal_says_which(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    for number in (1, 2):
        await scene.slot(merchant, number, f"738044070012345{number}", "ACTIVE" if number == 1 else "READY")
    await operator(office, browser, merchant)
    page = f"/cassettes/{merchant}/{merchant}/rules"
    typed = dict(
        re.findall(r'<input name="(\w+)" inputmode="decimal" value="([\d.]*)"', (await browser.get(page)).text)
    )
    wrong = await browser.post(page, page=page, **{**typed, "refusals": "0", "parallel": "много"})
    assert (wrong.status_code, text_of(wrong.text).count("целое число")) == (422, 2)
    assert 'value="много"' in wrong.text
    changed = {**typed, "refusals": "5", "unreachable_s": "1,5", "parallel": "2"}
    assert (await browser.post(page, page=page, **changed)).status_code == 303
    (row,) = await office.rows("select parallel, close_archive, rules from fiscal.cassette")
    assert tuple(row) == (2, False, {"refusals": 5, "unreachable_s": 1.5})
    assert [one["state"] for one in await office.rows("select state::text from fiscal.kkt")] == ["ACTIVE", "ACTIVE"]
    (deed,) = await office.rows("select before, after from office.audit where action = 'cassette.changed'")
    assert deed["before"] == {"refusals": 3, "unreachable_s": 60.0, "parallel": 1, "close_archive": True}
    await browser.post(page, page=page, **changed)
    assert len(await office.rows("select from office.audit where action = 'cassette.changed'")) == 1


async def test_who_only_looks_may_read_the_rules_and_order_nothing(
    browser: Browser, office: Office, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    await operator(office, browser, merchant, Role.ACCOUNTANT)
    rules = (await browser.get(f"/cassettes/{merchant}/{merchant}/rules")).text
    assert "Сохранить" not in rules
    assert rules.count("readonly") == 11
    assert "/order/" not in (await browser.get(f"/kkts/{merchant}/{kkt}")).text
    assert (await browser.get(f"/kkts/{merchant}/{kkt}/order/pause")).status_code == 403


async def test_cassettes_of_others_are_out_of_sight(browser: Browser, office: Office, scene: Scene) -> None:
    own, other = await scene.merchant("ООО «Своя»"), await scene.merchant("ООО «Чужая»")
    kkt = await scene.slot(other, 1, REAL_FN)
    receipt = await parked(scene, other)
    await operator(office, browser, own)
    assert "Чужая" not in (await browser.get("/cassettes")).text
    foreign = (
        f"/cassettes?merchant={other}", f"/cassettes/{other}/{other}", f"/cassettes/{own}/{other}",
        f"/cassettes/{other}/{other}/rules", f"/kkts/{other}/{kkt}", f"/kkts/{own}/{kkt}",
        f"/kkts/{other}/{kkt}/orders",
        f"/kkts/{other}/{kkt}/order/pause", f"/kkts/{own}/{kkt}/order/pause", f"/receipts/{own}/{receipt}/order/retry",
    )  # fmt: skip
    for path in foreign:
        assert (await browser.get(path)).status_code == 404, path
    for path in foreign[-3:]:
        answer = await browser.post(path, page="/me", reason="чужое", key="k")
        assert answer.status_code in (403, 404), path
    assert await office.rows("select from fiscal.kkt_request") == []
    assert await office.rows("select from fiscal.receipt_order") == []
