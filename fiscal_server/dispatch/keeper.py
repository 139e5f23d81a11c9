"""The shift keeper of one KKT: opens the shift before the first receipt, closes it in time, checks what it added up."""

from zoneinfo import ZoneInfo

import structlog

from accounting.receipts.codes import DocumentForm
from fiscal_server.cassette.shift import differing_totals, must_close
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.session import KktSession, SlotFault
from fiscal_server.storage import slots
from fiscal_server.troubles import Trouble
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.shift_report import shift_totals_of

log = structlog.get_logger()


class ShiftKeeper:
    """Keeps the shift of one KKT by the books; each call makes at most one report."""

    def __init__(self, session: KktSession, resources: FnResources) -> None:
        self._session = session
        self._resources = resources

    async def keep(self, *, wanted: bool) -> bool:
        """True when the shift is as it should be; otherwise one step towards it was made.

        ``wanted``: a shift is to be open. One that is open and not wanted stays so until its time is over. Raises what
        the driver raises, and SlotFault when a closed shift's totals differ.
        """
        session = self._session
        row = session.row
        if row.shift_opened_at is None:
            if row.shift_number > row.checked_shift:
                await self._check_totals()
                return False
            if wanted:
                await self.open()
            return not wanted
        if must_close(row.shift_opened_at, session.now(), row.shift_closes_at, ZoneInfo(row.timezone)):
            await self.close()
            return False
        return True

    async def open(self) -> None:
        """Make the report of a shift opening."""
        session = self._session
        await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, session.row.cashier))
        self._resources.count_made()

    async def close(self) -> None:
        """Make the report of a shift closing."""
        session = self._session
        await session.make(DocumentForm.SHIFT_CLOSING, lambda at: session.kkt.close_shift(at, session.row.cashier))
        self._resources.count_made()

    async def _check_totals(self) -> None:
        """Hold the last shift's closing report against the books. Raises SlotFault when they differ.

        It is read back from the FN, so it does not matter whether its own answer ever came.
        """
        session = self._session
        shift = session.row.shift_number
        async with session.rooms.db.read() as db:
            bounds = await slots.find_shift(db, session.row, shift)
            booked = [] if bounds is None else await slots.sum_receipts(db, session.row, bounds)
        if bounds is not None:
            report = await session.kkt.read_document(bounds.closing_fd)
            if report.tlv is None:  # only its short record is left, which has no totals
                log.warning("shift_totals_unknown", kkt=session.owner.kkt_id, shift=shift)
            else:
                try:
                    differences = differing_totals(booked, shift_totals_of(report.tlv))
                except CodecError as error:
                    differences = [f"the report cannot be read: {error}"]
                if differences:
                    raise SlotFault(Trouble.TOTALS_DIFFER, f"shift {shift}: {'; '.join(differences)}")
        async with session.books() as db:
            await slots.note_checked(db, session.owner, shift)
        await session.reload()
