"""``fiscal-server restoration-jobs``: many past events restored, or the restoration previewed, piece by piece in this
process; jobs shown, stopped, gone on with.
"""

import hashlib
import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fiscal_server.api.restoration_jobs import RestorationJobAnswer, job_answer
from fiscal_server.commands.context import fail
from fiscal_server.commands.corrections import AsJson, By, File, Key, Merchant, actor, on_books
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import problem_of
from fiscal_server.intake.corrections import Asked
from fiscal_server.intake.forms import UNREADABLE
from fiscal_server.intake.restoration_jobs import (
    RestorationJobOrder,
    cancel_restoration_job,
    resume_restoration_job,
    start_restoration,
)
from fiscal_server.intake.restoration_runner import Restorer
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.pool import Database
from fiscal_server.storage.restoration_jobs import RestorationJobRow, list_restoration_jobs, read_restoration_job

JobId = Annotated[int, typer.Argument(help="id of the job")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="count documents and problems; store nothing")]
Skip = Annotated[bool, typer.Option("--skip", help="leave out what cannot be restored, instead of stopping before it")]

_WELL = (CloseState.FINISHED, CloseState.PREVIEWED)
_PROBLEMS_SHOWN = 20

app = typer.Typer(no_args_is_help=True, help="Restorations of many past events: begin, list, show, resume, cancel.")


@app.command()
def begin(
    file: File,
    merchant_name: Merchant,
    dry_run: DryRun = False,
    skip: Skip = False,
    key: Key = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Restore up to 100,000 past events; the same file is one job, which goes on if it was killed."""
    order = _read(file.read_bytes(), dry_run=dry_run, skip=skip)
    body = msgspec.json.encode(order)

    async def work(database: Database, intake: Intake, merchant_id: int) -> RestorationJobRow:
        asked = Asked(merchant_id, key or hashlib.sha256(body).hexdigest(), body, actor(by))
        job = await start_restoration(database, intake, asked, order)
        return await _worked(database, intake, job, quiet=as_json)

    _tell(on_books(merchant_name, work), as_json=as_json)


@app.command()
def resume(job_id: JobId, merchant_name: Merchant, as_json: AsJson = False) -> None:
    """Go on here with a job that was stopped, killed or failed."""

    async def work(database: Database, intake: Intake, merchant_id: int) -> RestorationJobRow:
        job = _there(await resume_restoration_job(database, merchant_id, job_id), job_id)
        return await _worked(database, intake, job, quiet=as_json)

    _tell(on_books(merchant_name, work), as_json=as_json)


@app.command()
def cancel(job_id: JobId, merchant_name: Merchant, as_json: AsJson = False) -> None:
    """Stop a job before its next thousand; what was restored stays."""

    async def work(database: Database, intake: Intake, merchant_id: int) -> RestorationJobRow:
        return _there(await cancel_restoration_job(database, intake, merchant_id, job_id), job_id)

    _show(job_answer(on_books(merchant_name, work)), as_json=as_json)


@app.command()
def show(job_id: JobId, merchant_name: Merchant, as_json: AsJson = False) -> None:
    """How far a job is, and what it could not restore."""

    async def work(database: Database, _: Intake, merchant_id: int) -> RestorationJobRow:
        async with database.read() as db:
            return _there(await read_restoration_job(db, merchant_id, job_id), job_id)

    _show(job_answer(on_books(merchant_name, work)), as_json=as_json)


@app.command("list")
def list_jobs(
    merchant_name: Merchant,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="how many, newest first")] = 20,
    as_json: AsJson = False,
) -> None:
    """Jobs of a merchant, newest first."""

    async def work(database: Database, _: Intake, merchant_id: int) -> list[RestorationJobAnswer]:
        async with database.read() as db:
            rows = await list_restoration_jobs(db, merchant_id, before=(1 << 63) - 1, limit=limit)
        return [job_answer(row) for row in rows]

    jobs = on_books(merchant_name, work)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(jobs) + b"\n")
        return
    table = Table("job", "begun", "state", "events", "documents", "refused")
    for one in jobs:
        state = f"{one.state} (preview)" if one.dry_run and one.state != CloseState.PREVIEWED else one.state
        done = f"{one.events_done} of {one.events}"
        begun = f"{one.started_at:%Y-%m-%d %H:%M}"
        table.add_row(one.id, begun, state, done, str(one.documents), str(one.refused))
    Console().print(table)


def _read(raw: bytes, *, dry_run: bool, skip: bool) -> RestorationJobOrder:
    try:
        order = msgspec.json.decode(raw, type=RestorationJobOrder)
    except UNREADABLE as error:
        problem = problem_of(error)
        fail(f"{problem.field}: {problem.reason}")
        raise AssertionError("unreachable") from error
    changes = ({"dry_run": True} if dry_run else {}) | ({"on_error": "skip"} if skip else {})
    return msgspec.structs.replace(order, **changes)


def _there(job: RestorationJobRow | None, job_id: int) -> RestorationJobRow:
    if job is None:
        fail(f"there is no restoration job {job_id}", 1)
    assert job is not None
    return job


async def _worked(database: Database, intake: Intake, job: RestorationJobRow, *, quiet: bool) -> RestorationJobRow:
    """The job until it is over here, with a bar of events."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=quiet),
    ) as progress:
        bar = progress.add_task(
            "preview" if job.dry_run else "restoring", total=job.events, completed=job.done, note=""
        )

        def moved(now: RestorationJobRow) -> None:
            progress.update(bar, completed=now.done, note=f"documents: {now.documents}")

        await Restorer(database, intake, on_piece=moved).run(job.merchant_id, job.id)
    async with database.read() as db:
        return _there(await read_restoration_job(db, job.merchant_id, job.id), job.id)


def _tell(job: RestorationJobRow, *, as_json: bool) -> None:
    _show(job_answer(job), as_json=as_json)
    if job.state not in _WELL:
        raise typer.Exit(1)


def _show(job: RestorationJobAnswer, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(job) + b"\n")
        return
    console = Console()
    verb = "would be issued" if job.dry_run else "issued"
    console.print(
        f"restoration job {job.id}: {job.state}, {job.events_done} of {job.events} events,"
        f" {job.already_known} of them known before; {job.documents} documents {verb}; {job.refused} events refused",
        highlight=False,
    )
    if job.error is not None:
        console.print(f"[red]{job.error}[/red]", highlight=False)
    for problem in job.problems[:_PROBLEMS_SHOWN]:
        console.print(f"  {problem.field}: {problem.code}: {problem.reason}", highlight=False, markup=False)
    if len(job.problems) > _PROBLEMS_SHOWN:
        console.print(f"  and {len(job.problems) - _PROBLEMS_SHOWN} more: --json tells up to 1,000", highlight=False)
