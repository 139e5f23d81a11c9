"""What events leave behind beside books and receipts: money without a receipt, receipts of agents, anomalies."""

from collections.abc import Sequence

import msgspec

from fiscal_server.storage.pool import WriteConnection


class UnfiscalisedNote(msgspec.Struct, frozen=True):
    """Money without a receipt of ours, kopecks; negative when it went back."""

    merchant_id: int
    id: int
    event_id: int
    account_id: int | None
    reason: str
    amount_kopecks: int


class ForeignReceiptNote(msgspec.Struct, frozen=True):
    """A receipt that a payment agent must have made for us."""

    merchant_id: int
    id: int
    event_id: int
    account_id: int | None
    amount_kopecks: int
    sign: int
    agent_sign: int
    supplier_inn: str | None


class AnomalyNote(msgspec.Struct, frozen=True):
    """Something that a person should look at."""

    merchant_id: int
    id: int
    rule: str
    event_id: int
    account_id: int | None


Note = UnfiscalisedNote | ForeignReceiptNote | AnomalyNote

_TABLES: dict[type[Note], str] = {
    UnfiscalisedNote: "unfiscalised",
    ForeignReceiptNote: "expected_foreign_receipt",
    AnomalyNote: "anomaly",
}


async def add_notes(db: WriteConnection, notes: Sequence[Note]) -> None:
    """Store notes of any kind."""
    for kind, table in _TABLES.items():
        rows = [msgspec.structs.astuple(note) for note in notes if isinstance(note, kind)]
        if rows:
            await db.copy_records_to_table(table, schema_name="fiscal", columns=kind.__struct_fields__, records=rows)
