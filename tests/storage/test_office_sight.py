"""Whose clients are seen: those assigned to a person, those of whoever is away, and nobody else's; in SQL itself."""

from datetime import date, timedelta

import asyncpg
import pytest

from admin.office import planning
from admin.office.planning import Who
from admin.storage.office import cases, contacts, organisations
from admin.storage.office.contacts import ContactLink, NewContact
from admin.storage.office.organisations import NewOrganisation, OrganisationFilter
from fiscal_server.clock import VirtualClock
from tests.clients import SINCE, Clients

GUARDED_BY_ORGANISATION = """
    select c.relname::text, c.relrowsecurity from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'office' and c.relkind = 'r' and exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organisation_id' and not a.attisdropped)
"""


async def seen(office: Clients, person: int | None) -> list[str]:
    async with office.look(person) as db:
        listed = await organisations.list_organisations(db, OrganisationFilter(), office.today, None, limit=50)
    return [one.short_name for one in listed]


async def test_people_see_the_clients_they_are_given_and_no_others(office: Clients) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    cafe = await office.client("Кафе", lead=anna)
    other = await office.client("Чужая", lead=boris)
    who = Who(person_id=None, person="Анна", reason="проверка", now=office.clock.now())
    async with office.change() as db:
        await planning.apply(db, office.db.ids.take, office.today, who)
    assert await seen(office, anna) == ["Кафе"]
    assert await seen(office, None) == ["Кафе", "Чужая"]
    async with office.look(anna) as db:
        assert {row[0] for row in await db.fetch("select distinct organisation_id from office.obligation")} == {cafe}
        assert await organisations.organisation_by_id(db, other) is None
        prepared = await planning.prepare(db, office.today)
    assert [client.id for client in prepared.clients] == [str(cafe)]


async def test_without_being_told_who_looks_nothing_is_there(office: Clients) -> None:
    await office.client("Кафе", lead=await office.person("Анна"))
    async with office.db.read() as db:
        assert await db.fetch("select id from office.organisation") == []
        assert await db.fetch("select id from office.tax_profile") == []


async def test_whoever_stands_in_sees_the_clients_on_those_days_and_then_no_longer(
    office: Clients, clock: VirtualClock
) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    await office.client("Кафе", lead=anna)
    days = [office.today + timedelta(days=1), office.today + timedelta(days=2)]
    async with office.change() as db:
        await organisations.add_absence(db, office.db.ids.next(), anna, boris, days, clock.now())
    looked = []
    for _ in range(4):
        looked.append(await seen(office, boris))
        await clock.advance(86_400)
    assert looked == [[], ["Кафе"], ["Кафе"], []]


async def test_whoever_stands_in_for_a_substitute_who_is_away_too_covers_both_until_one_is_back(
    office: Clients, clock: VirtualClock
) -> None:
    anna, boris, vera = [await office.person(name) for name in ("Анна", "Борис", "Вера")]
    await office.client("Кафе", lead=anna)
    first, second = office.db.ids.take(2)
    week, tomorrow = office.today + timedelta(days=6), office.today + timedelta(days=1)
    async with office.change() as db:
        await organisations.add_absence(db, first, anna, boris, [office.today, week], clock.now())
        await organisations.add_absence(db, second, boris, vera, [tomorrow, week], clock.now())
        # Two who stand in for each other are no circle that never ends.
        await organisations.add_absence(db, office.db.ids.next(), boris, anna, [tomorrow, week], clock.now())
    assert await seen(office, vera) == []
    await clock.advance(86_400)
    assert await seen(office, vera) == ["Кафе"]
    async with office.look(vera) as db:
        assert sorted(await cases.acting_for(db, vera, office.today)) == sorted([anna, boris, vera])
    async with office.change() as db:
        await organisations.withdraw_absence(db, second, clock.now())
    assert await seen(office, vera) == []
    assert await seen(office, boris) == ["Кафе"], "Anna is away still"


async def test_an_assignment_begins_and_ends_and_a_client_has_one_lead(office: Clients, clock: VirtualClock) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    cafe = await office.client("Кафе", lead=anna)
    tomorrow = office.today + timedelta(days=1)
    async with office.change() as db:
        number = office.db.ids.next()
        await organisations.assign(db, number, cafe, boris, "lead", tomorrow, clock.now(), None)
        assert [one.name for one in await organisations.served_by(db, cafe, office.today)] == ["Анна"]
        assert [one.name for one in await organisations.served_by(db, cafe, tomorrow)] == ["Борис"]
    assert (await seen(office, anna), await seen(office, boris)) == (["Кафе"], [])
    await clock.advance(86_400)
    assert (await seen(office, anna), await seen(office, boris)) == ([], ["Кафе"])
    again = (office.db.ids.next(), cafe, anna, "lead", SINCE, clock.now(), None)
    async with office.change() as db:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await db.execute(organisations.SQL["add_assignment"], *again)


async def test_nobody_writes_to_a_client_that_they_do_not_see(office: Clients) -> None:
    anna = await office.person("Анна")
    cafe = await office.client("Кафе")
    number, new, now = office.db.ids.next(), NewOrganisation(short_name="Своя"), office.clock.now()
    async with office.change(anna) as db:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await organisations.assign(db, number, cafe, anna, "tax", SINCE, now, anna)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await organisations.add_organisation(db, number, new, now, anna)


async def test_a_person_of_two_clients_is_one_contact_seen_through_either(office: Clients, clock: VirtualClock) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    cafe, tea = await office.client("Кафе", lead=anna), await office.client("Чай")
    owner = NewContact(name="Ольга", emails=("olga@example.ru",))
    async with office.change() as db:
        number = office.db.ids.next()
        await contacts.add_contact(db, number, owner, clock.now(), None)
        for client in (cafe, tea, tea):
            link = ContactLink(role="owner", receives=("slips",), can_acknowledge=True)
            await contacts.link_contact(db, office.db.ids.next(), client, number, link, office.today, clock.now(), None)
        assert await contacts.contact_by_reach(db, [], ["olga@example.ru"]) == number
    async with office.look() as db:
        (both,) = await contacts.contacts_on(db, tea, office.today)
    assert (both.name, both.others, both.takes_slips()) == ("Ольга", 1, True)
    async with office.look(anna) as db:
        (own,) = await contacts.contacts_on(db, cafe, office.today)
        assert await contacts.contacts_on(db, tea, office.today) == []
    assert own.others == 0  # of the other client Anna knows nothing
    async with office.look(boris) as db:
        assert await db.fetch("select id from office.contact") == []
    async with office.change() as db:
        assert await contacts.close_link(db, cafe, own.link_id, office.today)
        assert not await contacts.close_link(db, cafe, own.link_id, office.today)
        assert await contacts.contacts_on(db, cafe, office.today) == []


async def test_stories_and_dated_rows_cannot_be_rewritten(office: Clients) -> None:
    await office.client("Кафе", lead=await office.person("Анна"))
    for statement in (
        "update office.tax_profile set systems = '{}'",
        "delete from office.tax_profile",
        "update office.assignment set person_id = person_id",
        "update office.obligation_event set was = null",
        "delete from office.lead_event",
        "update office.due_date set due = due",
        "update office.acknowledgement set agent = ''",
    ):
        async with office.change() as db:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute(statement)


async def test_every_table_that_belongs_to_a_client_is_guarded(office: Clients) -> None:
    async with office.db.read() as db:
        rows = dict(await db.fetch(GUARDED_BY_ORGANISATION))
    assert len(rows) > 15
    assert [name for name, is_guarded in rows.items() if not is_guarded] == []


async def test_two_clients_that_are_served_do_not_share_a_tax_number(office: Clients) -> None:
    first = await office.client("Кафе", tax_number="7700000016")
    again = NewOrganisation(short_name="Кафе ещё раз", tax_number="7700000016")
    async with office.change() as db:
        assert not await organisations.add_organisation(db, office.db.ids.next(), again, office.clock.now(), None)
        assert await organisations.set_status(db, first, 1, "former", office.clock.now(), None)
        assert not await organisations.set_status(db, first, 1, "former", office.clock.now(), None)
        assert await organisations.add_organisation(db, office.db.ids.next(), again, office.clock.now(), None)


async def test_a_list_goes_on_behind_its_cursor_and_back_again(office: Clients) -> None:
    for name in ("Анис", "барбарис", "Ваниль", "100%", "100500"):
        await office.client(name)
    today = office.today
    async with office.look() as db:
        first = await organisations.list_organisations(db, OrganisationFilter(), today, None, limit=3)
        assert [one.short_name for one in first] == ["100%", "100500", "Анис"]
        assert first[0].systems == ["USN_D"]
        rest = await organisations.list_organisations(db, OrganisationFilter(), today, first[-1].place(), limit=3)
        assert [one.short_name for one in rest] == ["барбарис", "Ваниль"]
        back = await organisations.list_organisations(
            db, OrganisationFilter(), today, rest[0].place(), backwards=True, limit=3
        )
        assert [one.id for one in reversed(back)] == [one.id for one in first]
        wanted = OrganisationFilter(words="100%")
        (percent,) = await organisations.list_organisations(db, wanted, today, None, limit=3)
        assert percent.short_name == "100%"
        assert await organisations.count_organisations(db, wanted, today) == 1
        assert await organisations.count_organisations(db, OrganisationFilter(system="OSNO"), today) == 0
        assert await organisations.list_organisations(db, OrganisationFilter(lead_id=5), date.max, None, limit=3) == []
