"""A client for programs that use the server: batches, receipts, computation, webhooks; for httpx and msgspec alone.

    with FiscalClient("https://fiscal.example", key) as server:
        answer = server.post_events(events)
        for receipt in server.wait_fiscalised(answer.receipt_ids):
            ...

``AsyncFiscalClient`` does the same with await. ``verify`` checks a webhook that came.
"""

from fiscal_server.client.aio import AsyncFiscalClient
from fiscal_server.client.errors import (
    ApiProblem,
    ClientError,
    NotFiscalised,
    Unanswered,
    WebhookNotVerified,
)
from fiscal_server.client.events import EventsAnswer, EventTooLarge
from fiscal_server.client.sync import FiscalClient
from fiscal_server.client.types import (
    ApiKey,
    BatchAnswer,
    Correction,
    EventAnswer,
    FiscalDocument,
    IssuedDocument,
    KktOrder,
    Message,
    NewApiKey,
    Node,
    PeriodClose,
    Receipt,
    RestorationJob,
    Webhook,
)
from fiscal_server.client.webhook import verify

__all__ = [
    "ApiKey",
    "ApiProblem",
    "AsyncFiscalClient",
    "BatchAnswer",
    "ClientError",
    "Correction",
    "EventAnswer",
    "EventTooLarge",
    "EventsAnswer",
    "FiscalClient",
    "FiscalDocument",
    "IssuedDocument",
    "KktOrder",
    "Message",
    "NewApiKey",
    "Node",
    "NotFiscalised",
    "PeriodClose",
    "Receipt",
    "RestorationJob",
    "Unanswered",
    "Webhook",
    "WebhookNotVerified",
    "verify",
]
