"""Errors as HTTP answers (RFC 9457, application/problem+json): the only place that knows status codes of our errors."""

import math
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from fiscal_server.api.bodies import InvalidBody
from fiscal_server.api.resources import RequestRejected
from fiscal_server.errors import (
    BodyTooLarge,
    BodyTooSlow,
    CloseRefused,
    FiscalServerError,
    IdempotencyConflict,
    KeyRefused,
    OrderRefused,
    Overloaded,
    TooManyRequests,
    UnknownKey,
    UnknownKkt,
    UnknownMerchant,
    UnknownReceipt,
    UnsupportedBody,
)
from fiscal_server.intake.batch import BatchRejected, Problem
from fiscal_server.intake.imports import ImportRefused
from fiscal_server.intake.replay import CannotExplain
from fiscal_server.storage.pool import may_pass

log = structlog.get_logger(room="api")

_STATUS: Final[dict[type[FiscalServerError], tuple[int, str, str]]] = {
    RequestRejected: (422, "request-rejected", "The request says what cannot be done; nothing was stored"),
    BatchRejected: (422, "batch-rejected", "The batch was refused and nothing was stored"),
    ImportRefused: (422, "import-refused", "The file was refused and nothing was stored"),
    IdempotencyConflict: (409, "idempotency-conflict", "This Idempotency-Key was used for another body"),
    CannotExplain: (409, "cannot-explain", "The receipt cannot be explained from its account's history"),
    CloseRefused: (409, "close-refused", "The month close cannot do this now"),
    OrderRefused: (409, "order-refused", "This cannot be done as things stand"),
    KeyRefused: (409, "key-refused", "This cannot be done with the key"),
    InvalidBody: (422, "invalid-body", "The body cannot be read and nothing was done"),
    TooManyRequests: (429, "too-many-requests", "This key came more often than it may"),
    BodyTooLarge: (413, "body-too-large", "The body is too large"),
    BodyTooSlow: (408, "body-too-slow", "The body came too slowly"),
    UnsupportedBody: (415, "unsupported-body", "The body is of a kind that is not read here"),
    Overloaded: (503, "overloaded", "There is no room for this now"),
    UnknownKey: (404, "unknown-key", "There is no such key"),
    UnknownKkt: (404, "unknown-kkt", "There is no such KKT"),
    UnknownReceipt: (404, "unknown-receipt", "There is no such receipt"),
    UnknownMerchant: (404, "unknown-merchant", "There is no such merchant"),
}

_NAMING: Final = (BatchRejected, ImportRefused, InvalidBody, RequestRejected)
"""Refusals that list what is wrong with which event or field."""


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer's body; ``errors`` lists what is wrong with which event or field."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Problem] | None = None


def problem_response(
    status: int, kind: str, title: str, detail: str, errors: list[Problem] | None = None
) -> Response[bytes]:
    """One answer of the kind ``/problems/<kind>``."""
    body = ProblemDetails(f"/problems/{kind}", title, status, detail, errors)
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/problem+json")


def on_server_error(_: Request[Any, Any, Any], error: FiscalServerError) -> Response[bytes]:
    """Our own refusals."""
    status, kind, title = _STATUS.get(type(error), (500, "internal", "The server could not do this"))
    if status == 500:
        log.error("request_failed", exc_info=error)
    errors = error.problems if isinstance(error, _NAMING) else None
    response = problem_response(status, kind, title, str(error), errors)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(math.ceil(error.wait_s))
    elif isinstance(error, Overloaded):
        response.headers["Retry-After"] = "2"
    return response


def on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown address, wrong method, bad parameter. The status gives the kind."""
    errors = None
    if isinstance(error.extra, list):
        errors = [Problem("invalid", str(one.get("message", "")), str(one.get("key", ""))) for one in error.extra]
    title = HTTPStatus(error.status_code).phrase
    response = problem_response(
        error.status_code, title.lower().replace(" ", "-"), title, error.detail or title, errors
    )
    response.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def on_database_error(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The database is away: nothing was stored, the same request may come again. Else the mistake is ours."""
    if not may_pass(error):
        return on_unexpected_error(_, error)
    log.warning("database_unavailable", reason=f"{type(error).__name__}: {error}")
    response = problem_response(
        503, "database-unavailable", "The database does not answer", "Nothing was stored; send the same request again"
    )
    response.headers["Retry-After"] = "1"
    return response


def on_unexpected_error(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: told to the log in full, to the client in one sentence."""
    log.error("request_failed", exc_info=error)
    return problem_response(500, "internal", "The server could not do this", "Nothing was stored; the log says why")
