"""The shift keeper of one KKT: opens the shift before the first receipt, closes it in time, checks what it added up.

An FN whose backlog is too old or too large makes no report either: then the operator comes first.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from accounting.receipts.codes import DocumentForm
from fiscal_server.cassette.shift import differing_totals, must_close
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.session import KktSession, SlotFault
from fiscal_server.storage import slots
from fiscal_server.troubles import Trouble
from kkt_drivers.errors import CodecError, KktRefused, Refusal
from kkt_drivers.ffd.shift_report import shift_totals_of
from kkt_drivers.kkt import FiscalDocument

log = structlog.get_logger()

_JUDGED_BY_THE_WORKER: Final = (Refusal.EXHAUSTED, Refusal.FAULT, Refusal.CLOCK, Refusal.OFD_BACKLOG)
"""What a refusal of these kinds means does not depend on what was refused."""


class ShiftKeeper:
    """Keeps the shift of one KKT by the books; each call makes at most one report."""

    def __init__(self, session: KktSession, resources: FnResources) -> None:
        self._session = session
        self._resources = resources
        self._full_since: int | None = None  # confirmations there were when the FN refused a report for its backlog
        self._refusals = 0  # of reports, since one was made

    def waits(self) -> bool:
        """Whether the FN makes no report before the operator has confirmed another of its documents."""
        return self._full_since == self._session.acked_fd and self._session.backlog > 0

    async def keep(self, *, wanted: bool) -> bool:
        """True when the shift is as it should be; otherwise one step towards it was made, or the keeper ``waits``.

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
                await self._unless_full(self.open)
            return not wanted
        if must_close(row.shift_opened_at, session.now(), row.shift_closes_at, ZoneInfo(row.timezone)):
            await self.close_soon()
            return False
        return True

    async def open(self) -> None:
        """Make the report of a shift opening. Raises as ``report``."""
        kkt, cashier = self._session.kkt, self._session.row.cashier
        await self.report(DocumentForm.SHIFT_OPENING, lambda at: kkt.open_shift(at, cashier))

    async def close(self) -> None:
        """Make the report of a shift closing. Raises as ``report``."""
        kkt, cashier = self._session.kkt, self._session.row.cashier
        await self.report(DocumentForm.SHIFT_CLOSING, lambda at: kkt.close_shift(at, cashier))

    async def close_soon(self) -> None:
        """``close`` it, or wait for the operator when the FN wants that."""
        await self._unless_full(self.close)

    async def report(self, form: DocumentForm, command: Callable[[datetime], Awaitable[FiscalDocument]]) -> None:
        """Make a report. Raises what the driver raises, and SlotFault when the FN refuses reports again and again."""
        try:
            await self._session.make(form, command)
        except KktRefused as refusal:
            if refusal.kind in _JUDGED_BY_THE_WORKER:
                raise
            self._refusals += 1
            if self._refusals < self._session.row.rules.refusals:
                raise
            raise SlotFault(Trouble.REFUSES, f"it refuses a report again and again: {refusal}") from refusal
        self._refusals = 0
        self._resources.count_made()

    async def _unless_full(self, report: Callable[[], Awaitable[None]]) -> None:
        session = self._session
        if self.waits():
            return
        try:
            await report()
        except KktRefused as refusal:
            if refusal.kind is not Refusal.OFD_BACKLOG or not session.backlog:
                raise
            log.warning("report_waits_for_operator", kkt=session.owner.kkt_id, reason=str(refusal))
            await session.not_made(None)
            self._full_since = session.acked_fd

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
