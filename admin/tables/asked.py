"""What an address asks of a list: conditions, columns, order, page. Nothing of it is trusted, all of it may be wrong.

A condition that cannot be understood is said beside its field, and the list shows nothing until it is mended: rows
that answer another question than the one that was asked would be believed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from litestar.datastructures import MultiDict

from accounting.receipts.money import MAX_KOPECKS, kopecks_from_text
from admin.navigation import address
from admin.tables.definition import Column, Filter, Table

PAGE: Final = 50
"""Rows of a page: a laptop shows some 25 of them."""

_MAX_NUMBER: Final = 2**31 - 1
_MAX_CURSOR: Final = 300
_PLACE: Final = ("behind", "ahead", "first")

NOT_A_DAY: Final = "Нужна дата: 31.12.2026"
NOT_MONEY: Final = "Нужна сумма: 1234,50"
NOT_A_NUMBER: Final = "Нужно целое число"
NOT_A_CHOICE: Final = "Такого варианта нет"
TOO_LONG: Final = "Слишком длинно"
UPSIDE_DOWN: Final = "Конец раньше начала"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """``given`` are the texts of the address, ``values`` what they mean, ``errors`` msgids by condition."""

    table: Table
    given: dict[str, str]
    values: dict[str, Any]
    errors: dict[str, str]
    columns: tuple[Column, ...]
    are_columns_chosen: bool
    is_turned: bool
    """The other order than the list's own."""
    sort: str | None = None
    """The column that orders it; None: the list's own."""
    behind: str | None
    ahead: str | None
    first: int

    @property
    def newest_first(self) -> bool:
        """Greatest keys first."""
        return self.table.newest_first != self.is_turned

    def orders_by(self, column: Column) -> bool:
        """Whether the list is ordered by this column now."""
        return column.is_order if self.sort is None else column.key == self.sort

    @property
    def is_descending(self) -> bool:
        """Greatest first in the column that orders it."""
        return self.newest_first if self.sort is None else not self.is_turned

    def head_address(self, column: Column) -> str:
        """Where the head of a column leads: it orders the list, or turns the order round."""
        turned = "turned" if self.orders_by(column) and not self.is_turned else None
        return self.address(sort=column.key if column.is_sortable else None, order=turned)

    def parameters(self, **changes: Any) -> dict[str, Any]:
        """Those of the address with changes; None takes one away. A page is left unless it is among the changes."""
        kept: dict[str, Any] = dict(self.given)
        if self.are_columns_chosen:
            kept["column"] = [one.key for one in self.columns]
        if self.sort is not None:
            kept["sort"] = self.sort
        if self.is_turned:
            kept["order"] = "turned"
        return kept | changes

    def address(self, path: str | None = None, **changes: Any) -> str:
        """The page with changes, or another path with the same conditions."""
        return address(path or self.table.path, **self.parameters(**changes))


def read_asked(table: Table, query: MultiDict[Any] | Mapping[str, Any]) -> Asked:
    """What the parameters of an address ask; those that the list does not know are left aside."""
    given: dict[str, str] = {}
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for one in table.filters:
        text = str(query.get(one.key, "")).replace("\0", "").strip()
        if not text:
            continue
        given[one.key] = text
        try:
            values[one.key] = _value(one, text)
        except Wrong as error:
            errors[one.key] = str(error)
    _compare(values, errors)
    chosen = _chosen(table, query)
    return Asked(
        table=table,
        given=given,
        values=values,
        errors=errors,
        columns=chosen or tuple(one for one in table.columns if one.is_shown),
        are_columns_chosen=bool(chosen),
        is_turned=query.get("order") == "turned",
        sort=next((one.key for one in table.columns if one.is_sortable and one.key == query.get("sort")), None),
        behind=_cursor(query, "behind"),
        ahead=_cursor(query, "ahead"),
        first=_first(str(query.get("first", ""))),
    )


class Wrong(ValueError):
    """The message is a msgid."""


def _value(one: Filter, text: str) -> Any:
    if len(text) > one.max_length:
        raise Wrong(TOO_LONG)
    if one.kind == "choice":
        if text not in dict(one.choices):
            raise Wrong(NOT_A_CHOICE)
        return text
    if one.kind == "day":
        return read_day(text)
    if one.kind == "money":
        return read_money(text)
    if one.kind == "number":
        if not (text.isascii() and text.isdecimal() and 0 < int(text) <= _MAX_NUMBER):
            raise Wrong(NOT_A_NUMBER)
        return int(text)
    return text


def read_day(text: str) -> date:
    """«2026-12-31», as a browser's own field writes it, or «31.12.2026»."""
    try:
        return date.fromisoformat(text) if "-" in text else _day_of_people(text)
    except ValueError:
        raise Wrong(NOT_A_DAY) from None


def _day_of_people(text: str) -> date:
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 5 for part in parts):
        raise ValueError(text)
    day, month, year = map(int, parts)
    return date(year, month, day)


def read_money(text: str) -> int:
    """Kopecks of «1 234,50». Raises Wrong."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace("₽", "").replace(",", ".")
    try:
        kopecks = kopecks_from_text(plain)
    except ValueError:
        raise Wrong(NOT_MONEY) from None
    if not 0 <= kopecks <= MAX_KOPECKS:
        raise Wrong(NOT_MONEY)
    return kopecks


def kopecks_or_none(text: str) -> int | None:
    """The same of a text that may be no sum at all."""
    try:
        return read_money(text)
    except Wrong:
        return None


def _compare(values: Mapping[str, Any], errors: dict[str, str]) -> None:
    """Pairs «from» and «to» that are in the wrong order."""
    for key, first in values.items():
        last_key = key.removesuffix("from") + "to"
        last = values.get(last_key) if key.endswith("from") else None
        if last is not None and last < first:
            errors[last_key] = UPSIDE_DOWN


def _chosen(table: Table, query: MultiDict[Any] | Mapping[str, Any]) -> tuple[Column, ...]:
    wanted: Sequence[Any]
    if isinstance(query, MultiDict):
        wanted = query.getall("column", [])
    else:
        named = query.get("column", [])
        wanted = named if isinstance(named, list) else [named]
    return tuple(one for one in table.columns if one.key in wanted)


def _cursor(query: MultiDict[Any] | Mapping[str, Any], name: str) -> str | None:
    text = str(query.get(name, ""))
    return text if text and len(text) <= _MAX_CURSOR and "\0" not in text else None


def _first(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 10 else 1


def day_text(day: date | datetime) -> str:
    """A day as the address has it."""
    return f"{day:%Y-%m-%d}"
