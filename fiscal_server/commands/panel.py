"""The panel on the command line: serve it, make its first person, let somebody in who lost the password."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.settings import ADMIN_PORT, Settings
from fiscal_server.storage.pool import Database

app = typer.Typer(help="The web panel, and the people who may sign in.")

Email = Annotated[str, typer.Argument(help="mail address: the name to sign in with")]


@app.callback(invoke_without_command=True)
def admin(context: typer.Context) -> None:
    """Serve the web panel; or one of the commands below."""
    if context.invoked_subcommand is None:
        from fiscal_server.commands.serve import admin as serve_panel

        serve_panel()


@app.command("create")
def create(
    email: Email, name: Annotated[str, typer.Option(help="as colleagues know the person")] = "Администратор"
) -> None:
    """Make somebody who may do everything, and print the link by which they choose a password."""
    from admin.sign_in.console import make_administrator

    _print_link(lambda database: make_administrator(database, SystemClock(), email, name))


@app.command("link")
def link(email: Email) -> None:
    """Print a new link to choose a password; older links of the person work no more."""
    from admin.sign_in.console import make_link

    _print_link(lambda database: make_link(database, SystemClock(), email))


def _print_link(make: Callable[[Database], Awaitable[str]]) -> None:
    from admin.sign_in.door import SignInRefused

    settings = settings_from_environment()

    async def main() -> str:
        async with open_database(settings) as database:
            try:
                return await make(database)
            except SignInRefused as refused:
                fail(str(refused), 1)
                raise

    token = run_async(main)
    print(f"{_base_url(settings)}/password/{token}")


def _base_url(settings: Settings) -> str:
    port = ADMIN_PORT if settings.admin_port == "auto" else settings.admin_port
    return settings.admin_url or f"http://{settings.admin_host}:{port}"
