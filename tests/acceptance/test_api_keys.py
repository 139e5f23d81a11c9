"""Keys over HTTP: each may do what its scopes say, is shown once, rotates with an overlap, and every change is told."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler

from fiscal_server.api.auth import SCOPE
from fiscal_server.app import OPEN_PATHS, create_app
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site, check_problem, open_site
from tests.storage.scene import Json


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        opened.headers = await bearer(opened, *Scope)
        yield opened


async def bearer(site: Site, *scopes: Scope, operations: bool = False) -> dict[str, str]:
    key = await create_api_key(site.shop.db, site.shop.merchant.id, "test", scopes=scopes, operations=operations)
    return {"Authorization": f"Bearer {key}"}


async def make(site: Site, **body: object) -> Json:
    answer = await site.client.post("/v1/keys", json={"name": "касса", **body}, headers=site.headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def by(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def routes(site: Site) -> list[tuple[str, str, HTTPRouteHandler]]:
    app = create_app(Settings(data_dir=Path("/nowhere")), site.shop.dsn, site.shop.clock)
    return [
        (route.path, method, handler)
        for route in app.framework.routes
        if not route.path.startswith(("/health", "/metrics", "/problems", "/schema"))
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


def needed(handler: HTTPRouteHandler, method: str) -> Scope:
    if SCOPE in handler.opt:
        return Scope(handler.opt[SCOPE])
    assert method == "GET", f"{handler} changes something and names no scope"
    return Scope.READ


async def test_every_route_is_closed_to_a_key_without_its_scope_and_open_to_one_with_it(site: Site) -> None:
    headers = {scope: await bearer(site, scope, operations=True) for scope in Scope}
    seen = set()
    for path, method, handler in routes(site):
        place = path.replace("{", "").replace("}", "").replace(":int", "")
        address = "".join("1" if part.endswith(("_id", "number")) else part for part in _split(place))
        for scope in Scope:
            answer = await site.client.request(method, address, headers=headers[scope], content=b"{")
            allowed = scope is needed(handler, method)
            assert (answer.status_code == 403) is not allowed, (method, address, scope, answer.text)
            if not allowed:
                assert needed(handler, method).value in check_problem(answer, 403, "forbidden")["detail"]
        seen.add(needed(handler, method))
    assert seen == set(Scope)


def _split(path: str) -> list[str]:
    parts: list[str] = []
    for part in path.split("/")[1:]:
        parts += ["/", part]
    return parts


async def test_the_list_of_open_paths_is_what_it_was_meant_to_be() -> None:
    assert OPEN_PATHS == ["^/health", "^/metrics", "^/problems", "^/schema"]


async def test_a_new_key_works_and_is_shown_once(site: Site) -> None:
    made = await make(site, scopes=["read"])
    assert made["key"]["scopes"] == ["read"]
    assert (await site.client.get("/v1/receipts", headers=by(made["secret"]))).status_code == 200
    listed = (await site.get("/v1/keys")).text
    assert made["key"]["id"] in listed
    assert made["secret"] not in listed
    assert made["secret"] not in (await site.get("/v1/audit")).text


async def test_a_key_gives_no_scope_that_it_lacks(site: Site) -> None:
    weak = await bearer(site, Scope.ADMIN, Scope.READ)
    answer = await site.client.post("/v1/keys", json={"name": "x", "scopes": ["operate"]}, headers=weak)
    assert "operate" in check_problem(answer, 403, "forbidden")["detail"]
    assert (await site.client.post("/v1/keys", json={"name": "x", "scopes": ["read"]}, headers=weak)).status_code == 201
    strong = await make(site)
    refused = await site.client.post(f"/v1/keys/{strong['key']['id']}/rotate", headers=weak)
    check_problem(refused, 403, "forbidden")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["everything"]}, "scopes[0]"),
        ({"name": "x", "expires_at": "2026-01-01T00:00:00"}, "expires_at"),
        ({"name": "x", "more": 1}, "more"),
        ({}, "name"),
    ],
)
async def test_a_body_that_is_wrong_is_answered_with_its_field(site: Site, body: Json, field: str) -> None:
    before = await site.shop.value("select count(*) from fiscal.api_key")
    problem = check_problem(await site.client.post("/v1/keys", json=body, headers=site.headers), 422, "invalid-body")
    assert problem["errors"][0]["field"] == field
    assert await site.shop.value("select count(*) from fiscal.api_key") == before


async def test_a_key_ends_at_its_time(site: Site) -> None:
    past = site.shop.clock.now() - timedelta(seconds=1)
    answer = await site.client.post(
        "/v1/keys", json={"name": "x", "expires_at": past.isoformat()}, headers=site.headers
    )
    check_problem(answer, 409, "key-refused")
    made = await make(site, expires_at=(site.shop.clock.now() + timedelta(hours=1)).isoformat())
    assert (await site.client.get("/v1/receipts", headers=by(made["secret"]))).status_code == 200
    await site.shop.clock.advance(3601)
    check_problem(await site.client.get("/v1/receipts", headers=by(made["secret"])), 401, "unauthorized")


async def test_a_rotated_key_works_beside_its_successor_until_the_overlap_is_over(site: Site) -> None:
    old = await make(site)
    address = f"/v1/keys/{old['key']['id']}/rotate"
    new = (await site.client.post(address, json={"overlap_s": 60}, headers=site.headers)).json()
    for secret in (old["secret"], new["secret"]):
        assert (await site.client.get("/v1/receipts", headers=by(secret))).status_code == 200
    check_problem(await site.client.post(address, headers=site.headers), 409, "key-refused")
    await site.shop.clock.advance(61)
    check_problem(await site.client.get("/v1/receipts", headers=by(old["secret"])), 401, "unauthorized")
    assert (await site.client.get("/v1/receipts", headers=by(new["secret"]))).status_code == 200
    rows = {row["id"]: row for row in (await site.get("/v1/keys")).json()}
    assert rows[old["key"]["id"]]["replaced_by"] == new["key"]["id"]


async def test_the_successor_of_a_key_that_was_to_end_ends_too(site: Site) -> None:
    month = timedelta(days=30)
    old = await make(site, expires_at=(site.shop.clock.now() + month).isoformat())
    await site.shop.clock.advance(20 * 24 * 3600)

    async def rotate(key: Json, **body: object) -> Json:
        answer = await site.client.post(f"/v1/keys/{key['key']['id']}/rotate", json=body, headers=site.headers)
        rotated: Json = answer.json()
        return rotated

    second = await rotate(old)
    assert datetime.fromisoformat(second["key"]["expires_at"]) == site.shop.clock.now() + month
    until = site.shop.clock.now() + timedelta(days=2)
    third = await rotate(second, expires_at=until.isoformat())
    assert datetime.fromisoformat(third["key"]["expires_at"]) == until
    past = await rotate(third, expires_at=site.shop.clock.now().isoformat())
    assert past["type"] == "/problems/key-refused"
    assert (await rotate(await make(site)))["key"]["expires_at"] is None


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
async def test_an_end_beyond_the_calendar_is_refused_as_such(site: Site, end: str) -> None:
    answer = await site.client.post("/v1/keys", json={"name": "x", "expires_at": end}, headers=site.headers)
    assert "beyond the calendar" in check_problem(answer, 422, "invalid-body")["detail"]


async def test_a_revoked_key_is_refused_from_the_next_request_on(site: Site) -> None:
    made = await make(site)
    address = f"/v1/keys/{made['key']['id']}/revoke"
    assert (await site.client.post(address, headers=site.headers)).status_code == 200
    check_problem(await site.client.get("/v1/receipts", headers=by(made["secret"])), 401, "unauthorized")
    check_problem(await site.client.post(address, headers=site.headers), 409, "key-refused")
    check_problem(await site.client.post("/v1/keys/1/revoke", headers=site.headers), 404, "unknown-key")


async def test_every_change_stands_in_the_audit_with_who_and_which_request(site: Site) -> None:
    made = await make(site)
    headers = {**site.headers, "X-Request-Id": "from-the-office"}
    await site.client.post(f"/v1/keys/{made['key']['id']}/revoke", headers=headers)
    first = (await site.get("/v1/audit", limit=1)).json()
    (change,) = first["changes"]
    assert (change["action"], change["object"]) == ("key.revoke", f"key {made['key']['id']}")
    assert change["request_id"] == "from-the-office"
    assert change["actor"].startswith("key ")
    assert change["before"]["revoked_at"] is None
    assert change["after"]["revoked_at"] is not None
    (older,) = (await site.get("/v1/audit", limit=1, cursor=first["next"])).json()["changes"]
    assert (older["action"], older["before"]) == ("key.create", None)


async def test_the_audit_is_written_once(site: Site) -> None:
    await make(site)
    for change in ("update fiscal.audit set actor = 'nobody'", "delete from fiscal.audit"):
        with pytest.raises(Exception, match="written once"):
            async with site.shop.db.write() as db:
                await db.execute(change)


async def test_another_merchants_keys_are_out_of_reach(site: Site, tmp_path: Path) -> None:
    made = await make(site)
    async with open_site(site.shop.dsn, tmp_path, "Другой") as other:
        other.headers = await bearer(other, *Scope)
        for action in ("rotate", "revoke"):
            answer = await other.client.post(f"/v1/keys/{made['key']['id']}/{action}", headers=other.headers)
            check_problem(answer, 404, "unknown-key")
        assert made["key"]["id"] not in (await other.get("/v1/keys")).text


async def test_a_request_id_is_kept_if_it_is_sound_and_made_if_not(site: Site) -> None:
    kept = await site.client.get("/v1/receipts", headers={**site.headers, "X-Request-Id": "a-1"})
    assert kept.headers["x-request-id"] == "a-1"
    made = await site.client.get("/v1/receipts", headers={**site.headers, "X-Request-Id": "line\tbreak"})
    assert len(made.headers["x-request-id"]) == 16
    refused = await site.client.get("/v1/receipts", headers={"X-Request-Id": "a-2"})
    assert refused.headers["x-request-id"] == "a-2"


async def test_a_key_that_comes_too_often_is_told_when_to_come_again(site: Site, tmp_path: Path) -> None:
    from litestar.testing import AsyncTestClient

    app = create_app(Settings(data_dir=tmp_path, api_rate=1), site.shop.dsn, site.shop.clock)
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        answers = [await client.get("/v1/receipts", headers=site.headers) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[0].headers["ratelimit-policy"] == '"key";q=10;w=10'
        assert answers[0].headers["ratelimit"] == '"key";r=9;t=1'
        refused = check_problem(answers[-1], 429, "too-many-requests")
        assert "1 requests a second" in refused["detail"]
        assert answers[-1].headers["retry-after"] == "1"
        assert answers[-1].headers["ratelimit"] == '"key";r=0;t=10'
        assert (await client.get("/v1/receipts", headers=await bearer(site, Scope.READ))).status_code == 200
        await site.shop.clock.advance(1)
        assert (await client.get("/v1/receipts", headers=site.headers)).status_code == 200
