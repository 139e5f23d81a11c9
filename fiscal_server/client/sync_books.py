"""What the client asks about the books: corrections, restorations, month closes."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from fiscal_server.client import calls, orders
from fiscal_server.client.events import Json
from fiscal_server.client.protocol import decode
from fiscal_server.client.sync_sending import Sending
from fiscal_server.client.types import Correction, PeriodClose, PeriodClosePage, RestorationJob, RestorationJobPage


class Books(Sending):
    """Orders about what was or should have been issued, and closes of months."""

    def correct(self, receipts: Sequence[str], on: date, right: Json | None = None, **details: Any) -> Correction:
        """Correct registered receipts: each is reversed, and made anew as ``right`` says if that is given (for one).

        ``details``: not_accepted, basis_document, order. The same again is the same correction.
        """
        order = orders.correction(receipts, on, right, details)
        return decode(self.send(calls.post_order(order, "/v1/corrections")), Correction)

    def restore(
        self, events: Sequence[Json], on: date, *, most_events: int = orders.RESTORED_EVENTS, **details: Any
    ) -> list[Correction]:
        """Issue the receipts of past events that never came, oldest first; ``details``: basis_document, order.

        Orders go one after another; an ApiProblem leaves those before it done, and all of it again does nothing twice.
        """
        cut = orders.restorations(events, on, details, most_events)
        return [decode(self.send(calls.post_order(one, "/v1/restorations")), Correction) for one in cut]

    def correction(self, correction_id: str) -> Correction:
        """An order to correct as it stands now."""
        return decode(self.send(calls.get_order("corrections", correction_id)), Correction)

    def restoration(self, restoration_id: str) -> Correction:
        """An order to restore as it stands now."""
        return decode(self.send(calls.get_order("restorations", restoration_id)), Correction)

    def cancel_correction(self, correction_id: str) -> Correction:
        """Withdraw it. Raises ApiProblem (409) when a device has begun one of its documents."""
        return decode(self.send(calls.cancel_order("corrections", correction_id)), Correction)

    def cancel_restoration(self, restoration_id: str) -> Correction:
        """Take back the payments of a restoration. Raises ApiProblem (409) as ``cancel_correction``."""
        return decode(self.send(calls.cancel_order("restorations", restoration_id)), Correction)

    def restore_day_total(self, day: date, tenders: Json, vat: Sequence[Json], on: date, **details: Any) -> Correction:
        """One document for a day of which only the total is known (FFD 1.05, policy ``per_day_total``).

        ``tenders``: the total by way of payment, ``vat``: by VAT code; ``details``: basis_document, order, count.
        """
        order = orders.day_total(day, tenders, vat, on, details)
        return decode(self.send(calls.post_order(order, "/v1/restorations/day-totals")), Correction)

    def restore_many(self, events: Sequence[Json], on: date, **details: Any) -> RestorationJob:
        """Begin a job that restores up to 100,000 past events, oldest first; the same again is the same job.

        ``details``: dry_run, on_error (reject, skip), cassette, basis_document, order.
        """
        order = orders.restoration_job(events, on, details)
        return decode(self.send(calls.post_order(order, "/v1/restoration-jobs")), RestorationJob)

    def restoration_job(self, job_id: str) -> RestorationJob:
        """A job as it stands now."""
        return decode(self.send(calls.get_job("restoration-jobs", job_id)), RestorationJob)

    def restoration_jobs(self) -> Iterator[RestorationJob]:
        """All of them and their previews, newest first, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            page = decode(self.send(calls.list_restoration_jobs(cursor)), RestorationJobPage)
            yield from page.jobs
            cursor = page.next
            if cursor is None:
                return

    def cancel_restoration_job(self, job_id: str) -> RestorationJob:
        """Stop it before its next thousand; what was restored stays. Raises ApiProblem (409) for one that is over."""
        return decode(self.send(calls.move_job("restoration-jobs", job_id, "cancel")), RestorationJob)

    def resume_restoration_job(self, job_id: str) -> RestorationJob:
        """Let one that was stopped or failed go on. Raises ApiProblem (409) for one that is over."""
        return decode(self.send(calls.move_job("restoration-jobs", job_id, "resume")), RestorationJob)

    def close_month(self, period: str, *, key: str | None = None, dry_run: bool = False) -> PeriodClose:
        """Begin to close a month (YYYY-MM), or to preview it. The same month again is the same close."""
        return decode(self.send(calls.close_month(period, key, dry_run)), PeriodClose)

    def period_close(self, close_id: str) -> PeriodClose:
        """A close as it stands now."""
        return decode(self.send(calls.get_job("period-closes", close_id)), PeriodClose)

    def period_closes(self, *, period: str | None = None, state: str | None = None) -> Iterator[PeriodClose]:
        """All of them and their previews, newest first, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            page = decode(self.send(calls.list_closes(period, state, cursor)), PeriodClosePage)
            yield from page.closes
            cursor = page.next
            if cursor is None:
                return

    def cancel_close(self, close_id: str) -> PeriodClose:
        """Stop it before its next chunk. Raises ApiProblem (409) for one that is over."""
        return decode(self.send(calls.move_job("period-closes", close_id, "cancel")), PeriodClose)

    def resume_close(self, close_id: str) -> PeriodClose:
        """Let one that was stopped or failed go on. Raises ApiProblem (409) for one that is over."""
        return decode(self.send(calls.move_job("period-closes", close_id, "resume")), PeriodClose)
