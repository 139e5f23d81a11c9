"""Merchants (organisations that issue receipts) and the keys of their billing systems."""

import hashlib
from datetime import datetime, time
from typing import Any

import msgspec

from fiscal_server.errors import UnknownMerchant
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("batches")


class MerchantRow(msgspec.Struct, frozen=True):
    """``rules`` is the JSON of accounting's merchant (receipt case format 1.1); the rest goes to the documents."""

    id: int
    name: str
    rules: dict[str, Any]
    receipt_id_tag: int
    cashier: str
    place: str
    address: str
    timezone: str = "Europe/Moscow"
    shift_closes_at: time | None = None  # in ``timezone``; None: when 24 hours come near


class KeyOwner(msgspec.Struct, frozen=True):
    """Who may do what with a key. ``operations``: sees and drains the nodes of the installation besides."""

    merchant_id: int
    operations: bool = False


async def add_merchant(db: WriteConnection, merchant: MerchantRow, now: datetime) -> None:
    """Store a merchant whose rules were checked before."""
    await db.execute(SQL["add_merchant"], *msgspec.structs.astuple(merchant), now)


async def set_shift_hour(db: WriteConnection, merchant_id: int, timezone: str, closes_at: time | None) -> None:
    """When shifts are closed; the zone's name was checked before."""
    await db.execute(SQL["set_shift_hour"], merchant_id, timezone, closes_at)


async def read_merchant(db: ReadConnection | WriteConnection, merchant_id: int) -> MerchantRow:
    """Raises UnknownMerchant."""
    row = await db.fetchrow(SQL["read_merchant"], merchant_id)
    if row is None:
        raise UnknownMerchant(f"there is no merchant {merchant_id}")
    return MerchantRow(*row)


async def find_merchant(db: ReadConnection | WriteConnection, name: str) -> MerchantRow:
    """By name. Raises UnknownMerchant with the names that exist."""
    row = await db.fetchrow(SQL["find_merchant"], name)
    if row is None:
        known = ", ".join(one.name for one in await list_merchants(db)) or "none yet"
        raise UnknownMerchant(f"there is no merchant called {name!r}; known: {known}")
    return MerchantRow(*row)


async def list_merchants(db: ReadConnection | WriteConnection) -> list[MerchantRow]:
    """All merchants, oldest first."""
    return [MerchantRow(*row) for row in await db.fetch(SQL["list_merchants"])]


def hash_api_key(key: str) -> bytes:
    """SHA-256: keys are long and random, so a slow hash would protect nothing."""
    return hashlib.sha256(key.encode()).digest()


async def add_api_key(db: WriteConnection, owner: KeyOwner, key_id: int, name: str, key: str, now: datetime) -> None:
    """Keep the hash of a key; the key itself is shown once and forgotten."""
    await db.execute(SQL["add_api_key"], key_id, owner.merchant_id, name, hash_api_key(key), owner.operations, now)


async def owner_of_key(db: ReadConnection, key: str) -> KeyOwner | None:
    """Whose key this is; None when it is unknown or revoked."""
    row = await db.fetchrow(SQL["owner_of_key"], hash_api_key(key))
    return None if row is None else KeyOwner(*row)
