"""What clients have to pay in a month, and how far telling them is; a new sum for an obligation."""

from datetime import date
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.navigation import address
from admin.office.addressed import choice_asked
from admin.office.forms import FormRefused, number_of, told
from admin.office.looking import change, look, moments, today
from admin.office.months import month_asked
from admin.office.sent_forms import take_form
from admin.office.slip_forms import STATES, read_slip, standing_of
from admin.page import Crumb, page
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import organisations, slips
from admin.storage.office.slips import Place
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/slips"
CRUMB: Final = Crumb("Платёжки клиентов", PATH)
SLIPS_A_PAGE: Final = 100
_SHOWN: Final = {key: STATES[key] for key in ("draft", "published", "paid")}
_CHOOSABLE: Final = 2000
"""Clients in the list of a form."""

_Request = Request[Any, Any, State]


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def list_slips(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of them by day and client."""
    query = request.query_params
    month = month_asked(query.get("month"), today(state))
    wanted = choice_asked(query, "state", _SHOWN)
    place = _read_place(query.get("behind"))
    async with look(state, viewer) as db:
        found = await slips.slips_between(
            db, month.first, month.last, state=wanted, place=place, limit=SLIPS_A_PAGE + 1
        )
    shown = found[:SLIPS_A_PAGE]
    following = None
    if len(found) > SLIPS_A_PAGE:
        following = address(PATH, month=month.key, state=wanted, behind=_write_place(shown[-1].place()))
    return page(
        "office/slips.html", viewer, "clients", slips=shown, month=month, states=_SHOWN,
        wanted=wanted, following=following, is_first=place is None, standing_of=standing_of, today=today(state),
        may_mail=state["notice_work"].may_send, at=moments(state),
    )  # fmt: skip


def _write_place(place: Place) -> str:
    return f"{place[0].isoformat()} {place[2]} {place[1]}"


def _read_place(text: str | None) -> Place | None:
    day, _, rest = (text or "").partition(" ")
    number, _, name = rest.partition(" ")
    try:
        return date.fromisoformat(day), name.replace("\0", ""), int(number[:18])
    except ValueError:
        return None


async def _form(
    state: State,
    viewer: Viewer,
    client_id: int | None,
    *,
    error: str | None = None,
    form: FormMultiDict | None = None,
) -> Template:
    async with look(state, viewer) as db:
        clients = await organisations.clients_by_name(db, None, _CHOOSABLE)
        chosen = None if client_id is None else await organisations.organisation_by_id(db, client_id)
        if client_id is not None and chosen is None:
            raise NotFoundException
        payable = await slips.payable_obligations(db, client_id, today(state)) if client_id is not None else []
    return page(
        "office/new_slip.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, clients=clients,
        chosen=chosen, payable=payable, error=error, form=form,
    )  # fmt: skip


@get(f"{PATH}/new", opt=doing(Action.WORK_ON_CASES))
async def new_slip(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Whose, then for what and how much."""
    text = request.query_params.get("client")
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise NotFoundException
    return await _form(state, viewer, None if text is None else int(text))


@post(f"{PATH}/new", opt=doing(Action.WORK_ON_CASES))
async def add_slip(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """A draft: nobody is told yet."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number, client_id = await panel.new_id(), None
    try:
        client_id = number_of(form, "client")
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            one = await organisations.organisation_by_id(db, client_id)
            if one is None:
                raise NotFoundException
            payable = {each.id: each for each in await slips.payable_obligations(db, client_id, today(state))}
            owed = payable.get(number_of(form, "obligation"))
            if owed is None:
                raise FormRefused(say("Выберите, за что платить."))
            new = await read_slip(db, form, one.country, owed.id, owed.code)
            if await slips.add_slip(db, number, new, clock.now(), viewer.person_id) is None:
                raise FormRefused(say("Черновик этой платёжки уже есть."))
            on = f"{one.short_name}: {owed.name} {owed.period}"
            await record(db, state, viewer, "slip.added", on, after=told(new))
    except FormRefused as refused:
        return await _form(state, viewer, client_id, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (list_slips, new_slip, add_slip)
