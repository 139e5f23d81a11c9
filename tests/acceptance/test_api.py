"""The API as billing systems meet it: real requests to the whole application over a real database."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from fiscal_server.api.batches import MAX_BODY_BYTES
from fiscal_server.app import create_app
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import open_shop, payment


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


# --- who asks ---------------------------------------------------------------------------------------------------------

WRONG_HEADERS: dict[str, dict[str, str]] = {
    "no header": {},
    "another scheme": {"Authorization": "Basic Zm9vOmJhcg=="},
    "no key": {"Authorization": "Bearer "},
    "a word alone": {"Authorization": "Bearer"},
    "a wrong key": {"Authorization": "Bearer fs_wrong"},
    "a key that is no text": {"Authorization": "Bearer \x7f"},
}


@pytest.mark.parametrize("headers", WRONG_HEADERS.values(), ids=WRONG_HEADERS.keys())
async def test_without_a_valid_key_nothing_is_answered(site: Site, headers: dict[str, str]) -> None:
    for path in ("/v1/receipts", "/v1/receipts/1", "/v1/batches/1"):
        answer = await site.client.get(path, headers=headers)
        check_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
    refused = await site.client.post("/v1/batches", content=b"{}", headers={**headers, "Idempotency-Key": "k"})
    check_problem(refused, 401, "unauthorized")


async def test_a_revoked_key_is_no_longer_a_key(site: Site) -> None:
    assert (await site.get("/v1/receipts")).status_code == 200
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.api_key set revoked_at = now()")
    check_problem(await site.get("/v1/receipts"), 401, "unauthorized")


async def test_the_scheme_may_be_written_in_small_letters(site: Site) -> None:
    key = site.headers["Authorization"].removeprefix("Bearer ")
    answer = await site.client.get("/v1/receipts", headers={"Authorization": f"bearer {key}"})
    assert answer.status_code == 200


async def test_a_merchant_sees_nothing_of_another_one(site: Site, tmp_path: Path) -> None:
    batch = (await site.post({"events": [payment("p1")], "accounts": [{"id": "A1"}]})).json()
    receipt = batch["events"][0]["receipts"][0]
    async with open_site(site.shop.dsn, tmp_path, "Другой") as other:
        check_problem(await other.get(f"/v1/receipts/{receipt}"), 404, "not-found")
        check_problem(await other.get(f"/v1/batches/{batch['id']}"), 404, "not-found")
        assert (await other.get("/v1/receipts")).json() == {"receipts": [], "next": None}
        assert (await other.get("/v1/receipts", account="A1")).json()["receipts"] == []
        assert (await other.get("/v1/receipts", state="COMPUTED")).json()["receipts"] == []
        refused = await other.post({"events": [payment("p1")]})
        assert check_problem(refused, 422, "batch-rejected")["errors"][0]["code"] == "unknown_account"


# --- batches ----------------------------------------------------------------------------------------------------------


async def test_a_batch_is_answered_and_can_be_read_again(site: Site) -> None:
    answer = await site.post({"events": [payment("p1")], "accounts": [{"id": "A1"}]})
    assert answer.status_code == 202
    batch = answer.json()
    assert isinstance(batch["id"], str)
    assert (batch["accepted"], batch["receipts"]) == (1, 1)
    again = await site.get(f"/v1/batches/{batch['id']}")
    assert (again.status_code, again.content) == (200, answer.content)


async def test_the_same_request_again_gives_the_very_same_bytes(site: Site) -> None:
    body = {"events": [payment("p1")], "accounts": [{"id": "A1"}]}
    first = await site.post(body, "same")
    second = await site.post(body, "same")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (await site.shop.counts())["receipt"] == 1
    check_problem(await site.post({"events": []}, "same"), 409, "idempotency-conflict")


async def test_twenty_equal_requests_at_once_store_once(site: Site) -> None:
    body = {"events": [payment("p1")], "accounts": [{"id": "A1"}]}
    answers = await asyncio.gather(*(site.post(body, "same") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert (await site.shop.counts())["receipt"] == 1


async def test_a_batch_without_an_idempotency_key_is_refused(site: Site) -> None:
    answer = await site.client.post("/v1/batches", content=b'{"events":[]}', headers=site.headers)
    check_problem(answer, 400, "bad-request")


@pytest.mark.parametrize("key", ["", "k" * 129])
async def test_an_idempotency_key_has_1_to_128_characters(site: Site, key: str) -> None:
    headers = {**site.headers, "Idempotency-Key": key}
    answer = await site.client.post("/v1/batches", content=b'{"events":[]}', headers=headers)
    check_problem(answer, 400, "bad-request")


async def test_a_refused_batch_says_which_events_and_why_and_stores_nothing(site: Site) -> None:
    before = await site.shop.counts()
    events = [payment("p1"), payment("p2", tenders={"cash": 1.5}), payment("p3", account="nobody")]
    problem = check_problem(await site.post({"events": events, "accounts": [{"id": "A1"}]}), 422, "batch-rejected")
    assert [(error["index"], error["key"], error["field"], error["code"]) for error in problem["errors"]] == [
        (1, "p2", "tenders.cash", "invalid"),
        (2, "p3", "account", "unknown_account"),
    ]
    assert await site.shop.counts() == before


BAD: dict[str, Any] = {
    "no JSON": b"{",
    "a NUL in a key": {"events": [payment("p\0")]},
    "a NUL in an account": {"events": [payment("p", "A\0")]},
    "a NUL in a contact": {"events": [], "accounts": [{"id": "A", "contact": "\0"}]},
    "a lone surrogate": b'{"events":[{"type":"period_close","key":"\\ud800","period":"2026-10"}]}',
    "half a surrogate in bytes": b'{"events":[{"type":"period_close","key":"\xed\xa0\x80","period":"2026-10"}]}',
    "nesting without end": b'{"events":' + b"[" * 50_000,
    "an unknown service of an account": {"events": [], "accounts": [{"id": "A", "services": ["gold"]}]},
    "an unknown service of a plan": {
        "events": [], "accounts": [{"id": "A", "plan": {"service": "gold", "price_kopecks": 5}}],
    },
    "an unknown service of a charge": {
        "events": [{"type": "charge", "key": "c", "account": "A", "period": "2026-10", "service": "gold", "amount": 5}],
        "accounts": [{"id": "A"}],
    },
    "an account twice": {"events": [], "accounts": [{"id": "A"}, {"id": "A"}]},
    "a price that no number holds": {
        "events": [], "accounts": [{"id": "A", "plan": {"service": "tv", "price_kopecks": 10**30}}],
    },
    "a year that no calendar has": {"events": [payment("p", date="9999-12-31")], "accounts": [{"id": "A1"}]},
    "a sum of nothing": {"events": [payment("p", tenders={"cash": 0})], "accounts": [{"id": "A1"}]},
    "a negative sum": {"events": [payment("p", tenders={"cash": -5})], "accounts": [{"id": "A1"}]},
    "more money than an amount may be": {"events": [payment(f"p{n}", "A", kopecks=10**15) for n in range(2)],
                                         "accounts": [{"id": "A"}]},
    "more than all the money": {
        "events": [
            {"type": "charge", "key": f"c{n}", "account": "A", "period": "2026-10", "service": "tv", "amount": 10**15}
            for n in range(2)
        ],
        "accounts": [{"id": "A"}],
    },
}  # fmt: skip


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
async def test_bad_input_is_the_sender_s_mistake_and_leaves_nothing(site: Site, body: Any) -> None:
    problem = check_problem(await site.post(body), 422, "batch-rejected")
    assert all(error["reason"] and error["code"] for error in problem["errors"])
    assert set((await site.shop.counts()).values()) == {0}


async def test_a_body_over_the_limit_is_refused(site: Site) -> None:
    check_problem(await site.post(b" " * (MAX_BODY_BYTES + 1)), 413, "body-too-large")


# --- the rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/v2/receipts", "/v1", "/v1/receipts/1/2", "/favicon.ico"])
async def test_an_unknown_address_is_a_problem_too(site: Site, path: str) -> None:
    check_problem(await site.get(path), 404, "not-found")


async def test_a_wrong_method_is_a_problem_too(site: Site) -> None:
    answer = await site.client.delete("/v1/receipts", headers=site.headers)
    check_problem(answer, 405, "method-not-allowed")
    assert {"GET", "OPTIONS"} == set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/keys", "GET, OPTIONS, POST"),
        ("/v1/webhooks/7", "DELETE, GET, OPTIONS, PATCH"),
        ("/v1/audit", "GET, OPTIONS"),
    ],
)
async def test_an_address_says_all_of_its_methods(site: Site, path: str, methods: str) -> None:
    answer = await site.client.options(path, headers=site.headers)
    assert (answer.status_code, answer.headers["allow"]) == (204, methods)


async def test_a_mistake_of_ours_is_a_problem_without_its_details(site: Site) -> None:
    async with site.shop.db.write() as db:
        await db.execute("alter table fiscal.receipt rename column body to renamed")
    await_answer = await site.get("/v1/receipts")
    problem = check_problem(await_answer, 500, "internal")
    assert "body" not in problem["detail"]


async def test_the_openapi_document_names_every_operation(site: Site) -> None:
    answer = await site.client.get("/schema/openapi.json")
    assert answer.status_code == 200
    operations = {operation["operationId"] for path in answer.json()["paths"].values() for operation in path.values()}
    assert operations >= {"PostBatch", "GetBatch", "ListReceipts", "GetReceipt", "Live", "Ready", "Metrics"}


async def test_metrics_count_the_events_that_were_accepted(site: Site) -> None:
    def counted(text: str) -> float:
        lines = [line for line in text.splitlines() if line.startswith('fiscal_events_accepted_total{kind="payment"}')]
        return float(lines[0].split()[-1]) if lines else 0.0

    before = counted((await site.client.get("/metrics")).text)
    await site.pay(3)
    answer = await site.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert counted(answer.text) == before + 3


async def test_health_says_ready_while_the_database_answers_and_503_when_it_is_away(site: Site) -> None:
    assert (await site.client.get("/health/ready")).json() == {"status": "ready"}
    name = await site.shop.value("select current_database()")
    admin = await asyncpg.connect(site.shop.dsn.replace(name, "postgres"))
    try:
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        await admin.execute(f"alter database {name} rename to {name}_away")
        answer = await site.client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "database unavailable")
        assert (await site.client.get("/health/live")).json() == {"status": "alive"}
        refused = await site.post({"events": []})
        check_problem(refused, 503, "database-unavailable")
        assert refused.headers["retry-after"] == "1"
    finally:
        await admin.execute(f"alter database {name}_away rename to {name}")
        await admin.close()
    assert (await site.client.get("/health/ready")).status_code == 200
    assert (await site.post({"events": []})).status_code == 202


async def test_the_api_makes_the_months_it_needs_before_it_takes_batches(database: str, tmp_path: Path) -> None:
    """No dispatcher has ever run on this database."""
    async with open_shop(database) as shop:
        async with shop.db.write() as db:
            parts = await db.fetch("select inhrelid::regclass::text as part from pg_inherits where inhparent"
                                   " = any (array['fiscal.event', 'fiscal.receipt']::regclass[])")  # fmt: skip
            for row in parts:
                await db.execute(f"drop table {row['part']}")
        app = create_app(Settings(data_dir=tmp_path), database, shop.clock)
        async with AsyncTestClient(app) as client:
            site = Site(shop, client, await create_api_key(shop.db, shop.merchant.id, "billing"))
            assert len(await site.pay(1)) == 1


# --- conventions of all operations ------------------------------------------------------------------------------------


async def test_a_single_resource_is_sent_once_to_whoever_says_what_he_knows(site: Site) -> None:
    batch = (await site.post({"events": [payment("p1")], "accounts": [{"id": "A1"}]})).json()
    paths = [f"/v1/batches/{batch['id']}", f"/v1/receipts/{batch['events'][0]['receipts'][0]}"]
    paths += ["/v1/accounts/A1", "/v1/events/p1", f"/v1/merchants/{site.shop.merchant.id}"]
    for path in paths:
        first = await site.get(path)
        etag = first.headers["etag"]
        assert (await site.get(path)).headers["etag"] == etag
        for known in (etag, f'W/{etag}, "x"', "*"):
            again = await site.ask("GET", path, If_None_Match=known)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag), path
            assert "x-request-id" in again.headers
        assert (await site.ask("GET", path, If_None_Match='"x"')).content == first.content
    assert (await site.post({"events": [payment("p2")]})).status_code == 202
    changed = await site.ask("GET", "/v1/accounts/A1", If_None_Match=(await site.get(paths[0])).headers["etag"])
    assert changed.status_code == 200


async def test_every_operation_behind_a_key_says_how_much_is_left_whatever_it_answers(site: Site) -> None:
    document = (await site.client.get("/schema/openapi.json")).json()
    asked = 0
    for template, methods in document["paths"].items():
        if not template.startswith("/v1/"):
            continue
        path = re.sub(r"\{[^}]*\}", "1", template)
        for method in methods:
            answer = await site.ask(method.upper(), path)
            assert {"ratelimit", "ratelimit-policy", "x-request-id"} <= set(answer.headers), f"{method} {path}"
            assert answer.status_code != 500
            asked += 1
        assert "ratelimit" not in (await site.client.get(path)).headers  # without a key there is nothing to say
    assert asked > 50
