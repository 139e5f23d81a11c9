"""Powers of attorney: until when they act, and whether one stands behind what the office hands in (office domain 3.9).

A client that signs by itself has its signature recorded in the same way: then nothing is handed in with a power.
"""

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec

ENDING_BEFORE: Final = timedelta(days=60)
"""How long before its last day a power is said to end (office domain 3.9)."""
NUMBER_LETTERS: Final = 50
"""Of a number in the tax format (office domain 7.2)."""
ANY_BODY: Final = "ANY"
BODIES: Final = {
    "RU": ("FNS", "SFR", "ROSSTAT", "ROSPRIRODNADZOR", "MVD", "CUSTOMS", "OPERATOR", "BANK", "COURT", "POST", ANY_BODY),
    "PL": ("KAS", "ZUS", "PFRON", "KRS", "BANK", "COURT", ANY_BODY),
    "BR": ("RFB", "MTE", "CAIXA", "SEFAZ", "PREFEITURA", "BANK", "COURT", ANY_BODY),
}
"""Before whom a power may be, by the client's country; authorities are called as the calendars call them."""


class PowerKind(StrEnum):
    """What a power is written on."""

    PAPER = "paper"
    NOTARISED = "notarised"
    ELECTRONIC = "electronic"
    OWN_SIGNATURE = "own_signature"
    """None: the client signs by itself, until its certificate ends."""


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """A power of a client; ``valid_to``: its last day; from ``revoked_on`` on it acts no more."""

    kind: PowerKind
    body: str
    issued_on: date
    valid_to: date
    revoked_on: date | None = None

    def acts_on(self, day: date) -> bool:
        """Whether somebody may act with it on a day."""
        return self.issued_on <= day <= self.valid_to and (self.revoked_on is None or day < self.revoked_on)

    def is_before(self, body: str) -> bool:
        """Whether it is before an authority."""
        return self.body in (body, ANY_BODY)


class Standing(StrEnum):
    """How a power stands on a day."""

    COMING = "coming"
    ACTING = "acting"
    ENDING = "ending"
    ENDED = "ended"
    REVOKED = "revoked"


def standing_of(power: Power, day: date) -> Standing:
    """Revoked before anything else; ending: acts, but not for long."""
    if power.revoked_on is not None and power.revoked_on <= day:
        return Standing.REVOKED
    if day < power.issued_on:
        return Standing.COMING
    if day > power.valid_to:
        return Standing.ENDED
    return Standing.ENDING if power.valid_to - day <= ENDING_BEFORE else Standing.ACTING


def last_day_without_term(issued_on: date) -> date:
    """A power that names no term acts for a year from its date (Civil Code art. 186 item 1; how it ends: art. 192)."""
    year = issued_on.year + 1
    return issued_on.replace(year=year, day=min(issued_on.day, calendar.monthrange(year, issued_on.month)[1]))


def must_be_notarised(payer_kind: str, kind: PowerKind, body: str) -> bool:
    """Before the tax service paper of a person or sole trader needs a notary (Tax Code art. 29 item 3)."""
    return payer_kind != "org" and kind is PowerKind.PAPER and body in ("FNS", ANY_BODY)


class Check(StrEnum):
    """What stands behind a document for an authority."""

    THERE = "there"
    NOT_KEPT = "not_kept"
    """No power of the client was ever recorded: nobody can tell, and nothing is stopped."""
    MISSING = "missing"
    ENDED = "ended"
    """There was one, or it is still to come."""


def bodies_of(authority: str, country: str) -> tuple[str, ...]:
    """The authorities that a calendar means («RFB/MTE» are two); none: it goes to no authority."""
    return tuple(one for one in authority.split("/") if one in BODIES.get(country, ()))


def check_power(powers: Iterable[Power], bodies: Iterable[str], day: date) -> Check:
    """Of all powers of a client, for what goes to one of some authorities: each of them needs one."""
    kept = tuple(powers)
    if not kept:
        return Check.NOT_KEPT
    worst = Check.THERE
    for body in bodies:
        before = [one for one in kept if one.is_before(body)]
        if not before:
            return Check.MISSING
        if not any(one.acts_on(day) for one in before):
            worst = Check.ENDED
    return worst
