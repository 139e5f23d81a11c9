"""Puts the panel together. Everything it needs is handed in; nothing is looked up.

A page is a module of ``pages/`` whose handlers are named here; it asks for a ``Viewer`` and reads through
``PanelDatabase.look``, so row-level security holds whatever the page asks.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig

from accounting.office.obligation_words import name_of_planned
from accounting.receipts.wording import current_language
from admin import formatters, texts, words
from admin.access import SignInNeeded, admit
from admin.addresses import account_address, cassette_address, kkt_address, receipt_address
from admin.alarm_ways import way_of, why_alarm
from admin.announcer import Announcer
from admin.assets import Assets, load_assets, static_file
from admin.bulk.work import BulkWork
from admin.database import DatabaseAway, PanelDatabase
from admin.errands import Errands, api_address
from admin.fault_words import worded
from admin.mail import Mailer
from admin.navigation import address
from admin.office import daily
from admin.office.meanwhile import drawn_with
from admin.office.notices.work import NoticeWork
from admin.office.sent_forms import SentBefore, made_once
from admin.pages import break_glass, bulk, me, saved_views, search, sign_in
from admin.pages.accounts import card as account_card
from admin.pages.accounts import listing as accounts
from admin.pages.cassettes import kkt_card, kkt_orders, new_kkt, registration
from admin.pages.cassettes import listing as cassettes
from admin.pages.cassettes import rules as cassette_rules
from admin.pages.closes import jobs as close_jobs
from admin.pages.closes import listing as closes
from admin.pages.closes import report as close_report
from admin.pages.corrections import card as correction_card
from admin.pages.corrections import correcting, restoration_upload
from admin.pages.corrections import listing as corrections
from admin.pages.health import live
from admin.pages.live import changes
from admin.pages.money import batch_card, import_card
from admin.pages.money import listing as money
from admin.pages.money import upload as money_upload
from admin.pages.money_today import MoneyKept, money_today
from admin.pages.office import (
    absences,
    annex_card,
    calendar_rules,
    case_card,
    case_deeds,
    case_effort,
    case_list,
    case_views,
    client_card,
    client_edit,
    client_orders,
    client_powers,
    client_profile,
    clients,
    confirm,
    contract_card,
    contract_details,
    contract_files,
    contract_month,
    contract_numbers,
    contract_text,
    contracts,
    deadline_card,
    deadlines,
    handbook_entry,
    handbooks,
    lead_card,
    lead_import,
    leads,
    new_case,
    prices,
    projects,
    services,
    slip_card,
    slip_import,
    slip_preview,
    slips,
    tariffs,
)
from admin.pages.problems import (
    on_database_away,
    on_http_error,
    on_mistake,
    on_refused,
    on_sent_before,
    on_sign_in_needed,
)
from admin.pages.receipts import card as receipt_card
from admin.pages.receipts import choice as receipt_choice
from admin.pages.receipts import listing as receipts
from admin.pages.receipts import orders as receipt_orders
from admin.pages.settings import backups, contract_templates, journal, keys, people, policies, webhooks
from admin.pages.settings import merchant as merchant_settings
from admin.pages.settings.listing import settings_page
from admin.pages.today import Foresight, today, today_live
from admin.security import add_security_headers, refuse_foreign_names
from admin.sign_in.door import Door
from admin.uploads.work import UploadWork
from admin.viewer import provide_viewer
from fiscal_server.client.errors import ClientError
from fiscal_server.clock import Clock
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.log import get_logger
from fiscal_server.settings import Settings
from fiscal_server.storage.overview import content_of

log = get_logger("admin")


HANDLERS = (
    *(today, today_live, money_today),
    *(*receipts.HANDLERS, *receipt_card.HANDLERS, *accounts.HANDLERS, *account_card.HANDLERS),
    *(*cassettes.HANDLERS, *cassette_rules.HANDLERS, *kkt_card.HANDLERS, *kkt_orders.HANDLERS),
    *(*closes.HANDLERS, *close_jobs.HANDLERS, *close_report.HANDLERS, *policies.HANDLERS, *keys.HANDLERS),
    *(
        *clients.HANDLERS,
        *client_card.HANDLERS,
        *client_orders.HANDLERS,
        *client_profile.HANDLERS,
        *client_powers.HANDLERS,
    ),
    *(*deadlines.HANDLERS, *deadline_card.HANDLERS, *leads.HANDLERS, *lead_card.HANDLERS),
    *(*calendar_rules.HANDLERS, *absences.HANDLERS),
    *(*case_list.HANDLERS, *case_views.HANDLERS, *case_card.HANDLERS, *case_deeds.HANDLERS, *case_effort.HANDLERS),
    *(*new_case.HANDLERS, *projects.HANDLERS),
    *(*services.HANDLERS, *tariffs.HANDLERS, *prices.HANDLERS),
    *(
        *contracts.HANDLERS,
        *contract_month.HANDLERS,
        *contract_card.HANDLERS,
        *annex_card.HANDLERS,
        *contract_files.HANDLERS,
        *contract_numbers.HANDLERS,
    ),
    *(*contract_text.HANDLERS, *contract_details.HANDLERS, *contract_templates.HANDLERS),
    *(*client_edit.HANDLERS, *lead_import.HANDLERS, *slip_import.HANDLERS),
    *(*slips.HANDLERS, *slip_preview.HANDLERS, *slip_card.HANDLERS, *confirm.HANDLERS),
    *(*handbooks.HANDLERS, *handbook_entry.HANDLERS),
    *break_glass.HANDLERS,
    *(*receipt_orders.HANDLERS, *new_kkt.HANDLERS, *registration.HANDLERS),
    *(*merchant_settings.HANDLERS, *webhooks.HANDLERS, *backups.HANDLERS),
    *(*money.HANDLERS, *money_upload.HANDLERS, *import_card.HANDLERS, *batch_card.HANDLERS),
    *(*corrections.HANDLERS, *correction_card.HANDLERS, *correcting.HANDLERS, *restoration_upload.HANDLERS),
    *(me.me, me.set_language, me.set_letters, me.set_password, me.close_one),
    *(me.second_factor_page, me.set_second_factor, me.remove_second_factor),
    *(people.list_people, people.new_person, people.invite, people.person_card, people.change, people.new_link),
    *(journal.journal, settings_page),
    *(sign_in.sign_in_page, sign_in.sign_in, sign_in.code_page, sign_in.give_code, sign_in.sign_out),
    *(sign_in.forgotten_page, sign_in.forgotten, sign_in.choose_page, sign_in.choose),
    *(sign_in.first_page, sign_in.first),
    *(*search.HANDLERS, *saved_views.HANDLERS, *bulk.HANDLERS, *receipt_choice.HANDLERS),
    *(static_file, live, changes),
)
"""Every page there is."""


def create_admin_app(settings: Settings, dsn: str, clock: Clock) -> Litestar:
    """The panel over the database at ``dsn``; starts without it and connects when the first page asks."""
    return furnish(make_framework(settings), settings, dsn, clock)


def furnish(framework: Litestar, settings: Settings, dsn: str, clock: Clock) -> Litestar:
    """The panel of these pages; whatever they showed before is forgotten. Not while they are shown.

    Apart from the pages, because making those and reading their templates takes most of a start: who needs many panels
    one after the other makes them once.
    """

    @asynccontextmanager
    async def life(app: Litestar) -> AsyncIterator[None]:
        panel, mailer = PanelDatabase(dsn, clock), Mailer(settings)
        errands = Errands(panel, clock, api_address(settings))
        announcer = Announcer(panel)
        stopping = asyncio.Event()  # set by whoever serves: streams end themselves
        ending = asyncio.create_task(announcer.end_when(stopping))
        app.state.update({"panel": panel, "mailer": mailer, "door": Door(panel, clock), "errands": errands})
        app.state.update({"announcer": announcer, "stopping": stopping})
        telling = app.state["notice_work"] = NoticeWork(panel, settings, clock)
        telling.start()
        work = app.state["upload_work"] = UploadWork(app.state, panel, errands, clock)
        bulk_work = app.state["bulk_work"] = BulkWork(app.state, panel, errands, clock)
        every_day = daily.start(panel, mailer, clock, settings) if settings.office_daily else None
        try:
            yield
        finally:
            ending.cancel()
            await daily.stop(every_day)
            await announcer.close()
            await telling.close()
            await work.close()
            await bulk_work.close()
            await errands.close()
            await mailer.close()
            await panel.close()

    framework.state = State(
        {
            "life": life,
            "assets": framework.state["assets"],
            "clock": clock,
            "settings": settings,
            "foresight": Foresight(clock, settings.zone),
            "money": MoneyKept(clock, settings.zone),
        }
    )
    return framework


def make_framework(settings: Settings) -> Litestar:
    """The pages with their templates. They find what they work with in the application's state; of the settings they
    know ``admin_login`` and ``data_dir``."""
    assets = load_assets()
    return Litestar(
        route_handlers=list(HANDLERS),
        guards=[admit],
        lifespan=[_live],
        state=State({"assets": assets}),
        dependencies={"viewer": Provide(provide_viewer)},
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(make_templates(settings, assets))),
        before_request=refuse_foreign_names,
        before_send=[add_security_headers],
        exception_handlers={
            DatabaseAway: on_database_away,
            SignInNeeded: on_sign_in_needed,
            SentBefore: on_sent_before,
            ClientError: on_refused,
            HTTPException: on_http_error,
            Exception: on_mistake,
        },
        openapi_config=None,
        logging_config=None,  # the process has its own (log.py); the framework's takes the root logger and a thread
    )


@asynccontextmanager
async def _live(app: Litestar) -> AsyncIterator[None]:
    async with app.state["life"](app):
        yield


def make_templates(settings: Settings, assets: Assets) -> Environment:
    """The templates with the words they use; a name that does not exist is an error, not an empty place."""
    environment = Environment(
        loader=PackageLoader("admin"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": formatters.format_count,
        "kopecks": formatters.format_kopecks,
        "day": formatters.format_day,
        "device_time": formatters.format_device_time,
        "period": formatters.format_period,
        "fn": formatters.format_fn,
        "shell": shlex.quote,
        "obligation": lambda one: name_of_planned(one.code, one.name),
    }
    environment.globals |= {
        "_": texts.say,
        "language": current_language,
        "address": address,
        "account_address": account_address,
        "receipt_address": receipt_address,
        "cassette_address": cassette_address,
        "kkt_address": kkt_address,
        "asset": assets.url,
        "version": assets.version,
        "counted": formatters.counted,
        "made_once": made_once,
        "drawn_with": drawn_with,
        "State": ReceiptState,
        "words": words,
        "way_of": way_of,
        "worded": worded,
        "why_alarm": why_alarm,
        "content_of": content_of,
        "asks_to_sign_in": settings.admin_login,
        "log_folder": settings.data_dir / "log",
    }
    return environment
