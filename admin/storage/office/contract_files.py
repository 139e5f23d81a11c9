"""Files of contracts, kept in the database in pieces."""

from datetime import datetime
from typing import Final

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_contract_files", "admin.storage")
PIECE: Final = 1 << 20
"""Bytes of a piece."""


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that comes. ``form_key``: whatever comes under the same key twice is one file."""

    id: int
    contract_id: int
    organisation_id: int
    name: str
    media_type: str
    size: int
    sha256: bytes
    form_key: str


class ContractFile(msgspec.Struct, frozen=True):
    """A file that can be fetched."""

    id: int
    contract_id: int
    name: str
    media_type: str
    size: int
    created_at: datetime


async def add_file(db: WriteConnection, new: NewFile, body: bytes, now: datetime, by: int | None) -> bool:
    """False when the form came before."""
    made = await db.fetchval(
        SQL["add_contract_file"], new.id, new.contract_id, new.organisation_id, new.name, new.media_type, new.size,
        new.sha256, new.form_key, now, by,
    )  # fmt: skip
    if made is None:
        return False
    for place, start in enumerate(range(0, len(body), PIECE)):
        piece = body[start : start + PIECE]
        await db.execute(SQL["add_contract_file_piece"], new.id, place, new.organisation_id, piece)
    await db.execute(SQL["contract_file_is_whole"], new.id)
    return True


async def files_of(db: ReadConnection, contract_id: int) -> list[ContractFile]:
    """Oldest first."""
    return [ContractFile(*row) for row in await db.fetch(SQL["files_of_contract"], contract_id)]


async def file_by_id(db: ReadConnection, contract_id: int, file_id: int) -> ContractFile | None:
    """None for one that there is not, or that is of a client out of sight."""
    row = await db.fetchrow(SQL["contract_file_by_id"], file_id, contract_id)
    return None if row is None else ContractFile(*row)


async def piece_of(db: ReadConnection, file_id: int, place: int) -> bytes | None:
    """None behind the last."""
    found: bytes | None = await db.fetchval(SQL["contract_file_piece"], file_id, place)
    return found


async def withdraw_file(db: WriteConnection, contract_id: int, file_id: int, now: datetime) -> str | None:
    """Its name; None when it had gone."""
    found: str | None = await db.fetchval(SQL["withdraw_contract_file"], file_id, contract_id, now)
    return found
