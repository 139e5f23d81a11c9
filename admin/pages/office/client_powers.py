"""Powers of attorney on the card of a client: recorded, revoked."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import format_day
from admin.office.forms import FormRefused, day_of, text_of, told
from admin.office.looking import change, today
from admin.office.powers import read_power
from admin.office.sent_forms import take_form
from admin.pages.office.client_card import show_card
from admin.pages.office.client_table import PATH
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import organisations, powers
from admin.storage.office.organisations import Organisation
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection

_Request = Request[Any, Any, State]
_POWERS: Final = f"{PATH}/{{client_id:int}}/powers"


async def _seen(db: WriteConnection, client_id: int) -> Organisation:
    one = await organisations.organisation_by_id(db, client_id)
    if one is None:
        raise NotFoundException
    return one


def _back(client_id: int) -> Redirect:
    return Redirect(f"{PATH}/{client_id}#powers", status_code=303)


@post(_POWERS, opt=doing(Action.CHANGE_CLIENTS))
async def add_power(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """One that the client has given."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    number = await panel.new_id()
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _back(client_id).url)
            one = await _seen(db, client_id)
            new = read_power(form, one)
            await powers.add_power(db, number, client_id, new, clock.now(), viewer.person_id)
            await record(db, state, viewer, "client.power_added", one.short_name, after=told(new))
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id)


@post(f"{_POWERS}/{{power_id:int}}/revoke", opt=doing(Action.CHANGE_CLIENTS))
async def revoke_power(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int], power_id: FromPath[int]
) -> Response[Any]:
    """From a day on it acts no more; to whom that was announced is noted (Civil Code art. 189)."""
    form = await request.form()
    try:
        day, note = day_of(form, "revoked_on"), text_of(form, "revoke_note")
        if not note:
            raise FormRefused(say("Напишите, почему отозвана и кому об этом сообщили."))
        async with change(state, viewer) as db:
            one = await _seen(db, client_id)
            ends = {power.id: power.valid_to for power in await powers.powers_of(db, client_id)}.get(power_id, day)
            if day > ends:
                raise FormRefused(say("Доверенность и так действует только по {day}.", day=format_day(ends)))
            body = await powers.revoke(db, client_id, power_id, day, note, today(state))
            if body is None:
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            after = {"body": body, "revoked_on": day.isoformat(), "note": note}
            await record(db, state, viewer, "client.power_revoked", one.short_name, after=after)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return _back(client_id)


HANDLERS: Final = (add_power, revoke_power)
