"""Settlements, between SQL rows and accounting's type: added in bulk, lowered and taken away one by one.

Their order is the order of their ids; a lowered row keeps its place.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.ledger import Settlement
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("settlements")

COLUMNS = (
    "merchant_id", "id", "account_id", "event_id", "service", "period", "amount_kopecks", "vat_code", "form",
    "settled_on", "exempt", "lot_received_on", "lot_vat_code", "lot_method", "lot_service",
)  # fmt: skip


class StoredSettlement(msgspec.Struct, frozen=True):
    """A settlement and the id of its row."""

    id: int
    settlement: Settlement


class NewSettlement(msgspec.Struct, frozen=True):
    """A settlement about to be stored: ids of its row, its account and the event that made it."""

    id: int
    account_id: int
    event_id: int
    settlement: Settlement


class SettlementChanges(msgspec.Struct, frozen=True):
    """How an account's settlements went from what is stored to what was computed."""

    account_id: int
    added: list[Settlement]
    lowered: list[tuple[int, int]]  # row id, what is left in kopecks
    gone: list[int]


def changes_of(account_id: int, stored: Sequence[StoredSettlement], after: Sequence[Settlement]) -> SettlementChanges:
    """What has to be written. A computation lowers rows, takes rows out and adds rows at the end, nothing else."""
    lowered: list[tuple[int, int]] = []
    gone: list[int] = []
    place = 0
    for row in stored:
        before = row.settlement
        now = after[place] if place < len(after) else None
        if now == before:
            place += 1
        elif now is not None and _is_rest_of(now, before):
            lowered.append((row.id, now.amount_kopecks))
            place += 1
        else:
            gone.append(row.id)
    return SettlementChanges(account_id, list(after[place:]), lowered, gone)


def _is_rest_of(now: Settlement, before: Settlement) -> bool:
    """Which of several equal rows was lowered does not matter: what is left is the same."""
    if now.amount_kopecks >= before.amount_kopecks:
        return False
    return msgspec.structs.replace(now, amount_kopecks=before.amount_kopecks) == before


async def read_settlements(
    db: ReadConnection | WriteConnection, merchant_id: int, account_ids: Sequence[int]
) -> dict[int, list[StoredSettlement]]:
    """Settlements of accounts by account id, in order of creation."""
    found: dict[int, list[StoredSettlement]] = defaultdict(list)
    if account_ids:
        for row in await db.fetch(SQL["read_settlements"], merchant_id, list(account_ids)):
            found[row["account_id"]].append(StoredSettlement(row["id"], _settlement(row)))
    return found


def _settlement(row: asyncpg.Record) -> Settlement:
    code, method = row["lot_vat_code"], row["lot_method"]
    return Settlement(
        service=row["service"],
        period=row["period"],
        amount_kopecks=row["amount_kopecks"],
        vat_code=VatCode(row["vat_code"]),
        form=row["form"],
        settled_on=row["settled_on"],
        exempt=row["exempt"],
        lot_received_on=row["lot_received_on"],
        lot_vat_code=None if code is None else VatCode(code),
        lot_method=None if method is None else SettlementMethod(method),
        lot_service=row["lot_service"],
        event_key=row["event_key"],
    )


async def add_settlements(db: WriteConnection, merchant_id: int, rows: Sequence[NewSettlement]) -> None:
    """Store new rows; their ids ascend in the order of creation."""
    if rows:
        await db.copy_records_to_table(
            "settlement", schema_name="fiscal", columns=COLUMNS, records=[_record(merchant_id, row) for row in rows]
        )


def _record(merchant_id: int, new: NewSettlement) -> tuple[Any, ...]:
    row = new.settlement
    return (
        merchant_id, new.id, new.account_id, new.event_id, row.service, row.period, row.amount_kopecks, row.vat_code,
        row.form, row.settled_on, row.exempt, row.lot_received_on, row.lot_vat_code, row.lot_method, row.lot_service,
    )  # fmt: skip


async def change_settlements(db: WriteConnection, merchant_id: int, changes: Sequence[SettlementChanges]) -> None:
    """Write what was lowered and taken away."""
    lowered = [(one.account_id, *pair) for one in changes for pair in one.lowered]
    gone = [(one.account_id, row_id) for one in changes for row_id in one.gone]
    if lowered:
        await db.execute(SQL["lower_settlements"], merchant_id, *zip(*lowered, strict=True))
    if gone:
        await db.execute(SQL["forget_settlements"], merchant_id, *zip(*gone, strict=True))
