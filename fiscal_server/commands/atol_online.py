"""Who speaks ATOL Online's dialect with this installation: groups of KKTs, and logins."""

import re
import secrets
from typing import Annotated, Final

import asyncpg
import typer

from fiscal_server.clock import Clock, SystemClock
from fiscal_server.commands.cassette import UnknownCassette
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.storage import atol_online
from fiscal_server.storage.atol_online import GroupRow
from fiscal_server.storage.keys import hash_api_key
from fiscal_server.storage.kkts import find_cassette
from fiscal_server.storage.merchants import MerchantRow, find_merchant
from fiscal_server.storage.pool import Database

app = typer.Typer(no_args_is_help=True, help="ATOL Online's dialect: groups of KKTs and logins.")
group = typer.Typer(no_args_is_help=True, help="Group codes, as they stand in addresses.")
login = typer.Typer(no_args_is_help=True, help="Who may ask for tokens.")
app.add_typer(group, name="group")
app.add_typer(login, name="login")

PASSWORD_BYTES: Final = 24
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOGIN: Final = re.compile(r"\S{1,100}")
_NO_GROUPS: Final = frozenset({"getToken", "schema"})
_FFD_OF_VERSION: Final = {4: ("1.05", "1.2"), 5: ("1.2",)}

MerchantName = Annotated[str, typer.Option("--merchant", help="name of the merchant")]


async def create_group(
    database: Database, clock: Clock, merchant: MerchantRow, code: str, *, cassette: str = "main", version: int
) -> None:
    """A code for a cassette. Raises ValueError, UnknownCassette."""
    if not _CODE.fullmatch(code) or code in _NO_GROUPS:
        raise ValueError(f"{code!r} cannot be a group code: letters, digits, dots, dashes, at most 64")
    ffd = merchant.rules.get("ffd", "1.2")
    if ffd not in _FFD_OF_VERSION[version]:
        raise ValueError(f"version {version} needs FFD {_FFD_OF_VERSION[version][0]}, the merchant has {ffd}")
    try:
        async with database.write() as db:
            cassette_id = await find_cassette(db, merchant.id, cassette)
            if cassette_id is None:
                raise UnknownCassette(f"{merchant.name!r} has no cassette {cassette!r}")
            row = GroupRow(code, merchant.id, cassette_id, version, {})
            await atol_online.add_group(db, row, clock.now())
    except asyncpg.UniqueViolationError:
        raise ValueError(f"there is a group {code!r} already") from None


async def create_login(database: Database, clock: Clock, merchant_id: int, name: str) -> str:
    """The password of a new login; only its hash is kept. Raises ValueError."""
    if not _LOGIN.fullmatch(name) or "\0" in name:
        raise ValueError(f"{name!r} cannot be a login: at most 100 characters without blanks")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        async with database.write() as db:
            await atol_online.add_login(db, name, merchant_id, hash_api_key(password), clock.now())
    except asyncpg.UniqueViolationError:
        raise ValueError(f"there is a login {name!r} already") from None
    return password


@group.command("add")
def group_add(
    code: Annotated[str, typer.Argument(help="the code that the billing sends now")],
    merchant_name: MerchantName,
    version: Annotated[int, typer.Option(min=4, max=5, help="of the protocol: 4 (FFD 1.05) or 5 (FFD 1.2)")],
    cassette: Annotated[str, typer.Option(help="name of the cassette")] = "main",
) -> None:
    """Let a group code stand for a cassette."""

    async def main() -> None:
        async with open_database(settings_from_environment()) as database:
            async with database.read() as db:
                found = await find_merchant(db, merchant_name)
            await create_group(database, SystemClock(), found, code, cassette=cassette, version=version)

    try:
        run_async(main)
    except ValueError as error:
        fail(str(error))
    print(f"group {code!r} is cassette {cassette!r} of {merchant_name!r}, protocol v{version}")


@group.command("list")
def group_list() -> None:
    """Show all groups."""

    async def main() -> list[tuple[str, str, str, int]]:
        async with open_database(settings_from_environment()) as database, database.read() as db:
            return await atol_online.list_groups(db)

    for code, merchant, cassette, version in run_async(main):
        print(f"{code}  v{version}  {merchant}  {cassette}")


@group.command("remove")
def group_remove(code: Annotated[str, typer.Argument()]) -> None:
    """Let a code lead nowhere; what came by it stays."""

    async def main() -> bool:
        async with open_database(settings_from_environment()) as database, database.write() as db:
            return await atol_online.remove_group(db, code)

    if not run_async(main):
        fail(f"there is no group {code!r}", 1)
    print(f"group {code!r} removed")


@login.command("add")
def login_add(name: Annotated[str, typer.Argument(help="a new login")], merchant_name: MerchantName) -> None:
    """Create a login and show its password: this is the only time it can be read."""

    async def main() -> str:
        async with open_database(settings_from_environment()) as database:
            async with database.read() as db:
                found = await find_merchant(db, merchant_name)
            return await create_login(database, SystemClock(), found.id, name)

    try:
        password = run_async(main)
    except ValueError as error:
        fail(str(error))
    print(password)


@login.command("list")
def login_list() -> None:
    """Show all logins, without passwords."""

    async def main() -> list[str]:
        async with open_database(settings_from_environment()) as database, database.read() as db:
            rows = await atol_online.list_logins(db)
        return [f"{name}  {merchant}{'' if since is None else '  blocked'}" for name, merchant, since in rows]

    for line in run_async(main):
        print(line)


@login.command("block")
def login_block(name: Annotated[str, typer.Argument()]) -> None:
    """Refuse a login and its token, within seconds."""
    _block(name, blocked=True)


@login.command("unblock")
def login_unblock(name: Annotated[str, typer.Argument()]) -> None:
    """Let a login in again."""
    _block(name, blocked=False)


def _block(name: str, *, blocked: bool) -> None:
    async def main() -> bool:
        async with open_database(settings_from_environment()) as database, database.write() as db:
            return await atol_online.block_login(db, name, SystemClock().now() if blocked else None)

    if not run_async(main):
        fail(f"there is no login {name!r}", 1)
    print(f"login {name!r} {'blocked' if blocked else 'let in again'}")
