"""Files that people hand over: kept in pieces until they are taken in, so that any process of the panel can go on."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("uploads", "admin.storage")

Kind = Literal["unknown", "statement", "register", "batch", "restoration"]

PIECE: Final = 512 * 1024
"""Bytes of a piece: what one process holds of a file."""
KEPT: Final = timedelta(days=2)
"""A file that nobody has gone on with is forgotten."""
SILENT: Final = timedelta(seconds=30)
"""After this whoever was at a step is taken for dead; the step may be begun anew."""


class Step(StrEnum):
    """Where an upload stands."""

    COMING = "COMING"
    NEW = "NEW"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a file is to be read: the parameters of an import, and the head of a restoration."""

    adapter: str = ""
    channel: str = ""
    credited_on: date | None = None
    unknown: Literal["suspense", "reject"] = "suspense"
    again: bool = False
    lines: bool = False
    """A batch as an event a line."""
    restored_on: date | None = None
    basis_number: str = ""
    basis_on: date | None = None
    skip: bool = False


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file and how far it is. ``answer``: what the check said; ``refusal``: why the last step did not succeed."""

    id: int
    merchant_id: int
    file_name: str
    size: int
    kind: Kind
    options: Options
    state: Step
    sent: int
    answer: Any
    refusal: Any
    result_id: int | None
    beat_at: datetime
    created_at: datetime

    @property
    def at_work(self) -> bool:
        """Whether a step is under way, or the file still comes."""
        return self.state in (Step.COMING, Step.CHECKING, Step.RUNNING)

    def is_silent(self, now: datetime) -> bool:
        """Whether whoever was at the step has died."""
        return self.at_work and now - self.beat_at > SILENT


class NewUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it comes."""

    id: int
    merchant_id: int
    person_id: int | None
    form_key: str
    file_name: str
    size: int
    kind: Kind
    options: Options


def _upload(row: Any) -> Upload:
    fields = dict(row.items())
    fields["options"] = msgspec.convert(fields["options"], Options)
    fields["state"] = Step(fields["state"])
    return Upload(**fields)


async def add_upload(db: WriteConnection, new: NewUpload, now: datetime) -> bool:
    """False: the same form came before."""
    options = msgspec.to_builtins(new.options)
    values = (new.id, new.merchant_id, new.person_id, new.form_key, new.file_name, new.size, new.kind, options, now)
    return await db.fetchval(SQL["add_upload"], *values) is not None


async def upload_of_form(db: ReadConnection, form_key: str) -> tuple[int, int] | None:
    """(id, merchant) of the upload that a form has become."""
    row = await db.fetchrow(SQL["upload_of_form"], form_key)
    return None if row is None else (row["id"], row["merchant_id"])


async def add_piece(db: WriteConnection, upload_id: int, place: int, body: bytes) -> None:
    """The bytes at a place."""
    await db.execute(SQL["add_upload_piece"], upload_id, place, body)


async def has_come(db: WriteConnection, upload_id: int) -> None:
    """All of its pieces are there."""
    await db.execute(SQL["upload_has_come"], upload_id)


async def read_piece(db: ReadConnection, upload_id: int, place: int) -> bytes | None:
    """The bytes at a place; None behind the last."""
    body: bytes | None = await db.fetchval(SQL["read_upload_piece"], upload_id, place)
    return body


async def read_upload(db: ReadConnection, upload_id: int) -> Upload | None:
    """One of them, of a merchant in sight."""
    row = await db.fetchrow(SQL["read_upload"], upload_id)
    return None if row is None else _upload(row)


async def list_uploads(db: ReadConnection, merchants: Sequence[int], kinds: Sequence[Kind]) -> list[Upload]:
    """Those that have not become anything yet, the newest ten."""
    return [_upload(row) for row in await db.fetch(SQL["list_uploads"], list(merchants), list(kinds))]


async def set_options(db: WriteConnection, upload_id: int, kind: Kind, options: Options) -> bool:
    """False: somebody is reading it, or it is done."""
    given = msgspec.to_builtins(options)
    return await db.fetchval(SQL["set_upload_options"], upload_id, kind, given) is not None


async def begin_step(db: WriteConnection, upload_id: int, step: Step, after: Sequence[Step], now: datetime) -> bool:
    """Whether the step is the caller's: of two who ask one is, and one who has fallen silent is followed by another."""
    states = [one.value for one in after]
    found = await db.fetchval(SQL["begin_upload_step"], upload_id, step.value, states, now, now - SILENT)
    return found is not None


async def beat(db: WriteConnection, upload_id: int, sent: int, now: datetime) -> None:
    """Alive, and so many bytes sent."""
    await db.execute(SQL["beat_upload"], upload_id, sent, now)


async def end_step(
    db: WriteConnection, upload_id: int, state: Step, *, answer: Any = None, refusal: Any = None,
    result_id: int | None = None,
) -> None:  # fmt: skip
    """What came of it."""
    await db.execute(SQL["end_upload_step"], upload_id, state.value, answer, refusal, result_id)


async def forget(db: WriteConnection, upload_id: int) -> bool:
    """False: somebody is at it."""
    return await db.fetchval(SQL["forget_upload"], upload_id) is not None


async def forget_old(db: WriteConnection, now: datetime) -> None:
    """What nobody has gone on with."""
    await db.execute(SQL["forget_old_uploads"], now - KEPT)
