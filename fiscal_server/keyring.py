"""Keys made, rotated and revoked: one way for the API and for the console, each change with its row in the audit."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from fiscal_server.errors import KeyRefused, UnknownKey
from fiscal_server.storage.audit import AuditRow, add_audit
from fiscal_server.storage.keys import KeyRow, NewKey, list_keys, lock_key, make_key, replace_key, revoke_key
from fiscal_server.storage.pool import Database, WriteConnection

CONSOLE: Final = "console"
"""The actor of whoever has the machine itself."""


class Change(msgspec.Struct, frozen=True):
    """Who changes something, when, and in which request of the API."""

    actor: str
    now: datetime
    request_id: str | None = None


class Keyring:
    """The keys of one merchant inside one transaction."""

    def __init__(self, database: Database, db: WriteConnection, merchant_id: int, change: Change) -> None:
        self._ids = database.ids
        self._db = db
        self._merchant_id = merchant_id
        self._change = change

    def new_id(self) -> int:
        """For a key to be made."""
        return self._ids.next()

    async def living(self, key_id: int) -> KeyRow:
        """A key that is about to change. Raises UnknownKey, and KeyRefused when it has ended."""
        row = await lock_key(self._db, self._merchant_id, key_id)
        if row is None:
            raise UnknownKey(f"there is no key {key_id}")
        if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= self._change.now):
            raise KeyRefused(f"the key {key_id} has ended")
        return row

    async def create(self, new: NewKey) -> tuple[KeyRow, str]:
        """The key as it is stored, and in clear. Raises KeyRefused when it would have ended before it began."""
        self._check_end(new)
        secret = await make_key(self._db, new, self._change.now)
        return await self._changed("key.create", new.id, None), secret

    async def rotate(self, key_id: int, overlap: timedelta, expires_at: datetime | None = None) -> tuple[KeyRow, str]:
        """A successor with the same name and scopes; the old key works on for so long. A key that was to end has a
        successor that ends: at ``expires_at``, else after as long as the old one was given. Raises KeyRefused."""
        old = await self.living(key_id)
        if old.replaced_by is not None:
            raise KeyRefused(f"the key {key_id} was rotated before; its successor is {old.replaced_by}")
        if expires_at is None and old.expires_at is not None:
            expires_at = self._change.now + (old.expires_at - old.created_at)
        new = NewKey(
            id=self.new_id(),
            merchant_id=self._merchant_id,
            name=old.name,
            scopes=old.scopes,
            operations=old.operations,
            expires_at=expires_at,
        )
        self._check_end(new)
        secret = await make_key(self._db, new, self._change.now)
        await replace_key(self._db, self._merchant_id, old.id, new.id, self._change.now + overlap)
        await self._changed("key.rotate", old.id, old)
        return await self._row(new.id), secret

    async def revoke(self, key_id: int) -> KeyRow:
        """From the next request on nobody may use it. Raises KeyRefused."""
        old = await self.living(key_id)
        await revoke_key(self._db, self._merchant_id, old.id, self._change.now)
        return await self._changed("key.revoke", old.id, old)

    def _check_end(self, new: NewKey) -> None:
        if new.expires_at is not None and new.expires_at <= self._change.now:
            raise KeyRefused("`expires_at` is in the past")

    async def _row(self, key_id: int) -> KeyRow:
        [row] = await list_keys(self._db, self._merchant_id, key_id)
        return row

    async def _changed(self, action: str, key_id: int, before: KeyRow | None) -> KeyRow:
        row = await self._row(key_id)
        audit = AuditRow(
            id=self._ids.next(),
            at=self._change.now,
            actor=self._change.actor,
            action=action,
            object=f"key {key_id}",
            before=None if before is None else _said(before),
            after=_said(row),
            request_id=self._change.request_id,
        )
        await add_audit(self._db, self._merchant_id, audit)
        return row


def _said(row: KeyRow) -> dict[str, Any]:
    """A key in the audit; numbers as text, for they exceed what JavaScript's hold."""
    said: dict[str, Any] = msgspec.to_builtins(row)
    return {**said, "id": str(row.id), "replaced_by": None if row.replaced_by is None else str(row.replaced_by)}
