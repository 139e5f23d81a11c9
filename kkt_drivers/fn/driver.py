"""An FN that this program drives itself: the KKT is us. FN protocol 7, 8, 12.

A document is always: begin (15h) -> hand over (07h ...) -> finish (16h). Until the finish nothing is in the archive and
06h takes everything back; from the finish on only the FN knows. ``document.py`` keeps to that, here are its users.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, tzinfo

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import KktRefused, Refusal
from kkt_drivers.ffd import documents
from kkt_drivers.fn import commands, handover, operator
from kkt_drivers.fn.answers import Signed
from kkt_drivers.fn.document import DocumentPlan, FnSession, building
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.reading import read_archived, read_owner
from kkt_drivers.fn.values import moment
from kkt_drivers.kkt import (
    ArchivedDocument,
    FiscalDocument,
    FnResource,
    KktLocalTime,
    KktStatus,
    OfdQueue,
    ReceiptOrder,
    Registration,
    ShiftState,
)
from kkt_drivers.transport.base import Transport


class FnKkt:
    """``Kkt`` over one FN. ``timezone`` is that of the point of sale: the FN's clock is its wall clock.

    ``enq`` may be switched off for adapters that do not pass the lone byte 05h on. Content that cannot be written in
    the FN's format is refused by us: KktRefused BAD_REQUEST with code 0.
    """

    def __init__(
        self, transport: Transport, *, timezone: tzinfo, timeout_s: float = 5.0, enq: bool = True, address: str = ""
    ) -> None:
        self._exchange = Exchange(transport, timeout_s=timeout_s, enq=enq)
        self._session = FnSession(self._exchange)
        self._timezone = timezone
        self._address = address or transport.address

    @property
    def address(self) -> str:
        return self._address

    @property
    def warned(self) -> bool:
        return self._exchange.warned

    async def open(self) -> None:
        await self._exchange.open()

    async def close(self) -> None:
        await self._exchange.close()

    # Reading ----------------------------------------------------------------------------------------------------------

    async def status(self) -> KktStatus:
        return await self._session.status()

    async def shift(self) -> ShiftState:
        return await self._session.shift()

    async def resource(self) -> FnResource:
        """``valid_until`` is ``date.max`` while the FN's term has not begun."""
        term = await self._exchange.ask(commands.TERM)
        return FnResource(
            valid_until=term.valid_until or date.max,
            documents_left=await self._documents_left(),
            ffd=await self._session.ffd(),
        )

    async def _documents_left(self) -> int | None:
        """None from an FN of 1.05, which does not know 3Dh."""
        try:
            return (await self._exchange.ask(commands.CAPACITY)).documents
        except KktRefused as error:
            if error.kind in (Refusal.BAD_REQUEST, Refusal.WRONG_STATE):
                return None
            raise

    async def read_document(self, fd_number: int) -> ArchivedDocument:
        with building("read document"):
            commands.document(fd_number)
        return await read_archived(self._exchange, fd_number)

    async def ofd_queue(self) -> OfdQueue:
        return (await self._exchange.ask(commands.OFD_STATE)).queue

    async def read_ofd_message(self) -> bytes:
        return await operator.read_message(self._exchange)

    async def accept_ofd_answer(self, container: bytes) -> int:
        return await operator.accept_answer(self._exchange, container)

    # Documents --------------------------------------------------------------------------------------------------------

    async def register(self, registration: Registration, at: datetime) -> FiscalDocument:
        """The first registration of an FN; ``internet_only`` and ``services`` are the only modes set."""
        local = self._local(at)
        base = registration.ffd is FfdVersion.FFD_1_05
        with building("registration"):
            plan = DocumentPlan(
                begin=commands.BEGIN_REGISTRATION if base else commands.BEGIN_REGISTRATION_1_1,
                begin_data=b"\x00" if base else commands.begin_registration_1_1(registration.ffd),
                frames=handover.pack(documents.registration_records(registration), handover.REGISTRATION_LIMIT),
                finish=commands.FINISH_REGISTRATION if base else commands.FINISH_REGISTRATION_1_1,
                finish_data=(commands.finish_registration if base else commands.finish_registration_1_1)(
                    registration, local
                ),
            )
        await self._session.ready()
        signed = await self._session.make(plan)
        self._session.registered(registration.ffd)
        return self._document(DocumentForm.REGISTRATION, signed, local)

    async def open_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        local = self._local(at)
        await self._session.ready()
        ffd = await self._session.ffd()
        with building("shift opening"):
            plan = DocumentPlan(
                begin=commands.BEGIN_SHIFT_OPENING,
                begin_data=moment(local),
                frames=handover.pack(documents.shift_opening_records(ffd, cashier), handover.SHIFT_LIMIT),
                finish=commands.FINISH_SHIFT_OPENING,
            )
        signed = await self._session.make(plan)
        self._session.shift_number = signed.shift_number
        return self._document(DocumentForm.SHIFT_OPENING, signed, local)

    async def close_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        local = self._local(at)
        await self._session.ready()
        ffd = await self._session.ffd()
        warnings = (await self._session.status()).warnings
        with building("shift closing"):
            plan = DocumentPlan(
                begin=commands.BEGIN_SHIFT_CLOSING,
                begin_data=moment(local),
                frames=handover.pack(documents.shift_closing_records(ffd, cashier, warnings), handover.SHIFT_LIMIT),
                finish=commands.FINISH_SHIFT_CLOSING,
            )
        signed = await self._session.make(plan)
        self._session.shift_number = None
        return self._document(DocumentForm.SHIFT_CLOSING, signed, local)

    async def report_settlements(self, at: datetime) -> FiscalDocument:
        local = self._local(at)
        await self._session.ready()
        ffd = await self._session.ffd()
        with building("settlements report"):
            plan = DocumentPlan(
                begin=commands.BEGIN_SETTLEMENTS,
                begin_data=moment(local),
                frames=handover.pack(documents.settlements_report_records(ffd), handover.SETTLEMENTS_LIMIT),
                finish=commands.FINISH_SETTLEMENTS,
            )
        return self._document(DocumentForm.SETTLEMENTS_REPORT, await self._session.make(plan), local)

    async def close_fn(self, at: datetime, cashier: str) -> FiscalDocument:
        local = self._local(at)
        await self._session.ready()
        ffd = await self._session.ffd()
        rnm, owner = await read_owner(self._exchange)
        with building("FN closing"):
            plan = DocumentPlan(
                begin=commands.BEGIN_FN_CLOSING,
                frames=handover.pack(documents.fn_closing_records(ffd, cashier, owner), handover.FN_CLOSING_LIMIT),
                finish=commands.FINISH_FN_CLOSING,
                finish_data=commands.finish_fn_closing(local, rnm),
            )
        return self._document(DocumentForm.FN_CLOSING, await self._session.make(plan), local)

    async def register_receipt(
        self, order: ReceiptOrder, at: datetime, may_create: Callable[[], Awaitable[None]] | None = None
    ) -> FiscalDocument:
        """A lost answer to 16h leaves the FN as it is: whether the document exists is the caller's question to it."""
        local = self._local(at)
        session, receipt = self._session, order.receipt
        await session.ready()
        ffd = await session.ffd()
        if session.shift_number is None:
            await session.shift()
        corrects = receipt.correction is not None
        with building("receipt"):
            plan = DocumentPlan(
                begin=commands.BEGIN_CORRECTION if corrects else commands.BEGIN_RECEIPT,
                begin_data=moment(local),
                frames=handover.pack(documents.receipt_records(order, ffd), handover.RECEIPT_LIMIT),
                finish=commands.FINISH_RECEIPT,
                finish_data=commands.finish_receipt(local, receipt.sign, receipt.total_kopecks),
            )
        signed = await session.make(plan, may_create)
        form = DocumentForm.CORRECTION_RECEIPT if corrects else DocumentForm.RECEIPT
        return self._document(form, signed, local)

    async def cancel_document(self) -> None:
        await self._session.cancel()

    # Inside -----------------------------------------------------------------------------------------------------------

    def _local(self, at: datetime) -> KktLocalTime:
        """Wall clock of the point of sale to the minute. Raises ValueError for a naive time: our own mistake."""
        if at.tzinfo is None:
            raise ValueError("a driver takes aware times")
        return KktLocalTime(at.astimezone(self._timezone).replace(tzinfo=None, second=0, microsecond=0))

    def _document(self, form: DocumentForm, signed: Signed, at: KktLocalTime) -> FiscalDocument:
        return FiscalDocument(
            form=form,
            fn_number=self._session.fn_number,
            fd_number=signed.fd_number,
            fiscal_sign=signed.fiscal_sign,
            issued_at=at,
            shift_number=signed.shift_number or self._session.shift_number,
            number_in_shift=signed.receipt_number,
        )
