"""A bank statement or a payment register, from bytes to payments: one transaction, the same as a batch's.

The payments go in as the events of a batch; the event key of each is made of what identifies it at the bank, so the
same payment in another file is a duplicate. Imports of one merchant go one after another. A preview does everything and
then takes the transaction back: what it says is what would have been.

Order of locks: imports of the merchant, then those of a batch (``accept``).
"""

import asyncio
import hashlib
from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from accounting.reconciliation.incoming.adapter import Adapter
from accounting.reconciliation.incoming.findings import FileRefusal, Finding
from accounting.reconciliation.incoming.received import Outcome, ReceivedFile
from accounting.reconciliation.incoming.register import read_register
from accounting.reconciliation.incoming.statement import read_statement
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.accept import (
    ATTEMPTS,
    TRY_AGAIN,
    BatchAnswer,
    BatchRequest,
    Intake,
    accept_within,
    count_accepted,
)
from fiscal_server.intake.batch import DecodedEvent, Problem, decode_batch
from fiscal_server.intake.import_lines import JudgedLine, batch_body, heard, judge, line_row
from fiscal_server.storage import imports
from fiscal_server.storage.imports import ImportLineRow, ImportRow
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

_NEVER = datetime.min.replace(tzinfo=UTC)


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to take in. ``channel``: through whom the money came, empty: the adapter's. ``unknown``: what becomes of
    money whose account is not found. ``again``: the same file once more, for the lines that were rejected."""

    merchant_id: int
    adapter: Adapter
    file: bytes
    file_name: str = ""
    channel: str = ""
    credited_on: date | None = None
    unknown: Literal["suspense", "reject"] = "suspense"
    again: bool = False


class ImportRefused(FiscalServerError):
    """The file as a whole cannot be taken in; nothing was stored."""

    def __init__(self, refusals: tuple[FileRefusal, ...]) -> None:
        super().__init__(refusals[0].text())
        self.refusals = refusals
        self.problems = problems_of(refusals)


def problems_of(refusals: tuple[FileRefusal, ...]) -> list[Problem]:
    """Refusals as an answer lists them."""
    return [Problem(one.code.value, one.text(), f"line {one.line}" if one.line else one.field) for one in refusals]


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or of a preview would be. ``known``: the file had been taken in before, ``row`` is that import and
    nothing was done now. With ``refusals`` (of a preview) it would be refused."""

    row: ImportRow
    lines: list[ImportLineRow]
    received: ReceivedFile
    known: bool = False
    refusals: tuple[FileRefusal, ...] = ()


class _TakenBack(Exception):
    """Ends the transaction of a preview."""

    def __init__(self, result: ImportResult) -> None:
        super().__init__()
        self.result = result


async def import_file(
    database: Database, intake: Intake, request: ImportRequest, *, preview: bool = False
) -> ImportResult:
    """Take a file in, or say what would come of it. Raises ImportRefused (a preview tells its refusals instead),
    BatchRejected, UnknownMerchant: then nothing was stored."""
    async with database.write() as db:
        merchant = await read_merchant(db, request.merchant_id)
    received = await asyncio.to_thread(_read, request, str(merchant.rules.get("inn") or ""))
    for attempt in range(ATTEMPTS):
        try:
            async with database.write() as db:
                result, accepted = await _take_in(db, database, intake, request, received)
                if result.refusals and not preview:
                    raise ImportRefused(result.refusals)
                if preview:
                    raise _TakenBack(result)
        except TRY_AGAIN:
            if attempt == ATTEMPTS - 1:
                raise
        except _TakenBack as end:
            return end.result
        else:
            count_accepted(accepted)
            return result
    raise AssertionError("unreachable")


def _read(request: ImportRequest, inn: str) -> ReceivedFile:
    if request.adapter.kind == "statement":
        return read_statement(request.file, request.adapter, request.channel, inn=inn)
    return read_register(request.file, request.adapter, request.channel, credited_on=request.credited_on)


async def _take_in(
    db: WriteConnection, database: Database, intake: Intake, request: ImportRequest, received: ReceivedFile
) -> tuple[ImportResult, list[DecodedEvent]]:
    file_hash = hashlib.sha256(request.file).digest()
    await imports.hold_imports(db, request.merchant_id)
    earlier = await imports.find_imports_of_file(db, request.merchant_id, file_hash)
    if earlier and not request.again:
        row = await imports.read_import(db, request.merchant_id, earlier[0].id)
        assert row is not None, "an import that this transaction has seen"
        return ImportResult(row=row, lines=[], received=received, known=True), []
    refusals = received.refusals or await _refused_by_history(db, request, received, earlier)
    if refusals:
        judged = [JudgedLine(line) for line in received.lines]
        row = _row(0, request, received, judged, None)
        return ImportResult(
            row=row, lines=[line_row(row, one) for one in judged], received=received, refusals=refusals
        ), []
    judged = await _judged(db, request, received)
    today = intake.now().date()
    body = batch_body(judged, today, agent_fiscalises=request.adapter.agent_fiscalises)
    accepted: list[DecodedEvent] = []
    batch_id = None
    if body is not None:
        posting = BatchRequest(request.merchant_id, f"import-{file_hash.hex()}-{len(earlier)}", body)
        encoded, accepted = await accept_within(db, database, intake, posting, decode_batch(body))
        answer = msgspec.json.decode(encoded, type=BatchAnswer)
        batch_id = int(answer.id)
        judged = heard(judged, answer)
    row = msgspec.structs.replace(
        _row(database.ids.next(), request, received, judged, batch_id),
        repeat=len(earlier),
        created_at=intake.clock.now(),
    )
    lines = [line_row(row, one) for one in judged]
    await imports.add_import(db, row, lines)
    return ImportResult(row=row, lines=lines, received=received), accepted


async def _refused_by_history(
    db: WriteConnection, request: ImportRequest, received: ReceivedFile, earlier: list[imports.EarlierImport]
) -> tuple[FileRefusal, ...]:
    """Other settings would make other keys, and every payment of the file a second one."""
    ours = (received.kind, received.adapter, received.channel)
    for one in earlier:
        if (one.kind, one.adapter, one.channel) != ours:
            return (FileRefusal(code=Finding.FILE_IMPORTED_OTHERWISE, stated=str(one.id)),)
    if received.payout is not None and not earlier:
        payout = received.payout.text()
        found = await imports.find_import_of_payout(db, request.merchant_id, received.channel, payout)
        if found is not None:
            return (FileRefusal(code=Finding.PAYOUT_IMPORTED_BEFORE, value=payout, stated=str(found)),)
    return ()


async def _judged(db: WriteConnection, request: ImportRequest, received: ReceivedFile) -> list[JudgedLine]:
    payments = [line for line in received.lines if line.outcome is Outcome.PAYMENT]
    named = {code for line in payments for code in line.accounts}
    known = await imports.known_accounts(db, request.merchant_id, named)
    posted = await imports.find_posted(db, request.merchant_id, [line.key for line in payments])
    keep = request.unknown == "suspense"
    return [judge(line, known, posted, keep_unknown=keep) for line in received.lines]


def _row(
    import_id: int, request: ImportRequest, received: ReceivedFile, judged: list[JudgedLine], batch_id: int | None
) -> ImportRow:
    """The import's counts."""
    by_outcome: dict[Outcome, list[JudgedLine]] = {outcome: [] for outcome in Outcome}
    for one in judged:
        by_outcome[one.line.outcome].append(one)
    payments, duplicates = by_outcome[Outcome.PAYMENT], by_outcome[Outcome.DUPLICATE]
    return ImportRow(
        merchant_id=request.merchant_id,
        id=import_id,
        kind=received.kind,
        adapter=received.adapter,
        channel=received.channel,
        file_name=request.file_name,
        file_hash=hashlib.sha256(request.file).digest(),
        repeat=0,
        payout=received.payout.text() if received.payout else None,
        batch_id=batch_id,
        lines=len(judged),
        payments=len(payments),
        payments_kopecks=sum(one.line.amount_kopecks or 0 for one in payments),
        unidentified=sum(one.account is None for one in payments),
        duplicates=len(duplicates),
        duplicates_kopecks=sum(one.line.amount_kopecks or 0 for one in duplicates),
        rejected=len(by_outcome[Outcome.REJECTED]),
        skipped=len(by_outcome[Outcome.SKIPPED]),
        receipts=sum(len(one.receipt_ids) for one in payments),
        totals=msgspec.to_builtins(list(received.totals)),
        created_at=_NEVER,
    )
