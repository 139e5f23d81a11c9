"""Keys on the command line: create, list, rotate, revoke. The console may give any scope."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import open_database, run_async, settings_from_environment
from fiscal_server.keyring import CONSOLE, Change, Keyring
from fiscal_server.storage.keys import DAILY_WORK, KeyRow, NewKey, Scope, list_keys
from fiscal_server.storage.merchants import find_merchant
from fiscal_server.storage.pool import Database, WriteConnection

apikey = typer.Typer(no_args_is_help=True, help="Keys of billing systems and of people who administer a merchant.")

MerchantName = Annotated[str, typer.Option("--merchant", help="name of the merchant")]
KeyId = Annotated[int, typer.Argument(help="number of the key: `fiscal-server apikey list`")]


async def create_api_key(
    database: Database,
    merchant_id: int,
    name: str,
    *,
    scopes: tuple[Scope, ...] = DAILY_WORK,
    operations: bool = False,
) -> str:
    """A new key in clear; only its hash is kept."""
    async with database.write() as db:
        keyring = _keyring(database, db, merchant_id)
        new = NewKey(id=keyring.new_id(), merchant_id=merchant_id, name=name, scopes=scopes, operations=operations)
        _, key = await keyring.create(new)
    return key


@apikey.command("create")
def apikey_create(
    merchant_name: MerchantName,
    name: Annotated[str, typer.Option(help="what the key is for")] = "billing",
    scope: Annotated[
        list[Scope] | None, typer.Option(help="what it may do, several times; default: read submit operate")
    ] = None,
    operations: Annotated[bool, typer.Option("--operations", help="may also see and drain dispatch nodes")] = False,
) -> None:
    """Create a key and show it: this is the only time it can be read."""

    async def main() -> str:
        async with open_database(settings_from_environment()) as database:
            async with database.read() as db:
                found = await find_merchant(db, merchant_name)
            scopes = tuple(dict.fromkeys(scope)) if scope else DAILY_WORK
            return await create_api_key(database, found.id, name, scopes=scopes, operations=operations)

    print(run_async(main))


@apikey.command("list")
def apikey_list(merchant_name: MerchantName) -> None:
    """Every key of a merchant, newest first."""

    async def main() -> list[KeyRow]:
        async with open_database(settings_from_environment()) as database, database.read() as db:
            return await list_keys(db, (await find_merchant(db, merchant_name)).id)

    table = Table("key", "name", "scopes", "made", "state")
    for row in run_async(main):
        scopes = " ".join(row.scopes) + (" operations" if row.operations else "")
        table.add_row(str(row.id), row.name, scopes, f"{row.created_at:%Y-%m-%d}", _state(row))
    Console().print(table)


@apikey.command("rotate")
def apikey_rotate(
    key_id: KeyId,
    merchant_name: MerchantName,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="how long the old one works on")] = 24,
) -> None:
    """A successor with the same name and scopes, shown once; the old key works on for a while."""

    async def change(keyring: Keyring) -> str:
        _, key = await keyring.rotate(key_id, timedelta(hours=overlap_hours))
        return key

    print(_changed(merchant_name, change))


@apikey.command("revoke")
def apikey_revoke(key_id: KeyId, merchant_name: MerchantName) -> None:
    """End a key now."""

    async def change(keyring: Keyring) -> str:
        row = await keyring.revoke(key_id)
        return f"the key {row.id} ({row.name}) is revoked"

    print(_changed(merchant_name, change))


def _changed(merchant_name: str, change: Callable[[Keyring], Awaitable[str]]) -> str:
    """What a change of the merchant's keys says."""

    async def main() -> str:
        async with open_database(settings_from_environment()) as database, database.write() as db:
            found = await find_merchant(db, merchant_name)
            return await change(_keyring(database, db, found.id))

    return run_async(main)


def _keyring(database: Database, db: WriteConnection, merchant_id: int) -> Keyring:
    return Keyring(database, db, merchant_id, Change(CONSOLE, SystemClock().now()))


def _state(row: KeyRow) -> str:
    now = SystemClock().now()
    if row.revoked_at is not None:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    if row.expires_at is None:
        return "works"
    return f"{'works until' if row.expires_at > now else 'ended'} {row.expires_at:%Y-%m-%d %H:%M} UTC"
