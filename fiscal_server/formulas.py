"""What people open in a spreadsheet must not become a program there."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a spreadsheet knows a formula, spaces of lines passed over (OWASP, CSV Injection)."""


def no_formula(foreign: str) -> str:
    """What payers and billing systems write must not become a formula in somebody's spreadsheet."""
    return f"'{foreign}" if foreign.startswith(_FORMULA) else foreign
