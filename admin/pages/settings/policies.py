"""Rules of receipts that the law leaves open: each with its question, law, certainty and a live example, and changed
through the API after a look at what would change."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from accounting.receipts.books import MerchantRules
from accounting.receipts.cases.merchant import MerchantRow as RulesRow
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.policy import POLICY_KEYS, Policies, PolicyKey
from accounting.receipts.policy_notices import notices
from accounting.receipts.policy_words import words_of
from accounting.receipts.wording import translated
from admin import close_words
from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import format_kopecks
from admin.orders import ask, note
from admin.page import Crumb, page
from admin.pages.choosing import choose_merchant, seen_merchant
from admin.permissions import Action
from admin.policy_examples import choices_of, differ, has_example, marks_of, show
from admin.refusals import Refusal, told
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.client import calls
from fiscal_server.client.errors import ApiProblem
from fiscal_server.storage.merchants import MerchantRow, read_merchant

_Request = Request[Any, Any, State]
POLICIES: Final = "/settings/policies"
TITLE: Final = "Правила чеков"
_BY_KEY: Final = {row.key: row for row in POLICY_KEYS}
_LENGTH: Final = 500
_LONGEST_NUMBER: Final = 12
"""Digits: the largest sum of a receipt has ten, and what has thousands is no number of a rule."""

NOT_A_VALUE: Final = "Такого ответа у этого правила нет."
NEEDS_CODE: Final = "Сначала назовите ставку в правиле advance_vat_code: «одна ставка для всех» без неё не работает."
TWICE: Final = "Услуга названа в списке дважды."
_REASONS: Final = {
    "advance_vat = single needs advance_vat_code": NEEDS_CODE,
    "allocation_priority names a service twice": TWICE,
}


class PolicyWrong(Exception):
    """A value that does not fit the other choices; the message is said to people."""


def read_value(key: str, text: str) -> Any:
    """A value of a form as the rules write it. Raises PolicyWrong."""
    default = getattr(Policies(), key)
    text = text.strip()
    if isinstance(default, bool):
        if text not in ("True", "False"):
            raise PolicyWrong(say(NOT_A_VALUE))
        return text == "True"
    if key == "allocation_priority":
        return [one.strip() for one in text.split(",") if one.strip()]
    if key == "advance_vat_code" and not text:
        return None
    if isinstance(default, int) or key == "advance_vat_code":
        if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
            raise PolicyWrong(say(NOT_A_VALUE))
        return int(text)
    return text


def written(key: str, policies: Policies) -> str:
    """The value of a policy as a form writes it."""
    value = getattr(policies, key)
    if key == "allocation_priority":
        return ", ".join(value)
    if key == "advance_vat_code":
        return "" if value is None else str(int(value))
    return str(value)


def said(key: str, value: str) -> str:
    """A value in words, in the reader's language."""
    if key == "advance_vat_code":
        return say(close_words.RATES[int(value)]) if value else say("не названа")  # type: ignore[index]
    if key == "max_sum":
        return format_kopecks(int(value))
    return translated(words_of(key, value)) if value else say("никакие")


def changed_rules(rules: dict[str, Any], key: str, text: str) -> tuple[dict[str, Any], MerchantRules]:
    """A merchant's rules with another value of a policy. Raises PolicyWrong when they do not fit each other."""
    wanted = {**rules, "policies": {**rules.get("policies", {}), key: read_value(key, text)}}
    try:
        return wanted, msgspec.convert(wanted, RulesRow).rules()
    except msgspec.ValidationError as error:
        reason = str(error).partition(" - at ")[0]
        raise PolicyWrong(say(_REASONS.get(reason, NOT_A_VALUE))) from None


@get(POLICIES, opt=doing(Action.SEE_SETTINGS))
async def choose_policies(viewer: NamedDependency[Viewer]) -> Response[Any]:
    """Whose rules."""
    return choose_merchant(viewer, POLICIES, TITLE)


async def _merchant(state: State, viewer: Viewer, merchant_id: int) -> MerchantRow:
    seen_merchant(viewer, merchant_id)
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        return await read_merchant(db, merchant_id)


@get(f"{POLICIES}/{{merchant_id:int}}", opt=doing(Action.SEE_SETTINGS))
async def list_policies(state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int]) -> Template:
    """Every choice: the question, the answer, the law, and what of it decides nothing beside the others."""
    merchant = await _merchant(state, viewer, merchant_id)
    rules = stored_rules(merchant.rules)
    rows = [
        (row, said(row.key, written(row.key, rules.policies)), marks_of(row.source),
         getattr(rules.policies, row.key) == getattr(Policies(), row.key))
        for row in POLICY_KEYS
    ]  # fmt: skip
    idle = {one.key: one.text() for one in notices(rules)}
    return page(
        "settings/policies.html", viewer, "settings", name=merchant.name, merchant_id=merchant_id, rows=rows, idle=idle
    )


def _known(key: str) -> PolicyKey:
    if key not in _BY_KEY:
        raise NotFoundException
    return _BY_KEY[key]


@get(f"{POLICIES}/{{merchant_id:int}}/{{key:str}}", opt=doing(Action.SEE_SETTINGS))
async def policy_card(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], key: FromPath[str],
    value: Annotated[str | None, QueryParameter(max_length=_LENGTH)] = None,
) -> Template:  # fmt: skip
    """One choice with the receipts that each answer leads to; with ``value``: what would be after the change."""
    return await _card(state, viewer, merchant_id, _known(key), value)


async def _card(
    state: State, viewer: Viewer, merchant_id: int, row: PolicyKey, value: str | None, refused: Refusal | None = None
) -> Template:
    merchant = await _merchant(state, viewer, merchant_id)
    rules = stored_rules(merchant.rules)
    now = written(row.key, rules.policies)
    wanted, error, seen = rules, None, ""
    may_change = viewer.may(Action.SET_POLICIES)
    if value is not None:
        try:
            _, wanted = changed_rules(merchant.rules, row.key, value)
        except PolicyWrong as wrong:
            error = str(wrong)
        if error is None and may_change:
            seen = await _etag(state, viewer, merchant_id)
    after = written(row.key, wanted.policies)
    shown = _shown_values(row.key, now, after)
    examples = [show(rules, row.key, one, _with(merchant.rules, row.key, one)) for one in shown]
    fresh = [one.text() for one in notices(wanted) if one not in notices(rules)]
    return page(
        "settings/policy.html", viewer, "settings", crumbs=[Crumb(TITLE, f"{POLICIES}/{merchant_id}")],
        status=422 if error else 409 if refused else 200, name=merchant.name, merchant_id=merchant_id, row=row, now=now,
        after=after if value is not None and not error else None, given=value if value is not None else now, seen=seen,
        choices=choices_of(row.key), said=said, examples=examples, same=len(examples) > 1 and not differ(examples),
        marks=marks_of(row.source), idle=[one.text() for one in notices(rules) if one.key == row.key], fresh=fresh,
        error=error, refused=refused, may_change=may_change, says=close_words,
    )  # fmt: skip


def _shown_values(key: str, now: str, after: str) -> list[str]:
    """Of which values there is an example: all there are; of a number or a list, before and after."""
    if not has_example(key):
        return []
    chosen = choices_of(key)
    if key == "advance_vat_code":  # without a rate its example has nothing to say
        return [one for one in dict.fromkeys((now, after)) if one] or ["11"]
    return chosen or list(dict.fromkeys((now, after)))


def _with(rules: dict[str, Any], key: str, text: str) -> Policies:
    """A merchant's choices with one of them changed, whether they fit each other or not: the example sees to that."""
    chosen = {**rules.get("policies", {})}
    chosen.pop(key, None)
    base = msgspec.convert(chosen, Policies) if key != "advance_vat_code" else Policies()
    default = getattr(base, key)
    kind = type(default) if default is not None else int
    value = read_value(key, text)
    given = tuple(value) if isinstance(default, tuple) else kind(value)
    changes = {key: given}
    if key == "advance_vat" and text == "single" and base.advance_vat_code is None:
        changes["advance_vat_code"] = 11
    if key == "advance_vat_code":
        changes = {"advance_vat_code": int(value), "advance_vat": "single"}
    return msgspec.convert({**msgspec.to_builtins(base), **msgspec.to_builtins(changes)}, Policies)


async def _etag(state: State, viewer: Viewer, merchant_id: int) -> str:
    call = calls.get_merchant(str(merchant_id))
    answer = await ask(state, viewer, merchant_id, Action.SEE_SETTINGS, lambda api: api.send(call))
    return str(answer.headers.get("etag", ""))


@post(f"{POLICIES}/{{merchant_id:int}}/{{key:str}}", opt=doing(Action.SET_POLICIES))
async def change_policy(
    request: _Request, state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], key: FromPath[str]
) -> Response[Any]:
    """Change it, if the rules are still those that were seen; what is so already is done."""
    row = _known(key)
    merchant = await _merchant(state, viewer, merchant_id)
    form = await request.form()
    value, seen = str(form.get("value", ""))[:_LENGTH], str(form.get("seen", "")) or None
    try:
        wanted, ruled = changed_rules(merchant.rules, key, value)
    except PolicyWrong:
        return await _card(state, viewer, merchant_id, row, value)
    before, after = written(key, stored_rules(merchant.rules).policies), written(key, ruled.policies)
    if before != after:
        call = calls.put_rules(str(merchant_id), wanted, seen)
        try:
            await ask(state, viewer, merchant_id, Action.SET_POLICIES, lambda api: api.send(call))
        except ApiProblem as problem:
            return await _card(state, viewer, merchant_id, row, None, told(problem))
        await note(
            state, viewer, merchant_id, "policy.changed", merchant.name, before={key: before}, after={key: after}
        )
    return Redirect(f"{POLICIES}/{merchant_id}", status_code=303)


HANDLERS = (choose_policies, list_policies, policy_card, change_policy)
