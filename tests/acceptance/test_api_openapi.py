"""The OpenAPI document as a contract: every operation says what it takes, what it answers and how it refuses, with an
example of each, and no example is anything else than its schema allows.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from litestar.handlers import HTTPRouteHandler

from fiscal_server.api.contract.answers import ANSWERS
from fiscal_server.api.contract.bodies import BODIES
from fiscal_server.api.contract.refusals import REFUSALS
from fiscal_server.api.problem_kinds import KINDS
from fiscal_server.app import create_app
from fiscal_server.clock import SystemClock
from fiscal_server.settings import Settings

Json = dict[str, Any]

APP = create_app(Settings(data_dir=Path("/nowhere")), "postgresql://nowhere", SystemClock()).framework
DOCUMENT: Json = json.loads(json.dumps(APP.openapi_schema.to_schema()))
OPERATIONS: dict[str, tuple[str, str, Json]] = {
    one["operationId"]: (path, method, one)
    for path, methods in DOCUMENT["paths"].items()
    for method, one in methods.items()
}
KEYED = [name for name, (path, _, _) in OPERATIONS.items() if path.startswith("/v1/")]
DIALECT = [name for name in OPERATIONS if name.startswith("Atol")]

WITHOUT_A_BODY = {
    "CancelCorrection", "CancelPeriodClose", "CancelRestoration", "CancelRestorationJob", "DrainNode", "ResumeNode",
    "ResumePeriodClose", "ResumeRestorationJob", "RevokeKey", "TestWebhook",
}  # fmt: skip
"""What changes something and says all in its address."""

each_operation = pytest.mark.parametrize("name", sorted(OPERATIONS))
each_keyed = pytest.mark.parametrize("name", sorted(KEYED))


def examples(content: Json) -> Iterator[tuple[str, Json, Any]]:
    """Media type, schema, value of each example."""
    for media_type, media in content.items():
        if "example" in media:
            yield media_type, media["schema"], media["example"]
        for one in media.get("examples", {}).values():
            yield media_type, media["schema"], one["value"]


def fits(schema: Json, value: Any) -> list[str]:
    """What is wrong with a value."""
    whole = {**schema, "components": DOCUMENT["components"]}
    return [str(error) for error in jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(value)]


def test_every_handler_of_the_application_stands_in_the_document() -> None:
    handlers = {
        str(handler.operation_id)
        for route in APP.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema() and handler.operation_id
    }
    assert handlers == set(OPERATIONS) - set(DIALECT)
    assert len(DIALECT) == 6


def test_what_is_said_of_operations_is_said_of_operations_that_are_there() -> None:
    assert set(ANSWERS) | set(BODIES) | set(REFUSALS) <= set(OPERATIONS)
    assert {kind for kinds in REFUSALS.values() for kind in kinds} <= set(KINDS)


@each_operation
def test_every_operation_shows_each_of_its_answers(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    assert operation["description"]
    done = [status for status in operation["responses"] if status.startswith("2")]
    assert done
    for status, answer in operation["responses"].items():
        assert answer["description"], status
        assert "X-Request-Id" in answer["headers"] or name in DIALECT
        if status in ("204", "304"):
            assert "content" not in answer
            continue
        shown = list(examples(answer["content"]))
        assert {media_type for media_type, _, _ in shown} == set(answer["content"])
        for _, schema, value in shown:
            assert fits(schema, value) == [], status


@each_operation
def test_every_operation_that_takes_a_body_shows_it(name: str) -> None:
    _, method, operation = OPERATIONS[name]
    body = operation.get("requestBody")
    if method not in ("post", "put", "patch") or name in WITHOUT_A_BODY:
        assert body is None
        return
    shown = list(examples(body["content"]))
    assert {media_type for media_type, _, _ in shown} == set(body["content"])
    for _, schema, value in shown:
        assert schema
        assert fits(schema, value) == []


@each_keyed
def test_every_operation_behind_a_key_says_how_it_refuses(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    answers = operation["responses"]
    parameters = {one["in"] for one in operation.get("parameters", [])}
    headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
    wanted = {"401", "403", "429", "500", "503"}
    wanted |= {"404"} if "path" in parameters else set()
    wanted |= {"400"} if parameters & {"query", "header"} else set()
    wanted |= {"412"} if "If-Match" in headers else set()
    wanted |= {"413"} if "requestBody" in operation else set()
    assert wanted <= set(answers)
    assert ("304" in answers) == ("If-None-Match" in headers)
    if "requestBody" in operation and name != "ComputeReceipts":
        assert "422" in answers
    assert operation["security"] == [{"key": []}]
    for status, answer in answers.items():
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"]
            kinds = set(answer["content"]["application/problem+json"]["examples"])
            assert kinds
            assert {KINDS[kind].status for kind in kinds} == {int(status)}
        assert {"RateLimit", "RateLimit-Policy"} <= set(answer["headers"])
        if status in ("429", "503"):
            assert "Retry-After" in answer["headers"]


def test_every_reference_leads_somewhere_and_every_pattern_is_one_of_ecma() -> None:
    def walk(value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            yield from value.items()
            for part in value.values():
                yield from walk(part)
        elif isinstance(value, list):
            for part in value:
                yield from walk(part)

    seen = 0
    for name, value in walk(DOCUMENT):
        if name == "$ref":
            seen += 1
            assert value.removeprefix("#/components/schemas/") in DOCUMENT["components"]["schemas"], value
        if name == "pattern" and isinstance(value, str):
            assert "\\Z" not in value
            assert "\\0" not in value
        assert name != "$defs"
    assert seen > 100


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_body_that_is_no_body_does_not_fit_its_schema(name: str) -> None:
    """The schemas say something."""
    for media in OPERATIONS[name][2]["requestBody"]["content"].values():
        assert fits(media["schema"], 17) != []
