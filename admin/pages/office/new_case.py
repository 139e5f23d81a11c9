"""A case made by hand, from nothing or from a template; and the templates."""

from datetime import date
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import case_words, words
from admin.office.acting import by_of
from admin.office.addressed import number_asked
from admin.office.forms import FormRefused, about, choice_of, day_of, number_of, row_of, text_of
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.office.workers import refuse_strangers, workers
from admin.page import page
from admin.pages.office.case_list import CRUMB
from admin.pages.office.case_table import PATH
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import case_lists, cases, organisations
from admin.storage.office.case_lists import Template as CaseTemplate
from admin.storage.office.cases import NewCase
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection, WriteConnection

TEMPLATES: Final = f"{PATH}/templates"
CLIENTS: Final = 2_000
_POINTS: Final = 100
_LONGEST: Final = 4_000

_Request = Request[Any, Any, State]


async def _form(
    state: State, viewer: Viewer, given: dict[str, str], *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        clients = await organisations.clients_by_name(db, None, CLIENTS)
        asked = str((form or given).get("client") or "")
        client = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None
        people = await workers(db, today(state), client)
        templates = await case_lists.task_templates(db)
    return page(
        "office/new_case.html", viewer, "tasks", crumbs=[CRUMB], status=422 if error else 200, clients=clients,
        people=people, templates=templates, given=given, error=error, form=form, words=case_words, roles=words.ROLES,
        today=today(state),
    )  # fmt: skip


@get(f"{PATH}/new", opt=doing(Action.WORK_ON_CASES))
async def new_case(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """An empty form, of a client or a project if one is named."""
    query = request.query_params
    client, project = number_asked(query, "client"), number_asked(query, "project")
    async with look(state, viewer) as db:
        if client is not None and await organisations.organisation_by_id(db, client) is None:
            raise NotFoundException
        if project is not None and await case_lists.project_by_id(db, project) is None:
            raise NotFoundException
    return await _form(state, viewer, {name: str(query.get(name, "")) for name in ("client", "project")})


def points_of(text: str) -> tuple[str, ...]:
    """A line is a point. Raises FormRefused for too many."""
    points = tuple(line.strip()[:200] for line in text.splitlines() if line.strip())
    if len(points) > _POINTS:
        raise FormRefused(say("Слишком много пунктов: не больше {count}.", count=_POINTS))
    return points


def _day(form: FormMultiDict, name: str) -> date | None:
    return day_of(form, name) if form.get(name) else None


async def _read(db: ReadConnection | WriteConnection, form: FormMultiDict, day: date) -> NewCase:
    """Raises FormRefused."""
    title, client = text_of(form, "title"), number_of(form, "client")
    if await organisations.organisation_by_id(db, client) is None:
        raise FormRefused(about("client", say("Выберите один из вариантов.")))
    people = {str(one.id): one for one in await organisations.people_of_the_office(db)}
    templates: dict[str, CaseTemplate] = {str(one.id): one for one in await case_lists.task_templates(db)}
    template = row_of(form, "template", templates)
    title = title or (template.name if template else "")
    if not title:
        raise FormRefused(say("Напишите, что сделать."))
    mode = choice_of(form, "mode", case_words.MODES)
    if not set(form.getall("person", [])) <= people.keys():
        raise FormRefused(f"{say('Исполнители общего дела')}: {say('Выберите один из вариантов.')}")
    group = tuple(dict.fromkeys(people[str(one)] for one in form.getall("person", []))) if mode != "one" else ()
    owner, reviewer = row_of(form, "owner", people), row_of(form, "reviewer", people)
    await refuse_strangers(db, day, client, [one for one in (owner, reviewer, *group) if one is not None])
    if mode != "one" and len(group) < 2:
        raise FormRefused(say("Для общего дела выберите хотя бы двоих."))
    legal, target = _day(form, "legal_date"), _day(form, "target_date")
    if legal is not None and target is not None and target > legal:
        raise FormRefused(say("Наш срок позже срока по закону."))
    project = number_of(form, "project") if form.get("project") else None
    if project is not None:
        found = await case_lists.project_by_id(db, project)
        if found is None or found.organisation_id != client:
            raise FormRefused(say("Это проект другого клиента."))
    return NewCase(
        organisation_id=client,
        title=title,
        kind=choice_of(form, "kind", {one: one for one in case_words.KINDS if one != "obligation"}),
        role=template.role if template else choice_of(form, "role", words.ROLES),
        mode=mode,
        project_id=project,
        owner_id=owner.id if owner else None,
        reviewer_id=reviewer.id if reviewer else None,
        people=tuple(one.id for one in group),
        points=(*(template.points if template else ()), *points_of(text_of(form, "points", _LONGEST))),
        legal_date=legal,
        target_date=target or legal,
    )


@post(f"{PATH}/new", opt=doing(Action.WORK_ON_CASES))
async def add_case(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """It stands open at once; without an executor it goes to whoever has the role."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    case_id, event_id = (await panel.ids()).take(2)
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{case_id}")
            new, by = await _read(db, form, today(state)), by_of(state, viewer)
            await cases.add_case(db, case_id, new, by)
            card = await cases.read_case(db, case_id, today(state))
            assert card is not None, "it is there, and in sight as its client is"
            await cases.add_event(db, event_id, card.one, by, transition="created", state="open", note="")
            await cases.give_to_role(db, case_id, today(state))
            after = {"title": new.title, "kind": new.kind, "mode": new.mode}
            await record(db, state, viewer, "task.added", f"{card.one.short_name}: {new.title}", after=after)
    except FormRefused as refused:
        return await _form(state, viewer, {}, error=str(refused), form=form)
    return Redirect(f"{PATH}/{case_id}", status_code=303)


async def _templates(
    state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        listed = await case_lists.task_templates(db)
    return page(
        "office/templates.html", viewer, "tasks", status=422 if error else 200, listed=listed, roles=words.ROLES,
        error=error, form=form,
    )  # fmt: skip


@get(TEMPLATES, opt=doing(Action.SEE_CLIENTS))
async def templates(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Lists of points that cases begin with."""
    return await _templates(state, viewer)


@post(TEMPLATES, opt=doing(Action.CHANGE_CLIENTS))
async def add_template(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """One more. Cases that were made keep their points."""
    panel: PanelDatabase = state["panel"]
    form = await request.form()
    number = await panel.new_id()
    try:
        name, role = text_of(form, "name"), choice_of(form, "role", words.ROLES)
        points, by = points_of(text_of(form, "points", _LONGEST)), by_of(state, viewer)
        if not name or not points:
            raise FormRefused(say("Нужны название и хотя бы один пункт."))
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, TEMPLATES)
            if not await case_lists.add_task_template(db, number, name, role, points, by.now, by.person_id):
                raise FormRefused(say("Такой шаблон уже есть."))
            await record(db, state, viewer, "task.template_added", name, after={"points": list(points)})
    except FormRefused as refused:
        return await _templates(state, viewer, error=str(refused), form=form)
    return Redirect(TEMPLATES, status_code=303)


@post(f"{TEMPLATES}/{{number:int}}/archive", opt=doing(Action.CHANGE_CLIENTS))
async def archive_template(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """It is offered no more."""
    async with change(state, viewer) as db:
        name = await case_lists.archive_task_template(db, number, by_of(state, viewer).now)
        if name is not None:
            await record(db, state, viewer, "task.template_archived", name)
    return Redirect(TEMPLATES, status_code=303)


HANDLERS: Final = (new_case, add_case, templates, add_template, archive_template)
