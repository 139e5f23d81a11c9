"""Setting an installation up: merchants, keys of billing systems, cash registers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.commands.orders import add_kkt_orders
from fiscal_server.dispatch.enrol import Enrolled, Enrolment, Papers, enrol, registration_of
from fiscal_server.dispatch.replacement import Replacement
from fiscal_server.intake.merchant_rules import check_zone
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.storage.leases import set_home
from fiscal_server.storage.merchants import (
    MerchantRow,
    find_merchant,
    set_shift_hour,
)
from fiscal_server.storage.registration_changes import Reason

merchant = typer.Typer(no_args_is_help=True, help="Organisations that issue receipts.")
kkt = typer.Typer(no_args_is_help=True, help="Cash registers and their FNs.")


@merchant.command("create")
def merchant_create(file: Annotated[Path, typer.Argument(help="JSON: name, rules, place, address, cashier")]) -> None:
    """Create a merchant from a file."""
    settings = settings_from_environment()
    try:
        given = msgspec.json.decode(file.read_bytes(), type=NewMerchant)
    except (OSError, msgspec.DecodeError) as error:
        fail(f"{file}: {error}")

    async def main() -> MerchantRow:
        async with open_database(settings) as database:
            return await create_merchant(database, given)

    try:
        row = run_async(main)
    except ValueError as error:
        fail(f"{file}: {error}")
    print(f"merchant {row.name!r} created, id {row.id}")


@merchant.command("shift-hour")
def merchant_shift_hour(
    merchant_name: Annotated[str, typer.Option("--merchant", help="name of the merchant")],
    at: Annotated[
        datetime | None, typer.Option(formats=["%H:%M"], help="hour; without it shifts last 23 h 30 min")
    ] = None,
    timezone: Annotated[str, typer.Option(help="whose clocks show it")] = "Europe/Moscow",
) -> None:
    """Close every shift of a merchant at this hour."""
    try:
        check_zone(timezone)
    except ValueError as error:
        fail(str(error))

    async def main() -> None:
        async with open_database(settings_from_environment()) as database, database.write() as db:
            found = await find_merchant(db, merchant_name)
            await set_shift_hour(db, found.id, timezone, None if at is None else at.time())

    run_async(main)
    print(f"shifts are closed at {at:%H:%M} ({timezone})" if at else "shifts are closed when 24 hours come near")


@kkt.command("add")
def kkt_add(
    address: Annotated[str, typer.Argument(help="fn+tcp://HOST:PORT?timezone=Europe/Moscow")],
    merchant_name: Annotated[str, typer.Option("--merchant", help="name of the merchant")],
    ofd: Annotated[str, typer.Option(help="HOST:PORT of the operator")],
    rnm: Annotated[str, typer.Option(help="registration number of the KKT, 16 digits with check digits")],
    serial: Annotated[str, typer.Option(help="serial number of the KKT")],
    ofd_inn: Annotated[str, typer.Option(help="INN of the operator, from the contract")],
    ofd_name: Annotated[str, typer.Option(help="name of the operator, from the contract")],
    taxation: Annotated[
        int | None,
        typer.Option(min=1, max=63, help="taxation systems (1062), sum of bits; default: the merchant's"),
    ] = None,
    cassette: Annotated[str, typer.Option(help="cassette that the KKT joins")] = "main",
    replaces: Annotated[str, typer.Option(help="number of the FN that has ended in the same KKT")] = "",
    changed: Annotated[list[Reason] | None, typer.Option(help="with --replaces: what changes besides")] = None,
) -> None:
    """Register a new FN and put it into the next slot of a cassette. After a restore also one that worked before it."""
    settings = settings_from_environment()

    async def main() -> Enrolled:
        async with open_database(settings) as database:
            async with database.read() as db:
                row = await find_merchant(db, merchant_name)
            papers = Papers(
                serial=serial,
                registration_number=rnm,
                ofd_inn=ofd_inn,
                ofd_name=ofd_name,
                taxation_systems=taxation,
            )
            enrolment = Enrolment(
                merchant_id=row.id,
                cassette=cassette,
                address=address,
                ofd_address=ofd,
                registration=registration_of(row, papers),
                node=settings.node_id,
                replaces=Replacement(replaces, tuple(changed or ())) if replaces else None,
            )
            return await enrol(database, SystemClock(), enrolment)

    done = run_async(main)
    print(f"FN {done.fn_number} registered and added to cassette {cassette!r}")
    if done.adopted is not None:
        print(
            f"{done.adopted.documents} documents that it had made were taken over, {done.adopted.linked} known receipts"
        )
    if done.unread:
        print(f"not all that it had made could be read: {done.unread}; go on with: fiscal-server verify --adopt")


add_kkt_orders(kkt)


@kkt.command("home")
def kkt_home(
    fn_number: Annotated[str, typer.Argument(help="number of the FN")],
    merchant_name: Annotated[str, typer.Option("--merchant", help="name of the merchant")],
    node: Annotated[
        int | None, typer.Option(min=0, max=1023, help="node that it is plugged into now; none: it is on the network")
    ] = None,
) -> None:
    """Say into which node a KKT was plugged: that one takes it once the node before has let go of it."""
    settings = settings_from_environment()

    async def main() -> bool:
        async with open_database(settings) as database, database.write() as db:
            found = await find_merchant(db, merchant_name)
            await announce_kkts(db)
            return await set_home(db, found.id, fn_number, node)

    if not run_async(main):
        fail(f"{merchant_name!r} has no FN {fn_number}", 1)
    print(f"FN {fn_number} {'is on the network' if node is None else f'belongs to node {node}'}")
