"""The wizard that adds a KKT: find what is plugged in, fill in its papers, register it, see what came of it.

Each step has an address. The steps that act are orders to a node through the API; their answers are looked for until
they are there, and stay where they are after a reload.
"""

from collections.abc import Mapping
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
from admin import cassette_words, registration_words
from admin.access import doing
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.navigation import address
from admin.page import Crumb, page, part
from admin.pages.cassettes.kkt_orders import KEY_LETTERS, REASON_LETTERS, given, new_form_key
from admin.pages.cassettes.listing import LAST_ID, LIST, moments_of
from admin.pages.cassettes.papers import LETTERS, read_papers
from admin.pages.cassettes.places import replaceable, slot_at
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.recording import asker, record_once
from admin.refusals import Refusal, told
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.client.types import DeviceOrder
from fiscal_server.storage.cassette_cards import SlotCard, read_cassettes
from fiscal_server.storage.device_orders import DeviceOrderRow, list_device_orders
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.nodes import NodeRow, list_nodes
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.requests import registration_as_told

PATH: Final = "/cassettes/{merchant_id:int}/new"
SEEN_WITHIN: Final = timedelta(seconds=60)
"""A node that has been silent for longer is not offered."""

_Request = Request[Any, Any, State]


def new_address(merchant_id: int, *steps: object) -> str:
    """A step of the wizard."""
    return "/".join([f"/cassettes/{merchant_id}/new", *map(str, steps)])


class Beginning(msgspec.Struct, frozen=True):
    """What the form needs to know of a merchant; ``old``: whose FN has ended and is to be replaced."""

    name: str
    inn: str
    nodes: list[NodeRow]
    cassettes: list[str]
    slots: list[SlotCard]
    old: SlotCard | None
    usual: dict[str, Any]
    """What the form begins with."""

    def slot_at(self, address: str) -> SlotCard | None:
        """The slot whose KKT is at this address."""
        return slot_at(self.slots, address)


async def _begin(state: State, viewer: Viewer, merchant_id: int, replaces: str = "") -> Beginning:
    panel: PanelDatabase = state["panel"]
    now, name = moments_of(state).now, seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        merchant = await read_merchant(db, merchant_id)
        cards = await read_cassettes(db, [merchant_id])
        slots = [slot for card in cards for slot in card.slots]
        old = replaceable(slots, replaces)
        told = {} if old is None else await registration_as_told(db, merchant_id, old.id)
        nodes = [
            one for one in await list_nodes(db)
            if one.stopped_at is None and not one.draining and now - one.seen_at < SEEN_WITHIN
        ]  # fmt: skip
    newest = max(slots, key=lambda slot: slot.id, default=None)
    usual = {
        "cassette": cards[0].name if cards else "main", "reason": say("новая касса"),
        "ofd_address": "" if newest is None else newest.ofd_address,
    }  # fmt: skip
    if old is not None:
        usual |= {
            "cassette": next(card.name for card in cards if old in card.slots), "reason": say("замена памяти"),
            "ofd_address": old.ofd_address, "registration_number": old.registration_number,
            **registration_words.papers(told),
        }  # fmt: skip
    names = [card.name for card in cards] or ["main"]
    return Beginning(name, stored_rules(merchant.rules).inn or "", nodes, names, slots, old, usual)


async def _form(
    state: State, viewer: Viewer, merchant_id: int, typed: Mapping[str, Any], *,
    key: str, wrong: Mapping[str, str] | None = None, refusal: Refusal | None = None,
) -> Template:  # fmt: skip
    beginning = await _begin(state, viewer, merchant_id, typed.get("replaces", ""))
    failed = bool(wrong) or refusal is not None
    return page(
        "cassettes/new.html", viewer, "cassettes", crumbs=[LIST], status=422 if failed else 200, key=key,
        merchant_id=merchant_id, begun=beginning, typed={**beginning.usual, **{k: v for k, v in typed.items() if v}},
        wrong=wrong or {}, refusal=refusal, known=beginning.slot_at(typed.get("address", "")),
        reasons=registration_words.REPLACEMENT_REASONS,
    )  # fmt: skip


@get(PATH, opt=doing(Action.ADD_KKTS))
async def new_kkt(
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    address: FromQuery[str | None] = None,
    node: FromQuery[str | None] = None,
    replaces: FromQuery[str | None] = None,
) -> Template:
    """Where to look for it, and the papers; ``address`` and ``node`` of a device that was found.

    ``replaces``: number of the FN that has ended in the same KKT.
    """
    asked = {"address": address, "node": node, "replaces": replaces}
    typed = {name: (value or "")[:LETTERS] for name, value in asked.items()}
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
    typed = {"replaces": given(form, "replaces", LETTERS)}
    if node is None:
        wrong = {"node": "выберите узел, который работает"}
        return await _form(state, viewer, merchant_id, typed, key=key, wrong=wrong)
    try:
        order = await _order(state, viewer, merchant_id, "find_devices", node=node, key=key, reason=say("новая касса"))
    except ClientError as error:
        return await _form(state, viewer, merchant_id, typed, key=key, refusal=told(error))
    return Redirect(address(new_address(merchant_id, order.id), **typed), status_code=303)


@post(PATH, opt=doing(Action.ADD_KKTS))
async def add_kkt(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Response[Any]:
    """Order the registration; what came of it has an address of its own."""
    begun, form = await _begin(state, viewer, merchant_id), await request.form()
    key, node = given(form, "key", KEY_LETTERS) or new_form_key(), _node(form, begun)
    typed, papers, wrong = read_papers(form, begun.inn, begun.slots)
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


def _ended(order: DeviceOrderRow, slots: list[SlotCard]) -> SlotCard | None:
    """The slot whose FN would have to be replaced by the KKT that was refused as a new one."""
    if order.kind != "add_kkt" or "replaces" in order.details:
        return None
    number = order.details["registration_number"]
    ended = [slot for slot in slots if slot.registration_number == number]
    return replaceable(slots, ended[-1].fn_number) if ended else None


@get(PATH + "/{order_id:int}", opt=doing(Action.ADD_KKTS))
async def new_kkt_answer(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    order_id: FromPath[int],
    replaces: FromQuery[str | None] = None,
) -> Template:
    """What the node answered: devices to choose from, or the KKT that was added; asked again until it is there."""
    panel: PanelDatabase = state["panel"]
    name, at = seen_merchant(viewer, merchant_id), moments_of(state)
    async with panel.look([merchant_id]) as db:
        order, slots = await _found(db, merchant_id, order_id)
    context: dict[str, Any] = {
        "order": order, "slots": _slots_of(order, slots), "merchant_id": merchant_id, "merchant_name": name, "at": at,
        "late": order.finished_at is None and at.now - order.created_at > cassette_words.UNHEARD_AFTER,
        "told": cassette_words, "ended": _ended(order, slots), "replaces": (replaces or "")[:LETTERS],
    }  # fmt: skip
    if request.headers.get("x-part"):
        return part(request, "cassettes/new_answer.html", viewer, "cassettes", **context)
    crumbs = [LIST, Crumb("Новая касса", new_address(merchant_id))]
    return page("cassettes/new_waits.html", viewer, "cassettes", crumbs=crumbs, **context)


HANDLERS: Final = (new_kkt, find, add_kkt, new_kkt_answer)
