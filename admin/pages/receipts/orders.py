"""Receipts that cannot go on by themselves: a person sends one again, gives it up, or says whether it was made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin import words
from admin.access import doing
from admin.addresses import receipt_address
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.page import Crumb, page
from admin.pages.cassettes.kkt_orders import KEY_LETTERS, REASON_LETTERS, given, new_form_key
from admin.pages.cassettes.listing import LAST_ID, moments_of
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.recording import asker, record_once
from admin.refusals import Refusal, told
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.receipt_cards import waiting_receipt
from fiscal_server.storage.receipts import ReceiptView, read_receipt

LIST: Final = Crumb("Чеки", "/receipts")


class ReceiptOrderWords(msgspec.Struct, frozen=True):
    """An order to a receipt as its page words it, all msgids; ``for_state``: where the receipt has to stand."""

    title: str
    what_happens: str
    for_state: ReceiptState
    is_final: bool = True


ORDERS: Final = {
    "retry": ReceiptOrderWords(
        "Вернуть чек в очередь",
        "Чек встанет в очередь и пойдёт в кассу ещё раз. Если причина отказа не устранена, касса откажет снова.",
        ReceiptState.REFUSED,
        is_final=False,
    ),
    "cancel": ReceiptOrderWords(
        "Отменить чек",
        "Этого чека не будет: в памяти кассы его нет и не появится. Долги и переплаты останутся как есть; если деньги "
        "получены, по закону чек всё равно нужен (54-ФЗ), заведите его новым событием.",
        ReceiptState.REFUSED,
    ),
    "settle": ReceiptOrderWords(
        "Решить, оформлен ли чек",
        "Ответ кассы потерян, а спросить её больше нельзя: она стоит или не отвечает. Скажите по бумаге или по "
        "кабинету оператора, есть ли документ. Если касса вернётся и скажет другое, она остановится.",
        ReceiptState.UNCERTAIN,
    ),
}


class Evidence(msgspec.Struct, frozen=True):
    """What the form of ``settle`` said, as it was typed; ``wrong``: fields that cannot be read."""

    made: bool
    fd_number: str = ""
    fiscal_sign: str = ""
    issued_at: str = ""
    wrong: tuple[str, ...] = ()

    def document(self) -> dict[str, Any] | None:
        """As the API takes it; None: it was not made."""
        if not self.made:
            return None
        return {
            "fd_number": int(self.fd_number),
            "fiscal_sign": int(self.fiscal_sign),
            "issued_at": datetime.fromisoformat(self.issued_at),
        }


def read_evidence(form: Mapping[str, Any]) -> Evidence:
    """Judged field by field; what is wrong is named, and the rest stays as it was typed."""
    fd_number, sign = given(form, "fd_number", 10), given(form, "fiscal_sign", 10)
    issued_at, outcome = given(form, "issued_at", 19), given(form, "outcome", 8)
    wrong = []
    if outcome not in ("made", "not_made"):
        wrong.append("outcome")
    if outcome == "made":
        if not _is_number(fd_number, 1, 2**31 - 1):
            wrong.append("fd_number")
        if not _is_number(sign, 0, 2**32 - 1):
            wrong.append("fiscal_sign")
        if not _is_moment(issued_at):
            wrong.append("issued_at")
    return Evidence(outcome == "made", fd_number, sign, issued_at, tuple(wrong))


def _is_number(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19 and least <= int(text) <= most


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


async def _find(state: State, merchant_id: int, receipt_id: int) -> ReceiptView:
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        view = await read_receipt(db, merchant_id, receipt_id) if 0 < receipt_id <= LAST_ID else None
    if view is None:
        raise NotFoundException
    return view


def _known(kind: str) -> ReceiptOrderWords:
    if kind not in ORDERS:
        raise NotFoundException
    return ORDERS[kind]


async def _asked(
    state: State, viewer: Viewer, merchant_id: int, receipt_id: int, kind: str, *, key: str, reason: str = "",
    refusal: Refusal | None = None, lacks_reason: bool = False, evidence: Evidence | None = None,
) -> Template:  # fmt: skip
    panel: PanelDatabase = state["panel"]
    name, view = seen_merchant(viewer, merchant_id), await _find(state, merchant_id, receipt_id)
    async with panel.look([merchant_id]) as db:
        waiting = await waiting_receipt(db, merchant_id, receipt_id)
    wrong = evidence is not None and bool(evidence.wrong)
    context: dict[str, Any] = {
        "one": view, "merchant_id": merchant_id, "merchant_name": name, "kind": kind, "order": _known(kind),
        "sort": words.kind_of(view.form, view.receipt), "waiting": waiting, "key": key, "reason": reason,
        "refusal": refusal, "lacks_reason": lacks_reason, "evidence": evidence, "at": moments_of(state),
        "fits": view.state is _known(kind).for_state,
    }  # fmt: skip
    crumbs = [LIST, Crumb("Чек", receipt_address(merchant_id, receipt_id))]
    status = 422 if refusal is not None or lacks_reason or wrong else 200
    return page("cassettes/receipt_order.html", viewer, "receipts", crumbs=crumbs, status=status, **context)


@get("/receipts/{merchant_id:int}/{receipt_id:int}/order/{kind:str}", opt=doing(Action.SETTLE_RECEIPTS))
async def ask_receipt_order(
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    receipt_id: FromPath[int],
    kind: FromPath[str],
) -> Template:
    """What is about to be done with which receipt, and what follows from it."""
    _known(kind)
    return await _asked(state, viewer, merchant_id, receipt_id, kind, key=new_form_key())


@post("/receipts/{merchant_id:int}/{receipt_id:int}/order/{kind:str}", opt=doing(Action.SETTLE_RECEIPTS))
async def give_receipt_order(
    request: Request[Any, Any, State],
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    receipt_id: FromPath[int],
    kind: FromPath[str],
) -> Response[Any]:
    """Done at once, or refused with nothing done."""
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    _known(kind)
    seen_merchant(viewer, merchant_id)
    form = await request.form()
    key, reason = given(form, "key", KEY_LETTERS) or new_form_key(), given(form, "reason", REASON_LETTERS)
    evidence = read_evidence(form) if kind == "settle" else None
    again: dict[str, Any] = {"key": key, "reason": reason, "evidence": evidence}
    if not reason or (evidence is not None and evidence.wrong):
        return await _asked(state, viewer, merchant_id, receipt_id, kind, lacks_reason=not reason, **again)
    more = {} if evidence is None else {"document": evidence.document()}
    try:
        async with errands.run(viewer, merchant_id, Action.SETTLE_RECEIPTS) as api:
            done = await api.order_receipt(
                str(receipt_id), kind, asked_by=asker(viewer), reason=reason, key=key, **more
            )
    except ClientError as error:
        return await _asked(state, viewer, merchant_id, receipt_id, kind, refusal=told(error), **again)
    async with panel.change() as changing:
        await record_once(
            changing, state, viewer, "receipt.ordered", str(receipt_id), done.id, reason=reason,
            after={"order": done.kind, "state": done.state, "number": done.id}, merchant_id=merchant_id,
        )  # fmt: skip
    return Redirect(receipt_address(merchant_id, receipt_id), status_code=303)


HANDLERS: Final = (ask_receipt_order, give_receipt_order)
