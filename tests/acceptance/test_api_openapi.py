"""The OpenAPI document of the resources: an example of every operation, and each is what it says it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from fiscal_server.api import (
    account_history,
    accounts,
    cassettes,
    corrections,
    events,
    merchants,
    receipt_export,
    receipts,
)
from fiscal_server.app import create_app
from fiscal_server.clock import SystemClock
from fiscal_server.settings import Settings

RESOURCES = (account_history, accounts, cassettes, corrections, events, merchants, receipt_export, receipts)


@pytest.fixture(scope="module")
def app() -> Litestar:
    return create_app(Settings(data_dir=Path("/nowhere")), "postgresql://nowhere", SystemClock())


@pytest.fixture(scope="module")
def operations(app: Litestar) -> dict[str, dict[str, Any]]:
    document = json.loads(json.dumps(app.openapi_schema.to_schema(), default=str))
    return {one["operationId"]: one for path in document["paths"].values() for one in path.values()}


NAMES = sorted(str(handler.operation_id) for module in RESOURCES for handler in module.HANDLERS)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_has_an_example_of_its_answer_and_of_its_body(
    operations: dict[str, dict[str, Any]], name: str
) -> None:
    operation = operations[name]
    [content] = operation["responses"]["200"]["content"].values()
    assert content["examples"], name
    assert operation["description"]
    body = operation.get("requestBody")
    if body is not None:
        media = body["content"]["application/json"]
        assert media["example"]
        assert media["schema"]
    assert (body is not None) == (name.startswith(("Put", "Patch", "Post", "Preview")))
