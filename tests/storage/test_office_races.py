"""Two people do the same at once: plans are made one after another, a lead becomes one client."""

import asyncio
import random
from datetime import date, timedelta

import pytest

from accounting.office.clients import Client, Payer, ProfileSpan, TaxProfile
from accounting.office.obligation_templates import OneOffDate
from admin.office import intake, planning
from admin.office.casework import Actor, Said, take_step
from admin.office.contract_orders import add_draft
from admin.office.forms import FormRefused
from admin.office.intake import Converted
from admin.office.planning import Who
from admin.storage.office import cases, leads, profiles
from admin.storage.office.cases import By
from admin.storage.office.leads import Move, NewLead
from admin.storage.office.schedule import Run
from fiscal_server.storage.pool import WriteConnection
from tests.clients import SINCE, Clients
from tests.waiting import wait_until_async


async def plan(office: Clients) -> Run:
    who = Who(person_id=None, person="Анна", reason="проверка", now=office.clock.now())
    async with office.change() as db:
        return await planning.apply(db, office.db.ids.take, office.today, who)


async def convert(office: Clients, lead: int) -> Converted | None:
    who = intake.Who(person_id=None, person="Анна", today=office.today, now=office.clock.now())
    async with office.change() as db:
        return await intake.convert(db, office.db.ids.take, lead, who)


async def test_of_two_plans_at_once_one_makes_everything_and_the_other_nothing(office: Clients) -> None:
    await office.client("ООО «Кафе»")
    first, second = await asyncio.gather(plan(office), plan(office))
    assert sorted((first.created, second.created))[0] == 0
    async with office.look() as db:
        assert await db.fetchval("select count(*) from office.obligation") == first.created + second.created > 0
        assert await db.fetchval("select count(*) from office.obligation_event") == first.created + second.created


async def test_a_case_that_somebody_begins_while_it_is_moved_stays_and_nobody_waits_in_a_circle(
    office: Clients, database: str
) -> None:
    await office.client("ООО «Кафе»")
    await plan(office)
    async with office.change() as db:
        one = OneOffDate(code="RU-USN-ADV", period="2026-Q1", due=date(2026, 4, 30), document="Приказ")
        who = Who(person_id=None, person="Анна", reason="проверка", now=office.clock.now())
        await planning.set_own_date(db, office.db.ids.next(), one, who)
        number = await db.fetchval("select t.id from office.task t join office.obligation b on b.id = t.obligation_id "
                                   "where b.code = 'RU-USN-ADV' and b.period = '2026-Q1'")  # fmt: skip

    async def waits(db: WriteConnection) -> bool:
        return bool(await db.fetchval("select count(*) > 0 from pg_locks where not granted"))

    actor, by = Actor(person_id=None, people=(), roles=()), By(person_id=None, person="Анна", now=office.clock.now())
    async with asyncio.TaskGroup() as tasks, office.change() as db:
        card = await cases.read_case(db, number, office.today, lock=True)
        assert card is not None
        planning_it = tasks.create_task(plan(office))
        await wait_until_async(lambda: waits(db))
        await take_step(db, office.db.ids.take, card, "start", actor, Said(), by, office.today)
    run = planning_it.result()
    assert (run.moved, run.cancelled) == (0, 0), "what is told is what was done"
    async with office.look() as db:
        row = await db.fetchrow(
            "select t.state, t.legal_date, b.state as owed, b.due from office.task t "
            "join office.obligation b on b.id = t.obligation_id where t.id = $1",
            number,
        )
        assert row is not None
        assert tuple(row) == ("in_progress", date(2026, 4, 28), "begun", date(2026, 4, 28))
        assert await db.fetchval("select count(*) from office.obligation_event where change = 'moved'") == 0


async def test_of_two_conversions_at_once_one_makes_the_client(office: Clients) -> None:
    lead = office.db.ids.next()
    async with office.change() as db:
        new = NewLead(name="Ольга", organisation_name="Кафе", source="site", email="olga@example.ru")
        await leads.add_lead(db, lead, new, office.today, office.clock.now(), None)
        await leads.move_lead(db, lead, Move(state="calculated", fee_kopecks=100), office.today)
    both = await asyncio.gather(convert(office, lead), convert(office, lead))
    assert sorted(one.is_new for one in both if one) == [False, True]
    assert len({one.organisation_id for one in both if one}) == 1
    async with office.look() as db:
        for table in ("organisation", "contact", "contract", "project"):
            assert await db.fetchval(f"select count(*) from office.{table}") == 1, table


async def draft(office: Clients, client: int, number: str = "") -> str:
    """The number of a draft made now; empty when the number that was wanted is taken."""
    who = intake.Who(person_id=None, person="Анна", today=office.today, now=office.clock.now())
    try:
        async with office.change() as db:
            made, event_id = office.db.ids.take(2)
            await add_draft(db, (made, event_id), client, who, number)
            return str(await db.fetchval("select number from office.contract where id = $1", made))
    except FormRefused:
        return ""


async def test_contracts_made_at_once_get_numbers_of_their_own_without_a_gap(office: Clients) -> None:
    client, other = await office.client("ООО «Кафе»"), await office.client("ИП Сидоров")
    numbers = await asyncio.gather(*(draft(office, one) for one in (client, other) * 4))
    assert sorted(numbers) == sorted(f"{count}/2026" for count in range(1, 9))


async def test_of_two_contracts_that_want_the_same_number_one_gets_it(office: Clients) -> None:
    client = await office.client("ООО «Кафе»")
    typed = await asyncio.gather(draft(office, client, "1/2026"), draft(office, client, "1/2026"))
    assert sorted(typed) == ["", "1/2026"]
    both = await asyncio.gather(draft(office, client), draft(office, client, "2/2026"))
    assert sorted(both) in (["", "2/2026"], ["2/2026", "3/2026"])


async def test_leads_that_come_at_once_have_numbers_of_their_own(office: Clients) -> None:
    anna, oleg = await office.person("Анна"), await office.person("Олег")

    async def come(name: str, owner: int) -> None:
        async with office.change(owner) as db:  # sees its own leads alone
            new = NewLead(name=name, source="site", phone="+79000000001", owner_id=owner)
            await leads.add_lead(db, office.db.ids.next(), new, office.today, office.clock.now(), owner)

    await asyncio.gather(*(come(f"{place}", anna if place % 2 else oleg) for place in range(6)))
    async with office.look() as db:
        found = await leads.list_leads(db, ["new"], office.today, 10)
    assert sorted(one.number for one in found) == [1, 2, 3, 4, 5, 6]


async def test_a_lead_that_there_is_not_becomes_nobody(office: Clients) -> None:
    assert await convert(office, 7) is None


@pytest.mark.parametrize("seed", range(4))
async def test_profiles_in_the_database_are_those_of_the_engine_after_any_changes(office: Clients, seed: int) -> None:
    chance = random.Random(seed)
    first = TaxProfile(payer=Payer.ORG, systems=("OSNO",))
    number = await office.client("Кафе", first)
    client = Client(id=str(number), history=(ProfileSpan(profile=first, valid_from=SINCE),))
    for step in range(8):
        since = SINCE + timedelta(days=chance.randrange(0, 40))
        profile = TaxProfile(payer=Payer.ORG, systems=(chance.choice(("USN_D", "OSNO")),), facts={"insured": step})
        client = client.with_profile(profile, since)
        async with office.change() as db:
            await profiles.change_profile(db, office.db.ids.next(), number, profile, since, office.clock.now(), None)
    async with office.look() as db:
        (stored,) = await profiles.load_clients(db)
        rows = await db.fetchval("select count(*) from office.tax_profile")
    assert stored.history == client.history
    assert stored.profile_on(date(2024, 12, 31)) is None
    assert rows == 9  # nothing is deleted
