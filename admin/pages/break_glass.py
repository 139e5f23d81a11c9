"""Access in an emergency: a system administrator sees one merchant for some hours, says why, and its people are told.

While it lasts, this is all that he may: look at that merchant's books and give the access back (``Viewer.may``).
"""

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.mail import Mailer
from admin.page import page
from admin.permissions import Action, Role
from admin.recording import record
from admin.storage import break_glass, people
from admin.storage.break_glass import Broken
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage.pool import ReadConnection, WriteConnection

PATH: Final = "/break-glass"
HOURS: Final = (1, 4, 8)
REASON_LETTERS: Final = (10, 500)

_Request = Request[Any, Any, State]


async def _show(state: State, viewer: Viewer, *, error: str | None = None, given: Any = None) -> Template:
    panel: PanelDatabase = state["panel"]
    settings: Settings = state["settings"]
    clock: Clock = state["clock"]
    return page(
        "settings/break_glass.html", viewer, "settings", status=422 if error else 200, error=error, given=given or {},
        names=await panel.merchants(), hours=HOURS, at=Moments(clock.now(), settings.zone),
    )  # fmt: skip


@get(PATH, opt=doing(Action.BREAK_GLASS))
async def glass(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """What is seen now, or the form that asks for it."""
    return await _show(state, viewer)


@post(PATH, opt=doing(Action.BREAK_GLASS))
async def break_it(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Look at a merchant for some hours."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    names = {str(one.id): one for one in await panel.merchants()}
    merchant, hours = names.get(str(form.get("merchant", ""))), str(form.get("hours", ""))
    reason = str(form.get("reason", "")).replace("\0", "").strip()
    if viewer.person_id is None:
        raise NotFoundException
    if viewer.emergency is not None or merchant is None or hours not in map(str, HOURS):
        return await _show(state, viewer, error=say("Выберите один из вариантов."), given=form)
    if not REASON_LETTERS[0] <= len(reason) <= REASON_LETTERS[1]:
        return await _show(state, viewer, error=say("Напишите, зачем: хотя бы десять букв."), given=form)
    now = clock.now()
    broken = Broken(merchant.id, reason, now + timedelta(hours=int(hours)))
    number = await panel.new_id()
    async with panel.change() as db:
        await break_glass.break_glass(db, number, viewer.person_id, broken, now)
        await record(
            db, state, viewer, "glass.broken", merchant.name, merchant_id=merchant.id, reason=reason,
            after={"until": broken.ends_at.isoformat(timespec="minutes")},
        )  # fmt: skip
        told = await _directors(db)
    _tell(state, viewer, told, merchant.name, reason)
    return Redirect("/", status_code=303)


@post(f"{PATH}/end", opt=doing(Action.BREAK_GLASS))
async def give_back(state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The emergency is over."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    if viewer.person_id is not None and viewer.emergency is not None:
        async with panel.change() as db:
            await break_glass.give_back(db, viewer.person_id, clock.now())
            (merchant,) = viewer.merchants
            await record(db, state, viewer, "glass.given_back", merchant.name, merchant_id=merchant.id)
    return Redirect(PATH, status_code=303)


async def _directors(db: ReadConnection | WriteConnection) -> list[str]:
    listed = await people.list_people(db)
    return [one.email for one in listed if Role.DIRECTOR in one.roles and one.disabled_at is None]


def _tell(state: State, viewer: Viewer, emails: list[str], merchant: str, reason: str) -> None:
    mailer: Mailer = state["mailer"]
    text = say("{person} смотрит данные «{merchant}» без назначения. Причина: {reason}", person=viewer.name,
               merchant=merchant, reason=reason)  # fmt: skip
    for email in emails if mailer.is_there else ():
        mailer.post(email, say("Аварийный доступ"), f"{text}\n")


HANDLERS: Final = (glass, break_it, give_back)
