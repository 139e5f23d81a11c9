"""What a client raises.

ClientError
├── ApiProblem           the server said no (RFC 9457); what it may say again was tried again before
├── Unanswered           no answer after all attempts: whether it was done is not known, send the same once more
├── NotFiscalised        receipts that did not get their documents in time, or need a person
├── EventTooLarge        one event alone is larger than a batch may be (client.events)
└── WebhookNotVerified   a message that the secret did not sign, or an old one
"""

from collections.abc import Sequence

from fiscal_server.client.types import Fault, Receipt


class ClientError(Exception):
    """Whatever went wrong."""


class ApiProblem(ClientError):
    """The server refused. ``type`` tells programs what the matter is, ``faults`` which event or field."""

    def __init__(self, status: int, kind: str, title: str, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.type = kind
        self.title = title
        self.detail = detail
        self.faults = list(faults)


class Unanswered(ClientError):
    """The server could not be reached, or did not answer in time."""


class NotFiscalised(ClientError):
    """``receipts`` are those that are missing, as they stand."""

    def __init__(self, reason: str, receipts: Sequence[Receipt]) -> None:
        super().__init__(f"{reason}: {', '.join(f'{one.id} {one.state}' for one in receipts)}")
        self.receipts = list(receipts)


class WebhookNotVerified(ClientError):
    """Do not trust it; answer 400."""
