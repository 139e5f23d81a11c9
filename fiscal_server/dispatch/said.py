"""What a person says when the books know less than the FNs, and an FN that nobody will read any more by such a word."""

from datetime import datetime
from typing import Final

import msgspec

from fiscal_server.cassette.rotation import stop_slot
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage import kkts, restoration
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.pool import Database
from fiscal_server.storage.restoration import NewerFn, Statement, StatementKind
from fiscal_server.troubles import Trouble, tell


class CannotState(FiscalServerError):
    """What was said contradicts what is known."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Each is a reason in the person's words, and kept for good with who said it."""

    by: str = ""
    let_stand: str | None = None  # receipts that nobody can place
    no_newer_fns: str | None = None  # who looked, and where
    without: tuple[str, str] | None = None  # FN number, and why it will never be read


NOTHING_SAID: Final = Said()


async def write_off_slot(
    database: Database, said: Said, slot: SlotRow, trouble: str, hold_since: datetime, now: datetime
) -> None:
    """Go on without the FN of a slot: it stands still for good, what it had in hand is UNCERTAIN. Raises LeaseLost.

    Whatever it made after the last document in the books is taken as not made, unless a person settles it.
    """
    assert said.without is not None
    async with database.read() as db:
        row = await kkts.read_kkt(db, slot.merchant_id, slot.id)
    fault = tell(Trouble.WRITTEN_OFF, f"{said.by}: {said.without[1]}")
    await stop_slot(database, row, fault, now)
    lost = NewerFn(slot.merchant_id, slot.fn_number, slot.address, slot.last_fd)
    await write_off(database, said, lost, trouble, hold_since, now)


async def write_off(
    database: Database, said: Said, lost: NewerFn, trouble: str, hold_since: datetime, now: datetime
) -> None:
    """Keep that an FN will never be read, on whose word, and what stood against it."""
    assert said.without is not None
    statement = Statement(
        merchant_id=lost.merchant_id,
        id=database.ids.next(),
        kind=StatementKind.WITHOUT_FN,
        hold_since=hold_since,
        stated_by=said.by,
        reason=said.without[1],
        fn_number=lost.fn_number,
        last_fd=lost.last_fd,
        trouble=trouble,
    )
    async with database.write() as db:
        await restoration.state(db, statement, now)
