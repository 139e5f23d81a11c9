"""Templates of contracts in versions, and who the office is in its contracts."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office.contract_texts.fields import FIELDS
from admin.office.contract_texts.filling import TextRefused
from admin.office.contract_texts.making import sample_of
from admin.office.contract_texts.reading import (
    OWN_LABELS,
    kept_own,
    read_own,
    read_template,
    sample_text,
    typed_details,
)
from admin.office.forms import FormRefused, choice_of, told
from admin.office.looking import change, look, moments
from admin.office.meanwhile import refuse_if_changed
from admin.office.rich_text import LONGEST
from admin.office.sent_forms import take_form
from admin.office.tariff_forms import whole_of
from admin.page import Crumb, page
from admin.pages.office.handbook_entry import differences
from admin.pages.office.handbooks import author_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import contract_texts
from admin.storage.office.contract_texts import ContractTemplate
from admin.texts import LANGUAGES, say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

PATH: Final = "/settings/contract-templates"
_CRUMBS: Final = [Crumb("Шаблоны договоров", PATH)]
_ONE: Final = f"{PATH}/{{number:int}}"
VERSIONS_SHOWN: Final = 20
_WRITTEN_MEANWHILE: Final = "Пока вы писали, запись изменил кто-то ещё. Сравните и сохраните ещё раз."

_Request = Request[Any, Any, State]


async def _list(
    state: State, viewer: Viewer, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    async with look(state, viewer) as db:
        templates = await contract_texts.list_templates(db)
        version, own = await contract_texts.own_details(db)
    typed = typed_details(form, own.party) | {
        name: str(form.get(field, "")) if form else value
        for name, field, value in (
            ("name", "name", own.name), ("inn", "tax_number", own.inn), ("kpp", "kpp", own.kpp),
            ("ogrn", "ogrn", own.ogrn), ("place", "place", own.place),
        )
    }  # fmt: skip
    return page("settings/contract_templates.html", viewer, "settings", status=422 if error else 200, error=error,
                templates=templates, typed=typed, kept=kept_own(own),
                version=version, at=moments(state), languages=LANGUAGES)  # fmt: skip


@get(PATH, opt=doing(Action.SET_TEMPLATES))
async def list_templates(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """All of them, and who the office is."""
    return await _list(state, viewer)


@post(f"{PATH}/own", opt=doing(Action.SET_TEMPLATES))
async def set_own(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Who the office is from now on; texts that were made stay as they are."""
    form = await request.form()
    try:
        new, since = read_own(form), whole_of(form, "version")
        async with change(state, viewer) as db:
            _, before = await contract_texts.own_details(db)
            refuse_if_changed(form, kept_own(before), OWN_LABELS)
            if not await contract_texts.write_own_details(db, new, author_of(state, viewer), since):
                raise FormRefused(say(_WRITTEN_MEANWHILE))
            await record(db, state, viewer, "office.own_details", new.name, before=told(before), after=told(new))
    except FormRefused as refused:
        return await _list(state, viewer, error=str(refused), form=form)
    return Redirect(f"{PATH}#own", status_code=303)


async def _held(db: ReadConnection | WriteConnection, number: int) -> ContractTemplate:
    one = await contract_texts.template_by_id(db, number)
    if one is None:
        raise NotFoundException
    return one


async def _editor(
    state: State, viewer: Viewer, number: int | None, *, error: str | None = None, form: FormMultiDict | None = None,
    beginning: str = "", is_tried: bool = False,
) -> Template:  # fmt: skip
    one, versions = None, []
    if number is not None:
        async with look(state, viewer) as db:
            one = await _held(db, number)
            versions = differences(await contract_texts.versions_of(db, number, VERSIONS_SHOWN))
    text = str(form.get("text", "")) if form else one.text if one else beginning
    shown, mistakes = None, None
    try:
        shown = sample_of(read_template(form).text) if is_tried and form else sample_of(one.text) if one else None
    except TextRefused as refused:  # of a version that was written when more was let through
        mistakes = refused.told()
    return page(
        "settings/contract_template.html", viewer, "settings", crumbs=_CRUMBS, status=422 if error else 200, one=one,
        versions=versions, text=text, name=str(form.get("name", "")) if form else one.name if one else "",
        shown=shown, fields=FIELDS, longest=LONGEST, languages=LANGUAGES, error=error or mistakes, form=form,
        at=moments(state), is_tried=is_tried,
    )  # fmt: skip


@get(f"{PATH}/new", opt=doing(Action.SET_TEMPLATES))
async def new_template(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """An empty form; ``sample``: with the text that comes with the program."""
    beginning = sample_text() if request.query_params.get("sample") == "1" else ""
    return await _editor(state, viewer, None, beginning=beginning)


@post(PATH, opt=doing(Action.SET_TEMPLATES))
async def add_template(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The first version; ``look`` shows what it would be."""
    panel: PanelDatabase = state["panel"]
    form, number = await request.form(), await panel.new_id()
    try:
        new, language = read_template(form), choice_of(form, "language", LANGUAGES)
        if form.get("do") == "look":
            return await _editor(state, viewer, None, form=form, is_tried=True)
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            await contract_texts.add_template(db, number, language, new, author_of(state, viewer))
            after = {"language": language, "letters": len(new.text)}
            await record(db, state, viewer, "contract_template.added", new.name, after=after)
    except FormRefused as refused:
        return await _editor(state, viewer, None, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@get(_ONE, opt=doing(Action.SET_TEMPLATES))
async def template_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """What it says, its versions, and the form of another one."""
    return await _editor(state, viewer, number)


@post(_ONE, opt=doing(Action.SET_TEMPLATES))
async def write_template(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Another version, if nobody wrote one meanwhile; what was made of the former ones stays."""
    form = await request.form()
    try:
        new, since = read_template(form), whole_of(form, "version")
        if form.get("do") == "look":
            return await _editor(state, viewer, number, form=form, is_tried=True)
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            await _held(db, number)
            if not await contract_texts.write_template(db, number, new, author_of(state, viewer), since):
                raise FormRefused(say(_WRITTEN_MEANWHILE))
            after = {"version": since + 1, "letters": len(new.text)}
            await record(db, state, viewer, "contract_template.written", new.name, after=after)
    except FormRefused as refused:
        return await _editor(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


@post(f"{_ONE}/archive", opt=doing(Action.SET_TEMPLATES))
async def put_away(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """No contract is made of it from now on, or again."""
    clock: Clock = state["clock"]
    form = await request.form()
    async with change(state, viewer) as db:
        one = await _held(db, number)
        archived_at = (one.archived_at or clock.now()) if form.get("archived") == "1" else None
        await contract_texts.put_away(db, number, archived_at)
        after = {"archived": archived_at is not None}
        await record(db, state, viewer, "contract_template.put_away", one.name, after=after)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (list_templates, set_own, new_template, add_template, template_card, write_template, put_away)
