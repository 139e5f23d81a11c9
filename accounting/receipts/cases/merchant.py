"""The ``merchant`` of a case as it is written (case format 1.1); the server's settings are written in the same way."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.catalogue import Service, VatChange
from accounting.receipts.codes import FfdVersion, SubjectType, TaxationSystem, VatCode
from accounting.receipts.corrections.events import AgentDataTags, SupplierTags
from accounting.receipts.event_parts import Contact, ServiceId
from accounting.receipts.model import Agent, AgentData
from accounting.receipts.policy import Policies
from accounting.working_days import CalendarRules


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the format."""


class AgentTags(Strict, frozen=True):
    """A service's agent, by tags."""

    sign: Literal[1, 2, 4, 8, 16, 32, 64] = msgspec.field(name="1222")
    supplier_inn: str = msgspec.field(name="1226")
    supplier: SupplierTags | None = msgspec.field(default=None, name="1224")
    data: AgentDataTags | None = msgspec.field(default=None, name="1223")

    def agent(self) -> Agent:
        """The same as lines carry it."""
        data = self.data
        return Agent(
            sign=self.sign,
            supplier_inn=self.supplier_inn,
            supplier_name=self.supplier.name if self.supplier else None,
            supplier_phones=self.supplier.phones if self.supplier else (),
            data=AgentData(**msgspec.structs.asdict(data)) if data is not None else None,
        )


class VatChangeRow(Strict, frozen=True):
    since: date = msgspec.field(name="from")
    vat_code: VatCode


class ServiceRow(Strict, frozen=True):
    id: ServiceId
    vat_code: VatCode
    name: str = ""
    vat_changes: tuple[VatChangeRow, ...] = ()
    subject: SubjectType = SubjectType.SERVICE
    taxation: TaxationSystem | None = None
    register_group: str = ""
    agent: AgentTags | None = None

    def service(self) -> Service:
        """The same in the catalogue."""
        return Service(
            id=self.id,
            vat_code=self.vat_code,
            name=self.name,
            vat_changes=tuple(VatChange(since=row.since, vat_code=row.vat_code) for row in self.vat_changes),
            subject=self.subject,
            taxation=self.taxation,
            register_group=self.register_group,
            agent=self.agent.agent() if self.agent else None,
        )


class CalendarRow(Strict, frozen=True):
    region: str | None = None
    nonworking: tuple[date, ...] = ()
    working: tuple[date, ...] = ()


class MerchantRow(Strict, frozen=True):
    """The merchant of a case; the server's settings are written in the same way."""

    services: Annotated[tuple[ServiceRow, ...], msgspec.Meta(min_length=1)]
    inn: str | None = None
    email: Contact | None = None
    taxation: TaxationSystem = TaxationSystem.GENERAL
    ffd: Literal["1.2", "1.05"] = "1.2"
    exempt_noncash_members: bool = False
    policies: Policies = Policies()
    calendar: CalendarRow = CalendarRow()

    def rules(self) -> MerchantRules:
        """The rules a computation takes."""
        return MerchantRules(
            services=tuple(row.service() for row in self.services),
            inn=self.inn,
            email=self.email,
            taxation=self.taxation,
            ffd=FfdVersion.FFD_1_2 if self.ffd == "1.2" else FfdVersion.FFD_1_05,
            exempt_noncash_members=self.exempt_noncash_members,
            policies=self.policies,
            calendar=CalendarRules(
                region=self.calendar.region,
                nonworking=self.calendar.nonworking,
                working=self.calendar.working,
            ),
        )


def stored_rules(rules: object) -> MerchantRules:
    """The rules that a merchant's JSON says, which was judged before it was stored. Raises msgspec.ValidationError."""
    return msgspec.convert(rules, MerchantRow).rules()
