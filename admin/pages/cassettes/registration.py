"""Changing the registration data of a KKT: read what is registered, fill in what changes and why, see what came of it.

Each step has an address. What is registered the register itself says; the form is held against that before it is sent.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin import cassette_words, registration_words
from admin.access import doing
from admin.addresses import kkt_address
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.formatters import format_fn
from admin.page import Crumb, page, part
from admin.pages.cassettes.kkt_card import PATH, find_slot
from admin.pages.cassettes.kkt_orders import KEY_LETTERS, REASON_LETTERS, given, new_form_key
from admin.pages.cassettes.listing import LAST_ID, cassette_crumbs, moments_of
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.recording import asker, record_once
from admin.refusals import told
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.cassette.registration_change import judge
from fiscal_server.client.errors import ClientError
from fiscal_server.storage.registration_changes import Reason, RegistrationChange
from fiscal_server.storage.requests import OrderKind, OrderRow, list_orders
from kkt_drivers.kkt import Registered

_PLACE: Final = PATH + "/{merchant_id:int}/{kkt_id:int}/registration"
_LETTERS: Final = 256
TEXTS: Final = ("user_name", "address", "place", "ofd_inn", "ofd_name", "ofd_address", "sender_email")
_Request = Request[Any, Any, State]


def _address(merchant_id: int, kkt_id: int, *steps: object) -> str:
    return "/".join([f"{kkt_address(merchant_id, kkt_id)}/registration", *map(str, steps)])


async def _page(
    request: _Request, state: State, viewer: Viewer, merchant_id: int, kkt_id: int, order_id: int | None = None, *,
    status: int = 200, **given_context: Any,
) -> Template:  # fmt: skip
    panel: PanelDatabase = state["panel"]
    name, at = seen_merchant(viewer, merchant_id), moments_of(state)
    async with panel.look([merchant_id]) as db:
        card, slot = await find_slot(db, merchant_id, kkt_id)
        rows = await list_orders(db, merchant_id, kkt_id, order_id) if order_id and order_id <= LAST_ID else []
    order = rows[0] if rows else None
    if order_id is not None and (order is None or order.kind not in _KINDS):
        raise NotFoundException
    registered = None if order is None else _registered(order)
    typed = given_context.pop("typed", None)
    if typed is None and registered is not None:
        typed = {**msgspec.to_builtins(registered.parameters), "ofd_address": slot.ofd_address, "reasons": []}
    context: dict[str, Any] = {
        "order": order, "slot": slot, "merchant_id": merchant_id, "merchant_name": name, "at": at, "typed": typed,
        "registered": registered, "here": _address(merchant_id, kkt_id), "reasons": registration_words.CHANGE_REASONS,
        "taxes": registration_words.TAXATION_BITS, "answer": None if order is None else cassette_words.answer_of(
            order, at.now), "key": new_form_key(), "wrong": {}, "refusal": None, "question": None, **given_context,
    }  # fmt: skip
    if registered is not None and context["question"]:
        parameters = registered.parameters
        context["differences"] = registration_words.differences(parameters, slot.ofd_address, typed)
    if request.headers.get("x-part"):
        return part(request, "cassettes/registration_part.html", viewer, "cassettes", **context)
    crumbs = [*cassette_crumbs(merchant_id, card), Crumb(format_fn(slot.fn_number), kkt_address(merchant_id, kkt_id))]
    return page("cassettes/registration.html", viewer, "cassettes", crumbs=crumbs, status=status, **context)


_KINDS: Final = (OrderKind.READ_REGISTRATION, OrderKind.RE_REGISTER)


def _registered(order: OrderRow) -> Registered | None:
    """What the register said it is registered with, when the order asked for that."""
    found = ((order.answer or {}).get("done") or {}).get("registered")
    return None if found is None else msgspec.convert(found, Registered)


@get(_PLACE, opt=doing(Action.ADD_KKTS))
async def registration(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], kkt_id: FromPath[int]
) -> Template:
    """What will happen, and the button that has the registration read."""
    return await _page(request, state, viewer, merchant_id, kkt_id)


@post(_PLACE, opt=doing(Action.ADD_KKTS))
async def read_registration(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], kkt_id: FromPath[int]
) -> Response[Any]:
    """Have the register say what it is registered with."""
    errands: Errands = state["errands"]
    key = given(await request.form(), "key", KEY_LETTERS) or new_form_key()
    seen_merchant(viewer, merchant_id)
    try:
        async with errands.run(viewer, merchant_id, Action.ADD_KKTS) as api:
            order = await api.order_kkt(
                str(kkt_id), "read_registration", asked_by=asker(viewer), reason=say("изменение данных"), key=key
            )
    except ClientError as error:
        return await _page(request, state, viewer, merchant_id, kkt_id, status=422, refusal=told(error))
    return Redirect(_address(merchant_id, kkt_id, order.id), status_code=303)


@get(_PLACE + "/{order_id:int}", opt=doing(Action.ADD_KKTS))
async def registration_answer(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    kkt_id: FromPath[int],
    order_id: FromPath[int],
) -> Template:
    """The form with what is registered, or what came of a change; asked again until it is there."""
    return await _page(request, state, viewer, merchant_id, kkt_id, order_id)


def read_change(
    form: Mapping[str, Any], registered: Registered
) -> tuple[dict[str, Any], RegistrationChange | None, dict[str, str]]:
    """As typed; as ordered, None when something is wrong; what is wrong, by field."""
    typed: dict[str, Any] = {name: given(form, name, _LETTERS) for name in (*TEXTS, "why")}
    typed["taxation_systems"] = sum(bit for bit in registration_words.TAXATION_BITS if form.get(f"tax{bit}") == "1")
    typed["internet_only"] = form.get("internet_only") == "1"
    typed["reasons"] = [one.value for one in Reason if form.get(f"reason_{one.value}") == "1"]
    wrong = {name: "заполните это поле" for name in (*TEXTS, "why") if not typed[name]}
    if not typed["reasons"]:
        wrong["reasons"] = "выберите причину"
    if not typed["taxation_systems"]:
        wrong["taxation_systems"] = "заполните это поле"
    if wrong:
        return typed, None, wrong
    try:
        change = msgspec.convert(
            {name: typed[name] for name in RegistrationChange.__struct_fields__}, RegistrationChange
        )
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`")
        return typed, None, {field if field in TEXTS else "reasons": "это значение не подходит: проверьте его"}
    judged = judge(registered, change)
    if judged.missing:
        wrong["reasons"] = "названы не все причины: отметьте причину каждого изменения"
    elif judged.idle:
        wrong["reasons"] = "отмечена причина, для которой ничего не изменено"
    elif judged.too_many:
        wrong["reasons"] = "формат 1.05 принимает одну причину: изменяйте по очереди"
    elif judged.unwritable:
        wrong["reasons"] = "такие данные не записать в документ: проверьте знаки и длину"
    return typed, None if wrong else change, wrong


@post(_PLACE + "/{order_id:int}", opt=doing(Action.ADD_KKTS))
async def change_registration(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    kkt_id: FromPath[int],
    order_id: FromPath[int],
) -> Response[Any]:
    """Check what was typed, ask once more with the register's name, then order it."""
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    form = await request.form()
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        _, slot = await find_slot(db, merchant_id, kkt_id)
        rows = await list_orders(db, merchant_id, kkt_id, order_id) if order_id <= LAST_ID else []
    registered = _registered(rows[0]) if rows else None
    if registered is None:
        raise NotFoundException
    key = given(form, "key", KEY_LETTERS) or new_form_key()
    typed, change, wrong = read_change(form, registered)
    again: dict[str, Any] = {"typed": typed, "key": key}
    if change is None:
        return await _page(request, state, viewer, merchant_id, kkt_id, order_id, status=422, wrong=wrong, **again)
    if form.get("sure") != "1":
        return await _page(request, state, viewer, merchant_id, kkt_id, order_id, question=typed["reasons"], **again)
    plain, reason = msgspec.to_builtins(change), typed["why"][:REASON_LETTERS]
    try:
        async with errands.run(viewer, merchant_id, Action.ADD_KKTS) as api:
            order = await api.change_registration(str(kkt_id), plain, asked_by=asker(viewer), reason=reason, key=key)
    except ClientError as error:
        refusal = told(error)
        return await _page(request, state, viewer, merchant_id, kkt_id, order_id, status=422, refusal=refusal, **again)
    before = {name: value for name, value in msgspec.to_builtins(registered.parameters).items() if name in plain}
    async with panel.change() as changing:
        await record_once(
            changing, state, viewer, "kkt.registration_changed", slot.fn_number, order.id, before=before,
            after={**plain, "number": order.id},
            reason=reason, merchant_id=merchant_id,
        )  # fmt: skip
    return Redirect(_address(merchant_id, kkt_id, order.id), status_code=303)


HANDLERS: Final = (registration, read_registration, registration_answer, change_registration)
