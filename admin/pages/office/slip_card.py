"""One slip: why it is due then, its versions, the letters about its day with their proof, and what can be done."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.notices import Outcome
from accounting.office.passport import Passport
from accounting.receipts.wording import current_language
from admin.access import doing
from admin.database import PanelDatabase
from admin.office.case_words import CASE_STATES
from admin.office.forms import FormRefused, choice_of, number_of, number_text, told
from admin.office.looking import change, look, moments, today
from admin.office.notices.letters import money, read_bill
from admin.office.notices.resolving import resolve
from admin.office.notices.telling import NotTold, stop_if_paid, tell_again
from admin.office.notices.work import NoticeWork
from admin.office.sent_forms import take_form
from admin.office.slip_forms import OUTCOMES, STATES, read_slip
from admin.page import page
from admin.pages.office.slip_preview import teller_of
from admin.pages.office.slips import CRUMB, PATH
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import calls, notices, slips
from admin.storage.office.slips import Slip
from admin.texts import LANGUAGES, say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

_Request = Request[Any, Any, State]
_CARD: Final = f"{PATH}/{{slip_id:int}}"


async def _seen(db: ReadConnection | WriteConnection, slip_id: int) -> Slip:
    one = await slips.slip_by_id(db, slip_id)
    if one is None:
        raise NotFoundException
    return one


async def _show(
    state: State, viewer: Viewer, slip_id: int, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        one = await _seen(db, slip_id)
        versions = await slips.versions_of(db, one.obligation_id)
        listed = await notices.notices_of(db, one.organisation_id, one.due)
        attempts = await notices.attempts_of(db, [each.id for each in listed])
        about = await calls.calls_about(db, [each.group_id for each in listed])
    passport = msgspec.convert(one.passports.get(current_language()) or one.passports["ru"], Passport)
    letters = [(each, read_bill(each.said), [x for x in attempts if x.notice_id == each.id]) for each in listed]
    return page(
        "office/slip.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, one=one, passport=passport,
        versions=versions, letters=letters, at=moments(state), today=today(state), states=STATES, outcomes=OUTCOMES,
        languages=LANGUAGES, money=money, number_text=number_text, error=error, form=form,
        may_mail=state["notice_work"].may_send, calls=about, case_states=CASE_STATES,
    )  # fmt: skip


@get(_CARD, opt=doing(Action.SEE_CLIENTS))
async def slip_card(state: State, viewer: NamedDependency[Viewer], slip_id: FromPath[int]) -> Template:
    """With its whole story."""
    return await _show(state, viewer, slip_id)


@post(f"{_CARD}/correct", opt=doing(Action.WORK_ON_CASES))
async def correct(
    request: _Request, state: State, viewer: NamedDependency[Viewer], slip_id: FromPath[int]
) -> Response[Any]:
    """Another sum, as a draft of the next version; what the client was told stays in force until it is told anew."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number = await panel.new_id()
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            one = await _seen(db, slip_id)
            new = await read_slip(db, form, one.country, one.obligation_id, one.code)
            if one.state == "draft" and await slips.set_state(db, one.id, ("draft",), "cancelled") is None:
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            if await slips.add_slip(db, number, new, clock.now(), viewer.person_id) is None:
                raise FormRefused(say("Черновик этой платёжки уже есть."))
            before = {"amount_kopecks": one.amount_kopecks, "version": one.version}
            await record(db, state, viewer, "slip.corrected", _name(one), before=before, after=told(new))
    except FormRefused as refused:
        return await _show(state, viewer, slip_id, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{_CARD}/state", opt=doing(Action.TELL_CLIENTS))
async def set_state(
    request: _Request, state: State, viewer: NamedDependency[Viewer], slip_id: FromPath[int]
) -> Response[Any]:
    """Paid, or withdrawn: letters about it stop; if something else is left to pay that day, that is told."""
    teller = await teller_of(state)
    form = await request.form()
    try:
        wanted = choice_of(form, "state", {"paid": 1, "cancelled": 1})
        async with change(state, viewer) as db:
            await notices.tell_alone(db)
            one = await _seen(db, slip_id)
            before = ("published",) if wanted == "paid" else ("draft", "published")
            if await slips.set_state(db, one.id, before, wanted) is None:
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            if wanted == "paid":
                await stop_if_paid(db, teller, one.organisation_id, one.due)
            elif one.state == "published":
                await tell_again(db, teller, one.organisation_id, one.due)
                # What a plan asked about it is decided.
                await calls.close_call_task(
                    db, teller.ids, one.id, say("Платёжка отозвана."), asker(viewer), teller.now
                )
            await record(db, state, viewer, f"slip.{wanted}", _name(one), before={"state": one.state})
    except (FormRefused, NotTold) as refused:
        return await _show(state, viewer, slip_id, error=str(refused), form=form)
    return Redirect(f"{PATH}/{slip_id}", status_code=303)


@post(f"{_CARD}/notices/{{notice_id:int}}/send", opt=doing(Action.TELL_CLIENTS))
async def send(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    slip_id: FromPath[int],
    notice_id: FromPath[int],
) -> Response[Any]:
    """A letter by hand, now, behind those that the page showed; the page does not wait for the mail server."""
    work: NoticeWork = state["notice_work"]
    try:
        seen = number_of(await request.form(), "seen")
    except FormRefused as refused:
        return await _show(state, viewer, slip_id, error=str(refused))
    async with change(state, viewer) as db:
        one = await _seen(db, slip_id)
        if notice_id not in {each.id for each in await notices.living_bill(db, one.organisation_id, one.due)}:
            raise NotFoundException
        await record(db, state, viewer, "notice.sent_by_hand", _name(one), after={"notice": str(notice_id)})
    if work.may_send:
        work.send_now(notice_id, asker(viewer), seen)
    return Redirect(f"{PATH}/{slip_id}#letters", status_code=303)


@post(f"{_CARD}/notices/{{notice_id:int}}/attempts/{{attempt:int}}", opt=doing(Action.TELL_CLIENTS))
async def say_what_became(
    request: _Request,
    state: State,
    viewer: NamedDependency[Viewer],
    slip_id: FromPath[int],
    notice_id: FromPath[int],
    attempt: FromPath[int],
) -> Response[Any]:
    """A person has found out whether a letter came, of which the panel does not know."""
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        outcome = Outcome(choice_of(form, "outcome", {"arrived": 1, "lost": 1}))
        async with change(state, viewer) as db:
            one = await _seen(db, slip_id)
            if notice_id not in {each.id for each in await notices.living_bill(db, one.organisation_id, one.due)}:
                raise NotFoundException
            if await resolve(db, notice_id, attempt, outcome, asker(viewer), clock.now()):
                await record(db, state, viewer, "notice.resolved", _name(one), after={"outcome": outcome.value})
    except FormRefused as refused:
        return await _show(state, viewer, slip_id, error=str(refused), form=form)
    return Redirect(f"{PATH}/{slip_id}#letters", status_code=303)


def _name(one: Slip) -> str:
    return f"{one.short_name}: {one.name} {one.period}"


HANDLERS: Final = (slip_card, correct, set_state, send, say_what_became)
