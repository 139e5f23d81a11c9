"""What a merchant may be told to be: one judgement for the command line and for the API."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.cases import merchant as case_merchant
from fiscal_server.intake.batch import NUL_REASON, Problem, field_with_nul, problem_of
from fiscal_server.intake.contacts import contact_fault


def judge_rules(given: Any) -> MerchantRules | Problem:
    """Rules that a computation can take, or where they are wrong and why; ``given`` is the JSON of them."""
    if field := field_with_nul(given):
        return Problem("invalid", NUL_REASON, field)
    try:
        row = msgspec.convert(given, case_merchant.MerchantRow)
    except msgspec.ValidationError as error:
        return problem_of(error)
    if row.email is not None and (fault := contact_fault(row.email)):
        return Problem("invalid", fault, "email")
    for place, service in enumerate(row.services):
        try:
            service.service()
        except ValueError as error:
            return Problem("invalid", str(error), f"services[{place}]")
    try:
        return row.rules()
    except ValueError as error:
        return Problem("invalid", str(error), "services")


def check_zone(name: str) -> None:
    """Raises ValueError when there is no such zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError is one
        raise ValueError(f"there is no time zone {name!r} (e.g. Europe/Moscow)") from None
