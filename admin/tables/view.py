"""A page of a list as its template draws it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from admin.storage.saved_views import SavedView
from admin.tables.asked import PAGE, Asked
from admin.tables.definition import Filter


class Chip(msgspec.Struct, frozen=True):
    """A condition that is set, with the address without it. ``text`` is a msgid if ``is_msgid``."""

    title: str
    text: str
    is_msgid: bool
    without: str


class Rows(msgspec.Struct, frozen=True):
    """A page in the order shown. ``following``: the cursor behind which the list goes on; None at its end.

    ``looked_at``: how many rows it took to find these.
    """

    rows: list[Any]
    following: str | None
    looked_at: int
    has_previous: bool
    is_cut: bool = False
    """A condition fits more rows than were looked for: not all of them are in the list."""


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """``cursor`` gives a row's cursor. ``totals``: where the second request goes."""

    asked: Asked
    page: Rows
    cursor: Callable[[Any], str]
    totals: str
    chips: list[Chip]
    saved: list[SavedView] = []

    @property
    def query(self) -> str:
        """What a saved view keeps of the address: conditions, order and columns, no page."""
        return self.asked.address().partition("?")[2]

    @property
    def is_saved(self) -> bool:
        """Whether what is shown has been saved, by whomever."""
        return any(one.query == self.query for one in self.saved)

    @property
    def opened(self) -> SavedView | None:
        """The viewer's own saved view that is shown."""
        return next((one for one in self.saved if one.is_own and one.query == self.query), None)

    def saved_address(self, one: SavedView) -> str:
        """Where a saved view is: a plain address."""
        return f"{self.asked.table.path}?{one.query}" if one.query else self.asked.table.path

    @property
    def first(self) -> int:
        """The number of the first row shown; approximate when rows came meanwhile."""
        return max(self.asked.first, 1)

    @property
    def last(self) -> int:
        """The number of the last one."""
        return self.first + len(self.page.rows) - 1

    @property
    def next_address(self) -> str | None:
        """The next page, None at the end."""
        if self.page.following is None:
            return None
        return self.asked.address(behind=self.page.following, first=self.last + 1)

    @property
    def previous_address(self) -> str | None:
        """The page before, None at the beginning."""
        if not self.page.has_previous:
            return None
        if not self.page.rows:
            return self.asked.address()
        first = self.first - PAGE
        if first <= 1 and self.asked.behind is not None and self.first <= PAGE + 1:
            return self.asked.address()
        return self.asked.address(ahead=self.cursor(self.page.rows[0]), first=max(first, 1))

    @property
    def is_short(self) -> bool:
        """The search gave up looking before the page was full; it goes on with the next one."""
        return self.page.following is not None and len(self.page.rows) < PAGE


def make_view(asked: Asked, page: Rows, cursor: Callable[[Any], str]) -> TableView:
    """With the chips of what is set."""
    return TableView(
        asked=asked, page=page, cursor=cursor, totals=asked.address(f"{asked.table.path}/totals"), chips=chips(asked)
    )


def chips(asked: Asked) -> list[Chip]:
    """Conditions that are set, in the order of their fields."""
    return [_chip(asked, one) for one in asked.table.filters if one.is_shown and one.key in asked.given]


def _chip(asked: Asked, one: Filter) -> Chip:
    text = asked.given[one.key]
    named = dict(one.choices).get(text)
    return Chip(one.title, named or text, named is not None and one.key != "merchant", asked.address(**{one.key: None}))


def no_rows() -> Rows:
    """What is shown while a condition is wrong."""
    return Rows([], None, 0, has_previous=False)


def in_shown_order(rows: Sequence[Any], *, is_reversed: bool) -> list[Any]:
    """A page that was read towards the beginning stands the other way round."""
    return list(reversed(rows)) if is_reversed else list(rows)
