"""The answers on the wire. Ids are text: they exceed what JavaScript's numbers hold. Amounts are integer kopecks."""

from datetime import date, datetime

import msgspec

from accounting.receipts.model import Receipt
from fiscal_server.storage.receipts import ReceiptView


class FiscalDocumentAnswer(msgspec.Struct, frozen=True):
    """What makes the receipt fiscalised. ``issued_at`` is the register's local time, without a zone."""

    fn_number: str
    fd_number: int
    fiscal_sign: int
    issued_at: datetime
    shift_number: int | None
    number_in_shift: int | None
    emulated: bool  # FN numbers that begin with 9999 belong to emulators and test FNs


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """A receipt and where it stands."""

    id: str
    event_key: str
    account: str | None
    state: str
    sign: int
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    created_at: datetime
    fiscal_document: FiscalDocumentAnswer | None
    ofd_confirmed_at: datetime | None
    error: str | None
    receipt: Receipt


class ReceiptPage(msgspec.Struct, frozen=True):
    """Receipts, newest first; ``next`` is the cursor of the following page."""

    receipts: list[ReceiptAnswer]
    next: str | None


class ReceiptCount(msgspec.Struct, frozen=True):
    """How many; not ``exact``: an estimate."""

    receipts: int
    exact: bool


def receipt_answer(view: ReceiptView) -> ReceiptAnswer:
    """A stored receipt as it is answered."""
    document = None
    if view.fn_number is not None:
        assert view.fd_number is not None
        assert view.fiscal_sign is not None
        assert view.issued_at is not None
        document = FiscalDocumentAnswer(
            view.fn_number,
            view.fd_number,
            view.fiscal_sign,
            view.issued_at,
            view.shift_number,
            view.number_in_shift,
            view.fn_number.startswith("9999"),
        )
    return ReceiptAnswer(
        id=str(view.id),
        event_key=view.event_key,
        account=view.account,
        state=view.state.value,
        sign=view.sign,
        total_kopecks=view.total_kopecks,
        deadline=view.deadline,
        consolidated=view.consolidated,
        part=view.part,
        created_at=view.created_at,
        fiscal_document=document,
        ofd_confirmed_at=view.acked_at,
        error=view.error,
        receipt=view.receipt,
    )
