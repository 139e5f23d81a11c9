"""What the office writes down about its clients: handbooks, versions of their texts, files."""

from datetime import date, datetime

import msgspec

from admin.storage.office.organisations import as_pattern
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_handbooks", "admin.storage")


class NewHandbook(msgspec.Struct, frozen=True, kw_only=True):
    """``owner_id`` None: everybody who sees a client reads it. ``outline``: what a new entry begins with."""

    name: str
    owner_id: int | None
    show_in_card: bool
    outline: str = ""


class Handbook(NewHandbook, frozen=True, kw_only=True):
    """As it stands; ``clients``: of how many in sight it says something."""

    id: int
    archived_at: datetime | None
    clients: int


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Markdown, and the day to look at it again. An empty text takes the entry away and keeps its versions."""

    text: str
    review_by: date | None = None
    pinned: bool = False


class EntryVersion(NewEntry, frozen=True, kw_only=True):
    """A version of an entry."""

    id: int
    author: str
    created_at: datetime


class ListedEntry(NewEntry, frozen=True, kw_only=True):
    """The newest version, with where it belongs."""

    handbook_id: int
    name: str
    organisation_id: int
    short_name: str
    author: str
    created_at: datetime


class ClientEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A handbook as seen from a client; ``text`` None: it says nothing yet."""

    handbook_id: int
    name: str
    owner_id: int | None
    show_in_card: bool
    text: str | None
    review_by: date | None
    pinned: bool | None
    author: str | None
    created_at: datetime | None
    files: int


class HandbookFile(msgspec.Struct, frozen=True):
    """A file beside a text."""

    id: int
    name: str
    size: int
    author: str
    added_at: datetime


class Place(msgspec.Struct, frozen=True):
    """Where a text stands: in a handbook, about a client."""

    handbook_id: int
    organisation_id: int


class Author(msgspec.Struct, frozen=True):
    """Who writes, and when."""

    id: int | None
    name: str
    now: datetime


async def add_handbook(db: WriteConnection, number: int, new: NewHandbook, author: Author) -> None:
    """Behind the others."""
    await db.execute(
        SQL["add_handbook"], number, new.name, new.owner_id, new.show_in_card, new.outline, author.now, author.id
    )


async def change_handbook(
    db: WriteConnection, number: int, name: str, show_in_card: bool, outline: str, archived_at: datetime | None
) -> None:
    """Whose it is stays as it was."""
    await db.execute(SQL["change_handbook"], number, name, show_in_card, outline, archived_at)


async def list_handbooks(db: ReadConnection) -> list[Handbook]:
    """Everybody's first, then one's own, those that are put away last."""
    return [msgspec.convert(dict(row), Handbook) for row in await db.fetch(SQL["handbooks"])]


async def lock_handbook(db: WriteConnection, number: int) -> Handbook | None:
    """The same as by its number, held until the transaction ends."""
    await db.fetchval(SQL["lock_handbook"], number)
    return await handbook_by_id(db, number)


async def handbook_by_id(db: ReadConnection | WriteConnection, number: int) -> Handbook | None:
    """None for one that there is not, or that is somebody else's own."""
    row = await db.fetchrow(SQL["handbook_by_id"], number)
    return None if row is None else msgspec.convert(dict(row), Handbook)


async def entries_of(db: ReadConnection, handbook_id: int, limit: int) -> list[ListedEntry]:
    """By name of the client."""
    rows = await db.fetch(SQL["entries_of_handbook"], handbook_id, limit)
    return [msgspec.convert(dict(row), ListedEntry) for row in rows]


async def entries_of_client(db: ReadConnection, organisation_id: int) -> list[ClientEntry]:
    """Every handbook that is in use, pinned entries first."""
    rows = await db.fetch(SQL["entries_of_client"], organisation_id)
    return [msgspec.convert(dict(row), ClientEntry) for row in rows]


async def versions_of(db: ReadConnection, place: Place, limit: int) -> list[EntryVersion]:
    """Newest first."""
    rows = await db.fetch(SQL["versions_of_entry"], place.handbook_id, place.organisation_id, limit)
    return [msgspec.convert(dict(row), EntryVersion) for row in rows]


async def write_entry(db: WriteConnection, number: int, place: Place, new: NewEntry, author: Author, read: int) -> bool:
    """Another version; ``read``: the version that was read before, 0 for none. False: somebody wrote one since."""
    await db.execute(SQL["lock_entry"], place.handbook_id, place.organisation_id)
    written = await db.fetchval(
        SQL["add_entry"], number, place.handbook_id, place.organisation_id, new.text, new.review_by, new.pinned,
        author.id, author.name, author.now, read,
    )  # fmt: skip
    return written is not None


async def entries_to_review(db: ReadConnection, day: date, limit: int) -> list[ListedEntry]:
    """Whose day to be looked at again has come."""
    rows = await db.fetch(SQL["entries_to_review"], day, limit)
    return [msgspec.convert(dict(row), ListedEntry) for row in rows]


async def search_entries(db: ReadConnection, words: str, limit: int) -> list[ListedEntry]:
    """Those whose text, or the name of a file beside it, holds the words."""
    rows = await db.fetch(SQL["search_entries"], f"%{as_pattern(words.lower())}%", limit)
    return [msgspec.convert(dict(row), ListedEntry) for row in rows]


async def add_file(db: WriteConnection, number: int, place: Place, name: str, content: bytes, author: Author) -> None:
    """Beside the text."""
    await db.execute(
        SQL["add_handbook_file"], number, place.handbook_id, place.organisation_id, name, len(content), content,
        author.id, author.name, author.now,
    )  # fmt: skip


async def files_of(db: ReadConnection, place: Place) -> list[HandbookFile]:
    """Oldest first."""
    rows = await db.fetch(SQL["files_of_entry"], place.handbook_id, place.organisation_id)
    return [HandbookFile(*row) for row in rows]


async def file_content(db: ReadConnection, place: Place, file_id: int) -> tuple[str, bytes] | None:
    """Name and bytes; None for one that there is not."""
    row = await db.fetchrow(SQL["file_content"], file_id, place.handbook_id, place.organisation_id)
    return None if row is None else (row["name"], row["content"])


async def remove_file(db: WriteConnection, place: Place, file_id: int, now: datetime) -> str | None:
    """Its name; None when it was removed before."""
    name: str | None = await db.fetchval(
        SQL["remove_handbook_file"], file_id, place.handbook_id, place.organisation_id, now
    )
    return name
