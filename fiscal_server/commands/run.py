"""``fiscal-server run``: everything in one command, until Ctrl-C."""

import asyncio
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from rich.console import Console

from fiscal_server.commands.context import child_environment, run_async, settings_from_environment, start_embedded
from fiscal_server.metrics import share_between_processes, shared_folder
from fiscal_server.settings import ADMIN_PORT, API_PORT, Settings, choose_port, make_data_dir
from fiscal_server.storage.migrate import migrate
from fiscal_server.supervisor import ChildSpec, Supervisor
from fiscal_server.supervisor.spec import ReadyCheck


class Installation(msgspec.Struct, frozen=True):
    """A running server as its starter knows it."""

    dsn: str
    api_url: str
    admin_url: str


def program(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own processes."""
    return (sys.executable, "-m", "fiscal_server", *arguments)


def answers_http(url: str) -> ReadyCheck:
    """A ready check: GET gives 200."""

    def look() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    async def check(_pid: int) -> bool:
        return await asyncio.to_thread(look)

    return check


@asynccontextmanager
async def everything(
    supervisor: Supervisor, settings: Settings, *, durable: bool = True
) -> AsyncIterator[Installation]:
    """Start database, API, dispatcher and panel as children of a supervisor, the schema migrated."""
    api_port = choose_port("FISCAL_API_PORT", settings.api_port, settings.api_host, API_PORT)
    admin_port = choose_port("FISCAL_ADMIN_PORT", settings.admin_port, settings.admin_host, ADMIN_PORT)
    dsn = settings.database_url or await start_embedded(supervisor, settings, durable=durable)
    await migrate(dsn)
    chosen = msgspec.structs.replace(settings, api_port=api_port, admin_port=admin_port)
    metrics = shared_folder(settings.data_dir)
    supervisor.at_end(lambda: shutil.rmtree(metrics, ignore_errors=True))
    environment = child_environment(chosen, dsn, **share_between_processes(metrics))
    api_url = f"http://{settings.api_host}:{api_port}"
    admin_url = f"http://{settings.admin_host}:{admin_port}"
    await supervisor.start(
        ChildSpec("api", program("api"), environment, answers_http(f"{api_url}/health/ready"), address=api_url)
    )
    await supervisor.start(ChildSpec("dispatch", program("dispatch"), environment))
    await supervisor.start(
        ChildSpec("admin", program("admin"), environment, answers_http(f"{admin_url}/health/live"), address=admin_url)
    )
    yield Installation(dsn, api_url, admin_url)


def show_addresses(console: Console, installation: Installation, settings: Settings) -> None:
    """What a person wants to open, as a table; nothing is cut in a narrow terminal: it is there to be copied."""
    rows = [
        ("API", f"{installation.api_url}/v1", "OpenAPI: /schema/openapi.json, metrics: /metrics"),
        ("Panel", installation.admin_url, ""),
        ("Logs", str(settings.data_dir / "log"), ""),
    ]
    if settings.database_url is None:
        rows.insert(2, ("Database", str(settings.data_dir / "postgres"), "embedded PostgreSQL"))
    wide = max(len(where) for _, where, _ in rows)
    for name, where, note in rows:
        console.print(f"{name:<10}{where:<{wide}}  [dim]{note}[/dim]".rstrip(), soft_wrap=True, highlight=False)


def run() -> None:
    """Start everything: database (embedded unless FISCAL_DATABASE_URL is set), API, dispatcher, panel."""
    settings = settings_from_environment()
    console = Console()

    async def main() -> None:
        make_data_dir(settings)
        async with (
            Supervisor(settings.data_dir, on_event=lambda line: console.print(f"[dim]{line}[/dim]")) as supervisor,
            everything(supervisor, settings) as installation,
        ):
            show_addresses(console, installation, settings)
            console.print("[dim]Ctrl-C stops all of it.[/dim]")
            await supervisor.wait_stopped()

    run_async(main)
