"""Accounts as people look at them: lists by code, and what has happened to one."""

from collections.abc import Sequence
from datetime import date

import msgspec

from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("accounts")

_LAST_LETTER = "\U0010ffff"
"""Behind every letter that a code may hold, so a prefix with it ends the codes that begin with the prefix."""


class AccountSummary(msgspec.Struct, frozen=True):
    """An account with the sums of its debts and advances now, kopecks."""

    id: int
    code: str
    contact: str | None
    payer_kind: str
    member: bool
    penalty_kopecks: int
    costs_kopecks: int
    debts_kopecks: int
    off_balance_kopecks: int
    advances_kopecks: int


class SettlementRow(msgspec.Struct, frozen=True):
    """How a part of a delivered service was settled."""

    id: int
    service: str
    period: str
    amount_kopecks: int
    vat_code: int
    form: str
    settled_on: date
    exempt: str | None
    lot_received_on: date | None
    event_key: str


class HistoryEntry(msgspec.Struct, frozen=True):
    """``kind``: event, settlement, receipt; each has its details in its own table."""

    kind: str
    id: int


async def list_accounts(
    db: ReadConnection, merchant_id: int, *, after: str, prefix: str, limit: int
) -> list[AccountSummary]:
    """Accounts whose code begins with ``prefix``, by code, behind the code ``after``."""
    rows = await db.fetch(SQL["accounts_after"], merchant_id, after, prefix, prefix + _LAST_LETTER, limit)
    return [AccountSummary(*row) for row in rows]


async def account_history(
    db: ReadConnection, merchant_id: int, account_id: int, *, before: int, limit: int
) -> list[HistoryEntry]:
    """Newest first, below the id ``before``."""
    rows = await db.fetch(SQL["history_of_account"], merchant_id, account_id, before, limit)
    return [HistoryEntry(*row) for row in rows]


async def read_settlement_rows(
    db: ReadConnection, merchant_id: int, account_id: int, ids: Sequence[int]
) -> dict[int, SettlementRow]:
    """Settlements of an account by id."""
    rows = await db.fetch(SQL["settlements_of_account"], merchant_id, account_id, list(ids)) if ids else []
    return {row["id"]: SettlementRow(*row) for row in rows}
