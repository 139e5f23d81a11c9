"""``fiscal-server corrections|restorations``: an order from a file planned, issued, shown, cancelled as by the API."""

import getpass
import hashlib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fiscal_server.api.correction_schemas import CorrectionAnswer, correction_answer
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.batch import problem_of
from fiscal_server.intake.correction_cancel import CancelAsked, cancel_order
from fiscal_server.intake.correction_orders import CorrectionOrder, CorrectionRejected, DayTotalOrder, RestorationOrder
from fiscal_server.intake.correction_plans import CorrectionPlan
from fiscal_server.intake.corrections import Asked, correct, preview_correction
from fiscal_server.intake.day_totals import preview_day_total, restore_day_total
from fiscal_server.intake.forms import UNREADABLE
from fiscal_server.intake.restorations import preview_restoration, restore
from fiscal_server.storage.corrections import CorrectionKind, read_correction
from fiscal_server.storage.merchants import find_merchant
from fiscal_server.storage.pool import Database

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the order: JSON as POST takes it")]
OrderId = Annotated[int, typer.Argument(help="id of the order")]
Merchant = Annotated[str, typer.Option("--merchant", help="name of the merchant")]
Key = Annotated[str, typer.Option(help="Idempotency-Key; default: made of the file, so the same file is one order")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="show the plan with its explanations; store nothing")]
By = Annotated[str, typer.Option("--by", help="who orders it; default: the user of this machine")]
AsJson = Annotated[bool, typer.Option("--json", help="print what the API answers")]

T = TypeVar("T")
ROUBLE = 100
_SIGNS = {1: "income", 2: "return of income", 3: "expense", 4: "return of expense"}


def _family(kind: CorrectionKind) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help=f"Orders of the kind {kind.value}: issue, show, cancel.")

    @app.command()
    def issue(
        file: File,
        merchant_name: Merchant,
        key: Key = "",
        dry_run: DryRun = False,
        by: By = "",
        as_json: AsJson = False,
    ) -> None:
        """Store and queue the documents of an order, all of them or none."""
        raw = file.read_bytes()
        order = _read(raw, kind)

        async def work(database: Database, intake: Intake, merchant_id: int) -> CorrectionAnswer | CorrectionPlan:
            if isinstance(order, CorrectionOrder):
                if dry_run:
                    return await preview_correction(database, intake, merchant_id, order)
                given = await correct(database, intake, _asked(merchant_id, key, raw, by), order)
            else:
                if dry_run:
                    return await preview_restoration(database, intake, merchant_id, order)
                given = await restore(database, intake, _asked(merchant_id, key, raw, by), order)
            return await _found(database, merchant_id, kind, given)

        show_answer(on_books(merchant_name, work), as_json=as_json)

    @app.command()
    def show(order_id: OrderId, merchant_name: Merchant, as_json: AsJson = False) -> None:
        """An order and where each of its documents stands."""

        async def work(database: Database, _: Intake, merchant_id: int) -> CorrectionAnswer:
            return await _found(database, merchant_id, kind, order_id)

        show_answer(on_books(merchant_name, work), as_json=as_json)

    @app.command()
    def cancel(order_id: OrderId, merchant_name: Merchant, by: By = "", as_json: AsJson = False) -> None:
        """Withdraw an order none of whose documents a device has begun."""

        async def work(database: Database, intake: Intake, merchant_id: int) -> CorrectionAnswer:
            await cancel_order(database, intake, CancelAsked(merchant_id, kind, order_id, actor(by)))
            return await _found(database, merchant_id, kind, order_id)

        show_answer(on_books(merchant_name, work), as_json=as_json)

    return app


corrections = _family(CorrectionKind.CORRECTION)
restorations = _family(CorrectionKind.RESTORATION)


@restorations.command("day-total")
def day_total(
    file: File, merchant_name: Merchant, key: Key = "", dry_run: DryRun = False, by: By = "", as_json: AsJson = False
) -> None:
    """Restore a day of which only the total is known, by one document (FFD 1.05, policy per_day_total)."""
    raw = file.read_bytes()
    order = _decoded(raw, DayTotalOrder)

    async def work(database: Database, intake: Intake, merchant_id: int) -> CorrectionAnswer | CorrectionPlan:
        if dry_run:
            return await preview_day_total(database, intake, merchant_id, order)
        given = await restore_day_total(database, intake, _asked(merchant_id, key, raw, by), order)
        return await _found(database, merchant_id, CorrectionKind.RESTORATION, given)

    show_answer(on_books(merchant_name, work), as_json=as_json)


def _read(raw: bytes, kind: CorrectionKind) -> CorrectionOrder | RestorationOrder:
    if kind is CorrectionKind.CORRECTION:
        return _decoded(raw, CorrectionOrder)
    return _decoded(raw, RestorationOrder)


def _decoded(raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNREADABLE as error:
        problem = problem_of(error)
        fail(f"{problem.field}: {problem.reason}")
    raise AssertionError("unreachable")


def _asked(merchant_id: int, key: str, raw: bytes, by: str) -> Asked:
    return Asked(merchant_id, key or hashlib.sha256(raw).hexdigest(), raw, actor(by))


def actor(by: str) -> str:
    """Who ordered it, as the audit names people at this machine."""
    return f"console {by or getpass.getuser()}"


def on_books(merchant_name: str, work: Callable[[Database, Intake, int], Awaitable[T]]) -> T:
    """What the work answers; what stands against an order is printed whole."""
    settings = settings_from_environment()

    async def main() -> T:
        async with open_database(settings) as database:
            async with database.read() as db:
                merchant = await find_merchant(db, merchant_name)
            return await work(database, Intake(SystemClock(), settings.zone), merchant.id)

    async def told() -> T:
        try:
            return await main()
        except CorrectionRejected as error:
            said = "\n".join(f"  {one.field}: {one.code}: {one.reason}" for one in error.problems)
            fail(f"nothing was stored\n{said}", 1)
            raise

    return run_async(told)


async def _found(database: Database, merchant_id: int, kind: CorrectionKind, order_id: int) -> CorrectionAnswer:
    async with database.read() as db:
        row = await read_correction(db, merchant_id, order_id)
        if row is None or row.kind != kind:
            fail(f"there is no {kind.value} {order_id}", 1)
        assert row is not None
        return await correction_answer(db, row)


def show_answer(answer: CorrectionAnswer | CorrectionPlan, *, as_json: bool) -> None:
    """The order for people; amounts in roubles."""
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        return
    console = Console()
    if isinstance(answer, CorrectionPlan):
        for planned in answer.documents:
            console.print(planned.explanation or planned.event_key, highlight=False)
            for reason in planned.unsound:
                console.print(f"[red]{reason}[/red]", highlight=False)
        for problem in answer.refused:
            console.print(f"[red]{problem.field}: {problem.reason}[/red]", highlight=False)
        console.print(f"{len(answer.documents)} documents would be issued; nothing was stored", highlight=False)
        return
    console.print(f"{answer.kind} {answer.id}: {answer.state}", highlight=False)
    table = Table("receipt", "corrects", "account", "1054", "sum", "state", "FD")
    for one in answer.documents:
        made = one.fiscal_document
        table.add_row(
            one.receipt,
            one.corrects or "",
            one.account or "",
            _SIGNS[one.sign],
            f"{one.total_kopecks // ROUBLE}.{one.total_kopecks % ROUBLE:02d}",
            one.state,
            "" if made is None else str(made.fd_number),
        )
    console.print(table)
