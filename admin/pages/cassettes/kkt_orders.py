"""Orders to a KKT: a page that asks why, and says what will happen and whether it can be undone."""

import secrets
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin import cassette_words
from admin.access import doing
from admin.addresses import kkt_address
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.formatters import format_fn
from admin.page import Crumb, page
from admin.pages.cassettes.kkt_card import PATH, find_slot
from admin.pages.cassettes.listing import cassette_crumbs, moments_of
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.recording import asker, record_once
from admin.refusals import Refusal, told
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.storage.requests import OrderKind

REASON_LETTERS: Final = 500
KEY_LETTERS: Final = 128


def new_form_key() -> str:
    """Made when a form is drawn: sent twice, it orders once."""
    return secrets.token_urlsafe(18)


def given(form: Any, name: str, most: int) -> str:
    """A field of a form as one line without what no database takes; empty when it is missing."""
    value = form.get(name, "")
    return " ".join(value.replace("\0", " ").split())[:most] if isinstance(value, str) else ""


def _kind(text: str) -> OrderKind:
    try:
        kind = OrderKind(text)
    except ValueError:
        raise NotFoundException from None
    if kind is OrderKind.RE_REGISTER:  # that one says what and why: the API takes it whole
        raise NotFoundException
    return kind


async def _asked(
    state: State, viewer: Viewer, merchant_id: int, kkt_id: int, kind: OrderKind, *,
    key: str, reason: str = "", refusal: Refusal | None = None, lacks_reason: bool = False,
) -> Template:  # fmt: skip
    panel: PanelDatabase = state["panel"]
    name = seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        card, slot = await find_slot(db, merchant_id, kkt_id)
    crumbs = [*cassette_crumbs(merchant_id, card), Crumb(format_fn(slot.fn_number), kkt_address(merchant_id, kkt_id))]
    context: dict[str, Any] = {
        "card": card, "slot": slot, "merchant_id": merchant_id, "merchant_name": name, "kind": kind, "key": key,
        "order": cassette_words.ORDERS[kind], "reason": reason, "refusal": refusal, "lacks_reason": lacks_reason,
        "fits": kind in cassette_words.orders_for(slot), "at": moments_of(state),
    }  # fmt: skip
    status = 422 if refusal is not None or lacks_reason else 200
    return page("cassettes/order.html", viewer, "cassettes", crumbs=crumbs, status=status, **context)


@get(PATH + "/{merchant_id:int}/{kkt_id:int}/order/{kind:str}", opt=doing(Action.ORDER_DEVICES))
async def ask_order(
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    kkt_id: FromPath[int],
    kind: FromPath[str],
) -> Template:
    """What is about to be ordered, of which KKT, and what will happen."""
    return await _asked(state, viewer, merchant_id, kkt_id, _kind(kind), key=new_form_key())


@post(PATH + "/{merchant_id:int}/{kkt_id:int}/order/{kind:str}", opt=doing(Action.ORDER_DEVICES))
async def give_order(
    request: Request[Any, Any, State],
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    kkt_id: FromPath[int],
    kind: FromPath[str],
) -> Response[Any]:
    """Hand the order to the server; its answer is on the card of the KKT."""
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    asked, form = _kind(kind), await request.form()
    key, reason = given(form, "key", KEY_LETTERS) or new_form_key(), given(form, "reason", REASON_LETTERS)
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        _, slot = await find_slot(db, merchant_id, kkt_id)
    if not reason:
        return await _asked(state, viewer, merchant_id, kkt_id, asked, key=key, lacks_reason=True)
    try:
        async with errands.run(viewer, merchant_id, Action.ORDER_DEVICES) as api:
            order = await api.order_kkt(str(kkt_id), asked, asked_by=asker(viewer), reason=reason, key=key)
    except ClientError as error:
        return await _asked(state, viewer, merchant_id, kkt_id, asked, key=key, reason=reason, refusal=told(error))
    async with panel.change() as changing:
        await record_once(
            changing, state, viewer, "kkt.ordered", slot.fn_number, order.id,
            after={"order": asked.value, "number": order.id}, reason=reason, merchant_id=merchant_id,
        )  # fmt: skip
    return Redirect(f"{kkt_address(merchant_id, kkt_id)}#orders", status_code=303)


HANDLERS: Final = (ask_order, give_order)
