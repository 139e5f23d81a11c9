"""Bills of clients, their letters and confirmations. An intent stands before a letter is sent, its outcome after."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from accounting.office.notices import Outcome
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_notices", "admin.storage")

Said = dict[str, Any]
"""What a bill says, frozen: ``admin.office.notices.letters.Bill``."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Who of a client is told of what it owes. ``emails``: the first one is written to."""

    id: int
    name: str
    language: str
    time_zone: str | None
    emails: list[str]
    phones: list[str]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A client as its letters name it; country and region say which days it works."""

    id: int
    short_name: str
    country: str
    region: str | None
    status: str


class LivingNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is in force."""

    id: int
    group_id: int
    contact_id: int
    state: str
    said: Said


class NewNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A bill for one recipient."""

    id: int
    organisation_id: int
    contact_id: int
    language: str
    said: Said
    next_attempt_at: datetime
    group_id: int
    due: date
    needs_answer: bool


class NoticeToSend(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with who gets it today."""

    id: int
    group_id: int
    organisation_id: int
    contact_id: int
    language: str
    said: Said
    state: str
    attempts: int
    sent_count: int
    failures: int
    escalation: str
    due: date
    needs_answer: bool
    short_name: str
    country: str
    region: str | None
    status: str
    name: str
    emails: list[str]
    phones: list[str]
    time_zone: str | None
    under_way: bool


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is about to be sent."""

    notice_id: int
    attempt: int
    organisation_id: int
    begun_at: datetime
    address: str
    message_id: str
    token_hash: bytes
    repeat: int
    by_person: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a notice stands after a letter."""

    state: str
    sent_count: int
    failures: int
    escalation: str
    next_attempt_at: datetime | None


class OpenedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody reads who opened a link: the bill in force, whichever the link was for."""

    id: int
    group_id: int
    language: str
    said: Said
    state: str
    due: date
    needs_answer: bool
    superseded_by: int | None
    organisation_id: int
    short_name: str
    country: str
    name: str
    acknowledged_at: datetime | None


class ListedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of the history of a day, with its proof."""

    id: int
    group_id: int
    name: str
    language: str
    said: Said
    state: str
    due: date
    needs_answer: bool
    sent_count: int
    escalation: str
    next_attempt_at: datetime | None
    created_at: datetime
    superseded_by: int | None
    acknowledged_at: datetime | None
    address: str | None
    agent: str | None


class ListedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of the history. ``outcome`` None: it is under way."""

    notice_id: int
    attempt: int
    begun_at: datetime
    ended_at: datetime | None
    address: str
    message_id: str
    repeat: int
    by_person: str | None
    outcome: str | None
    answer: str
    resolved_by: str | None


async def recipients_of(db: ReadConnection | WriteConnection, organisation_id: int, day: date) -> list[Recipient]:
    """Whoever gets slips and can confirm them on that day."""
    rows = await db.fetch(SQL["recipients_of_slips"], organisation_id, day)
    return [msgspec.convert(dict(row), Recipient) for row in rows]


async def told_organisation(db: ReadConnection | WriteConnection, organisation_id: int) -> Told | None:
    """None for a client that is not in sight."""
    row = await db.fetchrow(SQL["organisation_to_tell"], organisation_id)
    return None if row is None else msgspec.convert(dict(row), Told)


async def tell_alone(db: WriteConnection) -> None:
    """From here to the end of the transaction nobody else makes bills."""
    await db.execute(SQL["one_teller"])


async def living_bill(db: WriteConnection, organisation_id: int, due: date) -> list[LivingNotice]:
    """The notices of the bill in force."""
    rows = await db.fetch(SQL["living_bill"], organisation_id, due)
    return [msgspec.convert(dict(row), LivingNotice) for row in rows]


async def supersede_bill(db: WriteConnection, group_id: int, by_group: int) -> None:
    """Another bill takes its place."""
    await db.execute(SQL["supersede_bill"], group_id, by_group)


async def cancel_bill(db: WriteConnection, group_id: int) -> None:
    """Nobody is told of it again."""
    await db.execute(SQL["cancel_bill"], group_id)


async def add_notice(db: WriteConnection, new: NewNotice, now: datetime) -> None:
    """Its first letter goes at ``next_attempt_at``."""
    await db.execute(
        SQL["add_notice"], new.id, new.organisation_id, new.contact_id, new.language, new.said, new.next_attempt_at,
        now, new.group_id, new.due, new.needs_answer,
    )  # fmt: skip


async def next_notice_due(db: WriteConnection, now: datetime) -> int | None:
    """Locked until the transaction ends; None: no letter is due, or others are at those that are."""
    found: int | None = await db.fetchval(SQL["next_notice_due"], now)
    return found


async def notice_to_send(db: WriteConnection, notice_id: int) -> NoticeToSend | None:
    """Locked until the transaction ends; None for one that is not in sight."""
    row = await db.fetchrow(SQL["notice_to_send"], notice_id)
    return None if row is None else msgspec.convert(dict(row), NoticeToSend)


async def is_recipient(db: WriteConnection, notice_id: int, day: date) -> tuple[bool, bool]:
    """Whether whoever a notice is for still gets bills of the client, and whether somebody else is told by this one."""
    row = await db.fetchrow(SQL["still_a_recipient"], notice_id, day)
    assert row is not None, "it is locked"
    return row[0], row[1]


async def begin_attempt(db: WriteConnection, intent: Intent) -> None:
    """From the commit on the letter may have gone."""
    await db.execute(
        SQL["begin_attempt"], intent.notice_id, intent.attempt, intent.organisation_id, intent.begun_at, intent.address,
        intent.message_id, intent.token_hash, intent.repeat, intent.by_person,
    )  # fmt: skip
    await db.execute(SQL["count_attempt"], intent.notice_id, intent.attempt)


async def put_off(db: WriteConnection, notice_id: int, until: datetime) -> None:
    """The letter waits for its hour."""
    await db.execute(SQL["put_off_notice"], notice_id, until)


async def end_attempt(
    db: WriteConnection, notice_id: int, attempt: int, outcome: Outcome, answer: str, now: datetime
) -> int | None:
    """Which repeat the letter was; None: what became of it is known already."""
    repeat: int | None = await db.fetchval(SQL["end_attempt"], notice_id, attempt, outcome.value, now, answer)
    return repeat


async def resolve_attempt(
    db: WriteConnection, notice_id: int, attempt: int, outcome: Outcome, person: str
) -> int | None:
    """Which repeat it was; None: nobody asks any more."""
    repeat: int | None = await db.fetchval(SQL["resolve_attempt"], notice_id, attempt, outcome.value, person)
    return repeat


async def settle(db: WriteConnection, notice_id: int, standing: Standing) -> bool:
    """False when it was confirmed, replaced or cancelled meanwhile: then it stays so."""
    settled = await db.fetchval(
        SQL["settle_notice"], notice_id, standing.state, standing.sent_count, standing.failures, standing.escalation,
        standing.next_attempt_at,
    )  # fmt: skip
    return settled is not None


async def silent_attempts(db: ReadConnection | WriteConnection, before: datetime) -> list[tuple[int, int]]:
    """Notice and attempt of letters whose process died in the middle."""
    return [(row[0], row[1]) for row in await db.fetch(SQL["silent_attempts"], before)]


async def notices_of(db: ReadConnection, organisation_id: int, due: date) -> list[ListedNotice]:
    """Everything that was told of a day, newest first."""
    rows = await db.fetch(SQL["notices_of_bill"], organisation_id, due)
    return [msgspec.convert(dict(row), ListedNotice) for row in rows]


async def attempts_of(db: ReadConnection, notices: Sequence[int]) -> list[ListedAttempt]:
    """Letters, oldest first."""
    rows = await db.fetch(SQL["attempts_of_notices"], list(notices))
    return [msgspec.convert(dict(row), ListedAttempt) for row in rows]
