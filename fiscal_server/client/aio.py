"""The client for programs with an event loop: the same as FiscalClient, with await."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from random import Random
from types import TracebackType
from typing import Any

import httpx

from fiscal_server.client import calls, events, orders
from fiscal_server.client.errors import ClientError, NotFiscalised, Unanswered
from fiscal_server.client.events import EventsAnswer, Json
from fiscal_server.client.protocol import ATTEMPTS, LOST, TIMEOUT, Request, decode, judge, key_header, pause, problem_of
from fiscal_server.client.sync import LOOK_EVERY_S
from fiscal_server.client.types import (
    BatchAnswer,
    Correction,
    NewWebhook,
    PeriodClose,
    PeriodClosePage,
    Receipt,
    ReceiptPage,
    RestorationJob,
    RestorationJobPage,
    Secret,
    Webhook,
)


class AsyncFiscalClient:
    """A merchant's access to the server at ``url``. Tasks may share it. ``sleep`` and ``transport`` are for tests."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Random | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers=key_header(api_key), timeout=TIMEOUT, transport=transport)
        self._sleep = sleep
        self._chance = chance or Random()

    async def __aenter__(self) -> "AsyncFiscalClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def post_events(
        self, given: Sequence[Json], accounts: Sequence[Json] = (), *, on_error: str = "reject", **limits: int
    ) -> EventsAnswer:
        """Send events in batches, each under a key made of its content; ``limits``: most_events, most_bytes.

        Batches go one after another; an ApiProblem (with the events at fault) leaves those before it done. Doing all
        of it again does nothing twice.
        """
        cut = events.cut(given, accounts, on_error=on_error, **limits)
        return EventsAnswer([decode(await self.send(calls.post_batch(batch)), BatchAnswer) for batch in cut])

    async def correct(self, receipts: Sequence[str], on: date, right: Json | None = None, **details: Any) -> Correction:
        """Correct registered receipts: each is reversed, and made anew as ``right`` says if that is given (for one).

        ``details``: not_accepted, basis_document, order. The same again is the same correction.
        """
        order = orders.correction(receipts, on, right, details)
        return decode(await self.send(calls.post_order(order, "/v1/corrections")), Correction)

    async def restore(
        self, events: Sequence[Json], on: date, *, most_events: int = orders.RESTORED_EVENTS, **details: Any
    ) -> list[Correction]:
        """Issue the receipts of past events that never came, oldest first; ``details``: basis_document, order.

        Orders go one after another; an ApiProblem leaves those before it done, and all of it again does nothing twice.
        """
        cut = orders.restorations(events, on, details, most_events)
        return [decode(await self.send(calls.post_order(one, "/v1/restorations")), Correction) for one in cut]

    async def correction(self, correction_id: str) -> Correction:
        """An order to correct as it stands now."""
        return decode(await self.send(calls.get_order("corrections", correction_id)), Correction)

    async def restoration(self, restoration_id: str) -> Correction:
        """An order to restore as it stands now."""
        return decode(await self.send(calls.get_order("restorations", restoration_id)), Correction)

    async def cancel_correction(self, correction_id: str) -> Correction:
        """Withdraw it. Raises ApiProblem (409) when a device has begun one of its documents."""
        return decode(await self.send(calls.cancel_order("corrections", correction_id)), Correction)

    async def cancel_restoration(self, restoration_id: str) -> Correction:
        """Take back the payments of a restoration. Raises ApiProblem (409) as ``cancel_correction``."""
        return decode(await self.send(calls.cancel_order("restorations", restoration_id)), Correction)

    async def receipt(self, receipt_id: str) -> Receipt:
        """One receipt. Raises ApiProblem (404) for one that the merchant does not have."""
        return decode(await self.send(calls.get_receipt(receipt_id)), Receipt)

    async def receipts(self, *, account: str | None = None, state: str | None = None) -> AsyncIterator[Receipt]:
        """All of them, newest first, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            page = decode(await self.send(calls.list_receipts(account, state, cursor)), ReceiptPage)
            for one in page.receipts:
                yield one
            cursor = page.next
            if cursor is None:
                return

    async def wait_fiscalised(self, receipt_ids: Iterable[str], *, within_s: float = 300.0) -> list[Receipt]:
        """Until every receipt has its document. Raises NotFiscalised: the time is up, or some need a person."""
        wanted = list(dict.fromkeys(receipt_ids))
        found: dict[str, Receipt] = {}
        left_s = within_s
        while True:
            for receipt_id in wanted:
                if receipt_id not in found or not calls.is_settled(found[receipt_id]):
                    found[receipt_id] = await self.receipt(receipt_id)
            missing = [one for one in found.values() if not one.fiscalised]
            if not missing:
                return [found[receipt_id] for receipt_id in wanted]
            if all(calls.is_settled(one) for one in missing):
                raise NotFiscalised("these need a person", missing)
            if left_s <= 0:
                raise NotFiscalised(f"not within {within_s:g} s", missing)
            await self._sleep(LOOK_EVERY_S)
            left_s -= LOOK_EVERY_S

    async def restore_many(self, events: Sequence[Json], on: date, **details: Any) -> RestorationJob:
        """Begin a job that restores up to 100,000 past events, oldest first; the same again is the same job.

        ``details``: dry_run, on_error (reject, skip), cassette, basis_document, order.
        """
        order = orders.restoration_job(events, on, details)
        return decode(await self.send(calls.post_order(order, "/v1/restoration-jobs")), RestorationJob)

    async def restoration_job(self, job_id: str) -> RestorationJob:
        """A job as it stands now."""
        return decode(await self.send(calls.get_job("restoration-jobs", job_id)), RestorationJob)

    async def restoration_jobs(self) -> AsyncIterator[RestorationJob]:
        """All of them and their previews, newest first, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            page = decode(await self.send(calls.list_restoration_jobs(cursor)), RestorationJobPage)
            for one in page.jobs:
                yield one
            cursor = page.next
            if cursor is None:
                return

    async def cancel_restoration_job(self, job_id: str) -> RestorationJob:
        """Stop it before its next thousand; what was restored stays. Raises ApiProblem (409) for one that is over."""
        return decode(await self.send(calls.move_job("restoration-jobs", job_id, "cancel")), RestorationJob)

    async def resume_restoration_job(self, job_id: str) -> RestorationJob:
        """Let one that was stopped or failed go on. Raises ApiProblem (409) for one that is over."""
        return decode(await self.send(calls.move_job("restoration-jobs", job_id, "resume")), RestorationJob)

    async def close_month(self, period: str, *, key: str | None = None, dry_run: bool = False) -> PeriodClose:
        """Begin to close a month (YYYY-MM), or to preview it. The same month again is the same close."""
        return decode(await self.send(calls.close_month(period, key, dry_run)), PeriodClose)

    async def period_close(self, close_id: str) -> PeriodClose:
        """A close as it stands now."""
        return decode(await self.send(calls.get_job("period-closes", close_id)), PeriodClose)

    async def period_closes(self, *, period: str | None = None, state: str | None = None) -> AsyncIterator[PeriodClose]:
        """All of them and their previews, newest first, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            page = decode(await self.send(calls.list_closes(period, state, cursor)), PeriodClosePage)
            for one in page.closes:
                yield one
            cursor = page.next
            if cursor is None:
                return

    async def cancel_close(self, close_id: str) -> PeriodClose:
        """Stop it before its next chunk. Raises ApiProblem (409) for one that is over."""
        return decode(await self.send(calls.move_job("period-closes", close_id, "cancel")), PeriodClose)

    async def resume_close(self, close_id: str) -> PeriodClose:
        """Let one that was stopped or failed go on. Raises ApiProblem (409) for one that is over."""
        return decode(await self.send(calls.move_job("period-closes", close_id, "resume")), PeriodClose)

    async def compute(self, cases: Any) -> list[dict[str, Any]]:
        """Receipts of cases (docs/receipts.md) worked out and not stored."""
        return decode(await self.send(calls.compute(cases)), list[dict[str, Any]])

    async def create_webhook(
        self, url: str, *, event_types: Collection[str] | None = None, description: str = ""
    ) -> NewWebhook:
        """Be told of what happens. Keep the secret: it is shown here alone."""
        return decode(await self.send(calls.create_webhook(url, event_types, description)), NewWebhook)

    async def webhooks(self) -> list[Webhook]:
        """All endpoints."""
        return decode(await self.send(calls.list_webhooks()), list[Webhook])

    async def change_webhook(self, webhook_id: str, **changes: Any) -> Webhook:
        """url, description, event_types, enabled."""
        return decode(await self.send(calls.change_webhook(webhook_id, changes)), Webhook)

    async def delete_webhook(self, webhook_id: str) -> None:
        """Be told nothing there any more."""
        await self.send(calls.delete_webhook(webhook_id))

    async def rotate_secret(self, webhook_id: str, *, overlap_hours: int = 24) -> Secret:
        """A new secret; both sign for a while."""
        return decode(await self.send(calls.rotate_secret(webhook_id, overlap_hours)), Secret)

    async def test_webhook(self, webhook_id: str) -> str:
        """Have a test message sent; gives its id."""
        return decode(await self.send(calls.test_webhook(webhook_id)), dict[str, str])["message"]

    async def replay(self, webhook_id: str, message: str) -> None:
        """Have a message sent once more."""
        await self.send(calls.replay_message(webhook_id, message))

    async def replay_span(self, webhook_id: str, since: datetime, until: datetime) -> int:
        """Have sent once more what happened then; gives how many messages."""
        return decode(await self.send(calls.replay_span(webhook_id, since, until)), dict[str, int])["replayed"]

    async def send(self, request: Request) -> httpx.Response:
        """One request, again after failures that pass, under the same key. Raises ApiProblem, Unanswered."""
        for attempt in range(ATTEMPTS if request.repeatable else 1):
            try:
                response = await self._http.request(
                    request.method, request.path, content=request.body, params=request.query, headers=request.headers
                )
            except LOST as error:
                failure: ClientError = Unanswered(f"{request.method} {request.path}: {type(error).__name__}: {error}")
                asked = 0.0
            else:
                again = judge(response)
                if again is None:
                    return response
                failure, asked = problem_of(response), again
            if request.repeatable and attempt < ATTEMPTS - 1:
                await self._sleep(pause(attempt, asked, self._chance))
        raise failure
