"""An FN that this program drives itself: the KKT is us. FN protocol 7, 8, 12.

A document is always: begin (15h) -> hand over (07h ...) -> finish (16h). Until the finish nothing is in the archive and
06h takes everything back; from the finish on only the FN knows. Every path below keeps to that.

What the driver remembers (number of the FN, FFD version, open shift) belongs to one connection and is asked anew after
each reconnect: another FN may stand in the slot by then.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, tzinfo
from typing import TypeVar

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError, KktError, KktOutcomeUnknown, KktRefused, KktUnavailable, Refusal
from kkt_drivers.ffd import documents
from kkt_drivers.fn import commands, handover
from kkt_drivers.fn.answers import Signed
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.reading import read_archived, read_owner
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

T = TypeVar("T")


class FnKkt:
    """``Kkt`` over one FN. ``timezone`` is that of the point of sale: the FN's clock is its wall clock.

    ``enq`` may be switched off for adapters that do not pass the lone byte 05h on.
    """

    def __init__(
        self, transport: Transport, *, timezone: tzinfo, timeout_s: float = 5.0, enq: bool = True, address: str = ""
    ) -> None:
        self._exchange = Exchange(transport, timeout_s=timeout_s, enq=enq)
        self._timezone = timezone
        self._address = address or transport.address
        self._connection = -1
        self._fn_number = ""
        self._ffd: FfdVersion | None = None
        self._shift_number: int | None = None
        self._maybe_open = True  # a document may stand open on the device

    @property
    def address(self) -> str:
        return self._address

    async def open(self) -> None:
        await self._exchange.open()

    async def close(self) -> None:
        await self._exchange.close()

    # Reading ----------------------------------------------------------------------------------------------------------

    async def status(self) -> KktStatus:
        status = await self._exchange.ask(commands.STATUS)
        self._note(status)
        return status

    async def shift(self) -> ShiftState:
        state = await self._exchange.ask(commands.SHIFT)
        self._shift_number = state.number if state.open else None
        return state

    async def resource(self) -> FnResource:
        """``valid_until`` is ``date.max`` while the FN's term has not begun."""
        term = await self._exchange.ask(commands.TERM)
        ffd = await self._ffd_version()
        left: int | None = None
        if ffd is not FfdVersion.FFD_1_05:
            left = await self._documents_left()
        return FnResource(valid_until=term.valid_until or date.max, documents_left=left, ffd=ffd)

    async def read_document(self, fd_number: int) -> ArchivedDocument:
        return await read_archived(self._exchange, _checked(commands.document, fd_number))

    async def ofd_queue(self) -> OfdQueue:
        return (await self._exchange.ask(commands.OFD_STATE)).queue

    # Documents --------------------------------------------------------------------------------------------------------

    async def register(self, registration: Registration, at: datetime) -> FiscalDocument:
        """The first registration of an FN; ``internet_only`` and ``services`` are the only modes set."""
        moment = self._local(at)
        ffd = registration.ffd
        frames = _checked(_packed, documents.registration_records, registration, limit=handover.REGISTRATION_LIMIT)
        await self._ready()
        if ffd is FfdVersion.FFD_1_05:
            finish = _checked(commands.finish_registration, registration, moment)
            await self._begin(commands.BEGIN_REGISTRATION, b"\x00", frames)
            signed = await self._finish(commands.FINISH_REGISTRATION, finish)
        else:
            finish = _checked(commands.finish_registration_1_1, registration, moment)
            await self._begin(commands.BEGIN_REGISTRATION_1_1, commands.begin_registration_1_1(ffd), frames)
            signed = await self._finish(commands.FINISH_REGISTRATION_1_1, finish)
        self._ffd = ffd
        return self._document(DocumentForm.REGISTRATION, signed, moment)

    async def open_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        moment = self._local(at)
        begin = _checked(commands.moment, moment)
        await self._ready()
        records = documents.shift_opening_records
        frames = _checked(_packed, records, await self._ffd_version(), cashier, limit=handover.SHIFT_LIMIT)
        await self._begin(commands.BEGIN_SHIFT_OPENING, begin, frames)
        signed = await self._finish(commands.FINISH_SHIFT_OPENING)
        self._shift_number = signed.shift_number
        return self._document(DocumentForm.SHIFT_OPENING, signed, moment)

    async def close_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        moment = self._local(at)
        begin = _checked(commands.moment, moment)
        await self._ready()
        warnings = (await self.status()).warnings
        records = documents.shift_closing_records
        frames = _checked(_packed, records, await self._ffd_version(), cashier, warnings, limit=handover.SHIFT_LIMIT)
        await self._begin(commands.BEGIN_SHIFT_CLOSING, begin, frames)
        signed = await self._finish(commands.FINISH_SHIFT_CLOSING)
        self._shift_number = None
        return self._document(DocumentForm.SHIFT_CLOSING, signed, moment)

    async def report_settlements(self, at: datetime) -> FiscalDocument:
        moment = self._local(at)
        begin = _checked(commands.moment, moment)
        await self._ready()
        records = documents.settlements_report_records
        frames = _checked(_packed, records, await self._ffd_version(), limit=handover.SETTLEMENTS_LIMIT)
        await self._begin(commands.BEGIN_SETTLEMENTS, begin, frames)
        signed = await self._finish(commands.FINISH_SETTLEMENTS)
        return self._document(DocumentForm.SETTLEMENTS_REPORT, signed, moment)

    async def close_fn(self, at: datetime, cashier: str) -> FiscalDocument:
        moment = self._local(at)
        await self._ready()
        rnm, owner = await read_owner(self._exchange)
        finish = _checked(commands.finish_fn_closing, moment, rnm)
        records = documents.fn_closing_records
        frames = _checked(_packed, records, await self._ffd_version(), cashier, owner, limit=handover.FN_CLOSING_LIMIT)
        await self._begin(commands.BEGIN_FN_CLOSING, b"", frames)
        signed = await self._finish(commands.FINISH_FN_CLOSING, finish)
        return self._document(DocumentForm.FN_CLOSING, signed, moment)

    async def register_receipt(
        self, order: ReceiptOrder, at: datetime, may_create: Callable[[], Awaitable[None]] | None = None
    ) -> FiscalDocument:
        """A lost answer to 16h leaves the FN as it is: whether the document exists is the caller's question to it."""
        moment = self._local(at)
        receipt = order.receipt
        begin = _checked(commands.moment, moment)
        finish = _checked(commands.finish_receipt, moment, receipt.sign, receipt.total_kopecks)
        await self._ready()
        records = documents.receipt_records
        frames = _checked(_packed, records, order, await self._ffd_version(), limit=handover.RECEIPT_LIMIT)
        if self._shift_number is None:
            await self.shift()
        corrects = receipt.correction is not None
        await self._begin(commands.BEGIN_CORRECTION if corrects else commands.BEGIN_RECEIPT, begin, frames)
        if may_create is not None:
            try:
                await may_create()
            except Exception:
                await self._drop()
                raise
        signed = await self._finish(commands.FINISH_RECEIPT, finish)
        form = DocumentForm.CORRECTION_RECEIPT if corrects else DocumentForm.RECEIPT
        return self._document(form, signed, moment)

    async def cancel_document(self) -> None:
        try:
            await self._exchange.ask(commands.CANCEL)
        except KktRefused as error:
            if error.kind is not Refusal.WRONG_STATE:
                raise
        self._maybe_open = False

    # Operator ---------------------------------------------------------------------------------------------------------

    async def read_ofd_message(self) -> bytes:
        ask = self._exchange.ask
        await ask(commands.OFD_CONNECTION, commands.ofd_connection(True))
        try:
            size = await ask(commands.BEGIN_OFD_MESSAGE)
        except KktRefused as error:
            if error.kind is not Refusal.WRONG_STATE:
                raise
            # A message that was begun and never ended, by us before a crash.
            await ask(commands.CANCEL_OFD_MESSAGE)
            size = await ask(commands.BEGIN_OFD_MESSAGE)
        message = b""
        while len(message) < size:
            wanted = min(1024, size - len(message))
            block = await ask(commands.READ_OFD_MESSAGE, commands.read_ofd_message(len(message), wanted))
            if not block:
                raise KktUnavailable(f"the FN gave {len(message)} bytes of a message of {size}")
            message += block
        await ask(commands.FINISH_OFD_MESSAGE)
        return message[:size]

    async def accept_ofd_answer(self, container: bytes) -> int:
        # 21h comes first: the FN may have lost its "connected" flag since the message was read (power, other command).
        await self._exchange.ask(commands.OFD_CONNECTION, commands.ofd_connection(True))
        try:
            return await self._ask_checked(commands.ACCEPT_OFD_ANSWER, container)
        finally:
            await self._disconnect_ofd()

    async def _disconnect_ofd(self) -> None:
        try:
            await self._exchange.ask(commands.OFD_CONNECTION, commands.ofd_connection(False))
        except KktError:
            pass  # only a flag of the FN; the next exchange sets it anew

    # Inside -----------------------------------------------------------------------------------------------------------

    def _local(self, at: datetime) -> KktLocalTime:
        if at.tzinfo is None:
            raise ValueError("a driver takes aware times")
        return KktLocalTime(at.astimezone(self._timezone).replace(tzinfo=None, second=0, microsecond=0))

    def _note(self, status: KktStatus) -> None:
        self._fn_number = status.fn_number
        self._maybe_open = status.open_document != 0
        if not status.shift_open:
            self._shift_number = None

    async def _ready(self) -> None:
        """Know the FN of this connection and have no document open on it."""
        exchange = self._exchange
        await exchange.open()
        if exchange.connection != self._connection:
            self._ffd = self._shift_number = None
            self._fn_number = ""
            await self.status()
            self._connection = exchange.connection
        if self._maybe_open:
            await self.cancel_document()

    async def _ffd_version(self) -> FfdVersion:
        """Version of the registration, or the latest the FN knows when it has none."""
        if self._ffd is None:
            try:
                support = await self._exchange.ask(commands.FFD_SUPPORT)
                self._ffd = support.current or support.latest
            except KktRefused as error:
                if error.kind is not Refusal.BAD_REQUEST:
                    raise
                # An FN of 1.05 does not know 3Ah (FN protocol 8).
                self._ffd = FfdVersion.FFD_1_05
        return self._ffd

    async def _documents_left(self) -> int | None:
        try:
            return (await self._exchange.ask(commands.CAPACITY)).documents
        except KktRefused as error:
            if error.kind in (Refusal.BAD_REQUEST, Refusal.WRONG_STATE):
                return None
            raise

    async def _begin(self, command: Command[None], data: bytes, frames: Iterable[bytes]) -> None:
        """Open a document and hand its data over; on any failure nothing is left open."""
        self._maybe_open = True
        try:
            await self._exchange.ask(command, data)
            for frame in frames:
                await self._exchange.ask(commands.HAND_OVER, frame)
        except KktError:
            await self._drop()
            raise

    async def _finish(self, command: Command[Signed], data: bytes = b"") -> Signed:
        try:
            signed = await self._exchange.ask(command, data)
        except KktOutcomeUnknown:
            raise
        except KktError:
            await self._drop()
            raise
        self._maybe_open = False
        return signed

    async def _drop(self) -> None:
        """Cancel without hiding the error that led here; what fails now is made good before the next document."""
        try:
            await self.cancel_document()
        except KktError:
            pass  # _maybe_open stays set

    async def _ask_checked(self, command: Command[T], data: bytes) -> T:
        try:
            return await self._exchange.ask(command, data)
        except CodecError as error:
            raise _bad_request(error, command.name) from error

    def _document(self, form: DocumentForm, signed: Signed, at: KktLocalTime) -> FiscalDocument:
        return FiscalDocument(
            form=form,
            fn_number=self._fn_number,
            fd_number=signed.fd_number,
            fiscal_sign=signed.fiscal_sign,
            issued_at=at,
            shift_number=signed.shift_number or self._shift_number,
            number_in_shift=signed.receipt_number,
        )
