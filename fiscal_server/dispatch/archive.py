"""An FN's archive against the books, both ways: the proof that every receipt was made exactly once.

Comparing is pure. Reading a full archive takes hours on a real wire, so it goes in slices, and whoever holds the KKT
makes receipts between two of them; the archive may grow meanwhile, the books with it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from accounting.receipts.codes import DocumentForm
from accounting.receipts.model import Receipt
from fiscal_server.dispatch.recovery import check_identity, mismatch
from fiscal_server.dispatch.session import KktSession
from fiscal_server.storage.documents import BookedDocument, documents_of_fn
from fiscal_server.storage.queue import find_intent
from fiscal_server.storage.requests import READ_ARCHIVE, finish_request, note_progress, open_readings
from kkt_drivers.errors import CodecError, KktError, KktRefused
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.kkt import ArchivedDocument

SLICE: Final = 16
"""Documents read at a time."""

PROGRESS_EVERY_S: Final = 1.0

ATTEMPTS: Final = 3
"""After so many failures in one reading whoever asked for it is told why."""

RECEIPT_FORMS: Final = frozenset(
    {DocumentForm.RECEIPT, DocumentForm.BSO, DocumentForm.CORRECTION_RECEIPT, DocumentForm.BSO_CORRECTION}
)


class ArchiveReport(msgspec.Struct, frozen=True):
    """One FN compared; ``receipt_ids`` are those found in its archive, ``differences`` are sentences for people.

    ``unfinished`` names a document that nobody has recorded yet although it is exactly what was being made: whoever
    takes the KKT next records it.
    """

    fn_number: str
    documents: int
    receipts: int
    confirmed: int
    receipt_ids: list[str]
    differences: list[str]
    unfinished: list[str] = []


def compare(booked: Sequence[BookedDocument], archived: Sequence[ArchivedDocument], acked_fd: int) -> list[str]:
    """Hold documents of an FN against the books', by FD number. ``acked_fd``: confirmed by the books before reading."""
    books = {row.fd_number: row for row in booked}
    archive = {document.fd_number: document for document in archived}
    differences = [f"FD {fd}: in the books, not in the FN" for fd in sorted(books.keys() - archive.keys())]
    differences += [f"FD {fd}: in the FN, not in the books" for fd in sorted(archive.keys() - books.keys())]
    for fd in sorted(archive.keys() & books.keys()):
        differences += [f"FD {fd}: {problem}" for problem in _differences(books[fd], archive[fd])]
        if fd <= acked_fd and not archive[fd].confirmed:
            differences.append(f"FD {fd}: confirmed by the operator in the books, not in the FN")
    return differences


def _differences(booked: BookedDocument, archived: ArchivedDocument) -> Iterable[str]:
    if booked.form != archived.form:
        yield f"form {booked.form} in the books, {archived.form} in the FN"
        return
    if booked.fiscal_sign != archived.fiscal_sign:
        yield f"fiscal sign {booked.fiscal_sign} in the books, {archived.fiscal_sign} in the FN"
    if booked.issued_at != archived.issued_at:
        yield f"made at {booked.issued_at} by the books, {archived.issued_at} by the FN"
    if archived.form not in RECEIPT_FORMS:
        return
    if booked.receipt_id is None or booked.body is None:
        if booked.accepted is not None:
            return
        yield "a receipt in the FN that the books do not know"
        return
    receipt = msgspec.msgpack.decode(booked.body, type=Receipt)
    if (receipt.sign, receipt.total_kopecks) != (archived.sign, archived.total_kopecks):
        books = f"sign {receipt.sign}, total {receipt.total_kopecks} in the books"
        yield f"{books}; sign {archived.sign}, total {archived.total_kopecks} in the FN"
    if archived.tlv is None:
        return
    try:
        if (found := receipt_id_of(archived.tlv)) != (booked.inside or str(booked.receipt_id)):
            yield f"receipt {booked.receipt_id} in the books, {found} in the FN"
    except CodecError as error:
        yield f"cannot be read in the FN: {error}"


def _receipt_id(document: ArchivedDocument) -> str | None:
    """None when the FN has only the short record left, or for anything but a receipt."""
    if document.form not in RECEIPT_FORMS or document.tlv is None:
        return None
    try:
        return receipt_id_of(document.tlv)
    except CodecError:
        return None


class ArchiveReading:
    """One FN on its way from its first document to its last."""

    def __init__(self, session: KktSession) -> None:
        self._session = session
        self.done = 0  # documents read
        self._receipts = self._confirmed = 0
        self._ids: list[str] = []
        self._differences: list[str] = []
        self._unfinished: list[str] = []

    async def step(self) -> ArchiveReport | None:
        """Read a slice and compare it; the report once the last document was read. Raises SlotFault for another FN,
        and what the driver raises: then the slice is read again by the next step."""
        session = self._session
        await session.settle()
        status = await session.kkt.status()
        check_identity(session, status)
        acked_fd = session.acked_fd
        last = min(self.done + SLICE, status.last_fd_number)
        archived: list[ArchivedDocument] = []
        unreadable: list[str] = []
        for fd in range(self.done + 1, last + 1):
            try:
                archived.append(await session.kkt.read_document(fd))
            except KktRefused as refusal:
                unreadable.append(f"FD {fd}: cannot be read: {refusal}")
        ended = last == status.last_fd_number
        async with session.rooms.db.read() as db:
            booked = await documents_of_fn(
                db, session.owner.merchant_id, session.row.fn_number, self.done + 1, 2**31 - 1 if ended else last
            )
        if ended:
            archived = await self._set_aside_unfinished(booked, archived)
        self._count(archived)
        self._differences += unreadable + compare(booked, archived, acked_fd)
        self.done = last
        return self._report() if ended else None

    async def _set_aside_unfinished(
        self, booked: Sequence[BookedDocument], archived: list[ArchivedDocument]
    ) -> list[ArchivedDocument]:
        """Without a last document that only waits for somebody to record it."""
        if not archived or (booked and booked[-1].fd_number >= archived[-1].fd_number):
            return archived
        async with self._session.rooms.db.read() as db:
            intent = await find_intent(db, self._session.owner.merchant_id, self._session.owner.kkt_id)
        *others, last = archived
        if intent is None or intent.expected_fd != last.fd_number or mismatch(intent, last) is not None:
            return archived
        self._unfinished.append(f"FD {last.fd_number}: just made, to be recorded by the next dispatcher")
        return others

    def _count(self, archived: Sequence[ArchivedDocument]) -> None:
        self._receipts += sum(document.form in RECEIPT_FORMS for document in archived)
        self._confirmed += sum(document.confirmed for document in archived)
        self._ids += [found for document in archived if (found := _receipt_id(document)) is not None]

    def _report(self) -> ArchiveReport:
        twice = [f"receipt {one} stands {n} times in this FN" for one, n in Counter(self._ids).items() if n > 1]
        return ArchiveReport(
            fn_number=self._session.row.fn_number,
            documents=self.done,
            receipts=self._receipts,
            confirmed=self._confirmed,
            receipt_ids=self._ids,
            differences=self._differences + twice,
            unfinished=self._unfinished,
        )


class ArchiveRequests:
    """Readings that people asked of a KKT at work: one at a time, for everybody who was waiting when it began."""

    def __init__(self, session: KktSession) -> None:
        self._session = session
        self._asked: list[int] = []
        self._reading: ArchiveReading | None = None
        self._told_at = 0.0
        self._failures = 0

    async def step(self) -> bool:
        """Read on for whoever asked; False when nobody does. Raises what the driver raises."""
        session = self._session
        if self._reading is None:
            self._failures = 0
            if READ_ARCHIVE not in session.row.orders:
                return False
            async with session.rooms.db.read() as db:
                self._asked = await open_readings(db, session.owner.merchant_id, session.owner.kkt_id)
            self._reading = ArchiveReading(session)
        try:
            report = await self._reading.step()
        except KktError as error:
            self._failures += 1
            if self._failures == ATTEMPTS:  # reading must not cost the receipts their turn for ever
                await self._answer({"failed": str(error)})
            raise
        if report is not None:
            await self._answer(msgspec.to_builtins(report))
        elif (now := session.rooms.clock.monotonic()) - self._told_at >= PROGRESS_EVERY_S:
            self._told_at = now
            async with session.rooms.db.write() as db:
                progress = {"read": self._reading.done}
                if not await note_progress(db, session.owner.merchant_id, self._asked, progress):
                    self._reading = None  # whoever asked has gone
        return True

    async def _answer(self, answer: object) -> None:
        self._reading = None
        async with self._session.rooms.db.write() as db:
            for request_id in self._asked:
                await finish_request(db, self._session.owner.merchant_id, request_id, answer, self._session.now())
