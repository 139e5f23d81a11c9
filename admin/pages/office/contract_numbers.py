"""How the office numbers contracts and annexes, and the counters that somebody has passed over."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import contract_numbers
from admin.office.contract_numbers import KINDS, read_number_rules
from admin.office.forms import FormRefused, told
from admin.office.looking import change, look, moments, today
from admin.office.meanwhile import refuse_if_changed
from admin.office.sent_forms import take_form
from admin.page import page
from admin.pages.office.contracts import CRUMB, PATH, who_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import numbers
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_PAGE: Final = f"{PATH}/numbers"
_Request = Request[Any, Any, State]


async def _show(
    state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        rules = {kind: (await contract_numbers.rule_of(db, kind)).text for kind in KINDS}
        upcoming = await contract_numbers.next_contract_number(db, today(state))
        skips = await numbers.skips(db)
    return page(
        "office/contract_numbers.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, rules=rules,
        upcoming=upcoming, skips=skips, at=moments(state), error=error, form=form,
    )  # fmt: skip


@get(_PAGE, opt=doing(Action.WORK_ON_CONTRACTS))
async def numbering(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The rules, the next number, what was passed over and why."""
    return await _show(state, viewer)


@post(_PAGE, opt=doing(Action.SET_TARIFFS))
async def set_rules(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Other rules; numbers that were given stay."""
    clock: Clock = state["clock"]
    form = await request.form()
    try:
        rules = read_number_rules(form)
        async with change(state, viewer) as db:
            await numbers.hold(db)
            before = {kind: (await contract_numbers.rule_of(db, kind)).text for kind in KINDS}
            refuse_if_changed(form, before, {"contract": "Договоры", "annex": "Дополнительные соглашения"})
            for kind, rule in rules.items():
                await numbers.put_rule(db, kind, rule, clock.now(), viewer.person_id)
            await record(db, state, viewer, "numbers.changed", rules["contract"], before=before, after=rules)
    except FormRefused as refused:
        return await _show(state, viewer, error=str(refused), form=form)
    return Redirect(_PAGE, status_code=303)


@post(f"{_PAGE}/skip", opt=doing(Action.SET_TARIFFS))
async def skip(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The counter goes on from another number, for a reason that everybody here sees."""
    panel: PanelDatabase = state["panel"]
    form, number, who = await request.form(), await panel.new_id(), who_of(state, viewer)
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _PAGE)
            one = await contract_numbers.skip_to(db, number, form, who.today, who.person, who.now)
            await record(db, state, viewer, "numbers.skipped", one.series, after=told(one))
    except FormRefused as refused:
        return await _show(state, viewer, error=str(refused), form=form)
    return Redirect(_PAGE, status_code=303)


HANDLERS: Final = (numbering, set_rules, skip)
