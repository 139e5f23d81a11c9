"""The card of a KKT in its slot: the life of its FN, shifts, papers, rotations, orders with their answers."""

from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from admin import cassette_words, registration_words
from admin.access import doing
from admin.database import PanelDatabase
from admin.page import page, part
from admin.pages.cassettes.listing import (
    LAST_ID,
    WAITING,
    alarms_of,
    cassette_crumbs,
    ends_of,
    foresee,
    moments_of,
)
from admin.pages.cassettes.places import replaceable
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.viewer import Viewer
from fiscal_server.storage.cassette_cards import (
    CassetteCard,
    SlotCard,
    cassette_rotations,
    read_cassettes,
    receipts_for_a_person,
)
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.requests import list_orders, registration_as_told
from fiscal_server.storage.shifts import list_shifts

PATH: Final = "/kkts"
ROTATIONS: Final = 10
SHIFTS: Final = 10
ORDERS: Final = 20


async def find_slot(db: ReadConnection, merchant_id: int, kkt_id: int) -> tuple[CassetteCard, SlotCard]:
    """A KKT and the cassette that it stands in. Raises NotFoundException."""
    for card in await read_cassettes(db, [merchant_id]):
        if (slot := card.slot_of(kkt_id)) is not None:
            return card, slot
    raise NotFoundException


@get(PATH + "/{merchant_id:int}/{kkt_id:int}", opt=doing(Action.SEE_CASSETTES))
async def kkt_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], kkt_id: FromPath[int]
) -> Template:
    """Everything about one KKT."""
    panel: PanelDatabase = state["panel"]
    name = seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        card, slot = await find_slot(db, merchant_id, kkt_id)
        outlook = (await foresee(state, db, [merchant_id])).get(card.id)
        rotations = await cassette_rotations(db, merchant_id, card.id, kkt_id=kkt_id, limit=ROTATIONS)
        shifts = await list_shifts(db, merchant_id, before=LAST_ID, fn_number=slot.fn_number, limit=SHIFTS)
        orders = await list_orders(db, merchant_id, kkt_id, limit=ORDERS)
        waiting = await receipts_for_a_person(db, merchant_id, card.id, kkt_id=kkt_id, limit=WAITING)
        registered = registration_words.known(await registration_as_told(db, merchant_id, kkt_id))
    context: dict[str, Any] = {
        "card": card, "slot": slot, "merchant_id": merchant_id, "merchant_name": name, "outlook": outlook,
        "end": ends_of(outlook).get(kkt_id), "alarms": alarms_of(outlook, kkt_id), "rotations": rotations,
        "shifts": shifts, "orders": orders, "waiting": waiting, "at": moments_of(state), "told": cassette_words,
        "registered": registered, "replaceable": replaceable(card.slots, slot.fn_number),
    }  # fmt: skip
    return page("kkt.html", viewer, "cassettes", crumbs=cassette_crumbs(merchant_id, card), **context)


@get(PATH + "/{merchant_id:int}/{kkt_id:int}/orders", opt=doing(Action.SEE_CASSETTES))
async def kkt_orders(
    request: Request[Any, Any, State],
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    kkt_id: FromPath[int],
) -> Template:
    """Where the KKT stands and what came of its last orders: asked again until every order has its answer."""
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        _, slot = await find_slot(db, merchant_id, kkt_id)
        orders = await list_orders(db, merchant_id, kkt_id, limit=ORDERS)
    context = {"slot": slot, "orders": orders, "merchant_id": merchant_id, "at": moments_of(state)}
    return part(request, "cassettes/orders.html", viewer, "cassettes", told=cassette_words, **context)


HANDLERS: Final = (kkt_card, kkt_orders)
