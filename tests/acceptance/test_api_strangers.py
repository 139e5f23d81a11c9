"""Whatever a merchant has, another one's key does not find it: every address with a name in it, walked."""

import re
from pathlib import Path
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from fiscal_server.api.kkts import REGISTRATION_CHANGE
from fiscal_server.app import create_app
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import Site, open_site
from tests.storage.scene import Json, payment
from tests.unit.reconciliation.incoming_files import many, total_line

_OF_THE_INSTALLATION = ("/v1/nodes/",)
_NAME = re.compile(r"\{(\w+):\w+\}")
BODIES: dict[str, Json] = {
    "/v1/cassettes/{name:str}/rules": {"refusals": 9},
    "/v1/cassettes/{name:str}/work": {"parallel": 1, "close_archive": True},
    "/v1/merchants/{merchant_id:int}": {"name": "Чужое имя"},
    "/v1/merchants/{merchant_id:int}/rules": {},
    "/v1/kkts/{kkt_id:int}/orders": {"kind": "pause", "asked_by": "чужой", "reason": "проверка"},
    "/v1/kkts/{kkt_id:int}/registration-changes": {
        "registration": msgspec.to_builtins(REGISTRATION_CHANGE),
        "asked_by": "чужой",
        "reason": "проверка",
    },
    "/v1/receipts/{receipt_id:int}/retry": {"asked_by": "чужой", "reason": "проверка"},
    "/v1/receipts/{receipt_id:int}/cancel": {"asked_by": "чужой", "reason": "проверка"},
    "/v1/receipts/{receipt_id:int}/settle": {"asked_by": "чужой", "reason": "проверка", "document": None},
    "/v1/webhooks/{webhook_id:int}": {"description": "чужой"},
    "/v1/webhooks/{webhook_id:int}/replay": {"since": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"},
}


async def _made(site: Site, method: str, path: str, body: Any, **headers: str) -> Json:
    answer = await site.ask(method, path, body, **headers)
    assert answer.is_success, (path, answer.text)
    made: Json = answer.json()
    return made


async def _belongings(site: Site) -> dict[str, str]:
    """One of everything that an address may name, by the name of the place."""
    [owner] = await site.shop.add_kkts()
    receipts = await site.pay(2, account="Чужой-1")
    await site.shop.register(receipts[:1])
    batch = (await site.get("/v1/batches")).json()["batches"][0]
    event = (await site.get("/v1/events")).json()["events"][0]
    hook = await _made(site, "POST", "/v1/webhooks", {"url": "https://billing.example/hook"})
    key = await _made(site, "POST", "/v1/keys", {"name": "касса"})
    imported = await site.client.post(
        "/v1/imports?kind=register&adapter=total-line", content=total_line(many(2)), headers=site.headers
    )
    corrected = await _made(
        site, "POST", "/v1/corrections", {"date": "2026-10-20", "receipts": receipts[:1]}, Idempotency_Key="c"
    )
    lost = {"date": "2026-10-20", "replay": [payment("lost", "Чужой-1")]}
    restored = await _made(site, "POST", "/v1/restorations", lost, Idempotency_Key="r")
    lost["replay"] = [payment("lost-2", "Чужой-1")]
    job = await _made(site, "POST", "/v1/restoration-jobs", lost, Idempotency_Key="j")
    order = {"kind": "pause", "asked_by": "дежурный", "reason": "проверка"}
    ordered = await _made(site, "POST", f"/v1/kkts/{owner.kkt_id}/orders", order, Idempotency_Key="o")
    closed = await _made(site, "POST", "/v1/period-closes", {"key": "close", "period": "2026-09"})
    return {
        "batch_id": batch["id"], "receipt_id": receipts[1], "code": "Чужой-1", "key": event["key"], "name": "main",
        "merchant_id": str(site.shop.merchant.id), "correction_id": corrected["id"], "restoration_id": restored["id"],
        "import_id": imported.json()["id"], "key_id": key["key"]["id"], "kkt_id": str(owner.kkt_id),
        "order_id": ordered["id"], "webhook_id": hook["webhook"]["id"],
        "/v1/restoration-jobs": job["id"], "/v1/period-closes": closed["id"],
    }  # fmt: skip


def _named(path: str, things: dict[str, str]) -> str:
    """The address of what is there; a thing that only one kind of address names stands under its beginning."""
    beginning = path.partition("/{")[0]
    return _NAME.sub(lambda found: things.get(beginning) or things[found[1]], path)


def _routes(site: Site) -> list[tuple[str, str]]:
    app = create_app(Settings(data_dir=Path("/nowhere")), site.shop.dsn, site.shop.clock)
    return [
        (method, route.path)
        for route in app.framework.routes
        if route.path.startswith("/v1/") and "{" in route.path and not route.path.startswith(_OF_THE_INSTALLATION)
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


async def test_nothing_of_a_merchant_is_found_or_changed_by_another_ones_key(database: str, tmp_path: Path) -> None:
    async with (
        open_site(database, tmp_path, scopes=tuple(Scope)) as site,
        open_site(database, tmp_path, "Другой", scopes=tuple(Scope)) as other,
    ):
        things = await _belongings(site)
        routes = _routes(site)
        assert len(routes) > 40
        for method, path in routes:
            body = BODIES.get(path, {})
            answer = await other.ask(method, _named(path, things), body, Idempotency_Key=f"x{path}"[:100])
            assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
        for path in sorted({path for method, path in routes if method == "GET"}):
            if "orders/{" not in path:  # what is asked for is there, and the 404 was not for its sake
                mine = await site.get(_named(path, things).replace("/progress", ""))
                assert mine.status_code == 200, (path, mine.text)
        assert (await site.get(f"/v1/receipts/{things['receipt_id']}")).json()["state"] == "QUEUED"
