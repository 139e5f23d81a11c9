"""By which rules a cassette works: each with its meaning, and a form that changes them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin import cassette_rule_words, cassette_words
from admin.access import doing
from admin.addresses import cassette_address
from admin.database import PanelDatabase
from admin.errands import Errands
from admin.page import page
from admin.pages.cassettes.kkt_orders import given
from admin.pages.cassettes.listing import cassette_crumbs, find_cassette
from admin.pages.choosing import seen_merchant
from admin.permissions import Action
from admin.recording import record
from admin.refusals import Refusal, told
from admin.viewer import Viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.storage.cassette_cards import CassetteCard
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.slots import MOST_PARALLEL

PATH: Final = "/cassettes/{merchant_id:int}/{cassette_id:int}/rules"
DEFAULTS: Final = msgspec.structs.asdict(CassetteRules())
_LETTERS: Final = 20


class Wanted(msgspec.Struct, frozen=True):
    """What the form said: as typed, and read; ``wrong``: fields that are no such number."""

    typed: dict[str, str]
    rules: CassetteRules
    parallel: int
    close_archive: bool
    wrong: dict[str, str]

    def told(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return _told(self.parallel, self.close_archive, self.rules)


def _told(parallel: int, close_archive: bool, rules: CassetteRules) -> dict[str, Any]:
    return {"parallel": parallel, "close_archive": close_archive, **msgspec.structs.asdict(rules)}


def typed_of(card: CassetteCard) -> dict[str, str]:
    """The rules of a cassette as its form shows them."""
    shown = {name: f"{value:g}" for name, value in msgspec.structs.asdict(card.rules).items()}
    return {**shown, "parallel": str(card.parallel), "close_archive": "1" if card.close_archive else ""}


def read_wanted(form: Mapping[str, Any]) -> Wanted:
    """Judged field by field; a field that is missing has its default."""
    typed = {name: given(form, name, _LETTERS) for name in (*cassette_rule_words.RULES, "parallel", "close_archive")}
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name in cassette_rule_words.RULES:
        try:
            read = msgspec.convert({name: typed[name].replace(",", ".")}, CassetteRules, strict=False)
            values[name] = getattr(read, name)
        except msgspec.ValidationError:
            wrong[name] = "целое число, или секунды: больше нуля"
    parallel = typed["parallel"]
    if not (parallel.isascii() and parallel.isdecimal() and len(parallel) < 4 and 1 <= int(parallel) <= MOST_PARALLEL):
        wrong["parallel"] = "целое число от 1 до 128"
    return Wanted(
        typed, CassetteRules(**values), 1 if "parallel" in wrong else int(parallel), bool(typed["close_archive"]), wrong
    )


async def _card(state: State, merchant_id: int, cassette_id: int) -> CassetteCard:
    panel: PanelDatabase = state["panel"]
    async with panel.look([merchant_id]) as db:
        return await find_cassette(db, merchant_id, cassette_id)


def _page(
    viewer: Viewer,
    card: CassetteCard,
    *,
    typed: dict[str, str],
    wrong: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Template:
    return page(
        "cassettes/rules.html", viewer, "cassettes", crumbs=cassette_crumbs(card.merchant_id, card), card=card,
        merchant_name=seen_merchant(viewer, card.merchant_id), typed=typed, wrong=wrong, refusal=refusal,
        told=cassette_words, told_rules=cassette_rule_words.RULES,
        defaults=DEFAULTS, status=422 if wrong or refusal is not None else 200,
    )  # fmt: skip


@get(PATH, opt=doing(Action.SEE_CASSETTES))
async def rules_page(
    state: State, viewer: NamedDependency[Viewer], merchant_id: FromPath[int], cassette_id: FromPath[int]
) -> Template:
    """Every rule with its meaning; who may add KKTs may change them."""
    seen_merchant(viewer, merchant_id)
    card = await _card(state, merchant_id, cassette_id)
    return _page(viewer, card, typed=typed_of(card), wrong={})


@post(PATH, opt=doing(Action.ADD_KKTS))
async def set_rules(
    request: Request[Any, Any, State],
    state: State,
    viewer: NamedDependency[Viewer],
    merchant_id: FromPath[int],
    cassette_id: FromPath[int],
) -> Response[Any]:
    """Put them; sent twice they are as they were put."""
    panel: PanelDatabase = state["panel"]
    errands: Errands = state["errands"]
    seen_merchant(viewer, merchant_id)
    card = await _card(state, merchant_id, cassette_id)
    wanted = read_wanted(await request.form())
    if wanted.wrong:
        return _page(viewer, card, typed=wanted.typed, wrong=wanted.wrong)
    before, after = _told(card.parallel, card.close_archive, card.rules), wanted.told()
    if before != after:
        try:
            async with errands.run(viewer, merchant_id, Action.ADD_KKTS) as api:
                if wanted.rules != card.rules:
                    await api.put_cassette_rules(card.name, msgspec.structs.asdict(wanted.rules))
                await api.put_cassette_work(card.name, parallel=wanted.parallel, close_archive=wanted.close_archive)
        except ClientError as error:
            return _page(viewer, card, typed=wanted.typed, wrong={}, refusal=told(error))
        changed = {name for name in after if before[name] != after[name]}
        async with panel.change() as changing:
            await record(
                changing, state, viewer, "cassette.changed", card.name, merchant_id=merchant_id,
                before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
            )  # fmt: skip
    return Redirect(cassette_address(merchant_id, cassette_id), status_code=303)


HANDLERS: Final = (rules_page, set_rules)
