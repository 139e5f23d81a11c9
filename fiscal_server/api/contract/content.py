"""A body or an answer of the document: its type, its example, its media types."""

from typing import Any, Final

import msgspec

JSON: Final = "application/json"
TEXT: Final[dict[str, Any]] = {"type": "string"}
BYTES: Final[dict[str, Any]] = {"type": "string", "format": "binary"}

_PARTS: Final = "#/$defs/"


class Media(msgspec.Struct, frozen=True):
    """One media type with its schema and an example as it stands in JSON."""

    schema: dict[str, Any]
    example: Any


def of_type(kind: Any, example: Any) -> dict[str, Media]:
    """JSON of a type that msgspec encodes or decodes. Types inside stand under ``$defs``."""
    [schema], parts = msgspec.json.schema_components([kind], ref_template=f"{_PARTS}{{name}}")
    whole = {**schema, "$defs": parts} if parts else schema
    return {JSON: Media(whole, msgspec.json.decode(msgspec.json.encode(example)))}


def of_text(media_type: str, example: str) -> dict[str, Media]:
    """Text that is no JSON document."""
    return {media_type: Media(TEXT, example)}


def content(medias: dict[str, Media]) -> dict[str, Any]:
    """The ``content`` of OpenAPI."""
    return {name: {"schema": media.schema, "example": media.example} for name, media in medias.items()}


def hoisted(written: Any, components: dict[str, Any]) -> Any:
    """The same with what stands under ``$defs`` moved to the components of the document, and patterns as ECMA-262 and
    its kin have them: without ``\\Z``, and NUL by its number.
    """
    if isinstance(written, list):
        return [hoisted(one, components) for one in written]
    if not isinstance(written, dict):
        return written
    for name, part in written.get("$defs", {}).items():
        components[name] = hoisted(part, components)
    return {name: _moved(name, one, components) for name, one in written.items() if name != "$defs"}


def _moved(name: str, value: Any, components: dict[str, Any]) -> Any:
    if name in ("example", "examples", "default", "const", "enum"):
        return value
    if name == "$ref" and isinstance(value, str):
        return value.replace(_PARTS, "#/components/schemas/")
    if name == "pattern" and isinstance(value, str):
        return value.replace(r"\Z", "$").replace(r"\0", r"\x00")
    return hoisted(value, components)
