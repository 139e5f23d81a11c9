"""The catalogue of services: what the office does, when its work is due, which obligations it serves."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import contract_words, words
from admin.office.addressed import number_asked
from admin.office.contract_forms import read_service
from admin.office.forms import FormRefused, told
from admin.office.looking import change, look
from admin.office.sent_forms import take_form
from admin.office.tariff_forms import money_text, whole_of
from admin.page import page
from admin.pages.office.tariffs import CRUMB
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import catalogue
from admin.texts import say
from admin.viewer import Viewer

PATH: Final = "/services"
_CRUMBS: Final = [CRUMB]

_Request = Request[Any, Any, State]


async def _show(
    request: _Request, state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None,
    chosen: int | None = None,
) -> Template:  # fmt: skip
    async with look(state, viewer) as db:
        services = await catalogue.list_services(db)
    number = chosen or number_asked(request.query_params, "edit")
    one = next((service for service in services if service.id == number), None)
    if number is not None and one is None:
        raise NotFoundException
    return page(
        "office/services.html", viewer, "clients", crumbs=_CRUMBS, status=422 if error else 200, services=services,
        one=one, error=error, form=form, names=contract_words, words=words, money_text=money_text,
    )  # fmt: skip


@get(PATH, opt=doing(Action.SEE_FEES))
async def services(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The list, and the form of one of them."""
    return await _show(request, state, viewer)


@post(PATH, opt=doing(Action.SET_TARIFFS))
async def add(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Another service."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    try:
        new = read_service(form)
        number = await panel.new_id()
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, PATH)
            if not await catalogue.add_service(db, number, new):
                raise FormRefused(say("Услуга с таким кодом уже есть."))
            await record(db, state, viewer, "service.added", new.name, after=told(new))
    except FormRefused as refused:
        return await _show(request, state, viewer, error=str(refused), form=form)
    return Redirect(PATH, status_code=303)


@post(f"{PATH}/{{number:int}}", opt=doing(Action.SET_TARIFFS))
async def edit(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Everything but the code, by which contracts and tariffs name it."""
    form = await request.form()
    try:
        async with change(state, viewer) as db:
            before = next((one for one in await catalogue.list_services(db) if one.id == number), None)
            if before is None:
                raise NotFoundException
            after = read_service(form, before.code)
            if not await catalogue.change_service(db, number, whole_of(form, "version"), after):
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            await record(db, state, viewer, "service.changed", after.name, before=told(before), after=told(after))
    except FormRefused as refused:
        return await _show(request, state, viewer, error=str(refused), form=form, chosen=number)
    return Redirect(PATH, status_code=303)


HANDLERS: Final = (services, add, edit)
