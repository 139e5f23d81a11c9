"""One obligation: why this date, what became of it, and where the work on it stands."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.passport import Passport
from accounting.receipts.wording import current_language
from admin.access import doing
from admin.office import case_words, words
from admin.office.acting import actor_of
from admin.office.casework import steps_for
from admin.office.looking import change, look, moments, today
from admin.page import is_part, page, part
from admin.pages.office.deadlines import CRUMB, PATH
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import cases, schedule
from admin.viewer import Viewer

_Request = Request[Any, Any, State]

BEFORE: Final = {
    "begun": ("planned",),
    "done": ("planned", "begun"),
    "not_required": ("planned", "begun"),
    "planned": ("begun", "done", "not_required"),
}
"""From where each mark may be set; «planned» takes one back."""


@get(f"{PATH}/{{number:int}}", opt=doing(Action.SEE_CLIENTS))
async def deadline_card(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Template:
    """With its passport in the reader's language and its case; beside the month of everybody, or a page of its own."""
    async with look(state, viewer) as db:
        one = await schedule.obligation_by_id(db, number)
        if one is None:
            raise NotFoundException
        events = await schedule.events_of_obligation(db, number)
        case_id = await cases.case_of_obligation(db, number)
        case = None if case_id is None else await cases.read_case(db, case_id, today(state))
        actor = await actor_of(db, state, viewer)
    told = one.passports.get(current_language()) or one.passports["ru"]
    works = case is not None and viewer.may(Action.WORK_ON_CASES)
    shown: dict[str, Any] = {
        "one": one, "passport": msgspec.convert(told, Passport), "events": events, "words": words,
        "at": moments(state), "today": today(state), "case": case, "case_words": case_words,
        "marks": [state for state, before in BEFORE.items() if one.state in before],
        "steps": steps_for(case, actor) if case is not None and works else [], "form": None, "my_turn": False,
        "is_late": case is not None and case.rules().is_overdue(today(state)),
    }  # fmt: skip
    if is_part(request):
        return part(request, "office/deadline_body.html", viewer, "clients", is_side=True, **shown)
    return page("office/deadline.html", viewer, "clients", crumbs=[CRUMB], is_side=False, **shown)


@post(f"{PATH}/{{number:int}}/mark", opt=doing(Action.WORK_ON_CASES))
async def mark(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Begun, done, not required, or none of these after all; what stands otherwise by now is shown as it stands.

    Where there is a case the case decides: it has rules of its own.
    """
    wanted = str((await request.form()).get("state", ""))
    async with change(state, viewer) as db:
        one = await schedule.obligation_by_id(db, number)
        if one is None or wanted not in BEFORE:
            raise NotFoundException
        case_id = await cases.case_of_obligation(db, number)
        if case_id is not None:
            return Redirect(f"/tasks/{case_id}", status_code=303)
        if await schedule.mark_obligation(db, number, BEFORE[wanted], wanted):
            on = f"{one.short_name}: {one.code} {one.period}"
            before, after = {"state": one.state}, {"state": wanted}
            await record(db, state, viewer, "deadline.marked", on, before=before, after=after)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (deadline_card, mark)
