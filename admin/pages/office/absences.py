"""Who is away, and who stands in: their clients are seen on those days, and no longer."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office.forms import FormRefused, day_of, number_of
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.office.workers import refuse_strangers, workers
from admin.page import page
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import organisations
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/absences"

_Request = Request[Any, Any, State]


async def _show(
    state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        listed = await organisations.absences_since(db, today(state))
        people = await workers(db, today(state))
    return page(
        "office/absences.html", viewer, "clients", status=422 if error else 200, listed=listed, people=people,
        today=today(state), error=error, form=form,
    )  # fmt: skip


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def absences(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Those of today and to come."""
    return await _show(state, viewer)


@post(PATH, opt=doing(Action.MANAGE_CLIENTS))
async def add_absence(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Somebody stands in for somebody on these days."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number = await panel.new_id()
    try:
        person, substitute = number_of(form, "person"), number_of(form, "substitute")
        first, last = day_of(form, "first_day"), day_of(form, "last_day")
        if person == substitute:
            raise FormRefused(say("Заместить должен другой человек."))
        if last < first:
            raise FormRefused(say("Последний день раньше первого."))
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, PATH)
            known = {one.id: one for one in await organisations.people_of_the_office(db)}
            if not {person, substitute} <= known.keys():
                raise FormRefused(say("Выберите один из вариантов."))
            await refuse_strangers(db, today(state), None, [known[person], known[substitute]])
            names = {number: one.name for number, one in known.items()}
            await organisations.add_absence(db, number, person, substitute, [first, last], clock.now())
            after = {"substitute": names[substitute], "first_day": first.isoformat(), "last_day": last.isoformat()}
            await record(db, state, viewer, "absence.added", names[person], after=after)
    except FormRefused as refused:
        return await _show(state, viewer, error=str(refused), form=form)
    return Redirect(PATH, status_code=303)


@post(f"{PATH}/{{number:int}}/withdraw", opt=doing(Action.MANAGE_CLIENTS))
async def withdraw(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """Back earlier: from now on nobody stands in."""
    clock: Clock = state["clock"]
    async with change(state, viewer) as db:
        if await organisations.withdraw_absence(db, number, clock.now()):
            await record(db, state, viewer, "absence.withdrawn", str(number))
    return Redirect(PATH, status_code=303)


HANDLERS: Final = (absences, add_absence, withdraw)
