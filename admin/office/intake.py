"""A lead becomes a client: organisation, contact, draft of a contract, project of taking it in; all of it or nothing.

Asked twice, the second time it gives what the first one made.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from accounting.office.contract_offer import offered_lines, regular_fee
from accounting.office.leads import TRANSITIONS
from admin.office.contract_numbers import add_numbered
from admin.storage.office import case_plan, catalogue, contacts, contracts, intake, leads, organisations, prices
from admin.storage.office.contacts import ContactLink, NewContact
from admin.storage.office.contracts import ContractEvent, ContractOrigin, NewContract
from admin.storage.office.intake import Made
from admin.storage.office.leads import Lead, LeadEvent, Move
from admin.storage.office.organisations import NewOrganisation
from admin.storage.office.prices import PriceFor, SavedPrice
from admin.texts import say
from fiscal_server.storage.pool import WriteConnection

TASKS: Final = (
    ("Записать, чем клиент занимается и в чём его особенности", "lead"),
    ("Узнать, кто у клиента за что отвечает", "manager"),
    ("Принять базу учёта или решить, что её нет", "lead"),
    ("Указать систему налогообложения и проверить первые сроки", "tax"),
    ("Согласовать учётную политику", "lead"),
    ("Получить документы и доступы: банк, отчётность, кассы", "primary"),
    ("Принять зарплату и кадры: работники, отпуска, займы", "payroll"),
    ("Подготовить договор и отправить на подпись", "manager"),
    ("Сделать доверенности: налоговая, социальный фонд, статистика, банк", "manager"),
    ("Отправить приветственное письмо", "manager"),
)
"""Cases of taking a client in, with the role of each (office domain 3.13). Titles are msgids."""


class CannotConvert(Exception):
    """The message says why."""


class Converted(msgspec.Struct, frozen=True):
    """What a conversion made, now or before."""

    organisation_id: int
    is_new: bool


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes a step, and when."""

    person_id: int | None
    person: str
    today: date
    now: datetime


async def convert(
    db: WriteConnection, take_ids: Callable[[int], list[int]], lead_id: int, who: Who
) -> Converted | None:
    """None for a lead that is not in sight. Raises CannotConvert."""
    lead = await leads.lock_lead(db, lead_id, who.today)
    if lead is None:
        return None
    if lead.organisation_id is not None:
        return Converted(lead.organisation_id, is_new=False)
    if lead.state not in TRANSITIONS["convert"].sources:
        raise CannotConvert(say("Сначала нужен расчёт цены: договор начинается с него."))
    number = take_ids(1)[0]
    new = NewOrganisation(
        short_name=lead.title,
        kind="org" if lead.legal_form == "unknown" else lead.legal_form,
        region=None,
        tax_number=lead.tax_number,
        status="onboarding",
    )
    if not await organisations.add_organisation(db, number, new, who.now, who.person_id):
        raise CannotConvert(say("Клиент с таким ИНН уже есть."))
    made = Made(organisation_id=number, lead_id=lead_id, today=who.today, now=who.now, by=who.person_id)
    await _add_contact(db, take_ids, lead, made)
    if lead.owner_id is not None:
        await organisations.assign(
            db, take_ids(1)[0], number, lead.owner_id, "manager", who.today, who.now, who.person_id
        )
    await _draft(db, take_ids, lead, number, who)
    tasks = [(one, say(title), role) for one, (title, role) in zip(take_ids(len(TASKS)), TASKS, strict=True)]
    await intake.add_project(db, take_ids(1)[0], made, say("Принять клиента на обслуживание"), tasks)
    await case_plan.give_to_people(db, who.today, number)
    await leads.move_lead(db, lead_id, Move(state="won", organisation_id=number), who.today)
    event = LeadEvent(who.now, who.person, "convert", "won", "")
    await leads.add_event(db, take_ids(1)[0], lead_id, event, who.person_id)
    return Converted(number, is_new=True)


async def _draft(
    db: WriteConnection, take_ids: Callable[[int], list[int]], lead: Lead, organisation_id: int, who: Who
) -> None:
    """The draft of a contract: with the lines of the newest saved price, or with the fee that was named alone."""
    await prices.give_to_client(db, lead.id, organisation_id)
    saved = await prices.prices_of(db, PriceFor(lead_id=lead.id), 1)
    if saved:
        await draft_of_price(db, take_ids, saved[0], who, lead.expected_start)
        return
    number, event_id = take_ids(2)
    new = NewContract(dated=who.today, starts_on=lead.expected_start, fee_kopecks=lead.fee_kopecks or 0)
    await add_numbered(db, number, organisation_id, new, ContractOrigin(lead_id=lead.id), who.now, who.person_id)
    await contracts.add_event(
        db,
        event_id,
        (number, organisation_id),
        ContractEvent(who.now, who.person, "create", "draft", ""),
        who.person_id,
    )


async def draft_of_price(
    db: WriteConnection,
    take_ids: Callable[[int], list[int]],
    saved: SavedPrice,
    who: Who,
    starts_on: date | None = None,
) -> tuple[int, bool]:
    """The contract that a price became, and whether it became it now. ``starts_on`` None: next month's first day."""
    client = saved.organisation_id
    if client is None:
        raise ValueError("the price is of nobody who is a client")
    await organisations.hold(db, client)
    before = await contracts.contract_of_price(db, saved.id)
    if before is not None:
        return before, False
    number, event_id = take_ids(2)
    starts_on = starts_on or (who.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    new = NewContract(
        dated=who.today, starts_on=starts_on, fee_kopecks=regular_fee(saved.calculation),
        terms={"stages": [[one.first_month, one.last_month, one.total_kopecks] for one in saved.calculation.stages]},
    )  # fmt: skip
    origin = ContractOrigin(tariff_plan_id=saved.tariff_plan_id, calculation_id=saved.id, lead_id=saved.lead_id)
    if not await add_numbered(db, number, client, new, origin, who.now, who.person_id):
        # Another price of the same lead became its contract: this one is the client's alone.
        origin = msgspec.structs.replace(origin, lead_id=None)
        await add_numbered(db, number, client, new, origin, who.now, who.person_id)
    services = {code: one.offered() for code, one in (await catalogue.services_by_code(db)).items()}
    lines = offered_lines(saved.calculation, services)
    await contracts.add_lines(db, take_ids(len(lines)), (number, client), lines, (starts_on, None))
    event = ContractEvent(who.now, who.person, "create", "draft", saved.calculation.plan)
    await contracts.add_event(db, event_id, (number, client), event, who.person_id)
    return number, True


async def _add_contact(db: WriteConnection, take_ids: Callable[[int], list[int]], lead: Lead, made: Made) -> None:
    """Whoever came; somebody who is known by telephone or address is not made twice."""
    if not lead.person:
        return
    phones, emails = (lead.phone,) if lead.phone else (), (lead.email,) if lead.email else ()
    contact_id = await contacts.contact_by_reach(db, phones, emails)
    if contact_id is None:
        contact_id = take_ids(1)[0]
        contact = NewContact(
            name=lead.person, phones=phones, emails=emails, notes=lead.messenger,
            preferred_channel="email" if emails else "phone" if phones else "messenger",
        )  # fmt: skip
        await contacts.add_contact(db, contact_id, contact, made.now, made.by)
    link = ContactLink(role="owner", receives=("slips", "document_requests"), can_acknowledge=True)
    await contacts.link_contact(
        db, take_ids(1)[0], made.organisation_id, contact_id, link, made.today, made.now, made.by
    )
