"""Orders to correct and to restore from a form: planned by the API, explained, and then done once."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.receipts.model import Receipt
from admin import words
from admin.access import FORM_FIELD, doing
from admin.addresses import receipt_address
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.fault_words import FaultWords, worded
from admin.formatters import Moments
from admin.page import Crumb, page
from admin.pages.choosing import seen_merchant
from admin.pages.corrections import words as correction_words
from admin.pages.corrections.listing import PATH
from admin.pages.corrections.orders import (
    RATES,
    WAYS,
    Parsed,
    correction_order,
    day_order,
    event_key,
    missing_order,
)
from admin.pages.explained import Section, sections_of
from admin.pages.money import words as money_words
from admin.pages.money.upload import NO_MERCHANT, merchant_of
from admin.permissions import Action
from admin.recording import record
from admin.refusals import Refusal, told
from admin.uploads.receiving import new_form_key
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.client.protocol import Request as ApiRequest
from fiscal_server.client.protocol import decode
from fiscal_server.client.types import Correction, Fault
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage.receipts import ReceiptView, read_receipt

_Request = Request[Any, Any, State]
_RIGHT: Final = PATH + "/receipt/{merchant_id:int}/{receipt_id:int}"
MISSING: Final = PATH + "/missing"
DAY: Final = PATH + "/day-total"
_CRUMBS: Final = (Crumb("Исправления", PATH),)
_KEY_LETTERS: Final = 128


class PlannedDocument(msgspec.Struct, frozen=True):
    """A document that would be issued."""

    event_key: str
    account: str | None
    corrects: str | None
    receipt: Receipt
    explanation: str | None
    unsound: list[str]

    @property
    def kind(self) -> words.Wording:
        """What it is, in the payer's words."""
        return words.kind_of(3, self.receipt)

    @property
    def sections(self) -> list[Section]:
        """Why it looks as it does."""
        return sections_of(self.explanation or "")


class Plan(msgspec.Struct, frozen=True):
    """What would be issued, and what stands against it."""

    documents: list[PlannedDocument]
    refused: list[Fault]

    @property
    def faults(self) -> list[FaultWords]:
        """What stands against it, in the reader's language."""
        return [worded(one) for one in self.refused]

    @property
    def is_possible(self) -> bool:
        """Whether the order would be taken."""
        return bool(self.documents) and not self.refused and not any(one.unsound for one in self.documents)


class _Form(msgspec.Struct, frozen=True):
    """A form as its page draws it: ``api``: where its order goes; ``context``: what its template needs besides."""

    template: str
    api: str
    path: str
    parsed: Parsed
    crumbs: tuple[Crumb, ...] = _CRUMBS
    context: dict[str, Any] = {}


def _today(state: State) -> date:
    settings: Settings = state["settings"]
    clock: Clock = state["clock"]
    return clock.now().astimezone(settings.zone).date()


def _key(query: Mapping[str, Any]) -> str:
    given = str(query.get("key", ""))
    return given if 16 <= len(given) <= _KEY_LETTERS and given.isascii() and given.isprintable() else new_form_key()


async def _planned(state: State, viewer: Viewer, merchant_id: int, form: _Form) -> tuple[Plan | None, Refusal | None]:
    """What the API would issue; nothing is asked while the form has mistakes."""
    errands: Errands = state["errands"]
    if form.parsed.order is None:
        return None, None
    body = msgspec.json.encode(form.parsed.order)
    try:
        async with errands.run(viewer, merchant_id, Action.CORRECT_RECEIPTS) as api:
            return decode(await api.send(ApiRequest("POST", f"{form.api}/preview", body)), Plan), None
    except ClientError as error:
        return None, told(error)


async def _show(
    state: State, viewer: Viewer, merchant_id: int | None, form: _Form, key: str, *, asked: bool,
    refusal: Refusal | None = None,
) -> Template:  # fmt: skip
    plan = None
    if asked and merchant_id is not None and refusal is None:
        plan, refusal = await _planned(state, viewer, merchant_id, form)
    clock: Clock = state["clock"]
    errors = form.parsed.errors if asked else {}
    if asked and merchant_id is None:
        errors = {**errors, "merchant": NO_MERCHANT}
    return page(
        form.template, viewer, "corrections", crumbs=form.crumbs, status=422 if errors or refusal else 200,
        merchant_id=merchant_id, given=form.parsed.given, errors=errors, plan=plan, refusal=refusal, key=key,
        path=form.path, said=money_words, forms=correction_words.FORMS, today=_today(state),
        at=Moments(clock.now(), state["settings"].zone), **form.context,
    )  # fmt: skip


async def _do(state: State, viewer: Viewer, merchant_id: int, form: _Form, key: str, about: str) -> Response[Any]:
    """The order under the key of its form: sent twice it is one order."""
    errands: Errands = state["errands"]
    panel: PanelDatabase = state["panel"]
    if form.parsed.order is None:
        return await _show(state, viewer, merchant_id, form, key, asked=True)
    body = msgspec.json.encode(form.parsed.order)
    try:
        async with errands.run(viewer, merchant_id, Action.CORRECT_RECEIPTS) as api:
            request = ApiRequest("POST", form.api, body, idempotency_key=key)
            made = decode(await api.send(request), Correction)
    except ClientError as error:
        return await _show(state, viewer, merchant_id, form, key, asked=True, refusal=told(error))
    async with panel.change() as db:
        deed = "corrections.ordered" if made.kind == "correction" else "corrections.restored"
        await record(db, state, viewer, deed, about, merchant_id=merchant_id, after={"order": made.id})
    return Redirect(f"{PATH}/{merchant_id}/{made.id}", status_code=303)


async def _receipt(state: State, viewer: Viewer, merchant_id: int, receipt_id: int) -> ReceiptView:
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        view = await read_receipt(db, merchant_id, receipt_id) if 0 < receipt_id < 1 << 63 else None
    if view is None:
        raise NotFoundException
    return view


def _right_form(view: ReceiptView, merchant_id: int, given: Mapping[str, Any], today: date) -> _Form:
    back = Crumb("Чек", receipt_address(merchant_id, view.id))
    return _Form(
        "corrections/receipt.html", "/v1/corrections", f"{PATH}/receipt/{merchant_id}/{view.id}",
        correction_order(given, view.receipt, view.id, today), (*_CRUMBS, back),
        {"one": view, "receipt": view.receipt, "kind": words.kind_of(view.form, view.receipt)},
    )  # fmt: skip


@get(_RIGHT, opt=doing(Action.CORRECT_RECEIPTS))
async def correct_receipt(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    receipt_id: FromPath[int],
) -> Template:  # fmt: skip
    """What is wrong with a receipt; and, once that was said, which documents would correct it."""
    view = await _receipt(state, viewer, merchant_id, receipt_id)
    query = request.query_params
    form = _right_form(view, merchant_id, query, _today(state))
    return await _show(state, viewer, merchant_id, form, _key(query), asked="what" in query)


@post(_RIGHT, opt=doing(Action.CORRECT_RECEIPTS))
async def do_correct_receipt(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    receipt_id: FromPath[int],
) -> Response[Any]:  # fmt: skip
    """The order, as it was planned."""
    view = await _receipt(state, viewer, merchant_id, receipt_id)
    given = _fields(await request.form())
    form = _right_form(view, merchant_id, given, _today(state))
    return await _do(state, viewer, merchant_id, form, _key(given), str(receipt_id))


def _fields(form: Mapping[str, Any]) -> dict[str, str]:
    """Texts of a form; its protection against other sites is not shown again."""
    return {name: value for name, value in form.items() if isinstance(value, str) and name != FORM_FIELD}


def _form_of(path: str, given: Mapping[str, Any], today: date) -> _Form:
    if path == MISSING:
        parsed = missing_order(given, today, event_key(_key(given)))
        return _Form("corrections/missing.html", "/v1/restorations", path, parsed, context={"ways": WAYS})
    context = {"ways": WAYS, "rates": range(RATES)}
    return _Form("corrections/day.html", "/v1/restorations/day-totals", path, day_order(given, today), context=context)


async def _ask(request: _Request, state: State, viewer: Viewer, path: str) -> Template:
    query = {name: str(value) for name, value in request.query_params.items()}
    key = query["key"] = _key(query)
    merchant_id = merchant_of(viewer, query.get("merchant", ""))
    return await _show(state, viewer, merchant_id, _form_of(path, query, _today(state)), key, asked="plan" in query)


async def _order(request: _Request, state: State, viewer: Viewer, path: str) -> Response[Any]:
    given = _fields(await request.form())
    key = given["key"] = _key(given)
    merchant_id = merchant_of(viewer, given.get("merchant", ""))
    form = _form_of(path, given, _today(state))
    if merchant_id is None:
        return await _show(state, viewer, None, form, key, asked=True)
    about = given.get("account", "") if path == MISSING else given.get("day", "")
    return await _do(state, viewer, merchant_id, form, key, about[:_KEY_LETTERS])


@get(MISSING, opt=doing(Action.CORRECT_RECEIPTS))
async def missing_receipt(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A payment of which there is no receipt, and which documents it would have."""
    return await _ask(request, state, viewer, MISSING)


@post(MISSING, opt=doing(Action.CORRECT_RECEIPTS))
async def do_missing_receipt(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The order, as it was planned."""
    return await _order(request, state, viewer, MISSING)


@get(DAY, opt=doing(Action.CORRECT_RECEIPTS))
async def day_total(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A day of which only the total is known, and the document that would restore it."""
    return await _ask(request, state, viewer, DAY)


@post(DAY, opt=doing(Action.CORRECT_RECEIPTS))
async def do_day_total(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Response[Any]:
    """The order, as it was planned."""
    return await _order(request, state, viewer, DAY)


HANDLERS: Final = (
    correct_receipt, do_correct_receipt, missing_receipt, do_missing_receipt, day_total, do_day_total,
)  # fmt: skip
