"""The rules by which a cassette works: shown, and changed one by one."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.kkts import find_cassette
from fiscal_server.storage.merchants import find_merchant
from fiscal_server.storage.slots import read_rules, set_rules

app = typer.Typer(no_args_is_help=True, help="Cassettes of FNs.")


class UnknownCassette(FiscalServerError):
    """The merchant has no cassette of this name."""


@app.callback()
def family() -> None:
    """Cassettes of FNs."""


@app.command("rules")
def rules(
    merchant_name: Annotated[str, typer.Option("--merchant", help="name of the merchant")],
    cassette: Annotated[str, typer.Option(help="name of the cassette")] = "main",
    change: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE; may be given several times")] = None,
) -> None:
    """Show when slots give way and how patient they are; with --set change it. Dispatchers follow at once."""

    async def main() -> CassetteRules:
        async with open_database(settings_from_environment()) as database, database.write() as db:
            merchant = await find_merchant(db, merchant_name)
            cassette_id = await find_cassette(db, merchant.id, cassette)
            if cassette_id is None:
                raise UnknownCassette(f"{merchant_name!r} has no cassette {cassette!r}")
            found = changed(await read_rules(db, merchant.id, cassette_id), change or [])
            await set_rules(db, merchant.id, cassette_id, found)
        return found

    try:
        found = run_async(main)
    except ValueError as error:
        fail(str(error))
    table = Table("rule", "value", "default", box=None)
    for field in msgspec.structs.fields(CassetteRules):
        table.add_row(field.name, str(getattr(found, field.name)), str(field.default))
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
