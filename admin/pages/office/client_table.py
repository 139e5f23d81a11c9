"""The list of clients: what its columns and conditions are, and what they ask of the database."""

from collections.abc import Sequence
from typing import Any, Final

from admin.office import words
from admin.storage.office.organisations import (
    ListedOrganisation,
    NamedOrganisation,
    OfficePerson,
    OrganisationFilter,
)
from admin.tables.asked import Asked
from admin.tables.definition import Column, Filter, Table, View
from admin.texts import say

PATH: Final = "/clients"
_BETWEEN: Final = "|"


def systems_text(systems: Sequence[str] | None) -> str:
    """«УСН «доходы», патент»; empty while nobody has said."""
    return ", ".join(say(words.SYSTEMS.get(one, one)) for one in systems or ())


_COLUMNS: Final = (
    Column(key="name", title="Клиент", width="account", is_order=True, value=lambda row: row.short_name),
    Column(key="tax_number", title="ИНН", value=lambda row: row.tax_number),
    Column(key="kind", title="Форма", is_shown=False, value=lambda row: say(words.KINDS[row.kind])),
    Column(key="systems", title="Налогообложение", value=lambda row: systems_text(row.systems)),
    Column(key="status", title="Состояние", value=lambda row: say(words.STATUSES[row.status])),
    Column(key="lead", title="Ведёт", official="ведущий бухгалтер", value=lambda row: row.lead),
    Column(key="due", title="Ближайший срок", value=lambda row: row.next_due),
    Column(key="late", title="Просрочено", official="сроков, которые прошли и не отмечены", is_number=True,
           value=lambda row: row.late),
)  # fmt: skip

_VIEWS: Final = (
    View("Все", {}),
    View("Обслуживаем", {"status": "active"}),
    View("Принимаем", {"status": "onboarding"}),
    View("Бывшие", {"status": "former"}),
)


def client_table(people: Sequence[OfficePerson]) -> Table:
    """``people``: whose clients may be asked for."""
    leads = tuple((str(one.id), one.name) for one in people)
    filters = (
        Filter(key="words", title="Название или начало ИНН", is_main=True),
        Filter(key="status", title="Состояние", kind="choice", choices=tuple(words.STATUSES.items()), is_main=True),
        Filter(
            key="system", title="Налогообложение", kind="choice", choices=tuple(words.SYSTEMS.items()), is_main=True
        ),
        *((Filter(key="lead", title="Ведёт", kind="choice", choices=leads, is_main=True),) if leads else ()),
    )
    return Table(path=PATH, columns=_COLUMNS, filters=filters, views=_VIEWS)


def wanted_clients(asked: Asked) -> OrganisationFilter:
    """What the conditions ask, without a page."""
    values: dict[str, Any] = asked.values
    lead: str | None = values.get("lead")
    return OrganisationFilter(
        words=values.get("words"),
        status=values.get("status"),
        system=values.get("system"),
        lead_id=None if lead is None else int(lead),
    )


def cursor_of(row: ListedOrganisation | NamedOrganisation) -> str:
    """The place of a client as the address has it."""
    return cursor_at(*row.place())


def cursor_at(name: str, number: int) -> str:
    """The same of a name and a number."""
    return f"{number}{_BETWEEN}{name}"


def read_cursor(text: str | None) -> tuple[str, int] | None:
    """Name and number; None for none, and for what is none of ours."""
    number, between, name = (text or "").partition(_BETWEEN)
    if not between or not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return name, int(number)
