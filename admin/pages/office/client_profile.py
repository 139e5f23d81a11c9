"""A tax profile that changes from a day on: what that does to the client's days is shown before it is done."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.obligation_words import name_of
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import planning, words
from admin.office.forms import FormRefused, asked_attributes, day_of, read_profile, told
from admin.office.looking import change, look, today
from admin.office.plan_words import doubts_of, names_by_code
from admin.office.planning import PlanIsOld, Prepared, Who
from admin.page import Crumb, page
from admin.pages.office.client_card import show_card
from admin.pages.office.client_table import PATH
from admin.pages.office.clients import CRUMB
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import organisations, profiles
from admin.storage.office.organisations import Organisation
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_Request = Request[Any, Any, State]


def _preview(
    viewer: Viewer, one: Organisation, prepared: Prepared, form: FormMultiDict, questions: list[str], error: str | None
) -> Template:
    return page(
        "office/profile_preview.html", viewer, "clients", crumbs=[CRUMB, Crumb(one.short_name, f"{PATH}/{one.id}")],
        status=409 if error else 200, one=one, prepared=prepared, form=form, words=words, error=error,
        questions=questions, names=names_by_code(prepared), name_of=name_of, doubts=doubts_of(prepared),
        attributes=asked_attributes(one.country),
        kept_fields=[(name, value) for name, value in form.multi_items() if name not in ("form_token", "shown")],
    )  # fmt: skip


@post(f"{PATH}/{{client_id:int}}/profile", opt=doing(Action.CHANGE_CLIENTS))
async def change_profile(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """Without ``shown``: the preview. With it: done, if it still does what was shown."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form = await request.form()
    async with look(state, viewer) as db:
        one = await organisations.organisation_by_id(db, client_id)
    if one is None:
        raise NotFoundException
    try:
        profile, since = read_profile(form, one.kind, one.country), day_of(form, "since")
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    shown = str(form.get("shown", ""))
    error = None
    if shown:
        ids = await panel.ids()
        who = Who(person_id=viewer.person_id, person=asker(viewer), reason="profile", now=clock.now())
        try:
            async with change(state, viewer) as db:
                await profiles.change_profile(db, ids.next(), client_id, profile, since, clock.now(), viewer.person_id)
                await planning.apply(db, ids.take, today(state), who, organisation_id=client_id, shown=shown)
                after = told(profile) | {"since": since.isoformat()}
                await record(db, state, viewer, "client.profile_changed", one.short_name, after=after)
            return Redirect(f"{PATH}/{client_id}", status_code=303)
        except PlanIsOld:
            error = say("Пока вы смотрели, что-то изменилось. Посмотрите ещё раз, что произойдёт.")
    async with look(state, viewer) as db:
        prepared = await planning.prepare(db, today(state), organisation_id=client_id, profile=(profile, since))
        packs = await planning.load_packs(db)
    questions = packs[one.country].questions(profile) if one.country in packs else []
    return _preview(viewer, one, prepared, form, questions, error)


HANDLERS: Final = (change_profile,)
