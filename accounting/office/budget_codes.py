"""Where taxes go: the one account of a payer, or an account of their own."""

from typing import Final

SINGLE_TAX_PAYMENT: Final = "18201061201010000510"
"""Budget code of the single tax payment, for whatever goes to the account of Tax Code art. 11.3 (1C ITS, 2026)."""

_APART: Final = frozenset({"SFR", "ROSPRIRODNADZOR"})
"""Authorities whose payments do not go to the single tax account: injury contributions, fees for pollution."""


def usual_budget_code(country: str, authority: str) -> str:
    """What an authority's payments are made with; empty where each has a code of its own."""
    return SINGLE_TAX_PAYMENT if country == "RU" and authority not in _APART else ""
