"""What payments did to the books, kept so that the bank may take one back whole.

A record is written once, under the id of its payment's event; taking it back marks it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
import msgspec

from accounting.receipts.books import PaymentRecord
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.ledger import AdvanceLot, Debt, ExemptMark, Settlement, SettlementForm
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("payments")

COLUMNS = (
    "merchant_id", "id", "account_id", "paid_on", "amount_kopecks", "costs_kopecks", "penalty_kopecks", "suspended",
    "agent_sign", "parts",
)  # fmt: skip


class DebtPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """accounting's Debt over the payment's own part, field by field."""

    service: str
    period: str
    due_on: date
    amount_kopecks: int
    vat_code: VatCode
    delivered: bool
    credited: bool
    volume_quantity_micro: int | None
    volume_price_micro: int | None
    volume_measure: int


class LotPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """accounting's AdvanceLot over the payment's own part, field by field."""

    received_on: date
    amount_kopecks: int
    vat_code: VatCode
    method: SettlementMethod
    service: str | None
    exempt: ExemptMark | None


class SettlementPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A settlement by the payment: its day and its event are the payment's, a lot there is none."""

    service: str
    period: str
    amount_kopecks: int
    vat_code: VatCode
    form: SettlementForm
    exempt: ExemptMark | None


class Parts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything of a record that is no column: MessagePack arrays, dates as text. ``withheld``: reason, kopecks."""

    debts: tuple[DebtPart, ...] = ()
    off_balance: tuple[DebtPart, ...] = ()
    lots: tuple[LotPart, ...] = ()
    settlements: tuple[SettlementPart, ...] = ()
    withheld: tuple[tuple[str, int], ...] = ()


class StoredPayment(msgspec.Struct, frozen=True):
    """A payment's record, the id of its event and of its account."""

    id: int
    account_id: int | None
    record: PaymentRecord


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Parts)


def pack_parts(record: PaymentRecord) -> bytes:
    """The record's rows as they are stored."""
    return _ENCODER.encode(
        Parts(
            tuple(DebtPart(*msgspec.structs.astuple(debt)) for debt in record.debts),
            tuple(DebtPart(*msgspec.structs.astuple(debt)) for debt in record.off_balance),
            tuple(LotPart(*msgspec.structs.astuple(lot)) for lot in record.lots),
            tuple(_settlement_part(record, row) for row in record.settlements),
            record.withheld,
        )
    )


def _settlement_part(record: PaymentRecord, row: Settlement) -> SettlementPart:
    assert (row.settled_on, row.event_key, row.lot_received_on) == (record.paid_on, record.key, None)
    return SettlementPart(row.service, row.period, row.amount_kopecks, row.vat_code, row.form, row.exempt)


def _record(row: asyncpg.Record) -> PaymentRecord:
    parts = _DECODER.decode(row["parts"])
    return PaymentRecord(
        key=row["key"],
        account=row["account"],
        paid_on=row["paid_on"],
        amount_kopecks=row["amount_kopecks"],
        debts=tuple(Debt(**msgspec.structs.asdict(part)) for part in parts.debts),
        off_balance=tuple(Debt(**msgspec.structs.asdict(part)) for part in parts.off_balance),
        costs_kopecks=row["costs_kopecks"],
        penalty_kopecks=row["penalty_kopecks"],
        lots=tuple(AdvanceLot(**msgspec.structs.asdict(part)) for part in parts.lots),
        settlements=tuple(
            Settlement(**msgspec.structs.asdict(part), settled_on=row["paid_on"], event_key=row["key"])
            for part in parts.settlements
        ),
        suspended=row["suspended"],
        agent_sign=row["agent_sign"],
        withheld=parts.withheld,
        reversed=row["reversed_by"] is not None,
    )


async def find_payments(
    db: ReadConnection | WriteConnection, merchant_id: int, keys: Sequence[str]
) -> dict[str, StoredPayment]:
    """Payments of earlier batches by the keys of their events."""
    if not keys:
        return {}
    rows = await db.fetch(SQL["find_payments"], merchant_id, list(keys))
    return {row["key"]: StoredPayment(row["id"], row["account_id"], _record(row)) for row in rows}


async def add_payments(
    db: WriteConnection, merchant_id: int, rows: Sequence[tuple[int, int | None, int | None, PaymentRecord]]
) -> None:
    """Rows of (event id, account id, id of the event that took it back at once or None, record)."""
    if not rows:
        return
    await db.copy_records_to_table(
        "payment",
        schema_name="fiscal",
        columns=(*COLUMNS, "reversed_by"),
        records=[(*_columns(merchant_id, event, account, record), back) for event, account, back, record in rows],
    )


def _columns(merchant_id: int, event_id: int, account_id: int | None, record: PaymentRecord) -> tuple[Any, ...]:
    return (
        merchant_id, event_id, account_id, record.paid_on, record.amount_kopecks, record.costs_kopecks,
        record.penalty_kopecks, record.suspended, record.agent_sign, pack_parts(record),
    )  # fmt: skip


async def mark_reversed(db: WriteConnection, merchant_id: int, pairs: Sequence[tuple[int, int]]) -> None:
    """Pairs of (payment's event id, id of the event that took it back)."""
    if pairs:
        ids, events = zip(*pairs, strict=True)
        await db.execute(SQL["mark_reversed"], merchant_id, ids, events)
