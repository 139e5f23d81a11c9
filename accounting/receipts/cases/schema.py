"""What a case may say: the case format's schema, applied to JSON that was decoded already.

The schema itself is data of the package; this is the part of JSON Schema 2020-12 that it uses. Every refusal names the
path of what is wrong, as the decoder's own errors do. A union is judged by its tag, so that the answer is about the
event that was meant and not about all others.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec

Schema = dict[str, Any]


class CaseInvalid(msgspec.ValidationError):
    """The case breaks its format. ``path`` is like ``$.in.events[0].date``."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{reason} - at `{path}`")
        self.path = path
        self.reason = reason


@cache
def case_schema() -> Schema:
    """The whole schema of the case format."""
    text = resources.files("accounting.receipts.data").joinpath("receipt-case.schema.json").read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def check_case(case: Any) -> None:
    """Raises CaseInvalid for the first thing in a case that its schema does not allow; an ``out`` is not looked at."""
    if isinstance(case, dict) and "out" in case:
        case = {name: value for name, value in case.items() if name != "out"}
    _check(case, case_schema()["$defs"]["case"], "$")


_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def _check(value: Any, schema: Schema | bool, path: str) -> set[str]:
    """Check a value; gives the names of the object's fields that the schema knows (for ``unevaluatedProperties``)."""
    if schema is False:
        raise CaseInvalid(path, "Object contains a field that is not allowed here")
    if schema is True:
        return set()
    known: set[str] = set()
    if "$ref" in schema:
        known |= _check(value, _definition(schema["$ref"]), path)
    if "type" in schema and not _TYPES[schema["type"]](value):
        raise CaseInvalid(path, f"Expected `{schema['type']}`, got `{_type_name(value)}`")
    if "const" in schema and not _same(value, schema["const"]):
        raise CaseInvalid(path, f"Expected {schema['const']!r}, got {value!r}")
    if "enum" in schema and not any(_same(value, allowed) for allowed in schema["enum"]):
        raise CaseInvalid(path, f"Invalid value {value!r}, allowed: {', '.join(map(str, schema['enum']))}")
    if isinstance(value, str):
        _check_text(value, schema, path)
    elif isinstance(value, int) and not isinstance(value, bool):
        _check_number(value, schema, path)
    elif isinstance(value, list):
        _check_list(value, schema, path)
    elif isinstance(value, dict):
        known |= _check_object(value, schema, path)
    return known | _check_combined(value, schema, path, known)


@cache
def _definition(reference: str) -> Schema:
    found: Any = case_schema()
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    schema: Schema = found
    return schema


def _type_name(value: Any) -> str:
    return next((name for name, is_of in _TYPES.items() if is_of(value)), type(value).__name__)


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _check_text(value: str, schema: Schema, path: str) -> None:
    if len(value) < schema.get("minLength", 0):
        raise CaseInvalid(path, f"Expected `str` of length >= {schema['minLength']}")
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        raise CaseInvalid(path, f"Expected `str` of length <= {schema['maxLength']}")
    # Python's "$" also stands before a last line feed; the schema's does not.
    if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
        raise CaseInvalid(path, f"Expected `str` matching regex {schema['pattern']!r}")
    if schema.get("format") == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            raise CaseInvalid(path, f"There is no such day: {value}") from None


def _check_number(value: int, schema: Schema, path: str) -> None:
    if "minimum" in schema and value < schema["minimum"]:
        raise CaseInvalid(path, f"Expected `int` >= {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        raise CaseInvalid(path, f"Expected `int` <= {schema['maximum']}")


def _check_list(value: Sequence[Any], schema: Schema, path: str) -> None:
    if len(value) < schema.get("minItems", 0):
        raise CaseInvalid(path, f"Expected `array` of length >= {schema['minItems']}")
    if schema.get("uniqueItems") and len({json.dumps(one, sort_keys=True) for one in value}) < len(value):
        raise CaseInvalid(path, "Expected `array` without repetitions")
    for place, one in enumerate(value):
        _check(one, schema.get("items", True), f"{path}[{place}]")


def _check_object(value: Mapping[str, Any], schema: Schema, path: str) -> set[str]:
    if len(value) < schema.get("minProperties", 0):
        raise CaseInvalid(path, f"Expected `object` with at least {schema['minProperties']} field")
    if "maxProperties" in schema and len(value) > schema["maxProperties"]:
        raise CaseInvalid(path, f"Expected `object` with at most {schema['maxProperties']} field")
    for name in schema.get("required", ()):
        if name not in value:
            raise CaseInvalid(path, f"Object missing required field `{name}`")
    properties = schema.get("properties", {})
    for name, one in value.items():
        if name in properties:
            _check(one, properties[name], f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            raise CaseInvalid(f"{path}.{name}", f"Object contains unknown field `{name}`")
    return set(properties)


def _check_combined(value: Any, schema: Schema, path: str, known: set[str]) -> set[str]:
    for part in schema.get("allOf", ()):
        known = known | _check(value, part, path)
    if "oneOf" in schema:
        _check(value, _meant(value, schema["oneOf"], path), path)
    if "if" in schema:
        branch = schema.get("then", True) if _fits(value, schema["if"], path) else schema.get("else", True)
        _check(value, branch, path)
    if schema.get("unevaluatedProperties") is False and isinstance(value, dict):
        for name in value:
            if name not in known:
                raise CaseInvalid(f"{path}.{name}", f"Object contains unknown field `{name}`")
    return known


def _fits(value: Any, schema: Schema, path: str) -> bool:
    try:
        _check(value, schema, path)
    except CaseInvalid:
        return False
    return True


def _meant(value: Any, choices: Sequence[Schema], path: str) -> Schema:
    """The one of several forms that the value claims to be: by its ``type``, else by its JSON type."""
    resolved = [_definition(choice["$ref"]) if "$ref" in choice else choice for choice in choices]
    tags = [schema.get("properties", {}).get("type", {}).get("const") for schema in resolved]
    if any(tags):
        if not isinstance(value, dict):
            raise CaseInvalid(path, f"Expected `object`, got `{_type_name(value)}`")
        if "type" not in value:
            raise CaseInvalid(path, "Object missing required field `type`")
        if value["type"] not in tags:
            raise CaseInvalid(f"{path}.type", f"Invalid value {value['type']!r}")
        return resolved[tags.index(value["type"])]
    wanted = [schema for schema in resolved if schema.get("type") != "null"]
    return {"type": "null"} if value is None else wanted[0]
