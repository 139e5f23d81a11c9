"""``fiscal-server verify``: is every receipt in some FN's archive exactly once?"""

import asyncio
import getpass
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.commands.orders import AskedBy
from fiscal_server.dispatch.adopt import AdoptReport, adopt
from fiscal_server.dispatch.said import Said
from fiscal_server.dispatch.verify import VerifyReport
from fiscal_server.dispatch.verify import verify as compare_all
from fiscal_server.storage.restoration import NewerFn
from kkt_drivers.devices import find_devices, probe

_PROBE_S: Final = 1.0


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object instead of sentences")] = False,
    take_over: Annotated[
        bool, typer.Option("--adopt", help="first take over what FNs have and the books lack, as after a restore")
    ] = False,
    accept: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="with --adopt: let receipts stand that are none of ours"),
    ] = None,
    no_newer_fns: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="with --adopt: state that no FN joined after the backup besides those in the books; who looked, where",
        ),
    ] = None,
    without: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="FN REASON",
            help="with --adopt: state that this FN will never be read; what it made since the backup counts as not"
            " made, unless you find it at the operator",
        ),
    ] = None,
    asked_by: AskedBy = "",
) -> None:
    """Compare every FN archive within reach with the database, both ways. Exit code 1 when they differ, or when no FN
    could be read."""
    settings = settings_from_environment()
    said = Said(by=asked_by or getpass.getuser(), let_stand=accept, no_newer_fns=no_newer_fns, without=without)
    for option, words in {
        "--accept": accept,
        "--no-newer-fns": no_newer_fns,
        "--without": without and without[1],
    }.items():
        if words is not None and not (take_over and words.strip()):
            fail(f"{option} needs --adopt and a reason")

    async def main() -> tuple[AdoptReport | None, VerifyReport]:
        async with open_database(settings) as database:
            adopted = await adopt(database, SystemClock(), said, await fns_plugged_in()) if take_over else None
            return adopted, await compare_all(database, SystemClock())

    adopted, report = run_async(main)
    if as_json:
        both = {"adopted": adopted, **msgspec.structs.asdict(report)} if adopted else report
        print(msgspec.json.encode(both).decode())
    else:
        if adopted:
            show_adopted(adopted)
        show(report)
    if adopted and adopted.held:
        raise typer.Exit(1)
    if not report.clean or compared_nothing(report):
        raise typer.Exit(1)


async def fns_plugged_in() -> list[NewerFn]:
    """FNs in use that answer on this machine; what a dispatcher holds is left alone, and is in the books."""
    try:
        found = await find_devices()
    except TimeoutError:  # a driver of the system hangs: nothing is seen, and the person's word stands alone
        return []
    probed = await asyncio.gather(*(probe(device, timeout_s=_PROBE_S) for device in found.devices))
    answering = [(one.device.address, one.fn) for one in probed if one.fn is not None]
    return [NewerFn(0, fn.fn_number, address, fn.last_fd_number) for address, fn in answering if fn.last_fd_number]


def show_adopted(report: AdoptReport) -> None:
    """What was taken over, in sentences."""
    console = Console()
    for fn in report.fns:
        if fn.documents:
            console.print(
                f"FN {fn.fn_number}: {fn.documents} documents taken over, {fn.receipts} receipts,"
                f" {fn.linked} known by the id inside"
            )
    if report.linked_by_content:
        console.print(f"{report.linked_by_content} receipts computed anew were found in FNs by what they say")
    for fn_number, reason in report.out_of_reach.items():
        console.print(f"FN {fn_number}: [yellow]out of reach[/yellow]: {reason}")
    for sentence in report.unlinked:
        console.print(f"[yellow]{sentence}[/yellow]")
    if report.released:
        console.print(f"[green]receipts are made again[/green] for merchants: {len(report.released)}")
    for sentence in report.newer:
        console.print(f"[yellow]{sentence}[/yellow]")
    if report.held:
        console.print(f"[red]merchants that still make no receipts: {len(report.held)}[/red]")
        for sentence in what_is_lacking(report):
            console.print(f"- {sentence}")


def what_is_lacking(report: AdoptReport) -> list[str]:
    """What has to be done before merchants make receipts again, in sentences."""
    lacking = []
    if report.out_of_reach:
        lacking.append(
            "bring the FNs that were not read within reach and repeat; one that is broken for good: --without FN"
            " REASON, after you have looked at the operator for what it made since the backup"
        )
    if report.unlinked:
        lacking.append(
            "let the billing send again what it sent since the backup, and repeat; what is left then can be let stand:"
            " --accept REASON"
        )
    if report.unstated:
        lacking.append(
            "no book names an FN that joined after the backup: add each again (fiscal-server kkt add), then state that"
            " there is no other, who looked and where: --no-newer-fns REASON"
        )
    return lacking


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
