"""The text of a contract: made of a template, looked at, printed, and kept as it will be signed."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from markupsafe import Markup

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import words
from admin.office.contract_orders import tell
from admin.office.contract_texts import making
from admin.office.contract_texts.filling import Problem, TextRefused
from admin.office.forms import FormRefused, number_of
from admin.office.looking import change, look, moments
from admin.page import Crumb, page
from admin.pages.office.contract_card import held
from admin.pages.office.contracts import CRUMB, PATH, who_of
from admin.pages.office.handbooks import author_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import contract_texts, contracts
from admin.storage.office.contract_texts import ContractTemplate, ContractText
from admin.storage.office.contracts import ContractCard
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection, WriteConnection

TEXTS_SHOWN: Final = 20
_TEXT: Final = f"{PATH}/{{number:int}}/text"
_OF_CARD: Final = frozenset({"client.name", "client.numbers", "client.inn", "client.kpp", "client.ogrn"})
"""Fields that stand in the card of a client itself."""

_Request = Request[Any, Any, State]


async def _card(db: ReadConnection, number: int) -> ContractCard:
    one = await contracts.contract_by_id(db, number)
    if one is None:
        raise NotFoundException
    return one


async def _why_closed(db: ReadConnection | WriteConnection, one: ContractCard) -> str:
    """Why no text is made any more; empty: it may be."""
    if await contracts.signatures_of(db, one.id):
        return say("Договор уже подписан одной из сторон: его текст больше не меняется.")
    if one.status not in making.OPEN:
        return say("Договор «{state}»: чтобы составить текст заново, верните договор в черновик.",
                   state=say(words.CONTRACT_STATUSES[one.status]))  # fmt: skip
    return ""


def mended_at(problem: Problem, one: ContractCard) -> str:
    """Where what is missing is filled in."""
    if problem.kind != "empty":
        return ""
    if problem.field.startswith("office.") or problem.field == "contract.place":
        return "/settings/contract-templates#own"
    if problem.field.startswith("client."):
        page_of = "edit" if problem.field in _OF_CARD else "contract-details"
        return f"/clients/{one.organisation_id}/{page_of}"
    return f"{PATH}/{one.id}"


def _chosen(
    templates: list[ContractTemplate], newest: ContractText | None, form: FormMultiDict | None
) -> ContractTemplate | None:
    wanted = str(form.get("template")) if form else str(newest.template_id) if newest else ""
    return next((one for one in templates if str(one.id) == wanted), templates[0] if templates else None)


async def _show(
    state: State, viewer: Viewer, number: int, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    problems: list[Problem] = []
    is_stale = False
    async with look(state, viewer) as db:
        one = await _card(db, number)
        texts = await contract_texts.texts_of(db, number, TEXTS_SHOWN)
        closed = await _why_closed(db, one)
        templates = [each for each in await contract_texts.list_templates(db) if each.archived_at is None]
        newest = texts[0] if texts else None
        chosen = _chosen(templates, newest, form)
        written = await making.written_of(db, one) if chosen is not None and not closed else None
    if chosen is not None and written is not None:
        try:
            fresh = making.compose(chosen, written).html()
            is_stale = newest is not None and newest.html != fresh
        except TextRefused as refused:
            problems, is_stale = refused.problems, newest is not None
    crumbs = [CRUMB, Crumb(one.number or say("без номера"), f"{PATH}/{number}")]
    return page(
        "office/contract_text.html", viewer, "clients", crumbs=crumbs, status=422 if error else 200, one=one,
        texts=texts, newest=newest, shown=Markup(newest.html) if newest else None, closed=closed, templates=templates,
        chosen=chosen, problems=[(each.text(), mended_at(each, one)) for each in problems], is_stale=is_stale,
        at=moments(state), error=error,
    )  # fmt: skip


@get(_TEXT, opt=doing(Action.SEE_FEES))
async def contract_text(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """The newest text, what was made before, and what is missing for another one."""
    return await _show(state, viewer, number)


@post(_TEXT, opt=doing(Action.WORK_ON_CONTRACTS))
async def make_text(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Page and paper, or nothing; the same text is not made twice."""
    panel: PanelDatabase = state["panel"]
    form, ids = await request.form(), (await panel.ids()).take(2)
    try:
        async with change(state, viewer) as db:
            one = await held(db, number)
            closed = await _why_closed(db, one)
            if closed:
                raise FormRefused(closed)
            template = await contract_texts.template_by_id(db, number_of(form, "template"))
            if template is None or template.archived_at is not None:
                raise FormRefused(say("Выберите шаблон."))
            if await making.make(db, ids[0], one, template, author_of(state, viewer)):
                version = say("{name}, версия {version}", name=template.name, version=template.version)
                await tell(db, ids[1], one, who_of(state, viewer), "text", one.status, version)
                after = {"template": template.name, "version": template.version, "text": ids[0]}
                on = f"{one.short_name}: {one.number}"
                await record(db, state, viewer, "contract.text_made", on, after=after)
    except TextRefused:
        error = say("Текст не составлен: сначала заполните то, чего не хватает.")
        return await _show(state, viewer, number, error=error, form=form)
    except FormRefused as refused:
        return await _show(state, viewer, number, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}/text", status_code=303)


@get(f"{_TEXT}/{{text:int}}", opt=doing(Action.SEE_FEES))
async def text_to_print(
    state: State, viewer: NamedDependency[Viewer], number: FromPath[int], text: FromPath[int]
) -> Template:
    """A text alone on its page."""
    async with look(state, viewer) as db:
        one = await _card(db, number)
        found = next((each for each in await contract_texts.texts_of(db, number, 10_000) if each.id == text), None)
    if found is None:
        raise NotFoundException
    return page("office/contract_print.html", viewer, "clients", one=one, text=found, shown=Markup(found.html))


@get(f"{_TEXT}/{{text:int}}/pdf", opt=doing(Action.SEE_FEES))
async def text_pdf(
    state: State, viewer: NamedDependency[Viewer], number: FromPath[int], text: FromPath[int]
) -> Response[bytes]:
    """The paper that was made, byte for byte."""
    async with look(state, viewer) as db:
        pdf = await contract_texts.pdf_of(db, number, text)
    if pdf is None:
        raise NotFoundException
    headers = {"Content-Disposition": f'inline; filename="contract-{number}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


HANDLERS: Final = (contract_text, make_text, text_to_print, text_pdf)
