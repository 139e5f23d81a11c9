"""Bodies of requests, read one way everywhere: what is wrong is answered with the field and the reason."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

from fiscal_server.errors import BodyTooSlow, FiscalServerError
from fiscal_server.intake.batch import Problem, problem_of
from fiscal_server.intake.forms import BYTE_ORDER_MARK, UNREADABLE

MAX_SMALL_BODY: Final = 1024 * 1024
"""Bytes of any body that is no batch and no import."""

SMALL_BODY_S: Final = 30.0
"""Such a body is a few kilobytes: who needs longer to send it is not waited for."""

HUNG_UP: Final = "the client hung up in the middle of it"
"""The framework takes that for a mistake of the server, which the log would tell in full."""

_LAST_ID: Final = (1 << 63) - 1

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\0]*[^\s\0][^\0]*\Z")]
"""Something said by a person: not empty, not endless, storable."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""With its zone. A struct that has one asks `in_calendar`."""

Body = TypeVar("Body")


class InvalidBody(FiscalServerError):
    """The body cannot be read; nothing was done."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.reason} at `{problem.field}`" if problem.field else problem.reason)
        self.problems = [problem]


async def small_body(request: Request[Any, Any, Any], *, within_s: float | None = None) -> bytes:
    """The bytes of a body whose size the route bounds, or the application, without a mark of byte order.

    Raises BodyTooSlow.
    """
    patience_s = SMALL_BODY_S if within_s is None else within_s
    try:
        async with asyncio.timeout(patience_s):
            return (await request.body()).removeprefix(BYTE_ORDER_MARK)
    except TimeoutError:
        raise BodyTooSlow(f"it did not come within {patience_s:g} seconds") from None
    except InternalServerException:
        raise BodyTooSlow(HUNG_UP) from None


async def read_body(request: Request[Any, Any, Any], kind: type[Body]) -> Body:
    """The request's JSON as this struct; an empty body counts as ``{}``. Raises InvalidBody, BodyTooSlow."""
    raw = await small_body(request)
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except UNREADABLE as error:
        raise InvalidBody(problem_of(error)) from error


def in_calendar(moment: datetime | None, field: str) -> None:
    """For ``__post_init__``. Raises ValueError of a moment that is none in UTC: with its zone one may lie half a day
    beyond the calendar.
    """
    try:
        if moment is not None:
            moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"`{field}` lies beyond the calendar") from None


def as_id(number: int) -> int:
    """A number that may be an id; what cannot be one names nothing."""
    return number if 0 < number <= _LAST_ID else 0
