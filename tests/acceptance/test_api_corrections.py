"""Corrections and restorations over HTTP: planned, issued, looked at, cancelled."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from accounting.reconciliation.import_findings import ImportedReceipt, OriginalTotals
from fiscal_server.intake.finished import store_finished
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.receipts import read_receipt
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import NOW, Json, payment
from tests.waiting import wait_until_async


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def registered(site: Site, count: int = 1) -> list[str]:
    ids = await site.pay(count)
    await site.shop.register(ids)
    return ids


async def preview(site: Site, what: str, body: Any) -> Json:
    before = await site.shop.counts()
    answer = await site.ask("POST", f"/v1/{what}/preview", body)
    assert answer.status_code == 200, answer.text
    assert await site.shop.counts() == before
    planned: Json = answer.json()
    return planned


async def test_superfluous_receipts_would_be_reversed_each_by_its_mirror(site: Site) -> None:
    ids = await registered(site, 2)
    planned = await preview(site, "corrections", {"date": "2026-10-20", "receipts": ids})
    assert planned["refused"] == []
    assert [one["corrects"] for one in planned["documents"]] == ids
    for n, one in enumerate(planned["documents"], 2):
        receipt = one["receipt"]
        assert (receipt["sign"], receipt["total_kopecks"], receipt["additional"]) == (2, 45_000, f"231860410{n}")
        assert receipt["correction"] == {"kind": 0, "settled_on": "2026-10-05"}
        assert one["unsound"] == []
        assert "450,00" in one["explanation"]


async def test_a_wrong_receipt_would_be_reversed_and_made_right(site: Site) -> None:
    [receipt] = await registered(site)
    line = {"1030": "Телевидение", "1043": 30_000, "1214": 4, "1212": 4, "1199": 11, "1200": 5_410}
    body = {"date": "2026-10-20", "receipts": [receipt], "right": {"items": [line]}}
    reversing, right = (await preview(site, "corrections", body))["documents"]
    assert (reversing["receipt"]["sign"], right["receipt"]["sign"]) == (2, 1)
    assert (right["receipt"]["total_kopecks"], right["receipt"]["lines"][0]["name"]) == (30_000, "Телевидение")
    not_accepted = await preview(site, "corrections", {**body, "not_accepted": True})
    assert [one["receipt"]["sign"] for one in not_accepted["documents"]] == [1]


async def test_what_cannot_be_corrected_is_refused_with_its_place(site: Site) -> None:
    [made] = await registered(site)
    [waiting] = await site.pay(1)
    planned = await preview(site, "corrections", {"date": "2026-10-20", "receipts": [waiting, "17", made]})
    assert [(one["code"], one["field"]) for one in planned["refused"]] == [
        ("not_registered", "receipts[0]"), ("unknown_receipt", "receipts[1]"),
    ]  # fmt: skip
    assert [one["corrects"] for one in planned["documents"]] == [made]
    early = await preview(site, "corrections", {"date": "2026-10-01", "receipts": [made]})
    assert [one["code"] for one in early["refused"]] == ["correction_before_settlement"]
    for body in ({}, {"date": "2026-10-20", "receipts": []}, {"date": "2026-10-20", "receipts": ["x"]}, b"["):
        check_problem(await site.ask("POST", "/v1/corrections/preview", body), 422, "invalid-body")


async def test_events_that_never_came_would_have_their_receipts_restored(site: Site) -> None:
    await site.pay(1)
    lost = {**payment("lost", kopecks=12_300), "date": "2026-10-03"}
    planned = await preview(site, "restorations", {"date": "2026-10-20", "replay": [lost]})
    [document] = planned["documents"]
    assert (document["event_key"], document["account"]) == ("restore|lost", "A1")
    assert (document["receipt"]["sign"], document["receipt"]["total_kopecks"]) == (1, 12_300)
    assert document["receipt"]["correction"]["settled_on"] == "2026-10-03"
    assert document["unsound"] == []


async def test_an_event_of_the_books_is_not_restored(site: Site) -> None:
    await site.post({"events": [payment("known")], "accounts": [{"id": "A1"}]})
    body = {"date": "2026-10-20", "replay": [payment("lost"), payment("known")]}
    planned = await preview(site, "restorations", body)
    assert [(one["code"], one["field"]) for one in planned["refused"]] == [("event_stored", "replay[1].key")]
    assert planned["documents"] == []
    nobody = {"date": "2026-10-20", "replay": [payment("lost", "nobody")]}
    refused = (await preview(site, "restorations", nobody))["refused"]
    assert [one["code"] for one in refused] == ["unknown_account"]


def order_of(*receipts: str, **more: Any) -> Json:
    return {"date": "2026-10-20", "receipts": list(receipts), **more}


def lost(key: str = "lost") -> Json:
    return {"date": "2026-10-20", "replay": [payment(key) | {"date": "2026-10-03"}]}


async def issue(site: Site, what: str, body: Any, key: str = "k", **query: str) -> Json:
    path = f"/v1/{what}" + "".join(f"?{name}={value}" for name, value in query.items())
    answer = await site.ask("POST", path, body, Idempotency_Key=key)
    assert answer.status_code == (200 if query else 202), answer.text
    given: Json = answer.json()
    return given


async def test_a_correction_is_issued_once_and_can_be_looked_at(site: Site) -> None:
    [wrong] = await registered(site)
    given = await issue(site, "corrections", order_of(wrong))
    assert await issue(site, "corrections", order_of(wrong)) == given
    [document] = given["documents"]
    assert (document["corrects"], document["event_key"], document["sign"]) == (wrong, f"correct|{wrong}", 2)
    assert (given["kind"], given["state"], given["states"]) == ("correction", "ISSUING", {"COMPUTED": 1})
    await site.shop.register([document["receipt"]], fd_from=9)
    found = (await site.get(f"/v1/corrections/{given['id']}")).json()
    assert (found["state"], found["documents"][0]["fiscal_document"]["fd_number"]) == ("ISSUED", 9)
    page = (await site.get("/v1/corrections")).json()
    assert [one["id"] for one in page["corrections"]] == [given["id"]]
    assert (await site.get("/v1/restorations")).json() == {"corrections": [], "next": None}


async def test_orders_come_page_by_page(site: Site) -> None:
    made = [await issue(site, "corrections", order_of(one), f"k{one}") for one in await registered(site, 3)]
    first = (await site.get("/v1/corrections", limit=2)).json()
    rest = (await site.get("/v1/corrections", limit=2, cursor=first["next"])).json()
    listed = [one["id"] for page in (first, rest) for one in page["corrections"]]
    assert (listed, rest["next"]) == ([one["id"] for one in reversed(made)], None)


@pytest.mark.parametrize("what", ["corrections", "restorations"])
async def test_a_dry_run_answers_the_plan_and_stores_nothing(site: Site, what: str) -> None:
    [wrong] = await registered(site)
    body = order_of(wrong) if what == "corrections" else lost()
    before = await site.shop.counts()
    planned = await issue(site, what, body, dry_run="true")
    assert planned == await preview(site, what, body)
    assert await site.shop.counts() == before
    given = await issue(site, what, body)
    assert [one["event_key"] for one in given["documents"]] == [one["event_key"] for one in planned["documents"]]


async def test_what_stands_against_an_order_is_told_and_nothing_is_stored(site: Site) -> None:
    [wrong] = await registered(site)
    before = await site.shop.counts()
    answer = await site.ask("POST", "/v1/corrections", order_of("17"), Idempotency_Key="k")
    problem = check_problem(answer, 422, "correction-rejected")
    assert [(one["code"], one["field"]) for one in problem["errors"]] == [("unknown_receipt", "receipts[0]")]
    nobody = {"date": "2026-10-20", "replay": [payment("x", "nobody")]}
    answer = await site.ask("POST", "/v1/restorations", nobody, Idempotency_Key="k")
    problem = check_problem(answer, 422, "correction-rejected")
    assert [(one["code"], one["field"]) for one in problem["errors"]] == [("unknown_account", "replay[0].account")]
    for what in ("corrections", "restorations"):
        check_problem(await site.ask("POST", f"/v1/{what}", b"[", Idempotency_Key="k"), 422, "invalid-body")
        check_problem(await site.ask("POST", f"/v1/{what}", order_of(wrong)), 400, "bad-request")
    assert await site.shop.counts() == before
    await issue(site, "corrections", order_of(wrong))
    answer = await site.ask("POST", "/v1/restorations", lost(), Idempotency_Key="k")
    check_problem(answer, 409, "idempotency-conflict")


@pytest.mark.parametrize("what", ["corrections", "restorations"])
async def test_an_order_is_cancelled_until_a_device_has_begun(site: Site, what: str) -> None:
    wrong = await registered(site, 2)
    bodies = [order_of(one) for one in wrong] if what == "corrections" else [lost("l1"), lost("l2")]
    first, second = [await issue(site, what, body, f"k{n}") for n, body in enumerate(bodies)]
    for _ in range(2):
        answer = await site.ask("POST", f"/v1/{what}/{first['id']}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")
    await site.shop.register([second["documents"][0]["receipt"]], fd_from=9)
    check_problem(await site.ask("POST", f"/v1/{what}/{second['id']}/cancel"), 409, "order-refused")
    audit = (await site.shop.rows("select action, actor, request_id from fiscal.audit order by id"))[-3:]
    assert [row["action"].partition(".")[2] for row in audit] == ["issue", "issue", "cancel"]
    assert all(row["actor"].startswith("key") and row["request_id"] for row in audit)


async def test_orders_of_others_and_of_the_other_kind_are_not_found(site: Site, database: str, tmp_path: Path) -> None:
    [wrong] = await registered(site)
    given = await issue(site, "corrections", order_of(wrong))
    async with open_site(database, tmp_path, "Другой") as other:
        for ask, what in ((other, "corrections"), (site, "restorations")):
            check_problem(await ask.get(f"/v1/{what}/{given['id']}"), 404, "not-found")
            check_problem(await ask.ask("POST", f"/v1/{what}/{given['id']}/cancel"), 404, "not-found")
        for number in ("0", "-1", str(1 << 63)):
            check_problem(await site.get(f"/v1/corrections/{number}"), 404, "not-found")


async def test_a_key_that_may_only_read_plans_and_issues_nothing(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path, scopes=(Scope.READ,)) as site:
        for what in ("corrections", "restorations"):
            check_problem(await site.ask("POST", f"/v1/{what}", lost(), Idempotency_Key="k"), 403, "forbidden")
            check_problem(await site.ask("POST", f"/v1/{what}/1/cancel"), 403, "forbidden")
        await preview(site, "corrections", order_of("17"))


async def test_issued_documents_explain_themselves(site: Site) -> None:
    [wrong] = await registered(site)
    line = {"1030": "Телевидение", "1043": 30_000, "1214": 4, "1212": 4, "1199": 11}
    order = order_of(wrong, right={"items": [line]})
    planned = await issue(site, "corrections", order, dry_run="true")
    given = await issue(site, "corrections", order)
    restored = await issue(site, "restorations", lost(), "k2")
    texts = []
    for document in [*given["documents"], *restored["documents"]]:
        answer = await site.get(f"/v1/receipts/{document['receipt']}/explanation")
        assert answer.status_code == 200, answer.text
        texts.append(answer.json()["text"])
    assert texts[:2] == [one["explanation"] for one in planned["documents"]]
    assert "03.10.2026" in texts[2]
    known = await site.pay(1)
    assert (await site.get(f"/v1/receipts/{known[0]}/explanation")).status_code == 200
    history = (await site.get("/v1/accounts/A1/history")).json()
    kinds = [one["event"]["type"] for one in history["entries"] if one["kind"] == "event"]
    assert kinds == ["payment", "payment", "receipt_correction", "payment"]


async def test_a_receipt_that_came_finished_is_corrected_though_nobody_can_explain_it(site: Site) -> None:
    """Its event is no event of ours: it was answered with an error 500, and broke the list of events."""
    [known] = await site.pay(1)
    async with site.shop.db.read() as db:
        view = await read_receipt(db, site.shop.merchant.id, int(known))
    assert view is not None
    finished = ImportedReceipt(
        number=1, key="shop-1", settled_on=date(2026, 10, 4), receipt=view.receipt, original=OriginalTotals(0, ()),
        notes=(), agrees_total=True, agrees_vat=True,
    )  # fmt: skip
    await store_finished(site.shop.db, site.shop.merchant.id, [finished], NOW)
    listed = (await site.get("/v1/receipts")).json()["receipts"]
    [last] = [one for one in listed if one["event_key"] == "shop-1"]
    check_problem(await site.get(f"/v1/receipts/{last['id']}/explanation"), 409, "cannot-explain")
    came = (await site.get("/v1/events", explain="true")).json()["events"]
    assert {one["type"]: one["event"] is None for one in came} == {"finished_receipt": True, "payment": False}
    await site.shop.register([last["id"]])
    planned = await preview(site, "corrections", order_of(last["id"]))
    assert planned["refused"] == []
    [document] = planned["documents"]
    assert document["receipt"]["correction"]["settled_on"] == "2026-10-20"  # unknown: the day of the document


async def test_what_the_tax_service_never_accepted_is_made_anew_and_not_reversed(site: Site) -> None:
    [wrong] = await registered(site)
    line = {"1030": "Телевидение", "1043": 30_000, "1214": 4, "1212": 4, "1199": 11}
    order = order_of(wrong, right={"items": [line]}, not_accepted=True)
    given = await issue(site, "corrections", order)
    [document] = given["documents"]
    shown = (await site.get(f"/v1/receipts/{document['receipt']}")).json()["receipt"]
    assert (document["sign"], "additional" in shown, shown["correction"]["settled_on"]) == (1, False, "2026-10-05")
    told = await site.get(f"/v1/receipts/{document['receipt']}/explanation")
    assert told.status_code == 200, told.text


async def test_many_events_are_restored_by_a_job(site: Site) -> None:
    await site.post({"events": [], "accounts": [{"id": "A1"}]})
    body = {"date": "2026-10-20", "replay": [payment(f"lost-{n}") for n in range(3)], "on_error": "skip"}
    began = await site.ask("POST", "/v1/restoration-jobs", body, Idempotency_Key="k1")
    assert (began.status_code, began.json()["state"]) == (202, "RUNNING"), began.text
    path = f"/v1/restoration-jobs/{began.json()['id']}"

    async def over() -> bool:
        await site.shop.clock.advance(1)
        return bool((await site.get(path)).json()["state"] == "FINISHED")

    await wait_until_async(over)
    job = (await site.get(path)).json()
    assert (job["events_done"], job["documents"], job["problems"]) == (3, 3, [])
    assert (await site.get("/v1/restoration-jobs")).json()["jobs"] == [job]
    [order] = job["restorations"]
    documents = (await site.get(f"/v1/restorations/{order}")).json()["documents"]
    assert [one["event_key"] for one in documents] == [f"restore|lost-{n}" for n in range(3)]
    assert (await site.ask("POST", "/v1/restoration-jobs", body, Idempotency_Key="k1")).json() == job
    other = {**body, "on_error": "reject"}
    check_problem(
        await site.ask("POST", "/v1/restoration-jobs", other, Idempotency_Key="k1"), 409, "idempotency-conflict"
    )
    for action in ("cancel", "resume"):
        check_problem(await site.ask("POST", f"{path}/{action}"), 409, "order-refused")
        check_problem(await site.ask("POST", f"/v1/restoration-jobs/7/{action}"), 404, "not-found")
    twice = {**body, "replay": [payment("x"), payment("x")]}
    check_problem(
        await site.ask("POST", "/v1/restoration-jobs", twice, Idempotency_Key="k2"), 422, "correction-rejected"
    )
