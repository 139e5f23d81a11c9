"""Access in an emergency: a system administrator sees one merchant, or one client of the office, for some hours, says
why, and its people are told.

While it lasts, this is all that he may: look at that merchant's books, or that client's cases, and give the access back
(``Viewer.may``).
"""

from datetime import datetime, timedelta
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
from admin.pages.office.client_table import PATH as CLIENTS
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
        merchants=await panel.merchants(), clients=await _clients(panel), hours=HOURS,
        at=Moments(clock.now(), settings.zone), where_to_look=where_to_look,
    )  # fmt: skip


async def _clients(panel: PanelDatabase) -> list[tuple[int, str]]:
    async with panel.read() as db:
        return await break_glass.client_names(db)


async def _chosen(panel: PanelDatabase, choice: str, reason: str, ends_at: datetime) -> Broken | None:
    """What ``merchant-1`` or ``client-1`` of the form names; None when there is no such."""
    kind, _, number = choice.partition("-")
    if kind == "merchant":
        names = {str(one.id): (one.id, one.name) for one in await panel.merchants()}
    else:
        names = {str(one): (one, name) for one, name in await _clients(panel) if kind == "client"}
    if number not in names:
        return None
    found, name = names[number]
    merchant_id, client_id = (found, None) if kind == "merchant" else (None, found)
    return Broken(merchant_id, client_id, name, reason, ends_at)


@get(PATH, opt=doing(Action.BREAK_GLASS))
async def glass(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """What is seen now, or the form that asks for it."""
    return await _show(state, viewer)


@post(PATH, opt=doing(Action.BREAK_GLASS))
async def break_it(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Look at a merchant, or a client of the office, for some hours."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    hours, reason = str(form.get("hours", "")), str(form.get("reason", "")).replace("\0", "").strip()
    if viewer.person_id is None:
        raise NotFoundException
    now = clock.now()
    lasts = timedelta(hours=int(hours) if hours in map(str, HOURS) else 0)
    broken = await _chosen(panel, str(form.get("whose", "")), reason, now + lasts)
    if viewer.emergency is not None or broken is None or not lasts:
        return await _show(state, viewer, error=say("Выберите один из вариантов."), given=form)
    if not REASON_LETTERS[0] <= len(reason) <= REASON_LETTERS[1]:
        return await _show(state, viewer, error=say("Напишите, зачем: хотя бы десять букв."), given=form)
    number = await panel.new_id()
    async with panel.change_own(viewer.person_id) as db:
        await break_glass.break_glass(db, number, viewer.person_id, broken, now)
        await record(
            db, state, viewer, "glass.broken", broken.name, merchant_id=broken.merchant_id, reason=reason,
            after={"until": broken.ends_at.isoformat(timespec="minutes"), **_client(broken)},
        )  # fmt: skip
        told = await _directors(db)
    _tell(state, viewer, told, broken.name, reason)
    return Redirect(where_to_look(broken), status_code=303)


def where_to_look(broken: Broken) -> str:
    """The page with which a look in an emergency begins."""
    return "/" if broken.organisation_id is None else f"{CLIENTS}/{broken.organisation_id}"


def _client(broken: Broken) -> dict[str, int]:
    return {} if broken.organisation_id is None else {"client": broken.organisation_id}


@post(f"{PATH}/end", opt=doing(Action.BREAK_GLASS))
async def give_back(state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The emergency is over."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    if viewer.person_id is not None and viewer.emergency is not None:
        async with panel.change_own(viewer.person_id) as db:
            await break_glass.give_back(db, viewer.person_id, clock.now())
            broken = viewer.emergency
            await record(
                db, state, viewer, "glass.given_back", broken.name, merchant_id=broken.merchant_id,
                after=_client(broken) or None,
            )  # fmt: skip
    return Redirect(PATH, status_code=303)


async def _directors(db: ReadConnection | WriteConnection) -> list[str]:
    listed = await people.list_people(db)
    return [one.email for one in listed if Role.DIRECTOR in one.roles and one.disabled_at is None]


def _tell(state: State, viewer: Viewer, emails: list[str], name: str, reason: str) -> None:
    mailer: Mailer = state["mailer"]
    text = say("{person} смотрит данные «{merchant}» без назначения. Причина: {reason}", person=viewer.name,
               merchant=name, reason=reason)  # fmt: skip
    for email in emails if mailer.is_there else ():
        mailer.post(email, say("Аварийный доступ"), f"{text}\n")


HANDLERS: Final = (glass, break_it, give_back)
