"""Every kind of problem is answered by the real application at least once here, and has a page of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from httpx import Response
from litestar.exceptions import HTTPException
from litestar.testing import AsyncTestClient

from accounting.receipts.wording import in_language, languages, translated
from fiscal_server.api import problems, uploads
from fiscal_server.api.compute import MAX_CASES_BYTES
from fiscal_server.api.problem_kinds import KINDS
from fiscal_server.api.problem_pages import language_of
from fiscal_server.api.problems import on_http_error, on_server_error
from fiscal_server.app import create_app
from fiscal_server.commands.keys import create_api_key
from fiscal_server.errors import FiscalServerError
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site, check_problem, open_site, serving
from tests.applications import api
from tests.storage.scene import charge, payment

WHO = {"asked_by": "Иванова", "reason": "проверка"}
REGISTER = {"kind": "register", "adapter": "table"}

Provoked = Callable[[Site, Path], Awaitable[Response]]


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path, scopes=tuple(Scope)) as opened:
        yield opened


def asking(method: str, path: str, body: Any = None, **headers: str) -> Provoked:
    """The problem comes of one request to a new merchant."""

    async def ask(site: Site, _: Path) -> Response:
        return await site.ask(method, path, body, **headers)

    return ask


@asynccontextmanager
async def another_process(site: Site, folder: Path, **settings: Any) -> AsyncIterator[tuple[Site, Any]]:
    """The same site behind an application with other settings, and that application."""
    with api(Settings(data_dir=folder, **settings), site.shop.dsn, site.shop.clock) as app:
        async with AsyncTestClient(app, raise_server_exceptions=False) as client:
            other = Site(site.shop, client, "")
            other.headers = site.headers
            yield other, app


async def without_a_key(site: Site, _: Path) -> Response:
    return await site.client.get("/v1/receipts")


async def with_a_weak_key(site: Site, _: Path) -> Response:
    key = await create_api_key(site.shop.db, site.shop.merchant.id, "weak", scopes=(Scope.READ,))
    return await site.client.post("/v1/webhooks", headers={"Authorization": f"Bearer {key}"})


async def a_body_that_stops(site: Site, folder: Path) -> Response:
    app = create_app(Settings(data_dir=folder), site.shop.dsn, site.shop.clock)
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = {**site.headers, "Idempotency-Key": "k", "Host": "localhost", "Content-Length": "1000"}
        head = ["POST /v1/batches HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", '{"events": [']
        writer.write("\r\n".join(head).encode())
        told = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        status, *lines = told.decode().rstrip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        content = await reader.readexactly(int(headers["content-length"]))
        writer.close()
    return Response(int(status.split(" ")[1]), headers=headers, content=content)


async def the_same_key_for_another_batch(site: Site, _: Path) -> Response:
    assert (await site.post({"events": []}, "same")).status_code == 202
    return await site.post({"events": [payment("p1")]}, "same")


async def a_receipt_of_other_rules(site: Site, _: Path) -> Response:
    told = (await site.post({"events": [charge("c1"), payment("p1")], "accounts": [{"id": "A1"}]})).json()
    async with site.shop.db.write() as db:
        await db.execute("update fiscal.merchant set rules = jsonb_set(rules, '{taxation}', '2')")
    return await site.get(f"/v1/receipts/{told['events'][1]['receipts'][0]}/explanation")


async def a_month_that_is_closed(site: Site, _: Path) -> Response:
    begun = await site.ask("POST", "/v1/period-closes", {"period": "2026-09"})
    assert begun.status_code == 202, begun.text
    return await site.ask("POST", "/v1/period-closes", {"period": "2026-09", "key": "another"})


async def a_disabled_webhook(site: Site, _: Path) -> Response:
    made = await site.ask("POST", "/v1/webhooks", {"url": "https://93.184.216.34/hook"})
    assert made.status_code == 201, made.text
    path = f"/v1/webhooks/{made.json()['webhook']['id']}"
    assert (await site.ask("PATCH", path, {"enabled": False})).status_code == 200
    return await site.ask("POST", f"{path}/test")


async def a_key_revoked_twice(site: Site, _: Path) -> Response:
    made = (await site.ask("POST", "/v1/keys", {"name": "касса"})).json()
    path = f"/v1/keys/{made['key']['id']}/revoke"
    assert (await site.ask("POST", path)).status_code == 200
    return await site.ask("POST", path)


async def settings_changed_meanwhile(site: Site, _: Path) -> Response:
    return await site.ask("PATCH", f"/v1/merchants/{site.shop.merchant.id}", {"cashier": "Новая"}, If_Match='"old"')


async def too_often(site: Site, folder: Path) -> Response:
    async with another_process(site, folder, api_rate=1) as (other, _):
        answers = [await other.get("/v1/receipts") for _ in range(11)]
    return answers[-1]


async def a_table_that_is_gone(site: Site, _: Path) -> Response:
    async with site.shop.db.write() as db:
        await db.execute("alter table fiscal.receipt rename column body to renamed")
    return await site.get("/v1/receipts")


async def too_many_bodies(site: Site, folder: Path) -> Response:
    async with another_process(site, folder, api_body_mb=64) as (other, app):
        app.state["body_memory"].take(64 * 1024 * 1024)
        return await other.post({"events": []})


async def a_database_that_is_away(site: Site, _: Path) -> Response:
    name = await site.shop.value("select current_database()")
    admin = await asyncpg.connect(site.shop.dsn.replace(name, "postgres"))
    try:
        await admin.execute(f"alter database {name} with allow_connections false")  # who comes back stands in the way
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        await admin.execute(f"alter database {name} rename to {name}_away")
        answer = await site.post({"events": []})
        await admin.execute(f"alter database {name}_away rename to {name}")
        await admin.execute(f"alter database {name} with allow_connections true")
    finally:
        await admin.close()
    return answer


PROVOKED: dict[str, Provoked] = {
    "bad-request": asking("GET", "/v1/receipts?limit=0"),
    "invalid-case": asking("POST", "/v1/receipts/compute", [{}]),
    "unauthorized": without_a_key,
    "forbidden": with_a_weak_key,
    "not-found": asking("GET", "/v1/batches/1"),
    "unknown-key": asking("POST", "/v1/keys/1/revoke"),
    "unknown-kkt": asking("POST", "/v1/kkts/7/orders", {"kind": "pause", **WHO}),
    "unknown-receipt": asking("POST", "/v1/receipts/5/retry", WHO),
    "unknown-merchant": asking("GET", "/v1/merchants/1"),
    "method-not-allowed": asking("DELETE", "/v1/receipts"),
    "body-too-slow": a_body_that_stops,
    "idempotency-conflict": the_same_key_for_another_batch,
    "cannot-explain": a_receipt_of_other_rules,
    "close-refused": a_month_that_is_closed,
    "order-refused": a_disabled_webhook,
    "key-refused": a_key_revoked_twice,
    "precondition-failed": settings_changed_meanwhile,
    "body-too-large": asking("POST", "/v1/receipts/compute", b" " * (MAX_CASES_BYTES + 1)),
    "unsupported-body": asking("POST", "/v1/batches", b"<a/>", Content_Type="text/xml", Idempotency_Key="k"),
    "request-rejected": asking("GET", "/v1/events?limit=21&explain=true"),
    "batch-rejected": asking("POST", "/v1/batches", {"events": [{}]}, Idempotency_Key="k"),
    "import-refused": asking("POST", "/v1/imports?kind=register&adapter=table", b"no table"),
    "correction-rejected": asking(
        "POST", "/v1/corrections", {"date": "2026-01-10", "receipts": ["1"]}, Idempotency_Key="unknown"
    ),
    "invalid-body": asking("POST", "/v1/keys", {"name": ""}),
    "too-many-requests": too_often,
    "internal": a_table_that_is_gone,
    "overloaded": too_many_bodies,
    "database-unavailable": a_database_that_is_away,
}


def test_there_is_a_case_for_every_kind_and_a_kind_for_every_refusal() -> None:
    assert set(PROVOKED) == set(KINDS)
    used = {*problems._KIND_OF.values(), *problems._OF_STATUS.values()}
    elsewhere = {"invalid-case", "internal", "database-unavailable"}
    assert {kind.name for kind in used} | elsewhere == set(KINDS)


@pytest.mark.parametrize("name", PROVOKED)
async def test_every_kind_of_problem_comes_through_the_door(
    site: Site, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "IDLE_S", 0.2)
    answer = await PROVOKED[name](site, tmp_path)
    problem = check_problem(answer, KINDS[name].status, name)
    assert problem["title"] == KINDS[name].title
    assert len(answer.headers["x-request-id"]) == 16
    waits = name in ("too-many-requests", "overloaded", "database-unavailable")
    assert ("retry-after" in answer.headers) is waits


@pytest.mark.parametrize("name", KINDS)
async def test_the_type_of_a_problem_leads_to_a_page_in_the_readers_language(site: Site, name: str) -> None:
    kind = KINDS[name]
    for language in languages():
        tag = language.replace("_", "-")  # as browsers write it: pt-BR
        page = await site.client.get(kind.uri, headers={"Accept-Language": f"{tag}, de;q=0.5"})
        assert page.status_code == 200
        assert page.headers["content-language"] == tag
        with in_language(language):
            for words in (kind.meaning, kind.advice):
                assert translated(words) in page.text.replace("&#39;", "'")


async def test_all_kinds_stand_on_one_page_and_one_that_is_none_is_not_found(site: Site) -> None:
    page = await site.client.get("/problems")
    assert all(f'href="{kind.uri}"' in page.text for kind in KINDS.values())
    check_problem(await site.client.get("/problems/what"), 404, "not-found")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "ru"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("de, en;q=0.4", "en"), ("ru;q=0.3, en;q=0.4", "en"),
        ("en;q=0, ru", "ru"), ("*", "ru"), ("en;q=what", "ru"), (",;=", "ru"), ("RU-ru", "ru"), ("EN", "en"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt_BR"), ("pt", "pt_BR"), ("pt_BR", "pt_BR"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_is_wanted_most(asked: str, language: str) -> None:
    assert language_of(asked) == language


def test_an_error_without_a_kind_is_a_mistake_of_ours_and_says_nothing_of_itself() -> None:
    class NewError(FiscalServerError):
        """Nobody has given it a kind."""

    told = on_server_error(None, NewError("a secret"))  # type: ignore[arg-type]
    odd = on_http_error(None, HTTPException(status_code=418, detail="a secret"))  # type: ignore[arg-type]
    for answer in (told, odd):
        assert answer.status_code == 500
        assert b"secret" not in answer.content


async def test_a_bad_parameter_is_named_as_its_caller_names_it(site: Site) -> None:
    for name, value in (("cursor", "x"), ("state", "NOPE"), ("from", "2026-99-99"), ("sum_from", "-1"), ("limit", "0")):
        problem = check_problem(await site.get("/v1/receipts", **{name: value}), 400, "bad-request")
        assert [error["field"] for error in problem["errors"]] == [name]
    answer = await site.post({"events": []}, "k" * 129)
    assert [error["field"] for error in check_problem(answer, 400, "bad-request")["errors"]] == ["Idempotency-Key"]


@pytest.mark.parametrize(
    ("asked", "reason"), [("en", "There is no such subscriber account."), ("ru", "Такого лицевого счета нет.")]
)
async def test_reasons_are_said_in_the_readers_language(site: Site, asked: str, reason: str) -> None:
    headers = {**site.headers, "Idempotency-Key": "k", "Accept-Language": asked}
    body = msgspec.json.encode({"events": [payment("p1", "nobody")]})
    problem = check_problem(await site.client.post("/v1/batches", content=body, headers=headers), 422, "batch-rejected")
    assert [error["reason"] for error in problem["errors"]] == [reason]
