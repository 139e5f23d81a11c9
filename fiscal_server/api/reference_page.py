"""The description of the API as a page for people: made here from the OpenAPI document, without a script or a CDN."""

import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from jinja2 import Template

_CODE: Final = re.compile(r"`+([^`]+)`+")
METHODS: Final = ("get", "post", "put", "patch", "delete")


class Row(msgspec.Struct, frozen=True):
    """A parameter of an operation, or a field of a body."""

    name: str
    place: str
    kind: str
    required: bool
    words: str


class Answer(msgspec.Struct, frozen=True):
    """A status with its words and an example, as JSON."""

    status: str
    words: str
    example: str | None


class Operation(msgspec.Struct, frozen=True):
    """What a reader needs of one operation."""

    id: str
    method: str
    path: str
    words: str
    rows: list[Row]
    body: str | None
    answers: list[Answer]


class ReferencePage(OpenAPIRenderPlugin):
    """``/schema``: every operation by subject, with its parameters, body and answers."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document does not change while the process lives, so the page is made once."""
        if self._page is None:
            info = openapi_schema["info"]
            page = _template().render(title=info["title"], version=info["version"], tags=by_subject(openapi_schema))
            self._page = page.encode()
        return self._page


def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # many an api process never draws a page

    environment = Environment(
        loader=PackageLoader("fiscal_server.api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["words"] = marked
    return environment.get_template("reference.html")


def marked(text: str) -> Markup:
    """Words of a docstring as HTML: lines run on, blank ones part paragraphs, what stands between backticks is code."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return Markup("<br><br>".join(_CODE.sub(r"<code>\1</code>", str(escape(part))) for part in paragraphs))


def by_subject(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """Operations of an OpenAPI document by their first tag, in the order of the document."""
    subjects: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if (found := methods.get(method)) is not None:
                subject = (found.get("tags") or ["other"])[0]
                subjects.setdefault(subject, []).append(_operation(document, path, method, found))
    return dict(sorted(subjects.items()))


def _operation(document: dict[str, Any], path: str, method: str, found: dict[str, Any]) -> Operation:
    content = (found.get("requestBody") or {}).get("content") or {}
    return Operation(
        id=found.get("operationId") or f"{method}-{path}",
        method=method.upper(),
        path=path,
        words=found.get("description") or found.get("summary") or "",
        rows=[_row(document, one) for one in found.get("parameters") or []],
        body=next((example for one in content.values() if (example := _example(document, one))), None),
        answers=[_answer(document, status, one) for status, one in (found.get("responses") or {}).items()],
    )


def _row(document: dict[str, Any], parameter: dict[str, Any]) -> Row:
    schema = _resolved(document, parameter.get("schema") or {})
    words = parameter.get("description") or schema.get("description") or ""
    return Row(parameter["name"], parameter["in"], _kind(document, schema), bool(parameter.get("required")), words)


def _answer(document: dict[str, Any], status: str, response: dict[str, Any]) -> Answer:
    content = response.get("content") or {}
    example = next((found for one in content.values() if (found := _example(document, one))), None)
    return Answer(status, response.get("description") or "", example)


def _example(document: dict[str, Any], content: dict[str, Any]) -> str | None:
    """The example that is given, as people read JSON."""
    given = content.get("example")
    for one in (content.get("examples") or {}).values():
        given = given if given is not None else one.get("value")
    if given is None:
        given = _resolved(document, content.get("schema") or {}).get("example")
    return None if given is None else json.dumps(given, ensure_ascii=False, indent=2)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while (reference := schema.get("$ref")) is not None:
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    return schema


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A schema in a few words: its type, its choices, its limits."""
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        kinds = [_kind(document, _resolved(document, one)) for one in choices]
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "null")
    if values := schema.get("enum"):
        return ", ".join(str(value) for value in values if value is not None)
    words = str(schema.get("format") or schema.get("type") or "")
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{words} {low}–{high}" if low is not None and high is not None else words
