"""The wizard that adds a KKT: find what is plugged in, fill in its papers, register it, see what came of it.

Each step has an address. The steps that act are orders to a node through the API; their answers are looked for until
they are there, and stay where they are after a reload.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from accounting.receipts.cases.merchant import stored_rules
from admin import cassette_words
from admin.access import doing
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.page import Crumb, page, part
from admin.pages.cassettes.kkt_orders import KEY_LETTERS, REASON_LETTERS, given, new_form_key
from admin.pages.cassettes.listing import LAST_ID, LIST, moments_of
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.recording import asker, record_once
from admin.refusals import Refusal, told
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.client.types import DeviceOrder
from fiscal_server.storage.cassette_cards import SlotCard, read_cassettes
from fiscal_server.storage.device_orders import DeviceOrderRow, KktPapers, list_device_orders
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.nodes import NodeRow, list_nodes
from fiscal_server.storage.pool import ReadConnection
from kkt_drivers.ffd.rnm import is_registration_number

PATH: Final = "/cassettes/{merchant_id:int}/new"
SEEN_WITHIN: Final = timedelta(seconds=60)
"""A node that has been silent for longer is not offered."""
_LETTERS: Final = 256
_FIELDS: Final = ("address", "ofd_address", "registration_number", "serial", "ofd_inn", "ofd_name", "cassette")

_Request = Request[Any, Any, State]


def new_address(merchant_id: int, *steps: object) -> str:
    """A step of the wizard."""
    return "/".join([f"/cassettes/{merchant_id}/new", *map(str, steps)])


def slot_at(slots: Iterable[SlotCard], address: str, fn_number: str = "") -> SlotCard | None:
    """The slot that has not ended with this FN or, while nobody knows which FN is there, at this address.

    What stands behind ``?`` is no part of the place.
    """
    place = address.partition("?")[0]
    at_work = [slot for slot in slots if slot.state != "CLOSED"]
    if fn_number:
        return next((slot for slot in at_work if slot.fn_number == fn_number), None)
    return next((slot for slot in at_work if place and slot.address.partition("?")[0] == place), None)


class Beginning(msgspec.Struct, frozen=True):
    """What the form needs to know of a merchant."""

    name: str
    inn: str
    nodes: list[NodeRow]
    cassettes: list[str]
    slots: list[SlotCard]

    def slot_at(self, address: str) -> SlotCard | None:
        """The slot whose KKT is at this address."""
        return slot_at(self.slots, address)

    @property
    def ofd_address(self) -> str:
        """Of the operator that the newest slot delivers to."""
        newest = max(self.slots, key=lambda slot: slot.id, default=None)
        return "" if newest is None else newest.ofd_address


async def _begin(state: State, viewer: Viewer, merchant_id: int) -> Beginning:
    panel: PanelDatabase = state["panel"]
    now, name = moments_of(state).now, seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        merchant = await read_merchant(db, merchant_id)
        cards = await read_cassettes(db, [merchant_id])
        nodes = [
            one for one in await list_nodes(db)
            if one.stopped_at is None and not one.draining and now - one.seen_at < SEEN_WITHIN
        ]  # fmt: skip
    slots = [slot for card in cards for slot in card.slots]
    return Beginning(
        name, stored_rules(merchant.rules).inn or "", nodes, [card.name for card in cards] or ["main"], slots
    )


async def _form(
    state: State, viewer: Viewer, merchant_id: int, typed: Mapping[str, str], *,
    key: str, wrong: Mapping[str, str] | None = None, refusal: Refusal | None = None,
) -> Template:  # fmt: skip
    beginning = await _begin(state, viewer, merchant_id)
    failed = bool(wrong) or refusal is not None
    usual = {"cassette": beginning.cassettes[0], "ofd_address": beginning.ofd_address, "reason": say("новая касса")}
    return page(
        "cassettes/new.html", viewer, "cassettes", crumbs=[LIST], status=422 if failed else 200, key=key,
        merchant_id=merchant_id, begun=beginning, typed={**usual, **{k: v for k, v in typed.items() if v}},
        wrong=wrong or {}, refusal=refusal, known=beginning.slot_at(typed.get("address", "")),
    )  # fmt: skip


@get(PATH, opt=doing(Action.ADD_KKTS))
async def new_kkt(
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    address: FromQuery[str | None] = None,
    node: FromQuery[str | None] = None,
) -> Template:
    """Where to look for it, and the papers; ``address`` and ``node`` of a device that was found."""
    typed = {"address": (address or "")[:_LETTERS], "node": (node or "")[:4]}
    return await _form(state, viewer, merchant_id, typed, key=new_form_key())


def _node(form: Mapping[str, Any], begun: Beginning) -> int | None:
    asked = given(form, "node", 4)
    return next((one.number for one in begun.nodes if str(one.number) == asked), None)


async def _order(state: State, viewer: Viewer, merchant_id: int, kind: str, **order: Any) -> DeviceOrder:
    """Raises ClientError."""
    errands: Errands = state["errands"]
    panel: PanelDatabase = state["panel"]
    async with errands.run(viewer, merchant_id, Action.ADD_KKTS) as api:
        done = await api.order_device(kind, asked_by=asker(viewer), **order)
    async with panel.change() as db:
        after = {"order": kind, "node": done.node, "number": done.id}
        await record_once(
            db, state, viewer, "kkt.added" if kind == "add_kkt" else "devices.looked_for",
            order.get("kkt", {}).get("address", ""), done.id, after=after, reason=order["reason"],
            merchant_id=merchant_id,
        )  # fmt: skip
    return done


@post(PATH + "/find", opt=doing(Action.ADD_KKTS))
async def find(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Response[Any]:
    """Let a node ask its free ports whether an FN answers."""
    begun, form = await _begin(state, viewer, merchant_id), await request.form()
    key, node = given(form, "key", KEY_LETTERS) or new_form_key(), _node(form, begun)
    if node is None:
        return await _form(state, viewer, merchant_id, {}, key=key, wrong={"node": "выберите узел, который работает"})
    try:
        order = await _order(state, viewer, merchant_id, "find_devices", node=node, key=key, reason=say("новая касса"))
    except ClientError as error:
        return await _form(state, viewer, merchant_id, {}, key=key, refusal=told(error))
    return Redirect(new_address(merchant_id, order.id), status_code=303)


def read_papers(form: Mapping[str, Any], inn: str) -> tuple[dict[str, str], KktPapers | None, dict[str, str]]:
    """As typed; as ordered, None when something is wrong; what is wrong, by field."""
    typed = {name: given(form, name, _LETTERS) for name in (*_FIELDS, "reason", "node")}
    wrong = {name: "заполните это поле" for name in (*_FIELDS, "reason") if not typed[name]}
    number, serial = typed["registration_number"], typed["serial"]
    if number and serial and not is_registration_number(number, inn, serial):
        wrong["registration_number"] = "номер не сходится с ИНН организации и заводским номером: проверьте все три"
    if form.get("sure") != "1":
        wrong["sure"] = "подтвердите, что данные проверены"
    papers = None if wrong else msgspec.convert({name: typed[name] for name in _FIELDS}, KktPapers)
    return typed, papers, wrong


@post(PATH, opt=doing(Action.ADD_KKTS))
async def add_kkt(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Response[Any]:
    """Order the registration; what came of it has an address of its own."""
    begun, form = await _begin(state, viewer, merchant_id), await request.form()
    key, node = given(form, "key", KEY_LETTERS) or new_form_key(), _node(form, begun)
    typed, papers, wrong = read_papers(form, begun.inn)
    if node is None:
        wrong["node"] = "выберите узел, который работает"
    if papers is None or node is None:
        return await _form(state, viewer, merchant_id, typed, key=key, wrong=wrong)
    reason = typed["reason"][:REASON_LETTERS]
    try:
        order = await _order(
            state, viewer, merchant_id, "add_kkt", node=node, key=key, reason=reason, kkt=msgspec.to_builtins(papers)
        )
    except ClientError as error:
        return await _form(state, viewer, merchant_id, typed, key=key, refusal=told(error))
    return Redirect(new_address(merchant_id, order.id), status_code=303)


async def _found(db: ReadConnection, merchant_id: int, order_id: int) -> tuple[DeviceOrderRow, list[SlotCard]]:
    """An order to a node, and the slots of the merchant."""
    rows = await list_device_orders(db, merchant_id, order_id) if 0 < order_id <= LAST_ID else []
    if not rows:
        raise NotFoundException
    return rows[0], [slot for card in await read_cassettes(db, [merchant_id]) for slot in card.slots]


def _slots_of(order: DeviceOrderRow, slots: list[SlotCard]) -> dict[str, SlotCard]:
    """By address: the slots of the devices that were found, or of the KKT that joined or would not."""
    done = (order.answer or {}).get("done") or {}
    if order.kind == "add_kkt":
        asked = [(order.details["address"], done.get("fn_number", ""))]
    else:
        asked = [(one["address"], (one["fn"] or {}).get("fn_number", "")) for one in done.get("devices", ())]
    found = {address: slot_at(slots, address, number) for address, number in asked}
    return {address: slot for address, slot in found.items() if slot is not None}


@get(PATH + "/{order_id:int}", opt=doing(Action.ADD_KKTS))
async def new_kkt_answer(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    order_id: FromPath[int],
) -> Template:
    """What the node answered: devices to choose from, or the KKT that was added; asked again until it is there."""
    panel: PanelDatabase = state["panel"]
    name, at = seen_merchant(viewer, merchant_id), moments_of(state)
    async with panel.look([merchant_id]) as db:
        order, slots = await _found(db, merchant_id, order_id)
    context: dict[str, Any] = {
        "order": order, "slots": _slots_of(order, slots), "merchant_id": merchant_id, "merchant_name": name, "at": at,
        "late": order.finished_at is None and at.now - order.created_at > cassette_words.UNHEARD_AFTER,
        "told": cassette_words,
    }  # fmt: skip
    if request.headers.get("x-part"):
        return part(request, "cassettes/new_answer.html", viewer, "cassettes", **context)
    crumbs = [LIST, Crumb("Новая касса", new_address(merchant_id))]
    return page("cassettes/new_waits.html", viewer, "cassettes", crumbs=crumbs, **context)


HANDLERS: Final = (new_kkt, find, add_kkt, new_kkt_answer)
