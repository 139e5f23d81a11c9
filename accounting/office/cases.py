"""The way of a case from planned to closed: one table of steps, and who may take which (office domain 3.13 [D]).

Overdue is not a state: a case is overdue when its legal date is past and it is not closed. A case of an obligation that
goes to an authority is submitted and accepted; others are completed. Somebody else than the executor approves where a
reviewer is named. A closed case is never copied: what comes round again has an obligation, and so a case, of its own.
"""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

OPEN: Final = ("planned", "open", "in_progress", "waiting", "review", "ready", "submitted")
CLOSED: Final = ("done", "not_required", "cancelled")
NOT_BEGUN: Final = ("planned", "open")
"""States in which re-planning may still move or cancel a case."""
WAITS_FOR: Final = ("client", "authority", "colleague")


class Place(StrEnum):
    """What somebody is to a case. Whoever stands in for somebody has that one's place."""

    EXECUTOR = "executor"
    REVIEWER = "reviewer"
    ASSIGNER = "assigner"
    HEAD = "head"
    """Leads accountants: may plan and hand over."""


_DOES: Final = frozenset({Place.EXECUTOR, Place.ASSIGNER, Place.HEAD})
_APPROVES: Final = frozenset({Place.REVIEWER, Place.HEAD})
_LEADS: Final = frozenset({Place.ASSIGNER, Place.HEAD})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A named transition. ``says``: it needs a text; ``checked``: the checklist must be complete, all parts closed;
    ``free``: no other case stands before it; ``powered``: a power of attorney, or the client's own signature, stands
    behind it (office domain 3.9, 3.13).
    """

    name: str
    sources: tuple[str, ...]
    to: str
    by: frozenset[Place] = _DOES
    says: bool = False
    checked: bool = False
    free: bool = False
    powered: bool = False


STEPS: Final = {
    one.name: one
    for one in (
        Step(name="open", sources=("planned",), to="open"),
        Step(name="start", sources=("planned", "open"), to="in_progress", free=True),
        Step(name="wait", sources=("open", "in_progress"), to="waiting"),
        Step(name="resume", sources=("waiting",), to="in_progress"),
        Step(name="submit_for_review", sources=("in_progress",), to="review", checked=True, free=True),
        Step(name="return", sources=("review",), to="in_progress", by=_APPROVES, says=True),
        Step(name="approve", sources=("review",), to="ready", by=_APPROVES, checked=True),
        Step(name="make_ready", sources=("in_progress",), to="ready", checked=True, free=True),
        Step(name="submit", sources=("ready",), to="submitted", free=True, powered=True),
        Step(name="accept", sources=("submitted",), to="done", checked=True),
        Step(name="reject", sources=("submitted",), to="in_progress", says=True),
        Step(name="complete", sources=("open", "in_progress", "waiting", "ready"), to="done", checked=True, free=True),
        Step(name="waive", sources=OPEN, to="not_required", says=True),
        Step(name="cancel", sources=OPEN, to="cancelled", by=_LEADS, says=True),
        Step(name="reopen", sources=("done", "not_required"), to="in_progress", says=True),
    )
}
"""In the order in which they are offered."""


class Part(msgspec.Struct, frozen=True):
    """One executor's part of a group case, in its order."""

    person_id: int
    is_closed: bool


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules ask of a case. ``is_submitted``: it goes to an authority; ``unchecked``: open points;
    ``is_blocked``: it waits for another case that is open; ``lacks_power``: nothing lets the office hand it in.
    """

    state: str
    mode: str = "one"
    parts: tuple[Part, ...] = ()
    has_reviewer: bool = False
    is_submitted: bool = False
    is_obligation: bool = False
    is_blocked: bool = False
    lacks_power: bool = False
    unchecked: int = 0
    legal_date: date | None = None

    @property
    def is_closed(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.state in CLOSED

    def is_overdue(self, today: date) -> bool:
        """A term is kept until the end of its day (art. 6.1 item 8)."""
        return not self.is_closed and self.legal_date is not None and self.legal_date < today


class Hindrance(StrEnum):
    """Why a step is not possible now."""

    STATE = "state"
    PLACE = "place"
    TEXT = "text"
    CHECKLIST = "checklist"
    PARTS = "parts"
    REVIEW = "review"
    OWN_WORK = "own_work"
    SUBMITTED = "submitted"
    OBLIGATION = "obligation"
    BLOCKED = "blocked"
    POWER = "power"
    LATE = "late"


_NOT_NOW: Final = frozenset(Hindrance) - {
    Hindrance.TEXT, Hindrance.CHECKLIST, Hindrance.PARTS, Hindrance.POWER, Hindrance.LATE,
}  # fmt: skip
"""Against these nothing that somebody could type, tick or record helps."""


def steps_of(case: Case, places: Collection[Place]) -> list[Step]:
    """Steps somebody may take now, if they say what each needs and the list is done; in their order."""
    return [step for step in STEPS.values() if hindrance(case, step.name, places, text="…") not in _NOT_NOW]


def hindrance(
    case: Case,
    name: str,
    places: Collection[Place],
    *,
    text: str = "",
    late_reason: str = "…",
    today: date | None = None,
) -> Hindrance | None:
    """What stands against a step; None: nothing. ``late_reason`` counts where ``today`` is past the legal date.

    Raises KeyError for a step that there is not.
    """
    step = STEPS[name]
    if case.state not in step.sources:
        return Hindrance.STATE
    if step.by.isdisjoint(places):
        return Hindrance.PLACE
    wrong = _against_the_way(case, name, places)
    if wrong is not None:
        return wrong
    if step.free and case.is_blocked:
        return Hindrance.BLOCKED
    if step.powered and case.lacks_power:
        return Hindrance.POWER
    if step.says and not text:
        return Hindrance.TEXT
    if step.checked and case.unchecked:
        return Hindrance.CHECKLIST
    if step.checked and not is_complete(case.mode, case.parts):
        return Hindrance.PARTS
    if step.to == "done" and today is not None and case.is_overdue(today) and not late_reason:
        return Hindrance.LATE
    return None


def _against_the_way(case: Case, name: str, places: Collection[Place]) -> Hindrance | None:
    """Four eyes, and the one way for what goes to an authority."""
    if name == "submit_for_review" and not case.has_reviewer:
        return Hindrance.REVIEW
    if name == "approve" and Place.EXECUTOR in places:
        return Hindrance.OWN_WORK
    if name == "cancel" and case.is_obligation:  # the next plan would bring it back: it is waived instead
        return Hindrance.OBLIGATION
    if case.is_submitted != (name in ("make_ready", "submit")) and name in ("make_ready", "submit", "complete"):
        return Hindrance.SUBMITTED
    if name in ("make_ready", "complete") and case.has_reviewer and case.state != "ready":
        return Hindrance.REVIEW
    return None


def is_complete(mode: str, parts: Sequence[Part]) -> bool:
    """Whether a group case may close: any part in mode ``any``, all of them otherwise; none: there is no group."""
    if mode == "any" and parts:
        return any(part.is_closed for part in parts)
    return all(part.is_closed for part in parts)


def may_close_part(mode: str, parts: Sequence[Part], person_id: int) -> bool:
    """Whether it is somebody's turn: in mode ``ordered`` those before have closed theirs."""
    for part in parts:
        if part.person_id == person_id:
            return not part.is_closed
        if mode == "ordered" and not part.is_closed:
            return False
    return False


OBLIGATION_STATES: Final = {
    "planned": "planned",
    "open": "planned",
    "in_progress": "begun",
    "waiting": "begun",
    "review": "begun",
    "ready": "begun",
    "submitted": "begun",
    "done": "done",
    "not_required": "not_required",
    "cancelled": "cancelled",
}
"""How an obligation stands whose case stands so."""
