"""The list of accounts, what they owe together, and the list as a file."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import Crumb, page, part
from admin.pages.accounts.table import (
    PATH,
    AccountRow,
    account_table,
    cursor_of,
    order_of,
    read_cursor,
    read_sum_cursor,
    sum_cursor_of,
    sum_place,
    wanted_accounts,
)
from admin.pages.choosing import chosen_merchants
from admin.pages.saved_views import with_saved
from admin.permissions import Action
from admin.tables.asked import PAGE, Asked, read_asked
from admin.tables.export import csv_stream, xlsx_stream
from admin.tables.view import Rows, in_shown_order, make_view, no_rows
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings
from fiscal_server.storage.account_lists import (
    AccountFilter,
    ListedAccount,
    count_accounts,
    list_accounts_of,
    money_of_accounts,
)
from fiscal_server.storage.account_sums import By, list_accounts_by_sum
from fiscal_server.storage.pool import ReadConnection

EXPORT_PAGE: Final = 1_000

_Request = Request[Any, Any, State]


@get(PATH, opt=doing(Action.SEE_ACCOUNTS))
async def accounts(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of the list; its totals come by a request of their own."""
    panel: PanelDatabase = state["panel"]
    asked = read_asked(account_table(viewer), request.query_params)
    chosen, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    shown = no_rows()
    if not asked.errors:
        async with panel.look(merchants) as db:
            shown = await _read_page(db, merchants, asked, _today(state))
    names = {one.id: one.name for one in viewer.merchants}
    rows = [AccountRow(one, names[one.merchant_id]) for one in shown.rows]
    view = make_view(asked, msgspec.structs.replace(shown, rows=rows), lambda row: _cursor(asked, row.one))
    view = await with_saved(state, viewer, view)
    return page("accounts.html", viewer, "accounts", view=view, chosen=chosen)


def _today(state: State) -> date:
    clock: Clock = state["clock"]
    settings: Settings = state["settings"]
    return Moments(clock.now(), settings.zone).now.date()


def _cursor(asked: Asked, one: ListedAccount) -> str:
    by = order_of(asked)
    return cursor_of(one.code, one.merchant_id) if by is None else sum_cursor_of(sum_place(one, by))


async def _read_by_sum(db: ReadConnection, merchants: Sequence[int], asked: Asked, by: By, today: date) -> Rows:
    towards_beginning = asked.ahead is not None
    cursor = read_sum_cursor(asked.ahead or asked.behind)
    backwards = asked.is_turned != towards_beginning
    found = await list_accounts_by_sum(
        db, merchants, wanted_accounts(asked), by, today, behind=cursor, limit=PAGE, backwards=backwards
    )
    rows = in_shown_order(found.rows, is_reversed=towards_beginning)
    goes_on = None if found.following is None else sum_cursor_of(found.following)
    if towards_beginning:
        last = _cursor(asked, rows[-1]) if rows else asked.ahead
        return Rows(rows, last, found.looked_at, has_previous=goes_on is not None, is_cut=found.is_cut)
    return Rows(rows, goes_on, found.looked_at, has_previous=cursor is not None, is_cut=found.is_cut)


async def _read_page(db: ReadConnection, merchants: Sequence[int], asked: Asked, today: date) -> Rows:
    if (by := order_of(asked)) is not None:
        return await _read_by_sum(db, merchants, asked, by, today)
    towards_beginning = asked.ahead is not None
    cursor = read_cursor(asked.ahead or asked.behind)
    wanted = msgspec.structs.replace(wanted_accounts(asked), behind=cursor)
    found = await list_accounts_of(
        db, merchants, wanted, today, limit=PAGE, backwards=asked.is_turned != towards_beginning
    )
    rows = in_shown_order(found.rows, is_reversed=towards_beginning)
    goes_on = None if found.following is None else cursor_of(*found.following)
    if towards_beginning:
        last = cursor_of(rows[-1].code, rows[-1].merchant_id) if rows else asked.ahead
        return Rows(rows, last, found.looked_at, has_previous=goes_on is not None, is_cut=found.is_cut)
    return Rows(rows, goes_on, found.looked_at, has_previous=cursor is not None, is_cut=found.is_cut)


@get(f"{PATH}/totals", opt=doing(Action.SEE_ACCOUNTS))
async def account_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many accounts the list has; of a list without conditions, what they owe and have."""
    panel: PanelDatabase = state["panel"]
    asked = read_asked(account_table(viewer), request.query_params)
    chosen, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    wanted = wanted_accounts(asked)
    money, count, is_exact = None, None, True
    if not asked.errors:
        async with panel.look(merchants) as db:
            if wanted == AccountFilter():
                money = await money_of_accounts(db, merchants)
                count = money.accounts
            else:
                count, is_exact = await count_accounts(db, merchants, wanted, _today(state))
    back = [Crumb("Лицевые счета", asked.address())]
    return part(
        request, "accounts/totals.html", viewer, "accounts",
        crumbs=back, money=money, count=count, is_exact=is_exact, chosen=chosen,
    )  # fmt: skip


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def account_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The whole list with the columns chosen, as ``format`` says: csv or xlsx."""
    settings: Settings = state["settings"]
    panel: PanelDatabase = state["panel"]
    asked = read_asked(account_table(viewer), request.query_params)
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    file_format = request.query_params.get("format")
    if asked.errors or file_format not in ("csv", "xlsx"):
        raise NotFoundException
    names = {one.id: one.name for one in viewer.merchants}
    pages = _all_pages(panel, merchants, asked, _today(state), names)
    if file_format == "csv":
        return csv_stream("accounts", asked.columns, pages, settings.zone)
    return await xlsx_stream("accounts", asked.columns, pages, settings.zone)


async def _all_pages(
    panel: PanelDatabase, merchants: Sequence[int], asked: Asked, today: date, names: dict[int, str]
) -> AsyncIterator[list[AccountRow]]:
    """Page after page, each a short read of its own."""
    wanted, place = wanted_accounts(asked), None
    while (by := order_of(asked)) is not None:
        async with panel.look(merchants) as db:
            page = await list_accounts_by_sum(
                db, merchants, wanted, by, today, behind=place, limit=EXPORT_PAGE, backwards=asked.is_turned
            )
        yield [AccountRow(one, names[one.merchant_id]) for one in page.rows]
        if (place := page.following) is None:
            return
    while True:
        async with panel.look(merchants) as db:
            found = await list_accounts_of(db, merchants, wanted, today, limit=EXPORT_PAGE, backwards=asked.is_turned)
        yield [AccountRow(one, names[one.merchant_id]) for one in found.rows]
        if found.following is None:
            return
        wanted = msgspec.structs.replace(wanted, behind=found.following)


HANDLERS: Final = (accounts, account_totals, account_export)
