"""Cassettes: those of the merchants in sight, the ones that need a person first; and the page of one."""

from typing import Any, Final

from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from admin import cassette_words
from admin.access import doing
from admin.addresses import cassette_address
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page
from admin.pages.choosing import chosen_merchants, seen_merchant
from admin.pages.today import Foresight
from admin.permissions import Action
from admin.viewer import Viewer
from fiscal_server.cassette.alarms import Alarm
from fiscal_server.cassette.forecast import FnForecast
from fiscal_server.cassette.outlook import Outlook
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage.cassette_cards import (
    CassetteCard,
    cassette_rotations,
    cassettes_by_need,
    read_cassettes,
    receipts_for_a_person,
)
from fiscal_server.storage.pool import ReadConnection

PATH: Final = "/cassettes"
LIST: Final = Crumb("Кассеты", PATH)
CASSETTES_A_PAGE: Final = 8
ROTATIONS: Final = 50
WAITING: Final = 20
LAST_ID: Final = (1 << 63) - 1


def moments_of(state: State) -> Moments:
    """The moment at which a page looks."""
    clock: Clock = state["clock"]
    settings: Settings = state["settings"]
    return Moments(clock.now(), settings.zone)


async def foresee(state: State, db: ReadConnection, merchants: list[int]) -> dict[int, Outlook]:
    """Forecasts and alarms by cassette."""
    foresight: Foresight = state["foresight"]
    outlooks, _ = await foresight.of(db, sorted(set(merchants)))
    return {one.forecast.cassette_id: one for one in outlooks}


def ends_of(outlook: Outlook | None) -> dict[int, FnForecast]:
    """The forecast of each KKT."""
    return {} if outlook is None else {fn.kkt_id: fn for fn in outlook.forecast.fns}


def alarms_of(outlook: Outlook | None, kkt_id: int) -> list[Alarm]:
    """What is to be done about one KKT."""
    return [] if outlook is None else [alarm for alarm in outlook.alarms if alarm.kkt_id == kkt_id]


@get(PATH, opt=doing(Action.SEE_CASSETTES))
async def cassettes(
    state: State,
    viewer: NamedDependency[Viewer],
    merchant: FromQuery[str | None] = None,
    only: FromQuery[str | None] = None,
    number: FromQuery[int] = 1,
) -> Template:
    """A page of cassettes. ``only=need``: those with something to do. ``number``: which page, from 1."""
    panel: PanelDatabase = state["panel"]
    at = moments_of(state)
    chosen, seen = chosen_merchants(viewer, merchant or None)
    async with panel.look(seen) as db:
        found = await cassettes_by_need(db, seen, at.now.date())
    having = {one.merchant_id for one in found}
    needing = sum(one.need > 0 for one in found)
    listed = [one for one in found if one.need] if only == "need" else found
    pages = max(1, -(-len(listed) // CASSETTES_A_PAGE))
    number = min(max(number, 1), pages)
    shown = listed[(number - 1) * CASSETTES_A_PAGE : number * CASSETTES_A_PAGE]
    merchants = [one.merchant_id for one in shown]
    async with panel.look(merchants) as db:
        cards = {card.id: card for card in await read_cassettes(db, merchants)}
        outlooks = await foresee(state, db, merchants) if shown else {}
    return page(
        "cassettes.html", viewer, "cassettes", at=at, chosen=chosen, only=only, number=number, pages=pages,
        cassettes=[cards[one.cassette_id] for one in shown if one.cassette_id in cards], outlooks=outlooks,
        names={one.id: one.name for one in viewer.merchants}, total=len(found), needing=needing, told=cassette_words,
        ends_of=ends_of, without=[one for one in viewer.merchants if one.id in seen and one.id not in having],
    )  # fmt: skip


async def find_cassette(db: ReadConnection, merchant_id: int, cassette_id: int) -> CassetteCard:
    """Raises NotFoundException."""
    found = await read_cassettes(db, [merchant_id], cassette_id) if 0 < cassette_id <= LAST_ID else []
    if not found:
        raise NotFoundException
    return found[0]


def cassette_crumbs(merchant_id: int, card: CassetteCard) -> list[Crumb]:
    """The way back from what belongs to a cassette."""
    return [LIST, Crumb(card.name, cassette_address(merchant_id, card.id))]


@get(PATH + "/{merchant_id:int}/{cassette_id:int}", opt=doing(Action.SEE_CASSETTES))
async def cassette(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], cassette_id: FromPath[int]
) -> Template:
    """One cassette: slots, what is to be done and why, forecast, rules, rotations, receipts that wait for a person."""
    panel: PanelDatabase = state["panel"]
    name = seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        card = await find_cassette(db, merchant_id, cassette_id)
        outlook = (await foresee(state, db, [merchant_id])).get(cassette_id)
        rotations = await cassette_rotations(db, merchant_id, cassette_id, limit=ROTATIONS)
        waiting = await receipts_for_a_person(db, merchant_id, cassette_id, limit=WAITING + 1)
    context: dict[str, Any] = {
        "card": card, "merchant_id": merchant_id, "merchant_name": name, "outlook": outlook, "rotations": rotations,
        "waiting": waiting[:WAITING], "more_wait": len(waiting) > WAITING, "at": moments_of(state),
        "told": cassette_words, "ends_of": ends_of,
    }  # fmt: skip
    return page("cassette.html", viewer, "cassettes", crumbs=[LIST], **context)


HANDLERS: Final = (cassettes, cassette)
