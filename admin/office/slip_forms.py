"""Forms of slips, read and checked, and what stands of a slip in people's words."""

import re
from collections.abc import Mapping
from typing import Final

from litestar.datastructures import FormMultiDict

from accounting.office.budget_codes import usual_budget_code
from accounting.office.obligation_templates import Pack
from admin.office.forms import FormRefused, number_of, text_of
from admin.office.planning import load_packs
from admin.storage.office.slips import ListedSlip, NewSlip
from admin.tables.asked import kopecks_or_none
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

STATES: Final = {
    "draft": "черновик",
    "published": "сообщено",
    "superseded": "заменена",
    "paid": "оплачена",
    "cancelled": "отозвана",
}
OUTCOMES: Final = {
    "accepted": "ушло",
    "deferred": "не ушло, попробуем ещё",
    "refused": "не принято",
    "unknown": "неизвестно, ушло ли",
    "arrived": "дошло",
    "lost": "не дошло",
}
_CODE: Final = re.compile(r"[0-9]{20}")
EXPLANATION_LETTERS: Final = 1000
PURPOSE_LETTERS: Final = 210
"""Of a purpose of payment in a Russian payment order (Bank of Russia 762-P)."""


def read_amount(text: str) -> int:
    """Kopecks; zero is «nothing to pay». Raises FormRefused."""
    kopecks = kopecks_or_none(text)
    if kopecks is None:
        raise FormRefused(say("Сумма пишется так: 36400,00."))
    return kopecks


def read_budget_code(text: str, country: str) -> str:
    """Twenty digits in Russia, with or without blanks; empty for the usual one. Raises FormRefused."""
    code = re.sub(r"\s", "", text)
    if code and country == "RU" and not _CODE.fullmatch(code):
        raise FormRefused(say("В КБК двадцать цифр."))
    return code


async def read_slip(
    db: ReadConnection | WriteConnection, form: FormMultiDict, country: str, obligation_id: int, code: str
) -> NewSlip:
    """A slip for an obligation. Raises FormRefused."""
    written = read_budget_code(text_of(form, "budget_code", 40), country)
    details = {
        "budget_code": written or await usual_code(db, country, code),
        "purpose": text_of(form, "purpose", PURPOSE_LETTERS),
    }
    return NewSlip(
        obligation_id=obligation_id,
        amount_kopecks=read_amount(text_of(form, "amount")),
        details={name: text for name, text in details.items() if text},
        explanation=text_of(form, "explanation", EXPLANATION_LETTERS),
    )


async def usual_code(db: ReadConnection | WriteConnection, country: str, code: str) -> str:
    """What payments by a rule are usually made with."""
    return usual_code_in(await load_packs(db), country, code)


def usual_code_in(packs: Mapping[str, Pack], country: str, code: str) -> str:
    """The same of packs that are at hand."""
    pack = packs.get(country)
    authority = next((one.authority for one in pack.templates if one.code == code), None) if pack else None
    return "" if authority is None else usual_budget_code(country, authority)


def slips_of(form: FormMultiDict) -> list[int]:
    """The slips that were chosen. Raises FormRefused."""
    chosen = [text for text in form.getall("slip", []) if isinstance(text, str)]
    if not chosen:
        raise FormRefused(say("Отметьте платёжки, о которых сообщить."))
    return [number_of(FormMultiDict([("slip", text)]), "slip") for text in dict.fromkeys(chosen)]


def standing_of(one: ListedSlip) -> tuple[str, str]:
    """What stands of a slip, in words, and how loud."""
    if one.state != "published":
        return say(STATES[one.state]), "quiet"
    if one.acknowledged_at is not None:
        return say("подтверждено"), "good"
    if one.has_unknown:
        return say("неизвестно, ушло ли письмо"), "bad"
    if one.escalation == "head":
        return say("не подтверждено: звонить, сказать руководителю"), "bad"
    if one.escalation == "call" or one.notice_state == "escalated":
        return say("не подтверждено: звонить"), "warn"
    if one.sent_count:
        return say("ждём подтверждения, писем: {count}", count=one.sent_count), "wait"
    return say("письмо ждёт своего часа"), "wait"
