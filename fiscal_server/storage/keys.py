"""Keys of billing systems and of people who administer a merchant: what each may do, and until when."""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("keys")

_KEY_BYTES: Final = 32
_PREFIX: Final = "fs_"
ERRAND_PREFIX: Final = "fse_"
"""Of a token under which the panel acts for a person for a moment (admin/errands.py)."""


class Scope(StrEnum):
    """What a key may do; one does not include another."""

    READ = "read"
    SUBMIT = "submit"
    """Batches, imports, month closes, corrections: whatever makes receipts."""

    OPERATE = "operate"
    """Orders to cash registers and about receipts."""

    ADMIN = "admin"
    """Keys, webhooks, and the merchant's settings."""


DAILY_WORK = (Scope.READ, Scope.SUBMIT, Scope.OPERATE)
"""What a key of a billing system needs, and has unless said otherwise."""


class KeyOwner(msgspec.Struct, frozen=True):
    """Who asks: the holder of a key, or a person through the panel. ``operations``: sees and drains the nodes of the
    whole installation besides."""

    key_id: int
    merchant_id: int
    name: str
    scopes: frozenset[Scope]
    operations: bool = False
    is_person: bool = False
    """The key's id and name are the person's."""

    @property
    def actor(self) -> str:
        """As the audit names it."""
        return f"{'person' if self.is_person else 'key'} {self.key_id} ({self.name})"


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is about to be stored."""

    id: int
    merchant_id: int
    name: str
    scopes: tuple[Scope, ...] = DAILY_WORK
    operations: bool = False
    expires_at: datetime | None = None


class KeyRow(msgspec.Struct, frozen=True):
    """A stored key. ``replaced_by``: its successor, beside which it works on until ``expires_at``."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    operations: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: int | None


def hash_api_key(key: str) -> bytes:
    """SHA-256: keys are long and random, so a slow hash would protect nothing."""
    return hashlib.sha256(key.encode()).digest()


async def make_key(db: WriteConnection, new: NewKey, now: datetime) -> str:
    """A new key, in clear: only its hash is kept, so this is the one time it can be read."""
    key = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    scopes = [scope.value for scope in new.scopes]
    await db.execute(
        SQL["add_key"],
        new.id,
        new.merchant_id,
        new.name,
        hash_api_key(key),
        scopes,
        new.operations,
        now,
        new.expires_at,
    )
    return key


async def owner_of_key(db: ReadConnection, key: str, now: datetime) -> KeyOwner | None:
    """Whose key this is; None when it is unknown, revoked or past its end."""
    if key.startswith(ERRAND_PREFIX):
        return await _owner_of_errand(db, key, now)
    row = await db.fetchrow(SQL["owner_of_key"], hash_api_key(key), now)
    if row is None:
        return None
    return KeyOwner(row["id"], row["merchant_id"], row["name"], frozenset(map(Scope, row["scopes"])), row["operations"])


async def _owner_of_errand(db: ReadConnection, token: str, now: datetime) -> KeyOwner | None:
    row = await db.fetchrow(SQL["owner_of_errand"], hash_api_key(token), now)
    if row is None:
        return None
    scopes = frozenset(map(Scope, row["scopes"]))
    return KeyOwner(row["person_id"] or 0, row["merchant_id"], row["person"], scopes, is_person=True)


async def list_keys(db: ReadConnection | WriteConnection, merchant_id: int, key_id: int | None = None) -> list[KeyRow]:
    """All keys of a merchant, newest first, or the one named."""
    return [_key(row) for row in await db.fetch(SQL["list_keys"], merchant_id, key_id)]


async def lock_key(db: WriteConnection, merchant_id: int, key_id: int) -> KeyRow | None:
    """A key that is about to change."""
    row = await db.fetchrow(SQL["lock_key"], merchant_id, key_id)
    return None if row is None else _key(row)


async def replace_key(db: WriteConnection, merchant_id: int, key_id: int, successor: int, until: datetime) -> None:
    """The old key works on beside its successor until then, if it did not end before."""
    await db.execute(SQL["replace_key"], merchant_id, key_id, successor, until)


async def revoke_key(db: WriteConnection, merchant_id: int, key_id: int, now: datetime) -> None:
    """From the next request on nobody may use it."""
    await db.execute(SQL["revoke_key"], merchant_id, key_id, now)


def _key(row: object) -> KeyRow:
    return msgspec.convert(dict(row), KeyRow)  # type: ignore[call-overload]
