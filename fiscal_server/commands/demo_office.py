"""``fiscal-server demo --office``: an invented accounting office with a year of work, and its people to sign in as."""

import msgspec
from rich.console import Console
from rich.table import Table

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import run_async, settings_from_environment, start_embedded
from fiscal_server.commands.run import everything, show_addresses
from fiscal_server.demo.office import MadeOffice, OfficeSize, make_office
from fiscal_server.demo.office_world import PEOPLE
from fiscal_server.demo.play import clear, demo_settings
from fiscal_server.settings import make_data_dir
from fiscal_server.storage.migrate import migrate
from fiscal_server.supervisor import Supervisor


def demo_office(clients: int, seed: int, *, leave: bool, as_json: bool) -> None:
    """Makes the office and serves the panel until it is stopped, or ends when it is made."""
    chosen = demo_settings(settings_from_environment())
    settings = msgspec.structs.replace(chosen, admin_login=True, data_dir=chosen.data_dir.with_name("demo-office"))
    console = Console(stderr=as_json)

    async def main() -> int:
        make_data_dir(settings)
        console.print("[bold]An invented accounting office.[/bold] Nobody in it lives, nothing is sent.")
        async with Supervisor(
            settings.data_dir, on_event=lambda line: console.print(f"[dim]{line}[/dim]")
        ) as supervisor:
            clear(settings.data_dir)
            dsn = await start_embedded(supervisor, settings)
            await migrate(dsn)
            size = OfficeSize(organisations=clients, seed=seed)
            made = await make_office(dsn, SystemClock(), settings.zone, size, lambda line: console.print(f"  {line}"))
            _show(console, made)
            if as_json:
                print(msgspec.json.encode(made).decode(), flush=True)
            if leave:
                return 0
            served = msgspec.structs.replace(settings, database_url=dsn)
            async with everything(supervisor, served) as installation:
                show_addresses(console, installation, served)
                console.print("[dim]All of it stays up; Ctrl-C stops it.[/dim]")
                await supervisor.wait_stopped()
        return 130

    run_async(main)


def _show(console: Console, made: MadeOffice) -> None:
    console.print(
        f"{made.organisations} clients, {made.obligations} obligations, {made.cases} cases ({made.closed} closed),"
        f" {made.events} lines of their stories, {made.seconds} s"
    )
    people = Table(title="Who can sign in", title_justify="left")
    for heading in ("mail", "name", "roles"):
        people.add_column(heading)
    for one in PEOPLE:
        people.add_row(one.email, one.name, ", ".join(one.roles))
    console.print(people)
    console.print(f"Everybody's password: {made.password}", highlight=False, markup=False, soft_wrap=True)
