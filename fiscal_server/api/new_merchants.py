"""Merchants of the whole installation: which there are, and new ones. For keys of operations."""

from typing import Final

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import read_body
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.api.keys import KeyAnswer, first_time, key_answer
from fiscal_server.api.merchants import MERCHANT, RULES, MerchantAnswer, merchant_answer
from fiscal_server.api.nodes import operations_only
from fiscal_server.api.requests import request_id_of
from fiscal_server.api.resources import Changed, RequestRejected, keep_audit
from fiscal_server.intake.batch import Problem
from fiscal_server.keyring import Change, Keyring
from fiscal_server.new_merchant import NewMerchant, judge_merchant, store_merchant
from fiscal_server.storage.keys import KeyOwner, NewKey, Scope
from fiscal_server.storage.merchants import list_merchants, read_merchant


class MerchantName(msgspec.Struct, frozen=True):
    """A merchant in a list. ``inn``: of its rules; null when they name none."""

    id: str
    name: str
    inn: str | None


class NewMerchantAnswer(msgspec.Struct, frozen=True):
    """A new merchant with its first key. ``secret`` is the key itself: it is shown now and never again."""

    merchant: MerchantAnswer
    key: KeyAnswer
    secret: str


NAMES: Final = [MerchantName(MERCHANT.id, MERCHANT.name, RULES["inn"])]


@get("/v1/merchants", operation_id="ListMerchants", tags=["merchants"])
async def get_merchants(request: Request[int, KeyOwner, State], state: State) -> list[MerchantName]:
    """The merchant of the key; with a key of operations every merchant of the installation, oldest first."""
    async with state["database"].read() as db:
        rows = await list_merchants(db) if request.auth.operations else [await read_merchant(db, request.user)]
    return [MerchantName(str(row.id), row.name, row.rules.get("inn")) for row in rows]


@post(
    "/v1/merchants",
    operation_id="CreateMerchant",
    tags=["merchants"],
    opt=needs(Scope.ADMIN),
    guards=[operations_only],
)
async def post_merchant(
    request: Request[int, KeyOwner, State], state: State, idempotency_key: IdempotencyKey = None
) -> NewMerchantAnswer:
    """Make a merchant and its first key, which may do there what the asking key may do here, but is none of operations.

    The key is in the answer, and only there: a repeat under the same Idempotency-Key is refused and names the key.
    """
    given = await read_body(request, NewMerchant)
    if (problem := judge_merchant(given)) is not None:
        raise RequestRejected([problem])
    now, ids = state["clock"].now(), state["database"].ids
    async with state["database"].write() as db:
        once = Once(request, state, db, idempotency_key)
        await first_time(once)
        row = await store_merchant(db, ids.next(), given, now)
        if isinstance(row, Problem):
            raise RequestRejected([row])
        change = Change(request.auth.actor, now, request_id_of(request.scope))
        scopes = tuple(scope for scope in Scope if scope in request.auth.scopes)
        key, secret = await Keyring(state["database"], db, row.id, change).create(
            NewKey(id=ids.next(), merchant_id=row.id, name="first", scopes=scopes)
        )
        after = {"name": row.name, "rules": row.rules}
        await keep_audit(request, state, db, Changed("merchant.create", f"merchant {row.id}", {}, after))
        await once.keep(key_answer(key))
    return NewMerchantAnswer(merchant_answer(row), key_answer(key), secret)


HANDLERS = (get_merchants, post_merchant)
