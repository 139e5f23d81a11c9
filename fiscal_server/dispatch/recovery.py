"""What happened to the document that was being made: the device is read, the books follow, nothing is sent blindly.

An intent says which FD number was about to be created. The FN's last FD number decides (FN protocol 13):

- equal to the last one in the books: nothing was made; the receipt waits again;
- one more: it was made; it is read back whole, compared with the intent, and recorded;
- anything else: somebody else used the FN, or the books are older than it. When it has a document that they lack, the
  slot stops and so does the whole merchant: any other FN might make a second time what stands in this one.
"""

from fiscal_server.dispatch.session import RECEIPT_DECODER, KktSession, SlotFault
from fiscal_server.storage.queue import DocumentRow, Intent
from fiscal_server.troubles import Trouble
from kkt_drivers.address import zone_of
from kkt_drivers.errors import CodecError, KktRefused, Refusal
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.kkt import ArchivedDocument, FnPhase, KktLocalTime, KktStatus


async def recover(session: KktSession) -> None:
    """Bring device and books to agreement. Raises SlotFault when only a person can, and what the driver raises."""
    intent = await session.start_anew()
    await session.kkt.open()
    status = await session.kkt.status()
    check_identity(session, status)
    if status.open_document:
        # Asked again: a finishing command still on its way may have overtaken us until here, and cannot any more.
        await session.kkt.cancel_document()
        status = await session.kkt.status()
    if status.last_fd_number == session.last_fd:
        if intent is not None:
            await session.not_made(intent.receipt_id)
    elif intent is not None and status.last_fd_number == session.last_fd + 1 == intent.expected_fd:
        await _record_found(session, intent)
    elif status.last_fd_number > session.last_fd:
        ahead = status.last_fd_number - session.last_fd
        raise await session.ahead(
            f"the FN has {ahead} document(s) after FD {session.last_fd}, the last one in the books"
        )
    else:
        raise SlotFault(
            Trouble.BOOKS_DIFFER,
            f"the FN's last document is {status.last_fd_number}, the books know {session.last_fd}:"
            " compare them with `fiscal-server verify` before this slot works again",
        )
    check_clock(session, status)  # after the documents: one that the books lack must not hide behind a wrong date
    await session.reload()
    if status.shift_open is not (session.row.shift_opened_at is not None):
        raise SlotFault(
            Trouble.BOOKS_DIFFER,
            f"the shift is {'open' if status.shift_open else 'closed'} in the FN, not so in the books",
        )
    if await _follow_confirmations(session, status):
        await session.reload()


def check_identity(session: KktSession, status: KktStatus) -> None:
    """Raises SlotFault when it is another FN that answers."""
    if status.fn_number != session.row.fn_number:
        raise SlotFault(
            Trouble.OTHER_FN,
            f"FN {status.fn_number} answers at {session.kkt.address} instead of {session.row.fn_number}",
        )


def check_clock(session: KktSession, status: KktStatus) -> None:
    """Raises SlotFault when the FN's last document lies further in the future than clocks may differ."""
    if status.last_document_at is None:
        return
    ours = session.now().astimezone(zone_of(session.kkt.address)).replace(tzinfo=None)
    if (status.last_document_at - KktLocalTime(ours)).total_seconds() > session.row.rules.clock_difference_s:
        raise SlotFault(
            Trouble.WRONG_DATE,
            f"the FN made its last document at {status.last_document_at}, and by our clock it is {ours:%Y-%m-%d %H:%M}",
        )


async def _record_found(session: KktSession, intent: Intent) -> None:
    archived = await session.kkt.read_document(intent.expected_fd)
    if problem := mismatch(intent, archived):
        raise await session.ahead(f"FD {archived.fd_number} is not what was being made: {problem}")
    is_receipt = intent.receipt_id is not None
    # Asked for receipts only: an FN that was just closed may have no shift to tell of.
    shift = await session.kkt.shift() if is_receipt else None
    session.made = DocumentRow(
        merchant_id=session.owner.merchant_id,
        kkt_id=session.owner.kkt_id,
        id=intent.receipt_id or session.rooms.db.ids.next(),
        form=archived.form,
        fn_number=intent.fn_number,
        fd_number=archived.fd_number,
        fiscal_sign=archived.fiscal_sign,
        issued_at=archived.issued_at,
        shift_number=shift.number if shift else archived.shift_number,
        number_in_shift=shift.receipts if shift else None,
        total_kopecks=archived.total_kopecks if is_receipt else None,
        receipt_id=intent.receipt_id,
    )
    await session.settle()


def mismatch(intent: Intent, archived: ArchivedDocument) -> str | None:
    """Why the FN's document is not the intended one; None when it is."""
    if archived.form != intent.form:
        return f"form {archived.form}, not {intent.form}"
    if intent.receipt_id is None or intent.body is None:
        return None
    receipt = RECEIPT_DECODER.decode(intent.body)
    if (archived.sign, archived.total_kopecks) != (receipt.sign, receipt.total_kopecks):
        return (
            f"sign {archived.sign} and total {archived.total_kopecks}, not {receipt.sign} and {receipt.total_kopecks}"
        )
    if archived.tlv is None:
        return "only its short record is left, which does not name the receipt"
    try:
        found = receipt_id_of(archived.tlv)
    except CodecError as error:
        return f"its data cannot be read: {error}"
    return None if found == str(intent.receipt_id) else f"receipt id {found}, not {intent.receipt_id}"


async def _follow_confirmations(session: KktSession, status: KktStatus) -> bool:
    """Confirmations that reached the FN and not the books: the FN's queue begins after them. True: there were some."""
    if session.backlog == 0:
        return False
    first_waiting = 0  # an FN goes into its last phase when the operator has everything, and has no queue from then on
    if status.phase is not FnPhase.ARCHIVE:
        first_waiting = (await session.kkt.ofd_queue()).first_fd_number
    before = session.acked_fd
    for fd_number in range(before + 1, first_waiting or session.last_fd + 1):
        try:
            archived = await session.kkt.read_document(fd_number)
        except KktRefused as refusal:
            if refusal.kind is Refusal.NO_DATA:
                raise SlotFault(
                    Trouble.BOOKS_DIFFER, f"the FN has no document {fd_number}, which the books have"
                ) from refusal
            raise
        if not archived.confirmed:
            break
        session.confirm(fd_number, None)
    await session.settle()
    return session.acked_fd > before
