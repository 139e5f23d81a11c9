"""The office for the palette: clients, open cases, sums to pay, handbooks, contracts, powers of attorney, leads."""

from datetime import date
from typing import Final

from litestar.datastructures import State

from accounting.office.obligation_words import codes_called, name_of_planned
from accounting.office.powers import standing_of
from admin.finding import LIMIT, Group, Hit
from admin.formatters import format_day, format_kopecks, format_period
from admin.navigation import address
from admin.office import case_words, words
from admin.office.lead_steps import STATES as STAGES
from admin.office.looking import look, today
from admin.office.powers import STANDINGS, body_name
from admin.office.slip_forms import STATES
from admin.pages.office.case_table import title_of
from admin.permissions import Action
from admin.storage.office import case_lists, contracts, handbooks, leads, organisations, powers, slips
from admin.storage.office.case_lists import CaseFilter
from admin.storage.office.contracts import ContractFilter
from admin.storage.office.organisations import OrganisationFilter
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection

_SHORTEST: Final = 2


async def find_clients(state: State, viewer: Viewer, text: str) -> list[Group]:
    """Nothing for whoever may not see clients, and for a letter."""
    if not viewer.may(Action.SEE_CLIENTS) or len(text) < _SHORTEST:
        return []
    wanted = OrganisationFilter(words=text)
    async with look(state, viewer) as db:
        found = await organisations.list_organisations(db, wanted, today(state), None, limit=LIMIT + 1)
        cases = await case_lists.list_cases(db, CaseFilter(title=text), None, limit=LIMIT + 1)
        written = await _written(db, text, today(state))
        coming = await _coming(db, text) if viewer.may(Action.WORK_ON_LEADS) else []
    hits = [
        Hit(one.short_name, f"/clients/{one.id}", one.tax_number or say(words.STATUSES[one.status]))
        for one in found[:LIMIT]
    ]
    due = [
        Hit(title_of(one), f"/tasks/{one.id}", f"{one.short_name} · {say(case_words.CASE_STATES[one.state])}")
        for one in cases[:LIMIT]
    ]
    groups = [
        Group("Клиенты", hits, address("/clients", words=text) if len(found) > LIMIT else None),
        Group("Дела", due, address("/tasks", title=text) if len(cases) > LIMIT else None),
        *written,
        *coming,
    ]
    return [group for group in groups if group.hits]


async def _coming(db: ReadConnection, text: str) -> list[Group]:
    """Leads in sight: one's own, or all for whoever sees everybody."""
    found = await leads.find_leads(db, text, LIMIT)
    return [
        Group("Будущие клиенты", [
            Hit(one.title, f"/leads/{one.id}", " · ".join(filter(None, (one.phone, one.email, say(STAGES[one.state])))))
            for one in found
        ])
    ]  # fmt: skip


async def _written(db: ReadConnection, text: str, day: date) -> list[Group]:
    """Sums to pay, entries of handbooks, contracts, powers of attorney."""
    sums = await slips.find_slips(db, text, codes_called(text), LIMIT)
    entries = await handbooks.search_entries(db, text, LIMIT)
    given = await powers.find_powers(db, text, LIMIT)
    wanted = ContractFilter(words=text)
    agreed = await contracts.list_contracts(db, wanted, day, None, upwards=False, limit=LIMIT + 1, money=False)
    return [
        Group("Платёжки клиентов", [
            Hit(", ".join((f"{one.short_name}: {name_of_planned(one.code, one.name)}", format_period(one.period))),
                f"/slips/{one.id}",
                f"{format_day(one.due)} · {format_kopecks(one.amount_kopecks)} · {say(STATES[one.state])}")
            for one in sums
        ]),
        Group("Справочники", [
            Hit(f"{one.short_name}: {one.name}", f"/clients/{one.organisation_id}/handbooks/{one.handbook_id}")
            for one in entries
        ]),
        Group("Договоры", [
            Hit(one.number, f"/contracts/{one.id}", one.short_name) for one in agreed[:LIMIT]
        ], address("/contracts", words=text) if len(agreed) > LIMIT else None),
        Group("Доверенности", [
            Hit(f"{one.short_name}: {body_name(one.body)}", f"/clients/{one.organisation_id}#powers",
                " · ".join(filter(None, (one.number and f"№ {one.number}", one.representative,
                                         say(STANDINGS[standing_of(one, day)][0])))))
            for one in given
        ]),
    ]  # fmt: skip
