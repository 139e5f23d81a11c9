"""The card of a lead: what is known, its story, its next step; and the step that makes it a client."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.leads import steps_from
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import lead_steps
from admin.office.forms import FormRefused, choice_of, told
from admin.office.intake import CannotConvert, Who, convert
from admin.office.lead_steps import (
    MayBeTheSame,
    marked,
    next_action_of,
    read_details,
    refuse_nobody,
    take_step,
    twins_of,
)
from admin.office.looking import change, look, moments, today
from admin.office.meanwhile import refuse_if_changed
from admin.page import page
from admin.pages.office.leads import CRUMB, PATH
from admin.permissions import Action, roles_that_may
from admin.recording import asker, record
from admin.storage.office import leads, organisations, prices
from admin.storage.office.leads import Known
from admin.storage.office.organisations import OfficePerson
from admin.storage.office.prices import PriceFor
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

_Request = Request[Any, Any, State]


async def _card(
    state: State, viewer: Viewer, number: int, *, error: str | None = None, form: FormMultiDict | None = None,
    same: list[tuple[Known, str]] | None = None,
) -> Template:  # fmt: skip
    async with look(state, viewer) as db:
        lead = await leads.lead_by_id(db, number, today(state))
        if lead is None:
            raise NotFoundException
        events = await leads.events_of_lead(db, number)
        leading = await _leading(db)
        saved = await prices.prices_of(db, PriceFor(lead_id=number))
        possible = steps_from(lead.state)
        twins = twins_of(lead, await leads.known(db)) if "merge" in possible else []
    (one,) = marked([lead], today(state))
    return page(
        "office/lead.html", viewer, "clients", crumbs=[CRUMB], status=422 if error or same else 200, one=lead,
        neglected=one.neglected, events=events, possible=possible, steps=lead_steps, at=moments(state),
        leading=leading, prices=saved, twins=twins, error=error, form=form,
        same=same,
    )  # fmt: skip


def _who(state: State, viewer: Viewer) -> Who:
    clock: Clock = state["clock"]
    return Who(person_id=viewer.person_id, person=asker(viewer), today=today(state), now=clock.now())


@get(f"{PATH}/{{number:int}}", opt=doing(Action.WORK_ON_LEADS))
async def lead_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """The card."""
    return await _card(state, viewer, number)


@post(f"{PATH}/{{number:int}}/move", opt=doing(Action.WORK_ON_LEADS))
async def move(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """A step, with what it needs."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    step = str(form.get("step", ""))
    event_id = await panel.new_id()
    try:
        async with change(state, viewer) as db:
            lead = await take_step(db, event_id, number, step, form, _who(state, viewer))
            if lead is None:
                raise NotFoundException
            before, after = {"state": lead.state}, {"step": step}
            await record(db, state, viewer, "lead.moved", lead.title, before=before, after=after)
    except FormRefused as refused:
        return await _card(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/next", opt=doing(Action.WORK_ON_LEADS))
async def set_next(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """What is to be done next, and when."""
    form = await request.form()
    try:
        what, on = next_action_of(form)
        async with change(state, viewer) as db:
            lead = await leads.lock_lead(db, number, today(state))
            if lead is None:
                raise NotFoundException
            refuse_if_changed(form, lead_steps.kept_next(lead))
            await leads.set_next_action(db, number, what, on)
    except FormRefused as refused:
        return await _card(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/details", opt=doing(Action.WORK_ON_LEADS))
async def set_details(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """What was learned since: names, how they are reached, what is wanted and from when, the consent."""
    form = await request.form()
    try:
        details = read_details(form, today(state))
        async with change(state, viewer) as db:
            lead = await leads.lock_lead(db, number, today(state))
            if lead is None:
                raise NotFoundException
            refuse_if_changed(form, lead_steps.kept_details(lead), labels={"name": "Имя"})
            refuse_nobody(details, lead.organisation_name)
            same = lead_steps.reached_like(lead, details, await leads.known(db))
            if same and form.get("despite") != "1":
                raise MayBeTheSame(same)
            await leads.change_details(db, number, details)
            before = {name: told(lead).get(name) for name in told(details)}
            await record(db, state, viewer, "lead.changed", lead.title, before=before, after=told(details))
    except MayBeTheSame as known:
        return await _card(state, viewer, number, form=form, same=known.found)
    except FormRefused as refused:
        return await _card(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/{{number:int}}/owner", opt=doing(Action.WORK_ON_LEADS))
async def give(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Somebody else leads it: one of those who take clients in."""
    form = await request.form()
    try:
        async with change(state, viewer) as db:
            lead = await leads.lock_lead(db, number, today(state))
            if lead is None:
                raise NotFoundException
            names = {str(one.id): one.name for one in await _leading(db)}
            person = choice_of(form, "owner", names)
            kept = {"owner": str(lead.owner_id or "")}
            refuse_if_changed(form, kept, labels={"owner": "Кто ведёт"}, shown={"owner": lead.owner or ""})
            await leads.set_owner(db, number, int(person))
            before, after = {"owner": lead.owner}, {"owner": names[person]}
            await record(db, state, viewer, "lead.moved", lead.title, before=before, after=after)
    except FormRefused as refused:
        return await _card(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


async def _leading(db: ReadConnection | WriteConnection) -> list[OfficePerson]:
    roles = set(roles_that_may(Action.WORK_ON_LEADS))
    return [one for one in await organisations.people_of_the_office(db) if roles & set(one.roles)]


@post(f"{PATH}/{{number:int}}/convert", opt=doing(Action.WORK_ON_LEADS))
async def make_client(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Organisation, contact, draft contract and intake at once; a second time leads to the same."""
    panel: PanelDatabase = state["panel"]
    ids = await panel.ids()
    try:
        async with change(state, viewer) as db:
            made = await convert(db, ids.take, number, _who(state, viewer))
            if made is None:
                raise NotFoundException
            if made.is_new:
                await record(db, state, viewer, "lead.converted", str(made.organisation_id))
    except CannotConvert as refused:
        return await _card(state, viewer, number, error=str(refused))
    return Redirect(f"/clients/{made.organisation_id}", status_code=303)


HANDLERS: Final = (lead_card, move, set_next, set_details, give, make_client)
