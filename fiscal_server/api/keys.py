"""Keys through the API: made, listed, rotated with an overlap, revoked. A key itself is shown once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import PermissionDeniedException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import Moment, Words, as_id, in_calendar, read_body
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.api.requests import request_id_of
from fiscal_server.errors import KeyRefused
from fiscal_server.keyring import Change, Keyring
from fiscal_server.storage.audit import list_audit
from fiscal_server.storage.keys import DAILY_WORK, KeyOwner, KeyRow, NewKey, Scope, list_keys

MAX_OVERLAP_S: Final = 30 * 24 * 3600
_LAST_ID: Final = (1 << 63) - 1

KeyRequest = Request[int, KeyOwner, State]


class NewKeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to be made. It can do no more than the one that makes it."""

    name: Words
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1, max_length=4)] = DAILY_WORK
    expires_at: Moment | None = None

    def __post_init__(self) -> None:
        in_calendar(self.expires_at, "expires_at")


class RotateBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many seconds the old key works on beside the new one, and when that one ends: left out, it is given as
    long as the old one was."""

    overlap_s: Annotated[int, msgspec.Meta(ge=0, le=MAX_OVERLAP_S)] = 24 * 3600
    expires_at: Moment | None = None

    def __post_init__(self) -> None:
        in_calendar(self.expires_at, "expires_at")


class KeyAnswer(msgspec.Struct, frozen=True):
    """A key without itself. ``replaced_by``: its successor, beside which it works until ``expires_at``."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None


class NewKeyAnswer(msgspec.Struct, frozen=True):
    """A new key. ``secret`` is the key itself: it is shown now and never again."""

    key: KeyAnswer
    secret: str


class AuditAnswer(msgspec.Struct, frozen=True):
    """A change: who, when, what, before, after."""

    id: str
    at: datetime
    actor: str
    action: str
    object: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None


class AuditPage(msgspec.Struct, frozen=True):
    """Changes, newest first; ``next`` is the cursor of the following page."""

    changes: list[AuditAnswer]
    next: str | None


@get("/v1/keys", operation_id="ListKeys", tags=["keys"], opt=needs(Scope.ADMIN))
async def get_keys(request: KeyRequest, state: State) -> list[KeyAnswer]:
    """Every key of the merchant, newest first, also those that have ended."""
    async with state["database"].read() as db:
        return [key_answer(row) for row in await list_keys(db, request.user)]


@post("/v1/keys", operation_id="CreateKey", tags=["keys"], opt=needs(Scope.ADMIN))
async def post_key(request: KeyRequest, state: State, idempotency_key: IdempotencyKey = None) -> NewKeyAnswer:
    """Make a key. Its secret is in the answer, and only there: a repeat under the same Idempotency-Key is refused and
    names the key that the first one made.
    """
    body = await read_body(request, NewKeyBody)
    _check_scopes(request.auth, body.scopes)
    async with _keyring(request, state, idempotency_key) as (keyring, once):
        await first_time(once)
        new = NewKey(
            id=keyring.new_id(),
            merchant_id=request.user,
            name=body.name,
            scopes=tuple(dict.fromkeys(body.scopes)),
            expires_at=body.expires_at,
        )
        row, secret = await keyring.create(new)
        await once.keep(key_answer(row))
    return NewKeyAnswer(key_answer(row), secret)


@post("/v1/keys/{key_id:int}/rotate", operation_id="RotateKey", tags=["keys"], opt=needs(Scope.ADMIN))
async def rotate_key(
    request: KeyRequest, key_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> NewKeyAnswer:
    """A successor with the same name and scopes; the old key works on for ``overlap_s`` seconds. A key that was to end
    has a successor that ends: at ``expires_at``, else after as long as the old one was given.
    """
    body = await read_body(request, RotateBody)
    async with _keyring(request, state, idempotency_key) as (keyring, once):
        await first_time(once)
        old = await keyring.living(as_id(key_id))
        _check_scopes(request.auth, old.scopes)
        if old.operations and not request.auth.operations:
            raise PermissionDeniedException("A key of operations is rotated by another of its kind")
        row, secret = await keyring.rotate(old.id, timedelta(seconds=body.overlap_s), body.expires_at)
        await once.keep(key_answer(row))
    return NewKeyAnswer(key_answer(row), secret)


@post("/v1/keys/{key_id:int}/revoke", status_code=200, operation_id="RevokeKey", tags=["keys"], opt=needs(Scope.ADMIN))
async def revoke(request: KeyRequest, key_id: FromPath[int], state: State) -> KeyAnswer:
    """End a key now: the next request with it is refused."""
    async with _keyring(request, state) as (keyring, _):
        return key_answer(await keyring.revoke(as_id(key_id)))


@get("/v1/audit", operation_id="ListAudit", tags=["audit"], opt=needs(Scope.ADMIN))
async def get_audit(
    request: KeyRequest,
    state: State,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    before: Annotated[int, QueryParameter(name="cursor", ge=1, le=_LAST_ID)] = _LAST_ID,
) -> AuditPage:
    """What was changed through the API, newest first."""
    async with state["database"].read() as db:
        rows = await list_audit(db, request.user, before, limit + 1)
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    return AuditPage([AuditAnswer(str(row.id), *msgspec.structs.astuple(row)[1:]) for row in rows[:limit]], following)


def _check_scopes(owner: KeyOwner, asked: tuple[Scope, ...]) -> None:
    """Raises PermissionDeniedException: a key cannot make a stronger one."""
    if missing := set(asked) - owner.scopes:
        raise PermissionDeniedException(f"This key lacks what it would give: {', '.join(sorted(missing))}")


@asynccontextmanager
async def _keyring(request: KeyRequest, state: State, key: str | None = None) -> AsyncIterator[tuple[Keyring, Once]]:
    change = Change(request.auth.actor, state["clock"].now(), request_id_of(request.scope))
    async with state["database"].write() as db:
        yield Keyring(state["database"], db, request.user, change), Once(request, state, db, key)


async def first_time(once: Once) -> None:
    """Of a request that shows a key. Raises KeyRefused: what was shown once cannot be shown again."""
    made = await once.earlier(KeyAnswer)
    if made is not None:
        raise KeyRefused(
            f"this request made the key {made.id}, whose secret was shown then; revoke it and make another"
        )


def key_answer(row: KeyRow) -> KeyAnswer:
    """A key as it is answered."""
    return KeyAnswer(
        id=str(row.id),
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        replaced_by=None if row.replaced_by is None else str(row.replaced_by),
    )


HANDLERS = (get_keys, post_key, rotate_key, revoke, get_audit)
