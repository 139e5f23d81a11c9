"""Orders of people: what ``kkt`` and ``receipts`` can do besides looking. The same rows as the API writes."""

import getpass
from collections.abc import Coroutine
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.errors import UnknownKkt
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.kkts import SlotRow, announce_kkts, list_kkts
from fiscal_server.storage.merchants import find_merchant
from fiscal_server.storage.pool import Database
from fiscal_server.storage.receipt_orders import Evidence, ReceiptOrder, ReceiptOrderKind, carry_out
from fiscal_server.storage.requests import OrderKind, add_request, read_request

WAIT_S: Final = 120.0
"""How long a command waits for the answer of a dispatcher: a device that does not answer is tried several times."""

_POLL_S: Final = 0.2

Merchant = Annotated[str, typer.Option("--merchant", help="name of the merchant")]
Reason = Annotated[str, typer.Option(help="why; kept with the order")]
AskedBy = Annotated[str, typer.Option("--by", help="who orders it; default: the user of this machine")]
Fn = Annotated[str, typer.Argument(help="number of the KKT's FN, or its last digits")]
ReceiptId = Annotated[int, typer.Argument(help="id of the receipt")]


def add_kkt_orders(kkt: typer.Typer) -> None:
    """The orders among the commands of ``kkt``."""
    for kind, words in {
        OrderKind.PAUSE: "Take a KKT out of service; the next slot takes over.",
        OrderKind.RESUME: "Let a paused KKT work again.",
        OrderKind.CLOSE_SHIFT: "Close the shift now.",
        OrderKind.ROTATE: "Give way to the next slot, for good.",
        OrderKind.RETURN_TO_SERVICE: "Bring a stopped slot back, once its FN agrees with the books.",
        OrderKind.TAKE_OUT: "End a slot whose FN will never work again, for good: no device is asked.",
    }.items():
        kkt.command(kind.value.replace("_", "-"), help=words)(_kkt_command(kind))
    kkt.command("list")(list_slots)


def add_receipt_orders(receipts: typer.Typer) -> None:
    """The orders among the commands of ``receipts``."""
    receipts.command("retry")(retry)
    receipts.command("cancel")(cancel)
    receipts.command("settle")(settle)


def _kkt_command(kind: OrderKind) -> Any:
    def command(fn: Fn, merchant_name: Merchant, reason: Reason, asked_by: AskedBy = "") -> None:
        print(_run(_order_kkt(kind, fn, merchant_name, reason, asked_by or getpass.getuser())))

    return command


def list_slots(merchant_name: Merchant) -> None:
    """Every slot: where it stands, and why it stands still."""

    async def main() -> list[SlotRow]:
        async with open_database(settings_from_environment()) as database, database.read() as db:
            return await list_kkts(db, (await find_merchant(db, merchant_name)).id)

    table = Table("cassette", "slot", "FN", "state", "documents", "unconfirmed", "remarks", box=None)
    for slot in _run(main()):
        remarks = [slot.fault or ""]
        if slot.unreachable_since:
            remarks.append(f"does not answer since {slot.unreachable_since:%Y-%m-%d %H:%M} UTC")
        if slot.paused_since:
            remarks.append(f"paused since {slot.paused_since:%Y-%m-%d %H:%M} UTC")
        unconfirmed = str(slot.last_fd - slot.acked_fd)
        words = "; ".join(filter(None, remarks))
        table.add_row(slot.cassette, str(slot.slot), slot.fn_number, slot.state, str(slot.last_fd), unconfirmed, words)
    Console().print(table)


def retry(receipt_id: ReceiptId, merchant_name: Merchant, reason: Reason, asked_by: AskedBy = "") -> None:
    """Send a parked receipt again."""
    _print_state(_run(_order_receipt(ReceiptOrderKind.RETRY, receipt_id, merchant_name, reason, asked_by)), receipt_id)


def cancel(receipt_id: ReceiptId, merchant_name: Merchant, reason: Reason, asked_by: AskedBy = "") -> None:
    """Give a parked receipt up; debts and advances stay as they are."""
    _print_state(_run(_order_receipt(ReceiptOrderKind.CANCEL, receipt_id, merchant_name, reason, asked_by)), receipt_id)


def settle(
    receipt_id: ReceiptId,
    merchant_name: Merchant,
    reason: Reason,
    asked_by: AskedBy = "",
    not_made: Annotated[bool, typer.Option("--not-made", help="the device has no such document")] = False,
    fd: Annotated[int | None, typer.Option(min=1, help="FD number of the document")] = None,
    fiscal_sign: Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="its fiscal sign (ФПД)")] = None,
    issued_at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="its date and time, as printed")
    ] = None,
    fn: Annotated[
        str | None, typer.Option("--fn", help="a lost FN (verify --adopt --without) made it; the receipt may just wait")
    ] = None,
) -> None:
    """Say of an UNCERTAIN receipt whether it was made, when its KKT can be asked no more; or which lost FN made it."""
    evidence = None
    if fd is not None and fiscal_sign is not None and issued_at is not None:
        evidence = Evidence(fd, fiscal_sign, issued_at, fn)
    if not_made is (evidence is not None):
        fail("give either --not-made, or all of --fd, --fiscal-sign and --issued-at")
    kind = ReceiptOrderKind.SETTLE_NOT_MADE if not_made else ReceiptOrderKind.SETTLE_MADE
    _print_state(_run(_order_receipt(kind, receipt_id, merchant_name, reason, asked_by, evidence)), receipt_id)


def _run(main: Coroutine[Any, Any, Any]) -> Any:
    return run_async(lambda: main)


def _print_state(state: ReceiptState, receipt_id: int) -> None:
    print(f"receipt {receipt_id} is {state} now")


async def _order_kkt(kind: OrderKind, fn: str, merchant_name: str, reason: str, asked_by: str) -> str:
    clock = SystemClock()
    async with open_database(settings_from_environment()) as database:
        async with database.read() as db:
            merchant = await find_merchant(db, merchant_name)
            found = [slot for slot in await list_kkts(db, merchant.id) if slot.fn_number.endswith(fn)]
        if len(found) != 1:
            raise UnknownKkt(f"{len(found)} FNs of this merchant end with {fn!r}: see `fiscal-server kkt list`")
        order_id = database.ids.next()
        async with database.write() as db:
            await add_request(
                db, order_id, merchant.id, found[0].id, kind, clock.now(), asked_by=asked_by, reason=reason
            )
            await announce_kkts(db)
        answer = await _wait_for_answer(database, clock, merchant.id, order_id)
    if answer is None:
        return f"order {order_id} waits: no dispatcher has answered within {WAIT_S:.0f} s, it stays in force"
    if "done" in answer:
        return f"done: {', '.join(f'{name} {value}' for name, value in answer['done'].items())}"
    fail(" ".join(f"{how}: {why}" for how, why in answer.items()), 1)
    raise AssertionError("unreachable")


async def _wait_for_answer(
    database: Database, clock: SystemClock, merchant_id: int, order_id: int
) -> dict[str, Any] | None:
    until = clock.monotonic() + WAIT_S
    while clock.monotonic() < until:
        async with database.read() as db:
            finished_at, answer = await read_request(db, merchant_id, order_id)
        if finished_at is not None:
            found: dict[str, Any] = answer
            return found
        await clock.sleep(_POLL_S)
    return None


async def _order_receipt(
    kind: ReceiptOrderKind,
    receipt_id: int,
    merchant_name: str,
    reason: str,
    asked_by: str,
    evidence: Evidence | None = None,
) -> ReceiptState:
    async with open_database(settings_from_environment()) as database:
        async with database.read() as db:
            merchant = await find_merchant(db, merchant_name)
        order = ReceiptOrder(
            id=database.ids.next(),
            merchant_id=merchant.id,
            receipt_id=receipt_id,
            kind=kind,
            asked_by=asked_by or getpass.getuser(),
            reason=reason,
            evidence=evidence,
        )
        async with database.write() as db:
            return await carry_out(db, order, SystemClock().now())
