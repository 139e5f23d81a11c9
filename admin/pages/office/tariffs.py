"""Tariffs: written without programming, in versions, tried on sample answers before they come into force."""

from datetime import date
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.price import PriceCalculation
from accounting.office.tariff_starter import starter
from accounting.office.tariff_texts import WrittenPlan
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import contract_words, tariff_forms
from admin.office.forms import FormRefused, told
from admin.office.looking import change, look, today
from admin.office.meanwhile import refuse_if_changed
from admin.office.sent_forms import take_form
from admin.office.tariff_forms import plan_of, price_of, read_tariff
from admin.page import Crumb, page
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import catalogue
from admin.storage.office.catalogue import Tariff
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/tariffs"
CRUMB: Final = Crumb("Услуги и тарифы", PATH)

_Request = Request[Any, Any, State]


@get(PATH, opt=doing(Action.SEE_FEES))
async def tariffs(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """What is in force and what is being written."""
    async with look(state, viewer) as db:
        found = await catalogue.newest_tariffs(db)
    return page("office/tariffs.html", viewer, "clients", tariffs=found, names=contract_words)


async def _form(
    state: State, viewer: Viewer, plan: WrittenPlan, *, one: Tariff | None, error: str | None = None,
    form: FormMultiDict | None = None,
) -> Template:  # fmt: skip
    async with look(state, viewer) as db:
        services = await catalogue.list_services(db)
        versions = [] if one is None else await catalogue.versions_of(db, one.code)
    numbers = [one.name for one in plan.parameters if one.kind.value == "number"]
    return page(
        "office/tariff_form.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, plan=plan, one=one,
        services=services, error=error, form=form, names=contract_words, forms=tariff_forms, numbers=numbers,
        today=today(state), newest=_newest(versions),
    )  # fmt: skip


def _newest(versions: list[Tariff]) -> dict[str, str]:
    """The version that a form was drawn over, whichever it starts from."""
    return {"newest": str(versions[0].version)} if versions else {}


@get(f"{PATH}/new", opt=doing(Action.SET_TARIFFS))
async def new_tariff(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The plan that offices begin with, to be changed."""
    return await _form(state, viewer, starter(), one=None)


async def _write(request: _Request, state: State, viewer: Viewer, one: Tariff | None) -> Response[Any]:
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        new = read_tariff(form, None if one is None else one.code)
        number = await panel.new_id()
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            versions = await catalogue.hold_versions(db, new.code)
            if one is None and versions:
                raise FormRefused(say("Тариф с таким кодом уже есть: измените его."))
            refuse_if_changed(form, _newest(versions), {"newest": "Версия"})
            version = await catalogue.write_tariff(db, number, new, clock.now(), viewer.person_id)
            await record(db, state, viewer, "tariff.written", f"{new.name}, {version}", after=told(new))
    except FormRefused as refused:
        return await _form(
            state, viewer, starter() if one is None else one.plan, one=one, error=str(refused), form=form
        )
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{PATH}/new", opt=doing(Action.SET_TARIFFS))
async def write_first(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The first version."""
    return await _write(request, state, viewer, None)


async def _seen(state: State, viewer: Viewer, number: int) -> Tariff:
    async with look(state, viewer) as db:
        one = await catalogue.tariff_by_id(db, number)
    if one is None:
        raise NotFoundException
    return one


@get(f"{PATH}/{{number:int}}/edit", opt=doing(Action.SET_TARIFFS))
async def edit(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """A version as a form; what is saved is the next one."""
    one = await _seen(state, viewer, number)
    return await _form(state, viewer, one.plan, one=one)


@post(f"{PATH}/{{number:int}}/edit", opt=doing(Action.SET_TARIFFS))
async def write_next(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """The next version."""
    return await _write(request, state, viewer, await _seen(state, viewer, number))


@get(f"{PATH}/{{number:int}}", opt=doing(Action.SEE_FEES))
async def tariff(request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """A version, its story, and what it asks of sample answers."""
    one = await _seen(state, viewer, number)
    async with look(state, viewer) as db:
        versions = await catalogue.versions_of(db, one.code)
    plan, tried, error = plan_of(one), None, None
    if request.query_params.get("try"):
        tried, error = try_price(plan, request, today(state))
    return page(
        "office/tariff.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, one=one, plan=plan,
        versions=versions, tried=tried, error=error, names=contract_words, forms=tariff_forms,
        given=request.query_params, defaults={}, hidden={"try": "1"},
    )  # fmt: skip


def try_price(plan: Any, request: _Request, until: date) -> tuple[PriceCalculation | None, str | None]:
    """A price of the answers in an address, or what is wrong about them."""
    try:
        return price_of(plan, request.query_params, until), None
    except FormRefused as refused:
        return None, str(refused)


@post(f"{PATH}/{{number:int}}/activate", opt=doing(Action.SET_TARIFFS))
async def activate(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """A draft comes into force; a second time nothing happens."""
    one = await _seen(state, viewer, number)
    async with change(state, viewer) as db:
        if await catalogue.activate_tariff(db, one):
            await record(db, state, viewer, "tariff.activated", f"{one.name}, {one.version}")
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (tariffs, new_tariff, write_first, edit, write_next, tariff, activate)
