"""``fiscal-server nodes``: the dispatch nodes of this installation, and letting go of one for a while."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fiscal_server.api.nodes import node_state
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.storage.nodes import NodeRow, list_nodes, set_draining

app = typer.Typer(invoke_without_command=True, help="Dispatch nodes: list, drain, resume.")

Number = Annotated[int, typer.Argument(min=0, max=1023, help="FISCAL_NODE_ID of the node")]


@app.callback()
def nodes(context: typer.Context) -> None:
    """List the dispatch nodes."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_from_environment()

    async def main() -> list[NodeRow]:
        async with open_database(settings) as database, database.read() as db:
            return await list_nodes(db)

    show(run_async(main))


@app.command()
def drain(number: Number) -> None:
    """Let a node finish what it has in hand and give its KKTs back, until it is resumed."""
    _set(number, draining=True)


@app.command()
def resume(number: Number) -> None:
    """Let a drained node take KKTs again."""
    _set(number, draining=False)


def _set(number: int, *, draining: bool) -> None:
    settings = settings_from_environment()

    async def main() -> bool:
        async with open_database(settings) as database, database.write() as db:
            await announce_kkts(db)
            return await set_draining(db, number, draining)

    if not run_async(main):
        fail(f"there is no node {number}; `fiscal-server nodes` lists them", 1)
    print(f"node {number} {'gives its KKTs back' if draining else 'takes KKTs again'}")


def show(rows: list[NodeRow]) -> None:
    """The nodes as a table."""
    console = Console()
    if not rows:
        console.print("no dispatch node has worked with this database yet")
        return
    now = SystemClock().now()
    table = Table(box=None, pad_edge=False)
    for title in ("node", "state", "KKTs", "plugged in", "host", "process", "version", "seen"):
        table.add_column(title, justify="right" if title in ("node", "KKTs", "plugged in", "process") else "left")
    for row in rows:
        seen = f"{row.seen_at.astimezone():%Y-%m-%d %H:%M:%S}"
        told = (row.number, node_state(row, now), row.kkts, row.plugged_in, row.host, row.process, row.version, seen)
        table.add_row(*map(str, told))
    console.print(table)
