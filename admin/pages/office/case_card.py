"""The card of a case: its days and why they are so, steps, people, points, files, its story; a file of it."""

from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from accounting.office.cases import OPEN, Place, may_close_part
from accounting.office.passport import Passport
from accounting.receipts.wording import current_language
from admin.access import doing
from admin.office import case_words
from admin.office.acting import actor_of
from admin.office.casework import Actor, places_at, steps_for
from admin.office.files import MAX_BYTES
from admin.office.looking import look, moments, today
from admin.office.powers import backing_of, body_name
from admin.office.workers import workers
from admin.page import page
from admin.pages.office.case_list import CRUMB
from admin.pages.office.case_table import PATH, title_of
from admin.permissions import Action
from admin.storage.office import case_time, cases
from admin.storage.office.cases import CaseCard
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection

CARD: Final = f"{PATH}/{{case_id:int}}"

CHOICES: Final = 200
"""Cases that are offered to be waited for."""

_Request = Request[Any, Any, State]


async def seen_case(db: ReadConnection, state: State, case_id: int) -> CaseCard:
    """Raises NotFoundException for a case that there is not, or that is not in sight."""
    card = await cases.read_case(db, case_id, today(state)) if 0 < case_id < 1 << 63 else None
    if card is None:
        raise NotFoundException
    return card


def passport_of(card: CaseCard) -> Passport | None:
    """Why its day is the day, in the reader's language; None for one that is nobody's obligation."""
    passports = card.one.passports
    return None if not passports else msgspec.convert(passports.get(current_language()) or passports["ru"], Passport)


def is_my_turn(card: CaseCard, actor: Actor) -> bool:
    """Whether a part of it is the viewer's to close now."""
    rules = card.rules()
    return not rules.is_closed and any(may_close_part(rules.mode, rules.parts, one) for one in actor.people)


async def show_case(
    state: State, viewer: Viewer, case_id: int, *, error: str | None = None, form: FormMultiDict | None = None,
    status: int = 422,
) -> Template:  # fmt: skip
    """The page, with what is wrong about a form of it."""
    async with look(state, viewer) as db:
        card = await seen_case(db, state, case_id)
        actor = await actor_of(db, state, viewer)
        story = await cases.story_of_case(db, case_id)
        files = await cases.files_of_case(db, case_id)
        is_ahead = card.one.state in OPEN and card.one.state != "submitted"
        backing = await backing_of(db, card.one, today(state)) if is_ahead else None
        people = await workers(db, today(state), card.one.organisation_id)
        works = viewer.may(Action.WORK_ON_CASES)
        time = await case_time.read_time(db, case_id, CHOICES if works and not card.rules().is_closed else 0)
    day = today(state)
    return page(
        "office/case.html", viewer, "tasks", crumbs=[CRUMB], status=status if error else 200, card=card, one=card.one,
        steps=steps_for(card, actor) if works else [], is_late=card.rules().is_overdue(day), people=people, story=story,
        files=files, passport=passport_of(card), words=case_words, today=day, at=moments(state), error=error, form=form,
        my_turn=works and is_my_turn(card, actor), max_mib=MAX_BYTES >> 20, time=time, title_of=title_of,
        backing=backing, body_name=body_name, leads=Place.HEAD in places_at(card, actor),
        hands_over=works and not places_at(card, actor).isdisjoint({Place.ASSIGNER, Place.HEAD}),
    )  # fmt: skip


@get(CARD, opt=doing(Action.SEE_CLIENTS))
async def case_card(state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int]) -> Template:
    """The card."""
    return await show_case(state, viewer, case_id)


@get(f"{CARD}/files/{{file_id:int}}", opt=doing(Action.SEE_CLIENTS))
async def case_file(
    state: State, viewer: NamedDependency[Viewer], case_id: FromPath[int], file_id: FromPath[int]
) -> Response[bytes]:
    """To be kept, never to be shown: whatever it is, it runs nothing here."""
    viewer.forbid_files_in_emergency()
    async with look(state, viewer) as db:
        found = await cases.file_of_case(db, case_id, file_id)
    if found is None:
        raise NotFoundException
    headers = {"Content-Disposition": disposition(found[0]), "Cache-Control": "no-store"}
    return Response(found[1], media_type="application/octet-stream", headers=headers)


def disposition(name: str) -> str:
    """As RFC 6266 has it: the name in UTF-8 by RFC 5987."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


HANDLERS: Final = (case_card, case_file)
