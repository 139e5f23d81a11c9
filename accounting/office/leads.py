"""The way of a lead to a contract, when nobody cares for it, and whether it is there already (office domain 3.1)."""

import re
import unicodedata
from datetime import date
from typing import Final

import msgspec

from accounting.working_days import BusinessCalendar

WORKING_DAYS_IF_NEW = 1
WORKING_DAYS_LATER = 3


def neglected_on(since: date, is_new: bool, calendar: BusinessCalendar) -> date:
    """The day at whose end a lead without a next action is neglected.

    ``since``: the day it came, or entered its state. A new one waits one working day, others three.
    """
    return calendar.later(since, WORKING_DAYS_IF_NEW if is_new else WORKING_DAYS_LATER)


OPEN: Final = ("new", "contacted", "qualified", "calculated", "proposal_sent", "negotiating")
"""States of leads that somebody has to do something about, in the order of the way."""


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the way; what it needs is asked where it is taken."""

    name: str
    sources: tuple[str, ...]
    to: str


TRANSITIONS: Final = {
    one.name: one
    for one in (
        Transition(name="log_contact", sources=("new",), to="contacted"),
        Transition(name="qualify", sources=("contacted",), to="qualified"),
        Transition(name="calculate", sources=("qualified",), to="calculated"),
        Transition(name="send_proposal", sources=("calculated",), to="proposal_sent"),
        Transition(name="reply", sources=("proposal_sent",), to="negotiating"),
        Transition(name="convert", sources=("calculated", "proposal_sent", "negotiating"), to="won"),
        Transition(name="defer", sources=OPEN, to="deferred"),
        Transition(name="lose", sources=OPEN, to="lost"),
        Transition(name="merge", sources=OPEN, to="merged"),
        Transition(name="reopen", sources=("lost",), to="new"),
    )
}


def steps_from(state: str) -> list[str]:
    """Names of the steps that a lead may take, in their order."""
    return [one.name for one in TRANSITIONS.values() if state in one.sources]


def is_neglected(state: str, since: date, next_action_on: date | None, today: date, calendar: BusinessCalendar) -> bool:
    """Whether nobody has said what comes next. ``since``: the day it entered its state.

    An action whose day is past counts from that day on: it was not done, or nobody wrote down what follows.
    """
    if state not in OPEN or (next_action_on is not None and next_action_on >= today):
        return False
    idle_since = since if next_action_on is None else max(since, next_action_on)
    return today > neglected_on(idle_since, state == "new", calendar)


ALIKE_BP: Final = 6000
"""From here on two names are taken for one."""

_SHORT: Final = 3
"""Words of so many letters are legal forms more often than names; they count where there is nothing else."""


def likeness_bp(one: str, other: str) -> int:
    """How much of their trigrams two names share, in basis points; letters' case, signs and short words aside."""
    first, second = _trigrams(one), _trigrams(other)
    together = len(first | second)
    return 0 if not together else len(first & second) * 10_000 // together


def _trigrams(name: str) -> set[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(sign))
    words = re.findall(r"\w+", plain)
    found: set[str] = set()
    for word in [one for one in words if len(one) > _SHORT] or words:
        padded = f"  {word} "
        found |= {padded[start : start + 3] for start in range(len(padded) - 2)}
    return found
