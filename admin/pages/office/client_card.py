"""The card of a client: profile, people on both sides, what it owes this month and why then, its merchants."""

from datetime import date, datetime
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import FormMultiDict, State
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from accounting.office.clients import ProfileSpan
from accounting.office.powers import BODIES
from accounting.office.powers import standing_of as standing_on
from admin import words as server_words
from admin.access import doing
from admin.database import PanelDatabase
from admin.office import powers, words
from admin.office.case_words import spent
from admin.office.contract_numbers import next_contract_number
from admin.office.forms import asked_attributes, number_text, occasion_attributes
from admin.office.looking import look, moments, today
from admin.office.months import Month, month_asked
from admin.office.notices.letters import money
from admin.office.planning import load_packs
from admin.office.rich_text import render
from admin.office.slip_forms import standing_of
from admin.office.workers import workers
from admin.page import page
from admin.pages.office.client_table import PATH, systems_text
from admin.pages.office.clients import CRUMB
from admin.pages.today import TOLD_OF, MerchantToday, load_today
from admin.permissions import Action
from admin.storage.break_glass import Glance, glances_at_client
from admin.storage.office import case_time, contacts, handbooks, intake, organisations, profiles, schedule, slips
from admin.storage.office import powers as power_rows
from admin.storage.office.case_time import Spent
from admin.storage.office.contacts import ListedContact
from admin.storage.office.handbooks import ClientEntry
from admin.storage.office.intake import ContractRow, ProjectRow, TaskRow
from admin.storage.office.organisations import OfficePerson, Organisation, Served
from admin.storage.office.powers import ListedPower
from admin.storage.office.schedule import ListedObligation
from admin.storage.office.slips import ListedSlip
from admin.texts import LANGUAGES
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection

SLIPS_SHOWN: Final = 20
_Request = Request[Any, Any, State]


class ClientCard(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the card shows. ``questions``: attributes that rules ask and nobody has answered."""

    one: Organisation
    spans: tuple[ProfileSpan, ...]
    questions: list[str]
    served: list[Served]
    people: list[OfficePerson]
    workers: list[OfficePerson]
    """Those of them who can be given clients."""
    contacts: list[ListedContact]
    owed: list[ListedObligation]
    merchants: list[int]
    contracts: list[ContractRow]
    next_number: str
    """Of the next contract."""
    projects: list[tuple[ProjectRow, list[TaskRow]]]
    slips: list[ListedSlip]
    handbooks: list[ClientEntry]
    spent: list[Spent]
    glances: list[Glance]
    """Who looked at it in an emergency, these days."""
    powers: list[ListedPower]

    def span_on(self, day: date) -> ProfileSpan | None:
        """The profile of a day."""
        return next((span for span in self.spans if span.holds_on(day)), None)


async def read_card(db: ReadConnection, viewer: Viewer, client_id: int, now: datetime, month: Month) -> ClientCard:
    """Raises NotFoundException for a client that there is not, or that is not in sight."""
    day = now.date()
    one = await organisations.organisation_by_id(db, client_id)
    if one is None:
        raise NotFoundException
    spans = (await profiles.profiles_of(db, [client_id])).get(client_id, ())
    span = next((span for span in spans if span.holds_on(day)), None)
    packs = await load_packs(db)
    return ClientCard(
        one=one,
        spans=spans,
        questions=packs[one.country].questions(span.profile) if span and one.country in packs else [],
        served=await organisations.served_by(db, client_id, day),
        people=await organisations.people_of_the_office(db),
        workers=await workers(db, day),
        contacts=await contacts.contacts_on(db, client_id, day),
        owed=await schedule.obligations_between(db, [client_id], month.first, month.last),
        merchants=await organisations.merchants_of_organisation(db, client_id),
        contracts=await intake.contracts_of(db, client_id, day, money=viewer.may(Action.SEE_FEES)),
        next_number=await next_contract_number(db, day),
        projects=[
            (project, await intake.tasks_of_project(db, project.id))
            for project in await intake.projects_of(db, client_id)
        ],
        slips=await slips.slips_between(db, month.first, month.last, organisation_id=client_id, limit=SLIPS_SHOWN),
        handbooks=await handbooks.entries_of_client(db, client_id),
        spent=await case_time.time_of_client(db, client_id, month.first, month.last),
        glances=await glances_at_client(db, client_id, now - TOLD_OF),
        powers=await power_rows.powers_of(db, client_id),
    )


async def show_card(
    request: _Request,
    state: State,
    viewer: Viewer,
    client_id: int,
    *,
    error: str | None = None,
    form: FormMultiDict | None = None,
) -> Template:
    """The page, with what is wrong about a form of it. Raises NotFoundException."""
    month = month_asked(request.query_params.get("month"), today(state))
    async with look(state, viewer) as db:
        card = await read_card(db, viewer, client_id, moments(state).now, month)
    served = await _on_the_server(state, viewer, card.merchants)
    return page(
        "office/client.html",
        viewer,
        "clients",
        crumbs=[CRUMB],
        status=422 if error else 200,
        card=card,
        month=month,
        today=today(state),
        at=moments(state),
        words=words,
        attributes=asked_attributes(card.one.country),
        occasions=occasion_attributes(card.one.country).values(),
        occasion_choices=words.OCCASION_CHOICES,
        systems_text=systems_text,
        number_text=number_text,
        on_server=served,
        server_words=server_words,
        standing_of=standing_of,
        money=money,
        render=render,
        time_text=spent,
        powers=powers,
        power_standing=standing_on,
        body_name=powers.body_name,
        bodies=BODIES.get(card.one.country, ()),
        languages=LANGUAGES,
        error=error,
        form=form,
    )


async def _on_the_server(state: State, viewer: Viewer, merchants: list[int]) -> dict[int, MerchantToday]:
    """Cassettes, receipts of today and alarms of the merchants that a client is, of those that the viewer sees."""
    panel: PanelDatabase = state["panel"]
    named = [one for one in map(viewer.merchant, merchants) if one is not None]
    if not named or not viewer.may(Action.SEE_TODAY):
        return {}
    async with panel.look([one.id for one in named]) as db:
        found = await load_today(db, named, moments(state).midnight, state["foresight"])
    return {one.id: one for one in found}


@get(f"{PATH}/{{client_id:int}}", opt=doing(Action.SEE_CLIENTS))
async def client_card(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int]
) -> Template:
    """The card."""
    return await show_card(request, state, viewer, client_id)


HANDLERS: Final = (client_card,)
