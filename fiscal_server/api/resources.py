"""What every resource has in common: ids and cursors, bodies, entity tags, examples for the OpenAPI document."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import HeaderParameter, QueryParameter

from fiscal_server.api.bodies import InvalidBody
from fiscal_server.api.etags import etag_of, names
from fiscal_server.api.requests import request_id_of
from fiscal_server.errors import FiscalServerError
from fiscal_server.ids import EPOCH, first_id_at
from fiscal_server.intake.batch import Problem, problem_of
from fiscal_server.intake.forms import UNREADABLE
from fiscal_server.storage.audit import AuditRow, add_audit
from fiscal_server.storage.keys import KeyOwner
from fiscal_server.storage.pool import WriteConnection

LAST_ID: Final = (1 << 63) - 1

NO_NUL: Final = r"^[^\0]*\Z"
"""Texts that PostgreSQL can hold."""

OrderKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        description="Yours for this order: the same key with the same body is the same order, as it stands now",
    ),
]
Cursor = Annotated[int, QueryParameter(name="cursor", ge=1, le=LAST_ID, description="`next` of the page before")]
AccountCode = Annotated[
    str | None, QueryParameter(max_length=128, pattern=NO_NUL, description="the billing system's number of it")
]
FromDay = Annotated[date | None, QueryParameter(name="from", description="first day, in the server's time zone")]
ToDay = Annotated[date | None, QueryParameter(name="to", description="last day, in the server's time zone")]
IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="ETag that was seen: 412 when it is another one by now")
]
Body = TypeVar("Body")


class RequestRejected(FiscalServerError):
    """What was asked for can be read but not be done; nothing was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        where = f"{problems[0].field}: " if problems[0].field else ""
        super().__init__(f"{where}{problems[0].reason}")
        self.problems = problems


class Changed(msgspec.Struct, frozen=True):
    """What was done to what, as the audit keeps it."""

    action: str
    object: str
    before: dict[str, Any]
    after: dict[str, Any]


def decode_body(raw: bytes, kind: type[Body]) -> Body:
    """The JSON of a body that replaces something, and so may not be left out. Raises InvalidBody."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNREADABLE as error:
        raise InvalidBody(problem_of(error)) from error


def ids_of_days(first: date | None, last: date | None, zone: ZoneInfo) -> tuple[int, int]:
    """Ids that were made from the first day to the end of the last one: the first of them, and the first one behind.

    An open end holds everything. Raises RequestRejected when the days are in the wrong order.
    """
    if first is not None and last is not None and last < first:
        raise RequestRejected([Problem("invalid", "`to` lies before `from`", "to")])
    following = None if last is None or last == date.max else last + timedelta(days=1)
    return 1 if first is None else _id_at(first, zone), LAST_ID if following is None else _id_at(following, zone)


def _id_at(day: date, zone: ZoneInfo) -> int:
    if day < EPOCH.date():
        return 1
    midnight = datetime.combine(day, time.min, zone)
    return min(max(first_id_at(midnight), 1), LAST_ID)


def answer_with_etag(answer: msgspec.Struct) -> Response[bytes]:
    """The answer to a change with the ETag that it leaves behind."""
    body = msgspec.json.encode(answer)
    return Response(body, media_type="application/json", headers={"ETag": etag_of(body)})


def require_match(request: Request[Any, Any, State], answer: msgspec.Struct) -> None:
    """Raises the 412 when the client changes what is not as it saw it. Without If-Match the last one wins."""
    seen = request.headers.get("if-match")
    if seen is not None and not names(seen, etag_of(msgspec.json.encode(answer))):
        raise HTTPException(status_code=412, detail="It was changed since it was read: read it again")


async def keep_audit(
    request: Request[int, KeyOwner, State], state: State, db: WriteConnection, change: Changed
) -> None:
    """Who made a change with which request, in the transaction of the change itself."""
    row = AuditRow(
        id=state["database"].ids.next(),
        at=state["clock"].now(),
        actor=request.auth.actor,
        action=change.action,
        object=change.object,
        before=change.before,
        after=change.after,
        request_id=request_id_of(request.scope),
    )
    await add_audit(db, request.user, row)
