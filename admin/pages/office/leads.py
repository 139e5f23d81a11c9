"""Leads: who may become a client, what is to be done next about each, and whom nobody cares for."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from accounting.office.leads import OPEN
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import lead_steps, words
from admin.office.addressed import choice_asked
from admin.office.forms import FormRefused, told
from admin.office.lead_steps import MayBeTheSame, may_be_the_same, read_lead
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.page import Crumb, page
from admin.permissions import Action, roles_that_may
from admin.recording import asker, record
from admin.storage.office import leads as stored
from admin.storage.office.leads import Known, LeadEvent
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/leads"
CRUMB: Final = Crumb("Будущие клиенты", PATH)
SHOWN: Final = 500
ENDS: Final = ("deferred", "won", "lost", "merged")
"""States nobody has to do anything about: each is a list of its own."""

_Request = Request[Any, Any, State]


@get(PATH, opt=doing(Action.WORK_ON_LEADS))
async def pipeline(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Open leads by their state in the order of the way, or those of one state."""
    shown = choice_asked(request.query_params, "state", ENDS)
    states = OPEN if shown is None else (shown,)
    async with look(state, viewer) as db:
        found = await stored.list_leads(db, states, today(state), SHOWN)
    marked = lead_steps.marked(found, today(state))
    stages = [(one, [lead for lead in marked if lead.one.state == one]) for one in states]
    return page(
        "office/leads.html", viewer, "clients", stages=stages, ends=ENDS, shown=shown, steps=lead_steps,
        neglected=sum(lead.neglected for lead in marked), today=today(state), is_cut=len(found) == SHOWN,
    )  # fmt: skip


def _form(
    viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None, same: list[tuple[Known, str]]
) -> Template:
    return page(
        "office/new_lead.html", viewer, "clients", crumbs=[CRUMB], status=422 if error or same else 200, error=error,
        form=form, same=same, steps=lead_steps, words=words,
    )  # fmt: skip


@get(f"{PATH}/new", opt=doing(Action.WORK_ON_LEADS))
async def new_lead(viewer: NamedDependency[Viewer]) -> Template:
    """An empty form."""
    return _form(viewer, same=[])


@post(f"{PATH}/new", opt=doing(Action.WORK_ON_LEADS))
async def add_lead(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Written down and given to the one whose turn it is; who may be the same is named first."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number, event_id = (await panel.ids()).take(2)
    try:
        new = read_lead(form, today(state))
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            same = may_be_the_same(new, await stored.known(db))
            if same and form.get("despite") != "1":
                raise MayBeTheSame(same)
            owner = await stored.next_owner(db, roles_that_may(Action.WORK_ON_LEADS), today(state))
            new = msgspec.structs.replace(new, owner_id=owner)
            await stored.add_lead(db, number, new, today(state), clock.now(), viewer.person_id)
            event = LeadEvent(clock.now(), asker(viewer), "create", "new", new.features)
            await stored.add_event(db, event_id, number, event, viewer.person_id)
            await record(db, state, viewer, "lead.added", new.organisation_name or new.name, after=told(new))
    except MayBeTheSame as known:
        return _form(viewer, form=form, same=known.found)
    except FormRefused as refused:
        return _form(viewer, error=str(refused), form=form, same=[])
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (pipeline, new_lead, add_lead)
