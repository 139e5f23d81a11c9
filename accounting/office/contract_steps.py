"""The way of a contract: which step leads from where to where, and what each needs (office domain 3.8)."""

from datetime import date
from typing import Final

import msgspec

IN_FORCE: Final = ("signed", "active", "suspended", "terminating", "closed")
"""Both have signed; a closed one was in force until its last day."""

RENEWING: Final = ("signed", "active", "suspended", "terminating")
"""States in which a term may be followed by another: before them nothing is agreed, after them all is over."""


class ContractStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step; ``to`` empty: where it leads depends on what is there (a signature, of which two are needed)."""

    name: str
    sources: tuple[str, ...]
    to: str


STEPS: Final = {
    one.name: one
    for one in (
        ContractStep(name="agree", sources=("draft",), to="agreed"),
        ContractStep(name="send", sources=("agreed",), to="sent"),
        ContractStep(name="sign", sources=("agreed", "sent"), to=""),
        ContractStep(name="activate", sources=("signed",), to="active"),
        ContractStep(name="suspend", sources=("active",), to="suspended"),
        ContractStep(name="resume", sources=("suspended",), to="active"),
        ContractStep(name="give_notice", sources=("active", "suspended"), to="terminating"),
        ContractStep(name="close", sources=("terminating",), to="closed"),
        ContractStep(name="back", sources=("agreed", "sent"), to="draft"),
        ContractStep(name="cancel", sources=("draft", "agreed", "sent"), to="cancelled"),
    )
}


class ContractFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a contract when a step is taken."""

    status: str
    number: str
    starts_on: date | None
    last_day: date | None
    """Of the contract; None: nobody has given notice."""
    lines: int
    signed: frozenset[str]
    """Sides that have signed: office, client."""
    has_profile: bool
    has_lead: bool
    lacks_text: bool = False
    """No text was made of it though the office has templates of contracts."""
    text_is_old: bool = False
    """Its text says something else than the contract."""
    reason: str = ""


def steps_of(status: str) -> list[str]:
    """Names of the steps from a state, in their order."""
    return [one.name for one in STEPS.values() if status in one.sources]


def what_is_missing(step: str, facts: ContractFacts) -> list[str]:
    """Msgids of what the step still needs; none: it may be taken."""
    missing: list[str] = []
    if step == "agree":
        missing += [] if facts.number else ["номер договора"]
        missing += [] if facts.starts_on else ["день начала"]
        missing += [] if facts.lines else ["хотя бы одна услуга"]
    if step in ("send", "sign"):
        missing += ["текст договора"] if facts.lacks_text else []
    if step == "activate":
        missing += [] if facts.has_profile else ["система налогообложения клиента"]
        missing += [] if facts.has_lead else ["ведущий бухгалтер"]
    return missing


def what_hinders(step: str, facts: ContractFacts, today: date) -> str:
    """Msgid of why the step cannot be taken whatever is added to the contract; "": nothing. ``{day}`` in it is for the
    first day of the contract, or for its last one."""
    if step == "activate" and not (facts.starts_on and facts.starts_on <= today):
        return "Договор начинается {day}: начать обслуживание раньше нельзя."
    if step == "close" and not (facts.last_day and facts.last_day <= today):
        return "Последний день договора — {day}: закрыть его раньше нельзя."
    if step == "back" and facts.signed:
        return "Договор уже подписан одной из сторон: в черновик он не вернётся."
    if step in ("suspend", "give_notice", "cancel") and not facts.reason:
        return "Напишите причину."
    return ""


def status_after(step: str, facts: ContractFacts, side: str = "") -> str:
    """Where a step leads; a signature of one side leaves a contract where it is, the other's makes it signed."""
    if step != "sign":
        return STEPS[step].to
    return "signed" if facts.signed | {side} >= {"office", "client"} else facts.status
