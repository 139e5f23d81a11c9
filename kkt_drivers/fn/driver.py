"""An FN that this program drives itself: the KKT is us. FN protocol 7, 8, 12.

A document is always: begin (15h) -> hand over (07h ...) -> finish (16h). Until the finish nothing is in the archive and
06h takes everything back; from the finish on only the FN knows. ``document.py`` keeps to that, here are its users.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, tzinfo

from accounting.receipts.codes import DocumentForm
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.errors import KktRefused, KktUnavailable, Refusal
from kkt_drivers.ffd.tlv import Tlv
from kkt_drivers.fn import commands, later_commands, plans
from kkt_drivers.fn.answers import FnBuild, Signed
from kkt_drivers.fn.archive import ConfirmationRecord
from kkt_drivers.fn.counters import CountedDocuments, FnCounters, OperationCounters
from kkt_drivers.fn.document import OWN_REFUSAL, FnSession, building
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.operator import OperatorExchange
from kkt_drivers.fn.reading import read_archived, read_owner, read_requisites
from kkt_drivers.fn.registration import FnRegistration, registered_of
from kkt_drivers.fn.values import moment
from kkt_drivers.kkt import (
    ArchivedDocument,
    FiscalDocument,
    FnResource,
    KktLocalTime,
    KktStatus,
    OfdQueue,
    ReceiptOrder,
    Registered,
    Registration,
    ShiftState,
)
from kkt_drivers.transport.base import SpeedControl, Transport, TransportClosed

_MINUTE = timedelta(minutes=1)


class FnKkt:
    """``Kkt`` over one FN. ``timezone`` is that of the point of sale: the FN's clock is its wall clock.

    ``enq`` may be switched off for adapters that do not pass the lone byte 05h on. Content that cannot be written in
    the FN's format is refused by us: KktRefused BAD_REQUEST with code 0.
    """

    def __init__(
        self, transport: Transport, *, timezone: tzinfo, timeout_s: float = 5.0, enq: bool = True, address: str = ""
    ) -> None:
        self._transport = transport
        self._exchange = Exchange(transport, timeout_s=timeout_s, enq=enq)
        self._session = FnSession(self._exchange)
        self._operator = OperatorExchange(self._exchange)
        self._timezone = timezone
        self._minute: tuple[datetime, datetime, KktLocalTime] | None = None  # from when until when which one it is
        self._address = address or transport.address

    @property
    def address(self) -> str:
        return self._address

    @property
    def warned(self) -> bool:
        return self._exchange.warned

    def guard(self, may_create: Callable[[], None]) -> None:
        self._session.guard = may_create

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

    async def registered(self) -> Registered:
        made, requisites = await self.registration(), await self.registered_requisites()
        left = (await self._exchange.ask(commands.TERM)).registrations_left
        return registered_of(made, requisites, await self._session.ffd(), left)

    async def read_document(self, fd_number: int) -> ArchivedDocument:
        with building("read document"):
            commands.document(fd_number)
        return await read_archived(self._exchange, fd_number)

    async def ofd_queue(self) -> OfdQueue:
        return (await self._exchange.ask(commands.OFD_STATE)).queue

    async def read_ofd_message(self) -> bytes:
        return await self._operator.read_message()

    async def accept_ofd_answer(self, container: bytes, *, stay_connected: bool = False) -> int:
        return await self._operator.accept_answer(container, stay_connected=stay_connected)

    # What only an FN has: beyond the ``Kkt`` protocol -----------------------------------------------------------------

    async def firmware(self) -> FnBuild:
        """33h."""
        return await self._exchange.ask(commands.BUILD)

    async def diagnostics(self) -> bytes:
        """35h: up to 256 bytes that only the FN's maker can read."""
        return await self._exchange.ask(commands.DIAGNOSTICS)

    async def registration(self, report: int | None = None) -> FnRegistration:
        """43h: the registration in force, or the report with this number from 1 on."""
        return await self._exchange.ask(commands.REGISTRATION, commands.registration_number(report))

    async def registered_requisites(self, report: int | None = None) -> tuple[Tlv, ...]:
        """44h, 47h: every requisite of a registration report."""
        return await read_requisites(self._exchange, report)

    async def confirmation(self, fd_number: int) -> ConfirmationRecord:
        """41h: what the operator said to a document; KktRefused NO_DATA while he has not."""
        with building("read confirmation"):
            argument = commands.document(fd_number)
        return await self._exchange.ask(commands.CONFIRMATION, argument)

    async def counters(self, *, whole_fn: bool) -> FnCounters:
        """36h, of the shift or of the FN's whole life. FFD 1.1 and later; an FN of 1.05 refuses with BAD_REQUEST."""
        return await self._exchange.ask(later_commands.COUNTERS, later_commands.counters_of(whole_fn))

    async def operation_counters(self, *, whole_fn: bool) -> OperationCounters:
        """37h. FFD 1.1 and later."""
        return await self._exchange.ask(later_commands.OPERATION_COUNTERS, later_commands.counters_of(whole_fn))

    async def unsent_counters(self) -> CountedDocuments:
        """39h: receipts and corrections that the operator has not confirmed. FFD 1.1 and later."""
        return await self._exchange.ask(later_commands.UNSENT_COUNTERS)

    async def days_left(self, at: datetime) -> int:
        """3Bh: days to the end of the keys. FFD 1.1 and later."""
        return await self._exchange.ask(later_commands.DAYS_LEFT, moment(self._local(at)))

    async def change_speed(self, bits_per_s: int) -> None:
        """ABh, then the wire follows. FFD 1.1 and later.

        An FN that loses its power is back at 115200 and so must a new driver begin. KktRefused BAD_REQUEST where the
        wire has no speed of ours or the FN does not know this one.
        """
        if not isinstance(self._transport, SpeedControl):
            raise KktRefused(Refusal.BAD_REQUEST, OWN_REFUSAL, "the wire has no speed to change", "change speed")
        with building("change speed"):
            argument = later_commands.change_speed(bits_per_s)
        await self._exchange.ask(later_commands.CHANGE_SPEED, argument)
        try:
            await self._transport.set_speed(bits_per_s)
        except ValueError as error:
            raise KktUnavailable(f"{self.address}: the FN has changed its speed, the wire cannot: {error}") from error
        except TransportClosed as error:
            raise KktUnavailable(f"{self.address}: {error}") from error

    async def wipe_debug_fn(self) -> None:
        """60h: a debug FN forgets everything and is ready for its first registration; a serial one refuses."""
        await self._exchange.ask(commands.RESET, commands.RESET_PARAMETER)
        self._session.forget()

    # Documents --------------------------------------------------------------------------------------------------------

    async def register(self, registration: Registration, at: datetime) -> FiscalDocument:
        """The first registration of an FN; ``internet_only`` and ``services`` are the only modes set."""
        return await self._register(registration, at, ChangeReason(0))

    async def re_register(self, registration: Registration, at: datetime, reasons: ChangeReason) -> FiscalDocument:
        """Registration anew (form 11): of a new FN with FN_REPLACED among the reasons, else of this one.

        The shift must be closed. FFD 1.05 takes one reason besides a replaced FN; more are KktRefused BAD_REQUEST.
        """
        return await self._register(registration, at, reasons)

    async def _register(self, registration: Registration, at: datetime, reasons: ChangeReason) -> FiscalDocument:
        local = self._local(at)
        plan = plans.registration(registration, local, reasons)
        await self._session.ready()
        signed = await self._session.make(plan)
        self._session.registered(registration.ffd)
        form = DocumentForm.RE_REGISTRATION if reasons else DocumentForm.REGISTRATION
        return self._document(form, signed, local)

    async def open_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        local = self._local(at)
        await self._session.ready()
        plan = plans.shift_opening(await self._session.ffd(), local, cashier)
        signed = await self._session.make(plan)
        self._session.shift_number = signed.shift_number
        return self._document(DocumentForm.SHIFT_OPENING, signed, local)

    async def close_shift(self, at: datetime, cashier: str) -> FiscalDocument:
        local = self._local(at)
        await self._session.ready()
        ffd = await self._session.ffd()
        warnings = (await self._session.status()).warnings
        signed = await self._session.make(plans.shift_closing(ffd, local, cashier, warnings))
        self._session.shift_number = None
        return self._document(DocumentForm.SHIFT_CLOSING, signed, local)

    async def report_settlements(self, at: datetime) -> FiscalDocument:
        """Form 21. FFD 1.05 wants the shift closed."""
        local = self._local(at)
        await self._session.ready()
        plan = plans.settlements_report(await self._session.ffd(), local)
        return self._document(DocumentForm.SETTLEMENTS_REPORT, await self._session.make(plan), local)

    async def close_fn(self, at: datetime, cashier: str) -> FiscalDocument:
        """Form 6: the end of the fiscal mode, for good. The shift must be closed."""
        local = self._local(at)
        await self._session.ready()
        ffd = await self._session.ffd()
        rnm, owner = await read_owner(self._exchange)
        signed = await self._session.make(plans.fn_closing(ffd, local, cashier, rnm, owner))
        return self._document(DocumentForm.FN_CLOSING, signed, local)

    async def register_receipt(
        self, order: ReceiptOrder, at: datetime, may_create: Callable[[], Awaitable[None]] | None = None
    ) -> FiscalDocument:
        """A receipt or, with ``receipt.correction``, a correction receipt: its sums in FFD 1.05, with items in 1.2.

        A lost answer to 16h leaves the FN as it is: whether the document exists is the caller's question to it.
        """
        local = self._local(at)
        session = self._session
        await session.ready()
        ffd = await session.ffd()
        if session.shift_number is None:
            await session.shift()
        signed = await session.make(plans.receipt(order, ffd, local), may_create)
        corrects = order.receipt.correction is not None
        form = DocumentForm.CORRECTION_RECEIPT if corrects else DocumentForm.RECEIPT
        return self._document(form, signed, local)

    async def cancel_document(self) -> None:
        await self._session.cancel()

    # Inside -----------------------------------------------------------------------------------------------------------

    def _local(self, at: datetime) -> KktLocalTime:
        """Wall clock of the point of sale to the minute. Raises ValueError for a naive time: our own mistake."""
        if at.tzinfo is None:
            raise ValueError("a driver takes aware times")
        minute = self._minute
        if minute is None or not minute[0] <= at < minute[1]:
            begun = at.astimezone(self._timezone).replace(second=0, microsecond=0)
            # In the zone of ``at``: times of two zones are compared by asking both zones.
            since = begun.astimezone(at.tzinfo)
            minute = self._minute = (since, since + _MINUTE, KktLocalTime(begun.replace(tzinfo=None)))
        return minute[2]

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
