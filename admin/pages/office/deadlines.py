"""What clients owe in a month: clients down, obligations across; and re-planning, shown before it is done."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.navigation import address
from admin.office import planning, words
from admin.office.looking import change, look, moments, today
from admin.office.months import month_asked
from admin.office.plan_words import TOLD, doubts_of, told_changes, told_to_clients
from admin.office.planning import PlanIsOld, Who
from admin.page import Crumb, page
from admin.pages.office.client_table import cursor_of, read_cursor
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import organisations, schedule
from admin.storage.office.schedule import ListedObligation
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/deadlines"
CRUMB: Final = Crumb("Сроки клиентов", PATH)
CLIENTS_A_PAGE: Final = 50
PLANNED_WITHIN_S: Final = 60.0
"""A year of 300 clients takes 5 s on a slow machine."""

_Request = Request[Any, Any, State]


class Head(msgspec.Struct, frozen=True):
    """A column: one rule; several instalments or halves of a month share it."""

    code: str
    name: str
    kind: str


class Matrix(msgspec.Struct, frozen=True):
    """Columns in the order of their first day; cells by client and code."""

    heads: list[Head]
    cells: dict[tuple[int, str], list[ListedObligation]]

    def cell(self, client: int, code: str) -> list[ListedObligation]:
        """What a client owes by a rule, in the order of days."""
        return self.cells.get((client, code), [])


def make_matrix(owed: Sequence[ListedObligation]) -> Matrix:
    """``owed`` in the order of days."""
    heads: dict[str, Head] = {}
    cells: dict[tuple[int, str], list[ListedObligation]] = {}
    for one in owed:
        heads.setdefault(one.code, Head(one.code, one.name, one.kind))
        cells.setdefault((one.organisation_id, one.code), []).append(one)
    return Matrix(list(heads.values()), cells)


def tone_of(one: ListedObligation, day: date) -> str:
    """A class of the style sheet: closed, late, begun or nothing of these."""
    if one.is_closed:
        return "is-closed"
    if one.due < day:
        return "is-late"
    return "is-begun" if one.state == "begun" else ""


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def deadlines(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of clients by name, and what they owe in the month."""
    day = today(state)
    month = month_asked(request.query_params.get("month"), day)
    place = read_cursor(request.query_params.get("behind"))
    async with look(state, viewer) as db:
        found = await organisations.clients_by_name(db, place, CLIENTS_A_PAGE + 1)
        clients = found[:CLIENTS_A_PAGE]
        owed = await schedule.obligations_between(db, [one.id for one in clients], month.first, month.last)
        run = await schedule.newest_run(db)
    following = None
    if len(found) > CLIENTS_A_PAGE:
        following = address(PATH, month=month.key, behind=cursor_of(clients[-1]))
    return page(
        "office/deadlines.html", viewer, "clients", clients=clients, matrix=make_matrix(owed), month=month, words=words,
        following=following, is_first=place is None, run=run, at=moments(state), today=day, tone_of=tone_of,
    )  # fmt: skip


async def _show_plan(state: State, viewer: Viewer, error: str | None = None) -> Template:
    async with look(state, viewer) as db:
        prepared = await planning.prepare(db, today(state))
        names = await organisations.names_of(db, [int(client.id) for client in prepared.clients])
    told = told_changes(prepared)
    return page(
        "office/plan.html", viewer, "clients", crumbs=[CRUMB], status=409 if error else 200, prepared=prepared,
        names=names, words=words, error=error, told=told[:TOLD], untold=max(len(told) - TOLD, 0),
        doubts=doubts_of(prepared), stays=told_to_clients(prepared)[:TOLD],
    )  # fmt: skip


@get(f"{PATH}/plan", opt=doing(Action.CHANGE_CLIENTS))
async def preview(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """What re-planning all clients in sight would do."""
    return await _show_plan(state, viewer)


@post(f"{PATH}/plan", opt=doing(Action.CHANGE_CLIENTS))
async def plan(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Done, if it still does what was shown."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    ids = await panel.ids()
    shown = str((await request.form()).get("shown", ""))
    who = Who(person_id=viewer.person_id, person=asker(viewer), reason="manual", now=clock.now())
    try:
        async with change(state, viewer, PLANNED_WITHIN_S) as db:
            run = await planning.apply(db, ids.take, today(state), who, shown=shown)
            counts = {"created": run.created, "moved": run.moved, "cancelled": run.cancelled}
            await record(db, state, viewer, "deadlines.planned", str(run.until), after=counts)
    except PlanIsOld:
        text = say("Пока вы смотрели, что-то изменилось. Посмотрите ещё раз, что произойдёт.")
        return await _show_plan(state, viewer, text)
    return Redirect(PATH, status_code=303)


HANDLERS: Final = (deadlines, preview, plan)
