"""The card of an annex to a contract: what it changes from which day, both marks; and what is done to it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.contract_annex import ChangeKind
from accounting.office.contracts import last_day
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import annex_orders, contract_words, words
from admin.office.annex_fee import fee_of_annex
from admin.office.contract_terms import contract_of
from admin.office.forms import FormRefused, told
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.office.tariff_forms import money_text
from admin.page import Crumb, page
from admin.pages.office.contract_card import held, show_contract
from admin.pages.office.contracts import CRUMB, PATH, who_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import annexes, catalogue, contracts
from admin.storage.office.annexes import Annex
from admin.storage.office.contracts import ContractCard
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.storage.pool import WriteConnection

_ALL: Final = f"{PATH}/{{number:int}}/annexes"
_CARD: Final = f"{_ALL}/{{annex:int}}"
_Request = Request[Any, Any, State]
_Deed = Callable[[WriteConnection, ContractCard, Annex], Awaitable[dict[str, Any]]]
"""Gives what the audit keeps of it."""


def _path(number: int, annex: int) -> str:
    return f"{PATH}/{number}/annexes/{annex}"


async def _show(
    state: State, viewer: Viewer, number: int, annex: int, *, error: str | None = None,
    form: FormMultiDict | None = None,
) -> Template:  # fmt: skip
    money = viewer.may(Action.SEE_FEES)
    async with look(state, viewer) as db:
        contract = await contracts.contract_by_id(db, number, money=money)
        one = None if contract is None else await annexes.annex_by_id(db, number, annex)
        if contract is None or one is None:
            raise NotFoundException
        lines = {line.id: line for line in await contracts.lines_of(db, [number], money=money)}
        changes = (await annexes.changes_of(db, number, money=money)).get(annex, [])
        context = {
            "changes": changes,
            "fee": await fee_of_annex(db, number, changes, lines) if money and one.state != "cancelled" else None,
            "signatures": await annexes.signatures_of(db, annex),
            "services": await catalogue.services_by_code(db),
        }
    crumbs = [CRUMB, Crumb(say("Договор {number}", number=contract.number), f"{PATH}/{number}")]
    return page(
        "office/annex.html", viewer, "clients", crumbs=crumbs, status=422 if error else 200, one=one, contract=contract,
        lines=lines, kinds=ChangeKind, names=contract_words, words=words, last_day=last_day(contract_of(contract)),
        today=today(state), money_text=money_text, error=error, form=form, path=_path(number, annex), **context,
    )  # fmt: skip


async def _do(
    state: State, viewer: Viewer, place: tuple[int, int], form: FormMultiDict, action: str, deed: _Deed
) -> Response[Any]:
    """A deed about an annex of a contract that is held; what is refused is said on its card."""
    try:
        async with change(state, viewer) as db:
            contract = await held(db, place[0])
            one = await annexes.annex_by_id(db, *place)
            if one is None:
                raise NotFoundException
            after = await deed(db, contract, one)
            on = f"{contract.short_name}: {contract.number}, {one.number}"
            await record(db, state, viewer, action, on, after=after)
    except FormRefused as refused:
        return await _show(state, viewer, *place, error=str(refused), form=form)
    return Redirect(_path(*place), status_code=303)


@post(_ALL, opt=doing(Action.WORK_ON_CONTRACTS))
async def new_annex(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """The draft of an annex; its number is the next one unless it is typed."""
    panel: PanelDatabase = state["panel"]
    form, (annex, event_id) = await request.form(), (await panel.ids()).take(2)
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _path(number, annex))
            contract = await held(db, number)
            await annex_orders.add_annex(db, (annex, event_id), contract, form, who_of(state, viewer))
            await record(db, state, viewer, "annex.added", f"{contract.short_name}: {contract.number}")
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused), form=form)
    return Redirect(_path(number, annex), status_code=303)


@get(_CARD, opt=doing(Action.SEE_CLIENTS))
async def annex_card(
    state: State, viewer: NamedDependency[Viewer], number: FromPath[int], annex: FromPath[int]
) -> Template:
    """The card."""
    return await _show(state, viewer, number, annex)


@post(_CARD, opt=doing(Action.WORK_ON_CONTRACTS))
async def edit(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int], annex: FromPath[int]
) -> Response[Any]:
    """Number, day and words of a draft."""
    form = await request.form()

    async def deed(db: WriteConnection, contract: ContractCard, one: Annex) -> dict[str, Any]:
        return told(await annex_orders.edit_annex(db, contract, one, form, who_of(state, viewer)))

    return await _do(state, viewer, (number, annex), form, "annex.changed", deed)


@post(f"{_CARD}/changes", opt=doing(Action.WORK_ON_CONTRACTS))
async def add_change(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int], annex: FromPath[int]
) -> Response[Any]:
    """A line that is added, ends or gets another price, or another fee of a month."""
    panel: PanelDatabase = state["panel"]
    form, change_id = await request.form(), await panel.new_id()

    async def deed(db: WriteConnection, contract: ContractCard, one: Annex) -> dict[str, Any]:
        await take_form(db, state, viewer, request, _path(number, annex))
        return told(await annex_orders.add_change(db, change_id, contract, one, form))

    return await _do(state, viewer, (number, annex), form, "annex.changed", deed)


@post(f"{_CARD}/changes/{{change_id:int}}/drop", opt=doing(Action.WORK_ON_CONTRACTS))
async def drop_change(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int], annex: FromPath[int],
    change_id: FromPath[int],
) -> Response[Any]:  # fmt: skip
    """A change goes again, while nobody has signed."""
    form = await request.form()

    async def deed(db: WriteConnection, contract: ContractCard, one: Annex) -> dict[str, Any]:
        if not await annexes.drop_change(db, one.id, change_id):
            raise FormRefused(say("Соглашение уже подписано одной из сторон: в нём ничего не меняют."))
        return {"dropped": change_id}

    return await _do(state, viewer, (number, annex), form, "annex.changed", deed)


@post(f"{_CARD}/sign", opt=doing(Action.WORK_ON_CONTRACTS))
async def sign(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int], annex: FromPath[int]
) -> Response[Any]:
    """The mark of one side; with the second one it is in force."""
    panel: PanelDatabase = state["panel"]
    form, ids = await request.form(), await panel.ids()

    async def deed(db: WriteConnection, contract: ContractCard, one: Annex) -> dict[str, Any]:
        in_force = await annex_orders.sign_annex(db, ids.take, contract, one, form, who_of(state, viewer))
        return {"side": str(form.get("side")), "in_force": in_force}

    return await _do(state, viewer, (number, annex), form, "annex.signed", deed)


@post(f"{_CARD}/cancel", opt=doing(Action.WORK_ON_CONTRACTS))
async def cancel(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int], annex: FromPath[int]
) -> Response[Any]:
    """It will not be signed."""
    panel: PanelDatabase = state["panel"]
    form, event_id = await request.form(), await panel.new_id()

    async def deed(db: WriteConnection, contract: ContractCard, one: Annex) -> dict[str, Any]:
        await annex_orders.cancel_annex(db, event_id, contract, one, form, who_of(state, viewer))
        return {"state": "cancelled"}

    return await _do(state, viewer, (number, annex), form, "annex.cancelled", deed)


HANDLERS: Final = (new_annex, annex_card, edit, add_change, drop_change, sign, cancel)
