"""A bank statement or a payment register, from bytes to payments: one transaction, the same as a batch's.

The payments go in as the events of a batch; the event key of each is made of what identifies it at the bank, so the
same payment in another file is a duplicate. Imports of one merchant go one after another. A preview does everything and
then takes the transaction back: what it says is what would have been.

Order of locks: imports of the merchant, then those of a batch (``accept``).
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from accounting.receipts.model import Receipt
from accounting.reconciliation.incoming.adapter import Adapter
from accounting.reconciliation.incoming.findings import FileRefusal, Finding
from accounting.reconciliation.incoming.packed import Packed
from accounting.reconciliation.incoming.received import Line, Outcome, ReceivedFile
from accounting.reconciliation.incoming.register import read_register
from accounting.reconciliation.incoming.statement import read_statement
from fiscal_server.errors import FiscalServerError, IdempotencyConflict
from fiscal_server.intake.accept import (
    ATTEMPTS,
    TRY_AGAIN,
    Intake,
    Posting,
    count_accepted,
)
from fiscal_server.intake.batch import Problem, decode_batch
from fiscal_server.intake.close_totals import Totals
from fiscal_server.intake.import_lines import JudgedLine, batch_body, heard, judge, line_row
from fiscal_server.storage import batches, imports
from fiscal_server.storage.imports import ImportLineRow, ImportRow
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import Database, WriteConnection

PIECE = 10_000
"""Lines of a file that are worked on at a time. The books of money whose payer is unknown are read and written with
each piece, so smaller ones would cost time."""

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
    nothing was done now. With ``refusals`` (of a preview) it would be refused; ``issued``: of a preview."""

    row: ImportRow
    lines: Packed[ImportLineRow]
    received: ReceivedFile
    known: bool = False
    refusals: tuple[FileRefusal, ...] = ()
    issued: Totals | None = None


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
                    issued = await _issued(db, result)
                    raise _TakenBack(msgspec.structs.replace(result, issued=issued))
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
) -> tuple[ImportResult, Counter[str]]:
    file_hash = hashlib.sha256(request.file).digest()
    await imports.hold_imports(db, request.merchant_id)
    earlier = await imports.find_imports_of_file(db, request.merchant_id, file_hash)
    if earlier and not request.again:
        row = await imports.read_import(db, request.merchant_id, earlier[0].id)
        assert row is not None, "an import that this transaction has seen"
        return ImportResult(row=row, lines=Packed(ImportLineRow), received=received, known=True), Counter()
    refusals = received.refusals or await _refused_by_history(db, request, received, earlier)
    if refusals:
        told = _Taken(0, request.merchant_id)
        for piece in received.lines.pieces(PIECE):
            told.add([JudgedLine(line) for line in piece])
        row = _row(told, request, received, file_hash)
        return ImportResult(row=row, lines=told.rows, received=received, refusals=refusals), Counter()
    taken = await _post(db, database, intake, request, received, f"import-{file_hash.hex()}-{len(earlier)}")
    row = msgspec.structs.replace(
        _row(taken, request, received, file_hash), repeat=len(earlier), created_at=intake.clock.now()
    )
    await imports.add_import(db, row)
    return ImportResult(row=row, lines=taken.rows, received=received), taken.accepted


class _Taken:
    """What has become of the lines so far, in their order."""

    def __init__(self, import_id: int, merchant_id: int) -> None:
        self.id = import_id
        self.rows = Packed(ImportLineRow)
        self.batch_id: int | None = None
        self.accepted = Counter[str]()
        self.lines = Counter[Outcome]()
        self.kopecks = Counter[Outcome]()
        self.unidentified = self.receipts = 0
        self._merchant_id = merchant_id

    def add(self, judged: Sequence[JudgedLine]) -> list[ImportLineRow]:
        """The rows of these lines."""
        rows = [line_row(self._merchant_id, self.id, one) for one in judged]
        for one, row in zip(judged, rows, strict=True):
            outcome = one.line.outcome
            self.lines[outcome] += 1
            self.kopecks[outcome] += one.line.amount_kopecks or 0
            if outcome is Outcome.PAYMENT:
                self.unidentified += one.account is None
                self.receipts += len(one.receipt_ids)
            self.rows.append(row)
        return rows


async def _post(
    db: WriteConnection, database: Database, intake: Intake, request: ImportRequest, received: ReceivedFile, key: str
) -> _Taken:
    """Judge the lines and post the payments, a piece of the file at a time; together they are one batch."""
    taken = _Taken(database.ids.next(), request.merchant_id)
    today = intake.now().date()
    if await batches.claim_idempotency_key(db, request.merchant_id, key) is not None:
        raise IdempotencyConflict(f"the key {key!r} came before with a batch of its own")
    posting = Posting(db, database, intake, request.merchant_id)
    bodies = hashlib.sha256()
    for piece in received.lines.pieces(PIECE):
        judged = await _judged(db, request, piece)
        body = batch_body(judged, today, agent_fiscalises=request.adapter.agent_fiscalises)
        if body is not None:
            bodies.update(body)
            judged = heard(judged, iter(await posting.take(decode_batch(body))))
            taken.batch_id = posting.id
        await imports.add_import_lines(db, taken.add(judged))
    if taken.batch_id is not None:
        await posting.finish(key, bodies.digest())
    taken.accepted = posting.accepted
    return taken


async def _issued(db: WriteConnection, result: ImportResult) -> Totals:
    """What the receipts of a preview add up to, before they are taken back; a piece of them in memory at a time."""
    totals = Totals()
    if result.known:
        return totals
    for piece in result.lines.pieces(PIECE):
        made = [receipt for line in piece for receipt in line.receipt_ids]
        bodies = await imports.read_bodies(db, result.row.merchant_id, made)
        await asyncio.to_thread(_add, totals, bodies)
    return totals


def _add(totals: Totals, bodies: Sequence[bytes]) -> None:
    totals.add("own", (msgspec.msgpack.decode(body, type=Receipt) for body in bodies))


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


async def _judged(db: WriteConnection, request: ImportRequest, lines: Sequence[Line]) -> list[JudgedLine]:
    payments = [line for line in lines if line.outcome is Outcome.PAYMENT]
    named = {code for line in payments for code in line.accounts}
    known = await imports.known_accounts(db, request.merchant_id, named)
    posted = await imports.find_posted(db, request.merchant_id, [line.key for line in payments])
    keep = request.unknown == "suspense"
    return [judge(line, known, posted, keep_unknown=keep) for line in lines]


def _row(taken: _Taken, request: ImportRequest, received: ReceivedFile, file_hash: bytes) -> ImportRow:
    """The import's counts."""
    return ImportRow(
        merchant_id=request.merchant_id,
        id=taken.id,
        kind=received.kind,
        adapter=received.adapter,
        channel=received.channel,
        file_name=request.file_name,
        file_hash=file_hash,
        repeat=0,
        payout=received.payout.text() if received.payout else None,
        batch_id=taken.batch_id,
        lines=len(taken.rows),
        payments=taken.lines[Outcome.PAYMENT],
        payments_kopecks=taken.kopecks[Outcome.PAYMENT],
        unidentified=taken.unidentified,
        duplicates=taken.lines[Outcome.DUPLICATE],
        duplicates_kopecks=taken.kopecks[Outcome.DUPLICATE],
        rejected=taken.lines[Outcome.REJECTED],
        skipped=taken.lines[Outcome.SKIPPED],
        receipts=taken.receipts,
        totals=msgspec.to_builtins(list(received.totals)),
        created_at=_NEVER,
    )
