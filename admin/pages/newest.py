"""Lists by id, newest first: what an address asks of one, and a page of its rows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from admin.database import PanelDatabase
from admin.pages.receipts.table import cursor_id, first_id_of
from admin.tables.asked import PAGE, Asked
from admin.tables.view import Rows, in_shown_order
from fiscal_server.storage.money_lists import LAST_ID, Span
from fiscal_server.storage.pool import ReadConnection

EXPORT_PAGE: Final = 1_000

Read = Callable[[ReadConnection, Span], Awaitable[Sequence[Any]]]
"""Rows of a span; each has an ``id``."""


def span_of(asked: Asked, merchants: list[int], zone: ZoneInfo) -> Span:
    """All that the conditions «from» and «to» leave, without a page."""
    last: date | None = asked.values.get("to")
    end = None if last is None or last == date.max else first_id_of(last + timedelta(days=1), zone)
    return Span(
        merchants,
        first_id_of(asked.values.get("from"), zone) or 1,
        LAST_ID if end is None else end,
        oldest_first=not asked.newest_first,
    )


def page_span(span: Span, asked: Asked) -> Span:
    """The part of it that the address stands at, and a row more."""
    towards_beginning = asked.ahead is not None
    oldest_first = asked.newest_first == towards_beginning
    cursor = cursor_id(asked.ahead or asked.behind)
    placed = msgspec.structs.replace(span, limit=PAGE + 1, oldest_first=oldest_first)
    return placed if cursor is None else _behind(placed, cursor)


def _behind(span: Span, cursor: int) -> Span:
    if span.oldest_first:
        return msgspec.structs.replace(span, first_id=max(span.first_id, cursor + 1))
    return msgspec.structs.replace(span, end_id=min(span.end_id, cursor))


def page_of(found: Sequence[Any], asked: Asked, id_of: Callable[[Any], int] = lambda row: row.id) -> Rows:
    """What was read of ``page_span``, as a page."""
    towards_beginning = asked.ahead is not None
    goes_on = len(found) > PAGE
    rows = in_shown_order(found[:PAGE], is_reversed=towards_beginning)
    if towards_beginning:
        last = str(id_of(rows[-1])) if rows else asked.ahead
        return Rows(rows, last, len(rows), has_previous=goes_on)
    following = str(id_of(rows[-1])) if goes_on else None
    return Rows(rows, following, len(rows), has_previous=cursor_id(asked.behind) is not None)


async def all_pages(panel: PanelDatabase, span: Span, read: Read) -> AsyncIterator[Sequence[Any]]:
    """For a file: page after page, each a short read of its own."""
    left = msgspec.structs.replace(span, limit=EXPORT_PAGE)
    while True:
        async with panel.look(left.merchants) as db:
            rows = await read(db, left)
        yield rows
        if len(rows) < EXPORT_PAGE:
            return
        left = _behind(left, rows[-1].id)
