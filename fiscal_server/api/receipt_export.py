"""Receipts as a file: streamed in short reads, so memory stays bounded and no transaction stays open.

Whoever reads it to its end has all of it. A stream that the server has to end (it shuts down, the database goes away)
is cut off without its last chunk, which HTTP clients report as an error; ``cursor`` set to the last id in it goes on.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
import structlog
from litestar import Request, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter
from litestar.response import Stream

from fiscal_server.api.examples import RECEIPT
from fiscal_server.api.receipts import ASKED, Asked
from fiscal_server.api.schemas import ReceiptAnswer, receipt_answer
from fiscal_server.api.tables import StreamCut
from fiscal_server.formulas import no_formula
from fiscal_server.storage.pool import DATABASE_ERRORS, Database
from fiscal_server.storage.receipt_search import ReceiptFilter, walk_receipts
from fiscal_server.storage.receipts import ReceiptView

log = structlog.get_logger(room="api")

PAGE: Final = 500
"""Receipts of one short read; with their lines about a megabyte."""

ExportFormat = Literal["ndjson", "csv"]
_MEDIA: Final[dict[ExportFormat, str]] = {"ndjson": "application/x-ndjson", "csv": "text/csv"}

COLUMNS: Final = (
    "id", "created_at", "account", "event_key", "state", "sign", "total_kopecks", "deadline", "fn_number", "fd_number",
    "fiscal_sign", "issued_at", "shift_number", "number_in_shift", "ofd_confirmed_at", "error",
)  # fmt: skip
_OF_DOCUMENT: Final = ("fn_number", "fd_number", "fiscal_sign", "issued_at", "shift_number", "number_in_shift")


@get(
    "/v1/receipts/export",
    dependencies=ASKED,
    operation_id="ExportReceipts",
    tags=["receipts"],
    responses={
        200: ResponseSpec(
            str,
            generate_examples=False,
            media_type="application/x-ndjson",
            description="A line a receipt; CSV begins with the names of its columns",
            examples=[Example(value=msgspec.json.encode(RECEIPT).decode() + "\n")],
        )
    },
)
async def export_receipts(
    request: Request[int, Any, State],
    state: State,
    wanted: Asked,
    file_format: Annotated[ExportFormat, QueryParameter(name="format")] = "ndjson",
) -> Stream:
    """Every receipt of what is asked, newest first: NDJSON as pages answer them, or CSV without their lines.

    CSV is for spreadsheets: what would be a formula there, an account or a key that begins with `=`, `+`, `-` or `@`,
    has an apostrophe before it.

    Each receipt is as it stood when its part of the file was read. A file whose transfer ends with an error is not
    whole: ask again with `cursor` set to the last id in it.
    """
    content = _content(state, request.user, wanted, file_format)
    return Stream(content, media_type=_MEDIA[file_format])


async def _content(
    state: State, merchant_id: int, wanted: ReceiptFilter, file_format: ExportFormat
) -> AsyncIterator[bytes]:
    database: Database = state["database"]
    written: Callable[[Sequence[ReceiptView]], bytes] = _ndjson if file_format == "ndjson" else _csv
    if file_format == "csv":
        yield _rows([COLUMNS])
    try:
        async for views in walk_receipts(database, merchant_id, wanted, PAGE):
            if views:
                yield written(views)
            if state["stopping"].is_set():
                raise StreamCut("the server shuts down")
    except DATABASE_ERRORS as error:
        log.warning("export_cut", merchant=merchant_id, reason=f"{type(error).__name__}: {error}")
        raise


def _ndjson(views: Sequence[ReceiptView]) -> bytes:
    return b"".join(msgspec.json.encode(receipt_answer(view)) + b"\n" for view in views)


def _csv(views: Sequence[ReceiptView]) -> bytes:
    return _rows([_row(receipt_answer(view)) for view in views])


def _row(answer: ReceiptAnswer) -> list[object]:
    document = answer.fiscal_document
    return [_cell(getattr(document if name in _OF_DOCUMENT else answer, name, None)) for name in COLUMNS]


def _cell(value: object) -> object:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return no_formula(value) if isinstance(value, str) else value


def _rows(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


HANDLERS = (export_receipts,)
