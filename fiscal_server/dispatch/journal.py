"""The books of the dispatcher: what devices made, and what they make next, committed together for many KKTs at once.

A worker hands in the document that its KKT has just made and asks for the next receipt: result and next intent go in
one commit, and one transaction serves every worker that was waiting when it began (group commit). The answer comes
after the commit, so nothing is sent to a device before its intent is safe.

A claimed receipt may be promised a little earlier, when all is written and only the commit is to come: its document may
be begun and its data handed over meanwhile, but the command that can create it waits for the commit (``Promise``).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from fiscal_server.clock import Clock
from fiscal_server.dispatch.counting import count_group
from fiscal_server.errors import FiscalServerError, LeaseLost
from fiscal_server.storage import kkts, queue
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.queue import ClaimedReceipt, DocumentRow, Owner
from kkt_drivers.kkt import FiscalDocument


class JournalEnded(FiscalServerError):
    """Nobody commits any more: whoever waits for it would wait for ever."""


class BooksDisagree(FiscalServerError):
    """A document does not follow the last one that the books have of its FN, or its receipt is not this KKT's."""


COMMIT_TASK: Final = "commit of the journal"

Confirmed = tuple[int, int | None]
"""An FD number that the operator has, with his code if it is known."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker tells and asks."""

    owner: Owner
    document: DocumentRow | None = None  # made
    confirmed: Sequence[Confirmed] = ()  # in the order of their numbers, without a gap
    intend: int | None = None  # form of a document to be made next that is not a receipt
    claim: bool = False  # wants a receipt to make next


class Promise(msgspec.Struct, frozen=True):
    """The receipt to make next. ``committed`` is done once it is ours, or fails with what ``turn`` raises."""

    claimed: ClaimedReceipt
    committed: asyncio.Future[None]


class Member(msgspec.Struct):
    """A turn in its group, and who waits for it: for the commit, or for what can be promised before."""

    turn: Turn
    done: asyncio.Future[ClaimedReceipt | Promise | None]
    early: bool = False
    promise: Promise | None = None  # given away

    def answer(self, answer: ClaimedReceipt | LeaseLost | None) -> None:
        """The commit is done."""
        waiting = self.done if self.promise is None else self.promise.committed
        if waiting.done():  # cancelled
            return
        if isinstance(answer, LeaseLost):
            waiting.set_exception(answer)
        elif self.promise is None:
            self.done.set_result(answer)
        else:
            self.promise.committed.set_result(None)

    def fail(self, error: Exception) -> None:
        """Nothing of the turn is certain."""
        waiting = self.done if self.promise is None else self.promise.committed
        if not waiting.done():
            waiting.set_exception(error)
            if self.promise is not None:
                waiting.exception()  # seen: who was promised something may be gone by now, which is no fault

    def give(self, claimed: ClaimedReceipt) -> None:
        """All is written, only the commit is to come."""
        if self.early and not self.done.done():
            self.promise = Promise(claimed, self.done.get_loop().create_future())
            self.done.set_result(self.promise)


class Journal:
    """One a dispatch process; ``run`` must be running while ``turn`` is awaited: once it has ended, turns fail."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._waiting: list[Member] = []
        self._wake = asyncio.Event()
        self._ended = False

    async def turn(self, turn: Turn) -> ClaimedReceipt | None:
        """Committed when it returns; the receipt to be made next if one was asked for and there is one.

        Raises LeaseLost, BooksDisagree, JournalEnded, or whatever the database raised: then nothing of this turn is
        certain and the worker starts again from what the books and the device say.
        """
        claimed = await self._hand_in(turn)
        assert not isinstance(claimed, Promise)
        return claimed

    async def promised(self, turn: Turn) -> Promise | None:
        """As ``turn`` with ``claim``, and a receipt before it is committed; None only after the commit."""
        promise = await self._hand_in(turn, early=True)
        assert not isinstance(promise, ClaimedReceipt)
        return promise

    def _hand_in(self, turn: Turn, *, early: bool = False) -> asyncio.Future[ClaimedReceipt | Promise | None]:
        if self._ended:
            raise JournalEnded("the journal of this process has ended")
        member = Member(turn, asyncio.get_running_loop().create_future(), early)
        self._waiting.append(member)
        self._wake.set()
        return member.done

    async def run(self) -> None:
        """Commit groups until cancelled. Whatever else ends it, nobody is left waiting.

        A group begins when nothing but the commit is left to do of the one before: its KKTs are others, and what that
        one has claimed is locked. A third waits until the first is committed.
        """
        committing: asyncio.Task[None] | None = None
        group: list[Member] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._wake.wait()
                    self._wake.clear()
                    group, self._waiting = self._waiting, []
                    written = asyncio.Event()
                    work = tasks.create_task(self._commit(group, written), name=COMMIT_TASK)
                    before, committing = committing, work
                    await written.wait()
                    if before is not None:
                        await before
        finally:
            self._ended = True
            # The last group's commit may have been cancelled before its first step: then it has told nobody.
            _fail([*group, *self._waiting], JournalEnded("the journal of this process has ended"))

    async def _commit(self, group: list[Member], written: asyncio.Event) -> None:
        """``written`` is set once only the commit is to come, or all is over."""
        try:
            await self._settle(group, written)
        except BaseException as error:  # cancelled, or a mistake of ours: then no group can be trusted to be answered
            ended = JournalEnded("the journal ended before it could say what became of this turn")
            _fail(group, ended)
            raise ended from error
        finally:
            written.set()

    async def _settle(self, group: list[Member], written: asyncio.Event) -> None:
        try:
            answers = await self._transact(group, written)
        except (BooksDisagree, asyncpg.IntegrityConstraintViolationError) as error:
            if len(group) > 1 and not any(member.promise for member in group):  # one's trouble is not the others'
                for member in group:
                    await self._settle([member], asyncio.Event())
            else:
                _fail(group, _registered_twice(error) or error)
        except Exception as error:  # the workers decide what a database error means for them
            _fail(group, error)
        else:
            _count(group, answers)
            for member, answer in zip(group, answers, strict=True):
                member.answer(answer)

    async def _transact(
        self, group: Sequence[Member], written: asyncio.Event
    ) -> list[ClaimedReceipt | LeaseLost | None]:
        now, turns = self._clock.now(), [member.turn for member in group]
        async with self._db.write() as db:
            owned = await self._record(db, turns, now)
            ours = [t for t in turns if t.owner.kkt_id in owned]
            await kkts.record_confirmations(db, [(t.owner, *each) for t in ours for each in t.confirmed], now)
            idle = [owned[t.owner.kkt_id] for t in ours if t.claim]
            claimed = await self._claim(db, [kkt for kkt in idle if kkt.state == "ACTIVE"])
            await queue.write_intents(db, [(t.owner, t.intend) for t in ours if t.intend is not None], now)
            for member in group:
                if (receipt := claimed.get(member.turn.owner.kkt_id)) is not None:
                    member.give(receipt)
            written.set()
        lost = {t.owner.kkt_id for t in turns} - owned.keys()
        return [
            LeaseLost(f"KKT {t.owner.kkt_id} has another owner")
            if t.owner.kkt_id in lost
            else claimed.get(t.owner.kkt_id)
            for t in turns
        ]

    async def _record(self, db: WriteConnection, turns: Sequence[Turn], now: datetime) -> dict[int, queue.OwnedKkt]:
        """The KKTs that still belong to who says so, locked, with what they made in the books. By id."""
        owners, documents = [t.owner for t in turns], [t.document for t in turns if t.document is not None]
        if not documents:
            return {kkt.kkt_id: kkt for kkt in await queue.lock_owned_kkts(db, owners)}
        owned = {kkt.kkt_id: kkt for kkt in await queue.record_documents(db, owners, documents, now)}
        for document in documents:
            if (kkt := owned.get(document.kkt_id)) is None:
                continue  # its owner hears that the lease is lost
            if not kkt.moved:
                raise BooksDisagree(
                    f"FD {document.fd_number} of FN {document.fn_number} does not follow the last one in the books"
                )
            if document.receipt_id is not None and not kkt.receipt_left:
                raise BooksDisagree(f"receipt {document.receipt_id} was not being made by KKT {document.kkt_id}")
        return owned

    async def _claim(self, db: WriteConnection, idle: list[queue.OwnedKkt]) -> dict[int, ClaimedReceipt]:
        by_cassette: dict[tuple[int, int], list[int]] = defaultdict(list)
        for kkt in idle:
            by_cassette[kkt.merchant_id, kkt.cassette_id].append(kkt.kkt_id)
        claimed: dict[int, ClaimedReceipt] = {}
        for (merchant_id, cassette_id), ids in sorted(by_cassette.items()):
            for receipt in await queue.claim_receipts(db, merchant_id, cassette_id, ids, self._clock.now()):
                claimed[receipt.kkt_id] = receipt
        return claimed


def _count(group: Sequence[Member], answers: Sequence[ClaimedReceipt | LeaseLost | None]) -> None:
    made = [
        member.turn.document
        for member, answer in zip(group, answers, strict=True)
        if not isinstance(answer, LeaseLost) and member.turn.document is not None
    ]
    registered = sum(document.receipt_id is not None for document in made)
    count_group(registered=registered, claimed=sum(isinstance(answer, ClaimedReceipt) for answer in answers))


def _fail(group: Sequence[Member], error: Exception) -> None:
    for member in group:
        member.fail(error)


def _registered_twice(error: Exception) -> BooksDisagree | None:
    """The id of a receipt's document is the receipt's: its primary key knows when another KKT has made it already."""
    table: str | None = getattr(error, "table_name", None)
    if table is not None and table.startswith("fiscal_document"):
        return BooksDisagree(f"its document stands in the books already: {error}")
    return None


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
