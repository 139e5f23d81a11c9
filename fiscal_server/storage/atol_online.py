"""ATOL Online's dialect in the books: groups, logins, documents that came by it, and the outbox of its callbacks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("atol_online")


class GroupRow(msgspec.Struct, frozen=True):
    """A group of KKTs as addresses name it. ``rules``: JSON of its merchant's."""

    code: str
    merchant_id: int
    cassette_id: int
    version: int
    rules: dict[str, Any]


class LoginRow(msgspec.Struct, frozen=True):
    """Who may ask for a token, and the token in force."""

    login: str
    merchant_id: int
    password_hash: bytes
    token_hash: bytes | None
    token_issued_at: datetime | None
    blocked_at: datetime | None


class Single(msgspec.Struct, frozen=True, kw_only=True):
    """A finished receipt that comes alone. Its event, its receipt and its document share one id."""

    merchant_id: int
    key: str  # of its event
    body_hash: bytes
    type: str  # of its event
    event: bytes  # what came, as it came
    form: int
    sign: int
    total_kopecks: int
    receipt: bytes  # MessagePack of accounting's Receipt
    cassette_id: int
    due_on: date
    callback_url: str | None


class ReportRow(msgspec.Struct, frozen=True):
    """What has become of a document. ``state`` None: registered; what begins with ``fn_number`` is of its document."""

    merchant_id: int
    id: int
    event_key: str
    sign: int
    total_kopecks: int
    state: str | None
    error: str | None
    updated_at: datetime | None
    fn_number: str | None
    fd_number: int | None
    fiscal_sign: int | None
    issued_at: datetime | None  # naive: the KKT's own clock
    shift_number: int | None
    number_in_shift: int | None
    recorded_at: datetime | None
    registration_number: str | None
    address: str | None  # names the zone of the KKT's clock
    ofd_address: str | None
    slot: int | None
    request: bytes


class CallbackRow(msgspec.Struct, frozen=True):
    """A report that is to be told. ``host``: of its address, with the port if that is written."""

    merchant_id: int
    receipt_id: int
    url: str
    attempts: int
    host: str


class HostLoad(msgspec.Struct, frozen=True):
    """A host that is being told just now, and how many reports more it may be told beside."""

    host: str
    room: int


async def add_group(db: WriteConnection, group: GroupRow, now: datetime) -> None:
    """Store a group; its code was free."""
    await db.execute(SQL["add_group"], group.code, group.merchant_id, group.cassette_id, group.version, now)


async def find_group(db: ReadConnection, code: str) -> GroupRow | None:
    """None: no such group."""
    row = await db.fetchrow(SQL["find_group"], code)
    return None if row is None else GroupRow(*row)


async def list_groups(db: ReadConnection) -> list[tuple[str, str, str, int]]:
    """Code, merchant, cassette and version of every group."""
    return [tuple(row) for row in await db.fetch(SQL["list_groups"])]


async def remove_group(db: WriteConnection, code: str) -> bool:
    """False: there was none."""
    return bool(await db.execute(SQL["remove_group"], code) == "DELETE 1")


async def add_login(db: WriteConnection, login: str, merchant_id: int, password_hash: bytes, now: datetime) -> None:
    """Keep the hash of a password; the login was free."""
    await db.execute(SQL["add_login"], login, merchant_id, password_hash, now)


async def find_login(db: ReadConnection, login: str) -> LoginRow | None:
    """None: no such login."""
    row = await db.fetchrow(SQL["find_login"], login)
    return None if row is None else LoginRow(*row)


async def find_token(db: ReadConnection, token_hash: bytes) -> LoginRow | None:
    """Whose token this is; None: nobody's, or it was replaced by a later one."""
    row = await db.fetchrow(SQL["find_token"], token_hash)
    return None if row is None else LoginRow(*row)


async def list_logins(db: ReadConnection) -> list[tuple[str, str, datetime | None]]:
    """Login, merchant, and since when it is blocked."""
    return [tuple(row) for row in await db.fetch(SQL["list_logins"])]


async def block_login(db: WriteConnection, login: str, since: datetime | None) -> bool:
    """None: let it in again. False: there is no such login."""
    return await db.fetchval(SQL["block_login"], login, since) is not None


async def issue_token(db: WriteConnection, row: LoginRow, token_hash: bytes, now: datetime) -> bool:
    """False: somebody has issued one since ``row`` was read."""
    return bool(await db.execute(SQL["issue_token"], row.login, token_hash, now, row.token_issued_at) == "UPDATE 1")


async def store_singles(db: WriteConnection, singles: Sequence[Single], ids: Sequence[int], now: datetime) -> set[int]:
    """Store those whose key is free; gives their ids, of the ``ids`` that were handed in (ascending, one each)."""
    one = [
        (s.merchant_id, i, s.key, s.body_hash, s.type, s.event, s.form, s.sign, s.total_kopecks, s.receipt,
         s.cassette_id, s.due_on, s.callback_url)
        for s, i in zip(singles, ids, strict=True)
    ]  # fmt: skip
    return {row["id"] for row in await db.fetch(SQL["store_singles"], *map(list, zip(*one, strict=True)), now)}


async def find_singles(db: ReadConnection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """(merchant, key) -> id of those that were stored."""
    rows = await db.fetch(SQL["find_singles"], [merchant for merchant, _ in keys], [key for _, key in keys])
    return {(row["merchant_id"], row["key"]): row["event_id"] for row in rows}


async def read_reports(db: ReadConnection, documents: Sequence[tuple[int, int]]) -> list[ReportRow]:
    """Of documents, given as (merchant, id); those that there are, in no order."""
    merchants, ids = [merchant for merchant, _ in documents], [one for _, one in documents]
    return [ReportRow(*row) for row in await db.fetch(SQL["read_reports"], merchants, ids)]


async def give_up_refused(db: WriteConnection, now: datetime) -> None:
    """REFUSED -> CANCELLED, with the device's words kept, and told to webhooks."""
    await db.execute(SQL["give_up_refused"], now)


async def give_up_waiting(db: WriteConnection, before_id: int, why: str, now: datetime) -> None:
    """COMPUTED or QUEUED -> CANCELLED for documents older than an id, and told to webhooks."""
    await db.execute(SQL["give_up_waiting"], now, before_id, why)


async def claim_callbacks(
    db: WriteConnection, now: datetime, until: datetime, most: int, load: Sequence[HostLoad], of_a_host: int
) -> list[CallbackRow]:
    """Reports that are due, ours to tell until then; who dies meanwhile leaves them to the next one.

    ``most`` in all and ``of_a_host`` of each host, less of those in ``load``.
    """
    full = [one.host for one in load if one.room <= 0]
    busy = [one for one in load if one.room > 0]
    hosts, rooms = [one.host for one in busy], [one.room for one in busy]
    rows = await db.fetch(SQL["claim_callbacks"], now, until, most, full, hosts, rooms, of_a_host)
    return [CallbackRow(*row) for row in rows]


async def callback_taken(db: WriteConnection, row: CallbackRow) -> None:
    """The receiver has it."""
    await db.execute(SQL["callback_taken"], row.merchant_id, row.receipt_id)


async def callback_failed(db: WriteConnection, row: CallbackRow, again_at: datetime | None, error: str) -> None:
    """It has not; None: given up."""
    await db.execute(SQL["callback_failed"], row.merchant_id, row.receipt_id, again_at, error)
