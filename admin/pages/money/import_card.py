"""An import: its counts, its lines and what became of each, its receipts, and money that is nobody's yet."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from admin import words
from admin.access import doing
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.choosing import seen_merchant
from admin.pages.money import words as money_words
from admin.pages.money.identifying import Named, identification, named_payments
from admin.pages.money.listing import export_of
from admin.pages.money.table import PATH, line_table, reason_of
from admin.pages.newest import EXPORT_PAGE, page_of
from admin.pages.saved_views import with_saved
from admin.permissions import Action
from admin.recording import record
from admin.refusals import Refusal, told
from admin.tables.asked import PAGE, Asked, read_asked
from admin.tables.view import make_view, no_rows
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.client.protocol import Request as ApiRequest
from fiscal_server.client.protocol import decode
from fiscal_server.client.types import BatchAnswer
from fiscal_server.clock import Clock
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import imports, money_lists
from fiscal_server.storage.imports import ImportLineRow, ImportRow
from fiscal_server.storage.pool import ReadConnection

_Request = Request[Any, Any, State]
_CARD: Final = PATH + "/imports/{merchant_id:int}/{import_id:int}"
_LAST_LINE: Final = (1 << 31) - 1


async def _find(db: ReadConnection, merchant_id: int, import_id: int) -> ImportRow:
    found = await imports.read_import(db, merchant_id, import_id) if 0 < import_id < 1 << 63 else None
    if found is None:
        raise NotFoundException
    return found


async def _lines(db: ReadConnection, merchant_id: int, import_id: int, asked: Asked) -> list[ImportLineRow]:
    cursor = _line(asked.ahead or asked.behind)
    backwards = asked.newest_first == (asked.ahead is None)
    first, end = (0, _LAST_LINE) if cursor is None else (0, cursor) if backwards else (cursor + 1, _LAST_LINE)
    return await money_lists.list_lines_of(
        db,
        merchant_id,
        import_id,
        asked.values.get("outcome"),
        first=first,
        end=end,
        limit=PAGE + 1,
        backwards=backwards,
    )


def _line(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else None


@get(_CARD, opt=doing(Action.SEE_MONEY_IN))
async def import_card(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    import_id: FromPath[int],
) -> Template:  # fmt: skip
    """The import and a page of its lines."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    merchant_name = seen_merchant(viewer, merchant_id)
    asked = read_asked(line_table(merchant_id, import_id), request.query_params)
    shown = no_rows()
    async with panel.look([merchant_id]) as db:
        found = await _find(db, merchant_id, import_id)
        if not asked.errors:
            shown = page_of(await _lines(db, merchant_id, import_id, asked), asked, lambda row: row.line)
    return page(
        "money/import.html",
        viewer,
        "money",
        crumbs=[Crumb("Поступления", PATH)],
        chosen=merchant_id if len(viewer.merchants) > 1 else None,
        one=found,
        merchant_id=merchant_id,
        merchant_name=merchant_name,
        view=await with_saved(state, viewer, make_view(asked, shown, lambda row: str(row.line))),
        at=Moments(clock.now(), state["settings"].zone),
        said=money_words,
        reason_of=reason_of,
    )


@get(f"{_CARD}/totals", opt=doing(Action.SEE_MONEY_IN))
async def line_totals(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    import_id: FromPath[int],
) -> Template:  # fmt: skip
    """How many lines there are: the import has counted them."""
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    asked = read_asked(line_table(merchant_id, import_id), request.query_params)
    async with panel.look([merchant_id]) as db:
        found = await _find(db, merchant_id, import_id)
    counts = {
        None: found.lines, "payment": found.payments, "duplicate": found.duplicates, "rejected": found.rejected,
        "skipped": found.skipped, money_lists.NOBODYS: found.unidentified,
    }  # fmt: skip
    count = None if asked.errors else counts[asked.values.get("outcome")]
    back = [Crumb("Строки файла", asked.address())]
    return part(request, "money/line_totals.html", viewer, "money", crumbs=back, count=count)


@get(f"{_CARD}/receipts", opt=doing(Action.SEE_MONEY_IN))
async def import_receipts(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    import_id: FromPath[int],
) -> Template:  # fmt: skip
    """How far its receipts are."""
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        await _find(db, merchant_id, import_id)
        counted = await imports.count_receipts(db, merchant_id, import_id)
    states = [(words.RECEIPT_STATES[ReceiptState(state)], count) for state, count in counted.items()]
    back = [Crumb("Поступления", PATH), Crumb("Файл", f"{PATH}/imports/{merchant_id}/{import_id}")]
    return part(request, "money/receipts.html", viewer, "money", crumbs=back, states=states)


@get(f"{_CARD}/export", opt=doing(Action.EXPORT))
async def line_export(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    import_id: FromPath[int],
) -> Stream:  # fmt: skip
    """The lines of the condition as a file, «what to look at» among them; what payers wrote is never a formula."""
    panel: PanelDatabase = state["panel"]
    seen_merchant(viewer, merchant_id)
    asked = read_asked(line_table(merchant_id, import_id), request.query_params)
    if asked.errors or not viewer.may(Action.SEE_MONEY_IN):
        raise NotFoundException
    async with panel.look([merchant_id]) as db:
        await _find(db, merchant_id, import_id)
    name = "errors" if asked.values.get("outcome") == "rejected" else "lines"
    pages = _all_lines(panel, merchant_id, import_id, asked)
    return await export_of(request, state, f"{name}-{import_id}", asked.columns, pages)


async def _all_lines(
    panel: PanelDatabase, merchant_id: int, import_id: int, asked: Asked
) -> AsyncIterator[Sequence[ImportLineRow]]:
    first = 0
    while True:
        async with panel.look([merchant_id]) as db:
            rows = await money_lists.list_lines_of(
                db, merchant_id, import_id, asked.values.get("outcome"), first=first, limit=EXPORT_PAGE
            )
        yield rows
        if len(rows) < EXPORT_PAGE:
            return
        first = rows[-1].line + 1


@get(f"{_CARD}/unknown", opt=doing(Action.SUBMIT_MONEY))
async def unknown_payers(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    import_id: FromPath[int],
) -> Template:  # fmt: skip
    """Money of this file that is nobody's yet, a field for the account beside each."""
    first = _line(str(request.query_params.get("from", ""))) or 0
    return await _unknown(state, viewer, merchant_id, import_id, first)


async def _unknown(
    state: State, viewer: Viewer, merchant_id: int, import_id: int, first: int, *,
    given: Sequence[Named] = (), wrong: dict[str, str] | None = None, refusal: Refusal | None = None,
) -> Template:  # fmt: skip
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    seen_merchant(viewer, merchant_id)
    async with panel.look([merchant_id]) as db:
        found = await _find(db, merchant_id, import_id)
        lines = await money_lists.list_lines_of(
            db, merchant_id, import_id, money_lists.NOBODYS, first=first, limit=PAGE + 1
        )
        keys = [one.event_key for one in lines if one.event_key]
        left = await money_lists.still_in_suspense(db, merchant_id, keys)
    own = f"{PATH}/imports/{merchant_id}/{import_id}"
    return page(
        "money/unknown.html", viewer, "money", status=422 if wrong or refusal else 200,
        crumbs=[Crumb("Поступления", PATH), Crumb("Файл", own)], one=found, lines=lines[:PAGE], left=left, own=own,
        following=lines[PAGE].line if len(lines) > PAGE else None, first=first,
        given={one.payment: one.account for one in given}, wrong=wrong or {}, refusal=refusal,
        at=Moments(clock.now(), state["settings"].zone),
    )  # fmt: skip


@post(f"{_CARD}/unknown", opt=doing(Action.SUBMIT_MONEY))
async def identify(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int],
    import_id: FromPath[int],
) -> Response[Any]:  # fmt: skip
    """Say whose the money is: an event a payment, under a key made of the payment's, so that it is said once."""
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    seen_merchant(viewer, merchant_id)
    form: FormMultiDict = await request.form()
    first = _line(str(form.get("from", ""))) or 0
    given = named_payments(form)
    async with panel.look([merchant_id]) as db:
        await _find(db, merchant_id, import_id)
        left = await money_lists.still_in_suspense(db, merchant_id, [one.payment for one in given])
    given = [one for one in given if one.payment in left]
    own = f"{PATH}/imports/{merchant_id}/{import_id}"
    if not given:
        return Redirect(f"{own}/unknown?from={first}", status_code=303)
    body, key = identification(given, state["clock"].now().astimezone(state["settings"].zone).date())
    try:
        async with errands.run(viewer, merchant_id, Action.SUBMIT_MONEY) as api:
            answer = decode(await api.send(ApiRequest("POST", "/v1/batches", body, idempotency_key=key)), BatchAnswer)
    except ClientError as error:
        return await _unknown(state, viewer, merchant_id, import_id, first, given=given, refusal=told(error))
    wrong = {
        one.payment: said.error.reason for one, said in zip(given, answer.events, strict=True) if said.error is not None
    }
    done = {
        one.payment: one.account for one, said in zip(given, answer.events, strict=True) if said.status == "accepted"
    }
    if done:
        async with panel.change() as db:
            await record(db, state, viewer, "money.identified", str(import_id), merchant_id=merchant_id, after=done)
    if wrong:
        failed = [one for one in given if one.payment in wrong]
        return await _unknown(state, viewer, merchant_id, import_id, first, given=failed, wrong=wrong)
    return Redirect(f"{own}/unknown?from={first}", status_code=303)


HANDLERS: Final = (
    import_card, line_totals, import_receipts, line_export, unknown_payers, identify,
)  # fmt: skip
