"""Clients and open cases for the palette: by a part of the name or title, by the beginning of a tax number."""

from typing import Final

from litestar.datastructures import State

from admin.finding import LIMIT, Group, Hit
from admin.navigation import address
from admin.office import case_words, words
from admin.office.looking import look, today
from admin.pages.office.case_table import title_of
from admin.permissions import Action
from admin.storage.office import case_lists, organisations
from admin.storage.office.case_lists import CaseFilter
from admin.storage.office.organisations import OrganisationFilter
from admin.texts import say
from admin.viewer import Viewer

_SHORTEST: Final = 2


async def find_clients(state: State, viewer: Viewer, text: str) -> list[Group]:
    """Nothing for whoever may not see clients, and for a letter."""
    if not viewer.may(Action.SEE_CLIENTS) or len(text) < _SHORTEST:
        return []
    wanted = OrganisationFilter(words=text)
    async with look(state, viewer) as db:
        found = await organisations.list_organisations(db, wanted, today(state), None, limit=LIMIT + 1)
        cases = await case_lists.list_cases(db, CaseFilter(title=text), None, limit=LIMIT + 1)
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
    ]
    return [group for group in groups if group.hits]
