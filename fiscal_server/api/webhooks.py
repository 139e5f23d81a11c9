"""Webhooks of a merchant: who hears of what, keys of signatures, what was delivered, and sending it once more."""

from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Request, delete, get, patch, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import InvalidBody, as_id, read_body
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.api.requests import request_id_of
from fiscal_server.api.webhook_schemas import (
    RotateSecretBody,
    SecretAnswer,
    TestAnswer,
    Told,
    WebhookAnswer,
    WebhookBody,
    WebhookChange,
    WebhookCreated,
    webhook_answer,
)
from fiscal_server.clock import Clock
from fiscal_server.errors import OrderRefused
from fiscal_server.intake.batch import Problem
from fiscal_server.storage import webhook_messages, webhooks
from fiscal_server.storage.audit import AuditRow, add_audit
from fiscal_server.storage.keys import KeyOwner, Scope
from fiscal_server.storage.pool import Database, ReadConnection, WriteConnection
from fiscal_server.storage.webhooks import SUBSCRIBED, EndpointChange, EndpointKey, EndpointRow, NewEndpoint
from fiscal_server.webhooks.addresses import AddressRefused, check_url
from fiscal_server.webhooks.message_id import message_id
from fiscal_server.webhooks.signing import make_secret, secret_text

MOST_ENDPOINTS: Final = 20
"""Of a merchant: each costs a row for everything that is told."""

KeyRequest = Request[int, KeyOwner, State]


def endpoint_of(request: KeyRequest, webhook_id: int) -> EndpointKey:
    """The endpoint that a request names."""
    return EndpointKey(request.user, as_id(webhook_id))


async def read_one(db: ReadConnection | WriteConnection, key: EndpointKey) -> EndpointRow:
    """Raises NotFoundException: there is none, or it is another merchant's."""
    found = await webhooks.list_endpoints(db, key.merchant_id, key.endpoint_id)
    if not found:
        raise NotFoundException("There is no such webhook")
    return found[0]


async def note(
    request: KeyRequest,
    state: State,
    db: WriteConnection,
    action: str,
    key: EndpointKey,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Who did what to a webhook, in the transaction that does it."""
    database, now = _at_hand(state)
    told = AuditRow(
        id=database.ids.next(),
        at=now,
        actor=request.auth.actor,
        action=action,
        object=f"webhook {key.endpoint_id}",
        before=before,
        after=after,
        request_id=request_id_of(request.scope),
    )
    await add_audit(db, key.merchant_id, told)


@post("/v1/webhooks", status_code=201, operation_id="CreateWebhook", tags=["webhooks"], opt=needs(Scope.ADMIN))
async def post_webhook(request: KeyRequest, state: State, idempotency_key: IdempotencyKey = None) -> WebhookCreated:
    """Hear of what happens from now on. The secret is in this answer alone."""
    data = await read_body(request, WebhookBody)
    database, now = _at_hand(state)
    secret = make_secret()
    key = EndpointKey(request.user, database.ids.next())
    new = NewEndpoint(_checked(data.url, state), data.description, _types(data.event_types))
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(WebhookCreated)) is not None:
            return earlier
        await webhooks.lock_endpoints(db, key.merchant_id)
        if len(await webhooks.list_endpoints(db, key.merchant_id)) >= MOST_ENDPOINTS:
            raise OrderRefused(f"a merchant has at most {MOST_ENDPOINTS} webhooks: delete one, or change it")
        await webhooks.add_endpoint(db, key, new, now)
        await webhooks.add_secret(db, key, database.ids.next(), secret, now)
        row = await read_one(db, key)
        await note(request, state, db, "webhook.create", key, after=_said(row))
        created = WebhookCreated(webhook_answer(row), secret_text(secret))
        await once.keep(created)
    return created


@get("/v1/webhooks", operation_id="ListWebhooks", tags=["webhooks"], opt=needs(Scope.READ))
async def get_webhooks(request: KeyRequest, state: State) -> list[WebhookAnswer]:
    """Every endpoint of the merchant, oldest first."""
    async with state["database"].read() as db:
        return [webhook_answer(row) for row in await webhooks.list_endpoints(db, request.user)]


@get("/v1/webhooks/{webhook_id:int}", operation_id="GetWebhook", tags=["webhooks"], opt=needs(Scope.READ))
async def get_webhook(request: KeyRequest, webhook_id: FromPath[int], state: State) -> WebhookAnswer:
    """One endpoint."""
    async with state["database"].read() as db:
        return webhook_answer(await read_one(db, endpoint_of(request, webhook_id)))


@patch("/v1/webhooks/{webhook_id:int}", operation_id="ChangeWebhook", tags=["webhooks"], opt=needs(Scope.ADMIN))
async def patch_webhook(request: KeyRequest, webhook_id: FromPath[int], state: State) -> WebhookAnswer:
    """Change an endpoint, disable it (messages wait for 30 days) or enable it again (what has waited is sent)."""
    data = await read_body(request, WebhookChange)
    database, now = _at_hand(state)
    key = endpoint_of(request, webhook_id)
    url = None if data.url is None else _checked(data.url, state)
    types = None if data.event_types is None else _types(data.event_types)
    async with database.write() as db:
        before = await read_one(db, key)
        await webhooks.change_endpoint(db, key, EndpointChange(url, data.description, types, data.enabled), now)
        if data.enabled:
            await webhook_messages.begin_anew(db, key, now)
        after = await read_one(db, key)
        await note(request, state, db, "webhook.change", key, _said(before), _said(after))
    return webhook_answer(after)


@delete("/v1/webhooks/{webhook_id:int}", operation_id="DeleteWebhook", tags=["webhooks"], opt=needs(Scope.ADMIN))
async def delete_webhook(request: KeyRequest, webhook_id: FromPath[int], state: State) -> None:
    """Forget an endpoint, its keys and its messages."""
    database: Database = state["database"]
    key = endpoint_of(request, webhook_id)
    async with database.write() as db:
        before = await read_one(db, key)
        await webhooks.delete_endpoint(db, key)
        await note(request, state, db, "webhook.delete", key, _said(before))


@post(
    "/v1/webhooks/{webhook_id:int}/rotate",
    status_code=200,
    operation_id="RotateWebhookSecret",
    tags=["webhooks"],
    opt=needs(Scope.ADMIN),
)
async def rotate_secret(
    request: KeyRequest, webhook_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> SecretAnswer:
    """Sign by a new key from now on, and by the old ones as well for a while: a receiver changes over in between."""
    data = await read_body(request, RotateSecretBody)
    database, now = _at_hand(state)
    key = endpoint_of(request, webhook_id)
    secret, until = make_secret(), now + timedelta(hours=data.overlap_hours)
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(SecretAnswer)) is not None:
            return earlier
        await read_one(db, key)
        await webhooks.expire_secrets(db, key, until)
        await webhooks.add_secret(db, key, database.ids.next(), secret, now)
        await note(request, state, db, "webhook.rotate", key, after={"old_until": until.isoformat()})
        rotated = SecretAnswer(secret_text(secret), until)
        await once.keep(rotated)
    return rotated


@post(
    "/v1/webhooks/{webhook_id:int}/test",
    status_code=202,
    operation_id="TestWebhook",
    tags=["webhooks"],
    opt=needs(Scope.OPERATE),
)
async def send_test(
    request: KeyRequest, webhook_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> TestAnswer:
    """Send a ``webhook.test`` message; what came of it stands among the deliveries."""
    database, now = _at_hand(state)
    key = endpoint_of(request, webhook_id)
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(TestAnswer)) is not None:
            return earlier
        if not (await read_one(db, key)).enabled:
            raise OrderRefused("this webhook is disabled: enable it first")
        message = await webhook_messages.tell_test(db, key, database.ids.next(), now)
        sent = TestAnswer(message_id(webhooks.EventType.WEBHOOK_TEST, message))
        await once.keep(sent)
    return sent


def _said(row: EndpointRow) -> dict[str, Any]:
    """What people set, for the audit."""
    return {
        "url": row.url,
        "description": row.description,
        "event_types": row.event_types,
        "enabled": row.enabled,
    }


def _at_hand(state: State) -> tuple[Database, datetime]:
    clock: Clock = state["clock"]
    return state["database"], clock.now()


def _types(given: list[Told] | None) -> list[str]:
    return sorted(set(SUBSCRIBED if given is None else given))


def _checked(url: str, state: State) -> str:
    try:
        return check_url(url, private=state["webhook_private"])
    except AddressRefused as error:
        raise InvalidBody(Problem("invalid", str(error), "url")) from error


HANDLERS = (
    post_webhook,
    get_webhooks,
    get_webhook,
    patch_webhook,
    delete_webhook,
    rotate_secret,
    send_test,
)
