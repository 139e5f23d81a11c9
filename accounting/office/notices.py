"""Letters of taxes due: what a mail server's answer means, and when a letter that did not go is tried again.

An intent is written down before the conversation with the mail server and its outcome after it. What is between the two
when a process dies is ``UNKNOWN``: the letter may have gone. It is never sent again by itself; the next day's repeat is
a letter of its own (office domain 3.16, rule 1), and until then a person may say what became of it.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec


class Outcome(StrEnum):
    """What became of a letter."""

    ACCEPTED = "accepted"
    """The mail server took it (250 after the text)."""
    DEFERRED = "deferred"
    """It did not go: no connection, or an answer that asks to come again."""
    REFUSED = "refused"
    """It did not go and will not: the address or the text is refused for good."""
    UNKNOWN = "unknown"
    """The text was on its way when the answer failed to come."""
    ARRIVED = "arrived"
    """Unknown before; a person has found that it came."""
    LOST = "lost"
    """Unknown before; a person has found that it did not come."""


def counts_as_said(outcome: Outcome) -> bool:
    """Whether the client has, or may have, read it: such a letter is not sent again on its day."""
    return outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.ARRIVED)


_FIRST_RETRIES: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
_HOURS: Final = 24


def retry_after(failures: int) -> timedelta | None:
    """How long to wait after so many failures in a row (office domain 3.16, rule 10); None: a person is asked."""
    if failures <= len(_FIRST_RETRIES):
        return _FIRST_RETRIES[max(failures, 1) - 1]
    return timedelta(hours=1) if failures <= len(_FIRST_RETRIES) + _HOURS else None


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One tax of a bill, as it was told. ``budget_code``: where the money goes; empty where the office wrote none."""

    slip_id: int
    version: int
    name: str
    code: str
    period: str
    amount_kopecks: int
    budget_code: str = ""
    purpose: str = ""
    explanation: str = ""


def total_kopecks(lines: tuple[BillLine, ...]) -> int:
    """What is paid on the day altogether (office domain 3.15: slips of one date are one payment)."""
    return sum(line.amount_kopecks for line in lines)


def needs_answer(lines: tuple[BillLine, ...]) -> bool:
    """Nothing to pay needs no confirmation (office domain 3.15)."""
    return total_kopecks(lines) > 0
