"""``fiscal-server close-month``: a merchant's month closed, or previewed, in this process, chunk by chunk."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fiscal_server.api.period_closes import PeriodCloseAnswer, close_answer
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import BatchRejected
from fiscal_server.intake.close_runner import CHUNK, JobRun
from fiscal_server.intake.closing import CloseRequest, cancel_close, resume_close, start_close
from fiscal_server.storage.close_jobs import JobRow, newest_job
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.merchants import find_merchant
from fiscal_server.storage.pool import Database

_WELL = (CloseState.FINISHED, CloseState.PREVIEWED)
_SIGNS = {1: "income", 2: "return of income"}
KOPECKS = 100


def close_month(
    merchant_name: Annotated[str, typer.Option("--merchant", help="name of the merchant")],
    period: Annotated[str, typer.Option(help="YYYY-MM")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would be issued; store nothing")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="go on with a close that was stopped, killed or failed")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="stop a close before its next chunk")] = False,
    key: Annotated[str | None, typer.Option(help="key of the period_close event")] = None,
    chunk: Annotated[int, typer.Option(min=1, max=1_000_000, help="accounts of one transaction")] = CHUNK,
    as_json: Annotated[bool, typer.Option("--json", help="print the job as JSON, as the API answers it")] = False,
) -> None:
    """Close a month of a merchant: everything still open is delivered, advances are offset, receipts are queued."""
    settings = settings_from_environment()
    console = Console(stderr=as_json)
    if dry_run + resume + cancel > 1:
        fail("--dry-run, --resume and --cancel exclude each other")

    request = CloseRequest(period=period, key=key, dry_run=dry_run)
    try:
        request.event()
    except BatchRejected as error:
        fail(f"{error.problems[0].field}: {error.problems[0].reason}")

    async def main() -> JobRow:
        async with open_database(settings) as database:
            intake = Intake(SystemClock(), settings.zone)
            async with database.read() as db:
                merchant = await find_merchant(db, merchant_name)
            runner = database.ids.next()
            if resume or cancel:
                job = await _moved(database, intake, merchant.id, period, runner=None if cancel else runner)
            else:
                job = await start_close(database, intake, merchant.id, request, runner=runner)
            return job if cancel else await _work(console, database, intake, job, runner, chunk)

    job = run_async(main)
    answer = close_answer(job)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    else:
        show(console, answer)
    if not cancel and job.state not in _WELL:
        raise typer.Exit(1)


async def _moved(database: Database, intake: Intake, merchant_id: int, period: str, *, runner: int | None) -> JobRow:
    """The merchant's close of that month, gone on with by the runner or, without one, cancelled."""
    async with database.read() as db:
        job_id = await newest_job(db, merchant_id, period)
    if job_id is None:
        fail(f"nobody has begun to close {period}", 1)
    assert job_id is not None
    if runner is None:
        job = await cancel_close(database, intake, merchant_id, job_id)
    else:
        job = await resume_close(database, intake, merchant_id, job_id, runner=runner)
    assert job is not None, "a job that was just there"
    return job


async def _work(console: Console, database: Database, intake: Intake, job: JobRow, runner: int, chunk: int) -> JobRow:
    """The job until it is over here, with a bar of accounts."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    ) as progress:
        what = f"preview of {job.period}" if job.dry_run else f"closing {job.period}"
        bar = progress.add_task(what, total=job.accounts, completed=job.done, note="")

        def moved(now: JobRow) -> None:
            progress.update(
                bar, total=max(now.accounts, now.done), completed=now.done, note=f"receipts: {now.receipts}"
            )

        run = JobRun(database, intake, runner, chunk=chunk, on_chunk=moved)
        ended = await run.run(job.merchant_id, job.id)
    assert ended is not None, "jobs are never deleted"
    return ended


def show(console: Console, job: PeriodCloseAnswer) -> None:
    """The figures for people; amounts in roubles."""
    verb = "would be issued" if job.dry_run else "issued"
    console.print(
        f"{job.period}: {job.state}, {job.accounts_done} of {job.accounts} accounts, {job.accounts_changed} with"
        f" deliveries; {job.receipts} receipts {verb}, consolidated ones due {job.deadline}"
    )
    if job.error is not None:
        console.print(f"[red]{job.error}[/red]")
    kinds = Table("receipts", "1054", "count", "sum", title=f"What {verb}")
    for one in job.totals.by_kind:
        kinds.add_row(one.kind, _SIGNS.get(one.sign, str(one.sign)), str(one.receipts), _roubles(one.sum_kopecks))
    methods = Table("receipts", "1054", "1214", "lines", "sum")
    for line in job.totals.by_method:
        methods.add_row(
            line.kind,
            _SIGNS.get(line.sign, str(line.sign)),
            str(line.method),
            str(line.lines),
            _roubles(line.sum_kopecks),
        )
    codes = Table("receipts", "1054", "VAT code", "lines", "sum", "VAT")
    for code in job.totals.by_vat_code:
        codes.add_row(
            code.kind, _SIGNS.get(code.sign, str(code.sign)), str(code.vat_code), str(code.lines),
            _roubles(code.sum_kopecks), _roubles(code.vat_kopecks),
        )  # fmt: skip
    for table in (kinds, methods, codes):
        if table.row_count:
            console.print(table)


def _roubles(kopecks: int) -> str:
    """1234567 -> "12 345.67"."""
    return f"{kopecks // KOPECKS:,}".replace(",", " ") + f".{kopecks % KOPECKS:02d}"
