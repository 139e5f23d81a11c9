"""Names that a case's state uses must be there, each once (case format, conventions)."""

from collections.abc import Iterator

from accounting.receipts.cases.input import CaseInput
from accounting.receipts.cases.schema import CaseInvalid


def check_names(case: CaseInput) -> None:
    """A state that names an unknown service is invalid; an event that does so is only answered with an error.

    Raises CaseInvalid with the path, also for an id that is there twice.
    """
    known: set[str] = set()
    for place, service in enumerate(case.merchant.services):
        if service.id in known:
            raise CaseInvalid(f"$.in.merchant.services[{place}].id", f"The service {service.id!r} is there twice")
        known.add(service.id)
    seen: set[str] = set()
    for place, account in enumerate(case.accounts):
        if account.id in seen:
            raise CaseInvalid(f"$.in.accounts[{place}].id", f"The account {account.id!r} is there twice")
        seen.add(account.id)
    for path, named in _named_services(case):
        if named is not None and named not in known:
            raise CaseInvalid(f"$.in.{path}", f"There is no service {named!r} in the catalogue")


def _named_services(case: CaseInput) -> Iterator[tuple[str, str | None]]:
    for number, refund in enumerate(case.pending_refunds):
        yield f"pending_refunds[{number}].service", refund.service
    for place, account in enumerate(case.accounts):
        path = f"accounts[{place}]"
        rows: dict[str, list[str] | list[str | None]] = {
            "debts": [row.service for row in account.debts],
            "off_balance": [row.service for row in account.off_balance],
            "advance_lots": [row.service for row in account.advance_lots],
            "settlements": [row.service for row in account.settlements],
            "last_bill.lines": [row.service for row in account.last_bill.lines] if account.last_bill else [],
        }
        for name, services in rows.items():
            for number, service in enumerate(services):
                yield f"{path}.{name}[{number}].service", service
        for number, settlement in enumerate(account.settlements):
            yield f"{path}.settlements[{number}].lot.service", settlement.lot.service if settlement.lot else None
        for number, subscribed in enumerate(account.services or ()):
            yield f"{path}.services[{number}]", subscribed
        yield f"{path}.plan.service", account.plan.service if account.plan else None
