"""Answers of the server. Fields that a newer server adds are passed over. Amounts are integer kopecks, ids are text."""

from datetime import date, datetime
from typing import Any, Final

import msgspec

FISCALISED: Final = frozenset({"REGISTERED", "OFD_ACKED"})
"""States of a receipt that has its document."""

STANDING: Final = frozenset({"REFUSED", "CANCELLED", "UNCERTAIN"})
"""States in which a receipt stays until a person acts; UNCERTAIN alone may pass by itself."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one event or field: ``code`` for programs, ``reason`` for people."""

    code: str
    reason: str
    field: str = ""
    index: int | None = None
    key: str | None = None


class EventAnswer(msgspec.Struct, frozen=True):
    """What became of an event. ``status``: accepted, duplicate, rejected."""

    status: str
    key: str | None = None
    receipts: list[str] = []
    error: Fault | None = None


class BatchAnswer(msgspec.Struct, frozen=True):
    """The answer to a batch; ``events`` in the order in which they were sent."""

    id: str
    accepted: int
    duplicates: int
    rejected: int
    receipts: int
    events: list[EventAnswer]


class FiscalDocument(msgspec.Struct, frozen=True):
    """What makes a receipt fiscalised. ``issued_at``: the register's local time, without a zone."""

    fn_number: str
    fd_number: int
    fiscal_sign: int
    issued_at: datetime
    shift_number: int | None
    number_in_shift: int | None
    emulated: bool


class Receipt(msgspec.Struct, frozen=True):
    """A receipt and where it stands; ``receipt`` is its content, lines and all."""

    id: str
    event_key: str
    account: str | None
    state: str
    sign: int
    total_kopecks: int
    deadline: date | None
    consolidated: str | None
    part: str | None
    created_at: datetime
    fiscal_document: FiscalDocument | None
    ofd_confirmed_at: datetime | None
    error: str | None
    receipt: dict[str, Any]

    @property
    def fiscalised(self) -> bool:
        """It has an FD number with its sign."""
        return self.state in FISCALISED


class IssuedDocument(msgspec.Struct, frozen=True):
    """A document of a correction or restoration. ``corrects``: the receipt that was wrong."""

    receipt: str
    event_key: str
    account: str | None
    corrects: str | None
    state: str
    sign: int
    total_kopecks: int
    fiscal_document: FiscalDocument | None
    error: str | None


class Correction(msgspec.Struct, frozen=True):
    """An order to correct or to restore. ``state``: ISSUING, PARKED (a person decides), ISSUED, CANCELLED."""

    id: str
    kind: str
    state: str
    created_at: datetime
    states: dict[str, int]
    documents: list[IssuedDocument]
    more_documents: bool


class PeriodClose(msgspec.Struct, frozen=True):
    """A month's close, or a preview of one. ``state``: RUNNING, FINISHED, STOPPED, FAILED (``error`` says why),
    CANCELLED; of a preview PREVIEWING, PREVIEWED. ``totals``: sums of its receipts by kind, method and VAT code."""

    id: str
    period: str
    dry_run: bool
    state: str
    event_key: str
    accounts: int
    accounts_done: int
    accounts_changed: int
    settlements: int
    receipts: int
    totals: dict[str, Any]
    deadline: date
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class PeriodClosePage(msgspec.Struct, frozen=True):
    """Closes, newest first; ``next`` is the cursor of the following page."""

    closes: list[PeriodClose]
    next: str | None


class RestorationJob(msgspec.Struct, frozen=True):
    """A restoration of many events, or a preview of one. ``state``: as of a PeriodClose. ``refused``: events left out,
    the first 1,000 of them in ``problems``; ``restorations``: ids of the orders that it has made so far."""

    id: str
    dry_run: bool
    on_error: str
    state: str
    events: int
    events_done: int
    already_known: int
    refused: int
    documents: int
    problems: list[Fault]
    restorations: list[str]
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class RestorationJobPage(msgspec.Struct, frozen=True):
    """Jobs, newest first; ``next`` is the cursor of the following page."""

    jobs: list[RestorationJob]
    next: str | None


class ReceiptPage(msgspec.Struct, frozen=True):
    """Receipts, newest first; ``next`` is the cursor of the following page."""

    receipts: list[Receipt]
    next: str | None


class Webhook(msgspec.Struct, frozen=True):
    """Where the server tells what."""

    id: str
    url: str
    description: str
    event_types: list[str]
    enabled: bool
    disabled_why: str | None
    failures: int
    delivered_at: datetime | None


class NewWebhook(msgspec.Struct, frozen=True):
    """``secret`` is shown once: keep it, ``verify`` needs it."""

    webhook: Webhook
    secret: str


class Secret(msgspec.Struct, frozen=True):
    """A new secret; until ``old_until`` messages are signed by the old one as well."""

    secret: str
    old_until: datetime


class ApiKey(msgspec.Struct, frozen=True):
    """A key without itself. ``replaced_by``: its successor."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None


class NewApiKey(msgspec.Struct, frozen=True):
    """``secret`` is the key itself: it is shown once."""

    key: ApiKey
    secret: str


class KktOrder(msgspec.Struct, frozen=True):
    """An order to a register. ``answer`` is None until it was carried out; then it holds done, refused or failed."""

    id: str
    kkt: str
    kind: str
    created_at: datetime
    finished_at: datetime | None
    answer: dict[str, Any] | None


class ReceiptOrder(msgspec.Struct, frozen=True):
    """What was done with a receipt, and where it stands now."""

    id: str
    receipt: str
    kind: str
    state: str


class DeviceOrder(msgspec.Struct, frozen=True):
    """An order to a node. ``answer`` is None until it was carried out; then it holds done, refused or failed."""

    id: str
    node: int
    kind: str
    created_at: datetime
    finished_at: datetime | None
    answer: dict[str, Any] | None


class Cassette(msgspec.Struct, frozen=True):
    """A cassette of FNs. ``slots``: how many stand in which state."""

    id: str
    name: str
    takes_receipts: bool
    parallel: int
    close_archive: bool
    slots: dict[str, int]
    rules: dict[str, float]


class Node(msgspec.Struct, frozen=True):
    """A dispatch node. ``state``: working, draining, drained, silent, stopped."""

    number: int
    state: str
    host: str
    version: str
    seen_at: datetime
    kkts: int
    plugged_in: int


class NodeList(msgspec.Struct, frozen=True):
    """All of them, by number."""

    nodes: list[Node]


class Message(msgspec.Struct, frozen=True):
    """A webhook that was verified. ``id``: the same however often it comes; ``timestamp``: when it happened."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]
