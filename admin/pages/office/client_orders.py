"""What is changed about a client: who serves it, its contacts, its merchants, where it stands."""

from datetime import date
from typing import Any, Final

import asyncpg
from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import casework, planning, words
from admin.office.acting import actor_of, by_of
from admin.office.casework import REASONS, Said, StepRefused
from admin.office.forms import FormRefused, choice_of, day_of, is_ticked, number_of, read_contact, read_occasion, told
from admin.office.looking import change, today
from admin.office.planning import Who
from admin.office.sent_forms import take_form
from admin.office.workers import refuse_strangers
from admin.pages.office.client_card import show_card
from admin.pages.office.client_table import PATH
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import case_plan, cases, contacts, organisations, profiles
from admin.storage.office.organisations import Organisation
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection

_Request = Request[Any, Any, State]
_CARD: Final = f"{PATH}/{{client_id:int}}"


def _back(client_id: int, place: str = "") -> Redirect:
    return Redirect(f"{PATH}/{client_id}{place}", status_code=303)


async def _seen(db: WriteConnection, client_id: int) -> Organisation:
    one = await organisations.organisation_by_id(db, client_id)
    if one is None:
        raise NotFoundException
    return one


@post(f"{_CARD}/people", opt=doing(Action.MANAGE_CLIENTS))
async def assign(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """Somebody serves the client in a role from a day on; its open cases go with the role at once."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        role, since = choice_of(form, "role", words.ROLES), day_of(form, "since")
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _back(client_id, "#people").url)
            one = await _seen(db, client_id)
            people = {person.id: person for person in await organisations.people_of_the_office(db)}
            person_id = number_of(form, "person")
            if person_id not in people:
                raise FormRefused(say("Выберите один из вариантов."))
            await refuse_strangers(db, today(state), None, [people[person_id]])
            number = await panel.new_id()
            await organisations.assign(db, number, client_id, person_id, role, since, clock.now(), viewer.person_id)
            await case_plan.give_to_people(db, today(state), client_id)
            after = {"person": people[person_id].name, "role": role, "since": since.isoformat()}
            await record(db, state, viewer, "client.assigned", one.short_name, after=after)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    except asyncpg.ExclusionViolationError:
        text = say("На эти дни ведущий бухгалтер уже назначен.")
        return await show_card(request, state, viewer, client_id, error=text, form=form)
    return _back(client_id, "#people")


@post(f"{_CARD}/people/{{assignment_id:int}}/end", opt=doing(Action.MANAGE_CLIENTS))
async def unassign(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    client_id: FromPath[int],
    assignment_id: FromPath[int],
) -> Response[Any]:
    """Somebody serves the client no longer in a role, from a day on; its open cases follow at once."""
    form, day = await request.form(), today(state)
    try:
        since = day_of(form, "since") if form.get("since") else day
        if since < day:
            raise FormRefused(say("Снять можно с сегодняшнего дня или позже."))
        async with change(state, viewer) as db:
            one = await _seen(db, client_id)
            # Several assignments of a day are ended one after another: one of two leads stays.
            await organisations.hold(db, client_id)
            served = await organisations.served_by(db, client_id, day)
            ending = next((row for row in served if row.id == assignment_id), None)
            if ending is None:
                raise NotFoundException
            leads = [row for row in await organisations.served_by(db, client_id, since) if row.role == "lead"]
            if ending.role == "lead" and one.status == "active" and [row.id for row in leads] == [ending.id]:
                text = "Другого ведущего у клиента нет. Назначьте нового: прежний уйдёт в тот же день."
                raise FormRefused(say(text))
            if await organisations.end_assignment(db, client_id, assignment_id, since) is not None:
                still = await organisations.served_by(db, client_id, since)
                if ending.person_id not in {row.person_id for row in still}:
                    await organisations.let_go_of_cases(db, client_id, ending.person_id)
                await case_plan.give_to_people(db, day, client_id)
                before = {"person": ending.name, "role": ending.role}
                after = {"until": since.isoformat()}
                await record(db, state, viewer, "client.unassigned", one.short_name, before=before, after=after)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id, "#people")


@post(f"{_CARD}/contacts", opt=doing(Action.CHANGE_CLIENTS))
async def add_contact(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """Somebody of the client; whoever is known by telephone or address is not made twice."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        contact, link = read_contact(form)
        numbers = (await panel.ids()).take(2)
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _back(client_id, "#contacts").url)
            one = await _seen(db, client_id)
            known = await contacts.contact_by_reach(db, contact.phones, contact.emails)
            if known is None:
                await contacts.add_contact(db, numbers[0], contact, clock.now(), viewer.person_id)
            await contacts.link_contact(
                db, numbers[1], client_id, known or numbers[0], link, today(state), clock.now(), viewer.person_id
            )
            after = told(contact) | told(link)
            await record(db, state, viewer, "client.contact_added", one.short_name, after=after)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id, "#contacts")


@post(f"{_CARD}/contacts/{{link_id:int}}/leave", opt=doing(Action.CHANGE_CLIENTS))
async def leave(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int], link_id: FromPath[int]
) -> Response[Any]:
    """A contact leaves. The last one who can confirm tax notices of a client that is served does not."""
    try:
        async with change(state, viewer) as db:
            one = await _seen(db, client_id)
            listed = await contacts.contacts_on(db, client_id, today(state))
            leaving = next((contact for contact in listed if contact.link_id == link_id), None)
            if leaving is None:
                raise NotFoundException
            others = [contact for contact in listed if contact.takes_slips() and contact is not leaving]
            if one.status == "active" and leaving.takes_slips() and not others:
                raise FormRefused(say("Это последний, кто получает платёжки и может их подтвердить: назовите другого."))
            await contacts.close_link(db, client_id, link_id, today(state))
            before = {"name": leaving.name}
            await record(db, state, viewer, "client.contact_left", one.short_name, before=before)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused))
    return _back(client_id, "#contacts")


@post(f"{_CARD}/merchants", opt=doing(Action.MANAGE_CLIENTS))
async def merchants(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """A merchant of the server is this client, or is not after all. Only one that the viewer sees."""
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        merchant = viewer.merchant(number_of(form, "merchant"))
        if merchant is None:
            raise FormRefused(say("Выберите один из вариантов."))
        async with change(state, viewer) as db:
            one = await _seen(db, client_id)
            if is_ticked(form, "unlink"):
                await organisations.unlink_merchant(db, client_id, merchant.id)
                action = "client.merchant_unlinked"
            else:
                await organisations.link_merchant(db, client_id, merchant.id, clock.now(), viewer.person_id)
                action = "client.merchant_linked"
                if merchant.id not in await organisations.merchants_of_organisation(db, client_id):
                    raise FormRefused(say("Эта организация сервера уже связана с другим клиентом."))
            await record(db, state, viewer, action, one.short_name, merchant_id=merchant.id)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id, "#merchants")


@post(f"{_CARD}/status", opt=doing(Action.MANAGE_CLIENTS))
async def move(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """The client goes on to another state, if it may."""
    clock: Clock = state["clock"]
    form: FormMultiDict = await request.form()
    try:
        async with change(state, viewer) as db:
            one = await _seen(db, client_id)
            status = choice_of(form, "status", dict.fromkeys(words.NEXT_STATUSES[one.status]))
            if status == "active":
                await _require_complete(db, one, today(state))
            if not await organisations.set_status(db, client_id, one.version, status, clock.now(), viewer.person_id):
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            before, after = {"status": one.status}, {"status": status}
            await record(db, state, viewer, "client.status_changed", one.short_name, before=before, after=after)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id)


async def _require_complete(db: WriteConnection, one: Organisation, day: date) -> None:
    """What a client needs before it is served (office domain 3.3). Raises FormRefused with what is missing."""
    spans = (await profiles.profiles_of(db, [one.id])).get(one.id, ())
    if not any(span.holds_on(day) for span in spans):
        raise FormRefused(say("Сначала укажите систему налогообложения: без неё нет сроков."))
    if not any(served.role == "lead" for served in await organisations.served_by(db, one.id, day)):
        raise FormRefused(say("Сначала назначьте ведущего бухгалтера."))
    if not any(contact.takes_slips() for contact in await contacts.contacts_on(db, one.id, day)):
        raise FormRefused(say("Сначала назовите, кто получает платёжки и может их подтвердить."))


@post(f"{_CARD}/tasks/{{task_id:int}}/done", opt=doing(Action.WORK_ON_CASES))
async def finish(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    client_id: FromPath[int],
    task_id: FromPath[int],
) -> Response[Any]:
    """A case of the intake is completed, if its rules let it; one that is closed already stays so."""
    panel: PanelDatabase = state["panel"]
    ids, day = await panel.ids(), today(state)
    try:
        async with change(state, viewer) as db:
            one = await _seen(db, client_id)
            case = await cases.read_case(db, task_id, day, lock=True) if task_id < 1 << 63 else None
            if case is None or case.one.organisation_id != client_id:
                raise NotFoundException
            if not case.rules().is_closed:
                actor, by = await actor_of(db, state, viewer), by_of(state, viewer)
                await casework.take_step(db, ids.take, case, "complete", actor, Said(), by, day)
                await record(db, state, viewer, "task.done", f"{one.short_name}: {case.one.title}")
    except StepRefused as refused:
        return await show_card(request, state, viewer, client_id, error=say(REASONS[refused.why]))
    return _back(client_id, "#intake")


@post(f"{_CARD}/events", opt=doing(Action.WORK_ON_CASES))
async def add_event(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """Something happened that starts a term; what falls due of it is planned at once."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    ids = await panel.ids()
    who = Who(person_id=viewer.person_id, person=asker(viewer), reason="event", now=clock.now())
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _back(client_id, "#deadlines").url)
            one = await _seen(db, client_id)
            occasion = read_occasion(form, ids.next(), one.country)
            await profiles.add_occasion(db, client_id, occasion, clock.now(), viewer.person_id)
            await planning.apply(db, ids.take, today(state), who, organisation_id=client_id)
            await record(db, state, viewer, "client.event_added", one.short_name, after=told(occasion))
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id, "#deadlines")


HANDLERS: Final = (unassign, assign, add_contact, leave, merchants, move, finish, add_event)
