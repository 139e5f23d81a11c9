"""Answers about imports. Ids are text, amounts integer kopecks; reasons are texts for accountants, in Russian."""

from datetime import date, datetime

import msgspec

from accounting.reconciliation.incoming.adapter import Adapter
from accounting.reconciliation.incoming.findings import Finding, say
from accounting.reconciliation.incoming.limits import MAX_NAME_CHARS
from accounting.reconciliation.incoming.received import TotalCheck
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.close_totals import Totals
from fiscal_server.intake.imports import ImportResult, problems_of
from fiscal_server.storage.imports import ImportLineRow, ImportRow


class ImportTotal(msgspec.Struct, frozen=True):
    """A total that the file states, and what its lines add up to: kopecks, or a count."""

    name: str
    stated: int
    counted: int
    agrees: bool
    account: str | None


class ImportLineAnswer(msgspec.Struct, frozen=True):
    """A line of the file. ``account`` is null when none of ``named_accounts`` is an account of the merchant.

    ``field`` and ``value`` are what ``code`` is about.
    """

    line: int
    outcome: str
    code: str | None
    reason: str | None
    key: str | None
    account: str | None
    named_accounts: list[str]
    period: str | None
    paid_on: date | None
    amount_kopecks: int | None
    fee_kopecks: int | None
    document: str | None
    payer: str | None
    purpose: str | None
    evidence: list[str]
    receipts: list[str]
    field: str | None = None
    value: str | None = None


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An import. ``state``: ``imported``; of a preview ``previewed`` or ``refused`` (see ``refusals``).

    ``already_imported``: the same file had been taken in before, this is that import. ``receipt_states``: how far its
    receipts are, of an import that is asked for. ``issued``: what a preview would issue, by kind, method and VAT code.
    """

    id: str | None
    state: str
    already_imported: bool = False
    kind: str
    adapter: str
    channel: str
    file_name: str
    sha256: str
    repeat: int
    payout: str | None
    batch: str | None
    lines: int
    payments: int
    payments_kopecks: int
    unidentified: int
    duplicates: int
    duplicates_kopecks: int
    rejected: int
    skipped: int
    receipts: int
    totals: list[ImportTotal]
    created_at: datetime | None
    receipt_states: dict[str, int] | None = None
    refusals: list[Problem] = []
    preview: list[ImportLineAnswer] = []
    preview_left_off: int = 0
    issued: Totals | None = None


class ImportPage(msgspec.Struct, frozen=True):
    """Imports, newest first; ``next`` is the cursor of the following page."""

    imports: list[ImportAnswer]
    next: str | None


class AdapterAnswer(msgspec.Struct, frozen=True):
    """A format that files may have."""

    id: str
    kind: str
    title: str
    source: str


def import_answer(
    row: ImportRow, *, state: str = "imported", known: bool = False, states: dict[str, int] | None = None
) -> ImportAnswer:
    """An import as it is answered."""
    stored = state == "imported"
    totals = msgspec.convert(row.totals, list[TotalCheck])
    return ImportAnswer(
        id=str(row.id) if stored else None,
        state=state,
        already_imported=known,
        kind=row.kind,
        adapter=row.adapter,
        channel=row.channel,
        file_name=row.file_name,
        sha256=row.file_hash.hex(),
        repeat=row.repeat,
        payout=row.payout,
        batch=str(row.batch_id) if stored and row.batch_id is not None else None,
        lines=row.lines,
        payments=row.payments,
        payments_kopecks=row.payments_kopecks,
        unidentified=row.unidentified,
        duplicates=row.duplicates,
        duplicates_kopecks=row.duplicates_kopecks,
        rejected=row.rejected,
        skipped=row.skipped,
        receipts=row.receipts,
        totals=[ImportTotal(one.name, one.stated, one.counted, one.agrees, one.account or None) for one in totals],
        created_at=row.created_at if stored else None,
        receipt_states=states,
    )


def result_answer(result: ImportResult, *, preview: bool, limit: int) -> ImportAnswer:
    """What came of a file, or would come of it: then with its first lines."""
    if result.known:
        return import_answer(result.row, known=True)
    if not preview:
        return import_answer(result.row)
    answer = import_answer(result.row, state="refused" if result.refusals else "previewed")
    return msgspec.structs.replace(
        answer,
        refusals=problems_of(result.refusals),
        preview=[line_answer(line, stored=False) for line in result.lines[:limit]],
        preview_left_off=max(0, len(result.lines) - limit),
        issued=result.issued,
    )


def line_answer(row: ImportLineRow, *, stored: bool = True) -> ImportLineAnswer:
    """A line as it is answered; the receipts of a preview have no ids."""
    return ImportLineAnswer(
        line=row.line,
        outcome=row.outcome,
        code=row.code,
        reason=reason_of(row),
        key=row.event_key,
        account=row.account,
        named_accounts=row.named_accounts,
        period=row.period,
        paid_on=row.paid_on,
        amount_kopecks=row.amount_kopecks,
        fee_kopecks=row.fee_kopecks,
        document=row.document,
        payer=row.payer,
        purpose=row.purpose,
        evidence=row.evidence,
        receipts=[str(receipt) for receipt in row.receipt_ids] if stored else [],
        field=row.field,
        value=row.value,
    )


def reason_of(row: ImportLineRow) -> str | None:
    """Why a line is no payment, in the language of the call."""
    if row.code is None:
        return None
    return say(Finding(row.code), field=row.field or "", value=row.value or "", most=MAX_NAME_CHARS)


def adapter_answer(adapter: Adapter) -> AdapterAnswer:
    """A format as it is answered."""
    return AdapterAnswer(adapter.id, adapter.kind, adapter.title, adapter.source)
