"""The report of a month close as a file: what it has issued, or would, by kind, VAT rate and method."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream

from admin import close_words
from admin.access import doing
from admin.close_words import Totals
from admin.pages.closes.jobs import find_job
from admin.permissions import Action
from admin.tables.definition import Column
from admin.tables.export import csv_stream
from admin.texts import say
from admin.viewer import Viewer


class ReportRow(msgspec.Struct, frozen=True):
    """A row of one of the three tables; ``part`` and ``name`` are msgids, ``sums`` the row as the job keeps it."""

    part: str
    name: str
    sums: Mapping[str, Any]


def report_rows(totals: Totals) -> list[ReportRow]:
    """The three tables one below the other: a spreadsheet tells them apart by the first column."""
    return [
        *(ReportRow("Какие чеки", "", one) for one in totals.by_kind),
        *(ReportRow("По ставкам НДС", close_words.RATES.get(one["vat_code"], "—"), one) for one in totals.by_vat_code),
        *(
            ReportRow("По способам расчёта", close_words.METHODS.get(one["method"], "—"), one)
            for one in totals.by_method
        ),
    ]


_COLUMNS: Final = (
    Column(key="part", title="Раздел", value=lambda row: say(row.part)),
    Column(key="name", title="Ставка или способ", value=lambda row: say(row.name) if row.name else ""),
    Column(key="kind", title="Вид", value=lambda row: say(close_words.KINDS[row.sums["kind"]])),
    Column(key="sign", title="Операция", value=lambda row: say(close_words.SIGNS[row.sums["sign"]])),
    Column(key="receipts", title="Чеков", value=lambda row: row.sums.get("receipts")),
    Column(key="lines", title="Строк", value=lambda row: row.sums.get("lines")),
    Column(key="sum", title="Сумма", is_money=True, value=lambda row: row.sums["sum_kopecks"]),
    Column(key="vat", title="НДС", is_money=True, value=lambda row: row.sums.get("vat_kopecks")),
)


@get("/closes/{merchant_id:int}/jobs/{job_id:int}/report", opt=doing(Action.SEE_CLOSES))
async def close_report(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], job_id: FromPath[int]
) -> Stream:
    """CSV; of a close that has issued nothing there is none. Raises NotFoundException."""
    job = await find_job(state, viewer, merchant_id, job_id)
    rows = report_rows(msgspec.convert(job.totals, Totals))
    if not rows or not viewer.may(Action.EXPORT):
        raise NotFoundException
    name = f"{'preview' if job.dry_run else 'close'}-{job.period}"
    return csv_stream(name, _COLUMNS, _once(rows), state["settings"].zone)


async def _once(rows: Sequence[ReportRow]) -> AsyncIterator[Sequence[ReportRow]]:
    yield rows


HANDLERS: Final = (close_report,)
