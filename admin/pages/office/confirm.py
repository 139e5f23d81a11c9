"""What the link of a letter opens, for a client without an account: what is confirmed, and one button.

Opening it confirms nothing: scanners of mails open links. The link tells of one client, one recipient and one day; it
ends thirty days after that day (office domain 3.16, rule 4).
"""

from datetime import timedelta
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Template

from admin.access import OPEN, browser_of
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.office.looking import today
from admin.office.notices.letters import money, read_bill
from admin.office.notices.sending import CONFIRM_PATH
from admin.sign_in import tokens
from admin.storage import audit
from admin.storage.audit import Deed
from admin.storage.office import confirmations, contract_texts
from admin.storage.office.calls import close_call_task
from admin.storage.office.confirmations import Linked
from admin.storage.office.notices import OpenedNotice
from admin.storage.office.sight import Sight, let_see
from admin.texts import say, use_language
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection

LIVES_AFTER_DUE: Final = timedelta(days=30)
_LONGEST_TOKEN: Final = 64

_Request = Request[Any, Any, State]


async def _behind(db: WriteConnection, state: State, token: str) -> tuple[Linked, OpenedNotice, str] | None:
    """With the name of the office, empty while nobody has written it.

    Everybody is in sight of this transaction, which asks for one row by the hash of a secret.
    """
    await let_see(db, Sight(person_id=None, today=today(state), all=True))
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    linked = await confirmations.notice_by_token(db, tokens.hash_of(token))
    if linked is None or today(state) > linked.due + LIVES_AFTER_DUE:
        return None
    _, own = await contract_texts.own_details(db)
    return linked, await confirmations.bill_behind(db, linked), own.name


def _page(
    state: State, token: str, linked: Linked, notice: OpenedNotice, office: str, *, changed: bool = False
) -> Template:
    use_language(notice.language)
    clock: Clock = state["clock"]
    is_open = notice.superseded_by is None and notice.state in ("scheduled", "sent", "escalated")
    context = {
        "bill": read_bill(notice.said),
        "notice": notice,
        "office": office,
        "token": token,
        "path": CONFIRM_PATH,
        "is_open": is_open and notice.needs_answer,
        "is_over": not is_open and notice.state != "acknowledged",
        "replaced": linked.group_id != notice.group_id,
        "changed": changed,
        "at": Moments(clock.now(), state["settings"].zone),
        "money": lambda kopecks: money(kopecks, notice.country),
    }
    status = 409 if changed else 200
    return Template("office/confirm.html", context=context, status_code=status, headers={"Cache-Control": "no-store"})


def _unknown() -> Template:
    headers = {"Cache-Control": "no-store"}
    return Template("office/confirm_unknown.html", status_code=404, headers=headers)


@get(f"{CONFIRM_PATH}/{{token:str}}", opt=OPEN)
async def confirm_page(state: State, token: FromPath[str]) -> Template:
    """What would be confirmed, in the recipient's language; an old link shows the sum in force."""
    panel: PanelDatabase = state["panel"]
    async with panel.change() as db:
        found = await _behind(db, state, token)
    return _unknown() if found is None else _page(state, token, *found)


@post(f"{CONFIRM_PATH}/{{token:str}}", opt=OPEN)
async def confirm(request: _Request, state: State, token: FromPath[str]) -> Template:
    """The button. ``notice`` is what the page showed: a sum that has changed since is shown, not confirmed."""
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    shown = str((await request.form()).get("notice", ""))
    ids, browser = await panel.ids(), browser_of(request)
    async with panel.change() as db:
        found = await _behind(db, state, token)
        if found is None:
            return _unknown()
        _, notice, _ = found
        if shown != str(notice.id):
            return _page(state, token, *found, changed=True)
        now = clock.now()
        if notice.needs_answer and await confirmations.acknowledge(db, notice, now, browser.address, browser.agent):
            note = say("Клиент подтвердил сам.")
            await close_call_task(db, ids, notice.group_id, note, notice.name, now)
            deed = Deed(
                happened_at=now,
                person_id=None,
                person=notice.name,
                address=browser.address,
                action="notice.confirmed",
                object=f"{notice.short_name}: {notice.due.isoformat()}",
            )
            await audit.record(db, deed)
        found = await _behind(db, state, token) or found
    return _page(state, token, *found)


HANDLERS: Final = (confirm_page, confirm)
