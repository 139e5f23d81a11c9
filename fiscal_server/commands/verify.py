"""``fiscal-server verify``: is every receipt in some FN's archive exactly once?"""

from typing import Annotated

import msgspec
import typer
from rich.console import Console

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import open_database, run_async, settings_from_environment
from fiscal_server.dispatch.verify import VerifyReport
from fiscal_server.dispatch.verify import verify as compare_all


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object instead of sentences")] = False,
) -> None:
    """Compare every FN archive within reach with the database, both ways. Exit code 1 when they differ, or when no FN
    could be read."""
    settings = settings_from_environment()

    async def main() -> VerifyReport:
        async with open_database(settings) as database:
            return await compare_all(database, SystemClock())

    report = run_async(main)
    if as_json:
        print(msgspec.json.encode(report).decode())
    else:
        show(report)
    if not report.clean or compared_nothing(report):
        raise typer.Exit(1)


def compared_nothing(report: VerifyReport) -> bool:
    """There are FNs, and none of them could be read: no difference was found because none was looked for."""
    return bool(report.out_of_reach) and not report.archives


def show(report: VerifyReport) -> None:
    """The report in sentences."""
    console = Console()
    for archive in report.archives:
        console.print(
            f"FN {archive.fn_number}: {archive.documents} documents, {archive.receipts} receipts,"
            f" {archive.confirmed} confirmed by the operator"
        )
    for fn_number, reason in report.out_of_reach.items():
        console.print(f"FN {fn_number}: [yellow]out of reach[/yellow]: {reason}")
    for sentence in report.unfinished:
        console.print(f"[yellow]{sentence}[/yellow]")
    for difference in report.differences:
        console.print(f"[red]{difference}[/red]")
    if compared_nothing(report):
        console.print("[red]nothing was compared[/red]: no FN is within reach")
    elif report.clean:
        unread = len(report.out_of_reach)
        but = f"; FNs that could not be read: [yellow]{unread}[/yellow]" if unread else ""
        console.print(f"[green]clean[/green]: every receipt within reach stands in exactly one FN, as computed{but}")
