"""``fiscal-server import``: what other systems have, taken in."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import track

from accounting.reconciliation.import_findings import ImportedReceipt, Rejection
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.receipt_dialects import parse_receipts
from accounting.reconciliation.report import ImportTally
from fiscal_server.clock import SystemClock
from fiscal_server.commands import import_money
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.intake.finished import store_finished
from fiscal_server.settings import Settings
from fiscal_server.storage.merchants import find_merchant

CHUNK = 500
"""Receipts in one transaction: what an interrupted import has to do again is at most this."""

_PACKED: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2"}
"""How packed files begin (RFC 1952, RFC 8878, the ZIP and bzip2 formats); no JSON text begins so."""

app = typer.Typer(no_args_is_help=True, help="Take in what other systems have.")
app.command("statement")(import_money.statement)
app.command("register")(import_money.register)


@app.callback()
def family() -> None:
    """Take in what other systems have."""


@app.command("receipts")
def receipts(
    file: Annotated[Path, typer.Argument(help="NDJSON: one receipt a line, as receipt-check services answer")],
    merchant: Annotated[str, typer.Option(help="name of the merchant that issues them")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check and report, store nothing")] = False,
) -> None:
    """Register finished receipts from a file. The same file again adds nothing; an interrupted run goes on."""
    settings = settings_from_environment()
    if not merchant and not dry_run:
        fail("--merchant is needed unless it is a --dry-run")
    lines = _lines(file)
    console = Console(stderr=True)
    tally = ImportTally()
    found = _told(track(parse_receipts(lines, ImportPolicy()), "receipts", total=len(lines), console=console), tally)
    if dry_run:
        for _ in found:
            pass
        added = None
    else:
        added = run_async(lambda: _store(settings, merchant, found))
    report = tally.report()
    print(report.format_report().removesuffix(report.last_line()), end="")
    if added is not None:
        print(f"Добавлено чеков: {added}, были раньше: {report.accepted - added}.")
    print(report.last_line())


def _lines(file: Path) -> list[bytes]:
    """The file, split. Ends the program when it cannot be read, or is no text at all."""
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    for signature, kind in _PACKED.items():
        if content.startswith(signature):
            fail(f"{file} is packed ({kind}): unpack it first")
    return content.splitlines()


def _told(found: Iterable[ImportedReceipt | Rejection], tally: ImportTally) -> Iterator[ImportedReceipt]:
    """The accepted ones; the tally hears of all."""
    for one in found:
        tally.add(one)
        if isinstance(one, ImportedReceipt):
            yield one


async def _store(settings: Settings, merchant: str, found: Iterator[ImportedReceipt]) -> int:
    added = 0
    async with open_database(settings) as database:
        async with database.read() as db:
            row = await find_merchant(db, merchant)
        while chunk := list(islice(found, CHUNK)):
            added += len(await store_finished(database, row.id, chunk, SystemClock().now()))
    return added
