"""The merchant of the key: what its documents say, and the rules by which its receipts are computed."""

from datetime import time
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, patch, put
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import UNSET, UnsetType

from accounting.receipts.books import MerchantRules
from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import small_body
from fiscal_server.api.resources import (
    Changed,
    IfMatch,
    RequestRejected,
    answer_with_etag,
    decode_body,
    keep_audit,
    require_match,
)
from fiscal_server.errors import UnknownMerchant
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.merchant_rules import check_zone, judge_rules
from fiscal_server.lifecycle import SlotState
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.kkts import list_kkts
from fiscal_server.storage.merchant_settings import lock_merchant, services_in_use, set_merchant_rules, set_settings
from fiscal_server.storage.merchants import MerchantRow, read_merchant
from fiscal_server.storage.pool import ReadConnection, WriteConnection

WORDS: Final = r"^[^\0]*[^\s\0][^\0]*\Z"
Place = Annotated[str, msgspec.Meta(max_length=256, pattern=WORDS)]
Cashier = Annotated[str, msgspec.Meta(max_length=64, pattern=WORDS)]


class MerchantAnswer(msgspec.Struct, frozen=True):
    """A merchant. ``rules``: the `merchant` object of the receipt case format; ``shift_closes_at``: in ``timezone``."""

    id: str
    name: str
    address: str
    place: str
    cashier: str
    receipt_id_tag: int
    timezone: str
    shift_closes_at: time | None
    rules: dict[str, Any]


class SettingsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes; what is left out stays. ``shift_closes_at`` null: a shift is closed when 24 hours come near."""

    place: Place | UnsetType = UNSET
    cashier: Cashier | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    shift_closes_at: Annotated[time, msgspec.Meta(tz=False)] | UnsetType | None = UNSET


RULES: Final[dict[str, Any]] = {
    "inn": "7700000016",
    "email": "check@provider.example",
    "services": [{"id": "internet", "name": "Доступ в интернет", "vat_code": 11}],
    "policies": {"max_lines": 100},
}
MERCHANT: Final = MerchantAnswer(
    id="370154790420480020",
    name="ООО «Пример»",
    address="Москва, ул. Примерная, 1",
    place="https://provider.example",
    cashier="КАССИР",
    receipt_id_tag=1084,
    timezone="Europe/Moscow",
    shift_closes_at=time(23, 30),
    rules=RULES,
)


@get("/v1/merchants/{merchant_id:int}", operation_id="GetMerchant", tags=["merchants"])
async def get_merchant(request: Request[int, Any, State], merchant_id: FromPath[int], state: State) -> Response[bytes]:
    """The merchant of the key with its settings and rules; there is no other for it."""
    _own(request, merchant_id)
    async with state["database"].read() as db:
        return answer_with_etag(merchant_answer(await read_merchant(db, merchant_id)))


@patch("/v1/merchants/{merchant_id:int}", operation_id="PatchMerchant", tags=["merchants"], opt=needs(Scope.ADMIN))
async def patch_merchant(
    request: Request[int, Any, State], merchant_id: FromPath[int], state: State, if_match: IfMatch = None
) -> Response[bytes]:
    """Change settings: place and cashier stand in documents made from now on, the shift hour counts for the open shift.

    Documents that were made stay as they are; a KKT's registered place changes by its re-registration alone.
    """
    _own(request, merchant_id)
    body = decode_body(await small_body(request), SettingsBody)
    if body.timezone is not UNSET:
        try:
            check_zone(body.timezone)
        except ValueError as error:
            raise RequestRejected([Problem("invalid", str(error), "timezone")]) from None
    changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    async with state["database"].write() as db:
        row = await lock_merchant(db, merchant_id)
        require_match(request, merchant_answer(row))
        changed = msgspec.structs.replace(row, **changes)
        await set_settings(db, changed)
        before, after = _settings(row), _settings(changed)
        await keep_audit(request, state, db, Changed("merchant.change", f"merchant {merchant_id}", before, after))
    return answer_with_etag(merchant_answer(changed))


@put(
    "/v1/merchants/{merchant_id:int}/rules",
    operation_id="PutMerchantRules",
    tags=["merchants"],
    opt=needs(Scope.ADMIN),
)
async def put_rules(
    request: Request[int, Any, State], merchant_id: FromPath[int], state: State, if_match: IfMatch = None
) -> Response[bytes]:
    """Replace the rules (services, taxation, policies) whole. They count for receipts of batches that come from now on.

    Receipts that were computed stay as they are, those still in the queue too. A month close that has begun with other
    rules fails and goes on once they are back; only `max_lines` and `max_sum` may be raised on its way. Services that
    accounts owe or have paid for cannot be left out, and what KKTs are registered with (INN, format) cannot be changed
    under them.
    """
    _own(request, merchant_id)
    given = decode_body(await small_body(request), dict[str, Any])
    judged = judge_rules(given)
    if isinstance(judged, Problem):
        raise RequestRejected([judged])
    async with state["database"].write() as db:
        row = await lock_merchant(db, merchant_id)
        require_match(request, merchant_answer(row))
        problems = await _conflicts(db, row, judged)
        if problems:
            raise RequestRejected(problems)
        await set_merchant_rules(db, merchant_id, given)
        await keep_audit(request, state, db, Changed("merchant.rules", f"merchant {merchant_id}", row.rules, given))
    return answer_with_etag(merchant_answer(msgspec.structs.replace(row, rules=given)))


async def _conflicts(db: WriteConnection, row: MerchantRow, new: MerchantRules) -> list[Problem]:
    """What of new rules does not fit what is there already."""
    old = judge_rules(row.rules)
    assert isinstance(old, MerchantRules), "stored rules were judged"
    gone = {service.id for service in old.services} - {service.id for service in new.services}
    problems = [
        Problem("service_in_use", f"accounts owe for the service {service!r}, have paid for it or have it", "services")
        for service in await services_in_use(db, row.id, sorted(gone))
    ]
    kkts = [one for one in await list_kkts(ReadConnection(db), row.id) if one.state != SlotState.CLOSED]
    if kkts and new.inn != old.inn:
        problems.append(Problem("kkt_registered", "KKTs are registered with the INN that is known", "inn"))
    if any(one.ffd != new.ffd for one in kkts) and new.ffd != old.ffd:
        problems.append(Problem("kkt_registered", "KKTs are registered for another format", "ffd"))
    return problems


def _own(request: Request[int, Any, State], merchant_id: int) -> None:
    if merchant_id != request.user:
        raise UnknownMerchant(f"there is no merchant {merchant_id}")


def _settings(row: MerchantRow) -> dict[str, Any]:
    settings: dict[str, Any] = msgspec.to_builtins(merchant_answer(row))
    return {name: settings[name] for name in SettingsBody.__struct_fields__}


def merchant_answer(row: MerchantRow) -> MerchantAnswer:
    """A merchant as it is answered."""
    return MerchantAnswer(
        id=str(row.id),
        name=row.name,
        address=row.address,
        place=row.place,
        cashier=row.cashier,
        receipt_id_tag=row.receipt_id_tag,
        timezone=row.timezone,
        shift_closes_at=row.shift_closes_at,
        rules=row.rules,
    )


HANDLERS = (get_merchant, patch_merchant, put_rules)
