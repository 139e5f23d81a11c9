"""One KKT in the hands of its worker: the device, its row in the books, and the documents that pass between them.

Every document goes the same way, receipts or not: intent committed, device asked, result recorded. What is in ``made``
was created by the device and is not in the books yet: the next turn of the journal takes it along. What is in
``confirmed`` it has accepted from the operator; one turn takes several. What is lost, recovery finds in the device.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import msgspec

from accounting.receipts.codes import DocumentForm
from accounting.receipts.model import Receipt
from fiscal_server.clock import Clock
from fiscal_server.dispatch.counting import count_transition
from fiscal_server.dispatch.journal import Confirmed, Journal, Promise, Turn, document_row
from fiscal_server.errors import FiscalServerError, LeaseLost
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.metrics import registration_seconds
from fiscal_server.storage import adoption, queue
from fiscal_server.storage.kkts import KktRow, read_kkt
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.queue import ClaimedReceipt, DocumentRow, Intent, Owner
from fiscal_server.troubles import Trouble
from kkt_drivers.kkt import FiscalDocument, Kkt, ReceiptOrder
from kkt_drivers.transport.convoy import Convoy

TRUST_S: Final = 1.0
"""How long a row that was read is believed when nobody says that it has changed: as long as an idle worker waits, so
that one who is woken for a receipt need not read it first. A claim looks at the row itself."""

CONFIRMED_WITHIN_S: Final = 1.0
CONFIRMATIONS_A_TURN: Final = 64
"""How long, and how many, confirmations wait for others of the same KKT while the operator lacks documents: a turn of
their own costs as much as a whole document. If they are lost, recovery reads from the FN what it has accepted."""

RECEIPT_DECODER = msgspec.msgpack.Decoder(Receipt)


class SlotFault(FiscalServerError):
    """The slot must stand still until a person looks: going on would be guessing."""

    def __init__(self, trouble: Trouble, words: str) -> None:
        super().__init__(words)
        self.trouble = trouble


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
    ofd_keep_open_s: float = 0.0  # see Settings
    convoy: Convoy | None = None  # with which commands to network FNs leave


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
        self.confirmed: list[Confirmed] = []
        self._promised: Promise | None = None  # of a turn whose commit is still to come
        self._confirmed_at = 0.0  # monotonic: since when there is one
        self._read_at = 0.0  # monotonic
        self._stirred = True  # somebody says that the row may have changed

    @property
    def backlog(self) -> int:
        """Documents that the operator has not confirmed."""
        return self.last_fd - self.acked_fd

    def now(self) -> datetime:
        return self.rooms.clock.now()

    @asynccontextmanager
    async def books(self) -> AsyncIterator[WriteConnection]:
        """A transaction in which this KKT is ours alone. Raises LeaseLost.

        It begins after any commit of ours whose answer was lost: nothing of an earlier life can come behind it.
        """
        async with self.rooms.db.write() as db:
            await queue.hold_kkt(db, self.owner)
            yield db

    async def ahead(self, words: str) -> SlotFault:
        """The FN has a document that the books lack: the merchant is on hold from now on, and the slot stops for this.

        Whatever the document says: a receipt's id may be missing from it, it may be one that these books never knew,
        and where one document is unknown, others of the merchant's FNs may be. Raises LeaseLost.
        """
        told = f"FN {self.row.fn_number} is ahead of the books: {words}"
        async with self.books() as db:
            await adoption.hold_merchant(db, self.owner.merchant_id, told, self.now())
        return SlotFault(
            Trouble.FN_AHEAD,
            f"{words}. Somebody else has used the FN, or the database is older than it (put back from a copy?):"
            " take over what it has with `fiscal-server verify --adopt`",
        )

    def stir(self) -> None:
        """The row may have changed: ``refresh`` reads it."""
        self._stirred = True

    async def refresh(self) -> None:
        """Read the books again, unless they were read a moment ago and nothing speaks against them. Raises LeaseLost.

        Documents and confirmations move FD numbers alone, which this session counts itself; whatever else changes the
        row reads it again, or stirs. Else a query would belong to each of them.
        """
        if self._stirred or self.rooms.clock.monotonic() >= self._read_at + TRUST_S:
            await self.reload()

    async def reload(self) -> None:
        """Read the books again. Raises LeaseLost when they name another owner."""
        self._stirred, self._read_at = False, self.rooms.clock.monotonic()
        async with self.rooms.db.read() as db:
            row = await read_kkt(db, self.owner.merchant_id, self.owner.kkt_id)
        self._believe(row)

    async def start_anew(self) -> Intent | None:
        """Forget what only this process knew; gives what the books say was being made. Raises LeaseLost."""
        self.made, self.confirmed, self._promised = None, [], None
        async with self.books() as db:
            row = await read_kkt(db, self.owner.merchant_id, self.owner.kkt_id)
            intent = await queue.find_intent(db, self.owner.merchant_id, self.owner.kkt_id)
        self._believe(row)
        return intent

    def _believe(self, row: KktRow) -> None:
        if row.generation != self.owner.generation:
            raise LeaseLost(f"KKT {self.owner.kkt_id} has another owner")
        self.row, self.last_fd, self.acked_fd = row, row.last_fd, row.acked_fd
        if self.confirmed:
            self.acked_fd = self.confirmed[-1][0]

    async def next_receipt(self) -> ClaimedReceipt | None:
        """Record what was made and get the next receipt to make, in one commit, for which ``committed`` waits.

        ``make_receipt`` waits for it too, before the command that can create the document.
        """
        self._promised = await self.rooms.journal.promised(self._tell(claim=True))
        return None if self._promised is None else self._promised.claimed

    async def committed(self) -> None:
        """The turn that gave the last receipt is in the books. Raises as ``Journal.turn``."""
        if self._promised is not None:
            promise, self._promised = self._promised, None
            await promise.committed

    async def settle(self) -> None:
        """Record what was made and confirmed, and ask for nothing."""
        if self.made is not None or self.confirmed:
            await self._turn()

    async def settle_in_time(self) -> None:
        """Record what was confirmed, unless more will be in a moment: then once for several documents."""
        if self._confirmations_are_due():
            await self.settle()

    def _confirmations_are_due(self) -> bool:
        if not self.confirmed:
            return False
        late = self.rooms.clock.monotonic() - self._confirmed_at >= CONFIRMED_WITHIN_S
        return late or not self.backlog or len(self.confirmed) >= CONFIRMATIONS_A_TURN

    def confirm(self, fd_number: int, code: int | None) -> None:
        """The operator has the next document: a turn will record it. ``code`` None: nobody knows it."""
        if not self.confirmed:
            self._confirmed_at = self.rooms.clock.monotonic()
        self.confirmed.append((fd_number, code))
        self.acked_fd = fd_number

    def _tell(self, *, claim: bool = False, intend: int | None = None) -> Turn:
        """What is made goes into the books at once; between two receipts confirmations wait for others."""
        confirmed: list[Confirmed] = []
        if not claim or self._confirmations_are_due():
            confirmed, self.confirmed = self.confirmed, []
        made, self.made = self.made, None
        return Turn(owner=self.owner, document=made, confirmed=confirmed, claim=claim, intend=intend)

    async def _turn(self, *, intend: int | None = None) -> None:
        await self.rooms.journal.turn(self._tell(intend=intend))

    async def make(self, form: DocumentForm, command: Callable[[datetime], Awaitable[FiscalDocument]]) -> None:
        """Make a document that is not a receipt: intent, device, books."""
        await self._turn(intend=form)
        self.lease.check()
        await self._keep(await command(self.now()), None, None)
        await self.settle()
        await self.reload()

    async def make_receipt(self, claim: ClaimedReceipt) -> None:
        """Make a claimed receipt; ``made`` holds the result. Raises what the driver raises, or ``committed``."""
        try:
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
            began = self.rooms.clock.monotonic()
            document = await self.kkt.register_receipt(order, self.now(), self._may_create)
            registration_seconds(self.row.fn_number).observe(self.rooms.clock.monotonic() - began)
        except Exception:
            await self.committed()  # what is not sure to be ours is nobody's to give back
            raise
        await self._keep(document, claim.receipt_id, receipt.total_kopecks)

    async def _may_create(self) -> None:
        """The intent is committed; handing the data over may have taken long, so the lease is looked at again."""
        await self.committed()
        self.lease.check()

    async def _keep(self, document: FiscalDocument, receipt_id: int | None, total_kopecks: int | None) -> None:
        if document.fn_number == self.row.fn_number and document.fd_number > self.last_fd + 1:
            raise await self.ahead(f"it made FD {document.fd_number}, and FD {self.last_fd + 1} was expected")
        if (document.fn_number, document.fd_number) != (self.row.fn_number, self.last_fd + 1):
            raise SlotFault(
                Trouble.BOOKS_DIFFER,
                f"the device made FD {document.fd_number} on FN {document.fn_number};"
                f" FD {self.last_fd + 1} on FN {self.row.fn_number} was expected",
            )
        self.last_fd = document.fd_number
        self.made = document_row(self.owner, document, receipt_id or self.rooms.db.ids.next(), total_kopecks)
        if receipt_id is not None:
            self.made = msgspec.structs.replace(self.made, receipt_id=receipt_id)

    async def not_made(self, receipt_id: int | None) -> None:
        """The device has no document for what was intended: the receipt, if it was one, waits again."""
        async with self.books() as db:
            if receipt_id is not None:
                await queue.release_receipt(db, self.owner.merchant_id, receipt_id, self.owner.kkt_id, self.now())
                count_transition(ReceiptState.REGISTERING, ReceiptState.QUEUED)
            await queue.drop_intent(db, self.owner.merchant_id, self.owner.kkt_id)

    async def refused(self, receipt_id: int, words: str, *, park: bool = True) -> bool:
        """The device refused a receipt (``words``: see troubles.py). It waits again until it was refused as often as
        the cassette allows; then, with ``park``, it waits for a person. True: parked."""
        async with self.books() as db:
            again = await queue.count_refusal(db, self.owner, receipt_id, words, self.row.rules.refusals, self.now())
            if not again:
                if park:
                    await queue.park_receipt(db, self.owner, receipt_id, words, self.now())
                else:
                    await queue.release_receipt(db, self.owner.merchant_id, receipt_id, self.owner.kkt_id, self.now())
            await queue.drop_intent(db, self.owner.merchant_id, self.owner.kkt_id)
        parked = not again and park
        count_transition(ReceiptState.REGISTERING, ReceiptState.REFUSED if parked else ReceiptState.QUEUED)
        return parked

    async def park(self, receipt_id: int, reason: str) -> None:
        """The receipt itself is refused (``reason``: see troubles.py): it waits for a person, the others go on."""
        async with self.books() as db:
            await queue.park_receipt(db, self.owner, receipt_id, reason, self.now())
            count_transition(ReceiptState.REGISTERING, ReceiptState.REFUSED)
            await queue.drop_intent(db, self.owner.merchant_id, self.owner.kkt_id)

    async def answer_lost(self, receipt_id: int) -> None:
        """Nobody knows whether the device made the receipt: it is UNCERTAIN until the device was read."""
        async with self.books() as db:
            await queue.mark_uncertain(db, self.owner.merchant_id, receipt_id, self.owner.kkt_id, self.now())
            count_transition(ReceiptState.REGISTERING, ReceiptState.UNCERTAIN)
