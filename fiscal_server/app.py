"""Puts the API together. Everything it needs is handed in; nothing is looked up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.openapi.plugins import JsonRenderPlugin

from fiscal_server import __version__
from fiscal_server.api import (
    account_history,
    accounts,
    batches,
    cassettes,
    corrections,
    device_orders,
    events,
    imports,
    keys,
    kkts,
    merchants,
    new_merchants,
    period_closes,
    problem_pages,
    progress,
    receipt_export,
    receipt_orders,
    receipts,
    webhook_deliveries,
    webhooks,
)
from fiscal_server.api.atol_online.mount import mount_atol_online
from fiscal_server.api.auth import KeyMiddleware, has_scope
from fiscal_server.api.bodies import MAX_SMALL_BODY
from fiscal_server.api.compute import compute_receipts
from fiscal_server.api.contract.config import Contract
from fiscal_server.api.etags import EtagMiddleware
from fiscal_server.api.forecast import get_alarms, get_forecast
from fiscal_server.api.framework import Framework
from fiscal_server.api.front import FrontDoor
from fiscal_server.api.health import live, metrics, ready
from fiscal_server.api.nodes import drain_node, get_nodes, resume_node
from fiscal_server.api.problems import on_database_error, on_http_error, on_server_error, on_unexpected_error
from fiscal_server.api.rates import Rates
from fiscal_server.api.reference_page import ReferencePage
from fiscal_server.api.requests import RequestMiddleware, say_id_and_limits
from fiscal_server.api.uploads import BodyMemory
from fiscal_server.cassette.outlook import Watch
from fiscal_server.cassette.queue_counts import QueueCounts
from fiscal_server.clock import Clock
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.adapters import load_adapters
from fiscal_server.intake.close_runner import Closer
from fiscal_server.intake.held import keep_releasing
from fiscal_server.settings import Settings
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import DATABASE_ERRORS, connect
from fiscal_server.webhooks.service import keep_telling

OPEN_PATHS = ["^/health", "^/metrics", "^/problems", "^/schema"]
"""What is answered without a key."""


ROUTES = (
    *batches.HANDLERS,
    *progress.HANDLERS,
    *receipts.HANDLERS,
    *receipt_export.HANDLERS,
    *accounts.HANDLERS,
    *account_history.HANDLERS,
    *events.HANDLERS,
    *cassettes.HANDLERS,
    *merchants.HANDLERS,
    *new_merchants.HANDLERS,
    *corrections.HANDLERS,
    compute_receipts,
    *period_closes.HANDLERS,
    get_forecast,
    *imports.HANDLERS,
    *keys.HANDLERS,
    *kkts.HANDLERS,
    *device_orders.HANDLERS,
    *receipt_orders.HANDLERS,
    *webhooks.HANDLERS,
    *webhook_deliveries.HANDLERS,
    get_alarms,
    get_nodes,
    drain_node,
    resume_node,
    live,
    ready,
    metrics,
    *problem_pages.HANDLERS,
)


def _life(settings: Settings, dsn: str, clock: Clock) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """What an API process has while it lives: the database, and work of its own beside the requests."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        database = await connect(dsn, clock)
        intake = Intake(clock, settings.zone)
        closer = Closer(database, intake)
        app.state["database"] = database
        app.state["intake"] = intake
        app.state["computing"] = asyncio.Semaphore(1)
        app.state["importing"] = asyncio.Semaphore(1)
        app.state["adapters"] = load_adapters(settings.import_adapters)
        app.state["closer"] = closer
        working: list[asyncio.Task[None]] = []
        try:
            await keep_partitions(database, clock)
            private = settings.webhook_private_addresses
            working += [
                asyncio.create_task(keep_releasing(database, intake), name="release-held-money"),
                asyncio.create_task(closer.keep_working(), name="close-months"),
                asyncio.create_task(Watch(database, clock, settings.zone).keep_watching(), name="look-ahead"),
                asyncio.create_task(keep_telling(database, clock, settings.zone, private=private), name="webhooks"),
            ]
            yield
        finally:
            app.state["stopping"].set()
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await database.close()

    return lifespan


def create_app(settings: Settings, dsn: str, clock: Clock) -> FrontDoor:
    """The API over the database at ``dsn``; connects when it starts, lets go when it ends."""
    return furnish(make_framework(settings.atol_path), settings, dsn, clock)


def furnish(framework: Framework, settings: Settings, dsn: str, clock: Clock) -> FrontDoor:
    """An application of these routes; whatever they served before is forgotten. Not while they serve.

    Apart from the routes, because making those takes most of a start: who needs many applications one after the other
    makes them once.
    """
    atol_online, serve_atol_online = mount_atol_online(settings, clock)
    framework.state = State(
        {
            "lives": (_life(settings, dsn, clock), serve_atol_online),
            "clock": clock,
            "zone": settings.zone,
            "rates": Rates(settings.api_rate, clock),
            "queue_counts": QueueCounts(clock),
            "stopping": asyncio.Event(),  # set when streams have to end
            "body_memory": BodyMemory(settings.api_body_mb * 1024 * 1024),
            "webhook_private": settings.webhook_private_addresses,
        }
    )
    return FrontDoor(settings.atol_path, atol_online, framework)


def make_framework(atol_path: str) -> Framework:
    """The routes and what surrounds every one of them. They find what they work with in the application's state."""
    return Framework(
        route_handlers=[*ROUTES],
        lifespan=[_live],
        request_max_body_size=MAX_SMALL_BODY,  # but where a route says otherwise
        logging_config=None,  # the process has its own (log.py); the framework's takes the root logger and a thread
        guards=[has_scope],
        before_send=[say_id_and_limits],
        middleware=[
            RequestMiddleware(),
            EtagMiddleware(),
            DefineMiddleware(KeyMiddleware, exclude=OPEN_PATHS),
        ],
        exception_handlers={
            FiscalServerError: on_server_error,
            HTTPException: on_http_error,
            Exception: on_unexpected_error,
            **dict.fromkeys(DATABASE_ERRORS, on_database_error),
        },
        openapi_config=Contract(
            title="Fiscal server",
            version=__version__,
            path="/schema",
            use_handler_docstrings=True,
            render_plugins=[ReferencePage(), JsonRenderPlugin()],
            atol_path=atol_path,
        ),
    )


@asynccontextmanager
async def _live(app: Litestar) -> AsyncIterator[None]:
    """What the application's parts do while it lives, one after the other."""
    async with AsyncExitStack() as stack:
        for life in app.state["lives"]:
            await stack.enter_async_context(life(app))
        yield
