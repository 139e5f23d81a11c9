"""Calendars of obligations: drafts that somebody has to check, and days that authorities set."""

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from accounting.office.obligation_templates import OneOffDate, TemplateState
from accounting.office.obligation_words import name_of, notes_of
from accounting.office.pack_files import COUNTRIES, shipped_pack
from accounting.office.passport import CERTAINTY
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import planning, words
from admin.office.addressed import choice_asked
from admin.office.forms import FormRefused, choice_of, day_of, text_of
from admin.office.looking import change, look, today
from admin.office.planning import Who
from admin.office.sent_forms import take_form
from admin.page import page
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import schedule
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/calendar"
FARTHEST: Final = timedelta(days=3 * 366)
"""How far from today an authority sets a day."""

_Request = Request[Any, Any, State]


async def _show(
    request: _Request, state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    country = choice_asked(request.query_params, "country", COUNTRIES) or COUNTRIES[0]
    async with look(state, viewer) as db:
        packs = await planning.load_packs(db)
        own = await schedule.own_dates(db)
    drafts = [one for one in packs[country].templates if one.state is TemplateState.DRAFT]
    named = {one.code: one for one in packs[country].templates}
    return page(
        "office/calendar.html", viewer, "clients", status=422 if error else 200, country=country, countries=COUNTRIES,
        country_names=words.COUNTRIES,
        drafts=drafts, pack=packs[country], own=[one for one in own if one.code.startswith(f"{country}-")],
        certainty=CERTAINTY, words=words, named=named, name_of=name_of,
        notes_of=notes_of, today=today(state), error=error, form=form,
    )  # fmt: skip


@get(PATH, opt=doing(Action.CHANGE_CLIENTS))
async def calendar(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """Of one country."""
    return await _show(request, state, viewer)


@post(f"{PATH}/confirm", opt=doing(Action.MANAGE_CLIENTS))
async def confirm(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Somebody has checked a draft: from the next plan on it is a rule for every client."""
    clock: Clock = state["clock"]
    form = await request.form()
    known = {one.code: one for country in COUNTRIES for one in shipped_pack(country).templates}
    try:
        code = choice_of(form, "code", known)
    except FormRefused as refused:
        return await _show(request, state, viewer, error=str(refused))
    async with change(state, viewer) as db:
        await schedule.confirm_rule(db, code, clock.now(), viewer.person_id, asker(viewer))
        await record(db, state, viewer, "calendar.confirmed", f"{code} {known[code].name}")
    return Redirect(f"{PATH}?country={code.partition('-')[0]}", status_code=303)


@post(f"{PATH}/dates", opt=doing(Action.MANAGE_CLIENTS))
async def set_date(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """An authority set a day for one period, for everybody; by which act."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number = await panel.new_id()
    who = Who(person_id=viewer.person_id, person=asker(viewer), reason="authority", now=clock.now())
    try:
        document = text_of(form, "document")
        if not document:
            raise FormRefused(say("Назовите документ, которым назначена дата."))
        instalment = text_of(form, "instalment") or "0"
        if not (instalment.isascii() and instalment.isdecimal() and len(instalment) < 3):
            raise FormRefused(say("Выберите один из вариантов."))
        one = OneOffDate(
            code=text_of(form, "code"),
            period=text_of(form, "period"),
            instalment=int(instalment),
            due=day_of(form, "due"),
            document=document,
        )
        if abs(one.due - today(state)) > FARTHEST:  # every plan reaches as far as its last day
            raise FormRefused(say("Укажите дату."))
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}?country={one.code.partition('-')[0]}")
            if any((o.code, o.period, o.instalment, o.client) == (one.code, one.period, one.instalment, None)
                   for o in await schedule.own_dates(db)):  # fmt: skip
                raise FormRefused(say("Для этого периода дата уже записана."))
            await planning.set_own_date(db, number, one, who)
            after = {"due": one.due.isoformat(), "document": document}
            await record(db, state, viewer, "calendar.date_set", f"{one.code} {one.period}", after=after)
    except FormRefused as refused:
        return await _show(request, state, viewer, error=str(refused), form=form)
    except ValueError:
        text = say("Такого обязательства, периода или части нет в календаре.")
        return await _show(request, state, viewer, error=text, form=form)
    return Redirect(f"{PATH}?country={one.code.partition('-')[0]}", status_code=303)


HANDLERS: Final = (calendar, confirm, set_date)
