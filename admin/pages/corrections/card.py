"""The card of an order to correct or to restore, and of a restoration of many events: how far it is, and its end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from admin import words
from admin.access import doing
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.fault_words import FaultWords, worded
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.choosing import seen_merchant
from admin.pages.corrections import words as correction_words
from admin.pages.corrections.listing import JOBS, PATH
from admin.pages.money.batch_card import COLUMNS, Refused
from admin.pages.money.listing import export_of
from admin.permissions import Action
from admin.recording import record
from admin.refusals import Refusal, told
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.client import AsyncFiscalClient
from fiscal_server.client.errors import ClientError
from fiscal_server.client.types import Fault
from fiscal_server.clock import Clock
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.batches import receipt_states
from fiscal_server.storage.corrections import read_correction, wrong_by_event
from fiscal_server.storage.order_states import OrderState, state_of
from fiscal_server.storage.receipts import read_receipts
from fiscal_server.storage.restoration_jobs import RestorationJobRow, read_restoration_job, stopped_by

_Request = Request[Any, Any, State]
_ORDER: Final = PATH + "/{merchant_id:int}/{order_id:int}"
_JOB: Final = JOBS + "/{merchant_id:int}/{job_id:int}"
_CRUMBS: Final = (Crumb("Исправления", PATH),)
_JOB_CRUMBS: Final = (*_CRUMBS, Crumb("Восстановление списком", JOBS))
SHOWN: Final = 100


class _Order(msgspec.Struct, frozen=True):
    """What is asked of a kept order."""

    date: str
    receipts: list[str] = []


async def _order_card(
    state: State, viewer: Viewer, merchant_id: int, order_id: int, refusal: Refusal | None = None
) -> Template:
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    merchant_name = seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        row = await read_correction(db, merchant_id, order_id) if 0 < order_id < 1 << 63 else None
        if row is None:
            raise NotFoundException
        order = msgspec.json.decode(row.body, type=_Order)
        states = await receipt_states(db, merchant_id, row.receipt_ids) if row.receipt_ids else {}
        documents = await read_receipts(db, merchant_id, row.receipt_ids[:SHOWN])
        wrong = await wrong_by_event(db, merchant_id, order_id, [int(one) for one in order.receipts])
    counts = [(words.RECEIPT_STATES[ReceiptState(name)], count) for name, count in sorted(states.items())]
    stands = state_of(states)
    return page(
        "corrections/order.html", viewer, "corrections", crumbs=_CRUMBS, status=409 if refusal else 200,
        chosen=merchant_id if len(viewer.merchants) > 1 else None, merchant_id=merchant_id,
        merchant_name=merchant_name, one=row, documents=sorted(documents, key=lambda one: one.id), wrong=wrong,
        counts=counts, stands=correction_words.ORDERS[stands], said=correction_words, words_of=words, refusal=refusal,
        may_cancel=stands is not OrderState.CANCELLED and viewer.may(Action.CORRECT_RECEIPTS),
        at=Moments(clock.now(), state["settings"].zone),
    )  # fmt: skip


@get(_ORDER, opt=doing(Action.SEE_RECEIPTS))
async def order_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], order_id: FromPath[int]
) -> Template:
    """The order and its documents."""
    return await _order_card(state, viewer, merchant_id, order_id)


@post(f"{_ORDER}/cancel", opt=doing(Action.CORRECT_RECEIPTS))
async def cancel_order(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], order_id: FromPath[int]
) -> Response[Any]:
    """Withdraw it, while no device has begun one of its documents."""
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        row = await read_correction(db, merchant_id, order_id) if 0 < order_id < 1 << 63 else None
    if row is None:
        raise NotFoundException
    try:
        async with errands.run(viewer, merchant_id, Action.CORRECT_RECEIPTS) as api:
            cancel = api.cancel_correction if row.kind == "correction" else api.cancel_restoration
            await cancel(str(order_id))
    except ClientError as error:
        return await _order_card(state, viewer, merchant_id, order_id, told(error))
    async with panel.change() as db:
        await record(db, state, viewer, "corrections.cancelled", str(order_id), merchant_id=merchant_id)
    return Redirect(f"{PATH}/{merchant_id}/{order_id}", status_code=303)


async def _job(state: State, viewer: Viewer, merchant_id: int, job_id: int) -> RestorationJobRow:
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        job = await read_restoration_job(db, merchant_id, job_id) if 0 < job_id < 1 << 63 else None
    if job is None:
        raise NotFoundException
    return job


def _faults(job: RestorationJobRow) -> list[FaultWords]:
    return [worded(one) for one in msgspec.convert(job.problems, list[Fault])]


def _why_failed(job: RestorationJobRow) -> str:
    """Why it stopped by itself, in the reader's language; empty: it did not."""
    if job.error is None:
        return ""
    if job.problems and job.error == stopped_by(job.problems):
        return say("Остановлено, ошибок: {count}. {reason}", count=len(job.problems), reason=_faults(job)[0].reason)
    return say("Ошибка сервера, подробности в его журнале: {error}", error=job.error)


async def _job_card(
    state: State, viewer: Viewer, merchant_id: int, job_id: int, refusal: Refusal | None = None
) -> Template:
    clock: Clock = state["clock"]
    job = await _job(state, viewer, merchant_id, job_id)
    return page(
        "corrections/job.html", viewer, "corrections", crumbs=_JOB_CRUMBS, status=409 if refusal else 200, one=job,
        chosen=merchant_id if len(viewer.merchants) > 1 else None, merchant_name=seen_merchant(viewer, merchant_id),
        said=correction_words, faults=_faults(job)[:SHOWN], failed=_why_failed(job),
        in_all=len(job.problems), refusal=refusal,
        may_move=viewer.may(Action.CORRECT_RECEIPTS), at=Moments(clock.now(), state["settings"].zone),
    )  # fmt: skip


@get(_JOB, opt=doing(Action.SEE_RECEIPTS))
async def job_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Template:
    """The job, and what it could not restore."""
    return await _job_card(state, viewer, merchant_id, job_id)


@get(f"{_JOB}/state", opt=doing(Action.SEE_RECEIPTS))
async def job_state(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    job_id: FromPath[int],
) -> Template:  # fmt: skip
    """How far it is; asked again and again."""
    job = await _job(state, viewer, merchant_id, job_id)
    back = [*_JOB_CRUMBS, Crumb("Работа", f"{JOBS}/{merchant_id}/{job_id}")]
    return part(
        request, "corrections/job_state.html", viewer, "corrections", crumbs=back, one=job, said=correction_words
    )


@get(f"{_JOB}/errors", opt=doing(Action.SEE_RECEIPTS))
async def job_errors(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    job_id: FromPath[int],
) -> Stream:  # fmt: skip
    """What it could not restore, as a file."""
    viewer.forbid_files_in_emergency()
    faults = _faults(await _job(state, viewer, merchant_id, job_id))

    async def pages() -> AsyncIterator[Sequence[Refused]]:
        yield [Refused(place, one.key, one) for place, one in enumerate(faults, 1)]

    return await export_of(request, state, f"errors-{job_id}", COLUMNS, pages())


Move = Callable[[AsyncFiscalClient], Callable[[str], Awaitable[Any]]]


async def _move(state: State, viewer: Viewer, merchant_id: int, job_id: int, move: Move, deed: str) -> Response[Any]:
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    await _job(state, viewer, merchant_id, job_id)
    try:
        async with errands.run(viewer, merchant_id, Action.CORRECT_RECEIPTS) as api:
            await move(api)(str(job_id))
    except ClientError as error:
        return await _job_card(state, viewer, merchant_id, job_id, told(error))
    async with panel.change() as db:
        await record(db, state, viewer, deed, str(job_id), merchant_id=merchant_id)
    return Redirect(f"{JOBS}/{merchant_id}/{job_id}", status_code=303)


@post(f"{_JOB}/cancel", opt=doing(Action.CORRECT_RECEIPTS))
async def cancel_job(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Response[Any]:
    """Stop it before its next thousand."""
    return await _move(
        state, viewer, merchant_id, job_id, lambda api: api.cancel_restoration_job, "corrections.job_stopped"
    )


@post(f"{_JOB}/resume", opt=doing(Action.CORRECT_RECEIPTS))
async def resume_job(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Response[Any]:
    """Let it go on where it stopped."""
    return await _move(
        state, viewer, merchant_id, job_id, lambda api: api.resume_restoration_job, "corrections.job_resumed"
    )


HANDLERS: Final = (order_card, cancel_order, job_card, job_state, job_errors, cancel_job, resume_job)
