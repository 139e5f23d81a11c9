"""The invented office: the same seed gives the same, whatever numbers its rows get."""

from typing import Any
from zoneinfo import ZoneInfo

from admin.database import ROLE
from fiscal_server.clock import VirtualClock
from fiscal_server.demo.office import OfficeSize, make_office
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
