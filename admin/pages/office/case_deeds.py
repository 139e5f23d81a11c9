"""What is done to a case from its card or from the board; each deed is a row of the audit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from accounting.office.cases import STEPS, WAITS_FOR, Place
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import casework
from admin.office.acting import actor_of, by_of
from admin.office.case_words import kept_people
from admin.office.casework import REASONS, Actor, Said, StepRefused, places_at
from admin.office.files import MAX_BYTES, read_file
from admin.office.forms import FormRefused, about, choice_of, day_of, is_ticked, row_of, text_of
from admin.office.looking import change, today
from admin.office.meanwhile import refuse_if_changed
from admin.office.sent_forms import take_form
from admin.office.workers import refuse_strangers
from admin.pages.office.case_card import CARD, show_case
from admin.pages.office.case_table import PATH
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import cases, organisations
from admin.storage.office.cases import By, CaseCard
from admin.texts import say
from admin.uploads.looks import NotTaken
from admin.uploads.receiving import FORM_ROOM
from admin.viewer import Viewer
from fiscal_server.ids import IdMaker
from fiscal_server.storage.pool import WriteConnection

LONGEST: Final = 4_000

_Request = Request[Any, Any, State]


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A case that somebody is about to change, and nobody else until the transaction ends."""

    db: WriteConnection
    card: CaseCard
    actor: Actor
    by: By
    ids: IdMaker

    @property
    def named(self) -> str:
        """As the audit calls it."""
        return f"{self.card.one.short_name}: {self.card.one.title}"


@asynccontextmanager
async def at_case(state: State, viewer: Viewer, case_id: int) -> AsyncIterator[Desk]:
    """One transaction with the case under its lock. Raises NotFoundException."""
    panel: PanelDatabase = state["panel"]
    ids = await panel.ids()
    async with change(state, viewer) as db:
        card = await cases.read_case(db, case_id, today(state), lock=True) if 0 < case_id < 1 << 63 else None
        if card is None:
            raise NotFoundException
        yield Desk(db=db, card=card, actor=await actor_of(db, state, viewer), by=by_of(state, viewer), ids=ids)


def back_to(case_id: int, form: FormMultiDict | None = None) -> Redirect:
    """The card, or the board if the form says so."""
    to = str(form.get("back", "")) if form is not None else ""
    return Redirect(to if to.startswith(f"{PATH}/board") else f"{PATH}/{case_id}", status_code=303)


def _said(form: FormMultiDict, name: str) -> Said:
    if name != "wait":
        return Said(text=text_of(form, "text", LONGEST), late_reason=text_of(form, "late_reason"))
    waits_for = choice_of(form, "waiting_for", dict.fromkeys(WAITS_FOR))
    until: date | None = day_of(form, "waiting_until") if form.get("waiting_until") else None
    return Said(text=text_of(form, "text", LONGEST), waiting_for=waits_for, waiting_until=until)


@post(f"{CARD}/step", opt=doing(Action.WORK_ON_CASES))
async def step(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """The case goes on, if its rules let it."""
    form = await request.form()
    name = str(form.get("step", ""))
    if name not in STEPS:
        raise NotFoundException
    try:
        said = _said(form, name)
        async with at_case(state, viewer, case_id) as desk:
            before = {"state": desk.card.one.state}
            taken = await casework.take_step(
                desk.db, desk.ids.take, desk.card, name, desk.actor, said, desk.by, today(state)
            )
            after = {"state": taken.to, "step": name}
            await record(desk.db, state, viewer, "task.moved", desk.named, before=before, after=after)
    except StepRefused as refused:
        return await show_case(state, viewer, case_id, error=say(REASONS[refused.why]), form=form, status=409)
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused), form=form)
    return back_to(case_id, form)


@post(f"{CARD}/part", opt=doing(Action.WORK_ON_CASES))
async def part(state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]) -> Response[Any]:
    """Somebody has done their part of a group case, which may close it; out of turn, or again, changes nothing."""
    async with at_case(state, viewer, case_id) as desk:
        became = await casework.close_part(desk.db, desk.ids.take, desk.card, desk.actor, desk.by, today(state))
        if became is not None:
            before, after = {"state": desk.card.one.state}, {"state": became}
            await record(desk.db, state, viewer, "task.part_closed", desk.named, before=before, after=after)
    return back_to(case_id)


@post(f"{CARD}/comments", opt=doing(Action.WORK_ON_CASES))
async def comment(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """Something is said; who is named in it finds it among their cases."""
    form = await request.form()
    try:
        text = text_of(form, "text", LONGEST)
        if not text:
            raise FormRefused(say("Напишите что-нибудь."))
        async with at_case(state, viewer, case_id) as desk:
            await take_form(desk.db, state, viewer, request, back_to(case_id).url)
            people = {one.id: one.name for one in await organisations.people_of_the_office(desk.db)}
            await casework.comment(desk.db, desk.ids.take, desk.card, text, desk.by, people)
            await record(desk.db, state, viewer, "task.commented", desk.named, after={"text": text})
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused), form=form)
    return back_to(case_id)


@post(f"{CARD}/points", opt=doing(Action.WORK_ON_CASES))
async def points(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """A point of the list is done, is not after all, or is a new one."""
    form = await request.form()
    try:
        title, position = text_of(form, "title"), str(form.get("position", ""))
        async with at_case(state, viewer, case_id) as desk:
            one = desk.card.one
            if desk.card.rules().is_closed:
                raise FormRefused(say("Дело закрыто: сначала верните его в работу."))
            done = is_ticked(form, "done")
            if title:
                await take_form(desk.db, state, viewer, request, back_to(case_id).url)
                await cases.add_points(desk.db, case_id, one.organisation_id, [title])
            elif position.isascii() and position.isdecimal() and len(position) < 9:
                done_at = desk.by.now if done else None
                title = await cases.tick_point(desk.db, case_id, int(position), done_at, desk.by) or ""
            elif not position:
                raise FormRefused(say("Напишите что-нибудь."))
            if not title:
                raise FormRefused(say("Такого пункта в деле нет."))
            note = title if not position or done else f"– {title}"
            await cases.add_event(
                desk.db, desk.ids.next(), one, desk.by, transition="point", state=one.state, note=note
            )
            await record(desk.db, state, viewer, "task.point", desk.named, after={"title": note})
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused), form=form)
    return back_to(case_id)


@post(f"{CARD}/people", opt=doing(Action.WORK_ON_CASES))
async def people(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """Handed over by whoever gave it or leads; anybody may watch."""
    form = await request.form()
    try:
        async with at_case(state, viewer, case_id) as desk:
            if form.get("watch"):
                await _watch(desk, viewer, watches=is_ticked(form, "watch"))
            elif places_at(desk.card, desk.actor).isdisjoint({Place.ASSIGNER, Place.HEAD}):
                raise NotFoundException
            else:
                await _hand_over(desk, state, viewer, form)
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused), form=form)
    return back_to(case_id)


async def _watch(desk: Desk, viewer: Viewer, *, watches: bool) -> None:
    one, me = desk.card.one, viewer.person_id
    watchers = [person for person in one.watchers if person != me]
    await cases.set_watchers(desk.db, one.id, [*watchers, me] if watches and me is not None else watchers)


async def _hand_over(desk: Desk, state: State, viewer: Viewer, form: FormMultiDict) -> None:
    """Both fields are sent: an empty one leaves the case to nobody, one that names nobody changes nothing."""
    one = desk.card.one
    known = {str(person.id): person for person in await organisations.people_of_the_office(desk.db)}
    if not {"owner", "reviewer"} <= form.keys():
        raise FormRefused(about("owner", say("Выберите один из вариантов.")))
    refuse_if_changed(form, kept_people(one), shown={"owner": one.owner or "", "reviewer": one.reviewer or ""})
    owner, reviewer = row_of(form, "owner", known), row_of(form, "reviewer", known)
    # Whoever has it already may keep it, whatever they see by now.
    new = [
        person
        for person, was in ((owner, one.owner_id), (reviewer, one.reviewer_id))
        if person is not None and person.id != was
    ]
    await refuse_strangers(desk.db, today(state), one.organisation_id, new)
    await cases.set_people(desk.db, one.id, owner.id if owner else None, reviewer.id if reviewer else None)
    note = " / ".join(person.name for person in (owner, reviewer) if person is not None)
    await cases.add_event(desk.db, desk.ids.next(), one, desk.by, transition="handed", state=one.state, note=note)
    before, after = {"owner": one.owner, "reviewer": one.reviewer}, {"people": note}
    await record(desk.db, state, viewer, "task.handed_over", desk.named, before=before, after=after)


@post(f"{CARD}/files", opt=doing(Action.WORK_ON_CASES), request_max_body_size=MAX_BYTES + FORM_ROOM)
async def add_file(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """A file is added; the same bytes again are the same file."""
    try:
        new = await read_file(await request.form())
        async with at_case(state, viewer, case_id) as desk:
            one = desk.card.one
            if await cases.add_file(desk.db, desk.ids.next(), one, new, desk.by):
                await cases.add_event(
                    desk.db, desk.ids.next(), one, desk.by, transition="file", state=one.state, note=new.name
                )
                after = {"name": new.name, "size": len(new.content), "sha256": new.sha256.hex()}
                await record(desk.db, state, viewer, "task.file_added", desk.named, after=after)
    except NotTaken as refused:
        text = say(refused.msgid, **refused.values)
        return await show_case(state, viewer, case_id, error=text)
    return back_to(case_id)


@post(f"{CARD}/files/{{file_id:int}}/remove", opt=doing(Action.WORK_ON_CASES))
async def remove_file(
    state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int], file_id: FromPath[int]
) -> Response[Any]:
    """It is shown no more."""
    async with at_case(state, viewer, case_id) as desk:
        one = desk.card.one
        name = await cases.remove_file(desk.db, case_id, file_id, desk.by.now)
        if name is not None:
            await cases.add_event(
                desk.db, desk.ids.next(), one, desk.by, transition="file_removed", state=one.state, note=name
            )
            await record(desk.db, state, viewer, "task.file_removed", desk.named, before={"name": name})
    return back_to(case_id)


HANDLERS: Final = (step, part, comment, points, people, add_file, remove_file)
