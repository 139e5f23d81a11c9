"""An invented office in the database: people, clients, a year of cases, made by the storage functions of the panel.

Plans are made as the office would have made them: at the beginning, and to the end of the year.
"""

import random
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import msgspec

from admin.database import ROLE
from admin.office import planning
from admin.office.planning import Who
from admin.sign_in.passwords import Passwords
from admin.storage import people
from admin.storage.office import case_bulk, case_lists, case_plan, cases, contacts, organisations, profiles
from admin.storage.office.cases import By, NewCase
from admin.storage.office.contacts import ContactLink, NewContact
from admin.storage.office.organisations import NewOrganisation
from admin.storage.office.sight import Sight, let_see
from fiscal_server.clock import Clock
from fiscal_server.demo.office_life import live, months_until
from fiscal_server.demo.office_papers import Paperwork, write_papers
from fiscal_server.demo.office_world import PEOPLE, Company, make_companies
from fiscal_server.storage.pool import Database, WriteConnection, connect

PAST: Final = timedelta(days=270)
AHEAD: Final = timedelta(days=95)
_STATEMENT_S: Final = 120.0
_CLOSING: Final = ("Разнести банк", "Сверить кассу", "Закрыть счета")


class OfficeSize(msgspec.Struct, frozen=True):
    """How much is made."""

    organisations: int = 300
    seed: int = 54


class MadeOffice(msgspec.Struct, frozen=True, kw_only=True):
    """What was made; ``password`` is everybody's."""

    people: int
    organisations: int
    obligations: int
    cases: int
    closed: int
    events: int
    seconds: int
    password: str


class _Making(msgspec.Struct, frozen=True, kw_only=True):
    """What every step needs. ``start``: the day the office began, as the story has it."""

    db: WriteConnection
    take: Callable[[int], list[int]]
    now: datetime
    start: date
    zone: tzinfo


async def make_office(
    dsn: str, clock: Clock, zone: tzinfo, size: OfficeSize, say: Callable[[str], None] = lambda _: None
) -> MadeOffice:
    """Into a database with the schema and nobody in it; all of it or nothing."""
    started = clock.monotonic()
    password = secrets.token_urlsafe(12)
    database = await connect(dsn, clock, size=2, role=ROLE, statement_s=_STATEMENT_S)
    try:
        today = clock.now().astimezone(zone).date()
        async with database.write() as db:
            await let_see(db, Sight(person_id=None, today=today, all=True))
            making = _Making(db=db, take=database.ids.take, now=clock.now(), start=today - PAST, zone=zone)
            workers = await _people(making, password)
            say(f"{len(workers)} people")
            companies = make_companies(size.organisations, size.seed)
            clients = [await _client(making, one, place, workers) for place, one in enumerate(companies)]
            say(f"{len(clients)} clients")
            await _plans(making, today, workers)
            say("plans and cases of a year")
            await _months(making, today, list(zip(clients, companies, strict=True)), workers)
            await _life(making, today, size.seed, workers)
            say("what people did")
            await write_papers(_paperwork(making, today, workers), clients, workers[:2])
            say("contracts, powers of attorney, handbooks, sums to pay, leads")
        return await _counted(database, password, round(clock.monotonic() - started))
    finally:
        await database.close()


def _paperwork(making: _Making, today: date, workers: list[int]) -> Paperwork:
    return Paperwork(
        db=making.db, take=making.take, now=making.now, today=today, since=making.start - timedelta(days=30),
        person_id=workers[0], person=PEOPLE[0].name,
    )  # fmt: skip


async def _people(making: _Making, password: str) -> list[int]:
    hashed = await Passwords().make(password)
    numbers = making.take(len(PEOPLE))
    for number, one in zip(numbers, PEOPLE, strict=True):
        await people.add_person(making.db, number, one.email, one.name, one.roles, "ru", making.now)
        await people.set_password(making.db, number, hashed)
    return numbers


async def _client(making: _Making, company: Company, place: int, workers: list[int]) -> int:
    """``place``: among all; what is said of a client hangs on it, never on numbers of rows, which time gives."""
    number, profile_id, contact_id, link_id = making.take(4)
    since = making.start - timedelta(days=400)
    new = NewOrganisation(short_name=company.name, kind=company.kind, tax_number=company.tax_number, status="active")
    db, now, by = making.db, making.now, workers[0]
    await organisations.add_organisation(db, number, new, now, by)
    await profiles.change_profile(db, profile_id, number, company.profile, since, now, by)
    for row, (role, place) in zip(making.take(len(company.served)), company.served.items(), strict=True):
        await organisations.assign(db, row, number, workers[place], role, since, now, by)
    contact = NewContact(name="Директор", emails=(f"client{place}@client.example",))
    await contacts.add_contact(db, contact_id, contact, now, by)
    link = ContactLink(role="director", receives=("slips", "document_requests"), can_acknowledge=True, can_sign=True)
    await contacts.link_contact(db, link_id, number, contact_id, link, since, now, by)
    return number


async def _plans(making: _Making, today: date, workers: list[int]) -> None:
    begun = datetime.combine(making.start, datetime.min.time(), making.zone)
    who = Who(person_id=workers[0], person=PEOPLE[0].name, reason="demo", now=begun)
    await planning.apply(making.db, making.take, making.start, who, until=today + AHEAD)
    await case_plan.follow(making.db, making.take, today, making.now, (workers[0], PEOPLE[0].name))


async def _months(making: _Making, today: date, clients: list[tuple[int, Company]], workers: list[int]) -> None:
    """What an office does beside the law: a month of each client is closed, from a template; and a few projects."""
    template = making.take(1)[0]
    await case_lists.add_task_template(
        making.db, template, "Закрытие месяца", "primary", _CLOSING, making.now, workers[0]
    )
    by = By(person_id=workers[0], person=PEOPLE[0].name, now=making.now)
    for month in months_until(making.start, today):
        for place, (client, company) in enumerate(clients):
            day = month + timedelta(days=9 + place % 5)
            new = NewCase(
                organisation_id=client, title=f"Закрытие месяца {month:%m.%Y}", kind="internal", role="primary",
                owner_id=workers[company.served["primary"]], points=_CLOSING, target_date=day,
            )  # fmt: skip
            await cases.add_case(making.db, making.take(1)[0], new, by)
    for client, _ in clients[:8]:
        number = making.take(1)[0]
        days = (today - timedelta(days=20), today + timedelta(days=40))
        await case_lists.add_project(
            making.db, number, client, "Перейти на ЭДО", workers[1], days, making.now, workers[1]
        )
        for place, title in enumerate(("Выбрать оператора", "Получить подписи", "Обучить людей клиента")):
            new = NewCase(organisation_id=client, project_id=number, title=title, owner_id=workers[3 + place],
                          target_date=today + timedelta(days=10 * place))  # fmt: skip
            await cases.add_case(making.db, making.take(1)[0], new, by)


async def _life(making: _Making, today: date, seed: int, workers: list[int]) -> None:
    found = await case_bulk.open_cases(making.db, today + timedelta(days=14))
    ended, told = live(found, today, making.zone, seed, making.take)
    await case_bulk.move_many(making.db, ended, told)
    absent, substitute = random.Random(seed).sample(workers[6:], 2)
    days = [today - timedelta(days=2), today + timedelta(days=5)]
    await organisations.add_absence(making.db, making.take(1)[0], absent, substitute, days, making.now)


async def _counted(database: Database, password: str, seconds: int) -> MadeOffice:
    async with database.read() as db, db.transaction(readonly=True):
        await let_see(db, Sight(person_id=None, today=date.max, all=True))
        counts = await case_bulk.counts(db)
    return MadeOffice(people=len(PEOPLE), seconds=seconds, password=password, **counts)
