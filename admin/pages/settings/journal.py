"""The audit: who did what, newest first."""

from collections.abc import Mapping
from datetime import date, tzinfo
from functools import partial
from typing import Annotated, Any, Final

from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response import Template

from admin.access import doing
from admin.bulk.kinds import KINDS
from admin.database import PanelDatabase
from admin.formatters import Moments, format_day, format_period
from admin.journal_words import field_word, value_words
from admin.navigation import CLIENT_PAGES, SECTIONS, TASK_PAGES
from admin.office import lead_steps
from admin.page import page
from admin.pages.settings.keys import SCOPES
from admin.pages.settings.webhooks import TYPES
from admin.permissions import ROLES, Action
from admin.storage import audit
from admin.texts import LANGUAGES, say
from admin.viewer import Viewer
from fiscal_server.clock import Clock

JOURNAL = "/settings/journal"
ROWS = 50
FEES = frozenset({"fee_kopecks", "price_kopecks", "one_off_kopecks", "minimum_fee_kopecks", "plan", "terms", "line"})
"""What deeds say of prices and fees of the office: a right of its own, in the story of deeds too."""

MONEY = frozenset({"amount_kopecks", "lines", "explanation", "facts"})
"""What deeds say of sums that clients pay and earn: for whoever sees clients, which the keeper of accounts does not."""
VOCABULARY: Final[Mapping[str, Mapping[str, str]]] = {
    "event_types": TYPES,
    "kind": {name: kind.title for name, kind in KINDS.items()},
    "language": LANGUAGES,
    "legal_form": lead_steps.LEGAL_FORMS,
    "list": {one.path: one.title for one in (*SECTIONS, *CLIENT_PAGES, *TASK_PAGES)},
    "roles": {role: row.title for role, row in ROLES.items()},
    "scopes": {scope: word.word for scope, word in SCOPES.items()},
    "second_factor": {"dropped": "отключён"},
    "source": lead_steps.SOURCES,
    "types": TYPES,
    "unknown": {"suspense": "принять как аванс неизвестного плательщика", "reject": "отложить строку"},
}
"""What values of a field mean, by the field's name; msgids."""

_Number = Annotated[int | None, QueryParameter(ge=0, le=(1 << 63) - 1)]


def difference(
    before: dict[str, Any] | None, after: dict[str, Any] | None, *, fees: bool, zone: tzinfo, money: bool = True
) -> list[tuple[str, str, str]]:
    """What was changed: name, before, after; what stayed and what was left empty is left out. ``fees``: whether what
    clients pay the office is told; ``money``: whether their own sums are."""
    old, new = before or {}, after or {}
    changed = [name for name in sorted({*old, *new}) if (old.get(name) or None) != (new.get(name) or None)]
    hidden = (frozenset() if fees else FEES) | (frozenset() if money else MONEY)

    def told(name: str, values: Mapping[str, Any]) -> str:
        return "•••" if name in hidden else value_words(name, values.get(name), zone, VOCABULARY)

    return [(name, told(name, old), told(name, new)) for name in changed]


def thing(action: str, on: str) -> str:
    """What a deed was done with, as people call it."""
    if action.startswith("close."):
        return format_period(on)
    if action == "deadlines.planned":
        return say("до {day}", day=format_day(date.fromisoformat(on)))
    return say(KINDS[on].title) if action.startswith("bulk.") and on in KINDS else on


@get(JOURNAL, opt=doing(Action.READ_AUDIT))
async def journal(
    state: State, viewer: NamedDependency[Viewer],
    before: _Number = None, person: _Number = None, words: FromQuery[str | None] = None,
) -> Template:  # fmt: skip
    """``before``: rows older than that number; ``person``: of one person; ``words``: with these in them."""
    words = words and words.replace("\0", "")
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    zone = state["settings"].zone
    async with panel.read() as db:
        rows = await audit.list_audit(db, before=before, person=person, words=words, limit=ROWS + 1)
    return page(
        "settings/journal.html", viewer, "settings", rows=rows[:ROWS], more=len(rows) > ROWS, words_asked=words or "",
        person=person, at=Moments(clock.now(), zone), thing=thing, field_word=field_word,
        difference=partial(
            difference, fees=viewer.may(Action.SEE_FEES), zone=zone, money=viewer.may(Action.SEE_CLIENTS)
        ),
    )  # fmt: skip
