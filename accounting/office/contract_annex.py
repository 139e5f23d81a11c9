"""Annexes of a contract: what they may change, and what becomes of the lines once both have signed (office domain 3.8).

A line is never rewritten: one that ends gets its last day, a new price closes it the day before and opens another.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

ANNEXED: Final = ("signed", "active", "suspended")
"""States of a contract that an annex can be made to: before them its draft is changed, after them nothing is."""


class ChangeKind(StrEnum):
    """What is changed; a day is the first one of it, of ``END`` the last one of the line."""

    ADD = "add"
    END = "end"
    PRICE = "price"
    FEE = "fee"
    """The fee of a month as a whole."""


class LineSpan(msgspec.Struct, frozen=True, kw_only=True):
    """When a line serves; days are inclusive."""

    starts_on: date
    ends_on: date | None
    is_one_off: bool


def why_not(kind: ChangeKind, day: date, line_id: int | None, lines: Mapping[int, LineSpan]) -> str:
    """The msgid of what hinders a change; empty: nothing does."""
    if kind in (ChangeKind.ADD, ChangeKind.FEE):
        return ""
    line = lines.get(line_id or 0)
    if line is None:
        return "такой услуги в договоре нет"
    if kind is ChangeKind.PRICE and line.is_one_off:
        return "у услуги на один раз цена с даты не меняется: закончите её и добавьте другую"
    first = line.starts_on < day if kind is ChangeKind.PRICE else line.starts_on <= day
    if not first or (line.ends_on is not None and day > line.ends_on):
        return "услуга в этот день не действует или только начинается"
    return ""


class FeeEffect(StrEnum):
    """What becomes of the fee of a month: it is a sum of its own, which no price of a line moves."""

    BECOMES = "becomes"
    STAYS = "stays"
    """Though services that are in it change."""
    STAYS_BESIDE = "stays_beside"
    """What changes is paid beside it."""


def fee_effect(changes: Iterable[tuple[ChangeKind, bool]]) -> FeeEffect | None:
    """Of changes, each with whether its line is in the fee; None where nothing changes."""
    found = list(changes)
    if not found:
        return None
    if any(kind is ChangeKind.FEE for kind, _ in found):
        return FeeEffect.BECOMES
    return FeeEffect.STAYS if any(in_fee for _, in_fee in found) else FeeEffect.STAYS_BESIDE


class AnnexFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an annex when a side signs it."""

    contract_status: str
    state: str
    changes: int
    subject: str


def annex_misses(facts: AnnexFacts) -> list[str]:
    """Msgids of what hinders a signature; none: it may be marked."""
    missing: list[str] = []
    if facts.state != "draft":
        missing.append("соглашение уже подписано или отменено")
    if facts.contract_status not in ANNEXED:
        missing.append("договор не действует")
    if not (facts.changes or facts.subject):
        missing.append("хотя бы одно изменение")
    return missing
