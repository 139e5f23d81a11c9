"""The paths of ATOL Online's dialect, which is no part of the framework's routes (atol_online/face.py)."""

from typing import Any, Final

import msgspec

from fiscal_server.api.atol_online.documents import Amendment4, Amendment5, Sale4, Sale5
from fiscal_server.api.atol_online.errors import KINDS, ErrorBody
from fiscal_server.api.atol_online.reports import Payload
from fiscal_server.api.atol_online.words import OPERATIONS
from fiscal_server.api.contract.content import JSON, TEXT

_TAG: Final = ["ATOL Online"]
_AT: Final = "20.10.2026 12:00:04"
_UUID: Final = "0522f6d5-38e6-7000-8000-000000000001"
_ITEM: Final[dict[str, Any]] = {"name": "Доступ в интернет", "price": 450.0, "quantity": 1.0, "sum": 450.0}
_SALE: Final[dict[int, dict[str, Any]]] = {
    4: {
        "timestamp": _AT,
        "external_id": "pay-118",
        "receipt": {
            "client": {"email": "payer@example.com"},
            "company": {"inn": "7700000016", "payment_address": "https://provider.example", "sno": "osn"},
            "items": [
                {**_ITEM, "payment_method": "full_payment", "payment_object": "service", "vat": {"type": "vat22"}}
            ],
            "payments": [{"type": 1, "sum": 450.0}],
            "total": 450.0,
        },
    },
    5: {
        "timestamp": _AT,
        "external_id": "pay-118",
        "receipt": {
            "client": {"email": "payer@example.com"},
            "company": {
                "inn": "7700000016",
                "payment_address": "https://provider.example",
                "sno": "osn",
                "email": "check@provider.example",
            },
            "items": [
                {
                    **_ITEM,
                    "measure": 0,
                    "payment_method": "full_payment",
                    "payment_object": 4,
                    "vat": {"type": "vat22"},
                }
            ],
            "payments": [{"type": 1, "sum": 450.0}],
            "total": 450.0,
        },
    },
}
_ERROR: Final = {"error_id": "6f1c7a52-0c43-4d51-9d0b-0b6f4f0f8a11", "code": 32, "text": "…", "type": "system"}
_WAIT: Final = {"uuid": _UUID, "timestamp": _AT, "error": None, "status": "wait"}
_DONE: Final[dict[str, Any]] = {
    "uuid": _UUID,
    "error": None,
    "status": "done",
    "payload": {
        "total": 450.0,
        "fns_site": "www.nalog.gov.ru",
        "fn_number": "9999078900000001",
        "shift_number": 12,
        "receipt_datetime": _AT,
        "fiscal_receipt_number": 7,
        "fiscal_document_number": 184,
        "ecr_registration_number": "0000000001041777",
        "fiscal_document_attribute": 2_318_604_117,
    },
    "timestamp": _AT,
    "group_code": "main",
    "daemon_code": "fiscal-server",
    "device_code": "slot-1",
    "external_id": "pay-118",
    "callback_url": "",
}


def _numbers(schema: Any) -> Any:
    """Amounts are JSON numbers in the dialect."""
    if isinstance(schema, list):
        return [_numbers(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    return {name: _numbers(part) for name, part in schema.items()}


def _types(*kinds: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Schemas of types, and what stands in them; under names of the dialect, for ours has a Receipt too."""
    schemas, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/Atol.{name}")
    return _numbers(list(schemas)), {f"Atol.{name}": _numbers(part) for name, part in parts.items()}


def _packet(*required: str, **properties: Any) -> dict[str, Any]:
    [error, payload], parts = _types(ErrorBody, Payload)
    told = {"uuid": TEXT, "timestamp": TEXT, "status": TEXT, "error": {"anyOf": [error, {"type": "null"}]}}
    if "payload" in properties:
        properties = {**properties, "payload": {"anyOf": [payload, {"type": "null"}]}}
    return {"type": "object", "required": list(required), "properties": {**told, **properties}, "$defs": parts}


def _answered(schema: dict[str, Any], example: Any, *statuses: int) -> dict[str, Any]:
    refused = {"error": _ERROR, "timestamp": _AT}
    answers: dict[str, Any] = {
        "200": {"description": "As asked", "content": {JSON: {"schema": schema, "example": example}}}
    }
    for status in statuses:
        words = "; ".join(f"{code}: {kind.text}" for code, kind in KINDS.items() if kind.http == status)
        content = {JSON: {"schema": _packet("error", "timestamp"), "example": refused}}
        answers[str(status)] = {"description": words, "content": content}
    return answers


def _parameter(name: str, place: str, *values: str, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(values)} if values else {"type": "string", "minLength": 1}
    return {"name": name, "in": place, "required": required, "schema": schema}


_VERSION: Final = _parameter("version", "path", "v4", "v5")
_TOKEN: Final = _parameter("Token", "header", required=False)
_GROUP: Final = _parameter("group", "path")


def _operation(name: str, words: str, parameters: list[Any], answers: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "tags": _TAG, "summary": name, "description": words, "parameters": parameters,
            "responses": answers}  # fmt: skip


def _registering(version: int) -> dict[str, Any]:
    kinds = (Sale4, Amendment4) if version == 4 else (Sale5, Amendment5)
    schemas, parts = _types(*kinds)
    operation = _operation(
        f"AtolRegister{version}",
        "Register a document; with the same `external_id` again the answer is error 33 with the first `uuid`.",
        [_GROUP, _parameter("operation", "path", *OPERATIONS[version]), _TOKEN],
        _answered(_packet("uuid", "timestamp", "status"), _WAIT, 400, 401, 403, 415, 500),
    )
    media = {"schema": {"anyOf": schemas, "$defs": parts}, "example": _SALE[version]}
    return {**operation, "requestBody": {"required": True, "content": {JSON: media}}}


def dialect_paths(prefix: str) -> dict[str, Any]:
    """The paths, below ``prefix``."""
    token = _packet("token", "timestamp", token=TEXT)
    told = {"error": None, "token": "fj45u923j59ju42395iu9423i59243u0", "timestamp": _AT}
    words = "A token for 24 hours by login and password; asked again, the same one."
    answers = _answered(token, told, 400, 401, 403, 415, 500)
    login = [_parameter("login", "query"), _parameter("pass", "query")]
    credentials = {
        "type": "object",
        "required": ["login", "pass"],
        "properties": {"login": TEXT, "pass": TEXT, "source": {"type": ["string", "null"]}},
    }
    body = {JSON: {"schema": credentials, "example": {"login": "provider", "pass": "a-long-password"}}}
    posted = {
        **_operation("AtolPostToken", words, [_VERSION], answers),
        "requestBody": {"required": True, "content": body},
    }
    report = _operation(
        "AtolReport",
        "Where a document stands: `wait` with code 34, `done` with its fiscal attributes, or `fail`.",
        [_VERSION, _GROUP, _parameter("uuid", "path"), _TOKEN],
        _answered(_packet("uuid", "timestamp", "status", payload={}), _DONE, 400, 401, 403, 500),
    )
    schema = _operation(
        "AtolSchema",
        "The JSON schema of a document.",
        [_VERSION, _parameter("name", "path", "sell", "correction")],
        _answered({"type": "object"}, {"type": "object"}, 400, 500),
    )
    return {
        f"{prefix}/{{version}}/getToken": {
            "get": _operation("AtolGetToken", words, [_VERSION, *login], answers),
            "post": posted,
        },
        f"{prefix}/{{version}}/schema/{{name}}": {"get": schema},
        f"{prefix}/v4/{{group}}/{{operation}}": {"post": _registering(4)},
        f"{prefix}/v5/{{group}}/{{operation}}": {"post": _registering(5)},
        f"{prefix}/{{version}}/{{group}}/report/{{uuid}}": {"get": report},
    }
