"""Completes the document that the framework makes of the handlers; it is made once, when it is first asked for."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar.openapi.spec import OpenAPI

from fiscal_server.api.contract.answers import ANSWERS
from fiscal_server.api.contract.atol_online import dialect_paths
from fiscal_server.api.contract.bodies import BODIES, MAY_BE_EMPTY
from fiscal_server.api.contract.content import content, hoisted
from fiscal_server.api.contract.refusals import OF_KEYS, REFUSALS
from fiscal_server.api.etags import has_etag
from fiscal_server.api.problem_kinds import KINDS, ProblemKind
from fiscal_server.api.problems import ProblemDetails
from fiscal_server.intake.batch import Problem

PROBLEM: Final = "application/problem+json"
_PROBLEM_REF: Final = {"$ref": "#/components/schemas/ProblemDetails"}
_NAMING: Final = ("bad-request", "invalid-case", "request-rejected", "batch-rejected", "import-refused", "invalid-body")
_WAITING: Final = ("too-many-requests", "overloaded", "database-unavailable")


def _header(words: str) -> dict[str, Any]:
    return {"description": words, "schema": {"type": "string"}}


_OF_ALL: Final = {"X-Request-Id": _header("yours if it was sound, else one made here; the log has it")}
_OF_KEYS: Final = {
    "RateLimit-Policy": _header("what a key may do: draft-ietf-httpapi-ratelimit-headers"),
    "RateLimit": _header("what is left to the key"),
}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag that is known: 304 while it is still that one",
    "schema": {"type": "string"},
}
_ETAG: Final = {"ETag": _header("for If-None-Match and If-Match")}


@dataclass
class Document(OpenAPI):
    """The document, completed as it becomes JSON."""

    atol_path: str = ""

    def to_schema(self) -> dict[str, Any]:
        """As ``/schema/openapi.json`` answers it."""
        written = super().to_schema()
        written.pop("atolPath", None)
        written.pop("atol_path", None)
        written["paths"].update(dialect_paths(self.atol_path))
        parts: dict[str, Any] = {}
        for path, methods in written["paths"].items():
            for method, operation in methods.items():
                if has_etag(method.upper(), path):
                    operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
                _complete(path, operation)
        written["paths"] = hoisted(written["paths"], parts)
        hoisted(content_of_problem(), parts)
        components = written["components"]
        components["schemas"] = hoisted(components["schemas"], {}) | parts
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        return written


def content_of_problem() -> dict[str, Any]:
    """The schema of problem details, as a part to hoist."""
    _, parts = msgspec.json.schema_components([ProblemDetails], ref_template="#/$defs/{name}")
    return {"$defs": parts}


def _complete(path: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    keyed = path.startswith("/v1/")
    if keyed:
        operation["security"] = [{"key": []}]
    if name in BODIES:
        operation["requestBody"] = {"content": content(BODIES[name]), "required": name not in MAY_BE_EMPTY}
    answers = operation["responses"]
    if keyed or path.startswith(("/problems", "/health", "/metrics")):
        answers.pop("400", None)
    for status, medias in ANSWERS.get(name, {}).items():
        told = answers.setdefault(str(status), {"description": "As asked"})
        if medias:
            told["content"] = content(medias)
    _add_conditions(operation)
    for status, kinds in _kinds_of(operation, keyed=keyed).items():
        answers[str(status)] = _refusal(kinds)
    for answer in answers.values():
        answer["headers"] = {**answer.get("headers", {}), **_OF_ALL, **(_OF_KEYS if keyed else {})}
        answer.setdefault("description", "As asked")
    operation["responses"] = dict(sorted(answers.items()))


def _add_conditions(operation: dict[str, Any]) -> None:
    """Whoever takes an entity tag also gives one."""
    answers = operation["responses"]
    headers = _names(operation, "header")
    if headers & {"If-None-Match", "If-Match"}:
        for status, answer in answers.items():
            if status.startswith("2"):
                answer["headers"] = dict(_ETAG)
    if "If-None-Match" in headers:
        answers["304"] = {"description": "It is still what If-None-Match names", "headers": dict(_ETAG)}


def _names(operation: dict[str, Any], place: str) -> set[str]:
    return {one["name"] for one in operation.get("parameters") or [] if one["in"] == place}


def _kinds_of(operation: dict[str, Any], *, keyed: bool) -> dict[int, list[ProblemKind]]:
    """By status: what its parameters and its key may lead to, and what is said of it alone."""
    names = list(REFUSALS.get(operation["operationId"], ()))
    if "body-too-large" in names:
        names.append("body-too-slow")
    if keyed:
        names += OF_KEYS
        if _names(operation, "query") | _names(operation, "header"):
            names.append("bad-request")
        if _names(operation, "path"):
            names.append("not-found")
        if "If-Match" in _names(operation, "header"):
            names.append("precondition-failed")
    elif operation.get("tags") == ["problems"]:
        names.append("bad-request")
    kinds: dict[int, list[ProblemKind]] = {}
    for kind in KINDS.values():
        if kind.name in names:
            kinds.setdefault(kind.status, []).append(kind)
    return kinds


def _refusal(kinds: list[ProblemKind]) -> dict[str, Any]:
    """The answer of a status, with an example of each kind that has it."""
    examples = {kind.name: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    answer: dict[str, Any] = {
        "description": "; ".join(f"[{kind.name}]({kind.uri}): {kind.title}" for kind in kinds),
        "content": {PROBLEM: {"schema": _PROBLEM_REF, "examples": examples}},
    }
    if any(kind.name in _WAITING for kind in kinds):
        answer["headers"] = {"Retry-After": _header("seconds to wait")}
    return answer


def _example(kind: ProblemKind) -> dict[str, Any]:
    errors = [Problem("invalid", "Expected `int`, got `str`", "amount")] if kind.name in _NAMING else None
    example: dict[str, Any] = msgspec.to_builtins(
        ProblemDetails(kind.uri, kind.title, kind.status, "What was wrong, in one sentence", errors)
    )
    return example
