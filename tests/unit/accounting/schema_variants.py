"""Wrong values made from a JSON Schema: each breaks one thing that the schema says of a value that keeps it."""

from collections.abc import Iterator
from typing import Any

Json = Any
Schema = dict[str, Any]


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema behind a reference, with what stands beside the reference."""
    if "$ref" not in schema:
        return schema
    found: Any = root
    for name in schema["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolved(found, root) | {name: value for name, value in schema.items() if name != "$ref"}


def fields(schema: Schema, root: Schema) -> tuple[dict[str, Schema], set[str], bool]:
    """Properties of an object, the required ones, and whether others are refused; ``allOf`` taken together."""
    schema = resolved(schema, root)
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    closed = schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
    for part in schema.get("allOf", ()):
        if "if" not in part:
            more, needed, _ = fields(part, root)
            properties = more | properties
            required |= needed
    return properties, required, closed


def form_of(value: Json, schema: Schema, root: Schema) -> Schema:
    """Of several forms the one that the value has."""
    schema = resolved(schema, root)
    for choice in schema.get("oneOf", ()):
        choice = resolved(choice, root)
        if choice.get("type") == "null":
            if value is None:
                return choice
            continue
        tag = choice.get("properties", {}).get("type", {}).get("const")
        if tag is None or value.get("type") == tag:
            return form_of(value, choice, root)
    return schema


def wrong(value: Json, schema: Schema, root: Schema, path: str = "$") -> Iterator[tuple[str, Json]]:
    """Wrong variants of a right value, each with the path of what is wrong in it."""
    may_be_null = {"type": "null"} in schema.get("oneOf", ())
    schema = form_of(value, schema, root)
    if isinstance(value, dict):
        yield from _wrong_object(value, schema, root, path)
    elif isinstance(value, list):
        yield from _wrong_list(value, schema, root, path)
    else:
        for other in _wrong_scalars(schema):
            if other is not None or not may_be_null:
                yield path, other
    if value is not None:
        yield path, 1.5
        yield path, {"neither": "here"}


def _wrong_object(value: dict[str, Json], schema: Schema, root: Schema, path: str) -> Iterator[tuple[str, Json]]:
    properties, required, closed = fields(schema, root)
    if closed:
        yield path, value | {"not_in_the_schema": 1}
    for name in sorted(required & value.keys()):
        yield path, {key: kept for key, kept in value.items() if key != name}
    if schema.get("minProperties"):
        yield path, {}
    for name, inner in value.items():
        if name in properties and properties[name] is not False:
            for at, other in wrong(inner, properties[name], root, f"{path}.{name}"):
                yield at, value | {name: other}
    yield path, []


def _wrong_list(value: list[Json], schema: Schema, root: Schema, path: str) -> Iterator[tuple[str, Json]]:
    if schema.get("minItems"):
        yield path, []
    if schema.get("uniqueItems") and value:
        yield f"{path}", [*value, value[0]]
    for place, inner in enumerate(value):
        for at, other in wrong(inner, schema["items"], root, f"{path}[{place}]"):
            yield at, [*value[:place], other, *value[place + 1 :]]
    yield path, "text"


_BAD_TEXTS = (
    "",
    "\n",
    "2026-02-30",
    "2026-1-1",
    "1999-12-31",
    "2026-13",
    "24:00:00",
    "1,5",
    "-1",
    "01",
    "2026-11-17\n",
)


def _wrong_scalars(schema: Schema) -> Iterator[Json]:
    if "enum" in schema:
        others = ("not in the list", 0, 3_000_000, str(schema["enum"][0]) + " ")
        yield from (other for other in others if other not in schema["enum"])
        yield True
    elif "const" in schema:
        yield "another"
    elif schema.get("type") == "integer":
        yield from ("1", True, None)
        yield from (schema[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in schema)
    elif schema.get("type") == "boolean":
        yield from (1, "true", None)
    elif schema.get("type") == "string":
        yield from (1, None, True)
        if "maxLength" in schema:
            yield "1" * (schema["maxLength"] + 1)
        if schema.get("minLength"):
            yield ""
        if "pattern" in schema:
            yield from (
                _BAD_TEXTS if "20[0-9]{2}" in schema["pattern"] or "[01][0-9]" in schema["pattern"] else ("", "x")
            )
