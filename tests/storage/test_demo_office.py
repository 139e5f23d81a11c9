"""The invented office: the same seed gives the same, whatever numbers its rows get."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar.datastructures import FormMultiDict

from accounting.office.powers import Standing, standing_of
from admin.database import ROLE
from admin.office import contract_orders, lead_lists, slip_lists
from admin.office.contract_numbers import next_contract_number
from admin.office.intake import Who, draft_of_price
from admin.office.notices.letters import read_bill, write_bill
from admin.storage.office import contracts, leads, notices, powers, prices, slips, table_imports
from admin.storage.office.prices import PriceFor
from fiscal_server.clock import VirtualClock
from fiscal_server.demo.office import OfficeSize, make_office
from fiscal_server.demo.office_world import make_companies
from fiscal_server.storage.pool import ReadConnection, connect
from tests.clients import Clients

TOLD = """
    select o.short_name, o.tax_number, t.title, t.state, t.legal_date, t.target_date, t.late_reason, t.closed_at,
           p.name as owner, r.name as reviewer,
           (select string_agg(concat_ws(' ', e.happened_at, e.person, e.transition, e.note), '; '
                              order by e.happened_at, e.id)
            from office.task_event e where e.task_id = t.id) as story
    from office.task t join office.organisation o on o.id = t.organisation_id
    left join office.person p on p.id = t.owner_id left join office.person r on r.id = t.reviewer_id
    order by o.tax_number, t.title, t.legal_date, t.target_date, story
"""


async def office_of(dsn: str, clock: VirtualClock, seed: int) -> list[tuple[Any, ...]]:
    """All its cases with their stories and without numbers of rows."""
    await make_office(dsn, clock, ZoneInfo("Europe/Moscow"), OfficeSize(organisations=4, seed=seed))
    db = await connect(dsn, clock, size=1, role=ROLE)
    try:
        clients = Clients(db, clock)
        async with clients.look() as found:
            return [tuple(row) for row in await found.fetch(TOLD)]
    finally:
        await db.close()


async def test_the_same_seed_gives_the_same_office(database: str, bare_database: str, clock: VirtualClock) -> None:
    first = await office_of(database, clock, 54)
    await clock.advance(7.003)  # numbers of rows come from the clock
    assert await office_of(bare_database, clock, 54) == first
    assert len(first) > 200
    assert {state for _, _, _, state, *_ in first} >= {"planned", "in_progress", "done"}


def test_another_seed_has_other_clients() -> None:
    assert make_companies(4, 54) == make_companies(4, 54)
    assert make_companies(4, 54) != make_companies(4, 55)


ZONE = ZoneInfo("Europe/Moscow")
OTHERS = """
    select 'lead', l.organisation_name, l.state, l.state_since::text, l.next_action_on::text,
           (select string_agg(concat_ws(' ', e.happened_at, e.transition, e.note), '; ' order by e.id)
            from office.lead_event e where e.lead_id = l.id)
    from office.lead l
    union all select 'contract', o.tax_number, c.status, c.number, c.fee_kopecks::text,
           (select string_agg(concat_ws(' ', s.side, s.signed_on, s.method), '; ' order by s.side)
            from office.contract_signature s where s.contract_id = c.id)
    from office.contract c join office.organisation o on o.id = c.organisation_id
    union all select 'slip', o.tax_number, s.state, b.code || b.period, s.amount_kopecks::text, s.explanation
    from office.slip s join office.obligation b on b.id = s.obligation_id
        join office.organisation o on o.id = s.organisation_id
    union all select 'notice', o.tax_number, n.state, n.due::text, n.attempts::text, n.escalation
    from office.notice n join office.organisation o on o.id = n.organisation_id
    union all select 'entry', o.tax_number, e.text, e.review_by::text, h.name, e.author
    from office.handbook_entry e join office.handbook h on h.id = e.handbook_id
        join office.organisation o on o.id = e.organisation_id
    union all select 'time', o.tax_number, t.person, t.day::text, t.minutes::text, t.note
    from office.time_entry t join office.organisation o on o.id = t.organisation_id
    order by 1, 2, 3, 4, 5, 6
"""


async def others_of(dsn: str, clock: VirtualClock) -> list[tuple[Any, ...]]:
    """Everything beside cases, without numbers of rows."""
    await make_office(dsn, clock, ZONE, OfficeSize(organisations=24, seed=54))
    db = await connect(dsn, clock, size=1, role=ROLE)
    try:
        async with Clients(db, clock).look() as found:
            return [tuple(row) for row in await found.fetch(OTHERS)]
    finally:
        await db.close()


async def test_beside_cases_there_is_everything_that_an_office_has(
    database: str, bare_database: str, clock: VirtualClock
) -> None:
    first = await others_of(database, clock)
    await clock.advance(7.003)
    assert await others_of(bare_database, clock) == first

    def states(kind: str) -> set[Any]:
        return {state for what, _, state, *_ in first if what == kind}

    assert states("lead") >= {"new", "contacted", "qualified", "calculated", "negotiating", "deferred", "lost", "won"}
    assert states("contract") >= {"draft", "sent", "active", "suspended"}
    assert states("slip") >= {"draft", "published", "paid"}
    assert states("notice") >= {"sent", "acknowledged"}
    assert {what for what, *_ in first} == {"lead", "contract", "slip", "notice", "entry", "time"}


async def test_months_are_closed_by_those_who_serve_in_the_role_of_the_service(
    database: str, clock: VirtualClock
) -> None:
    await make_office(database, clock, ZONE, OfficeSize(organisations=24, seed=54))
    db = await connect(database, clock, size=1, role=ROLE)
    query = """
        select distinct t.role, a.role from office.task t join office.obligation b on b.id = t.obligation_id
        join office.assignment a on a.organisation_id = t.organisation_id and a.person_id = t.owner_id
        where b.code = 'W:PRIMARY' and a.valid_to is null and not t.is_owner_chosen"""
    try:
        async with Clients(db, clock).look() as found:
            assert ("primary", "primary") in (roles := {tuple(row) for row in await found.fetch(query)})
            assert {role for role, _ in roles} == {"primary"}
    finally:
        await db.close()


async def test_a_bill_says_what_the_panel_would_say(database: str, clock: VirtualClock) -> None:
    await make_office(database, clock, ZONE, OfficeSize(organisations=12, seed=54))
    db = await connect(database, clock, size=1, role=ROLE)
    clients = Clients(db, clock)
    try:
        async with clients.change() as change:
            told = await change.fetch("""
                select n.organisation_id, n.due, n.said from office.notice n where not exists (
                    select from office.slip s where s.organisation_id = n.organisation_id and s.due = n.due
                        and s.state <> 'published')""")
            assert told
            for client, due, said in told:
                organisation = await notices.told_organisation(change, client)
                assert organisation is not None
                lines = await slips.bill_lines(change, client, due, [])
                people = await notices.recipients_of(change, client, clients.today)
                bills = [write_bill(organisation, one, due, lines) for one in people]
                assert bills == [read_bill(said)]
    finally:
        await db.close()


ROWS = """
    select to_jsonb(c) - array['id', 'number', 'dated', 'starts_on', 'created_at', 'updated_at', 'lead_id', 'version',
                               'indexation_bp', 'indexation_month', 'original_returned_on', 'calculation_id', 'terms'],
           (select jsonb_agg(to_jsonb(l) - array['id', 'contract_id', 'starts_on'] order by l.id)
            from office.contract_line l where l.contract_id = c.id),
           (select jsonb_agg(to_jsonb(s) - array['contract_id', 'signed_on', 'recorded_at'] order by s.side)
            from office.contract_signature s where s.contract_id = c.id),
           (select jsonb_agg(to_jsonb(e) - array['id', 'contract_id', 'happened_at'] order by e.id)
            from office.contract_event e where e.contract_id = c.id)
    from office.contract c where c.id = $1
"""


async def test_a_contract_is_what_the_panel_would_have_made(database: str, clock: VirtualClock) -> None:
    await make_office(database, clock, ZONE, OfficeSize(organisations=2, seed=54))
    db = await connect(database, clock, size=1, role=ROLE)
    clients = Clients(db, clock)
    try:
        async with clients.change() as change:
            await change.execute("update office.contract_template set archived_at = now()")  # older than it
            made = await change.fetchrow(
                "select c.*, s.method from office.contract c join office.contract_signature s on s.contract_id = c.id"
                " where status = 'active' and side = 'client' order by c.number limit 1"
            )
            assert made is not None
            manager = await change.fetchval("select id from office.person where email like 'manager@%'")
            who = Who(person_id=manager, person="Павел Громов", today=clients.today, now=clock.now())
            (price,) = await prices.prices_of(change, PriceFor(organisation_id=made["organisation_id"]))
            number = db.ids.next()
            author = (manager, who.person)
            whom = PriceFor(organisation_id=made["organisation_id"])
            await prices.save_price(change, number, whom, price.tariff_plan_id, price.calculation, who.now, author)
            saved = await prices.price_by_id(change, number)
            assert saved is not None
            drafted, _ = await draft_of_price(change, db.ids.take, saved, who)
            card = await contracts.contract_by_id(change, drafted)
            assert card is not None
            dated = clients.today - timedelta(days=70)
            said = contracts.NewContract(
                number="N", dated=dated, starts_on=dated + timedelta(days=20), fee_kopecks=card.fee_kopecks
            )
            assert await contracts.change_contract(change, drafted, card.version, said, who.now)
            for step, side in (("agree", ""), ("send", ""), ("sign", "office"), ("sign", "client"), ("activate", "")):
                form = {"step": step, "side": side, "method": made["method"], "signed_on": clients.today.isoformat()}
                await contract_orders.take_step(change, db.ids.take, drafted, FormMultiDict(form), who)
            assert await change.fetchrow(ROWS, made["id"]) == await change.fetchrow(ROWS, drafted)
    finally:
        await db.close()


@asynccontextmanager
async def seen(dsn: str, clock: VirtualClock, organisations: int) -> AsyncIterator[ReadConnection]:
    """An office that was made, as whoever sees all of it."""
    await make_office(dsn, clock, ZONE, OfficeSize(organisations=organisations, seed=54))
    db = await connect(dsn, clock, size=1, role=ROLE)
    try:
        async with Clients(db, clock).look() as found:
            yield found
    finally:
        await db.close()


async def test_every_kind_of_page_has_something_in_it(database: str, clock: VirtualClock) -> None:
    tables = (
        "contract_annex", "contract_annex_change", "contract_annex_signature", "contract_template", "contract_text",
        "own_details", "lead_import", "lead_import_row", "handbook_file", "task_block", "task_part", "task_check",
        "power_of_attorney", "price_calculation", "project", "task_template", "absence", "time_entry",
    )  # fmt: skip
    async with seen(database, clock, 12) as db:
        empty = [one for one in tables if not await db.fetchval(f"select exists (select from office.{one})")]
        assert empty == []
        found = await db.fetch("select state, count(*) from office.contract_annex group by 1 order by 1")
        assert [tuple(row) for row in found] == [("cancelled", 1), ("draft", 1), ("signed", 1)]
        files = await db.fetch("select kind, state from office.lead_import order by 1, 2")
        assert [tuple(row) for row in files] == [("lead", "done"), ("lead", "new"), ("slip", "new")]


async def test_the_files_to_be_looked_at_have_good_rows_and_bad_ones(database: str, clock: VirtualClock) -> None:
    async with seen(database, clock, 12) as db:
        day = clock.now().astimezone(ZONE).date()
        (sums,) = await table_imports.list_imports(db, "slip")
        rows = await slip_lists.judge(db, await table_imports.rows_of(db, sums.id), sums.mapping, day)
        assert {(one.slip is not None, bool(one.reason)) for one in rows} == {(True, False), (False, True)}
        people = next(one for one in await table_imports.list_imports(db, "lead") if one.state == "new")
        judged = lead_lists.judge(
            await table_imports.rows_of(db, people.id), people.mapping, people.source, await leads.known(db), day
        )
        assert [(one.lead is not None, len(one.same)) for one in judged] == [(True, 0), (True, 1), (False, 0)]


async def test_contracts_are_numbered_as_the_office_numbers_them(database: str, clock: VirtualClock) -> None:
    async with seen(database, clock, 60) as db:
        made = await db.fetch("select c.number, n.number as taken, c.dated from office.contract c"
                              " left join office.contract_number n on n.contract_id = c.id")  # fmt: skip
        assert all(row["number"] == row["taken"] for row in made)
        by_year: dict[int, set[str]] = {}
        for row in made:
            by_year.setdefault(row["dated"].year, set()).add(row["number"])
        assert all(found == {f"{n}/{year}" for n in range(1, len(found) + 1)} for year, found in by_year.items())
        day = clock.now().astimezone(ZONE).date()
        following = f"{len(by_year.get(day.year, ())) + 1}/{day.year}"
        assert await next_contract_number(db, day) == following


async def test_every_client_has_given_powers_of_attorney_that_act_today(database: str, clock: VirtualClock) -> None:
    async with seen(database, clock, 60) as db:
        day, stand = clock.now().astimezone(ZONE).date(), set()
        for number in [row[0] for row in await db.fetch("select distinct organisation_id from office.task")]:
            given = await powers.powers_of(db, number)
            if not given:  # of a lead that became a client a few days ago
                assert await db.fetchval("select exists (select from office.lead where organisation_id = $1)", number)
                continue
            acting = [one for one in given if one.acts_on(day)]
            assert sorted(one.body for one in acting) == ["FNS", "ROSSTAT", "SFR"]
            assert all(one.number and one.representative == "Ирина Левченко" for one in acting)
            stand.update(standing_of(one, day) for one in given)
        assert stand == {Standing.ACTING, Standing.ENDING, Standing.REVOKED}
