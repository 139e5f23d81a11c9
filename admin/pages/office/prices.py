"""Prices of serving somebody: answers in, every line explained, kept for ever; and a contract made of one."""

from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.price import differences
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import contract_words, tariff_forms
from admin.office.forms import FormRefused, day_of
from admin.office.intake import Who, draft_of_price
from admin.office.lead_steps import price_is_known
from admin.office.looking import change, look, moments, today
from admin.office.sent_forms import take_form
from admin.office.tariff_forms import plan_of, price_of
from admin.page import Crumb, page
from admin.pages.office.tariffs import CRUMB as TARIFFS
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import catalogue, leads, organisations, prices
from admin.storage.office.catalogue import Tariff
from admin.storage.office.prices import PriceFor, SavedPrice
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

PATH: Final = "/prices"
CRUMB: Final = Crumb("Расчёты цены", PATH)
HOLDS_FOR: Final = timedelta(days=30)
"""How long an offer holds unless somebody says otherwise."""

_Request = Request[Any, Any, State]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """For whom: its name, its card, and what is known of it for the answers."""

    whom: PriceFor
    name: str
    path: str
    known: dict[str, str] = {}


def _number(text: Any) -> int | None:
    found = str(text or "")
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 19 else None


async def _subject(state: State, viewer: Viewer, db: ReadConnection | WriteConnection, given: Any) -> Subject:
    """Raises NotFoundException for a lead or a client that there is not, or that is out of sight."""
    lead_id, client_id = _number(given.get("lead")), _number(given.get("client"))
    if given.get("lead"):
        lead = None
        if lead_id is not None and viewer.may(Action.WORK_ON_LEADS):
            lead = await leads.lead_by_id(db, lead_id, today(state))
        if lead is not None:
            whom = PriceFor(lead_id=lead_id, organisation_id=lead.organisation_id)
            return Subject(
                whom=whom, name=lead.title, path=f"/leads/{lead_id}", known={"a_legal_form": lead.legal_form}
            )
    elif client_id is not None:
        client = await organisations.organisation_by_id(db, client_id)
        if client is not None:
            whom = PriceFor(organisation_id=client_id)
            return Subject(whom=whom, name=client.short_name, path=f"/clients/{client_id}",
                           known={"a_legal_form": client.kind})  # fmt: skip
    raise NotFoundException


@get(PATH, opt=doing(Action.SEE_FEES))
async def list_prices(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The newest ones, of everybody in sight."""
    async with look(state, viewer) as db:
        found = await prices.prices_of(db, PriceFor())
    return page("office/prices.html", viewer, "clients", crumbs=[TARIFFS], prices=found, today=today(state),
                at=moments(state))  # fmt: skip


async def _form(state: State, viewer: Viewer, given: Any, *, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        subject = await _subject(state, viewer, db, given)
        offered = [one for one in await catalogue.newest_tariffs(db) if one.status == "active"]
        before = await prices.prices_of(db, subject.whom, 1)
    one = next((tariff for tariff in offered if tariff.id == _number(given.get("tariff"))), None)
    if one is None and given.get("tariff"):
        error = error or say("Этот тариф больше не действует: выберите другой.")
    one = one or (offered[0] if len(offered) == 1 else None)
    plan, tried = None if one is None else plan_of(one), None
    if plan is not None and given.get("try") and error is None:
        try:
            tried = price_of(plan, given, today(state) + HOLDS_FOR)
        except FormRefused as refused:
            error = str(refused)
    last = {f"a_{name}": value for name, value in before[0].calculation.parameters.items()} if before else {}
    return page(
        "office/new_price.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, subject=subject,
        offered=offered, one=one, plan=plan, tried=tried, error=error, names=contract_words, forms=tariff_forms,
        given=given, defaults={**subject.known, **last}, until=today(state) + HOLDS_FOR,
        hidden={"lead": subject.whom.lead_id, "client": subject.whom.organisation_id, "try": "1",
                "tariff": None if one is None else one.id},
    )  # fmt: skip


@get(f"{PATH}/new", opt=doing(Action.WORK_ON_CONTRACTS))
async def new_price(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Choose a tariff, answer, look at the lines: nothing is kept yet."""
    return await _form(state, viewer, request.query_params)


@post(f"{PATH}/new", opt=doing(Action.WORK_ON_CONTRACTS))
async def save(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Kept as it was worked out; a lead goes on to «посчитали цену»."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number, event_id = (await panel.ids()).take(2)
    try:
        until = day_of(form, "valid_until")
        if until < today(state):
            raise FormRefused(say("Срок предложения уже прошёл."))
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            subject = await _subject(state, viewer, db, form)
            one = await _active(db, _number(form.get("tariff")))
            calculation = price_of(plan_of(one), form, until)
            author = (viewer.person_id, asker(viewer))
            await prices.save_price(db, number, subject.whom, one.id, calculation, clock.now(), author)
            if subject.whom.lead_id is not None:
                await price_is_known(db, event_id, subject.whom.lead_id, calculation, _who(state, viewer))
            fee = {"fee_kopecks": calculation.stages[-1].total_kopecks, "tariff": f"{one.name}, {one.version}"}
            await record(db, state, viewer, "price.saved", subject.name, after=fee)
    except FormRefused as refused:
        return await _form(state, viewer, form, error=str(refused))
    return Redirect(f"{PATH}/{number}", status_code=303)


async def _active(db: WriteConnection, number: int | None) -> Tariff:
    one = None if number is None else await catalogue.tariff_by_id(db, number)
    if one is None or one.status != "active":
        raise FormRefused(say("Этот тариф больше не действует: выберите другой."))
    return one


def _who(state: State, viewer: Viewer) -> Who:
    clock: Clock = state["clock"]
    return Who(person_id=viewer.person_id, person=asker(viewer), today=today(state), now=clock.now())


async def _previous(db: ReadConnection, one: SavedPrice) -> SavedPrice | None:
    """The price that this one took the place of."""
    whom = PriceFor(lead_id=one.lead_id) if one.lead_id else PriceFor(organisation_id=one.organisation_id)
    return next((other for other in await prices.prices_of(db, whom) if other.id < one.id), None)


@get(f"{PATH}/{{number:int}}", opt=doing(Action.SEE_FEES))
async def price(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """As it was, with what it differs in from the one before. It prints as it stands."""
    async with look(state, viewer) as db:
        one = await prices.price_by_id(db, number)
        if one is None:
            raise NotFoundException
        before = await _previous(db, one)
        tariff = await catalogue.tariff_by_id(db, one.tariff_plan_id)
    changed = differences(before.calculation, one.calculation) if before else []
    return page(
        "office/price.html", viewer, "clients", crumbs=[CRUMB], one=one, tariff=tariff, before=before, changed=changed,
        names=contract_words, forms=tariff_forms, today=today(state), at=moments(state),
        labels={} if tariff is None else {p.name: p for p in tariff.plan.parameters},
    )  # fmt: skip


@post(f"{PATH}/{{number:int}}/contract", opt=doing(Action.WORK_ON_CONTRACTS))
async def make_contract(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """A draft with the lines of the price; a second time leads to the same."""
    panel: PanelDatabase = state["panel"]
    ids = await panel.ids()
    async with change(state, viewer) as db:
        one = await prices.price_by_id(db, number)
        if one is None or one.organisation_id is None:
            raise NotFoundException
        contract_id, is_new = await draft_of_price(db, ids.take, one, _who(state, viewer))
        if is_new:
            await record(db, state, viewer, "contract.added", one.subject)
    return Redirect(f"/contracts/{contract_id}", status_code=303)


HANDLERS: Final = (list_prices, new_price, save, price, make_contract)
