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
from admin.office import words
from admin.office.looking import change, look, moments, today
from admin.page import page
from admin.pages.deadlines import CRUMB, PATH
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import schedule
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
async def deadline_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """With its passport in the reader's language."""
    async with look(state, viewer) as db:
        one = await schedule.obligation_by_id(db, number)
        if one is None:
            raise NotFoundException
        events = await schedule.events_of_obligation(db, number)
    told = one.passports.get(current_language()) or one.passports["ru"]
    marks = [state for state, before in BEFORE.items() if one.state in before]
    return page(
        "office/deadline.html", viewer, "clients", crumbs=[CRUMB], one=one, passport=msgspec.convert(told, Passport),
        events=events, words=words, at=moments(state), today=today(state), marks=marks,
    )  # fmt: skip


@post(f"{PATH}/{{number:int}}/mark", opt=doing(Action.WORK_ON_CASES))
async def mark(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Begun, done, not required, or none of these after all; what stands otherwise by now is shown as it stands."""
    wanted = str((await request.form()).get("state", ""))
    async with change(state, viewer) as db:
        one = await schedule.obligation_by_id(db, number)
        if one is None or wanted not in BEFORE:
            raise NotFoundException
        if await schedule.mark_obligation(db, number, BEFORE[wanted], wanted):
            on = f"{one.short_name}: {one.code} {one.period}"
            before, after = {"state": one.state}, {"state": wanted}
            await record(db, state, viewer, "deadline.marked", on, before=before, after=after)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (deadline_card, mark)
