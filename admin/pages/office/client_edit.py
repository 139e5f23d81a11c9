"""How a client is called and by which numbers the authorities know it: changed with a look at each number."""

from typing import Any, Final

import asyncpg
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.registration import is_kpp, is_ogrn
from admin.access import doing
from admin.office import words
from admin.office.forms import FormRefused, choice_of, tax_number_of, text_of, told
from admin.office.looking import change, look
from admin.office.meanwhile import refuse_if_changed
from admin.office.tariff_forms import whole_of
from admin.page import Crumb, page
from admin.pages.office.client_table import PATH
from admin.pages.office.clients import CRUMB
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import organisations
from admin.storage.office.organisations import NewOrganisation, Organisation
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

_EDIT: Final = f"{PATH}/{{client_id:int}}/edit"
_LABELS: Final = {"kind": "Форма", "kpp": "КПП", "ogrn": "ОГРН", "family": "Группа клиентов"}
_Request = Request[Any, Any, State]


def read_change(form: FormMultiDict, one: Organisation) -> NewOrganisation:
    """What the form says of a client. Raises FormRefused."""
    name = text_of(form, "short_name")
    if not name:
        raise FormRefused(say("Укажите название клиента."))
    kind, number = choice_of(form, "kind", words.KINDS), tax_number_of(form, one.country)
    if one.country == "RU" and number is not None and len(number) != (10 if kind == "org" else 12):
        raise FormRefused(say("ИНН организации — 10 цифр, человека — 12."))
    kept = {key: value for key, value in one.identifiers.items() if key not in ("kpp", "ogrn")}
    kpp, ogrn = text_of(form, "kpp").upper(), text_of(form, "ogrn")
    if kpp and (kind != "org" or not is_kpp(kpp)):
        raise FormRefused(say("В КПП ошибка: у организации девять знаков, у человека КПП нет."))
    if ogrn and not is_ogrn(ogrn, sole_trader=kind != "org"):
        raise FormRefused(say("В ОГРН ошибка: проверьте цифры."))
    numbers = {key: value for key, value in (("kpp", kpp), ("ogrn", ogrn)) if value}
    return NewOrganisation(
        short_name=name, full_name=text_of(form, "full_name", 500), kind=kind, country=one.country,
        region=text_of(form, "region") or None, tax_number=number, identifiers={**kept, **numbers},
        family=text_of(form, "family") or None, status=one.status,
    )  # fmt: skip


def kept_form(one: Organisation) -> dict[str, str]:
    """What stands in the form, by the names of its fields."""
    return {
        "short_name": one.short_name, "full_name": one.full_name, "kind": one.kind,
        "tax_number": one.tax_number or "", "kpp": one.identifiers.get("kpp", ""),
        "ogrn": one.identifiers.get("ogrn", ""), "region": one.region or "", "family": one.family or "",
    }  # fmt: skip


async def _seen(state: State, viewer: Viewer, client_id: int) -> Organisation:
    async with look(state, viewer) as db:
        one = await organisations.organisation_by_id(db, client_id)
    if one is None:
        raise NotFoundException
    return one


def _form(
    viewer: Viewer, one: Organisation, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    crumbs = [CRUMB, Crumb(one.short_name, f"{PATH}/{one.id}")]
    return page("office/client_edit.html", viewer, "clients", crumbs=crumbs, status=422 if error else 200, one=one,
                words=words, error=error, form=form, kept=kept_form(one))  # fmt: skip


@get(_EDIT, opt=doing(Action.CHANGE_CLIENTS))
async def edit_form(state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]) -> Template:
    """The form as it stands."""
    return _form(viewer, await _seen(state, viewer, client_id))


@post(_EDIT, opt=doing(Action.CHANGE_CLIENTS))
async def edit(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """Changed, unless somebody was faster."""
    clock: Clock = state["clock"]
    form, one = await request.form(), await _seen(state, viewer, client_id)
    try:
        new, version = read_change(form, one), whole_of(form, "version")
        async with change(state, viewer) as db:
            now = await organisations.organisation_by_id(db, client_id)
            if now is None:
                raise NotFoundException
            refuse_if_changed(form, kept_form(now), _LABELS, {"kind": say(words.KINDS[now.kind])})
            if not await organisations.change_organisation(db, client_id, version, new, clock.now(), viewer.person_id):
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            await record(db, state, viewer, "client.changed", new.short_name, before=told(one), after=told(new))
    except FormRefused as refused:
        return _form(viewer, one, error=str(refused), form=form)
    except asyncpg.UniqueViolationError:
        return _form(viewer, one, error=say("Клиент с таким ИНН уже есть."), form=form)
    return Redirect(f"{PATH}/{client_id}", status_code=303)


HANDLERS: Final = (edit_form, edit)
