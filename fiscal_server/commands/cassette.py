"""The rules by which a cassette works: shown, and changed one by one."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.kkts import announce_kkts, find_cassette
from fiscal_server.storage.merchants import find_merchant
from fiscal_server.storage.slots import MOST_PARALLEL, fill_cassette, read_rules, set_rules, set_work

app = typer.Typer(no_args_is_help=True, help="Cassettes of FNs.")


class UnknownCassette(FiscalServerError):
    """The merchant has no cassette of this name."""


@app.callback()
def family() -> None:
    """Cassettes of FNs."""


class Work(msgspec.Struct, frozen=True):
    """How a cassette works."""

    parallel: int
    close_archive: bool
    rules: CassetteRules


@app.command("rules")
def rules(
    merchant_name: Annotated[str, typer.Option("--merchant", help="name of the merchant")],
    cassette: Annotated[str, typer.Option(help="name of the cassette")] = "main",
    change: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE; may be given several times")] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_PARALLEL,
            help="slots that make receipts at once; when fewer, those at work stay until they give way",
        ),
    ] = None,
    close_archive: Annotated[
        bool | None,
        typer.Option("--close-archive/--keep-archive", help="whether an FN that has given way is closed for good"),
    ] = None,
) -> None:
    """Show how many slots work at once, when they give way and how patient they are, or change it. Dispatchers follow
    at once."""

    async def main() -> Work:
        async with open_database(settings_from_environment()) as database, database.write() as db:
            merchant = await find_merchant(db, merchant_name)
            cassette_id = await find_cassette(db, merchant.id, cassette)
            if cassette_id is None:
                raise UnknownCassette(f"{merchant_name!r} has no cassette {cassette!r}")
            found = changed(await read_rules(db, merchant.id, cassette_id), change or [])
            await set_rules(db, merchant.id, cassette_id, found)
            work = Work(*await set_work(db, merchant.id, cassette_id, parallel, close_archive), found)
            if parallel is not None:
                await fill_cassette(db, merchant.id, cassette_id, SystemClock().now())
                await announce_kkts(db)
        return work

    try:
        show(run_async(main))
    except ValueError as error:
        fail(str(error))


def show(work: Work) -> None:
    """As a table, with the defaults."""
    table = Table("rule", "value", "default", box=None)
    table.add_row("parallel", str(work.parallel), "1")
    table.add_row("close_archive", str(work.close_archive), "True")
    for field in msgspec.structs.fields(CassetteRules):
        table.add_row(field.name, str(getattr(work.rules, field.name)), str(field.default))
    Console().print(table)


def changed(known: CassetteRules, changes: list[str]) -> CassetteRules:
    """Rules with some of them replaced; each change is ``name=value``. Raises ValueError."""
    values = msgspec.structs.asdict(known)
    for change in changes:
        name, _, value = change.partition("=")
        if name not in values:
            raise ValueError(f"there is no rule {name!r}; rules are {', '.join(values)}")
        values[name] = value
    return msgspec.convert(values, CassetteRules, strict=False)
