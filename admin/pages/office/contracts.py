"""The register of contracts: both marks, what ends, what is not signed; and the list as a file."""

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office import words
from admin.office.contract_orders import add_draft
from admin.office.contract_words import MARKS
from admin.office.forms import FormRefused, text_of
from admin.office.intake import Who
from admin.office.looking import change, look, today
from admin.office.sent_forms import take_form
from admin.page import Crumb, page, part
from admin.pages.office.client_card import show_card
from admin.permissions import Action
from admin.recording import asker, record
from admin.storage.office import contracts, organisations
from admin.storage.office.contracts import ContractFilter, ListedContract
from admin.tables.asked import PAGE, Asked, read_asked
from admin.tables.definition import Column, Filter, Table, View
from admin.tables.export import csv_stream, xlsx_stream
from admin.tables.view import Rows, in_shown_order, make_view, no_rows
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

PATH: Final = "/contracts"
CRUMB: Final = Crumb("Договоры", PATH)
EXPORT_PAGE: Final = 500

_Request = Request[Any, Any, State]

_COLUMNS: Final = (
    Column(key="number", title="Договор", is_order=True, value=lambda row: row.number),
    Column(key="client", title="Клиент", width="words", value=lambda row: row.short_name),
    Column(key="status", title="Состояние", value=lambda row: say(words.CONTRACT_STATUSES[row.status])),
    Column(key="ours", title="Подписали мы", value=lambda row: row.signed_by_us),
    Column(key="theirs", title="Подписал клиент", value=lambda row: row.signed_by_client),
    Column(key="starts", title="С", official="первый день", value=lambda row: row.starts_on),
    Column(key="ends", title="По", official="последний день", value=lambda row: row.known_end),
    Column(key="original", title="Оригинал", is_shown=False, value=lambda row: row.original_returned_on),
)  # fmt: skip
_FEE: Final = Column(key="fee", title="В месяц", is_number=True, value=lambda row: row.fee_kopecks)
_VIEWS: Final = (
    View("Все", {}),
    View("Действуют", {"status": "active"}),
    View("Не подписал клиент", {"mark": "client"}),
    View("Не подписали мы", {"mark": "office"}),
    View("Оригинал не вернулся", {"mark": "original"}),
    View("Кончаются", {"mark": "ends"}),
    View("Срок прошёл", {"mark": "over"}),
)
_STANDING: Final = tuple(one for one in words.CONTRACT_STATUSES.items() if one[0] != "amended")
"""A contract passes through «изменён» and is where it was: only its story has that."""
_FILTERS: Final = (
    Filter(key="words", title="Номер или клиент", is_main=True),
    Filter(key="status", title="Состояние", kind="choice", choices=_STANDING, is_main=True),
    Filter(key="mark", title="Что не так", kind="choice", choices=tuple(MARKS.items()), is_main=True),
)


def _table(viewer: Viewer) -> Table:
    columns = (*_COLUMNS, _FEE) if viewer.may(Action.SEE_FEES) else _COLUMNS
    return Table(path=PATH, columns=columns, filters=_FILTERS, views=_VIEWS, newest_first=True)


def _wanted(asked: Asked) -> ContractFilter:
    values: dict[str, Any] = asked.values
    return ContractFilter(words=values.get("words"), status=values.get("status"), mark=values.get("mark"))


def cursor_of(row: ListedContract) -> str:
    """Its place in the list."""
    return str(row.id)


def _cursor(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


async def _read_page(state: State, viewer: Viewer, asked: Asked) -> Rows:
    towards_beginning = asked.ahead is not None
    place = _cursor(asked.ahead or asked.behind)
    async with look(state, viewer) as db:
        found = await contracts.list_contracts(
            db, _wanted(asked), today(state), place, upwards=asked.is_turned != towards_beginning, limit=PAGE + 1,
            money=viewer.may(Action.SEE_FEES),
        )  # fmt: skip
    goes_on = len(found) > PAGE
    rows = in_shown_order(found[:PAGE], is_reversed=towards_beginning)
    if towards_beginning:
        return Rows(rows, cursor_of(rows[-1]) if rows else asked.ahead, len(rows), has_previous=goes_on)
    return Rows(rows, cursor_of(rows[-1]) if goes_on else None, len(rows), has_previous=place is not None)


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def list_contracts(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of the register."""
    asked = read_asked(_table(viewer), request.query_params)
    shown = no_rows() if asked.errors else await _read_page(state, viewer, asked)
    view = make_view(asked, shown, cursor_of)
    return page("office/contracts.html", viewer, "clients", view=view, today=today(state), words=words)


@get(f"{PATH}/totals", opt=doing(Action.SEE_CLIENTS))
async def contract_totals(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """How many contracts the list has."""
    asked = read_asked(_table(viewer), request.query_params)
    count = None
    if not asked.errors:
        async with look(state, viewer) as db:
            count = await contracts.count_contracts(db, _wanted(asked), today(state))
    crumbs = [Crumb("Договоры", asked.address())]
    return part(request, "office/totals.html", viewer, "clients", crumbs=crumbs, count=count)


@get(f"{PATH}/export", opt=doing(Action.EXPORT))
async def contract_export(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Stream:
    """The whole list with the columns chosen, as ``format`` says: csv or xlsx."""
    if not viewer.may(Action.SEE_CLIENTS):
        raise NotFoundException
    asked = read_asked(_table(viewer), request.query_params)
    file_format = request.query_params.get("format")
    if asked.errors or file_format not in ("csv", "xlsx"):
        raise NotFoundException
    pages, zone = _all_pages(state, viewer, asked), state["settings"].zone
    if file_format == "csv":
        return csv_stream("contracts", asked.columns, pages, zone)
    return await xlsx_stream("contracts", asked.columns, pages, zone)


async def _all_pages(state: State, viewer: Viewer, asked: Asked) -> AsyncIterator[list[ListedContract]]:
    place: int | None = None
    while True:
        async with look(state, viewer) as db:
            found = await contracts.list_contracts(
                db, _wanted(asked), today(state), place, upwards=asked.is_turned, limit=EXPORT_PAGE,
                money=viewer.may(Action.SEE_FEES),
            )  # fmt: skip
        if found:
            yield found
        if len(found) < EXPORT_PAGE:
            return
        place = found[-1].id


def who_of(state: State, viewer: Viewer) -> Who:
    """Who takes a step, and when."""
    clock: Clock = state["clock"]
    return Who(person_id=viewer.person_id, person=asker(viewer), today=today(state), now=clock.now())


@post("/clients/{client_id:int}/contracts", opt=doing(Action.WORK_ON_CONTRACTS))
async def new_contract(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Response[Any]:
    """An empty draft of a client; its number is the next one unless it is typed."""
    panel: PanelDatabase = state["panel"]
    form, (number, event_id) = await request.form(), (await panel.ids()).take(2)
    try:
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"{PATH}/{number}")
            one = await organisations.organisation_by_id(db, client_id)
            if one is None:
                raise NotFoundException
            wanted = text_of(form, "contract_number", 60)
            await add_draft(db, (number, event_id), client_id, who_of(state, viewer), wanted)
            await record(db, state, viewer, "contract.added", one.short_name)
    except FormRefused as refused:
        return await show_card(request, state, viewer, client_id, error=str(refused), form=form)
    return Redirect(f"{PATH}/{number}", status_code=303)


HANDLERS: Final = (list_contracts, contract_totals, contract_export, new_contract)
