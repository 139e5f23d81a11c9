"""Webhooks of a merchant: who hears of what, the secret shown once, a test, what was delivered, once more."""

from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from admin.access import doing
from admin.formatters import Moments
from admin.orders import ask, form_key, new_form_key, note
from admin.page import Crumb, page
from admin.pages.choosing import choose_merchant, seen_merchant
from admin.permissions import Action
from admin.refusals import Refusal, told
from admin.viewer import Viewer
from admin.words import Wording
from fiscal_server.client import Webhook, calls
from fiscal_server.client.deliveries import DeliveryPage
from fiscal_server.client.errors import ApiProblem
from fiscal_server.client.protocol import Request as ApiRequest
from fiscal_server.client.protocol import decode
from fiscal_server.client.types import NewWebhook, Secret
from fiscal_server.storage.webhooks import SUBSCRIBED

_Request = Request[Any, Any, State]
WEBHOOKS: Final = "/settings/webhooks"
TITLE: Final = "Уведомления"
DELIVERIES: Final = 50
ROTATED_OVER_HOURS: Final = 24
"""For so long both secrets sign."""

TYPES: Final = {
    "receipt.registered": "чек оформлен",
    "receipt.confirmed": "чек у оператора",
    "receipt.parked": "касса отказала: нужен человек",
    "receipt.cancelled": "чек отменён",
    "batch.accepted": "пакет принят",
    "slot.faulty": "касса остановлена",
    "alarm.raised": "тревога о кассете",
    "alarm.cleared": "тревога снята",
    "webhook.disabled": "другие уведомления отключены",
    "webhook.test": "проверка",
}
STATES: Final = {
    "WAITING": Wording("ждёт", "ещё не доставлено, попытки продолжаются", "wait"),
    "DELIVERED": Wording("доставлено", "получатель ответил 2xx", "good"),
    "FAILED": Wording("не доставлено", "попытки кончились: можно отправить ещё раз", "bad"),
}


def _at(state: State) -> Moments:
    return Moments(state["clock"].now(), state["settings"].zone)


def _card_address(merchant_id: int, webhook_id: int | str) -> str:
    return f"{WEBHOOKS}/{merchant_id}/{webhook_id}"


@get(WEBHOOKS, opt=doing(Action.SEE_SETTINGS))
async def choose_webhooks(viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Whose webhooks."""
    return choose_merchant(viewer, WEBHOOKS, TITLE)


async def _all(state: State, viewer: Viewer, merchant_id: int) -> tuple[str, list[Webhook]]:
    name = seen_merchant(viewer, merchant_id)
    return name, await ask(state, viewer, merchant_id, Action.SEE_SETTINGS, lambda api: api.webhooks())


@get(f"{WEBHOOKS}/{{merchant_id:int}}", opt=doing(Action.SEE_SETTINGS))
async def list_webhooks(state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]) -> Template:
    """Every endpoint of a merchant."""
    name, found = await _all(state, viewer, merchant_id)
    return page(
        "settings/webhooks.html", viewer, "settings", name=name, merchant_id=merchant_id, webhooks=found, types=TYPES,
        at=_at(state),
    )  # fmt: skip


@get(f"{WEBHOOKS}/{{merchant_id:int}}/new", opt=doing(Action.MANAGE_KEYS))
async def new_webhook(viewer: NamedDependency[Viewer], merchant_id: FromPath[int]) -> Template:
    """An empty form."""
    return _new_page(viewer, merchant_id, {}, list(SUBSCRIBED))


def _new_page(
    viewer: Viewer, merchant_id: int, given: Any, ticked: list[Any], refused: Refusal | None = None
) -> Template:
    return page(
        "settings/new_webhook.html", viewer, "settings", status=409 if refused else 200, refused=refused, given=given,
        name=seen_merchant(viewer, merchant_id), merchant_id=merchant_id, types=TYPES, kinds=SUBSCRIBED, ticked=ticked,
        once=new_form_key(), crumbs=[Crumb(TITLE, f"{WEBHOOKS}/{merchant_id}")],
    )  # fmt: skip


def _kinds(form: FormMultiDict) -> list[str]:
    asked = form.getall("type", [])
    return [kind.value for kind in SUBSCRIBED if kind in asked]


@post(f"{WEBHOOKS}/{{merchant_id:int}}/new", opt=doing(Action.MANAGE_KEYS))
async def make_webhook(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Template:
    """Make it and show its secret; the same form again shows the same."""
    seen_merchant(viewer, merchant_id)
    form = await request.form()
    once, kinds = form_key(form), _kinds(form)
    url = str(form.get("url", "")).strip()
    call = calls.create_webhook(url, kinds, str(form.get("description", "")), once)
    before = {one.id for one in (await _all(state, viewer, merchant_id))[1]}
    try:
        answer = await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.send(call))
    except ApiProblem as problem:
        return _new_page(viewer, merchant_id, form, kinds, told(problem))
    made = decode(answer, NewWebhook)
    if made.webhook.id not in before:
        await note(state, viewer, merchant_id, "webhook.created", url, after={"types": kinds})
    return _secret_page(viewer, merchant_id, made.webhook.id, made.secret)


def _secret_page(viewer: Viewer, merchant_id: int, webhook_id: str, secret: str) -> Template:
    crumbs = [Crumb(TITLE, f"{WEBHOOKS}/{merchant_id}")]
    card = _card_address(merchant_id, webhook_id)
    return page("settings/secret.html", viewer, "settings", crumbs=crumbs, secret=secret, card=card)


async def _one(state: State, viewer: Viewer, merchant_id: int, webhook_id: int) -> Webhook:
    _, found = await _all(state, viewer, merchant_id)
    one = next((one for one in found if one.id == str(webhook_id)), None)
    if one is None:
        raise NotFoundException
    return one


@get(f"{WEBHOOKS}/{{merchant_id:int}}/{{webhook_id:int}}", opt=doing(Action.SEE_SETTINGS))
async def webhook_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], webhook_id: FromPath[int],
    before: Annotated[str | None, QueryParameter(max_length=80, pattern=r"^[0-9-]+\Z")] = None,
) -> Template:  # fmt: skip
    """One endpoint with what was delivered, newest first."""
    return await _card(state, viewer, merchant_id, webhook_id, before)


async def _card(
    state: State, viewer: Viewer, merchant_id: int, webhook_id: int, before: str | None = None,
    refused: Refusal | None = None,
) -> Template:  # fmt: skip
    one = await _one(state, viewer, merchant_id, webhook_id)
    call = calls.list_deliveries(one.id, None, before, DELIVERIES)
    answer = await ask(state, viewer, merchant_id, Action.SEE_SETTINGS, lambda api: api.send(call))
    return page(
        "settings/webhook.html", viewer, "settings", status=409 if refused else 200, refused=refused,
        crumbs=[Crumb(TITLE, f"{WEBHOOKS}/{merchant_id}")], merchant_id=merchant_id, one=one, types=TYPES,
        kinds=SUBSCRIBED, states=STATES, sent=decode(answer, DeliveryPage), once=new_form_key(), at=_at(state),
        may_change=viewer.may(Action.MANAGE_KEYS), card=_card_address(merchant_id, webhook_id),
    )  # fmt: skip


@post(f"{WEBHOOKS}/{{merchant_id:int}}/{{webhook_id:int}}/change", opt=doing(Action.MANAGE_KEYS))
async def change_webhook(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    webhook_id: FromPath[int],
) -> Response[Any]:  # fmt: skip
    """Where, of what, and whether at all; enabled again, what has waited is sent."""
    one = await _one(state, viewer, merchant_id, webhook_id)
    form = await request.form()
    old = {"url": one.url, "description": one.description, "event_types": one.event_types, "enabled": one.enabled}
    new = {
        "url": str(form.get("url", one.url)).strip(),
        "description": str(form.get("description", one.description)),
        "event_types": _kinds(form),
        "enabled": form.get("enabled") == "1",
    }
    try:
        await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.change_webhook(one.id, **new))
    except ApiProblem as problem:
        return await _card(state, viewer, merchant_id, webhook_id, refused=told(problem))
    if old != new:
        await note(state, viewer, merchant_id, "webhook.changed", one.url, before=old, after=new)
    return Redirect(_card_address(merchant_id, webhook_id), status_code=303)


def _order(order: str, webhook_id: str, key: str, message: str) -> ApiRequest:
    match order:
        case "test":
            return calls.test_webhook(webhook_id, key)
        case "replay":
            return calls.replay_message(webhook_id, message, key)
        case "rotate":
            return calls.rotate_secret(webhook_id, ROTATED_OVER_HOURS, key)
        case "delete":
            return calls.delete_webhook(webhook_id)
        case _:
            raise NotFoundException


@post(f"{WEBHOOKS}/{{merchant_id:int}}/{{webhook_id:int}}/{{order:str}}", opt=doing(Action.MANAGE_KEYS))
async def order_webhook(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    webhook_id: FromPath[int], order: FromPath[str],
) -> Response[Any]:  # fmt: skip
    """test, replay, rotate or delete: once a form."""
    one = await _one(state, viewer, merchant_id, webhook_id)
    form = await request.form()
    call = _order(order, one.id, form_key(form), str(form.get("message", "")))
    try:
        answer = await ask(state, viewer, merchant_id, Action.MANAGE_KEYS, lambda api: api.send(call))
    except ApiProblem as problem:
        return await _card(state, viewer, merchant_id, webhook_id, refused=told(problem))
    if order == "rotate":
        await note(state, viewer, merchant_id, "webhook.rotated", one.url)
        return _secret_page(viewer, merchant_id, one.id, decode(answer, Secret).secret)
    if order == "delete":
        await note(state, viewer, merchant_id, "webhook.deleted", one.url)
        return Redirect(f"{WEBHOOKS}/{merchant_id}", status_code=303)
    return Redirect(_card_address(merchant_id, webhook_id), status_code=303)


HANDLERS = (
    *(choose_webhooks, list_webhooks, new_webhook, make_webhook),
    *(webhook_card, change_webhook, order_webhook),
)
