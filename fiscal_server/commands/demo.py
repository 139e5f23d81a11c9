"""``fiscal-server demo``: a month of two invented companies, from billing events to the operator, in about a minute."""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import run_async, settings_from_environment
from fiscal_server.commands.run import show_addresses
from fiscal_server.demo.audit import Numbers
from fiscal_server.demo.play import (
    Stage,
    clear,
    count_twice,
    demo_settings,
    elapsed_since,
    send_month,
    stage,
    wait_delivered,
)
from fiscal_server.demo.world import Company, make_companies
from fiscal_server.settings import Settings, make_data_dir
from fiscal_server.supervisor import Supervisor

_SIGNS = {1: "приход", 2: "возврат прихода", 3: "расход", 4: "возврат расхода"}


class DemoResult(msgspec.Struct, frozen=True):
    """The last line of ``--json``."""

    accounts: int
    events: int
    receipts: Any
    rotations: int
    documents_per_fn: list[int]
    seconds: float


def demo(
    accounts: Annotated[int, typer.Option(min=2, help="subscribers of both companies together")] = 500,
    seed: Annotated[int, typer.Option(help="another seed, another month")] = 54,
    leave: Annotated[bool, typer.Option("--exit", help="end when the month is delivered")] = False,
    realistic: Annotated[bool, typer.Option("--realistic", help="FNs as slow as real ones")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="end stdout with one JSON object")] = False,
    office: Annotated[bool, typer.Option("--office", help="an accounting office instead: 300 clients, a year")] = False,
    clients: Annotated[int, typer.Option(min=1, help="clients of the office")] = 300,
) -> None:
    """Show everything at work: emulated FNs and operator, a month of two small companies, rotations in sight."""
    if office:
        from fiscal_server.commands.demo_office import demo_office

        demo_office(clients, seed, leave=leave, as_json=as_json)
        return
    settings = demo_settings(settings_from_environment())
    console = Console(stderr=as_json)

    async def main() -> int:
        make_data_dir(settings)
        companies = make_companies(accounts, SystemClock().now().astimezone(settings.zone).date(), seed)
        console.print(
            "[bold]Fiscal server, demonstration.[/bold] The FNs and the operator are [yellow]emulated[/yellow]:"
            " nothing here reaches a tax service."
        )
        async with Supervisor(
            settings.data_dir, on_event=lambda line: console.print(f"[dim]{line}[/dim]")
        ) as supervisor:
            clear(settings.data_dir)
            started = time.monotonic()
            async with stage(supervisor, settings, companies, realistic=realistic) as scene:
                still = await _show_work(console, scene, companies, supervisor)
                seconds = elapsed_since(started)
                numbers, wrong = await count_twice(scene, lambda: supervisor.stopping)
                _show_summary(console, numbers, seconds)
                _show_verdict(console, still, wrong)
                if not leave:
                    _show_next(console, scene, settings)
                    console.print("[dim]All of it stays up; Ctrl-C stops it.[/dim]")
                    if as_json:
                        _print_json(accounts, numbers, seconds)
                    await supervisor.wait_stopped()
                elif as_json:
                    _print_json(accounts, numbers, seconds)
                return 1 if still or wrong else 0
        return 130

    code = run_async(main)
    if code:
        raise typer.Exit(code)


async def _show_work(console: Console, scene: Stage, companies: list[Company], supervisor: Supervisor) -> list[str]:
    """Progress bars while the month is sent, registered and delivered; gives what stands still, and why."""
    events = sum(len(body["events"]) for company in companies for body in company.batches)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        transient=False,
    ) as progress:
        posting = progress.add_task("events posted", total=events, note="")
        registering = progress.add_task("receipts registered", total=None, note="")
        delivering = progress.add_task("confirmed by the operator", total=None, note="")

        def seen(numbers: Numbers) -> None:
            receipts = numbers.receipts
            note = f"rotations: {numbers.rotations}" if numbers.rotations else ""
            progress.update(registering, total=receipts.computed, completed=receipts.registered, note=note)
            progress.update(delivering, total=receipts.computed, completed=receipts.ofd_acked)

        def stopping() -> bool:
            return supervisor.stopping

        await send_month(scene, companies, lambda count: progress.advance(posting, count), stopping)
        return await wait_delivered(scene.database, seen, stopping)


def _show_summary(console: Console, numbers: Numbers, seconds: float) -> None:
    """Tables of what came of it."""
    made = Table(title="Receipts", title_justify="left")
    for heading in ("company", "kind", "receipts", "roubles"):
        made.add_column(heading, justify="left" if heading in ("company", "kind") else "right")
    for row in numbers.by_sign:
        kopecks = f"{row.total_kopecks // 100:,}.{row.total_kopecks % 100:02d}".replace(",", " ")
        made.add_row(row.merchant, _SIGNS[row.sign], str(row.receipts), kopecks)
    console.print(made)
    fns = Table(title="Cassettes (emulated FNs)", title_justify="left")
    for heading in ("FN", "slot", "state", "documents", "receipts", "confirmed"):
        fns.add_column(heading, justify="left" if heading in ("FN", "state") else "right")
    for count in numbers.per_fn:
        cells = (count.fn_number, count.slot, count.state, count.documents, count.receipts, count.confirmed)
        fns.add_row(*(str(cell) for cell in cells))
    console.print(fns)
    receipts = numbers.receipts
    console.print(
        f"{numbers.events} events, {receipts.computed} receipts computed, {receipts.registered} registered,"
        f" {receipts.ofd_acked} confirmed, {receipts.refused} refused, {receipts.uncertain} uncertain,"
        f" {numbers.rotations} rotations, {seconds} s"
    )


def _show_verdict(console: Console, still: list[str], wrong: list[str]) -> None:
    """What has stopped for good, and what the emulators' memories say."""
    for sentence in (*still, *wrong):
        console.print(sentence, style="red", markup=False, soft_wrap=True)
    if not wrong:
        console.print("[green]The emulators' own memories say the same.[/green]")


def _show_next(console: Console, scene: Stage, settings: Settings) -> None:
    """What to open next, while all of it stays up."""
    show_addresses(console, scene.installation, settings)
    console.print(
        f"Try:  export URL={scene.installation.api_url} KEY={scene.keys[0]}\n"
        '      curl -H "Authorization: Bearer $KEY" "$URL/v1/receipts?limit=1"\n'
        f"      FISCAL_DATA_DIR={settings.data_dir} {own_name()} verify",
        soft_wrap=True,
        highlight=False,
    )


def own_name() -> str:
    """How this program is called from where the user stands."""
    if shutil.which("fiscal-server"):
        return "fiscal-server"
    beside = Path(sys.executable).parent / "fiscal-server"
    return os.path.relpath(beside) if beside.is_relative_to(Path.cwd()) else str(beside)


def _print_json(accounts: int, numbers: Numbers, seconds: float) -> None:
    result = DemoResult(
        accounts=accounts,
        events=numbers.events,
        receipts=numbers.receipts,
        rotations=numbers.rotations,
        documents_per_fn=[count.documents for count in numbers.per_fn],
        seconds=seconds,
    )
    print(msgspec.json.encode(result).decode(), flush=True)
