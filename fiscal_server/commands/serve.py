"""One process each: ``api``, ``dispatch``, ``admin``, and ``migrate``. `run` starts the same ones as its children."""

import asyncio
import gc
import resource
import signal
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from fiscal_server import __version__
from fiscal_server.clock import Clock, SystemClock
from fiscal_server.commands.context import database_address, run_async, settings_from_environment
from fiscal_server.settings import ADMIN_PORT, API_PORT, Settings, choose_port
from fiscal_server.storage.migrate import migrate
from fiscal_server.storage.pool import connect

if TYPE_CHECKING:
    from granian.server.embed import Server

MOST_CONNECTIONS: Final = 4096
"""Of clients at once; who comes then waits until another one leaves. Granian's own 128 shut every client out behind so
many that keep their connections."""

_OTHER_FILES: Final = 256
"""Descriptors that are not a client's: of the database, the log, the metrics, the receivers of webhooks."""

DISPATCH_POOL = 8
GARBAGE_EVERY = 20_000
"""Containers made more than freed between two looks for garbage."""

DISPATCH_STATEMENT_S = 10.0
"""Its statements are short; one that is never answered must not outlast a lease (of the default length)."""


def http_server(app: Any, host: str, port: int) -> "Server":
    """A server of an ASGI application in this process, not started yet."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    return Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_access=False,
        websockets=False,
        backlog=1024,
        backpressure=_most_connections(),
    )


def _most_connections() -> int:
    """``MOST_CONNECTIONS``, or as many as the system lets this process have files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_CONNECTIONS + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(files - _OTHER_FILES, 1)


async def serve_http(app: Any, host: str, port: int, closing: asyncio.Event | None = None) -> None:
    """Serve an ASGI application in this process until SIGTERM or SIGINT; ``closing`` tells its streams to end."""
    server = http_server(app, host, port)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if closing is not None:
        closing.set()
    if not serving.done():
        if "stopping" in app.state:  # streams end themselves, or the server would wait for them
            app.state["stopping"].set()
        server.stop()  # type: ignore[no-untyped-call]
    waiting.cancel()
    await serving


def api() -> None:
    """Serve the HTTP API."""
    gc.disable()  # until all is there
    from fiscal_server.app import create_app  # each process imports its own part only

    settings = settings_from_environment()

    async def main() -> None:
        port = choose_port("FISCAL_API_PORT", settings.api_port, settings.api_host, API_PORT)
        async with database_address(settings) as dsn:
            app = create_app(settings, dsn, SystemClock())
            collect_rarely()
            await serve_http(app, settings.api_host, port, app.state["stopping"])

    run_async(main)


def admin() -> None:
    """Serve the web panel."""
    gc.disable()  # until all is there
    settings = settings_from_environment()

    async def main() -> None:
        from admin.app import create_admin_app

        port = choose_port("FISCAL_ADMIN_PORT", settings.admin_port, settings.admin_host, ADMIN_PORT)
        async with database_address(settings) as dsn:
            app = create_admin_app(settings, dsn, SystemClock())
            collect_rarely()
            await serve_http(app, settings.admin_host, port)

    run_async(main)


def dispatch() -> None:
    """Register queued receipts on the KKTs of this node and deliver them to the operator."""
    settings = settings_from_environment()

    async def main() -> None:
        async with database_address(settings) as dsn:
            await run_dispatcher(settings, dsn, SystemClock())

    run_async(main)


async def run_dispatcher(settings: Settings, dsn: str, clock: Clock) -> None:
    """A dispatcher in this process until SIGTERM or SIGINT."""
    from fiscal_server.dispatch.dispatcher import Dispatcher, DispatchOptions

    statement_s = min(DISPATCH_STATEMENT_S, settings.lease_s / 3)
    database = await connect(dsn, clock, size=DISPATCH_POOL, statement_s=statement_s)
    lock_file = settings.data_dir / f"dispatch-{settings.node_id}.lock"
    options = DispatchOptions(
        dsn,
        settings.node_id,
        lease_s=settings.lease_s,
        lock_file=lock_file,
        version=__version__,
        ofd_keep_open_s=settings.ofd_keep_open_s,
    )
    try:
        dispatcher = Dispatcher(options, database, clock)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, dispatcher.stop)
        collect_rarely()
        await dispatcher.run()
    finally:
        await database.close()


def collect_rarely() -> None:
    """Leave what was loaded at the start alone, and look for cycles seldom: a receipt makes none, and the look cost a
    twentieth of the dispatch process, more of the api process, which has loaded more; a page of the panel that met it
    took 80 ms longer."""
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY)
    gc.enable()


def migrate_command(
    quiet: Annotated[bool, typer.Option("--quiet", help="say nothing when there is nothing to do")] = False,
) -> None:
    """Bring the database to the schema of this version."""
    settings = settings_from_environment()

    async def main() -> list[str]:
        async with database_address(settings) as dsn:
            return await migrate(dsn)

    applied = run_async(main)
    if applied or not quiet:
        print("\n".join(f"applied {name}" for name in applied) or "the schema is current")
