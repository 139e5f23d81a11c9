"""The invented office: the same seed gives the same, whatever numbers its rows get."""

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from admin.database import ROLE
from fiscal_server.clock import VirtualClock
from fiscal_server.demo.office import OfficeSize, make_office
from fiscal_server.demo.office_papers import LEADS
from fiscal_server.demo.office_world import make_companies
from fiscal_server.storage.pool import connect
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


PAPERS = """
    select 'contract', o.tax_number, k.number, k.status, k.starts_on::text, k.fee_kopecks
    from office.contract k join office.organisation o on o.id = k.organisation_id
    union all
    select 'power', o.tax_number, p.body, p.number, p.valid_to::text, 0
    from office.power_of_attorney p join office.organisation o on o.id = p.organisation_id
    union all
    select 'sum', o.tax_number, b.code || ' ' || b.period, s.state, s.due::text, s.amount_kopecks
    from office.slip s join office.organisation o on o.id = s.organisation_id
    join office.obligation b on b.id = s.obligation_id
    union all
    select 'entry', o.tax_number, e.text, '', e.review_by::text, 0
    from office.handbook_entry e join office.organisation o on o.id = e.organisation_id
    union all
    select 'lead', l.phone, l.organisation_name, l.state, l.next_action_on::text, 0 from office.lead l
    order by 1, 2, 3, 5
"""


async def office_of(dsn: str, clock: VirtualClock, seed: int) -> list[tuple[Any, ...]]:
    """All its cases with their stories, and its papers, without numbers of rows."""
    await make_office(dsn, clock, ZoneInfo("Europe/Moscow"), OfficeSize(organisations=4, seed=seed))
    db = await connect(dsn, clock, size=1, role=ROLE)
    try:
        clients = Clients(db, clock)
        async with clients.look() as found:
            return [tuple(row) for query in (TOLD, PAPERS) for row in await found.fetch(query)]
    finally:
        await db.close()


async def test_the_same_seed_gives_the_same_office(database: str, bare_database: str, clock: VirtualClock) -> None:
    first = await office_of(database, clock, 54)
    await clock.advance(7.003)  # numbers of rows come from the clock
    assert await office_of(bare_database, clock, 54) == first
    assert len(first) > 200
    assert {state for _, _, _, state, *_ in first} >= {"planned", "in_progress", "done"}
    papers = Counter(row[0] for row in first)
    assert (papers["contract"], papers["power"], papers["entry"], papers["lead"]) == (4, 12, 4, LEADS)
    assert {row[3] for row in first if row[0] == "sum"} == {"draft", "published", "paid"}


def test_another_seed_has_other_clients() -> None:
    assert make_companies(4, 54) == make_companies(4, 54)
    assert make_companies(4, 54) != make_companies(4, 55)
