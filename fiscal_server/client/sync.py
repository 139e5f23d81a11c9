"""The client for programs that wait for each answer."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from fiscal_server.client import calls, events
from fiscal_server.client.errors import NotFiscalised
from fiscal_server.client.events import EventsAnswer, Json
from fiscal_server.client.protocol import decode
from fiscal_server.client.sync_books import Books
from fiscal_server.client.sync_control import Control
from fiscal_server.client.types import BatchAnswer, Receipt, ReceiptPage

LOOK_EVERY_S: Final = 0.5


class FiscalClient(Books, Control):
    """A merchant's access to the server at ``url``. Threads may share it. ``sleep`` and ``transport`` are for tests."""

    def post_events(
        self, given: Sequence[Json], accounts: Sequence[Json] = (), *, on_error: str = "reject", **limits: int
    ) -> EventsAnswer:
        """Send events in batches, each under a key made of its content; ``limits``: most_events, most_bytes.

        Batches go one after another; an ApiProblem (with the events at fault) leaves those before it done. Doing all
        of it again does nothing twice.
        """
        cut = events.cut(given, accounts, on_error=on_error, **limits)
        return EventsAnswer([decode(self.send(calls.post_batch(batch)), BatchAnswer) for batch in cut])

    def receipt(self, receipt_id: str) -> Receipt:
        """One receipt. Raises ApiProblem (404) for one that the merchant does not have."""
        return decode(self.send(calls.get_receipt(receipt_id)), Receipt)

    def receipts(self, *, account: str | None = None, state: str | None = None) -> Iterator[Receipt]:
        """All of them, newest first, page by page as they are asked for."""
        cursor: str | None = None
        while True:
            page = decode(self.send(calls.list_receipts(account, state, cursor)), ReceiptPage)
            yield from page.receipts
            cursor = page.next
            if cursor is None:
                return

    def wait_fiscalised(self, receipt_ids: Iterable[str], *, within_s: float = 300.0) -> list[Receipt]:
        """Until every receipt has its document. Raises NotFiscalised: the time is up, or some need a person."""
        wanted = list(dict.fromkeys(receipt_ids))
        found: dict[str, Receipt] = {}
        left_s = within_s
        while True:
            for receipt_id in wanted:
                if receipt_id not in found or not calls.is_settled(found[receipt_id]):
                    found[receipt_id] = self.receipt(receipt_id)
            missing = [one for one in found.values() if not one.fiscalised]
            if not missing:
                return [found[receipt_id] for receipt_id in wanted]
            if all(calls.is_settled(one) for one in missing):
                raise NotFiscalised("these need a person", missing)
            if left_s <= 0:
                raise NotFiscalised(f"not within {within_s:g} s", missing)
            self._sleep(LOOK_EVERY_S)
            left_s -= LOOK_EVERY_S

    def compute(self, cases: Any) -> list[dict[str, Any]]:
        """Receipts of cases (docs/receipts.md) worked out and not stored."""
        return decode(self.send(calls.compute(cases)), list[dict[str, Any]])
