"""What clients would be told, letter by letter; and telling them."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office.forms import FormRefused
from admin.office.looking import change, moments
from admin.office.notices.letters import LINK_PLACE, money
from admin.office.notices.telling import BillIsOld, Composed, NotTold, Teller, compose, fingerprint, tell
from admin.office.slip_forms import slips_of
from admin.page import page
from admin.pages.office.slips import CRUMB, PATH
from admin.permissions import Action
from admin.recording import record
from admin.texts import LANGUAGES, say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]


async def teller_of(state: State) -> Teller:
    """With the numbers, the moment and the zone of this panel. Raises DatabaseAway."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    return Teller(await panel.ids(), clock.now(), state["settings"].zone)


async def _show(state: State, viewer: Viewer, chosen: Sequence[int], error: str | None = None) -> Template:
    composed: list[Composed] = []
    teller = await teller_of(state)
    try:
        async with change(state, viewer) as db:
            composed = await compose(db, teller, chosen)
    except NotTold as refused:
        error = str(refused)
    if not composed and error is None:
        raise NotFoundException
    return page(
        "office/slip_preview.html", viewer, "clients", crumbs=[CRUMB], status=409 if error else 200, composed=composed,
        chosen=chosen, shown=fingerprint(composed), error=error, at=moments(state), now=teller.now, languages=LANGUAGES,
        link_place=LINK_PLACE, money=money, may_mail=state["notice_work"].may_send,
    )  # fmt: skip


@get(f"{PATH}/preview", opt=doing(Action.TELL_CLIENTS))
async def preview(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The letters of the drafts that were chosen."""
    try:
        chosen = slips_of(FormMultiDict([("slip", text) for text in request.query_params.getall("slip", [])]))
    except FormRefused:
        return Redirect(PATH, status_code=303)
    return await _show(state, viewer, chosen)


@post(f"{PATH}/publish", opt=doing(Action.TELL_CLIENTS))
async def publish(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Clients are told what was shown; if it would be something else by now, it is shown again."""
    form = await request.form()
    try:
        chosen = slips_of(form)
    except FormRefused:
        return Redirect(PATH, status_code=303)
    teller = await teller_of(state)
    try:
        async with change(state, viewer) as db:
            composed = await tell(db, teller, chosen, str(form.get("shown", "")))
            for one in composed:
                after = {"due": one.due.isoformat(), "lines": [[x.code, x.amount_kopecks] for x in one.lines]}
                await record(db, state, viewer, "slip.published", one.organisation.short_name, after=after)
    except BillIsOld:
        text = say("Пока вы смотрели, что-то изменилось. Посмотрите ещё раз, что произойдёт.")
        return await _show(state, viewer, chosen, text)
    except NotTold as refused:
        return await _show(state, viewer, chosen, str(refused))
    if not composed:
        return Redirect(PATH, status_code=303)
    goal = f"{PATH}/{chosen[0]}" if len(chosen) == 1 else f"{PATH}?month={composed[0].due:%Y-%m}"
    return Redirect(goal, status_code=303)


HANDLERS: Final = (preview, publish)
