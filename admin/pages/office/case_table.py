"""The list of cases: what its columns and conditions are, and what they ask of the database."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from accounting.office.cases import CLOSED, OPEN
from accounting.office.obligation_words import name_of_planned
from admin.formatters import format_period
from admin.office.case_words import CASE_STATES, KINDS
from admin.storage.office.case_lists import CaseFilter, DayCase, ListedCase, Mention
from admin.storage.office.case_time import Choice, Neighbour
from admin.storage.office.cases import CaseRow
from admin.storage.office.organisations import OfficePerson
from admin.tables.asked import Asked
from admin.tables.definition import Column, Filter, Table, View
from admin.texts import say

PATH: Final = "/tasks"
CLOSED_ONES: Final = "closed"


def title_of(row: ListedCase | DayCase | Mention | CaseRow | Neighbour | Choice) -> str:
    """«6-НДФЛ, 1 квартал 2026»; what serves an obligation is called as that is, in the reader's language."""
    name = name_of_planned(row.code, row.title) if row.code else row.title
    return f"{name}, {format_period(row.period)}" if row.period else name


_COLUMNS: Final = (
    Column(key="day", title="Наш срок", is_order=True, value=lambda row: row.target_date),
    Column(key="legal", title="По закону", value=lambda row: row.legal_date),
    Column(key="client", title="Клиент", width="account", value=lambda row: row.short_name),
    Column(key="title", title="Дело", width="words", value=title_of),
    Column(key="state", title="Состояние", value=lambda row: say(CASE_STATES[row.state])),
    Column(key="owner", title="Исполнитель", value=lambda row: row.owner),
    Column(key="kind", title="Вид", is_shown=False, value=lambda row: say(KINDS[row.kind])),
)

_VIEWS: Final = (
    View("Открытые", {}),
    View("Просроченные", {"late": "yes"}),
    View("На проверке", {"state": "review"}),
    View("Ждём", {"state": "waiting"}),
    View("Закрытые", {"state": CLOSED_ONES}),
)


def case_table(people: Sequence[OfficePerson], codes: Sequence[tuple[str, str]]) -> Table:
    """``people``: whose cases may be asked for; ``codes``: obligations with their names."""
    owners = tuple((str(one.id), one.name) for one in people)
    states = (*((one, CASE_STATES[one]) for one in OPEN), (CLOSED_ONES, "закрытые"),
              *((one, CASE_STATES[one]) for one in CLOSED))  # fmt: skip
    obligations = tuple(
        (code, f"{code.partition('-')[2]} · {name_of_planned(code, name)}"[:60]) for code, name in codes
    )
    filters = (
        Filter(key="state", title="Состояние", kind="choice", choices=states, is_main=True),
        *((Filter(key="owner", title="Исполнитель", kind="choice", choices=owners, is_main=True),) if owners else ()),
        Filter(key="client", title="Клиент", is_main=True),
        Filter(key="title", title="Дело", is_main=True),
        *((Filter(key="code", title="Обязательство", kind="choice", choices=obligations),) if obligations else ()),
        Filter(key="late", title="Просрочено", kind="choice", choices=(("yes", "да"),)),
        Filter(key="from", title="Срок с", kind="day"),
        Filter(key="to", title="Срок по", kind="day"),
    )
    return Table(path=PATH, columns=_COLUMNS, filters=filters, views=_VIEWS)


def wanted_cases(asked: Asked, day: date) -> CaseFilter:
    """What the conditions ask, without a page. Without a state: open ones."""
    values: dict[str, Any] = asked.values
    state, owner = values.get("state"), values.get("owner")
    return CaseFilter(
        is_closed=state == CLOSED_ONES or state in CLOSED,
        state=None if state == CLOSED_ONES else state,
        owners=None if owner is None else (int(owner),),
        client=values.get("client"),
        title=values.get("title"),
        code=values.get("code"),
        before=day if values.get("late") else None,
        first=values.get("from"),
        last=values.get("to"),
    )


def cursor_of(row: ListedCase) -> str:
    """The place of a case as the address has it."""
    return f"{row.day.isoformat()}_{row.id}"


def read_cursor(text: str | None) -> tuple[date, int] | None:
    """Day and number; None for none, and for what is none of ours."""
    day, _, number = (text or "").partition("_")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None
