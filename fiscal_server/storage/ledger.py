"""Accounts with their ledgers, between SQL rows and accounting's types.

A changed account's debts and lots are written anew as a whole: they carry no identity of their own, and the first of
each carries what they come to. Settlements have one (``settlements``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.event_parts import AccountId, Contact, ServiceId
from accounting.receipts.ledger import (
    AccountState,
    AdvanceLot,
    Debt,
    LastBill,
    PayerKind,
    Plan,
    debts_total,
    lots_total,
)
from accounting.receipts.money import Kopecks, PositiveKopecks
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries
from fiscal_server.storage.settlements import StoredSettlement, read_settlements

SQL = load_queries("ledger")

_DEBT_COLUMNS = (
    "merchant_id", "account_id", "ordinal", "off_balance", "service", "period", "due_on", "amount_kopecks", "vat_code",
    "delivered", "credited", "volume_quantity_micro", "volume_price_micro", "volume_measure", "account_total_kopecks",
)  # fmt: skip
_LOT_COLUMNS = (
    "merchant_id", "account_id", "ordinal", "received_on", "amount_kopecks", "vat_code", "method", "service", "exempt",
    "account_total_kopecks",
)  # fmt: skip


class PlanDeclaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service that is paid beforehand, and its monthly price."""

    service: ServiceId
    price_kopecks: PositiveKopecks


class AccountDeclaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a billing system says of an account beside its money; ``id`` is the billing system's own number."""

    id: AccountId
    contact: Contact | None = None
    payer_kind: PayerKind = "individual"
    member: bool = False
    services: tuple[ServiceId, ...] | None = None
    plan: PlanDeclaration | None = None
    penalty_kopecks: Kopecks | None = None  # owed now; None: as it was
    costs_kopecks: Kopecks | None = None


class StoredAccount(msgspec.Struct, frozen=True):
    """An account and the id under which its rows are kept; ``settlements``: those that were loaded, with their ids."""

    id: int
    state: AccountState
    settlements: tuple[StoredSettlement, ...] = ()


async def declare_accounts(
    db: WriteConnection,
    merchant_id: int,
    declarations: Mapping[int, AccountDeclaration],
    also: Sequence[str] | None,
) -> None:
    """Create accounts, or take over what is said of known ones; keys are the ids of new rows.

    ``also``: codes of accounts that the caller locks next (None: all). All of them are locked here in one order, so
    that two callers with the same accounts in different roles do not deadlock.
    """
    if not declarations:
        return
    if also is None:
        await db.execute(SQL["hold_all_accounts"], merchant_id)
    else:
        codes = sorted({*also, *(one.id for one in declarations.values())})
        await db.execute(SQL["hold_accounts"], merchant_id, codes)
    rows = [
        {
            "id": account_id,
            "code": one.id,
            "contact": one.contact,
            "payer_kind": one.payer_kind,
            "member": one.member,
            "services": one.services,
            "plan_service": one.plan.service if one.plan else None,
            "plan_price_kopecks": one.plan.price_kopecks if one.plan else None,
        }
        for account_id, one in declarations.items()
    ]
    await db.execute(SQL["add_accounts"], merchant_id, rows)
    dues = [
        {"code": one.id, "penalty_kopecks": one.penalty_kopecks, "costs_kopecks": one.costs_kopecks}
        for one in declarations.values()
        if (one.penalty_kopecks, one.costs_kopecks) != (None, None)
    ]
    if dues:
        await db.execute(SQL["set_dues"], merchant_id, dues)


async def lock_account_rows(db: WriteConnection, merchant_id: int, codes: Sequence[str] | None) -> list[asyncpg.Record]:
    """The accounts' own rows, oldest first, locked until the end of the transaction; None: all of the merchant."""
    if codes is None:
        rows = await db.fetch(SQL["lock_all_accounts"], merchant_id)
    else:
        rows = await db.fetch(SQL["lock_accounts"], merchant_id, sorted(set(codes)))
    rows.sort(key=lambda row: row["id"])
    return rows


async def load_ledgers(
    db: WriteConnection, merchant_id: int, rows: Sequence[asyncpg.Record], *, settlements_of: Collection[str] = ()
) -> list[StoredAccount]:
    """Accounts of locked rows with their ledgers.

    ``settlements_of``: codes of the accounts whose settlements are loaded too; the others come without.
    """
    wanted = [row["id"] for row in rows if row["code"] in settlements_of] if settlements_of else []
    return await _with_ledgers(db, merchant_id, rows, wanted)


async def lock_accounts(
    db: WriteConnection, merchant_id: int, codes: Sequence[str] | None, *, settlements_of: Collection[str] = ()
) -> list[StoredAccount]:
    """Both at once."""
    rows = await lock_account_rows(db, merchant_id, codes)
    return await load_ledgers(db, merchant_id, rows, settlements_of=settlements_of)


async def read_accounts(
    db: ReadConnection | WriteConnection, merchant_id: int, codes: Sequence[str] | None
) -> list[StoredAccount]:
    """Accounts with their whole ledgers, for looking."""
    rows = await db.fetch(SQL["read_accounts"], merchant_id, codes)
    return await _with_ledgers(db, merchant_id, rows, [row["id"] for row in rows])


async def read_account(db: ReadConnection, merchant_id: int, code: str) -> StoredAccount | None:
    """One account with its debts and lots, without its settlements, which may be many."""
    found = await _with_ledgers(db, merchant_id, await db.fetch(SQL["read_accounts"], merchant_id, [code]), [])
    return found[0] if found else None


async def _with_ledgers(
    db: ReadConnection | WriteConnection,
    merchant_id: int,
    accounts: Sequence[asyncpg.Record],
    with_settlements: Sequence[int],
) -> list[StoredAccount]:
    ids = [row["id"] for row in accounts]
    if not ids:
        return []
    debts: dict[tuple[int, bool], list[Debt]] = defaultdict(list)
    for row in await db.fetch(SQL["read_debts"], merchant_id, ids):
        debts[row["account_id"], row["off_balance"]].append(_debt(row))
    lots: dict[int, list[AdvanceLot]] = defaultdict(list)
    for row in await db.fetch(SQL["read_lots"], merchant_id, ids):
        lots[row["account_id"]].append(_lot(row))
    settled = await read_settlements(db, merchant_id, with_settlements)
    found: list[StoredAccount] = []
    for row in accounts:
        settlements = tuple(settled.get(row["id"], ()))
        state = AccountState(
            id=row["code"],
            contact=row["contact"],
            payer_kind=row["payer_kind"],
            member=row["member"],
            services=None if row["services"] is None else tuple(row["services"]),
            plan=_plan(row),
            debts=tuple(debts[row["id"], False]),
            off_balance=tuple(debts[row["id"], True]),
            lots=tuple(lots[row["id"]]),
            settlements=tuple([one.settlement for one in settlements]),
            penalty_kopecks=row["penalty_kopecks"],
            costs_kopecks=row["costs_kopecks"],
            last_bill=None if row["last_bill"] is None else msgspec.convert(row["last_bill"], LastBill),
        )
        found.append(StoredAccount(row["id"], state, settlements))
    return found


def _debt(row: asyncpg.Record) -> Debt:
    return Debt(
        service=row["service"],
        period=row["period"],
        due_on=row["due_on"],
        amount_kopecks=row["amount_kopecks"],
        vat_code=VatCode(row["vat_code"]),
        delivered=row["delivered"],
        credited=row["credited"],
        volume_quantity_micro=row["volume_quantity_micro"],
        volume_price_micro=row["volume_price_micro"],
        volume_measure=row["volume_measure"],
    )


def _lot(row: asyncpg.Record) -> AdvanceLot:
    return AdvanceLot(
        received_on=row["received_on"],
        amount_kopecks=row["amount_kopecks"],
        vat_code=VatCode(row["vat_code"]),
        method=SettlementMethod(row["method"]),
        service=row["service"],
        exempt=row["exempt"],
    )


def _plan(row: asyncpg.Record) -> Plan | None:
    if row["plan_service"] is None:
        return None
    return Plan(service=row["plan_service"], price_kopecks=row["plan_price_kopecks"])


class OwnFields(msgspec.Struct, frozen=True):
    """What a computation may change in an account itself. ``last_bill``: JSON of accounting's LastBill, or None."""

    id: int
    penalty_kopecks: int
    costs_kopecks: int
    last_bill: Any


async def update_accounts(db: WriteConnection, merchant_id: int, rows: Sequence[OwnFields]) -> None:
    """Write the accounts' own fields."""
    if rows:
        await db.execute(SQL["update_accounts"], merchant_id, msgspec.to_builtins(rows))


async def forget_ledgers(db: WriteConnection, merchant_id: int, ids: Sequence[int]) -> None:
    """Take away the debts and lots of accounts that are written anew."""
    await db.execute(SQL["forget_debts"], merchant_id, ids)
    await db.execute(SQL["forget_lots"], merchant_id, ids)


async def store_accounts(db: WriteConnection, merchant_id: int, changed: Mapping[int, AccountState]) -> None:
    """Write the ledgers of changed accounts; keys are the ids of their rows. Settlements are stored apart."""
    if not changed:
        return
    ids = sorted(changed)
    await forget_ledgers(db, merchant_id, ids)
    debts = [row for one in ids for row in _debt_rows(merchant_id, one, changed[one])]
    lots = [row for one in ids for row in _lot_rows(merchant_id, one, changed[one])]
    if debts:
        await db.copy_records_to_table("debt", schema_name="fiscal", columns=_DEBT_COLUMNS, records=debts)
    if lots:
        await db.copy_records_to_table("advance_lot", schema_name="fiscal", columns=_LOT_COLUMNS, records=lots)
    own = [
        OwnFields(one, changed[one].penalty_kopecks, changed[one].costs_kopecks, changed[one].last_bill) for one in ids
    ]
    await update_accounts(db, merchant_id, own)


def _debt_rows(merchant_id: int, account_id: int, state: AccountState) -> Iterable[tuple[Any, ...]]:
    marked = [(False, debt) for debt in state.debts] + [(True, debt) for debt in state.off_balance]
    total_kopecks = debts_total(state.debts) or None
    for ordinal, (off_balance, debt) in enumerate(marked):
        yield (
            merchant_id, account_id, ordinal, off_balance, debt.service, debt.period, debt.due_on, debt.amount_kopecks,
            debt.vat_code, debt.delivered, debt.credited, debt.volume_quantity_micro, debt.volume_price_micro,
            debt.volume_measure, None if ordinal else total_kopecks,
        )  # fmt: skip


def _lot_rows(merchant_id: int, account_id: int, state: AccountState) -> Iterable[tuple[Any, ...]]:
    for ordinal, lot in enumerate(state.lots):
        yield (
            merchant_id, account_id, ordinal, lot.received_on, lot.amount_kopecks, lot.vat_code, lot.method,
            lot.service, lot.exempt, None if ordinal else lots_total(state.lots),
        )  # fmt: skip
