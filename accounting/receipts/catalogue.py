"""The merchant's services, in their canonical order, and the order of debts that follows from it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from accounting.receipts.calendar import last_day
from accounting.receipts.codes import SubjectType, TaxationSystem, VatCode
from accounting.receipts.ledger import Debt
from accounting.receipts.model import Agent
from accounting.receipts.vat import ORDINARY, calculated_code, ordinary_code


class VatChange(msgspec.Struct, frozen=True, kw_only=True):
    """From that day the service has another treatment."""

    since: date
    vat_code: VatCode


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service of the catalogue. ``vat_code`` is a treatment: an ordinary code, 1 and 11 being the general rate."""

    id: str
    vat_code: VatCode
    name: str = ""  # empty: the id is printed
    vat_changes: tuple[VatChange, ...] = ()
    subject: SubjectType = SubjectType.SERVICE  # 1212
    taxation: TaxationSystem | None = None  # None: the merchant's
    register_group: str = ""
    agent: Agent | None = None

    def __post_init__(self) -> None:
        for code in (self.vat_code, *(change.vat_code for change in self.vat_changes)):
            if code not in ORDINARY:
                raise ValueError(f"service {self.id}: VAT code {int(code)} is not an ordinary one")

    def treatment(self, on: date) -> VatCode:
        """The treatment in force on that day."""
        found = self.vat_code
        for change in sorted(self.vat_changes, key=lambda change: change.since):
            if change.since <= on:
                found = change.vat_code
        return found


class Catalogue:
    """The services by id, with everything about them that is asked for each debt."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = tuple(services)
        self.by_id = {service.id: service for service in services}
        # Own services before agents' ones, those by the supplier's INN, inside by catalogue order (rules 3.5 c [I]).
        self.rank = {
            service.id: (service.agent.supplier_inn if service.agent else "", place)
            for place, service in enumerate(services)
        }
        self._delivery_codes: dict[tuple[str, str], VatCode] = {}
        self._advance_codes: dict[tuple[str, date], VatCode] = {}

    def delivery_code(self, service: str, period: str) -> VatCode:
        """Ordinary code of the service on the last day of the period (receipt rules 7 [I])."""
        code = self._delivery_codes.get((service, period))
        if code is None:
            on = last_day(period)
            code = ordinary_code(self.by_id[service].treatment(on), on)
            self._delivery_codes[service, period] = code
        return code

    def advance_code(self, service: str, on: date) -> VatCode:
        """Calculated code of money for the service that came on that day (receipt rules 4.5 [I])."""
        code = self._advance_codes.get((service, on))
        if code is None:
            code = calculated_code(self.by_id[service].treatment(on), on)
            self._advance_codes[service, on] = code
        return code

    def debt_order(self, debt: Debt) -> Any:
        """Sort key of the canonical order of debts (receipt rules 4.2, case format 2.2)."""
        return (
            debt.due_on,
            debt.period,
            self.rank[debt.service],
            debt.vat_code,
            not debt.delivered,
            not debt.credited,
        )

    def delivery_order(self, debt: Debt) -> Any:
        """Sort key of the charges of one period at its close (receipt rules 3.5 c [I])."""
        return (self.rank[debt.service], self.debt_order(debt))
