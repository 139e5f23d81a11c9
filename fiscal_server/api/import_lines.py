"""The lines of an import as a stream: NDJSON for programs, CSV for the spreadsheet of whoever looks into them."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Final, Literal

import msgspec
from litestar.datastructures import State

from accounting.receipts.money import text_from_kopecks
from accounting.receipts.wording import translated
from fiscal_server.api.import_schemas import line_answer, reason_of
from fiscal_server.api.tables import StreamCut
from fiscal_server.formulas import no_formula
from fiscal_server.storage.imports import ImportLineRow, list_lines
from fiscal_server.storage.pool import Database

Format = Literal["ndjson", "csv"]
MEDIA_TYPES: Final[dict[Format, str]] = {"ndjson": "application/x-ndjson", "csv": "text/csv"}

_PAGE = 1_000
_HEADER: Final = (
    "строка файла", "что с ней", "код", "причина", "дата", "сумма", "комиссия", "лицевой счет", "период", "документ",
    "плательщик", "назначение",
)  # fmt: skip
_OUTCOMES: Final = {"payment": "принята", "duplicate": "повтор", "rejected": "отклонена", "skipped": "не платеж"}


async def stream_lines(
    state: State, merchant_id: int, import_id: int, outcomes: Sequence[str], form: Format
) -> AsyncIterator[bytes]:
    """All lines of these outcomes, page by page: no connection is held while the reader is slow. Raises StreamCut."""
    database: Database = state["database"]
    if form == "csv":
        yield "\ufeff".encode() + _csv([[translated(name) for name in _HEADER]])  # the mark by which Excel knows UTF-8
    after = 0
    while True:
        async with database.read() as db:
            rows = await list_lines(db, merchant_id, import_id, outcomes, after=after, limit=_PAGE)
        if rows:
            after = rows[-1].line
            yield _csv([_cells(row) for row in rows]) if form == "csv" else _ndjson(rows)
        if len(rows) < _PAGE:
            return
        if state["stopping"].is_set():
            raise StreamCut("the server shuts down")


def _ndjson(rows: Sequence[ImportLineRow]) -> bytes:
    return b"".join(msgspec.json.encode(line_answer(row)) + b"\n" for row in rows)


def _cells(row: ImportLineRow) -> list[str]:
    return [
        str(row.line),
        translated(_OUTCOMES[row.outcome]),
        row.code or "",
        reason_of(row) or "",
        str(row.paid_on or ""),
        _roubles(row.amount_kopecks),
        _roubles(row.fee_kopecks),
        no_formula(row.account or ", ".join(row.named_accounts)),
        row.period or "",
        no_formula(row.document or ""),
        no_formula(row.payer or ""),
        no_formula(row.purpose or ""),
    ]


def _roubles(kopecks: int | None) -> str:
    return "" if kopecks is None else text_from_kopecks(kopecks).replace(".", ",")


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
