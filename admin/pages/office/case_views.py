"""Cases as people look at them: what is mine today, a board by state, a month by days."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Template

from accounting.office.cases import Case, Place, Step, steps_of
from admin.access import doing
from admin.office import case_words
from admin.office.acting import actor_of
from admin.office.addressed import choice_asked
from admin.office.casework import Actor, places_of
from admin.office.concerns import path_of, words_of
from admin.office.looking import look, moments, today
from admin.office.months import Month, month_asked, month_of
from admin.page import page
from admin.pages.office.case_table import PATH, title_of
from admin.permissions import Action
from admin.storage.office import attention, case_lists, organisations
from admin.storage.office.case_lists import ListedCase
from admin.storage.office.organisations import OfficePerson
from admin.viewer import Viewer
from fiscal_server.clock import Clock

SHOWN: Final = 40
ON_BOARD: Final = 15
A_DAY: Final = 4
LATELY: Final = timedelta(days=30)
COLUMNS: Final = ("open", "in_progress", "waiting", "review", "ready", "submitted")

_Request = Request[Any, Any, State]


@get(f"{PATH}/mine", opt=doing(Action.SEE_CLIENTS))
async def mine(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Of the viewer and those they stand in for: late, today, to check, what is waited for, where they were named.

    Whoever sits at a machine that asks nobody to sign in has no cases of their own.
    """
    clock: Clock = state["clock"]
    day, person = today(state), viewer.person_id or 0
    async with look(state, viewer) as db:
        people = (await actor_of(db, state, viewer)).people
        names = await organisations.people_of_the_office(db)
        due = await case_lists.due_of(db, people, day, SHOWN)
        held = [one for one in due if one.blocked_by is not None]
        due = [one for one in due if one.blocked_by is None]
        late = [one for one in due if one.legal_date is not None and one.legal_date < day]
        groups = [
            ("Просрочено", late),
            ("Сегодня и раньше", [one for one in due if one not in late]),
            ("Проверить", await case_lists.to_review(db, people, SHOWN)),
            ("Ждут других дел", held),
            ("Ждём", await case_lists.waiting(db, people, SHOWN)),
            ("Слежу", await case_lists.watched(db, person, SHOWN)),
        ]
        concerns = await attention.concerns_of(db, people, day, SHOWN)
        mentions = await case_lists.mentions_of(db, person, clock.now() - LATELY, SHOWN)
    others = [one.name for one in names if one.id in people and one.id != person]
    return page(
        "office/mine.html", viewer, "tasks", groups=groups, concerns=concerns, concern=(words_of, path_of),
        mentions=mentions, others=others, today=day, words=case_words, at=moments(state), title_of=title_of, cut=SHOWN,
    )  # fmt: skip


def moves_of(one: ListedCase, actor: Actor) -> tuple[Step, ...]:
    """Steps of a card that need no words; what a list of points or the others hinder is said when it is tried."""
    places = places_of(actor, one.state, {one.owner_id} - {None}, one.reviewer_id, None)
    case = Case(
        state=one.state,
        has_reviewer=one.reviewer_id is not None,
        is_submitted=one.is_submitted,
        is_obligation=one.kind == "obligation",
        is_blocked=one.blocked_by is not None,
    )
    return _moves(case, frozenset(places))


@cache
def _moves(case: Case, places: frozenset[Place]) -> tuple[Step, ...]:
    return tuple(step for step in steps_of(case, places) if not step.says and step.name != "wait")


@get(f"{PATH}/board", opt=doing(Action.SEE_CLIENTS))
async def board(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Columns by state. One's own cases first; of everybody, or of one person, when asked."""
    async with look(state, viewer) as db:
        actor = await actor_of(db, state, viewer)
        people = await organisations.people_of_the_office(db)
        asked = _person_asked(request, viewer, people)
        columns = await case_lists.board(db, _owners(asked, actor), ON_BOARD)
    shown = [(one, columns.get(one)) for one in COLUMNS]
    return page(
        "office/board.html", viewer, "tasks", columns=shown, people=people, asked=asked, today=today(state),
        words=case_words, moves_of=moves_of, actor=actor, title_of=title_of,
    )  # fmt: skip


def _person_asked(request: _Request, viewer: Viewer, people: Sequence[OfficePerson]) -> str:
    """«mine», «all», or the number of a person. Raises AddressRefused for nobody of the office."""
    asked = choice_asked(request.query_params, "owner", {"mine", "all", *(str(one.id) for one in people)})
    return asked or ("all" if viewer.person_id is None else "mine")


def _owners(asked: str, actor: Actor) -> tuple[int, ...] | None:
    return {"all": None, "mine": actor.people}[asked] if asked in ("all", "mine") else (int(asked),)


@get(f"{PATH}/month", opt=doing(Action.SEE_CLIENTS))
async def case_month(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The days of a month with what falls due on each."""
    month = month_asked(request.query_params.get("month"), today(state))
    async with look(state, viewer) as db:
        actor = await actor_of(db, state, viewer)
        people = await organisations.people_of_the_office(db)
        asked = _person_asked(request, viewer, people)
        owners = _owners(asked, actor)
        days = await case_lists.month(db, month.first, month.last, owners, A_DAY)
        around = (None, None) if days else await case_lists.days_around(db, month.first, month.last, owners)
    others = [month_of(one).key for one in around if one is not None]
    return page(
        "office/case_month.html", viewer, "tasks", weeks=weeks_of(month), month=month, days=days, others=others,
        people=people, asked=asked, today=today(state), words=case_words, title_of=title_of,
    )  # fmt: skip


def weeks_of(month: Month) -> list[list[date]]:
    """From Monday to Sunday; days of the neighbours stand at both ends."""
    first = month.first - timedelta(days=month.first.weekday())
    count = ((month.last - first).days // 7 + 1) * 7
    days = [first + timedelta(days=one) for one in range(count)]
    return [days[start : start + 7] for start in range(0, count, 7)]


HANDLERS: Final = (mine, board, case_month)
