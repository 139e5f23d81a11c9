"""A person says what became of a letter of which the panel does not know."""

from datetime import datetime

from accounting.office.notices import Outcome
from admin.storage.office import notices
from admin.storage.office.notices import Standing
from fiscal_server.storage.pool import WriteConnection


async def resolve(
    db: WriteConnection, notice_id: int, attempt: int, outcome: Outcome, person: str, now: datetime
) -> bool:
    """``ARRIVED`` changes nothing else; ``LOST`` makes the same letter due at once, unless a later one has gone since.

    False: nobody asks any more.
    """
    notice = await notices.notice_to_send(db, notice_id)
    if notice is None:
        return False
    repeat = await notices.resolve_attempt(db, notice_id, attempt, outcome, person)
    if repeat is None:
        return False
    is_last = attempt == notice.attempts
    if outcome is Outcome.LOST and is_last and notice.state == "sent" and not notice.under_way:
        standing = Standing(
            state=notice.state,
            sent_count=notice.sent_count - 1,
            failures=0,
            escalation=notice.escalation,
            next_attempt_at=now,
        )
        await notices.settle(db, notice_id, standing)
    return True
