"""Whose work a case of an obligation is: rules name a role, never a person (office domain 3.10 [D])."""

from typing import Final

from accounting.office.obligation_templates import ObligationKind

_BY_BEGINNING: Final = {
    "RU-NDFL-": "payroll",
    "RU-6NDFL": "payroll",
    "RU-SV-": "payroll",
    "RU-RSV": "payroll",
    "RU-PSV": "payroll",
    "RU-NS-": "payroll",
    "RU-EFS1": "payroll",
    "RU-SFR-": "payroll",
    "RU-MVD-": "personnel",
    "RU-STAT-": "primary",
    "RU-KKT-": "manager",
    "RU-FN-": "manager",
    "RU-KEP-": "manager",
    "RU-POA-": "manager",
}
"""What is no matter of the tax accountant, by the beginning of its code."""

SUBMITTED: Final = frozenset({ObligationKind.REPORT, ObligationKind.NOTICE, ObligationKind.EVENT_REPORT})
"""Kinds that go to an authority, which accepts or refuses them."""


def role_of(code: str, of_service: str | None = None) -> str:
    """The role that an obligation falls to. ``of_service``: of the service whose line made it; None for a rule's."""
    return of_service or next((role for beginning, role in _BY_BEGINNING.items() if code.startswith(beginning)), "tax")
