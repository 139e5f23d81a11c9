"""What can be asked of the server, as requests: one place for paths, both clients send them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from fiscal_server.client.events import Batch
from fiscal_server.client.protocol import Request
from fiscal_server.client.types import FISCALISED, STANDING, Receipt

PAGE: Final = 500
NEED_A_PERSON: Final = STANDING - {"UNCERTAIN"}


def post_batch(batch: Batch) -> Request:
    """The key makes it repeatable."""
    return Request("POST", "/v1/batches", batch.body, idempotency_key=batch.key)


def post_order(order: Batch, path: str) -> Request:
    """A correction or a restoration; the key makes it repeatable."""
    return Request("POST", path, order.body, idempotency_key=order.key)


def get_order(kind: str, order_id: str) -> Request:
    """``kind``: corrections or restorations."""
    return Request("GET", f"/v1/{kind}/{int(order_id)}")


def cancel_order(kind: str, order_id: str) -> Request:
    """Cancelled twice it is cancelled."""
    return Request("POST", f"/v1/{kind}/{int(order_id)}/cancel")


def get_receipt(receipt_id: str) -> Request:
    """One receipt."""
    return Request("GET", f"/v1/receipts/{int(receipt_id)}")


def list_receipts(account: str | None, state: str | None, cursor: str | None) -> Request:
    """A page, newest first."""
    return _page("/v1/receipts", account=account, state=state, cursor=cursor)


def close_month(period: str, key: str | None, dry_run: bool) -> Request:
    """The same month and key again is the same close; a preview stores nothing."""
    return Request("POST", "/v1/period-closes", msgspec.json.encode({"period": period, "key": key, "dry_run": dry_run}))


def list_closes(period: str | None, state: str | None, cursor: str | None) -> Request:
    """A page, newest first."""
    return _page("/v1/period-closes", period=period, state=state, cursor=cursor)


def list_restoration_jobs(cursor: str | None) -> Request:
    """A page, newest first."""
    return _page("/v1/restoration-jobs", cursor=cursor)


def get_job(kind: str, job_id: str) -> Request:
    """``kind``: period-closes or restoration-jobs."""
    return Request("GET", f"/v1/{kind}/{int(job_id)}")


def move_job(kind: str, job_id: str, move: str) -> Request:
    """``move``: cancel or resume. A job at work that is resumed stays at work, one that is stopped again stops."""
    return Request("POST", f"/v1/{kind}/{int(job_id)}/{move}")


def _page(path: str, **query: str | None) -> Request:
    asked = {name: value for name, value in query.items() if value is not None}
    return Request("GET", path, query={**asked, "limit": PAGE})


def compute(cases: Any) -> Request:
    """Nothing is stored."""
    return Request("POST", "/v1/receipts/compute", msgspec.json.encode(cases))


def create_webhook(url: str, event_types: Collection[str] | None, description: str, key: str) -> Request:
    """The key makes it repeatable: the same secret is shown again."""
    types = None if event_types is None else sorted(event_types)
    body = {"url": url, "event_types": types, "description": description}
    return Request("POST", "/v1/webhooks", msgspec.json.encode(body), idempotency_key=key)


def list_webhooks() -> Request:
    """All of the merchant."""
    return Request("GET", "/v1/webhooks")


def change_webhook(webhook_id: str, changes: Mapping[str, Any]) -> Request:
    """What is not named stays."""
    return Request("PATCH", f"/v1/webhooks/{int(webhook_id)}", msgspec.json.encode(changes))


def delete_webhook(webhook_id: str) -> Request:
    """With its messages."""
    return Request("DELETE", f"/v1/webhooks/{int(webhook_id)}")


def rotate_secret(webhook_id: str, overlap_hours: int, key: str) -> Request:
    """Without the key it could be rotated twice, and the first answer's secret would be an old one."""
    body = msgspec.json.encode({"overlap_hours": overlap_hours})
    return Request("POST", f"/v1/webhooks/{int(webhook_id)}/rotate", body, idempotency_key=key)


def test_webhook(webhook_id: str, key: str) -> Request:
    """One message a key."""
    return Request("POST", f"/v1/webhooks/{int(webhook_id)}/test", idempotency_key=key)


def list_deliveries(webhook_id: str, state: str | None, cursor: str | None, limit: int) -> Request:
    """A page of messages, newest first."""
    asked = {"state": state, "cursor": cursor, "limit": limit}
    query = {name: value for name, value in asked.items() if value is not None}
    return Request("GET", f"/v1/webhooks/{int(webhook_id)}/deliveries", query=query)


def replay_message(webhook_id: str, message: str, key: str) -> Request:
    """Send it once more."""
    body = msgspec.json.encode({"message": message})
    return Request("POST", f"/v1/webhooks/{int(webhook_id)}/replay", body, idempotency_key=key)


def replay_span(webhook_id: str, since: datetime, until: datetime, key: str) -> Request:
    """Send once more what happened then (aware moments)."""
    body = msgspec.json.encode({"since": since, "until": until})
    return Request("POST", f"/v1/webhooks/{int(webhook_id)}/replay", body, idempotency_key=key)


def get_merchant(merchant_id: str) -> Request:
    """Settings and rules; the answer's ETag is for ``put_rules`` and ``change_merchant``."""
    return Request("GET", f"/v1/merchants/{int(merchant_id)}")


def change_merchant(merchant_id: str, changes: Mapping[str, Any], etag: str | None) -> Request:
    """What is not named stays; with the ETag only what was seen is changed."""
    return Request("PATCH", f"/v1/merchants/{int(merchant_id)}", msgspec.json.encode(changes), if_match=etag)


def put_rules(merchant_id: str, rules: Mapping[str, Any], etag: str | None) -> Request:
    """The rules as a whole; with the ETag only those that were seen are replaced."""
    return Request("PUT", f"/v1/merchants/{int(merchant_id)}/rules", msgspec.json.encode(rules), if_match=etag)


def list_keys() -> Request:
    """All of the merchant."""
    return Request("GET", "/v1/keys")


def create_key(name: str, scopes: Collection[str] | None, expires_at: datetime | None, key: str) -> Request:
    """A repeat is refused and names the key that was made."""
    body: dict[str, Any] = {"name": name, "expires_at": expires_at}
    if scopes is not None:
        body["scopes"] = sorted(scopes)
    return Request("POST", "/v1/keys", msgspec.json.encode(body), idempotency_key=key)


def rotate_key(key_id: str, overlap_s: int, key: str) -> Request:
    """A repeat is refused and names the key that was made."""
    body = msgspec.json.encode({"overlap_s": overlap_s})
    return Request("POST", f"/v1/keys/{int(key_id)}/rotate", body, idempotency_key=key)


def revoke_key(key_id: str) -> Request:
    """Revoked twice it is revoked."""
    return Request("POST", f"/v1/keys/{int(key_id)}/revoke")


def order_kkt(kkt_id: str, kind: str, asked_by: str, reason: str, key: str) -> Request:
    """One order a key."""
    body = msgspec.json.encode({"kind": kind, "asked_by": asked_by, "reason": reason})
    return Request("POST", f"/v1/kkts/{int(kkt_id)}/orders", body, idempotency_key=key)


def change_registration(kkt_id: str, body: Mapping[str, Any], key: str) -> Request:
    """One order a key."""
    path = f"/v1/kkts/{int(kkt_id)}/registration-changes"
    return Request("POST", path, msgspec.json.encode(body), idempotency_key=key)


def get_kkt_order(kkt_id: str, order_id: str) -> Request:
    """One order and its answer."""
    return Request("GET", f"/v1/kkts/{int(kkt_id)}/orders/{int(order_id)}")


def order_receipt(receipt_id: str, kind: str, body: Mapping[str, Any], key: str) -> Request:
    """``kind``: retry, cancel or settle. One order a key."""
    return Request("POST", f"/v1/receipts/{int(receipt_id)}/{kind}", msgspec.json.encode(body), idempotency_key=key)


def get_cassette(name: str) -> Request:
    """With its rules."""
    return Request("GET", f"/v1/cassettes/{quote(name, safe='')}")


def put_cassette(name: str, what: str, body: Mapping[str, Any]) -> Request:
    """``what``: rules or work. Put twice it is as it was put."""
    return Request("PUT", f"/v1/cassettes/{quote(name, safe='')}/{what}", msgspec.json.encode(body))


def order_device(body: Mapping[str, Any], key: str) -> Request:
    """One order a key."""
    return Request("POST", "/v1/device-orders", msgspec.json.encode(body), idempotency_key=key)


def get_device_order(order_id: str) -> Request:
    """One order and its answer."""
    return Request("GET", f"/v1/device-orders/{int(order_id)}")


def list_nodes() -> Request:
    """All of the installation."""
    return Request("GET", "/v1/nodes")


def move_node(number: int, move: str, key: str) -> Request:
    """``move``: drain or resume."""
    return Request("POST", f"/v1/nodes/{number}/{move}", idempotency_key=key)


def is_settled(receipt: Receipt) -> bool:
    """Waiting longer changes nothing: it has its document, or it needs a person."""
    return receipt.state in FISCALISED | NEED_A_PERSON
