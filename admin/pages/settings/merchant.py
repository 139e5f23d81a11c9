"""The merchant: what its documents say, when its shifts are closed, what it sells; changed through the API."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.codes import FfdVersion, TaxationSystem
from admin import close_words
from admin.access import doing
from admin.database import PanelDatabase
from admin.orders import ask, note
from admin.page import page
from admin.pages.choosing import choose_merchant, seen_merchant
from admin.permissions import Action
from admin.refusals import Refusal, told
from admin.viewer import Viewer
from fiscal_server.client import calls
from fiscal_server.client.errors import ApiProblem
from fiscal_server.storage.merchants import MerchantRow, read_merchant

_Request = Request[Any, Any, State]
MERCHANT: Final = "/settings/merchant"
TITLE: Final = "Организация"
TAXATION: Final = {
    TaxationSystem.GENERAL: "общая (ОСН)",
    TaxationSystem.SIMPLIFIED_INCOME: "упрощённая, доход",
    TaxationSystem.SIMPLIFIED_INCOME_EXPENSE: "упрощённая, доход минус расход",
    TaxationSystem.IMPUTED: "единый налог на вменённый доход",
    TaxationSystem.AGRICULTURAL: "сельхозналог",
    TaxationSystem.PATENT: "патент",
}
FFD: Final = {FfdVersion.FFD_1_05: "1.05", FfdVersion.FFD_1_2: "1.2"}
_FIELDS: Final = ("place", "cashier", "timezone", "shift_closes_at")


def settings_of(merchant: MerchantRow) -> dict[str, str]:
    """What can be changed, as a form writes it."""
    hour = merchant.shift_closes_at
    return {
        "place": merchant.place,
        "cashier": merchant.cashier,
        "timezone": merchant.timezone,
        "shift_closes_at": "" if hour is None else f"{hour:%H:%M}",
    }


@get(MERCHANT, opt=doing(Action.SEE_SETTINGS))
async def choose_settings(viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Whose settings."""
    return choose_merchant(viewer, MERCHANT, TITLE)


async def _merchant(state: State, viewer: Viewer, merchant_id: int) -> MerchantRow:
    seen_merchant(viewer, merchant_id)
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        return await read_merchant(db, merchant_id)


async def _page(
    state: State, viewer: Viewer, merchant_id: int, given: dict[str, str] | None = None, refused: Refusal | None = None
) -> Template:
    merchant = await _merchant(state, viewer, merchant_id)
    may_change = viewer.may(Action.SET_POLICIES)
    seen = ""
    if may_change and refused is None:
        call = calls.get_merchant(str(merchant_id))
        answer = await ask(state, viewer, merchant_id, Action.SEE_SETTINGS, lambda api: api.send(call))
        seen = str(answer.headers.get("etag", ""))
    return page(
        "settings/merchant.html", viewer, "settings", status=409 if refused else 200, refused=refused,
        merchant=merchant, merchant_id=merchant_id, name=merchant.name, rules=stored_rules(merchant.rules),
        given=given or settings_of(merchant), taxation=TAXATION, ffd=FFD, rates=close_words.RATES, seen=seen,
        may_change=may_change,
    )  # fmt: skip


@get(f"{MERCHANT}/{{merchant_id:int}}", opt=doing(Action.SEE_SETTINGS))
async def merchant_page(state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]) -> Template:
    """One merchant."""
    return await _page(state, viewer, merchant_id)


@post(f"{MERCHANT}/{{merchant_id:int}}", opt=doing(Action.SET_POLICIES))
async def change_merchant(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]
) -> Response[Any]:
    """Place, cashier, zone and hour, if they are still those that were seen; what is so already is done."""
    merchant = await _merchant(state, viewer, merchant_id)
    before = settings_of(merchant)
    form = await request.form()
    given = {name: str(form.get(name, before[name])).strip() for name in _FIELDS}
    changes: dict[str, str | None] = {name: given[name] for name in _FIELDS if given[name] != before[name]}
    if not changes:
        return Redirect(f"{MERCHANT}/{merchant_id}", status_code=303)
    if "shift_closes_at" in changes:
        changes["shift_closes_at"] = f"{given['shift_closes_at']}:00" if given["shift_closes_at"] else None
    call = calls.change_merchant(str(merchant_id), changes, str(form.get("seen", "")) or None)
    try:
        await ask(state, viewer, merchant_id, Action.SET_POLICIES, lambda api: api.send(call))
    except ApiProblem as problem:
        return await _page(state, viewer, merchant_id, given, told(problem))
    old, new = ({name: one[name] for name in changes} for one in (before, given))
    await note(state, viewer, merchant_id, "merchant.changed", merchant.name, before=old, after=new)
    return Redirect(f"{MERCHANT}/{merchant_id}", status_code=303)


HANDLERS = (choose_settings, merchant_page, change_merchant)
