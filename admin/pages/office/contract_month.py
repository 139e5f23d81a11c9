"""A month of contracts: what was planned under each and done, what was beside it, hours and money."""

from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Template

from admin.access import doing
from admin.navigation import address
from admin.office.case_words import spent
from admin.office.looking import look, today
from admin.office.months import month_asked
from admin.office.realisation import read_rows
from admin.page import page
from admin.pages.office.client_table import cursor_at, read_cursor
from admin.pages.office.contracts import CRUMB
from admin.pages.office.contracts import PATH as REGISTER
from admin.permissions import Action
from admin.viewer import Viewer

PATH: Final = f"{REGISTER}/month"
CONTRACTS_A_PAGE: Final = 50

_Request = Request[Any, Any, State]


@get(PATH, opt=doing(Action.SEE_CLIENTS))
async def contract_month(request: _Request, state: State, viewer: NamedDependency[Viewer]) -> Template:
    """A page of contracts that held in the month, by the names of their clients."""
    day = today(state)
    month = month_asked(request.query_params.get("month"), day)
    place = read_cursor(request.query_params.get("behind"))
    at, money = (day, state["settings"].zone), viewer.may(Action.SEE_FEES)
    async with look(state, viewer) as db:
        found = await read_rows(db, month, place, CONTRACTS_A_PAGE + 1, at, money=money)
    rows, following = found[:CONTRACTS_A_PAGE], None
    if len(found) > CONTRACTS_A_PAGE:
        following = address(PATH, month=month.key, behind=cursor_at(*rows[-1].contract.place()))
    return page(
        "office/contract_month.html", viewer, "clients", crumbs=[CRUMB], rows=rows, month=month, money=money,
        following=following, is_first=place is None, time_text=spent,
    )  # fmt: skip


HANDLERS: Final = (contract_month,)
