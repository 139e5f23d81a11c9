"""A new organisation: judged and stored the same way whoever asks, a console or the API."""

from datetime import datetime, time
from typing import Annotated, Any, Final

import asyncpg
import msgspec

from fiscal_server.clock import SystemClock
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.merchant_rules import check_zone, judge_rules
from fiscal_server.storage.merchants import MerchantRow, add_merchant
from fiscal_server.storage.pool import Database, WriteConnection
from kkt_drivers.kkt import ReceiptIdTag

_NO_NUL: Final = r"^[^\0]*\Z"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=_NO_NUL)]
Place = Annotated[str, msgspec.Meta(max_length=256, pattern=_NO_NUL)]
Cashier = Annotated[str, msgspec.Meta(max_length=64, pattern=_NO_NUL)]


class NewMerchant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A merchant as it is asked for; ``rules`` is the ``merchant`` object of the receipt case format (1.1)."""

    name: Name
    rules: dict[str, Any]
    place: Place
    address: Place
    cashier: Cashier = "КАССИР"
    receipt_id_tag: ReceiptIdTag = 1084
    timezone: str = "Europe/Moscow"
    shift_closes_at: Annotated[time, msgspec.Meta(tz=False)] | None = None


def judge_merchant(given: NewMerchant) -> Problem | None:
    """Where it is wrong, and why; None when it may be stored."""
    if "\0" in "".join((given.name, given.place, given.address, given.cashier)) or not given.name.strip():
        return Problem("invalid", "a merchant needs a name, and no text of it may hold the character U+0000", "name")
    judged = judge_rules(given.rules)
    if isinstance(judged, Problem):
        return msgspec.structs.replace(judged, field=f"rules.{judged.field}" if judged.field else "rules")
    try:
        check_zone(given.timezone)
    except ValueError as error:
        return Problem("invalid", str(error), "timezone")
    return None


async def store_merchant(
    db: WriteConnection, merchant_id: int, given: NewMerchant, now: datetime
) -> MerchantRow | Problem:
    """Store what was judged. A problem: the name is taken, and nothing else can be done in this transaction."""
    row = MerchantRow(id=merchant_id, **{name: getattr(given, name) for name in given.__struct_fields__})
    try:
        await add_merchant(db, row, now)
    except asyncpg.UniqueViolationError:
        return Problem("name_taken", f"there is a merchant called {given.name!r} already", "name")
    return row


async def create_merchant(database: Database, given: NewMerchant) -> MerchantRow:
    """Store a merchant. Raises ValueError with what is wrong and where."""
    if (problem := judge_merchant(given)) is not None:
        raise ValueError(f"{problem.field}: {problem.reason}")
    async with database.write() as db:
        row = await store_merchant(db, database.ids.next(), given, SystemClock().now())
        if isinstance(row, Problem):
            raise ValueError(row.reason)
    return row
