"""Errors as HTTP answers (RFC 9457, application/problem+json): which of our errors is which kind."""

import math
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from fiscal_server.api.bodies import InvalidBody
from fiscal_server.api.parameters import name_in_request
from fiscal_server.api.problem_kinds import KINDS, ProblemKind
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
from fiscal_server.intake.correction_orders import CorrectionRejected
from fiscal_server.intake.imports import ImportRefused
from fiscal_server.intake.replay import CannotExplain
from fiscal_server.storage.pool import may_pass

log = structlog.get_logger(room="api")

_KIND_OF: Final[dict[type[FiscalServerError], ProblemKind]] = {
    RequestRejected: KINDS["request-rejected"],
    BatchRejected: KINDS["batch-rejected"],
    ImportRefused: KINDS["import-refused"],
    CorrectionRejected: KINDS["correction-rejected"],
    IdempotencyConflict: KINDS["idempotency-conflict"],
    CannotExplain: KINDS["cannot-explain"],
    CloseRefused: KINDS["close-refused"],
    OrderRefused: KINDS["order-refused"],
    KeyRefused: KINDS["key-refused"],
    InvalidBody: KINDS["invalid-body"],
    TooManyRequests: KINDS["too-many-requests"],
    BodyTooLarge: KINDS["body-too-large"],
    BodyTooSlow: KINDS["body-too-slow"],
    UnsupportedBody: KINDS["unsupported-body"],
    Overloaded: KINDS["overloaded"],
    UnknownKey: KINDS["unknown-key"],
    UnknownKkt: KINDS["unknown-kkt"],
    UnknownReceipt: KINDS["unknown-receipt"],
    UnknownMerchant: KINDS["unknown-merchant"],
}

_OF_STATUS: Final[dict[int, ProblemKind]] = {
    400: KINDS["bad-request"],
    401: KINDS["unauthorized"],
    403: KINDS["forbidden"],
    404: KINDS["not-found"],
    405: KINDS["method-not-allowed"],
    412: KINDS["precondition-failed"],
    413: KINDS["body-too-large"],
    415: KINDS["unsupported-body"],
}
"""What the framework refuses: by its status, for its words change from one Python to the next (413)."""

_NAMING: Final = (BatchRejected, CorrectionRejected, ImportRefused, InvalidBody, RequestRejected)
"""Refusals that list what is wrong with which event or field."""


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer's body; ``errors`` lists what is wrong with which event or field."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Problem] | None = None


def problem_response(kind: ProblemKind, detail: str, errors: list[Problem] | None = None) -> Response[bytes]:
    """One answer of a kind."""
    body = ProblemDetails(kind.uri, kind.title, kind.status, detail, errors)
    return Response(msgspec.json.encode(body), status_code=kind.status, media_type="application/problem+json")


def on_server_error(_: Request[Any, Any, Any], error: FiscalServerError) -> Response[bytes]:
    """Our own refusals."""
    kind = _KIND_OF.get(type(error))
    if kind is None:
        return on_unexpected_error(_, error)
    errors = error.problems if isinstance(error, _NAMING) else None
    response = problem_response(kind, str(error), errors)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(math.ceil(error.wait_s))
    elif isinstance(error, Overloaded):
        response.headers["Retry-After"] = "2"
    return response


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown address, wrong method, bad parameter. The status gives the kind."""
    kind = _OF_STATUS.get(error.status_code)
    if kind is None:
        return on_unexpected_error(request, error)
    errors = None
    if isinstance(error.extra, list):
        errors = [_bad_parameter(request, one) for one in error.extra]
    response = problem_response(kind, error.detail or kind.title, errors)
    response.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _bad_parameter(request: Request[Any, Any, Any], said: dict[str, Any]) -> Problem:
    name = name_in_request(request.route_handler, str(said.get("key", "")))
    return Problem("invalid", str(said.get("message", "")), name)


def on_database_error(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The database is away: nothing was stored, the same request may come again. Else the mistake is ours."""
    if not may_pass(error):
        return on_unexpected_error(_, error)
    log.warning("database_unavailable", reason=f"{type(error).__name__}: {error}")
    response = problem_response(KINDS["database-unavailable"], "Nothing was stored; send the same request again")
    response.headers["Retry-After"] = "1"
    return response


def on_unexpected_error(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: told to the log in full, to the client in one sentence."""
    log.error("request_failed", exc_info=error)
    return problem_response(KINDS["internal"], "Nothing was stored; the log says why")
