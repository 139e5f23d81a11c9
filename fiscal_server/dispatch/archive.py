"""An FN's archive against the books, both ways: the proof that every receipt was made exactly once.

Comparing is pure; reading is done by whoever holds the KKT's lease, one document after another.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from accounting.receipts.codes import DocumentForm
from accounting.receipts.model import Receipt
from fiscal_server.dispatch.session import KktSession
from fiscal_server.storage.documents import BookedDocument, documents_of_fn
from fiscal_server.storage.requests import finish_request, open_requests
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.kkt import ArchivedDocument

RECEIPT_FORMS: Final = frozenset(
    {DocumentForm.RECEIPT, DocumentForm.BSO, DocumentForm.CORRECTION_RECEIPT, DocumentForm.BSO_CORRECTION}
)


class ArchiveReport(msgspec.Struct, frozen=True):
    """One FN compared; ``receipt_ids`` are those found in its archive, ``differences`` are sentences for people."""

    fn_number: str
    documents: int
    receipts: int
    confirmed: int
    receipt_ids: list[str]
    differences: list[str]


def compare(fn_number: str, booked: Sequence[BookedDocument], archived: Sequence[ArchivedDocument]) -> ArchiveReport:
    """Hold the FN's documents against the books', by FD number."""
    books = {row.fd_number: row for row in booked}
    archive = {document.fd_number: document for document in archived}
    differences = [f"FD {fd}: in the books, not in the FN" for fd in sorted(books.keys() - archive.keys())]
    differences += [f"FD {fd}: in the FN, not in the books" for fd in sorted(archive.keys() - books.keys())]
    for fd in sorted(archive.keys() & books.keys()):
        differences += [f"FD {fd}: {problem}" for problem in _differences(books[fd], archive[fd])]
    ids = [found for document in archived if (found := _receipt_id(document)) is not None]
    differences += [f"receipt {one} stands {n} times in this FN" for one, n in Counter(ids).items() if n > 1]
    return ArchiveReport(
        fn_number=fn_number,
        documents=len(archived),
        receipts=sum(document.form in RECEIPT_FORMS for document in archived),
        confirmed=sum(document.confirmed for document in archived),
        receipt_ids=ids,
        differences=differences,
    )


def _differences(booked: BookedDocument, archived: ArchivedDocument) -> Iterable[str]:
    if booked.form != archived.form:
        yield f"form {booked.form} in the books, {archived.form} in the FN"
        return
    if booked.fiscal_sign != archived.fiscal_sign:
        yield f"fiscal sign {booked.fiscal_sign} in the books, {archived.fiscal_sign} in the FN"
    if booked.issued_at != archived.issued_at:
        yield f"made at {booked.issued_at} by the books, {archived.issued_at} by the FN"
    if booked.confirmation is not None and not archived.confirmed:
        yield "confirmed by the operator in the books, not in the FN"
    if archived.form not in RECEIPT_FORMS:
        return
    if booked.receipt_id is None or booked.body is None:
        yield "a receipt in the FN that the books do not know"
        return
    receipt = msgspec.msgpack.decode(booked.body, type=Receipt)
    if (receipt.sign, receipt.total_kopecks) != (archived.sign, archived.total_kopecks):
        books = f"sign {receipt.sign}, total {receipt.total_kopecks} in the books"
        yield f"{books}; sign {archived.sign}, total {archived.total_kopecks} in the FN"
    if archived.tlv is not None and (found := receipt_id_of(archived.tlv)) != str(booked.receipt_id):
        yield f"receipt {booked.receipt_id} in the books, {found} in the FN"


def _receipt_id(document: ArchivedDocument) -> str | None:
    if document.form not in RECEIPT_FORMS or document.tlv is None:
        return None
    return receipt_id_of(document.tlv)


async def read_archive(session: KktSession) -> ArchiveReport:
    """Read every document of the FN and compare. Raises what the driver raises."""
    await session.settle()
    status = await session.kkt.status()
    archived = [await session.kkt.read_document(fd) for fd in range(1, status.last_fd_number + 1)]
    async with session.rooms.db.read() as db:
        booked = await documents_of_fn(db, session.owner.merchant_id, session.row.fn_number)
    return compare(session.row.fn_number, booked, archived)


async def carry_out_requests(session: KktSession) -> None:
    """Do what people asked of this KKT."""
    async with session.rooms.db.read() as db:
        waiting = await open_requests(db, session.owner.merchant_id, session.owner.kkt_id)
    for request_id, _kind in waiting:
        report = await read_archive(session)
        async with session.rooms.db.write() as db:
            await finish_request(db, session.owner.merchant_id, request_id, msgspec.to_builtins(report), session.now())
