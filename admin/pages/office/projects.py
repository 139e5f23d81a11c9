"""Projects: goals of clients with their cases; the intake of a client is one."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import case_words
from admin.office.acting import by_of
from admin.office.forms import FormRefused, choice_of, day_of, number_of, text_of
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.page import Crumb, page
from admin.pages.office.case_table import title_of
from admin.pages.office.new_case import CLIENTS
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import case_lists, organisations
from admin.storage.office.case_lists import CaseFilter
from admin.texts import say
from admin.viewer import Viewer

PATH: Final = "/projects"
SHOWN: Final = 200

_Request = Request[Any, Any, State]


async def _list(
    state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        listed = await case_lists.list_projects(db, SHOWN)
        clients = await organisations.clients_by_name(db, None, CLIENTS)
    return page(
        "office/projects.html", viewer, "tasks", status=422 if error else 200, listed=listed, clients=clients,
        words=case_words, error=error, form=form, today=today(state),
    )  # fmt: skip


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def projects(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Those that go on, then those that are over."""
    return await _list(state, viewer)


@post(PATH, opt=doing(Action.WORK_ON_CASES))
async def add_project(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """One more, led by whoever makes it."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    number = await panel.new_id()
    try:
        goal, client = text_of(form, "goal"), number_of(form, "client")
        if not goal:
            raise FormRefused(say("Напишите цель проекта."))
        due = day_of(form, "due") if form.get("due") else None
        by = by_of(state, viewer)
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            one = await organisations.organisation_by_id(db, client)
            if one is None:
                raise FormRefused(say("Выберите один из вариантов."))
            days = (today(state), due)
            await case_lists.add_project(db, number, client, goal, by.person_id, days, by.now, by.person_id)
            await record(db, state, viewer, "project.added", f"{one.short_name}: {goal}")
    except FormRefused as refused:
        return await _list(state, viewer, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@get(f"{PATH}/{{number:int}}", opt=doing(Action.SEE_CLIENTS))
async def project_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """Its cases, open ones first."""
    return await _card(state, viewer, number)


async def _card(state: State, viewer: Viewer, number: int, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        one = await case_lists.project_by_id(db, number)
        if one is None:
            raise NotFoundException
        open_ones, closed = [
            await case_lists.list_cases(db, CaseFilter(is_closed=is_closed, project_id=number), None, limit=SHOWN)
            for is_closed in (False, True)
        ]
    return page(
        "office/project.html", viewer, "tasks", crumbs=[Crumb("Проекты", PATH)], status=422 if error else 200, one=one,
        open_ones=open_ones, closed=closed, words=case_words, today=today(state), title_of=title_of, error=error,
    )  # fmt: skip


@post(f"{PATH}/{{number:int}}/state", opt=doing(Action.WORK_ON_CASES))
async def move_project(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """It goes on, rests, ends, as it may from where it stands; where it stands already it stays."""
    form = await request.form()
    try:
        wanted = choice_of(form, "state", case_words.PROJECT_STATES)
        async with change(state, viewer) as db:
            one = await case_lists.project_by_id(db, number)
            if one is None:
                raise NotFoundException
            if wanted != one.state:
                if wanted not in case_words.NEXT_PROJECT_STATES[one.state]:
                    names = {"state": one.state, "wanted": wanted}
                    text = "Проект «{state}» перевести в «{wanted}» нельзя."
                    raise FormRefused(say(text, **{k: say(case_words.PROJECT_STATES[v]) for k, v in names.items()}))
                if await case_lists.set_state_of_project(db, number, one.state, wanted) is None:
                    raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
                before, after = {"state": one.state}, {"state": wanted}
                await record(db, state, viewer, "project.moved", one.goal, before=before, after=after)
    except FormRefused as refused:
        return await _card(state, viewer, number, error=str(refused))
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (projects, add_project, project_card, move_project)
