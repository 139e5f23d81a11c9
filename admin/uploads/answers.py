"""What the API said of a file, as much of it as the page of the file shows."""

from datetime import date
from typing import Any, Final

import msgspec

from accounting.reconciliation.incoming.findings import Finding
from accounting.reconciliation.incoming.findings import say as say_finding
from accounting.reconciliation.incoming.limits import MAX_NAME_CHARS
from admin.refusals import FAULTS_KEPT, Refusal, told_kept
from admin.storage.uploads import Kind, Step, Upload
from fiscal_server.client.errors import ClientError
from fiscal_server.client.types import Fault

SHOWN: Final = 50
"""Receipts of a batch's check, and its problems."""


class KindTotal(msgspec.Struct, frozen=True):
    """Receipts of one kind and sign."""

    kind: str
    sign: int
    receipts: int
    sum_kopecks: int


class MethodTotal(msgspec.Struct, frozen=True):
    """Lines of one method (1214)."""

    kind: str
    sign: int
    method: int | None
    lines: int
    sum_kopecks: int


class VatTotal(msgspec.Struct, frozen=True):
    """Lines of one VAT code (1199)."""

    kind: str
    sign: int
    vat_code: int | None
    lines: int
    sum_kopecks: int
    vat_kopecks: int


class Totals(msgspec.Struct, frozen=True):
    """What would be issued, added up."""

    by_kind: list[KindTotal] = []
    by_method: list[MethodTotal] = []
    by_vat_code: list[VatTotal] = []


class ImportTotal(msgspec.Struct, frozen=True):
    """A total that the file states."""

    name: str
    stated: int
    counted: int
    agrees: bool
    account: str | None = None


class PreviewLine(msgspec.Struct, frozen=True):
    """A line of the file, judged."""

    line: int
    outcome: str
    reason: str | None
    account: str | None
    named_accounts: list[str]
    period: str | None
    paid_on: date | None
    amount_kopecks: int | None
    document: str | None
    payer: str | None
    purpose: str | None
    code: str | None = None
    field: str | None = None
    value: str | None = None

    def why(self) -> str:
        """Why it is no payment, in the reader's language; the server's own words where it sent no more."""
        if self.code not in set(Finding) or self.value is None:
            return self.reason or ""
        return say_finding(Finding(self.code), field=self.field or "", value=self.value, most=MAX_NAME_CHARS)


class ImportCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a statement or a register."""

    id: str | None
    state: str
    already_imported: bool
    kind: str
    adapter: str
    channel: str
    lines: int
    payments: int
    payments_kopecks: int
    unidentified: int
    duplicates: int
    duplicates_kopecks: int
    rejected: int
    skipped: int
    receipts: int
    totals: list[ImportTotal] = []
    refusals: list[Fault] = []
    preview: list[PreviewLine] = []
    preview_left_off: int = 0
    issued: Totals | None = None


class BatchReceipt(msgspec.Struct, frozen=True):
    """A receipt that a batch would issue."""

    event_key: str
    account: str | None
    total_kopecks: int
    deadline: date | None
    explanation: str | None


class BatchCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch would do."""

    accepted: int
    duplicates: int
    rejected: int
    problems: list[Fault] = []
    receipts: list[BatchReceipt] = []
    receipts_in_all: int = 0
    totals: Totals = Totals()


class _Made(msgspec.Struct, frozen=True):
    id: str | None


class JobCheck(msgspec.Struct, frozen=True):
    """The job that checks a list of events."""

    id: str


def kept_answer(kind: Kind, step: Step, content: bytes) -> tuple[Any, int | None]:
    """(what the page will show, the id of what was made) of an answer. Raises ClientError."""
    try:
        if step is Step.RUNNING:
            made = msgspec.json.decode(content, type=_Made)
            return None, None if made.id is None else int(made.id)
        if kind == "batch":
            return msgspec.to_builtins(_batch_check(content)), None
        if kind == "restoration":
            return msgspec.to_builtins(msgspec.json.decode(content, type=JobCheck)), None
        return msgspec.to_builtins(msgspec.json.decode(content, type=ImportCheck)), None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ClientError(f"the answer is not one of this API: {error}") from error


def _batch_check(content: bytes) -> BatchCheck:
    check = msgspec.json.decode(content, type=BatchCheck)
    return msgspec.structs.replace(
        check,
        problems=check.problems[:FAULTS_KEPT],
        receipts=check.receipts[:SHOWN],
        receipts_in_all=len(check.receipts),
    )


def check_of(upload: Upload) -> ImportCheck | BatchCheck | JobCheck | None:
    """What was kept of the check; None: it was not checked."""
    if upload.answer is None:
        return None
    kinds = {"batch": BatchCheck, "restoration": JobCheck}
    return msgspec.convert(upload.answer, kinds.get(upload.kind, ImportCheck))  # type: ignore[no-any-return]


def refusal_of(upload: Upload) -> Refusal | None:
    """In the reader's words."""
    return told_kept(upload.refusal)
