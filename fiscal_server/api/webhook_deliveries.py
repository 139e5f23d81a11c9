"""What was sent to a webhook and what came of it; sending it once more by hand."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromPath, QueryParameter

from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import InvalidBody, Moment, as_id, in_calendar, read_body
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.api.webhooks import KeyRequest, endpoint_of, note, read_one
from fiscal_server.clock import Clock
from fiscal_server.intake.batch import Problem
from fiscal_server.storage import webhook_messages
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.pool import Database, WriteConnection
from fiscal_server.storage.webhook_messages import MessageKey, MessageRow
from fiscal_server.storage.webhooks import EndpointKey, EventType
from fiscal_server.webhooks.message_id import message_id, read_message_id

DeliveryState = Literal["WAITING", "DELIVERED", "FAILED"]

_FIRST: Final = (datetime(9999, 1, 1, tzinfo=UTC), MessageKey(0, 0, 0))
_CURSOR: Final = re.compile(r"(\d{1,16})-(\d{1,19})-(\d{1,4})-(\d{1,18})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DeliveryAnswer(msgspec.Struct, frozen=True):
    """A message of an endpoint. ``message``: its ``webhook-id``; ``status`` and ``error``: of the last attempt."""

    message: str
    type: str
    state: str
    happened_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    finished_at: datetime | None
    status: int | None
    error: str | None


class DeliveryPage(msgspec.Struct, frozen=True):
    """Messages, newest first; ``next`` is the cursor of the following page."""

    deliveries: list[DeliveryAnswer]
    next: str | None


class ReplayBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ``message``, or what happened from ``since`` to before ``until`` and is finished (in ``state``, if given)."""

    message: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    since: Moment | None = None
    until: Moment | None = None
    state: Literal["DELIVERED", "FAILED"] | None = None

    def __post_init__(self) -> None:
        in_calendar(self.since, "since")
        in_calendar(self.until, "until")


class ReplayAnswer(msgspec.Struct, frozen=True):
    """How many messages are sent once more."""

    replayed: int


@get(
    "/v1/webhooks/{webhook_id:int}/deliveries", operation_id="ListDeliveries", tags=["webhooks"], opt=needs(Scope.READ)
)
async def get_deliveries(
    request: KeyRequest,
    webhook_id: FromPath[int],
    state: State,
    in_state: Annotated[DeliveryState | None, QueryParameter(name="state")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, QueryParameter(max_length=80, description="`next` of the page before")] = None,
) -> DeliveryPage:
    """Messages of the last 30 days, newest first: delivered, waiting for their next attempt, failed for good."""
    key = endpoint_of(request, webhook_id)
    before = _FIRST if cursor is None else _place(cursor)
    async with state["database"].read() as db:
        await read_one(db, key)
        rows = await webhook_messages.newest_messages(db, key, state=in_state, before=before, limit=limit + 1)
    following = _cursor(rows[limit - 1]) if len(rows) > limit else None
    return DeliveryPage([_answer(row) for row in rows[:limit]], following)


@post(
    "/v1/webhooks/{webhook_id:int}/replay",
    status_code=202,
    operation_id="ReplayWebhook",
    tags=["webhooks"],
    opt=needs(Scope.OPERATE),
)
async def replay(
    request: KeyRequest, webhook_id: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> ReplayAnswer:
    """Send a message once more, or all that happened in a span of time; under the ids that they had."""
    data = await read_body(request, ReplayBody)
    database: Database = state["database"]
    clock: Clock = state["clock"]
    key = endpoint_of(request, webhook_id)
    ranged = data.since is not None and data.until is not None and data.since < data.until
    if (data.message is not None) == ranged or (data.message is not None and data.state is not None):
        raise InvalidBody(Problem("invalid", "name one message, or since and a later until"))
    async with database.write() as db:
        once = Once(request, state, db, idempotency_key)
        if (earlier := await once.earlier(ReplayAnswer)) is not None:
            return earlier
        await read_one(db, key)
        replayed = await _replay(db, key, data, clock.now())
        asked = {name: str(value) for name, value in msgspec.structs.asdict(data).items() if value is not None}
        await note(request, state, db, "webhook.replay", key, after={**asked, "replayed": replayed})
        answer = ReplayAnswer(replayed)
        await once.keep(answer)
    return answer


async def _replay(db: WriteConnection, key: EndpointKey, asked: ReplayBody, now: datetime) -> int:
    if asked.message is None:
        assert asked.since is not None
        assert asked.until is not None
        return await webhook_messages.replay_range(db, key, asked.since, asked.until, asked.state, now)
    named = read_message_id(asked.message)
    if named is None or await webhook_messages.replay_message(db, key, named, now) is None:
        raise NotFoundException("This webhook has no such message")
    return 1


def _answer(row: MessageRow) -> DeliveryAnswer:
    return DeliveryAnswer(
        message=message_id(EventType(row.type), row.key),
        type=row.type,
        state=row.state,
        happened_at=row.happened_at,
        attempts=row.attempts,
        next_attempt_at=row.due_at if row.state == "WAITING" else None,
        finished_at=row.finished_at,
        status=row.status,
        error=row.error,
    )


def _cursor(row: MessageRow) -> str:
    micros = (row.happened_at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}-{row.key.subject_id}-{row.key.stage}-{row.key.nth}"


def _place(cursor: str) -> tuple[datetime, MessageKey]:
    found = _CURSOR.fullmatch(cursor)
    if found is None or not as_id(int(found[2])):
        raise ValidationException("this is no cursor of a page")
    micros, subject_id, stage, nth = (int(part) for part in found.groups())
    return _EPOCH + timedelta(microseconds=micros), MessageKey(subject_id, stage, nth)


HANDLERS = (get_deliveries, replay)
