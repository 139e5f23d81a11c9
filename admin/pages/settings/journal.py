"""The audit: who did what, newest first."""

from functools import partial
from typing import Annotated, Any

from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response import Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.journal_words import field_word, value_words
from admin.page import page
from admin.permissions import Action
from admin.storage import audit
from admin.viewer import Viewer
from fiscal_server.clock import Clock

JOURNAL = "/settings/journal"
ROWS = 50
FEES = frozenset({"fee_kopecks", "price_kopecks", "one_off_kopecks", "minimum_fee_kopecks", "plan", "terms", "line"})
"""What deeds say of prices and fees of the office: a right of its own, in the story of deeds too."""

MONEY = frozenset({"amount_kopecks", "lines", "explanation", "facts"})
"""What deeds say of sums that clients pay and earn: for whoever sees clients, which the keeper of accounts does not."""

_Number = Annotated[int | None, QueryParameter(ge=0, le=(1 << 63) - 1)]


def difference(
    before: dict[str, Any] | None, after: dict[str, Any] | None, *, fees: bool, money: bool = True
) -> list[tuple[str, str, str]]:
    """What was changed: name, before, after; what stayed is left out. ``fees``: whether what clients pay the office is
    told; ``money``: whether their own sums are."""
    old, new = before or {}, after or {}
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    hidden = (frozenset() if fees else FEES) | (frozenset() if money else MONEY)
    return [
        (name, "•••", "•••")
        if name in hidden
        else (name, value_words(name, old.get(name)), value_words(name, new.get(name)))
        for name in changed
    ]


@get(JOURNAL, opt=doing(Action.READ_AUDIT))
async def journal(
    state: State, viewer: NamedDependency[Viewer],
    before: _Number = None, person: _Number = None, words: FromQuery[str | None] = None,
) -> Template:  # fmt: skip
    """``before``: rows older than that number; ``person``: of one person; ``words``: with these in them."""
    words = words and words.replace("\0", "")
    panel: PanelDatabase = state["panel"]
    clock: Clock = state["clock"]
    async with panel.read() as db:
        rows = await audit.list_audit(db, before=before, person=person, words=words, limit=ROWS + 1)
    return page(
        "settings/journal.html", viewer, "settings", rows=rows[:ROWS], more=len(rows) > ROWS, words_asked=words or "",
        person=person, at=Moments(clock.now(), state["settings"].zone),
        field_word=field_word,
        difference=partial(difference, fees=viewer.may(Action.SEE_FEES), money=viewer.may(Action.SEE_CLIENTS)),
    )  # fmt: skip
