"""One KKT in the hands of its worker: the device, its row in the books, and the documents that pass between them.

Every document goes the same way, receipts or not: intent committed, device asked, result recorded. What is in ``made``
was created by the device and is not in the books yet; the next ``turn`` takes it along.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from accounting.receipts.codes import DocumentForm
from accounting.receipts.model import Receipt
from fiscal_server.clock import Clock
from fiscal_server.dispatch.journal import Journal, Turn
from fiscal_server.errors import FiscalServerError, LeaseLost
from fiscal_server.storage import queue
from fiscal_server.storage.kkts import KktRow, read_kkt
from fiscal_server.storage.pool import Database
from fiscal_server.storage.queue import ClaimedReceipt, DocumentRow, Owner
from kkt_drivers.kkt import FiscalDocument, Kkt, ReceiptOrder

RECEIPT_DECODER = msgspec.msgpack.Decoder(Receipt)


class SlotFault(FiscalServerError):
    """The slot must stand still until a person looks: going on would be guessing."""


class Lease:
    """Until when a KKT is ours, on a clock that also counts suspend."""

    def __init__(self, clock: Clock, until: float) -> None:
        self._clock = clock
        self.until = until

    def check(self) -> None:
        """Raises LeaseLost: SQL fences our writes, only this fences our bytes."""
        if self._clock.monotonic() >= self.until:
            raise LeaseLost("the lease of this KKT ran out before it could be renewed")


class Rooms(msgspec.Struct, frozen=True):
    """What every worker of a dispatch process shares."""

    db: Database
    clock: Clock
    journal: Journal


class KktSession:
    """The device and its books; used by one task."""

    def __init__(self, rooms: Rooms, kkt: Kkt, owner: Owner, lease: Lease) -> None:
        self.rooms = rooms
        self.kkt = kkt
        self.owner = owner
        self.lease = lease
        self.row: KktRow
        self.last_fd = 0
        self.acked_fd = 0
        self.made: DocumentRow | None = None

    @property
    def backlog(self) -> int:
        """Documents that the operator has not confirmed."""
        return self.last_fd - self.acked_fd

    def now(self) -> datetime:
        return self.rooms.clock.now()

    async def reload(self) -> None:
        """Read the books again. Raises LeaseLost when they name another owner."""
        async with self.rooms.db.read() as db:
            self.row = await read_kkt(db, self.owner.merchant_id, self.owner.kkt_id)
        if self.row.generation != self.owner.generation:
            raise LeaseLost(f"KKT {self.owner.kkt_id} has another owner")
        self.last_fd, self.acked_fd = self.row.last_fd, self.row.acked_fd

    async def next_receipt(self) -> ClaimedReceipt | None:
        """Record what was made and get the next receipt to make, in one commit."""
        document, self.made = self.made, None
        return await self.rooms.journal.turn(Turn(owner=self.owner, document=document, claim=True))

    async def settle(self) -> None:
        """Record what was made and ask for nothing."""
        if self.made is not None:
            document, self.made = self.made, None
            await self.rooms.journal.turn(Turn(owner=self.owner, document=document))

    async def confirm(self, fd_number: int, code: int) -> None:
        """Record that the operator has a document; with what was made, if anything."""
        document, self.made = self.made, None
        await self.rooms.journal.turn(Turn(owner=self.owner, document=document, confirmed=(fd_number, code)))
        self.acked_fd = fd_number

    async def make(self, form: DocumentForm, command: Callable[[datetime], Awaitable[FiscalDocument]]) -> None:
        """Make a document that is not a receipt: intent, device, books."""
        await self.settle()
        await self.rooms.journal.turn(Turn(owner=self.owner, intend=form))
        self.lease.check()
        self._keep(await command(self.now()), None, None)
        await self.settle()
        await self.reload()

    async def make_receipt(self, claim: ClaimedReceipt) -> None:
        """Make a claimed receipt; ``made`` holds the result. Raises what the driver raises."""
        receipt = RECEIPT_DECODER.decode(claim.body)
        self.lease.check()
        order = ReceiptOrder(
            receipt=receipt,
            receipt_id=str(claim.receipt_id),
            receipt_id_tag=1191 if self.row.receipt_id_tag == 1191 or receipt.user_requisite else 1084,
            cashier=self.row.cashier,
            place=self.row.place,
            address=self.row.settlement_address,
        )
        self._keep(await self.kkt.register_receipt(order, self.now()), claim.receipt_id, receipt.total_kopecks)

    def _keep(self, document: FiscalDocument, receipt_id: int | None, total_kopecks: int | None) -> None:
        if (document.fn_number, document.fd_number) != (self.row.fn_number, self.last_fd + 1):
            raise SlotFault(
                f"the device made FD {document.fd_number} on FN {document.fn_number};"
                f" FD {self.last_fd + 1} on FN {self.row.fn_number} was expected"
            )
        self.last_fd = document.fd_number
        self.made = document_row(self.owner, document, receipt_id or self.rooms.db.ids.next(), total_kopecks)
        if receipt_id is not None:
            self.made = msgspec.structs.replace(self.made, receipt_id=receipt_id)

    async def not_made(self, receipt_id: int | None) -> None:
        """The device has no document for what was intended: the receipt, if it was one, waits again."""
        async with self.rooms.db.write() as db:
            if receipt_id is not None:
                await queue.release_receipt(db, self.owner.merchant_id, receipt_id, self.owner.kkt_id, self.now())
            await queue.drop_intent(db, self.owner.merchant_id, self.owner.kkt_id)

    async def park(self, receipt_id: int, words: str) -> None:
        """The device refuses the receipt itself: it waits for a person, the others go on."""
        async with self.rooms.db.write() as db:
            await queue.park_receipt(db, self.owner, receipt_id, words, self.now())
            await queue.drop_intent(db, self.owner.merchant_id, self.owner.kkt_id)

    async def answer_lost(self, receipt_id: int) -> None:
        """Nobody knows whether the device made the receipt: it is UNCERTAIN until the device was read."""
        async with self.rooms.db.write() as db:
            await queue.mark_uncertain(db, self.owner.merchant_id, receipt_id, self.owner.kkt_id, self.now())


def document_row(owner: Owner, document: FiscalDocument, row_id: int, total_kopecks: int | None) -> DocumentRow:
    """A device's document as the books keep it."""
    return DocumentRow(
        merchant_id=owner.merchant_id,
        kkt_id=owner.kkt_id,
        id=row_id,
        form=document.form,
        fn_number=document.fn_number,
        fd_number=document.fd_number,
        fiscal_sign=document.fiscal_sign,
        issued_at=document.issued_at,
        shift_number=document.shift_number,
        number_in_shift=document.number_in_shift,
        total_kopecks=total_kopecks,
    )
