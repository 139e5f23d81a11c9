"""What a case waits for, how long it is thought to take, and the time that people spent on it."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.params import FromPath

from accounting.office.cases import Place
from admin.access import doing
from admin.office.case_words import kept_estimate
from admin.office.casework import places_at
from admin.office.forms import FormRefused, day_of, is_ticked, number_of, text_of
from admin.office.looking import today
from admin.office.meanwhile import refuse_if_changed
from admin.office.sent_forms import take_form
from admin.pages.office.case_card import CARD, show_case
from admin.pages.office.case_deeds import at_case, back_to
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import case_time, cases
from admin.texts import say
from admin.viewer import Viewer

DAY_MINUTES: Final = 24 * 60
LONGEST_ESTIMATE: Final = 1_000 * 60

_Request = Request[Any, Any, State]


@post(f"{CARD}/blockers", opt=doing(Action.WORK_ON_CASES))
async def blockers(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """The case waits for another of its client, or waits for it no more."""
    form = await request.form()
    try:
        other, ends = number_of(form, "case"), is_ticked(form, "remove")
        async with at_case(state, viewer, case_id) as desk:
            one = desk.card.one
            if ends:
                title = await case_time.remove_blocker(desk.db, case_id, other)
            elif desk.card.rules().is_closed:
                raise FormRefused(say("Дело закрыто: сначала верните его в работу."))
            else:
                title = await case_time.add_blocker(desk.db, one, other, desk.by)
            if title is None and not ends:
                raise FormRefused(say("Этого дела ждать нельзя: оно закрыто, другого клиента, или само ждёт этого."))
            if title is not None:
                deed = "unblocked" if ends else "blocked"
                await cases.add_event(
                    desk.db, desk.ids.next(), one, desk.by, transition=deed, state=one.state, note=title
                )
                await record(desk.db, state, viewer, f"task.{deed}", desk.named, after={"title": title})
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused))
    return back_to(case_id)


def minutes_of(form: FormMultiDict, longest: int) -> int:
    """Hours and minutes of a form together. Raises FormRefused."""
    parts = [str(form.get(name, "")) or "0" for name in ("hours", "minutes")]
    if not all(one.isascii() and one.isdecimal() and len(one) < 6 for one in parts):
        raise FormRefused(say("Укажите часы и минуты числом."))
    minutes = int(parts[0]) * 60 + int(parts[1])
    if minutes > longest:
        raise FormRefused(say("Слишком много времени: не больше {count} ч.", count=longest // 60))
    return minutes


@post(f"{CARD}/estimate", opt=doing(Action.WORK_ON_CASES))
async def estimate(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """How long it is thought to take; nothing: nobody knows."""
    form = await request.form()
    try:
        minutes = minutes_of(form, LONGEST_ESTIMATE) or None
        async with at_case(state, viewer, case_id) as desk:
            refuse_if_changed(form, kept_estimate(desk.card.one), {"hours": "Часы", "minutes": "Минуты"})
            before = {"minutes": desk.card.one.estimate_minutes}
            if minutes != desk.card.one.estimate_minutes:
                await case_time.set_estimate(desk.db, case_id, minutes)
                after = {"minutes": minutes}
                await record(desk.db, state, viewer, "task.estimated", desk.named, before=before, after=after)
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused), form=form)
    return back_to(case_id)


@post(f"{CARD}/time", opt=doing(Action.WORK_ON_CASES))
async def add_time(
    request: _Request, state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]
) -> Response[Any]:
    """Time of the viewer, today's or of a day before; a closed case takes it too."""
    form = await request.form()
    try:
        day, minutes, note = day_of(form, "day"), minutes_of(form, DAY_MINUTES), text_of(form, "note")
        if not minutes:
            raise FormRefused(say("Укажите, сколько времени ушло."))
        if day > today(state):
            raise FormRefused(say("Этот день ещё не наступил."))
        async with at_case(state, viewer, case_id) as desk:
            await take_form(desk.db, state, viewer, request, back_to(case_id).url)
            await case_time.add_time(desk.db, desk.ids.next(), desk.card.one, (day, minutes, note), desk.by)
            after = {"day": day.isoformat(), "minutes": minutes, "note": note}
            await record(desk.db, state, viewer, "task.time_added", desk.named, after=after)
    except FormRefused as refused:
        return await show_case(state, viewer, case_id, error=str(refused), form=form)
    return back_to(case_id)


@post(f"{CARD}/time/{{entry_id:int}}/remove", opt=doing(Action.WORK_ON_CASES))
async def remove_time(
    state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int], entry_id: FromPath[int]
) -> Response[Any]:
    """One's own; whoever leads removes anybody's. It counts no more."""
    async with at_case(state, viewer, case_id) as desk:
        leads = viewer.person_id is None or Place.HEAD in places_at(desk.card, desk.actor)
        minutes = await case_time.remove_time(desk.db, case_id, entry_id, desk.by, of_anybody=leads)
        if minutes is not None:
            before = {"id": entry_id, "minutes": minutes}
            await record(desk.db, state, viewer, "task.time_removed", desk.named, before=before)
    return back_to(case_id)


HANDLERS: Final = (blockers, estimate, add_time, remove_time)
