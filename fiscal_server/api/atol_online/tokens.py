"""Logins and tokens. A token lives 24 hours from its first issue; asking again with the password gives the same one.

The books keep the hash of a token alone: the token itself is made of the password and the moment of its issue, so
whoever has the password can make it again, and whoever reads the books cannot. Passwords are long and random (the
command ``fiscal-server atol login``), so their plain hash is enough and asking for a token stays cheap: some clients
do it before every call.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from accounting.receipts.cases.merchant import stored_rules
from fiscal_server.api.atol_online.errors import (
    BLOCKED,
    EXPIRED_TOKEN,
    NO_TOKEN,
    OTHER_GROUP,
    OTHER_VERSION,
    WRONG_PASSWORD,
    AtolError,
)
from fiscal_server.api.atol_online.receipts import Seller
from fiscal_server.clock import Clock
from fiscal_server.storage import atol_online
from fiscal_server.storage.atol_online import GroupRow, LoginRow
from fiscal_server.storage.keys import hash_api_key
from fiscal_server.storage.pool import Database

LIFE: Final = timedelta(hours=24)
REMEMBERED_S: Final = 5.0
"""How long a token or a group is believed without asking the books: blocking a login takes effect within it."""
_REMEMBERED_MOST: Final = 10_000
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")

T = TypeVar("T")


class Group(msgspec.Struct, frozen=True):
    """A group with its merchant's rules read."""

    row: GroupRow
    seller: Seller


class _Memory(dict[str, tuple[float, T]]):
    """What was read a moment ago; forgotten as a whole when it grows too large."""

    def keep(self, key: str, value: T, now: float) -> T:
        if len(self) >= _REMEMBERED_MOST:
            self.clear()
        self[key] = (now + REMEMBERED_S, value)
        return value

    def find(self, key: str, now: float) -> T | None:
        until, value = self.get(key, (0.0, None))
        return value if now < until else None


class Doorkeeper:
    """Knows who asks, and for which group."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tokens: _Memory[LoginRow] = _Memory()
        self._groups: _Memory[Group] = _Memory()

    async def token_of(self, login: str, password: str) -> str:
        """Raises AtolError 12, 14."""
        now = self._clock.now()
        while True:
            async with self._database.read() as db:
                row = await atol_online.find_login(db, login) if "\0" not in login else None
            if row is None or not hmac.compare_digest(row.password_hash, hash_api_key(password)):
                raise AtolError(WRONG_PASSWORD)
            if row.blocked_at is not None:
                raise AtolError(BLOCKED)
            if row.token_issued_at is not None and now < row.token_issued_at + LIFE:
                return _token(password, row.token_issued_at)
            token = _token(password, now)
            async with self._database.write() as db:
                if await atol_online.issue_token(db, row, hash_api_key(token), now):
                    return token

    async def login_of(self, token: str | None) -> LoginRow:
        """Raises AtolError 10, 11, 14."""
        tick = self._clock.monotonic()
        row = self._tokens.find(token, tick) if token is not None else None
        if row is None:
            if token is None or not _TOKEN.fullmatch(token):
                raise AtolError(NO_TOKEN)
            async with self._database.read() as db:
                row = await atol_online.find_token(db, hash_api_key(token))
            if row is None:
                raise AtolError(EXPIRED_TOKEN)
            self._tokens.keep(token, row, tick)
        if row.blocked_at is not None:
            raise AtolError(BLOCKED)
        if row.token_issued_at is None or self._clock.now() >= row.token_issued_at + LIFE:
            raise AtolError(EXPIRED_TOKEN)
        return row

    async def group_of(self, login: LoginRow, code: str, version: int) -> Group:
        """Raises AtolError 20, 21."""
        tick = self._clock.monotonic()
        group = self._groups.find(code, tick)
        if group is None:
            async with self._database.read() as db:
                row = await atol_online.find_group(db, code) if "\0" not in code else None
            if row is None:
                raise AtolError(OTHER_GROUP)
            rules = stored_rules(row.rules)
            seller = Seller(rules.inn, rules.ffd, rules.taxation, rules.email)
            group = self._groups.keep(code, Group(row, seller), tick)
        if group.row.merchant_id != login.merchant_id:
            raise AtolError(OTHER_GROUP)
        if group.row.version != version:
            raise AtolError(OTHER_VERSION)
        return group


def _token(password: str, issued_at: datetime) -> str:
    """43 characters."""
    key = hashlib.sha256(b"atol-online token\0" + password.encode()).digest()
    made = hmac.digest(key, issued_at.isoformat().encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
