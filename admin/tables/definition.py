"""What a list has: its columns, the conditions that can be set, and views that many people need."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

import msgspec

Cell = str | int | date | datetime | None
"""A value of a file: text, a whole number, a day or a moment."""

Kind = Literal["text", "choice", "day", "money", "number"]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column; ``title`` and ``official`` are msgids. ``width`` names a class of ``tables.css``.

    ``value`` gives what stands in a file; amounts are kopecks there and say so by ``is_money``.
    """

    key: str
    title: str
    official: str = ""
    width: str = "auto"
    is_number: bool = False
    is_money: bool = False
    is_shown: bool = True
    is_order: bool = False
    """Whether the list is ordered by it: then its head turns the order round."""
    is_sortable: bool = False
    """Whether the list can be ordered by it instead, the greatest first."""
    value: Callable[[Any], Cell]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A condition; ``key`` is its name in the address. ``choices``: value and msgid. ``suggest``: where words that
    begin as typed are to be had. One that is not ``is_main`` waits on narrow screens until it is asked for."""

    key: str
    title: str
    official: str = ""
    kind: Kind = "text"
    choices: tuple[tuple[str, str], ...] = ()
    suggest: str = ""
    max_length: int = 128
    is_main: bool = False
    is_shown: bool = True
    """False: an address may carry it, but there is nothing to choose."""


class View(msgspec.Struct, frozen=True):
    """A list with conditions that many need; people's own are ``admin.storage.saved_views``."""

    title: str
    given: dict[str, str]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A list. ``path`` is its page; below it are its totals and its export."""

    path: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    views: tuple[View, ...] = ()
    newest_first: bool = False
    """How it is ordered when the address does not say."""
    name: str = ""
    """Under which views of it are saved; empty: its path. Lists that belong to one thing each have a name in common."""

    @property
    def saved_as(self) -> str:
        """The name of the list among saved views."""
        return self.name or self.path

    def column(self, key: str) -> Column | None:
        """By key."""
        return next((one for one in self.columns if one.key == key), None)

    def filter(self, key: str) -> Filter | None:
        """By key."""
        return next((one for one in self.filters if one.key == key), None)
