"""The card of a contract: what it says, both marks, its lines, files and story; and what is done to it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.office.contract_annex import ANNEXED, ChangeKind
from accounting.office.contract_fees import fee_on, introductory_spans
from accounting.office.contract_steps import RENEWING, steps_of
from accounting.office.contracts import FeeChange, closes_on, following_term, known_end, last_day, term_on
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import contract_orders, contract_words, words
from admin.office.contract_forms import CONTRACT_LABELS, day_or_none, kept_contract, read_contract, read_line
from admin.office.contract_numbers import next_annex_number, next_contract_number, renumbered
from admin.office.contract_orders import renewal_of, take_step, tell, warnings_of
from admin.office.contract_prices import calculated_fee, kept_line, reprice_line
from admin.office.contract_terms import contract_of, introductory_of
from admin.office.forms import FormRefused, told
from admin.office.looking import change, look, moments, today
from admin.office.meanwhile import refuse_if_changed
from admin.office.sent_forms import take_form
from admin.office.tariff_forms import money_text, whole_of
from admin.page import page
from admin.pages.office.contracts import CRUMB, PATH, who_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import annexes, catalogue, contract_files, contracts
from admin.storage.office.annexes import Annex, StoredChange
from admin.storage.office.contracts import ContractCard
from admin.texts import say
from admin.uploads.receiving import new_form_key
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection

_CARD: Final = f"{PATH}/{{number:int}}"
_Request = Request[Any, Any, State]


async def show_contract(
    state: State, viewer: Viewer, number: int, *, error: str | None = None, form: FormMultiDict | None = None
) -> Template:
    """The page, with what is wrong about a form of it. Raises NotFoundException."""
    money = viewer.may(Action.SEE_FEES)
    async with look(state, viewer) as db:
        one = await contracts.contract_by_id(db, number, money=money)
        if one is None:
            raise NotFoundException
        context: dict[str, Any] = {
            "lines": await contracts.lines_of(db, [number], money=money),
            "signatures": await contracts.signatures_of(db, number),
            "events": await contracts.events_of(db, number),
            "text_fault": await contract_orders.text_fault_of(db, one),
            "files": await contract_files.files_of(db, number),
            "services": await catalogue.services_by_code(db),
            "annexes": await annexes.annexes_of(db, number),
            "annex_changes": await annexes.changes_of(db, number, money=money),
            "number_to_come": await next_contract_number(db, one.dated),
            "annex_number": await next_annex_number(db, one, today(state)),
        }
    steps = [step for step in steps_of(one.status) if step != "sign" or len(context["signatures"]) < 2]
    return page(
        "office/contract.html", viewer, "clients", crumbs=[CRUMB], status=422 if error else 200, one=one, steps=steps,
        names=contract_words, words=words, today=today(state), at=moments(state), money_text=money_text, error=error,
        form=form, warnings=warnings_of(one, today(state)), file_key=new_form_key(), annexed=one.status in ANNEXED,
        kept_line=kept_line, kept=kept_contract(one), annex_lines={line.id: line for line in context["lines"]},
        **_terms(one, context["annexes"], context["annex_changes"], today(state)), **context,
    )  # fmt: skip


def _terms(
    one: ContractCard, agreed: Sequence[Annex], changes: Mapping[int, Sequence[StoredChange]], day: date
) -> dict[str, Any]:
    """When the contract ends and what it costs, as it is known on a day."""
    fee_changes = [
        (change.on_day, change.price_kopecks or 0, annex.number)
        for annex in agreed
        for change in changes.get(annex.id, ())
        if annex.state == "signed" and change.kind is ChangeKind.FEE
    ]
    contract = contract_of(one, [FeeChange(since, fee) for since, fee, _ in fee_changes])
    following = following_term(contract, day)
    return {
        "known_end": known_end(contract, day), "last_day": last_day(contract), "fee_changes": fee_changes,
        "renews_on": following[0] if following else None, "fee_today": fee_on(contract, day),
        "introductory": list(introductory_spans(contract)), "stages": introductory_of(one),
        "holds_today": one.status in RENEWING and term_on(contract, day) is not None,
        "would_end": last_day(msgspec.structs.replace(contract, closes_on=closes_on(contract, day))),
    }  # fmt: skip


async def held(db: WriteConnection, number: int) -> ContractCard:
    """A contract that nobody else changes meanwhile. Raises NotFoundException."""
    one = await contracts.lock_contract(db, number)
    if one is None:
        raise NotFoundException
    return one


def _back(number: int, place: str = "") -> Redirect:
    return Redirect(f"{PATH}/{number}{place}", status_code=303)


@get(_CARD, opt=doing(Action.SEE_CLIENTS))
async def contract_card(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Template:
    """The card."""
    return await show_contract(state, viewer, number)


@post(_CARD, opt=doing(Action.WORK_ON_CONTRACTS))
async def edit(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """What a draft says; what is agreed is changed by going back to the draft."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    form, event_id = await request.form(), await panel.new_id()
    try:
        async with change(state, viewer) as db:
            one = await held(db, number)
            refuse_if_changed(form, kept_contract(one), CONTRACT_LABELS)
            fee = await calculated_fee(db, one)
            new = read_contract(form, one.terms, money=viewer.may(Action.SEE_FEES), calculated=fee)
            new = await renumbered(db, one, new)
            if not await contracts.change_contract(db, number, whole_of(form, "version"), new, clock.now()):
                raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
            await tell(db, event_id, one, who_of(state, viewer), "change", one.status)
            await record(db, state, viewer, "contract.changed", f"{one.short_name}: {new.number}", after=told(new))
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused), form=form)
    return _back(number)


@post(f"{_CARD}/step", opt=doing(Action.WORK_ON_CONTRACTS))
async def step(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """A step of its way, with what it needs."""
    panel: PanelDatabase = state["panel"]
    form, ids = await request.form(), await panel.ids()
    try:
        async with change(state, viewer) as db:
            taken = await take_step(db, ids.take, number, form, who_of(state, viewer))
            if taken is None:
                raise NotFoundException
            one, status = taken
            before, after = {"status": one.status}, {"status": status, "step": str(form.get("step"))}
            on = f"{one.short_name}: {one.number}"
            await record(db, state, viewer, "contract.moved", on, before=before, after=after)
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused), form=form)
    return _back(number)


@post(f"{_CARD}/lines", opt=doing(Action.WORK_ON_CONTRACTS))
async def add_line(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """Another service of a draft."""
    panel: PanelDatabase = state["panel"]
    form, numbers = await request.form(), (await panel.ids()).take(2)
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, _back(number, "#lines").url)
            one = await held(db, number)
            if one.status != "draft":
                raise FormRefused(say("Договор уже согласован: верните его в черновик."))
            line = read_line(form, dict(await catalogue.services_by_code(db)))
            starts = day_or_none(form, "line_starts") or one.starts_on or one.dated
            ends = day_or_none(form, "line_ends")
            if ends is not None and ends < starts:
                raise FormRefused(say("Последний день раньше первого."))
            card = (number, one.organisation_id)
            await contracts.add_lines(db, numbers[:1], card, [line], (starts, ends))
            await tell(db, numbers[1], one, who_of(state, viewer), "line", one.status, line.service)
            on = f"{one.short_name}: {one.number}"
            await record(db, state, viewer, "contract.line_added", on, after=told(line))
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused), form=form)
    return _back(number, "#lines")


@post(f"{_CARD}/lines/{{line:int}}", opt=doing(Action.WORK_ON_CONTRACTS))
async def edit_line(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int], line: FromPath[int]
) -> Response[Any]:
    """How much of a service of a draft, and at which price."""
    panel: PanelDatabase = state["panel"]
    form, event_id = await request.form(), await panel.new_id()
    try:
        async with change(state, viewer) as db:
            one = await held(db, number)
            old, new = await reprice_line(db, one, line, form)
            await tell(db, event_id, one, who_of(state, viewer), "line_price", one.status, new.service)
            on, before, after = f"{one.short_name}: {one.number}", told(old), told(new)
            await record(db, state, viewer, "contract.line_changed", on, before=before, after=after)
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused), form=form)
    return _back(number, "#lines")


@post(f"{_CARD}/lines/{{line:int}}/drop", opt=doing(Action.WORK_ON_CONTRACTS))
async def drop_line(
    state: State, viewer: NamedDependency[Viewer], number: FromPath[int], line: FromPath[int]
) -> Response[Any]:
    """A service goes from a draft; of what is agreed it does not."""
    panel: PanelDatabase = state["panel"]
    event_id = await panel.new_id()
    async with change(state, viewer) as db:
        one = await held(db, number)
        service = await contracts.drop_line(db, number, line)
        if service is not None:
            await tell(db, event_id, one, who_of(state, viewer), "line_gone", one.status, service)
            before = {"service": service}
            await record(db, state, viewer, "contract.line_dropped", f"{one.short_name}: {one.number}", before=before)
    return _back(number, "#lines")


@post(f"{_CARD}/original", opt=doing(Action.WORK_ON_CONTRACTS))
async def original(
    request: _Request, state: State, viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[Any]:
    """The paper with the client's signature is back."""
    panel: PanelDatabase = state["panel"]
    form, event_id = await request.form(), await panel.new_id()
    try:
        async with change(state, viewer) as db:
            one = await held(db, number)
            await contract_orders.give_back_original(db, event_id, one, form, who_of(state, viewer))
            await record(db, state, viewer, "contract.original_back", f"{one.short_name}: {one.number}")
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused), form=form)
    return _back(number)


@post(f"{_CARD}/renew", opt=doing(Action.WORK_ON_CONTRACTS))
async def renew(state: State, viewer: NamedDependency[Viewer], number: FromPath[int]) -> Response[Any]:
    """The draft that follows; a second time leads to the same."""
    panel: PanelDatabase = state["panel"]
    ids = await panel.ids()
    try:
        async with change(state, viewer) as db:
            one = await held(db, number)
            following = await renewal_of(db, ids.take, one, who_of(state, viewer))
            if one.renewed_by is None:
                await record(db, state, viewer, "contract.renewed", f"{one.short_name}: {one.number}")
    except FormRefused as refused:
        return await show_contract(state, viewer, number, error=str(refused))
    return _back(following)


HANDLERS: Final = (contract_card, edit, step, add_line, edit_line, drop_line, original, renew)
