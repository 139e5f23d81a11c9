"""What contracts say of a client beside its name and numbers: address, bank, who signs and why they may."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.office.contract_texts.reading import PARTY_LABELS, read_party, typed_details
from admin.office.forms import FormRefused, told
from admin.office.looking import change, look
from admin.office.meanwhile import refuse_if_changed
from admin.office.tariff_forms import whole_of
from admin.page import Crumb, page
from admin.pages.office.client_table import PATH
from admin.pages.office.clients import CRUMB
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import contract_texts, organisations
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_DETAILS: Final = f"{PATH}/{{client_id:int}}/contract-details"
_Request = Request[Any, Any, State]


async def _show(
    state: State, viewer: Viewer, client_id: int, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        one = await organisations.organisation_by_id(db, client_id)
        kept = await contract_texts.details_of(db, client_id)
    if one is None:
        raise NotFoundException
    crumbs = [CRUMB, Crumb(one.short_name, f"{PATH}/{one.id}")]
    return page("office/contract_details.html", viewer, "clients", crumbs=crumbs, status=422 if error else 200,
                one=one, typed=typed_details(form, kept), kept=typed_details(None, kept), error=error)  # fmt: skip


@get(_DETAILS, opt=doing(Action.CHANGE_CLIENTS))
async def details(state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]) -> Template:
    """The form as it stands."""
    return await _show(state, viewer, client_id)


@post(_DETAILS, opt=doing(Action.CHANGE_CLIENTS))
async def set_details(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """Changed, unless somebody was faster; texts that were made stay as they are."""
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        new, version = read_party(form), whole_of(form, "version")
        async with change(state, viewer) as db:
            one = await organisations.organisation_by_id(db, client_id)
            if one is None:
                raise NotFoundException
            before = await contract_texts.details_of(db, client_id)
            refuse_if_changed(form, typed_details(None, before), PARTY_LABELS)
            if not await contract_texts.set_details(db, client_id, version, new, clock.now(), viewer.person_id):
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            change_of = {"before": told(before), "after": told(new)}
            await record(db, state, viewer, "client.contract_details", one.short_name, **change_of)
    except FormRefused as refused:
        return await _show(state, viewer, client_id, error=str(refused), form=form)
    return Redirect(f"{PATH}/{client_id}", status_code=303)


HANDLERS: Final = (details, set_details)
