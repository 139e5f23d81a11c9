"""People, what they may see, and the one-time links by which they choose a password."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from admin.permissions import Role
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("people", "admin.storage")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in; ``password_hash`` None: has not chosen a password yet."""

    id: int
    email: str
    name: str
    roles: tuple[Role, ...]
    language: str
    password_hash: str | None
    totp_secret: str | None
    totp_step: int
    created_at: datetime
    disabled_at: datetime | None


class ListedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list of people."""

    id: int
    email: str
    name: str
    roles: tuple[Role, ...]
    language: str
    chosen: bool
    """Has a password."""
    second_factor: bool
    disabled_at: datetime | None
    seen_at: datetime | None
    merchants: int


class MorningLetters(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody gets the letter of the day's cases; ``digest_hour`` is of the office's clock."""

    digest: Literal["always", "due", "never"]
    digest_hour: Annotated[int, msgspec.Meta(ge=8, le=18)]


def known_email(text: str) -> str:
    """An address as it is stored and looked for."""
    return text.strip().lower()


async def add_person(
    db: WriteConnection, person_id: int, email: str, name: str, roles: Sequence[Role], language: str, now: datetime
) -> bool:
    """False when somebody has this address already."""
    found = await db.fetchval(SQL["add_person"], person_id, known_email(email), name, list(roles), language, now)
    return found is not None


async def person_by_email(db: ReadConnection | WriteConnection, email: str) -> Person | None:
    """Who has this address, shut out or not."""
    row = await db.fetchrow(SQL["person_by_email"], known_email(email))
    return None if row is None else msgspec.convert(dict(row), Person)


async def person_by_id(db: ReadConnection | WriteConnection, person_id: int) -> Person | None:
    """The same by number."""
    row = await db.fetchrow(SQL["person_by_id"], person_id)
    return None if row is None else msgspec.convert(dict(row), Person)


async def lock_person(db: WriteConnection, person_id: int) -> Person | None:
    """The same, held until the transaction ends."""
    row = await db.fetchrow(SQL["lock_person"], person_id)
    return None if row is None else msgspec.convert(dict(row), Person)


async def list_people(db: ReadConnection | WriteConnection) -> list[ListedPerson]:
    """Everybody by name, those who were shut out at the end."""
    return [msgspec.convert(dict(row), ListedPerson) for row in await db.fetch(SQL["list_people"])]


async def somebody_is_there(db: ReadConnection | WriteConnection) -> bool:
    """Whether the first person was made."""
    return bool(await db.fetchval(SQL["somebody_is_there"]))


async def change_person(
    db: WriteConnection, person_id: int, name: str, roles: Sequence[Role], language: str, disabled_at: datetime | None
) -> None:
    """What an administrator, or the person, may say."""
    await db.execute(SQL["change_person"], person_id, name, list(roles), language, disabled_at)


async def letters_of(db: ReadConnection, person_id: int) -> MorningLetters:
    """What somebody has said about the letter of the morning."""
    row = await db.fetchrow(SQL["morning_letters_of"], person_id)
    assert row is not None, "people are never deleted"
    return msgspec.convert(dict(row), MorningLetters)


async def set_letters(db: WriteConnection, person_id: int, letters: MorningLetters) -> None:
    """From the next look of the panel on; one that went today does not go again."""
    await db.execute(SQL["set_morning_letters"], person_id, letters.digest, letters.digest_hour)


async def set_password(db: WriteConnection, person_id: int, password_hash: str) -> None:
    """And no link that was sent before works any more."""
    await db.execute(SQL["set_password"], person_id, password_hash)
    await db.execute(SQL["drop_password_link"], person_id)


async def set_second_factor(
    db: WriteConnection, person_id: int, secret: str | None, step: int, recovery_hashes: Sequence[bytes]
) -> None:
    """A new one with its recovery codes, or none."""
    await db.execute(SQL["set_totp"], person_id, secret, step)
    await db.execute(SQL["drop_recovery_codes"], person_id)
    if recovery_hashes:
        await db.execute(SQL["add_recovery_codes"], person_id, list(recovery_hashes))


async def use_totp_step(db: WriteConnection, person_id: int, step: int) -> bool:
    """Whether a code of this step was not used before."""
    return await db.fetchval(SQL["use_totp_step"], person_id, step) is not None


async def use_recovery_code(db: WriteConnection, person_id: int, code_hash: bytes) -> bool:
    """Whether it was one of theirs; it is none any more."""
    return await db.fetchval(SQL["use_recovery_code"], person_id, code_hash) is not None


async def count_recovery_codes(db: ReadConnection, person_id: int) -> int:
    """How many are left."""
    return int(await db.fetchval(SQL["count_recovery_codes"], person_id))


async def merchants_of(db: ReadConnection | WriteConnection, person_id: int) -> list[int]:
    """Ids of the merchants given to a person."""
    return [row["merchant_id"] for row in await db.fetch(SQL["merchants_of"], person_id)]


async def give_merchants(db: WriteConnection, person_id: int, merchants: Sequence[int]) -> None:
    """These and no others from now on."""
    await db.execute(SQL["take_merchants"], person_id)
    await db.execute(SQL["give_merchants"], person_id, sorted(set(merchants)))


async def put_password_link(db: WriteConnection, person_id: int, token_hash: bytes, expires_at: datetime) -> None:
    """The one link that works for this person."""
    await db.execute(SQL["put_password_link"], person_id, token_hash, expires_at)


async def find_password_link(db: ReadConnection | WriteConnection, token_hash: bytes, now: datetime) -> int | None:
    """Whose it is; None when it works no more."""
    found: int | None = await db.fetchval(SQL["find_password_link"], token_hash, now)
    return found


async def use_password_link(db: WriteConnection, token_hash: bytes, now: datetime) -> int | None:
    """Whose it was; it works no more."""
    found: int | None = await db.fetchval(SQL["use_password_link"], token_hash, now)
    return found


async def let_own(db: ReadConnection | WriteConnection, person_id: int | None) -> None:
    """Until this transaction ends: saved views and jobs are this person's; None: of whoever need not sign in."""
    await db.execute(SQL["let_own"], "nobody" if person_id is None else str(person_id))
