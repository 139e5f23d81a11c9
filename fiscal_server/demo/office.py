"""An invented office in the database: people, clients, a year of cases, made by the storage functions of the panel.

Plans are made as the office would have made them: at the beginning, and to the end of the year. Each part is committed
before the next: rows that a transaction has written itself cost it twice when they change.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from admin.database import ROLE
from admin.office import planning
from admin.office.planning import Who
from admin.sign_in.passwords import Passwords
from admin.storage import people
from admin.storage.office import case_bulk, case_lists, case_plan, case_time, cases, contacts, organisations, profiles
from admin.storage.office.cases import NewCase
from admin.storage.office.contacts import ContactLink
from admin.storage.office.organisations import NewOrganisation
from admin.storage.office.sight import Sight, let_see
from fiscal_server.clock import Clock
from fiscal_server.demo.office_contracts import has_contract, make_catalogue, make_contracts
from fiscal_server.demo.office_leads import make_leads
from fiscal_server.demo.office_life import live, months_until, spend
from fiscal_server.demo.office_making import Client, Gathered, Making, working_day
from fiscal_server.demo.office_notes import make_handbooks
from fiscal_server.demo.office_papers import make_papers
from fiscal_server.demo.office_powers import make_powers
from fiscal_server.demo.office_slips import make_slips
from fiscal_server.demo.office_tables import make_tables
from fiscal_server.demo.office_world import PEOPLE, Company, contact_of, make_companies
from fiscal_server.storage.pool import Database, close_connection, connect, open_connection

PAST: Final = timedelta(days=270)
AHEAD: Final = timedelta(days=95)
_STATEMENT_S: Final = 120.0
_CHANGING: Final = ("Выбрать оператора", "Получить подписи", "Обучить людей клиента")
_CLOSING: Final = ("Разнести банк", "Сверить кассу", "Закрыть счета")
_DECISIONS: Final = ("Решить, что с долгом за обслуживание", "Согласовать новую цену", "Ответить на жалобу")


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


async def make_office(
    dsn: str, clock: Clock, zone: ZoneInfo, size: OfficeSize, say: Callable[[str], None] = lambda _: None
) -> MadeOffice:
    """Into a database with the schema and nobody in it. What fails leaves a part of it: begin anew."""
    started = clock.monotonic()
    password = secrets.token_urlsafe(12)
    database = await connect(dsn, clock, size=2, role=ROLE, statement_s=_STATEMENT_S)
    try:
        async with _part(database, clock, zone, size.seed, ()) as making:
            workers = tuple(await _people(making, password))
        say(f"{len(workers)} people")
        async with _part(database, clock, zone, size.seed, workers) as making:
            clients = await _clients(making, make_companies(size.organisations, size.seed))
            say(f"{len(clients)} clients")
            tariffs = await make_catalogue(making)
            agreed = await make_contracts(making, clients, tariffs)
            await make_leads(making, tariffs["now"])
            await make_handbooks(making, clients)
            await make_powers(making, clients)
            say("tariffs, contracts, leads, handbooks, powers of attorney")
        await _learn_sizes(dsn)
        async with _part(database, clock, zone, size.seed, workers) as making:
            await _plans(making)
            say("plans and cases of a year")
        await _learn_sizes(dsn)
        async with _part(database, clock, zone, size.seed, workers) as making:
            await _months(making, clients)
            await case_plan.follow(making.db, making.take, making.today, making.now, (workers[0], PEOPLE[0].name))
        async with _part(database, clock, zone, size.seed, workers) as making:
            await _life(making)
            say("what people did")
        async with _part(database, clock, zone, size.seed, workers) as making:
            await make_slips(making, clients)
            say("slips and letters")
        async with _part(database, clock, zone, size.seed, workers) as making:
            await make_papers(making, clients, agreed)
            await make_tables(making, clients)
            say("annexes, texts of contracts, lists out of files")
        return await _counted(database, password, round(clock.monotonic() - started))
    finally:
        await database.close()


@asynccontextmanager
async def _part(
    database: Database, clock: Clock, zone: ZoneInfo, seed: int, workers: tuple[int, ...]
) -> AsyncIterator[Making]:
    now = clock.now()
    today = now.astimezone(zone).date()
    async with database.write() as db:
        await let_see(db, Sight(person_id=None, today=today, all=True))
        yield Making(db=db, ids=database.ids, now=now, today=today, start=today - PAST, zone=zone, seed=seed,
                     workers=workers)  # fmt: skip


async def _learn_sizes(dsn: str) -> None:
    """Without it the planner takes tables for empty and joins them row by row."""
    owner = await open_connection(dsn)
    try:
        await case_bulk.learn_sizes(owner)
    finally:
        await close_connection(owner)


async def _people(making: Making, password: str) -> list[int]:
    hashed = await Passwords().make(password)
    numbers = making.take(len(PEOPLE))
    for number, one in zip(numbers, PEOPLE, strict=True):
        await people.add_person(making.db, number, one.email, one.name, one.roles, "ru", making.now)
        await people.set_password(making.db, number, hashed)
    return numbers


async def _clients(making: Making, companies: Sequence[Company]) -> list[Client]:
    gathered = Gathered()
    clients = [await _client(making, gathered, one, place) for place, one in enumerate(companies)]
    await gathered.send(making.db)
    return clients


async def _client(making: Making, gathered: Gathered, company: Company, place: int) -> Client:
    number, profile_id, contact_id, link_id = making.take(4)
    since = making.start - timedelta(days=400)
    new = NewOrganisation(short_name=company.name, kind=company.kind, tax_number=company.tax_number, status="active")
    db, now, by = gathered.db, making.now, making.workers[0]
    await organisations.add_organisation(db, number, new, now, by)
    await profiles.change_profile(db, profile_id, number, company.profile, since, now, by)
    for row, (role, worker) in zip(making.take(len(company.served)), company.served.items(), strict=True):
        await organisations.assign(db, row, number, making.workers[worker], role, since, now, by)
    contact = contact_of(company, place)
    await contacts.add_contact(db, contact_id, contact, now, by)
    link = ContactLink(role="director", receives=("slips", "document_requests"), can_acknowledge=True, can_sign=True)
    await contacts.link_contact(db, link_id, number, contact_id, link, since, now, by)
    return Client(number=number, place=place, company=company, contact_id=contact_id, contact=contact)


async def _plans(making: Making) -> None:
    begun = datetime.combine(making.start, datetime.min.time(), making.zone)
    who = Who(person_id=making.workers[0], person=PEOPLE[0].name, reason="demo", now=begun)
    await planning.apply(making.db, making.take, making.start, who, until=making.today + AHEAD)


async def _months(making: Making, clients: Sequence[Client]) -> None:
    """What an office does beside the law: where no contract makes the work, a month is closed from a template; and a
    few projects."""
    template, gathered = making.take(1)[0], Gathered()
    await case_lists.add_task_template(
        making.db, template, "Закрытие месяца", "primary", _CLOSING, making.now, making.workers[0]
    )
    in_order: list[tuple[int, int]] = []
    for month in months_until(making.start, making.today):
        by = making.by(0, month)
        for one in clients:
            if has_contract(one.place):
                continue
            day = working_day(month + timedelta(days=9 + one.place % 5))
            new = NewCase(
                organisation_id=one.number, title=f"Закрытие месяца {month:%m.%Y}", kind="internal", role="primary",
                owner_id=making.workers[one.company.served["primary"]], points=_CLOSING, target_date=day,
            )  # fmt: skip
            await cases.add_case(gathered.db, making.take(1)[0], new, by)
    by = making.by(1, working_day(making.today - timedelta(days=20)))
    for one in clients[:8]:
        number = making.take(1)[0]
        days = (making.today - timedelta(days=20), making.today + timedelta(days=40))
        await case_lists.add_project(
            making.db, number, one.number, "Перейти на ЭДО", making.workers[1], days, by.now, making.workers[1]
        )
        steps = making.take(len(_CHANGING))
        for place, (step, title) in enumerate(zip(steps, _CHANGING, strict=True)):
            new = NewCase(
                organisation_id=one.number, project_id=number, title=title, owner_id=making.workers[3 + place],
                target_date=making.today + timedelta(days=10 * place),
            )  # fmt: skip
            await cases.add_case(gathered.db, step, new, by)
        in_order += zip(steps[1:], steps, strict=False)
    by = making.by(3, working_day(making.today - timedelta(days=5)))
    for place, one in enumerate(clients[10:16]):
        title, ahead, worker = _DECISIONS[place % len(_DECISIONS)], 2 * place - 3, place % 2
        new = NewCase(organisation_id=one.number, title=title, owner_id=making.workers[worker],
                      target_date=making.today + timedelta(days=ahead))  # fmt: skip
        await cases.add_case(gathered.db, making.take(1)[0], new, by)
    for one in clients[:2]:
        new = NewCase(organisation_id=one.number, title="Провести инвентаризацию", mode="all", role="lead",
                      owner_id=making.workers[one.company.served["lead"]], people=making.workers[9:12],
                      target_date=working_day(making.today + timedelta(days=12)))  # fmt: skip
        await cases.add_case(gathered.db, making.take(1)[0], new, making.by(1))
    await gathered.send(making.db)
    for waiting, before in in_order:
        card = await cases.read_case(making.db, waiting, making.today)
        if card is not None:
            await case_time.add_blocker(making.db, card.one, before, by)


async def _life(making: Making) -> None:
    found = await case_bulk.open_cases(making.db, making.today + timedelta(days=14))
    ended, told = live(found, making.today, making.zone, making.seed, making.take)
    await case_bulk.move_many(making.db, ended, told)
    await case_bulk.spend(making.db, spend(found, ended, making.chance("time"), making.take))
    absent, substitute = making.chance("absence").sample(making.workers[6:], 2)
    days = [making.today - timedelta(days=2), making.today + timedelta(days=5)]
    await organisations.add_absence(making.db, making.take(1)[0], absent, substitute, days, making.now)


async def _counted(database: Database, password: str, seconds: int) -> MadeOffice:
    async with database.read() as db, db.transaction(readonly=True):
        await let_see(db, Sight(person_id=None, today=date.max, all=True))
        counts = await case_bulk.counts(db)
    return MadeOffice(people=len(PEOPLE), seconds=seconds, password=password, **counts)
