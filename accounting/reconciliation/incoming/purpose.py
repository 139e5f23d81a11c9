"""What a payment's purpose says: for whose account and which month. The patterns are data, ``purpose.toml``."""

import re
from functools import cache
from importlib import resources
from typing import Final

import msgspec

_SPACES: Final = re.compile(r"\s+")


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to say it: a regular expression with the groups of its list, without regard to case."""

    name: str
    pattern: str

    def __post_init__(self) -> None:
        try:
            _compiled(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern {self.name!r}: {error}") from error

    def groups(self) -> frozenset[str]:
        """Names of its groups."""
        return frozenset(_compiled(self.pattern).groupindex)


class AccountPattern(Pattern, frozen=True):
    """Has the group ``account``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if "account" not in self.groups():
            raise ValueError(f"pattern {self.name!r} has no group `account`")


class PeriodPattern(Pattern, frozen=True):
    """Has the group ``year`` and ``month`` (digits) or ``word`` (of the table of months)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if "year" not in self.groups() or not self.groups() & {"month", "word"}:
            raise ValueError(f"pattern {self.name!r} needs the groups `year` and `month` or `word`")


class PurposePatterns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is looked for, in this order."""

    accounts: tuple[AccountPattern, ...] = ()
    periods: tuple[PeriodPattern, ...] = ()
    months: dict[str, int] = {}

    def before(self, others: "PurposePatterns") -> "PurposePatterns":
        """These first, then the others."""
        return PurposePatterns(
            self.accounts + others.accounts, self.periods + others.periods, others.months | self.months
        )


class Purpose(msgspec.Struct, frozen=True):
    """What was found; ``evidence``: the words in which it was found, accounts first."""

    accounts: tuple[str, ...] = ()
    period: str | None = None
    evidence: tuple[str, ...] = ()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def common_patterns() -> PurposePatterns:
    """Those of the package."""
    text = resources.files("accounting.reconciliation.incoming").joinpath("purpose.toml").read_bytes()
    return msgspec.toml.decode(text, type=PurposePatterns)


def read_purpose(text: str, patterns: PurposePatterns) -> Purpose:
    """Every account that the text may name, in the order of the patterns, and the first month."""
    if not text:
        return Purpose()
    plain = _SPACES.sub(" ", text)
    accounts: dict[str, str] = {}
    for one in patterns.accounts:
        for found in _compiled(one.pattern).finditer(plain):
            accounts.setdefault(found["account"].rstrip("-/_"), found[0])
    evidence = list(accounts.values())
    period = None
    for each in patterns.periods:
        match = _compiled(each.pattern).search(plain)
        month = _month_of(match, patterns.months) if match else 0
        if match and month:
            period = f"20{match['year'][-2:]}-{month:02d}"
            evidence.append(match[0])
            break
    return Purpose(tuple(accounts), period, tuple(dict.fromkeys(evidence)))


def _month_of(found: re.Match[str], months: dict[str, int]) -> int:
    """1 to 12; 0: none."""
    named = found.groupdict()
    month = int(named["month"]) if named.get("month") else months.get((named.get("word") or "").upper(), 0)
    return month if 1 <= month <= 12 else 0
