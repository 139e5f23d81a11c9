"""Month close: which months of whom are open, and one month with what was tried and done about it; reading only."""

import re
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Response, Template

from accounting.receipts.books import MerchantRules
from accounting.receipts.calendar import consolidated_deadline
from accounting.receipts.cases.merchant import stored_rules
from admin.access import doing
from admin.close_words import (
    JOB_STATES,
    Deadline,
    deadlines,
    may_be_closed,
    may_be_previewed,
    month_word,
    months_back,
    why_not_here,
)
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.navigation import address
from admin.orders import new_form_key
from admin.page import Crumb, page
from admin.pages.choosing import chosen_merchants, seen_merchant
from admin.permissions import Action
from admin.refusals import Refusal
from admin.viewer import Viewer
from admin.words import Wording
from fiscal_server.storage import close_jobs
from fiscal_server.storage.close_jobs import JobRow
from fiscal_server.storage.close_overview import MonthRow, months_of_merchants
from fiscal_server.storage.merchants import read_merchant

PERIOD: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z"
_PERIOD: Final = re.compile(PERIOD, re.ASCII)
MONTHS: Final = 12
_LAST_ID: Final = (1 << 63) - 1
_JOBS: Final = 20
CRUMB: Final = Crumb("Закрытие месяца", "/closes")

Month = Annotated[str | None, QueryParameter(pattern=PERIOD)]


class ShownMonth(msgspec.Struct, frozen=True):
    """A month of a merchant as a list shows it."""

    row: MonthRow
    word: Wording
    name: str
    is_to_do: bool
    deadline: date


class MonthPage(msgspec.Struct, frozen=True):
    """What a month's card is drawn of."""

    row: MonthRow
    rules: MerchantRules
    jobs: list[JobRow]


def moments(state: State) -> Moments:
    """The clock of a page."""
    return Moments(state["clock"].now(), state["settings"].zone)


def month_address(merchant_id: int, period: str, *more: str) -> str:
    """The card of a month, or what is asked of it."""
    return "/".join((f"/closes/{merchant_id}/{period}", *more))


def job_address(merchant_id: int, job_id: int | str) -> str:
    """The card of a close or of a preview."""
    return f"/closes/{merchant_id}/jobs/{job_id}"


def checked_period(period: str) -> str:
    """Raises NotFoundException for what is no month."""
    if _PERIOD.fullmatch(period) is None:
        raise NotFoundException
    return period


def _shown(rows: list[MonthRow], viewer: Viewer, today: date) -> list[ShownMonth]:
    names = {one.id: one.name for one in viewer.merchants}
    return [
        ShownMonth(
            row,
            month_word(row, today),
            names[row.merchant_id],
            may_be_closed(row, today),
            consolidated_deadline(row.period),
        )
        for row in rows
    ]


@get("/closes", opt=doing(Action.SEE_CLOSES))
async def closes(
    state: State, viewer: NamedDependency[Viewer], merchant: Annotated[str | None, QueryParameter()] = None,
    month: Month = None,
) -> Response[Any]:  # fmt: skip
    """One month of everybody, last month unless said otherwise; whoever sees one merchant goes to its months."""
    chosen, merchants = chosen_merchants(viewer, merchant)
    if chosen is not None or len(merchants) == 1:
        return Redirect(f"/closes/{merchants[0]}")
    at = moments(state)
    period = month or months_back(at.now.date(), None, 2)[1]
    panel: PanelDatabase = state["panel"]
    async with panel.look(merchants) as db:
        rows = await months_of_merchants(db, merchants, [period])
    shown = _shown(rows, viewer, at.now.date())
    shown.sort(key=lambda one: not one.is_to_do)
    periods = months_back(at.now.date(), None, MONTHS)
    return page("closes/everybody.html", viewer, "closes", months=shown, period=period, periods=periods, at=at)


@get("/closes/{merchant_id:int}", opt=doing(Action.SEE_CLOSES))
async def months(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], before: Month = None
) -> Template:
    """The months of a merchant, newest first."""
    name = seen_merchant(viewer, merchant_id)
    at = moments(state)
    periods = months_back(at.now.date(), before, MONTHS)
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        rows = await months_of_merchants(db, [merchant_id], periods)
    return page(
        "closes/months.html", viewer, "closes", crumbs=[CRUMB] if len(viewer.merchants) > 1 else [], name=name,
        merchant_id=merchant_id, months=_shown(rows, viewer, at.now.date()), at=at, chosen=merchant_id,
        earlier=address(f"/closes/{merchant_id}", before=periods[-1]),
    )  # fmt: skip


async def read_month(state: State, merchant_id: int, period: str) -> MonthPage:
    """A month with its jobs. The caller has seen to it that the merchant is in sight."""
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        (row,) = await months_of_merchants(db, [merchant_id], [period])
        merchant = await read_merchant(db, merchant_id)
        jobs = await close_jobs.list_jobs(db, merchant_id, period, None, before=_LAST_ID, limit=_JOBS)
    return MonthPage(row, stored_rules(merchant.rules), jobs)


async def month_page(
    state: State, viewer: Viewer, merchant_id: int, period: str, *, asks: bool = False, refused: Refusal | None = None
) -> Template:
    """The card of a month; ``asks``: with the question whether to close it."""
    name = seen_merchant(viewer, merchant_id)
    found = await read_month(state, merchant_id, checked_period(period))
    at = moments(state)
    today = at.now.date()
    due: list[Deadline] = deadlines(found.rules, period)
    return page(
        "closes/month.html", viewer, "closes", status=409 if refused else 200, refused=refused, chosen=merchant_id,
        crumbs=[CRUMB, Crumb(name, f"/closes/{merchant_id}")], name=name, merchant_id=merchant_id, period=period,
        row=found.row, jobs=found.jobs, word=month_word(found.row, today), at=at, due=due,
        late=due[0].day < today, why_not=why_not_here(found.rules), key=new_form_key(), job_words=JOB_STATES,
        may_close=may_be_closed(found.row, today) and viewer.may(Action.CLOSE_MONTHS), asks=asks,
        may_preview=may_be_previewed(found.row, today) and viewer.may(Action.CLOSE_MONTHS),
    )  # fmt: skip


@get("/closes/{merchant_id:int}/{period:str}", opt=doing(Action.SEE_CLOSES))
async def month(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], period: FromPath[str]
) -> Template:
    """One month: how it stands, by when what is due and why, previews and closes."""
    return await month_page(state, viewer, merchant_id, period)


HANDLERS = (closes, months, month)
